//! A declaration's value in one canonical spelling, so that two spellings of one meaning compare equal.
//!
//! It knows nothing of the engine and errs on the side of "different": what it does not know stays as written,
//! and the rule keeps its source form.

use super::colour;
use super::token::{Kind, Token, unescape};
use super::tree::Tree;

/// One component of a canonical value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub text: String,
    /// White space stands before it and means something.
    pub space: bool,
    pub plain: bool,
}

/// What the spelling of a property's value may do without changing its meaning.
struct Property<'p> {
    name: &'p str,
    custom: bool,
    colours: bool,
    names: bool,
    zero_is_number: bool,
}

impl<'p> Property<'p> {
    fn new(name: &'p str) -> Self {
        let plain = unprefixed(name);
        Self {
            name: plain,
            custom: name.starts_with("--"),
            colours: plain.contains("color")
                || plain.contains("shadow")
                || plain.starts_with("border")
                || plain.starts_with("outline")
                || plain.starts_with("background")
                || plain.starts_with("column-rule")
                || plain.starts_with("text-decoration")
                || plain.starts_with("text-emphasis")
                || matches!(plain, "fill" | "stroke" | "filter" | "mask" | "mask-image"),
            names: plain.starts_with("animation")
                || plain.starts_with("grid")
                || plain.starts_with("counter")
                || plain.starts_with("container")
                || matches!(
                    plain,
                    "font"
                        | "font-family"
                        | "content"
                        | "quotes"
                        | "transition"
                        | "transition-property"
                        | "will-change"
                        | "list-style"
                        | "list-style-type"
                        | "view-transition-name"
                        | "src"
                ),
            zero_is_number: plain.starts_with("line-height")
                || plain.starts_with("tab-size")
                || plain.starts_with("flex")
                || plain.starts_with("stroke")
                || plain.starts_with("zoom")
                || plain.starts_with("order")
                || plain.starts_with("border-image")
                || plain.starts_with("mask-border")
                || plain.starts_with("grid")
                || plain.starts_with("font"),
        }
    }
}

