//! What the minifier may do.

use globset::GlobMatcher;

use super::super::rewrite::Segment;
use super::super::sheets::add_sheets;
use super::super::styles::Styles;
use crate::{css, js};

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The stylesheets that pages are shown with.
    pub(crate) styles: Styles,
    /// The text is a whole page: nothing stands before or behind it.
    pub(crate) is_page: bool,
    /// The text is served as UTF-8 for certain.
    pub(crate) is_utf8: bool,
    /// Comments that stay, by their trimmed text.
    pub(crate) keep_comments: Vec<GlobMatcher>,
    /// Elements that are written as they stand, by name.
    pub(crate) keep_elements: Vec<String>,
    /// Scripts, styles and handlers are written as they stand, since their digests are in a policy.
    pub(crate) keeps_scripts: bool,
    pub(crate) css: css::Options,
    pub(crate) js: js::Options,
}

impl Options {
    /// For one text alone: what it says of the styles it is shown with is all that is known.
    pub(crate) fn of_text(segments: &[Segment], is_page: bool) -> Self {
        let mut options = Self {
            is_page,
            ..Self::default()
        };
        for segment in segments {
            if let Segment::Text(text) | Segment::Kept(text) = segment {
                add_sheets(text, |_| false, &mut options.styles);
                options.keeps_scripts |= has_digests(text);
            }
        }
        options
    }

    pub(super) fn keeps_comment(&self, comment: &str) -> bool {
        if self.keep_comments.is_empty() {
            return false;
        }
        let text = comment.strip_prefix("<!--").unwrap_or(comment);
        let text = text.strip_suffix("-->").unwrap_or(text).trim();
        self.keep_comments.iter().any(|glob| glob.is_match(text))
    }
}

/// Whether a text holds a policy that names scripts or styles by their digest.
pub(crate) fn has_digests(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\'', bytes).any(|at| {
        let quoted = bytes.get(at + 1..at + 8);
        quoted.is_some_and(|quoted| matches!(quoted, b"sha256-" | b"sha384-" | b"sha512-"))
    })
}
