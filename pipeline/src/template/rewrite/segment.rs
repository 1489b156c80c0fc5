use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::super::syntax::Whitespace;

/// A stretch of a template on its way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Segment {
    /// Literal text, not yet protected from being read as a tag.
    Text(String),
    /// The same between `{# crushed: off #}` and `{# crushed: on #}`, where nothing is minified.
    Kept(String),
    /// The text of a `raw` block between its tags.
    Raw {
        open: String,
        text: String,
        close: String,
    },
    /// A tag, passed on as it stands.
    Tag(Tag),
}

/// What a delimiter may have beside it.
const MARKS: [char; 3] = ['-', '+', '~'];

/// A tag that is passed on.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    /// What it is a part of, shared by all tags of a template.
    pub(super) text: Arc<str>,
    /// Where it is in that, with its delimiters and without.
    pub(super) source: Range<u32>,
    pub(super) content: Range<u32>,
    /// The first word of a block, empty for an expression.
    pub(crate) name: Cow<'static, str>,
    pub(crate) is_expr: bool,
    /// Whether an `end…` of this block follows; tells `{% let x %}…{% endlet %}` from `{% let x = y %}`.
    pub(crate) is_closed_later: bool,
    /// What it does with the white space before and behind it.
    pub(crate) left: Whitespace,
    pub(crate) right: Whitespace,
    /// Where it stands in the source, and in which line (from 1); `None` for what the build wrote.
    pub(crate) at: Option<usize>,
    pub(crate) line: usize,
}

/// The name of a block. Those that most tags are of take no memory.
pub(super) fn block_name(name: &str) -> Cow<'static, str> {
    Cow::Borrowed(match name {
        "" => "",
        "if" => "if",
        "endif" => "endif",
        "else" => "else",
        "elif" => "elif",
        "for" => "for",
        "endfor" => "endfor",
        "block" => "block",
        "endblock" => "endblock",
        "include" => "include",
        "let" => "let",
        "match" => "match",
        "when" => "when",
        "endmatch" => "endmatch",
        "extends" => "extends",
        "macro" => "macro",
        "endmacro" => "endmacro",
        name => return Cow::Owned(name.to_owned()),
    })
}

impl Tag {
    /// One that the build writes: an expression, or a block of this name.
    pub(super) fn written(source: &str, content: &str, name: Cow<'static, str>) -> Self {
        let start = source.find(content).unwrap_or(0);
        let content = start..start + content.len();
        Self {
            is_closed_later: !name.is_empty(),
            ..Self::part(&source.into(), 0..source.len(), content, name)
        }
    }

    /// One that stands in a text, with its delimiters and without: an expression if it has no name.
    pub(super) fn part(
        text: &Arc<str>,
        source: Range<usize>,
        content: Range<usize>,
        name: Cow<'static, str>,
    ) -> Self {
        // No source is larger than 50 MB.
        let short = |range: Range<usize>| range.start as u32..range.end as u32;
        Self {
            text: text.clone(),
            source: short(source),
            content: short(content),
            is_expr: name.is_empty(),
            is_closed_later: false,
            name,
            left: Whitespace::Preserve,
            right: Whitespace::Preserve,
            at: None,
            line: 0,
        }
    }

    /// With its delimiters.
    pub(crate) fn source(&self) -> &str {
        &self.text[self.source.start as usize..self.source.end as usize]
    }

    /// What stands between the delimiters, trimmed.
    pub(crate) fn content(&self) -> &str {
        &self.text[self.content.start as usize..self.content.end as usize]
    }

    /// What stands before the content, and behind it.
    fn ends(&self) -> (&str, &str) {
        let (source, content) = (&self.source, &self.content);
        (
            &self.text[source.start as usize..content.start as usize],
            &self.text[content.end as usize..source.end as usize],
        )
    }

    /// Puts other delimiters round the content.
    fn set_ends(&mut self, open: &str, close: &str) {
        let content = open.len()..open.len() + self.content().len();
        let text: Arc<str> = [open, self.content(), close].concat().into();
        let part = Self::part(&text, 0..text.len(), content, "".into());
        (self.text, self.source, self.content) = (text, part.source, part.content);
    }

    /// The first string literal, the template of an `include`.
    pub(crate) fn first_string(&self) -> Option<&str> {
        self.content().split('"').nth(1)
    }

    /// The word after the block's name.
    pub(crate) fn second_word(&self) -> Option<&str> {
        let rest = self.content().strip_prefix(&*self.name)?.trim_start();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        Some(&rest[..end]).filter(|word| !word.is_empty())
    }

    /// Makes it leave the white space before it.
    pub(crate) fn keep_left(&mut self) {
        let (open, close) = self.ends();
        let (marked, space) = open.split_at(open.trim_end().len());
        let open = [marked.trim_end_matches(MARKS), "+", space].concat();
        let close = close.to_owned();
        self.set_ends(&open, &close);
        self.left = Whitespace::Preserve;
    }

    /// Makes it leave the white space behind it.
    pub(crate) fn keep_right(&mut self) {
        let (open, close) = self.ends();
        let (space, marked) = close.split_at(close.len() - close.trim_start().len());
        let close = [space, "+", marked.trim_start_matches(MARKS)].concat();
        let open = open.to_owned();
        self.set_ends(&open, &close);
        self.right = Whitespace::Preserve;
    }

    /// Every name that is called in it.
    pub(crate) fn called(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let content = self.content();
        for at in memchr::memchr_iter(b'(', content.as_bytes()) {
            let before = content[..at].trim_end();
            let start = before
                .rfind(|c: char| !c.is_alphanumeric() && c != '_')
                .map_or(0, |at| {
                    at + before[at..].chars().next().map_or(1, char::len_utf8)
                });
            if start < before.len() {
                names.push(&before[start..]);
            }
        }
        names
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        let known = |tag: &Self| {
            (
                tag.is_expr,
                tag.is_closed_later,
                tag.left,
                tag.right,
                tag.at,
                tag.line,
            )
        };
        known(self) == known(other)
            && self.source() == other.source()
            && self.content() == other.content()
    }
}

impl Eq for Tag {}
