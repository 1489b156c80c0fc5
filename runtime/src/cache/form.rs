//! The header fields that a stored page goes out with, found out once for each of its codings.

use std::sync::OnceLock;

use http::{HeaderName, HeaderValue, header};

use crate::Coding;

use super::encode::{has_codings, tag_of};
use super::entry::Entry;
use super::fields::{Fields, Lines};

/// The fields that a page goes out with in one coding: all but `Age` and what the view's options add.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// The page's lines as they are sent.
    pub(crate) lines: Lines,
    /// The page's own tag in this coding, if it has one that can have one.
    pub(crate) tag: Option<HeaderValue>,
    /// `Vary` says `Accept-Encoding` here and did not in what the view gave.
    pub(crate) varies: bool,
    /// The page says itself for how long others may keep it.
    pub(crate) says_how_long: bool,
}

impl Form {
    fn of(entry: &Entry, coding: Coding) -> Form {
        let page = entry.fields();
        let own = page.iter().find(|(name, _)| name == header::ETAG);
        // Not the form of a tag: no other coding can have one that goes with it.
        let tag = own.and_then(|(_, own)| tag_of(own, coding));
        let varies = has_codings(entry) && !names_accept_encoding(page);
        let is_coded = coding != Coding::Identity;
        let own = page.iter().filter(|(name, _)| {
            name != header::ETAG && !(is_coded && name == header::CONTENT_ENCODING)
        });
        let token = HeaderValue::from_static(coding.token());
        let more = [
            tag.clone().map(|tag| (header::ETAG, tag)),
            is_coded.then_some((header::CONTENT_ENCODING, token)),
            varies.then_some((header::VARY, ACCEPT_ENCODING)),
        ];
        Form {
            lines: own.cloned().chain(more.into_iter().flatten()).collect(),
            tag,
            varies,
            says_how_long: page.has("cache-control") || page.has("expires"),
        }
    }

    /// Bytes that a form of a page with so many lines takes up in memory, roughly: the values are the entry's own.
    pub(crate) const fn weight(lines: usize) -> usize {
        size_of::<Form>() + (lines + 3) * size_of::<(HeaderName, HeaderValue)>()
    }
}

/// What is added to `Vary`.
pub(crate) const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

fn names_accept_encoding(fields: &Lines) -> bool {
    fields
        .members("vary")
        .any(|member| member.eq_ignore_ascii_case(b"accept-encoding"))
}

/// The forms of one page, each made when it is first sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forms([OnceLock<Box<Form>>; Coding::ALL.len()]);

impl Forms {
    pub(crate) const fn new() -> Forms {
        Forms([const { OnceLock::new() }; Coding::ALL.len()])
    }

    /// The form of `entry`, whose forms these are, in a coding that it has.
    pub(crate) fn get(&self, entry: &Entry, coding: Coding) -> &Form {
        let at = Coding::ALL.iter().position(|known| *known == coding);
        self.0[at.unwrap_or_default()].get_or_init(|| Box::new(Form::of(entry, coding)))
    }
}