pub(super) fn unprefixed(name: &str) -> &str {
    ["-webkit-", "-moz-", "-ms-", "-o-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

/// The parts of a value in canonical spelling; commas and slashes are parts too.
pub(super) fn parts(tree: &Tree<'_>, property: &str, range: std::ops::Range<usize>) -> Vec<Part> {
    let rules = Property::new(property);
    let mut parts: Vec<Part> = Vec::new();
    let mut functions: Vec<String> = Vec::new();
    let mut space = false;
    let mut index = range.start;
    while index < range.end {
        let token = &tree.tokens[index];
        index += 1;
        if token.is_blank() {
            space |= token.kind == Kind::Whitespace || rules.custom;
            continue;
        }
        let mut text = None;
        let mut plain = true;
        if token.kind == Kind::Function && (rules.colours || rules.custom) {
            if let Some((colour, end)) = colour_function(tree, index - 1, range.end) {
                text = Some(colour);
                index = end;
            }
        }
        let in_math = functions.iter().any(|name| is_math(name));
        let text = match text {
            Some(text) => text,
            None => {
                let (text, is_plain) = spell(tree.text, token, &rules, in_math, &functions);
                plain = is_plain;
                text
            }
        };
        let before = parts.last().map_or("", |part| part.text.as_str());
        let glued = matches!(before, "," | "")
            || text == ","
            || (!rules.custom
                && (before.ends_with('(')
                    || text == ")"
                    || before == "/"
                    || text == "/"
                    || before == "*"
                    || text == "*"
                    || text == "!"));
        // Behind a function the white space says nothing; the engine leaves it out.
        space |= !rules.custom && functions.is_empty() && before.ends_with(')');
        parts.push(Part {
            text,
            space: space && !glued,
            plain,
        });
        space = false;
        if token.kind == Kind::Function {
            if parts.last().is_some_and(|part| part.text.ends_with('(')) {
                let name = unescape(token.text(tree.text)).to_ascii_lowercase();
                functions.push(name);
            }
        } else if token.kind == Kind::OpenParen {
            functions.push(functions.last().cloned().unwrap_or_default());
        } else if token.kind == Kind::CloseParen {
            let name = functions.pop();
            if !rules.custom {
                if name.is_some_and(|name| name == "calc(") {
                    evaluate(&mut parts);
                }
                default_direction(&mut parts);
            }
        }
    }
    parts
}

/// Replaces a just closed `calc()`, or brackets inside one, by the sum or product of its constants.
fn evaluate(parts: &mut Vec<Part>) {
    let Some(open) = parts[..parts.len() - 1]
        .iter()
        .rposition(|part| part.text.ends_with('('))
    else {
        return;
    };
    let outer = match &*parts[open].text {
        "calc(" => true,
        "(" => false,
        _ => return,
    };
    let inside = &parts[open + 1..parts.len() - 1];
    let split = |part: &Part| {
        let (value, unit, _) = number_parts(&part.text);
        let starts = part
            .text
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
        value
            .parse::<f64>()
            .ok()
            .filter(|_| starts)
            .map(|value| (value, unit))
    };
    // A sum of products: operators and operands take turns.
    let mut terms: Vec<(f64, String)> = Vec::new();
    let mut operator = "+";
    for (index, part) in inside.iter().enumerate() {
        if index % 2 == 1 {
            operator = &part.text;
            if !matches!(operator, "+" | "-" | "*" | "/") {
                return;
            }
            continue;
        }
        let Some((value, unit)) = split(part) else {
            return;
        };
        match (operator, terms.last_mut()) {
            ("+", _) => terms.push((value, unit)),
            ("-", _) => terms.push((-value, unit)),
            ("*", Some(last)) if unit.is_empty() => last.0 *= value,
            ("*", Some(last)) if last.1.is_empty() => *last = (last.0 * value, unit),
            ("/", Some(last)) if unit.is_empty() && value != 0.0 => last.0 /= value,
            _ => return,
        }
    }
    let mut sums = std::collections::BTreeMap::new();
    for (value, unit) in terms {
        *sums.entry(unit).or_insert(0.0) += value;
    }
    let space = parts[open].space;
    let mut made: Vec<Part> = Vec::new();
    let single = sums.len() == 1;
    for (unit, value) in sums {
        if !made.is_empty() {
            made.push(Part {
                text: "+".to_owned(),
                space: true,
                plain: false,
            });
        }
        let sign = !made.is_empty();
        made.push(Part {
            text: round(value) + &unit,
            space: sign,
            plain: single,
        });
    }
    if single {
        made[0].space = space;
        made[0].plain = outer;
        parts.truncate(open);
        parts.append(&mut made);
    } else if outer {
        let close = parts[parts.len() - 1].clone();
        parts.truncate(open + 1);
        parts.append(&mut made);
        parts.push(close);
    }
}

/// `linear-gradient(to bottom, …)` goes where a gradient goes without a word.
fn default_direction(parts: &mut Vec<Part>) {
    let Some(open) = parts[..parts.len() - 1].iter().rposition(|part| {
        matches!(
            &*part.text,
            "linear-gradient(" | "repeating-linear-gradient("
        )
    }) else {
        return;
    };
    let at = |ahead: usize| {
        parts
            .get(open + ahead)
            .map_or("", |part| part.text.as_str())
    };
    let (length, angle) = match (at(1), at(2), at(3)) {
        ("180deg" | "0.5turn", ",", _) => (2, None),
        ("to", "bottom", ",") => (3, None),
        ("to", "top", ",") => (2, Some("0deg")),
        ("to", "right", ",") => (2, Some("90deg")),
        ("to", "left", ",") => (2, Some("270deg")),
        _ => return,
    };
    let made = angle.map(|angle| Part {
        text: angle.to_owned(),
        space: false,
        plain: true,
    });
    parts.splice(open + 1..open + 1 + length, made);
}

/// Parts written behind each other.
pub(super) fn write(parts: &[Part]) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(if part.space { ' ' } else { '\u{1}' });
        }
        out.push_str(&part.text);
    }
    out
}

