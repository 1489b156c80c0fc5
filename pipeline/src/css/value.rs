//! A declaration's value in one canonical spelling, so that two spellings of one meaning compare equal.
//!
//! It knows nothing of the engine and errs on the side of "different": what it does not know stays as written,
//! and the rule keeps its source form.

use super::colour;
use super::math::{default_direction, evaluate};
use super::number::{number, number_parts};
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
    any_sign: bool,
    /// Takes numbers that are no integers.
    real: bool,
    /// Its keywords and functions are as old as it is.
    ancient: bool,
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
                || (plain.starts_with("font") && plain != "font-size"),
            any_sign: plain.starts_with("margin")
                || plain.starts_with("inset")
                || plain.starts_with("background-position")
                || matches!(
                    plain,
                    "top"
                        | "right"
                        | "bottom"
                        | "left"
                        | "text-indent"
                        | "letter-spacing"
                        | "word-spacing"
                        | "transform"
                        | "translate"
                        | "z-index"
                        | "order"
                        | "vertical-align"
                        | "outline-offset"
                        | "transition-delay"
                        | "animation-delay"
                ),
            real: plain.contains("opacity")
                || plain.starts_with("line-height")
                || plain.starts_with("flex")
                || plain.starts_with("font")
                || plain.starts_with("animation")
                || plain.starts_with("stroke")
                || plain.starts_with("border-image")
                || plain.starts_with("mask")
                || plain.starts_with("box-flex")
                || matches!(plain, "zoom" | "tab-size" | "aspect-ratio" | "scale"),
            ancient: (plain.starts_with("transition") || plain.starts_with("animation"))
                && !["behavior", "timeline", "range", "composition"]
                    .iter()
                    .any(|newer| plain.contains(newer)),
        }
    }
}

/// A property's name without the prefix of an engine; `_` was for Explorer 6.
pub(super) fn unprefixed(name: &str) -> &str {
    ["-webkit-", "-moz-", "-ms-", "-o-", "_"]
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
            space |= token.kind == Kind::Whitespace;
            continue;
        }
        let mut text = None;
        let mut plain = true;
        if token.kind == Kind::Function
            && (rules.colours || rules.custom && !tree.style_queries)
            && let Some((colour, end)) = colour_function(tree, index - 1, range.end)
        {
            text = Some(colour);
            index = end;
        }
        let in_math = functions.iter().any(|name| is_math(name));
        let text = match text {
            Some(text) => text,
            None => {
                let (text, is_plain) = match rules.custom && tree.style_queries {
                    true => (token.text(tree.text).to_owned(), false),
                    false => spell(tree.text, token, &rules, in_math, &functions),
                };
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
                    || before == "!"
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
                    evaluate(&mut parts, rules.any_sign);
                }
                default_direction(&mut parts);
            }
        }
    }
    parts
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
            // It may come to stand where an integer is wanted.
            Kind::Number if is_real(written) => (number(written).0 + ".0", false),
            Kind::Number | Kind::Percentage | Kind::Dimension => (number(written).0, false),
            Kind::Ident | Kind::Function => (unescape(written).into_owned(), false),
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
            if rules.colours
                && let Some(hex) = colour::from_name(&lower)
            {
                return (format!("#{hex}"), true);
            }
            let plain = is_plain_keyword(&lower) && !written.contains('\\');
            match &*lower {
                "bold" if rules.name.starts_with("font") => ("700".to_owned(), true),
                "normal" if rules.name == "font-weight" => ("400".to_owned(), true),
                _ if rules.ancient => {
                    let newer = lower == "allow-discrete" || lower.starts_with("jump-");
                    (if plain { lower } else { name.into_owned() }, !newer)
                }
                _ if rules.names && !plain => (name.into_owned(), false),
                _ => (lower, plain),
            }
        }
        Kind::Function => {
            let name = unescape(written).to_ascii_lowercase();
            let plain = rules.ancient && matches!(&*name, "cubic-bezier(" | "steps(");
            (name, plain)
        }
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
            // A browser drops what may not be negative, and with it what seemed to override an earlier declaration.
            let plain = plain
                && (!value.starts_with('-')
                    || rules.any_sign
                    || functions.iter().any(|name| any_sign(name)));
            if unit.is_empty() && functions.is_empty() && !rules.real && is_real(written) {
                return (format!("{value}.0"), plain);
            }
            (format!("{value}{unit}"), plain)
        }
        Kind::String => (string(token, text), true),
        Kind::Url => (url(token, text), true),
        Kind::Delim(_) | Kind::Comma | Kind::CloseParen => (written.to_owned(), true),
        _ => (written.to_owned(), false),
    }
}

/// `1.0` and `1e3` are no integers, whatever they come to.
fn is_real(written: &str) -> bool {
    written.contains(['.', 'e', 'E'])
}

/// Functions whose arguments may be negative.
fn any_sign(function: &str) -> bool {
    [
        "translate",
        "rotate",
        "skew",
        "scale",
        "matrix",
        "cubic-bezier",
    ]
    .iter()
    .any(|name| function.starts_with(name))
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
