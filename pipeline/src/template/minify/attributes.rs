//! Start tags, written as short as they mean the same.

use std::borrow::Cow;

use super::super::show::{is_viewport_name, without_spaces};
use super::Options;
use super::embedded;
use super::entities;
use super::item::{Attribute, Bit, Part, Start, Value};
use super::print::{Printer, piece_texts, texts};

/// Attributes for which their own name says as much as no value (HTML §2.3.2). `hidden` has `until-found` beside, which
/// stays; `contenteditable`, `draggable`, `spellcheck`, `translate` and `download` are none of them.
const BOOLEAN: &[&str] = &[
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "checked",
    "compact",
    "controls",
    "default",
    "defer",
    "disabled",
    "formnovalidate",
    "hidden",
    "inert",
    "ismap",
    "itemscope",
    "loop",
    "multiple",
    "muted",
    "nomodule",
    "noresize",
    "noshade",
    "novalidate",
    "nowrap",
    "open",
    "playsinline",
    "readonly",
    "required",
    "reversed",
    "selected",
];

/// Types of a classic script, which it has without one (HTML §4.12.1.1, MIME Sniffing §4.6).
const CLASSIC: &[&str] = &[
    "application/ecmascript",
    "application/javascript",
    "application/x-ecmascript",
    "application/x-javascript",
    "text/ecmascript",
    "text/javascript",
    "text/javascript1.0",
    "text/javascript1.1",
    "text/javascript1.2",
    "text/javascript1.3",
    "text/javascript1.4",
    "text/javascript1.5",
    "text/jscript",
    "text/livescript",
    "text/x-ecmascript",
    "text/x-javascript",
];