fn is_math(function: &str) -> bool {
    !matches!(
        function,
        "translate("
            | "translatex("
            | "translatey("
            | "translatez("
            | "translate3d("
            | "rect("
            | "rgb("
            | "rgba("
            | "hsl("
            | "hsla("
            | "drop-shadow("
            | "blur("
            | "perspective("
            | "linear-gradient("
            | "radial-gradient("
            | "repeating-linear-gradient("
            | "repeating-radial-gradient("
            | "inset("
    )
}

fn colour_function(tree: &Tree<'_>, at: usize, end: usize) -> Option<(String, usize)> {
    let name = tree.tokens[at].text(tree.text).to_ascii_lowercase();
    let name = name.trim_end_matches('(');
    if !matches!(name, "rgb" | "rgba" | "hsl" | "hsla") {
        return None;
    }
    let close = (at + 1..end).find(|i| tree.tokens[*i].kind == Kind::CloseParen)?;
    let mut arguments = String::new();
    for token in &tree.tokens[at + 1..close] {
        match token.kind {
            Kind::Whitespace => arguments.push(' '),
            Kind::Comment => {}
            Kind::Number | Kind::Percentage | Kind::Dimension | Kind::Comma | Kind::Delim(b'/') => {
                arguments.push_str(token.text(tree.text));
            }
            _ => return None,
        }
    }
    let colour = colour::from_function(name, &arguments)?;
    Some((format!("#{colour}"), close + 1))
}

fn spell(
    text: &str,
    token: &Token,
    rules: &Property<'_>,
    in_math: bool,
    functions: &[String],
) -> (String, bool) {
    let written = token.text(text);
    match token.kind {
        _ if rules.custom => match token.kind {
            Kind::Number | Kind::Percentage | Kind::Dimension => (number(written).0, false),
            Kind::Ident | Kind::Function => (unescape(written), false),
            Kind::String => (string(token, text), false),
            Kind::Url => (url(token, text), false),
            Kind::Hash => (
                colour::from_hex(&written[1..])
                    .map_or_else(|| written.to_owned(), |hex| format!("#{hex}")),
                false,
            ),
            _ => (written.to_owned(), false),
        },
        Kind::Hash if rules.colours => match colour::from_hex(&written[1..]) {
            Some(hex) => (format!("#{hex}"), true),
            None => (written.to_owned(), false),
        },
        Kind::Ident => {
            let name = unescape(written);
            let lower = name.to_ascii_lowercase();
            if rules.colours {
                if let Some(hex) = colour::from_name(&lower) {
                    return (format!("#{hex}"), true);
                }
            }
            let plain = is_plain_keyword(&lower) && !written.contains('\\');
            match &*lower {
                "bold" if rules.name.starts_with("font") => ("700".to_owned(), true),
                "normal" if rules.name == "font-weight" => ("400".to_owned(), true),
                _ if rules.names && !plain => (name, false),
                _ => (lower, plain),
            }
        }
        Kind::Function => (unescape(written).to_ascii_lowercase(), false),
        Kind::Number | Kind::Percentage | Kind::Dimension => {
            let (value, unit, plain) = number_parts(written);
            let zero = value == "0";
            let length = matches!(
                &*unit,
                "px" | "em"
                    | "rem"
                    | "ex"
                    | "ch"
                    | "pt"
                    | "pc"
                    | "cm"
                    | "mm"
                    | "in"
                    | "q"
                    | "vw"
                    | "vh"
                    | "vmin"
                    | "vmax"
            );
            if zero && length && !in_math && !rules.zero_is_number {
                return ("0".to_owned(), true);
            }
            let _ = functions;
            (format!("{value}{unit}"), plain)
        }
        Kind::String => (string(token, text), true),
        Kind::Url => (url(token, text), true),
        Kind::Delim(_) | Kind::Comma | Kind::CloseParen => (written.to_owned(), true),
        _ => (written.to_owned(), false),
    }
}

fn string(token: &Token, text: &str) -> String {
    format!("\"{}", unescape(crate::urls::string_inside(token, text)))
}

