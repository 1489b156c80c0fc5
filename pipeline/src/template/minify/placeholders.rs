//! Embedded languages with expressions in them: each expression becomes a name that the stage does not know, and must come
//! back once, in order, and in the same surroundings. If not, all stays as written.

use super::Options;
use super::embedded::{JsonSpace, Language, declarations, minified as stage};
use super::item::Bit;
use super::print::Piece;
use crate::css::token::{Kind, tokens};
use crate::js::{self, Goal};
use crate::template::rewrite::Tag;

const PREFIX: &str = "_crushed";

fn name(at: usize) -> String {
    format!("{PREFIX}{at}_")
}

/// A text with names in the places of its expressions.
struct Filled<'a> {
    text: String,
    tags: Vec<&'a Tag>,
}

/// `None` if a block stands in it, or the names are taken.
fn fill<'a>(bits: &[Bit<'a>]) -> Option<Filled<'a>> {
    let mut filled = Filled {
        text: String::new(),
        tags: Vec::new(),
    };
    for bit in bits {
        match bit {
            Bit::Text(text) if text.contains(PREFIX) => return None,
            Bit::Text(text) => filled.text.push_str(text),
            Bit::Tag(tag) if tag.is_expr => {
                filled.text.push_str(&name(filled.tags.len()));
                filled.tags.push(tag);
            }
            Bit::Tag(_) | Bit::Raw(_) | Bit::EndRaw(_) => return None,
        }
    }
    Some(filled)
}

/// The places of the names, if each is there once and in order.
fn places(text: &str, count: usize) -> Option<Vec<usize>> {
    let found: Vec<usize> = text.match_indices(PREFIX).map(|(at, _)| at).collect();
    let ordered = found.len() == count
        && found
            .iter()
            .enumerate()
            .all(|(at, place)| text[*place..].starts_with(&name(at)));
    ordered.then_some(found)
}

fn pieces<'a>(made: &str, places: &[usize], tags: &[&'a Tag]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for (index, (place, tag)) in places.iter().zip(tags).enumerate() {
        pieces.push(Piece::Text(made[at..*place].to_owned()));
        pieces.push(Piece::Tag(tag));
        at = place + name(index).len();
    }
    pieces.push(Piece::Text(made[at..].to_owned()));
    pieces
}

/// A style, a script or JSON with expressions in it.
pub(super) fn minified<'a>(
    language: Language,
    bits: &[Bit<'a>],
    options: &Options,
) -> Option<Vec<Piece<'a>>> {
    if language == Language::Json {
        return json(bits);
    }
    let filled = fill(bits)?;
    let made = stage(language, &filled.text, options)?;
    let count = filled.tags.len();
    let (before, after) = (places(&filled.text, count)?, places(&made, count)?);
    let same = match language {
        Language::Script(goal) => {
            surroundings(&filled.text, &before, goal)? == surroundings(&made, &after, goal)?
        }
        _ => values(&filled.text, &before)? == values(&made, &after)?,
    };
    same.then(|| pieces(&made, &after, &filled.tags))
}

/// The declarations of a `style` attribute with expressions in them.
pub(super) fn styles<'a>(bits: &[Bit<'a>], options: &Options) -> Option<Vec<Piece<'a>>> {
    let filled = fill(bits)?;
    let made = declarations(&filled.text, options)?;
    let count = filled.tags.len();
    let (before, after) = (places(&filled.text, count)?, places(&made, count)?);
    let block = |text: &str| format!("a{{{text}}}");
    let moved = |places: &[usize]| places.iter().map(|at| at + 2).collect::<Vec<_>>();
    let same =
        values(&block(&filled.text), &moved(&before))? == values(&block(&made), &moved(&after))?;
    same.then(|| pieces(&made, &after, &filled.tags))
}

/// For each name the property in whose value it stands, and the token that holds it.
fn values(css: &str, places: &[usize]) -> Option<Vec<(String, Kind, char)>> {
    let tokens = tokens(css);
    places
        .iter()
        .map(|place| {
            let at = tokens
                .iter()
                .position(|token| (token.start..token.end).contains(place))?;
            let token = tokens[at];
            if !matches!(
                token.kind,
                Kind::Ident | Kind::Hash | Kind::String | Kind::Url
            ) {
                return None;
            }
            let begins =
                |kind| matches!(kind, Kind::OpenCurly | Kind::CloseCurly | Kind::Semicolon);
            let start = tokens[..at].iter().rposition(|token| begins(token.kind))? + 1;
            let end = tokens[at..]
                .iter()
                .find(|token| begins(token.kind))
                .map_or(Kind::CloseCurly, |token| token.kind);
            let mut head = tokens[start..at].iter().filter(|token| !token.is_blank());
            let property = head.next().filter(|token| token.kind == Kind::Ident)?;
            let is_value = head.next().is_some_and(|token| token.kind == Kind::Colon)
                && end != Kind::OpenCurly;
            let first = css[token.start..].chars().next()?;
            is_value.then(|| (property.text(css).to_ascii_lowercase(), token.kind, first))
        })
        .collect()
}

/// What a name stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Around {
    /// A whole argument, element, property or right side: any expression can take its place.
    Value,
    /// A string, with its quote.
    String(char),
}

fn surroundings(script: &str, places: &[usize], goal: Goal) -> Option<Vec<Around>> {
    let holes = js::holes(script, goal)?;
    places
        .iter()
        .map(|place| {
            let string = holes.strings.iter().find(|range| range.contains(place));
            if let Some(range) = string {
                let quote = script[range.clone()].chars().next()?;
                return matches!(quote, '"' | '\'').then_some(Around::String(quote));
            }
            let name = holes.names.iter().find(|range| range.start == *place)?;
            let before = script[..name.start].trim_end();
            let after = script[name.end..].trim_start_matches([' ', '\t']);
            let opens = before.ends_with(['(', ',', '[', ':'])
                || before.ends_with('=')
                    && !before[..before.len() - 1].ends_with(['=', '!', '<', '>'])
                || before.ends_with("return") && !before.ends_with(".return");
            let closes = after.is_empty() || after.starts_with([';', ',', ')', ']', '}', '\n']);
            (opens && closes).then_some(Around::Value)
        })
        .collect()
}

/// JSON whose strings or values come from expressions: the white space between the tokens goes.
fn json<'a>(bits: &[Bit<'a>]) -> Option<Vec<Piece<'a>>> {
    let mut sample = String::new();
    let mut pieces = Vec::new();
    let mut space = JsonSpace::default();
    for bit in bits {
        match bit {
            Bit::Text(text) => {
                let out = space.without(text);
                sample.push_str(&out);
                pieces.push(Piece::Text(out));
            }
            Bit::Tag(tag) if tag.is_expr => {
                sample.push_str(if space.string { "x" } else { "0" });
                pieces.push(Piece::Tag(tag));
            }
            _ => return None,
        }
    }
    serde_json::from_str::<serde::de::IgnoredAny>(&sample).ok()?;
    Some(pieces)
}
