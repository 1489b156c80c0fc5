//! The header fields that a stored page goes out with, found out once for each of its codings.

use std::sync::OnceLock;

use http::{HeaderName, HeaderValue, header};

use crate::Coding;

use super::encode::{has_codings, tag_of};
use super::entry::Entry;
use super::fields::{Fields, Lines};

/// What tells the fields of a page in one coding from those that its entry keeps: all but `Age` and what the view's options
/// add.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    coding: Coding,
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
        Form {
            coding,
            // Not the form of a tag: no other coding can have one that goes with it.
            tag: own.and_then(|(_, own)| tag_of(own, coding)),
            varies: has_codings(entry) && !names_accept_encoding(page),
            says_how_long: page.has("cache-control") || page.has("expires"),
        }
    }

    /// The lines of `entry`, whose form this is, as they are sent.
    pub(crate) fn lines<'e>(
        &'e self,
        entry: &'e Entry,
    ) -> impl Iterator<Item = (&'e HeaderName, HeaderValue)> {
        let is_coded = self.coding != Coding::Identity;
        let own = entry.fields().iter().filter(move |(name, _)| {
            name != header::ETAG && !(is_coded && name == header::CONTENT_ENCODING)
        });
        let own = own.map(|(name, value)| (name, value.clone()));
        let tag = self.tag.clone().map(|tag| (&header::ETAG, tag));
        let token = || HeaderValue::from_static(self.coding.token());
        let coding = is_coded.then(|| (&header::CONTENT_ENCODING, token()));
        let vary = self.varies.then_some((&header::VARY, ACCEPT_ENCODING));
        own.chain(tag).chain(coding).chain(vary)
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
