//! Other languages inside a page: styles, scripts, event handlers and JSON go through their own stages.

use std::borrow::Cow;

use super::Options;
use super::attributes::is_classic;
use super::entities;
use super::item::{Bit, Start, literal};
use super::lines;
use super::placeholders;
use super::print::{Piece, Printer};
use crate::css;
use crate::inline;
use crate::js::{self, Goal};
use crate::template::show::keeps_comment;

/// What a `script` or `style` holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Language {
    Css,
    Script(Goal),
    Json,
}

/// The text of a raw-text element, smaller; `None` if it stays as it is.
pub(super) fn content<'a>(
    start: &Start<'_>,
    bits: &[Bit<'a>],
    printer: &Printer<'_>,
) -> Option<Vec<Piece<'a>>> {
    if start.name.known == "title" {
        return title(bits, printer.is_utf8);
    }
    let language = language(start)?;
    if printer.options.keeps_scripts && language != Language::Json {
        return None;
    }
    match literal(bits) {
        Some(text) => {
            minified(language, &text, printer.options).map(|text| vec![Piece::Text(text)])
        }
        None => placeholders::minified(language, bits, printer.options)
            .or_else(|| lines::shorter(language, bits)),
    }
}

/// White space at its ends is not shown, runs are one space.
fn title<'a>(bits: &[Bit<'a>], utf8: bool) -> Option<Vec<Piece<'a>>> {
    let text = literal(bits)?;
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    Some(vec![Piece::Text(
        entities::text(&words.join(" "), utf8).into_owned(),
    )])
}

/// Whether a start tag is that of a classic script or a module.
pub(super) fn is_javascript(start: &Start<'_>) -> bool {
    matches!(language(start), Some(Language::Script(_)))
}

fn language(start: &Start<'_>) -> Option<Language> {
    if start.is_foreign || start.is_opaque {
        return None;
    }
    let kind = match start.find("type") {
        None if start.has_tags() => return None,
        None => Cow::Borrowed(""),
        Some(_) => entities::decoded(&start.value("type")?)?
            .into_owned()
            .into(),
    };
    let kind = kind.trim().to_ascii_lowercase();
    match start.name.known {
        "style" if matches!(kind.as_str(), "" | "text/css") => Some(Language::Css),
        "script" if is_classic(&kind) => {
            let language = start.find("language").is_none()
                || start
                    .value("language")
                    .is_some_and(|language| language.eq_ignore_ascii_case("javascript"));
            // `for` and `event` make it a handler in old browsers.
            (language && start.find("event").is_none()).then_some(Language::Script(Goal::Script))
        }
        "script" => match kind.as_str() {
            "module" => Some(Language::Script(Goal::Module)),
            "importmap" | "speculationrules" => Some(Language::Json),
            kind if kind.ends_with("/json") || kind.ends_with("+json") => Some(Language::Json),
            _ => None,
        },
        _ => None,
    }
}

/// `None` if it cannot be read, or cannot be written inside of its element, or gets no smaller.
pub(super) fn minified(language: Language, text: &str, options: &Options) -> Option<String> {
    let made = match language {
        Language::Css => style(text, options)?,
        Language::Script(goal) => match script(text, goal, options)? {
            inline::Script::Inline(text) => text,
            inline::Script::MustLink => return None,
        },
        Language::Json => json(text)?,
    };
    (made.len() < text.len()).then_some(made)
}

fn style(text: &str, options: &Options) -> Option<String> {
    // In a file it would be a byte order mark.
    if text.starts_with('\u{feff}') || !css::check(text).ok()?.is_empty() {
        return None;
    }
    let made = css::minify(text, &options.css).ok()?.text;
    Some(inline::style(&made))
}

fn script(text: &str, goal: Goal, options: &Options) -> Option<inline::Script> {
    if text.trim().is_empty() {
        return None;
    }
    let made = js::minify(text, goal, &options.js).ok()?.text;
    Some(inline::script(&made))
}

/// The same text without the white space between tokens.
fn json(text: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    Some(JsonSpace::default().without(text))
}

/// Takes the white space between the tokens out of JSON that comes in parts.
#[derive(Default)]
pub(super) struct JsonSpace {
    /// The last part ended in a string.
    pub string: bool,
    escaped: bool,
}