/// Whether this is the type of a classic script.
pub(super) fn is_classic(kind: &str) -> bool {
    let kind = kind.trim();
    kind.is_empty() || CLASSIC.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

/// Writes a start tag.
pub(super) fn print(start: &Start<'_>, printer: &mut Printer<'_>) {
    if start.is_opaque {
        for bit in &start.source {
            printer.bit(*bit);
        }
        return;
    }
    let name = match start.is_foreign || start.name.known.is_empty() {
        true => start.name.written,
        false => start.name.known,
    };
    printer.texts(&["<", name]);
    let has_tags = start.has_tags();
    let mut spaced = false;
    let mut bare = false;
    for (at, part) in start.parts.iter().enumerate() {
        let next = start.parts.get(at + 1);
        match part {
            Part::Space => {
                let writes = at > 0
                    && matches!(start.parts.get(at - 1), Some(Part::Bit(Bit::Tag(tag))) if tag.writes());
                spaced |= next.is_some() || writes;
                if has_tags && spaced {
                    printer.text(" ");
                }
            }
            Part::Bit(bit) => {
                printer.bit(*bit);
                spaced = false;
                bare = true;
            }
            Part::Attribute(attribute) => {
                let as_written = may_be_swallowed(&start.parts[..at]);
                let name = &*lower(attribute.name);
                let may_go = !has_tags && !as_written;
                if may_go && is_redundant(start, at, (attribute, name), printer.options) {
                    continue;
                }
                let after_tag = at > 0 && matches!(start.parts[at - 1], Part::Bit(_));
                let space = match has_tags && (spaced || after_tag) {
                    true => "",
                    false => " ",
                };
                spaced = false;
                let written = match start.is_foreign || as_written {
                    true => attribute.name,
                    false => name,
                };
                printer.texts(&[space, written]);
                // Beside a tag quotes stay: it may write what belongs to the value then.
                let joined = matches!(next, Some(Part::Bit(_)));
                bare = match as_written {
                    true => given_value(attribute, printer),
                    false => value(start, (attribute, name), joined, printer),
                };
            }
        }
    }
    if start.is_foreign && start.has_slash {
        printer.text(if bare { " />" } else { "/>" });
    } else {
        printer.text(">");
    }
}

/// Whether all of an attribute may become the value of the one before it, in `a={{ b }} c="d"` when `b` writes nothing.
fn may_be_swallowed(before: &[Part<'_>]) -> bool {
    let last = before
        .iter()
        .rev()
        .find(|part| !matches!(part, Part::Space));
    let Some(Part::Attribute(Attribute {
        value: Some(Value { quote: None, bits }),
        ..
    })) = last
    else {
        return false;
    };
    !bits
        .iter()
        .any(|bit| matches!(bit, Bit::Text(text) if !text.is_empty()))
}

/// Writes `=` and the value as they stand. Tells whether it ends without a quote.
fn given_value(attribute: &Attribute<'_>, printer: &mut Printer<'_>) -> bool {
    let Some(value) = &attribute.value else {
        return true;
    };
    let quote = written_quote(value);
    printer.texts(&["=", quote]);
    for bit in &value.bits {
        printer.bit(*bit);
    }
    printer.text(quote);
    value.quote.is_none()
}

fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// Writes `=` and the value of an attribute, given with its name in lower case. Tells whether it ends without a quote.
fn value(
    start: &Start<'_>,
    (attribute, name): (&Attribute<'_>, &str),
    joined: bool,
    printer: &mut Printer<'_>,
) -> bool {
    let Some(value) = &attribute.value else {
        return true;
    };
    let Some(literal) = value.literal() else {
        tagged(name, value, start.is_foreign, printer);
        return value.quote.is_none();
    };
    let literal = match start.is_foreign {
        true => literal,
        false => shortened(start, name, literal, printer),
    };
    let is_boolean = literal.eq_ignore_ascii_case(name)
        && BOOLEAN.contains(&name)
        && !start.is_foreign
        && !printer.options.styles.attributes.contains(name);
    if is_boolean {
        return true;
    }
    if joined {
        let quote = written_quote(value);
        printer.texts(&["=", quote, &literal, quote]);
        return quote.is_empty() && !literal.ends_with(['"', '\'']);
    }
    if literal.is_empty() {
        return true;
    }
    let (quote, text) = entities::value(&literal, printer.is_utf8);
    printer.texts(&["=", quote, &text, quote]);
    quote.is_empty() && !text.ends_with(['"', '\''])
}

/// The quotes that a value was written in.
fn written_quote(value: &Value<'_>) -> &'static str {
    match value.quote {
        Some(b'"') => "\"",
        Some(_) => "'",
        None => "",
    }
}

/// A value in which tags stand. They keep their place, their surroundings and the quotes.
fn tagged(name: &str, value: &Value<'_>, is_foreign: bool, printer: &mut Printer<'_>) {
    let quote = written_quote(value);
    printer.texts(&["=", quote]);
    let folds = name == "class" && !is_foreign && !quote.is_empty() && !printer.selects("class");
    let last = value.bits.len().saturating_sub(1);
    let css = match name == "style" && !is_foreign && !quote.is_empty() {
        true => embedded::tagged_style(&value.bits, quote, printer.options),
        false => None,
    };
    if let Some(bits) = css {
        printer.changed(texts(&value.bits), piece_texts(&bits));
        for piece in &bits {
            printer.piece(piece);
        }
    } else {
        for (at, bit) in value.bits.iter().enumerate() {
            match bit {
                Bit::Text(text) if folds => {
                    let is_blank = text.trim_ascii().is_empty();
                    if text.starts_with(is_space) && at > 0 && (at < last || !is_blank) {
                        printer.text(" ");
                    }
                    for (at, word) in text.split_ascii_whitespace().enumerate() {
                        let space = if at > 0 { " " } else { "" };
                        printer.texts(&[space, word]);
                    }
                    if text.ends_with(is_space) && at < last && !is_blank {
                        printer.text(" ");
                    }
                }
                bit => printer.bit(*bit),
            }
        }
    }
    printer.text(quote);
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// A value of HTML without what its own language does not need.
fn shortened<'v>(
    start: &Start<'_>,
    name: &str,
    literal: Cow<'v, str>,
    printer: &mut Printer<'_>,
) -> Cow<'v, str> {
    match name {
        "content"
            if literal.contains(", ") && !printer.selects("content") && is_viewport(start) =>
        {
            Cow::Owned(without_spaces(&literal))
        }
        "class" if !printer.selects("class") && !is_folded(&literal) => {
            let words: Vec<&str> = literal.split_ascii_whitespace().collect();
            Cow::Owned(words.join(" "))
        }
        "style" => staged(literal, embedded::declarations, printer),
        name if name.starts_with("on") && name.len() > 3 && !printer.options.keeps_scripts => {
            staged(literal, embedded::handler, printer)
        }
        _ => literal,
    }
}

/// Whether words stand one space apart.
fn is_folded(words: &str) -> bool {
    let mut before = b' ';
    for byte in words.bytes() {
        if byte.is_ascii_whitespace() && (byte != b' ' || before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' || words.is_empty()
}

fn is_viewport(start: &Start<'_>) -> bool {
    start.name.known == "meta" && (start.value("name")).is_some_and(|name| is_viewport_name(&name))
}

/// A value through the stage of its language.
fn staged<'v>(
    literal: Cow<'v, str>,
    stage: impl Fn(&str, &Options) -> Option<String>,
    printer: &mut Printer<'_>,
) -> Cow<'v, str> {
    let made = entities::decoded(&literal).and_then(|text| {
        let made = stage(&text, printer.options)?;
        printer.changed(vec![text.into_owned()], vec![made.clone()]);
        Some(entities::encoded(&made))
    });
    made.map_or(literal, Cow::Owned)
}

/// Whether an attribute says what is so without it, and nothing selects by it.
fn is_redundant(
    start: &Start<'_>,
    at: usize,
    (attribute, name): (&Attribute<'_>, &str),
    options: &Options,
) -> bool {
    if start.is_foreign {
        return false;
    }
    let is_literal = (attribute.value.as_ref()).is_none_or(|value| value.literal().is_some());
    let earlier = start.parts[..at].iter().any(|part| {
        matches!(part, Part::Attribute(other) if other.name.eq_ignore_ascii_case(attribute.name))
    });
    if earlier {
        return is_literal;
    }
    if options.styles.attributes.contains(name) {
        return false;
    }
    let Some(literal) = attribute.value.as_ref().and_then(Value::literal) else {
        return false;
    };
    // No more than the proof takes for redundant: other names of the same types stay.
    let is = |wanted: &str| literal.eq_ignore_ascii_case(wanted);
    match (start.name.known, name) {
        ("script", "type") => is("text/javascript") || is("application/javascript"),
        ("script", "language") => is("javascript") && start.find("type").is_none(),
        ("style", "type") => is("text/css"),
        ("link", "type") => {
            is("text/css")
                && start
                    .value("rel")
                    .is_some_and(|rel| rel.eq_ignore_ascii_case("stylesheet"))
        }
        _ => false,
    }
}
