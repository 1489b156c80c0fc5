//! Runs of white space in text.

use std::borrow::Cow;

use super::super::rewrite::Segment;
use super::super::show::{Neighbour, joins_lines, vanishes};
use super::super::syntax::Whitespace;

pub(super) use super::super::show::is_space;

/// Makes each run of white space one character, or none where what stands before keeps one or hides it. `None` if that
/// changes nothing.
pub(super) fn fold(
    text: &str,
    before: &mut Neighbour,
    kept: &mut bool,
    is_bare: bool,
) -> Option<Cow<'static, str>> {
    // Between tags mostly nothing else stands.
    if is_blank(text) && !text.is_empty() {
        let put = match is_bare || vanishes(*before, Neighbour::Unknown, *kept) {
            true => "",
            false => " ",
        };
        *kept |= !put.is_empty();
        return (put != text).then_some(Cow::Borrowed(put));
    }
    let mut out: Option<String> = None;
    let mut at = 0;
    // White space is ASCII: it can be looked for by the byte.
    let spaces = |byte: u8| is_space(char::from(byte));
    while at < text.len() {
        let rest = &text[at..];
        let word = rest.bytes().position(spaces).unwrap_or(rest.len());
        if word > 0 {
            if let Some(out) = &mut out {
                out.push_str(&rest[..word]);
            }
            *before = Neighbour::Line;
            *kept = false;
            at += word;
            continue;
        }
        let length = rest.bytes().position(|byte| !spaces(byte));
        let length = length.unwrap_or(rest.len());
        let run = &rest[..length];
        let put = match is_bare || vanishes(*before, Neighbour::Unknown, *kept) {
            true => "",
            false => {
                *kept = true;
                let wide = |c: Option<char>| c.is_some_and(joins_lines);
                let broken = run.contains('\n')
                    && wide(text[..at].chars().next_back())
                    && wide(rest[length..].chars().next());
                if broken { "\n" } else { " " }
            }
        };
        if out.is_none() && put != run {
            out = Some(text[..at].to_owned());
        }
        if let Some(out) = &mut out {
            out.push_str(put);
        }
        at += length;
    }
    out.map(Cow::Owned)
}

/// Takes the white space at the end away.
pub(super) fn without_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// The text as Askama will leave it: without the white space that a `-` of the tag beside it removes.
pub(super) fn trimmed<'a>(
    text: &'a str,
    before: Option<&Segment>,
    after: Option<&Segment>,
) -> &'a str {
    let space = |c: char| c.is_ascii_whitespace();
    let text = match before {
        Some(Segment::Tag(tag)) if tag.right == Whitespace::Suppress => {
            text.trim_start_matches(space)
        }
        _ => text,
    };
    match after {
        Some(Segment::Tag(tag)) if tag.left == Whitespace::Suppress => text.trim_end_matches(space),
        _ => text,
    }
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| is_space(char::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_becomes_one_character() {
        let fold = |text, before| {
            let (mut before, mut kept) = (before, false);
            let folded = super::fold(text, &mut before, &mut kept, false);
            (folded, before, kept)
        };
        assert_eq!(
            fold(" \n a\t\tb ", Neighbour::Edge),
            (Some("a b ".into()), Neighbour::Line, true)
        );
        assert_eq!(
            fold(" a b", Neighbour::Line),
            (None, Neighbour::Line, false)
        );
        assert_eq!(
            fold("\u{4e00}\n  \u{4e01}\n x", Neighbour::Line)
                .0
                .as_deref(),
            Some("\u{4e00}\n\u{4e01} x")
        );
    }
}