impl JsonSpace {
    pub(super) fn without(&mut self, part: &str) -> String {
        let mut out = String::with_capacity(part.len());
        for c in part.chars() {
            if self.string {
                self.string = self.escaped || c != '"';
                self.escaped = !self.escaped && c == '\\';
            } else if c.is_ascii_whitespace() {
                continue;
            } else {
                self.string = c == '"';
            }
            out.push(c);
        }
        out
    }
}

/// The declarations of a `style` attribute.
pub(super) fn declarations(text: &str, options: &Options) -> Option<String> {
    if text.trim().is_empty() || text.contains(['{', '}']) {
        return None;
    }
    let sheet = format!("a{{{text}}}");
    if !css::check(&sheet).ok()?.is_empty() {
        return None;
    }
    let made = css::minify(&sheet, &options.css).ok()?.text;
    let made = made.strip_prefix("a{")?.strip_suffix('}')?;
    (!made.contains(['{', '}']) && made.len() <= text.len()).then(|| made.to_owned())
}

/// The same with tags in it.
pub(super) fn tagged_style<'a>(
    bits: &[Bit<'a>],
    quote: &str,
    options: &Options,
) -> Option<Vec<Piece<'a>>> {
    if bits
        .iter()
        .any(|bit| matches!(bit, Bit::Text(text) if text.contains('&')))
    {
        return None;
    }
    let pieces = placeholders::styles(bits, options)?;
    let fits = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => !text.contains(quote) && !text.contains('&'),
        Piece::Tag(_) => true,
    };
    pieces.iter().all(fits).then_some(pieces)
}

/// The script of an event handler, which is the body of a function (HTML §8.1.8.1).
pub(super) fn handler(text: &str, options: &Options) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.starts_with("javascript:") {
        return None;
    }
    // As an expression it is one function and nothing else: the handler does not end it.
    js::holes(&format!("_=function(){{{trimmed}\n}}"), Goal::Script)?;
    let script = format!("function _(){{{trimmed}\n}}");
    let made = js::minify(&script, Goal::Script, &options.js).ok()?.text;
    let made = made.trim_end_matches(';');
    let body = made.strip_prefix("function _(){")?.strip_suffix('}')?;
    (!body.is_empty() && body.len() < text.len()).then(|| body.to_owned())
}

/// A conditional comment holds HTML for a browser that has no script-driven white space: runs become one space where
/// nothing in it counts spaces, or none between the tags of a head, and plain values lose their quotes. Others stay as
/// they are.
pub(super) fn comment(comment: &str, is_hidden: bool) -> String {
    let lower = comment.to_ascii_lowercase();
    let counts = ["<pre", "<textarea", "<style", "<!--!", "<!--#"]
        .iter()
        .any(|tag| lower.contains(tag));
    let inline_script = lower.match_indices("<script").any(|(at, _)| {
        let tag_end = lower[at..].find('>').map_or(lower.len(), |end| at + end);
        !lower[at..tag_end].contains("src=")
    });
    if counts || inline_script || !lower.contains("[if") || !keeps_comment(comment) {
        return comment.to_owned();
    }
    let words: Vec<&str> = comment.split_ascii_whitespace().collect();
    // Quoted attribute values may hold runs of spaces that count.
    if comment
        .split(['"', '\''])
        .skip(1)
        .step_by(2)
        .any(|value| value.contains("  ") || value.contains('\n'))
    {
        return comment.to_owned();
    }
    let text = words.join(" ");
    without_quotes(&match is_hidden {
        true => text.replace("> <", "><"),
        false => text,
    })
}

/// Takes the quotes from the values of tags that every browser reads without them.
fn without_quotes(html: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:/".contains(c);
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    let mut in_tag = false;
    while let Some(c) = rest.chars().next() {
        match c {
            '<' if !in_tag => in_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()),
            '>' => in_tag = false,
            '"' | '\'' if in_tag => {
                let Some((value, behind)) = rest[1..].split_once(c) else {
                    break;
                };
                let goes = out.ends_with('=')
                    && !value.is_empty()
                    && value.chars().all(plain)
                    && !value.ends_with('/')
                    && behind.starts_with([' ', '>']);
                match goes {
                    true => out.push_str(value),
                    false => out.extend([&rest[..1], value, &rest[..1]]),
                }
                rest = behind;
                continue;
            }
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out + rest
}
