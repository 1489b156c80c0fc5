use std::borrow::Cow;
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tag {
    /// With its delimiters.
    pub(crate) source: Arc<str>,
    /// What stands between the delimiters, trimmed.
    pub(crate) content: Arc<str>,
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
    /// The first string literal, the template of an `include`.
    pub(crate) fn first_string(&self) -> Option<String> {
        self.content.split('"').nth(1).map(str::to_owned)
    }

    /// The word after the block's name.
    pub(crate) fn second_word(&self) -> Option<String> {
        let rest = self.content.strip_prefix(&*self.name)?.trim_start();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        Some(rest[..end].to_owned()).filter(|word| !word.is_empty())
    }

    /// Makes it leave the white space before it.
    pub(crate) fn keep_left(&mut self) {
        let at = self.source.find(&*self.content).unwrap_or(0);
        let open = self.source[..at].trim_end();
        let start = open.trim_end_matches(MARKS);
        self.source = [start, "+", &self.source[open.len()..]].concat().into();
        self.left = Whitespace::Preserve;
    }

    /// Makes it leave the white space behind it.
    pub(crate) fn keep_right(&mut self) {
        let at = self.source.find(&*self.content).unwrap_or(0) + self.content.len();
        let close = self.source[at..].trim_start();
        let start = self.source.len() - close.len();
        let marks = close.len() - close.trim_start_matches(MARKS).len();
        self.source = [&self.source[..start], "+", &self.source[start + marks..]]
            .concat()
            .into();
        self.right = Whitespace::Preserve;
    }

    /// Every name that is called in it.
    pub(crate) fn called(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (at, _) in self.content.match_indices('(') {
            let before = self.content[..at].trim_end();
            let start = before
                .rfind(|c: char| !c.is_alphanumeric() && c != '_')
                .map_or(0, |at| {
                    at + before[at..].chars().next().map_or(1, char::len_utf8)
                });
            if start < before.len() {
                names.push(before[start..].to_owned());
            }
        }
        names
    }
}
