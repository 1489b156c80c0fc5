/// The delimiters of one Askama syntax.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Syntax {
    pub(crate) block_start: String,
    pub(crate) block_end: String,
    pub(crate) expr_start: String,
    pub(crate) expr_end: String,
    pub(crate) comment_start: String,
    pub(crate) comment_end: String,
}

impl Default for Syntax {
    fn default() -> Self {
        Self {
            block_start: "{%".into(),
            block_end: "%}".into(),
            expr_start: "{{".into(),
            expr_end: "}}".into(),
            comment_start: "{#".into(),
            comment_end: "#}".into(),
        }
    }
}

impl Syntax {
    /// Delimiters that no text holds, for pages in which nothing is a tag.
    pub(crate) fn none() -> Self {
        let never = |n: u8| format!("\0\u{fffe}{n}");
        Self {
            block_start: never(1),
            block_end: never(2),
            expr_start: never(3),
            expr_end: never(4),
            comment_start: never(5),
            comment_end: never(6),
        }
    }
}

/// What a tag does with the white space beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Whitespace {
    /// `+`: kept.
    #[default]
    Preserve,
    /// `-`: removed.
    Suppress,
    /// `~`: one character stays, a newline if there was one.
    Minimize,
}

impl Whitespace {
    /// The mark as it is written in a tag.
    pub(crate) fn of_mark(mark: u8) -> Option<Self> {
        match mark {
            b'+' => Some(Self::Preserve),
            b'-' => Some(Self::Suppress),
            b'~' => Some(Self::Minimize),
            _ => None,
        }
    }

    /// What stays of the white space at the end of a text before a tag.
    pub(crate) fn trim_end(self, text: &str) -> String {
        let kept = text.trim_end_matches(|c: char| c.is_ascii_whitespace());
        format!("{kept}{}", self.rest(&text[kept.len()..]))
    }

    /// What stays of the white space at the start of a text after a tag.
    pub(crate) fn trim_start(self, text: &str) -> String {
        let kept = text.trim_start_matches(|c: char| c.is_ascii_whitespace());
        format!("{}{kept}", self.rest(&text[..text.len() - kept.len()]))
    }

    fn rest(self, space: &str) -> &str {
        match self {
            Self::Preserve => space,
            Self::Suppress => "",
            Self::Minimize if space.is_empty() => "",
            Self::Minimize if space.contains('\n') => "\n",
            Self::Minimize => " ",
        }
    }
}
