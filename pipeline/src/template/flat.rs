use std::ops::Range;

use crushed_manifest::Markup;

use super::scan::{Token, TokenKind};
use super::source::is_prefix;

/// A stretch of template with its tags replaced by single characters, so that it can be read as HTML.
pub(crate) struct Flat {
    pub(crate) text: String,
    /// Start of each stretch, in `text` and in the template.
    origin: Vec<(usize, usize)>,
    /// The template source behind each replacement character, and where it stands.
    tags: Vec<(String, Range<usize>)>,
    base: u32,
}

/// Two planes of private use, of which one that the template does not use stands for its tags.
const PLANES: [u32; 2] = [0xF_0000, 0x10_0000];

impl Flat {
    pub(crate) fn new(source: &str, tokens: &[Token]) -> Option<Self> {
        let texts = || {
            tokens
                .iter()
                .filter(|token| matches!(token.kind, TokenKind::Text | TokenKind::Raw))
        };
        let base = PLANES.into_iter().find(|base| {
            !texts().any(|token| {
                token
                    .text(source)
                    .chars()
                    .any(|c| u32::from(c) & !0xFFFF == *base)
            })
        })?;
        let mut flat = Self {
            text: String::new(),
            origin: Vec::new(),
            tags: Vec::new(),
            base,
        };
        for token in tokens {
            flat.origin.push((flat.text.len(), token.range.start));
            match token.kind {
                TokenKind::Text | TokenKind::Raw => flat.text.push_str(token.text(source)),
                TokenKind::Comment => {}
                TokenKind::Block if matches!(token.name(source), "raw" | "endraw") => {}
                TokenKind::Expr | TokenKind::Block => {
                    flat.text
                        .push(char::from_u32(base + u32::try_from(flat.tags.len()).ok()?)?);
                    flat.tags
                        .push((token.text(source).to_owned(), token.range.clone()));
                }
            }
        }
        Some(flat)
    }

    pub(crate) fn tag(&self, c: char) -> Option<&(String, Range<usize>)> {
        self.tags.get(u32::from(c).checked_sub(self.base)? as usize)
    }

    /// The place in the template of a place in the text.
    pub(crate) fn position(&self, at: usize) -> usize {
        position(&self.origin, at)
    }

    /// Where each stretch of a range begins, in the range and in the template.
    pub(crate) fn origin_of(&self, range: &Range<usize>) -> Vec<(usize, usize)> {
        let mut origin = vec![(0, self.position(range.start))];
        let inside = self.origin.iter();
        let inside = inside.filter(|(at, _)| *at > range.start && *at < range.end);
        origin.extend(inside.map(|(at, to)| (at - range.start, *to)));
        origin
    }

    pub(crate) fn markup(&self, range: Range<usize>) -> Markup {
        let mut markup = Markup::default();
        let mut text = String::new();
        for c in self.text[range].chars() {
            match self.tag(c) {
                None => text.push(c),
                Some((source, _)) => {
                    markup.push_text(&std::mem::take(&mut text));
                    match is_prefix(source) {
                        true => markup.push_prefix(),
                        false => markup.push_template(source),
                    }
                }
            }
        }
        markup.push_text(&text);
        markup
    }

    /// The template tags within a range.
    pub(crate) fn tags(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = &(String, Range<usize>)> {
        self.text[range].chars().filter_map(|c| self.tag(c))
    }

    /// Whether a name that was read from the text holds a template tag.
    pub(crate) fn tags_in(&self, name: &str) -> bool {
        name.chars().any(|c| self.tag(c).is_some())
    }

    /// The first template tag within a range.
    pub(crate) fn first_tag(&self, range: Range<usize>) -> Option<&(String, Range<usize>)> {
        self.tags(range).next()
    }
}

/// The place in the template of a place in a text whose stretches begin at `origin`.
pub(crate) fn position(origin: &[(usize, usize)], at: usize) -> usize {
    let index = origin
        .partition_point(|(start, _)| *start <= at)
        .saturating_sub(1);
    origin
        .get(index)
        .map_or(at, |(start, place)| place + (at - start))
}
