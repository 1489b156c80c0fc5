//! Where things are in a minified template, for faults to be put there.

use std::ops::Range;

use super::super::scan::{TokenKind, scan};
use super::super::syntax::Syntax;

/// A minified template and where things are in it.
pub(super) struct Page<'a> {
    pub(super) source: &'a str,
    /// Template tags.
    pub(super) tags: Vec<Range<usize>>,
    /// HTML tags, `<` to `>`, outside of scripts, stylesheets and comments.
    pub(super) markup: Vec<Range<usize>>,
    /// Literal text that is neither.
    pub(super) text: Vec<Range<usize>>,
}

impl<'a> Page<'a> {
    pub(super) fn read(source: &'a str) -> Self {
        let tokens = scan(source, &Syntax::default()).unwrap();
        let tags: Vec<Range<usize>> = tokens
            .iter()
            .filter(|token| !matches!(token.kind, TokenKind::Text | TokenKind::Raw))
            .map(|token| token.range.clone())
            .collect();
        let mut page = Self {
            source,
            tags,
            markup: Vec::new(),
            text: Vec::new(),
        };
        let (mut open, mut quote, mut raw) = (None, None, "");
        let mut from = 0;
        let mut at = 0;
        while at < source.len() {
            if let Some(tag) = page.tags.iter().find(|tag| tag.start == at) {
                if open.is_none() && from < at {
                    page.text.push(from..at);
                }
                at = tag.end;
                if open.is_none() {
                    from = at;
                }
                continue;
            }
            let rest = &source[at..];
            let byte = rest.as_bytes()[0];
            match (open, quote) {
                (None, _) if rest.starts_with("<!--") => {
                    if from < at {
                        page.text.push(from..at);
                    }
                    at += rest.find("-->").unwrap() + 3;
                    from = at;
                    continue;
                }
                (None, _)
                    if byte == b'<'
                        && (raw.is_empty()
                            || rest[1..].trim_start_matches('/').starts_with(raw)) =>
                {
                    if from < at && raw.is_empty() {
                        page.text.push(from..at);
                    }
                    open = Some(at);
                }
                (Some(_), Some(given)) if byte == given => quote = None,
                (Some(_), None) if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                (Some(start), None) if byte == b'>' => {
                    page.markup.push(start..at + 1);
                    raw = ["script", "style"]
                        .into_iter()
                        .find(|name| source[start + 1..].starts_with(name))
                        .unwrap_or("");
                    open = None;
                    from = at + 1;
                }
                _ => {}
            }
            at += rest.chars().next().unwrap().len_utf8();
        }
        if from < source.len() {
            page.text.push(from..source.len());
        }
        page
    }

    pub(super) fn with(&self, range: Range<usize>, text: &str) -> String {
        format!(
            "{}{text}{}",
            &self.source[..range.start],
            &self.source[range.end..]
        )
    }

    pub(super) fn swapped(&self, a: &Range<usize>, b: &Range<usize>) -> String {
        let s = self.source;
        [
            &s[..a.start],
            &s[b.clone()],
            &s[a.end..b.start],
            &s[a.clone()],
            &s[b.end..],
        ]
        .concat()
    }

    /// Where a text stands outside of template tags.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let literal = |at: &usize| !self.tags.iter().any(|tag| tag.contains(at));
        let all = self.source.match_indices(text).map(|(at, _)| at);
        all.filter(literal).map(|at| at..at + text.len()).collect()
    }

    pub(super) fn start_tags(&self) -> impl Iterator<Item = &Range<usize>> {
        self.markup
            .iter()
            .filter(|tag| self.source.as_bytes()[tag.start + 1].is_ascii_alphabetic())
    }

    pub(super) fn end_tags(&self) -> impl Iterator<Item = &Range<usize>> {
        self.markup
            .iter()
            .filter(|tag| self.source.as_bytes()[tag.start + 1] == b'/')
    }

    /// Attribute values in double quotes, without them.
    pub(super) fn values(&self) -> Vec<Range<usize>> {
        let mut values = Vec::new();
        for open in self.find("=\"") {
            let close = self
                .find("\"")
                .into_iter()
                .find(|quote| quote.start >= open.end)
                .unwrap();
            values.push(open.end..close.start);
        }
        values
    }

    /// Characters in text, by what they are.
    pub(super) fn characters(&self, wanted: impl Fn(char) -> bool) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for range in &self.text {
            for (at, c) in self.source[range.clone()].char_indices() {
                if wanted(c) {
                    found.push(range.start + at..range.start + at + c.len_utf8());
                }
            }
        }
        found
    }

    /// What an element holds, of elements whose tags have no attributes.
    pub(super) fn inside(&self, name: &str) -> Vec<Range<usize>> {
        let opens = self.find(&format!("<{name}>"));
        let closes = self.find(&format!("</{name}>"));
        opens
            .iter()
            .zip(closes)
            .map(|(open, close)| open.end..close.start)
            .collect()
    }

    /// Attributes with the space before them, of tags that hold no template tag.
    pub(super) fn attributes(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for tag in self.start_tags() {
            let text = &self.source[tag.clone()];
            if text.contains("{%") {
                continue;
            }
            let (mut quoted, mut from) = (false, None);
            for (at, c) in text.char_indices() {
                match c {
                    '"' => quoted = !quoted,
                    ' ' | '>'
                        if !quoted
                            && !self
                                .tags
                                .iter()
                                .any(|tag_| tag_.contains(&(tag.start + at))) =>
                    {
                        if let Some(from) = from {
                            found.push(from..tag.start + at);
                        }
                        from = Some(tag.start + at);
                    }
                    _ => {}
                }
            }
        }
        found
    }
}