fn url(token: &Token, text: &str) -> String {
    let written = token.text(text);
    let inner = written.split_once('(').map_or("", |(_, rest)| rest);
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    format!("url(\u{1}\"{}\u{1})", unescape(crate::urls::trimmed(inner)))
}

/// A number with its unit in canonical spelling.
pub(super) fn number(written: &str) -> (String, bool) {
    let (value, unit, plain) = number_parts(written);
    (value + &unit, plain)
}

fn number_parts(written: &str) -> (String, String, bool) {
    let bytes = written.as_bytes();
    let mut end = 0;
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    if matches!(bytes.first(), Some(b'+' | b'-')) {
        end += 1;
    }
    while digit(end) {
        end += 1;
    }
    if bytes.get(end) == Some(&b'.') && digit(end + 1) {
        end += 1;
        while digit(end) {
            end += 1;
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digit(end + 1 + sign) {
            end += 1 + sign;
            while digit(end) {
                end += 1;
            }
        }
    }
    let unit = unescape(&written[end..]).to_ascii_lowercase();
    let digits = &written[..end];
    let mut value = canonical_number(digits);
    let mut unit = unit;
    if unit == "s" {
        if let Ok(seconds) = value.parse::<f64>() {
            value = round(seconds * 1000.0);
            unit = "ms".to_owned();
        }
    }
    let plain = matches!(
        &*unit,
        "" | "%" | "px" | "em" | "ex" | "pt" | "pc" | "cm" | "mm" | "in" | "rem" | "ms" | "deg"
    );
    (value, unit, plain)
}

fn canonical_number(digits: &str) -> String {
    let unsigned = digits.trim_start_matches(['+', '-']);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        let trimmed = unsigned.trim_start_matches('0');
        return match (trimmed, digits.starts_with('-')) {
            ("", _) => "0".to_owned(),
            (_, true) => format!("-{trimmed}"),
            (_, false) => trimmed.to_owned(),
        };
    }
    digits
        .parse::<f64>()
        .map_or_else(|_| digits.to_owned(), round)
}

/// Five significant digits: what engines keep in single precision, and far below a device pixel.
fn round(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 1e9 {
        return format!("{value}");
    }
    let places = (4 - value.abs().log10().floor() as i32).clamp(0, 12);
    let text = format!("{value:.*}", places as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Keywords that every engine of this century knows wherever they are valid at all: a later declaration made
/// of them can be relied on, and an earlier one is dead.
fn is_plain_keyword(name: &str) -> bool {
    matches!(
        name,
        "none"
            | "auto"
            | "normal"
            | "inherit"
            | "block"
            | "inline"
            | "inline-block"
            | "hidden"
            | "visible"
            | "scroll"
            | "solid"
            | "dashed"
            | "dotted"
            | "double"
            | "left"
            | "right"
            | "center"
            | "top"
            | "bottom"
            | "middle"
            | "baseline"
            | "absolute"
            | "relative"
            | "fixed"
            | "static"
            | "bold"
            | "italic"
            | "underline"
            | "line-through"
            | "pointer"
            | "default"
            | "nowrap"
            | "uppercase"
            | "lowercase"
            | "capitalize"
            | "collapse"
            | "separate"
            | "table"
            | "table-cell"
            | "table-row"
            | "list-item"
            | "both"
            | "medium"
            | "thin"
            | "thick"
            | "no-repeat"
            | "repeat"
            | "repeat-x"
            | "repeat-y"
            | "currentcolor"
            | "justify"
            | "small"
            | "large"
            | "inset"
            | "outset"
            | "ridge"
            | "groove"
            | "border-box"
            | "content-box"
            | "break-word"
            | "pre"
            | "pre-wrap"
            | "text"
            | "help"
            | "move"
            | "text-bottom"
            | "text-top"
            | "sub"
            | "super"
            | "always"
            | "avoid"
            | "circle"
            | "disc"
            | "square"
            | "decimal"
            | "ease"
            | "ease-in"
            | "ease-out"
            | "ease-in-out"
            | "linear"
            | "all"
            | "serif"
            | "sans-serif"
            | "monospace"
    )
}
