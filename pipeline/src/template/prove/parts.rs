use std::borrow::Cow;

use super::super::scan::{Token, TokenKind, scan};
use super::super::syntax::{Syntax, Whitespace};
use crate::fault::Fault;

/// A template as Askama writes it out: the tags, and between them the text that is left after their white-space marks.
pub(super) struct Parts<'a> {
    pub(super) tags: Vec<Tag<'a>>,
    /// One more than tags: what stands before each, and at the end.
    pub(super) gaps: Vec<Gap<'a>>,
}

#[derive(PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// What stands between the delimiters, trimmed.
    pub(super) content: &'a str,
    /// The first word of a block, empty for an expression.
    pub(super) name: &'a str,
    pub(super) offset: usize,
}

#[derive(Default)]
pub(super) struct Gap<'a> {
    pub(super) text: Cow<'a, str>,
    /// Where it begins in the template.
    pub(super) offset: usize,
}

impl Tag<'_> {
    /// Whether it does the same as another.
    pub(super) fn same(&self, other: &Tag<'_>) -> bool {
        self.content == other.content && self.name == other.name
    }

    /// What follows the block's name.
    pub(super) fn rest(&self) -> &str {
        self.content[self.name.len()..].trim()
    }
}

/// Askama's treatment of white space between tags, as its generator does it.
struct Writer<'a> {
    parts: Parts<'a>,
    gap: Gap<'a>,
    skip: Whitespace,
    /// White space that the next tag decides about.
    held: &'a str,
    default: Whitespace,
}

impl<'a> Parts<'a> {
    /// Reads a template as it is written in the generated tree.
    pub(super) fn read(
        source: &'a str,
        syntax: &Syntax,
        default: Whitespace,
    ) -> Result<Self, Fault> {
        let source = source.strip_suffix('\n').unwrap_or(source);
        let tokens = scan(source, syntax)?;
        let mut writer = Writer {
            parts: Parts {
                tags: Vec::new(),
                gaps: Vec::new(),
            },
            gap: Gap::default(),
            skip: Whitespace::Preserve,
            held: "",
            default,
        };
        for token in &tokens {
            match token.kind {
                TokenKind::Text | TokenKind::Raw => writer.literal(token.text(source)),
                TokenKind::Comment => writer.marks(token),
                TokenKind::Block if matches!(token.name(source), "raw" | "endraw") => {
                    writer.marks(token);
                }
                TokenKind::Expr if literal(token.content(source)).is_some() => {
                    writer.marks(token);
                    writer.push(literal(token.content(source)).unwrap_or_default());
                }
                TokenKind::Block | TokenKind::Expr => {
                    writer.marks(token);
                    let gap = Gap {
                        text: "".into(),
                        offset: token.range.end,
                    };
                    writer
                        .parts
                        .gaps
                        .push(std::mem::replace(&mut writer.gap, gap));
                    writer.parts.tags.push(Tag {
                        content: token.content(source),
                        name: token.name(source),
                        offset: token.range.start,
                    });
                }
            }
        }
        writer.flush(default);
        writer.parts.gaps.push(writer.gap);
        Ok(writer.parts)
    }
}

/// The text of an expression that is only a literal, which the printer puts where text would read as a tag.
fn literal(content: &str) -> Option<&str> {
    let text = content.strip_prefix('"')?;
    let (text, rest) = text.split_once('"')?;
    let safe = rest
        .trim_start()
        .strip_prefix('|')
        .is_some_and(|filter| filter.trim() == "safe");
    (safe && !text.contains('\\')).then_some(text)
}

impl<'a> Writer<'a> {
    fn push(&mut self, text: &'a str) {
        if self.gap.text.is_empty() {
            self.gap.text = Cow::Borrowed(text);
        } else if !text.is_empty() {
            self.gap.text.to_mut().push_str(text);
        }
    }

    fn literal(&mut self, text: &'a str) {
        let body = text.trim_ascii_start();
        let leading = &text[..text.len() - body.len()];
        let value = body.trim_ascii_end();
        if !leading.is_empty() {
            match self.skip {
                Whitespace::Suppress => {}
                _ if value.is_empty() => {
                    self.held = leading;
                    return;
                }
                Whitespace::Preserve if !value.is_empty() => {
                    self.skip = Whitespace::Preserve;
                    self.push(&text[..leading.len() + value.len()]);
                    self.held = &body[value.len()..];
                    return;
                }
                _ => self.push(one(leading)),
            }
        }
        if !value.is_empty() {
            self.skip = Whitespace::Preserve;
            self.push(value);
        }
        self.held = &body[value.len()..];
    }

    fn marks(&mut self, token: &Token) {
        self.flush(token.left.unwrap_or(self.default));
        self.skip = token.right.unwrap_or(self.default);
    }

    fn flush(&mut self, mark: Whitespace) {
        let held = std::mem::take(&mut self.held);
        match mark {
            _ if held.is_empty() => {}
            Whitespace::Preserve => self.push(held),
            Whitespace::Minimize => self.push(one(held)),
            Whitespace::Suppress => {}
        }
    }
}

fn one(space: &str) -> &'static str {
    match space.contains('\n') {
        true => "\n",
        false => " ",
    }
}
