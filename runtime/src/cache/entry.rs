//! A rendered page as the store keeps it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::Coding;

use super::clock::Timestamp;
use super::fields::{Fields, Lines};
use super::form::{Form, Forms};
use super::key::Key;
use super::purge::Stamp;
use super::response::Terms;
use super::tags::Tags;
use super::validator::{is_made, page_etag};

/// Fields that belong to one connection and are not stored (RFC 9111 §3.1, RFC 9110 §7.6.1), besides those that
/// `Connection` names. `Content-Length` and `Age` are made anew for each answer.
const NOT_STORED: [&str; 11] = [
    "age",
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// What describes the stored body stays when the view says that it has not changed.
const NOT_UPDATED: [&str; 8] = [
    "content-digest",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-range",
    "digest",
    "etag",
    "repr-digest",
];

/// A page with validators is kept past its time, so that the view can be asked whether it has changed: as long again,
/// within these bounds.
const LEAST_ASKABLE: Duration = Duration::from_secs(60);
const MOST_ASKABLE: Duration = Duration::from_secs(3600);

/// A page, ready to be sent, with what is needed to tell whether it may be.
#[derive(Clone, Debug)]
pub struct Entry {
    parts: Parts,
    forms: Forms,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Entry {}

/// What an entry is made of, for a store that keeps bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The key that it was stored under, as bytes.
    pub key: Bytes,
    /// The last purge that had begun before its render did.
    pub stamp: Stamp,
    /// The status.
    pub status: StatusCode,
    /// The header fields, line by line.
    pub fields: Vec<(HeaderName, HeaderValue)>,
    /// The body, in identity coding unless a `Content-Encoding` field says otherwise.
    pub body: Bytes,
    /// The body in other codings, each smaller than it; `None` until that was tried.
    pub encoded: Option<Vec<(Coding, Bytes)>>,
    /// The tags that it can be purged by.
    pub tags: Tags,
    /// When it was stored.
    pub stored: Timestamp,
    /// Its age at that time.
    pub age: Duration,
    /// How long it is fresh, counted from age zero.
    pub lifetime: Duration,
    /// For how much longer it may be served while it is rendered anew (RFC 5861 §3).
    pub stale_while_revalidate: Duration,
    /// For how much longer it may be served in place of an error (RFC 5861 §4).
    pub stale_if_error: Duration,
    /// Whether requests with `Authorization` may share it.
    pub public: bool,
}

/// A finished response, before it is an entry.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) fields: Lines,
    pub(crate) body: Bytes,
}

impl Entry {
    /// Takes a page that may be stored. It gets an `ETag` if it has none (200 only).
    pub(crate) fn new(key: &Key, stamp: Stamp, page: Page, terms: &Terms, now: Timestamp) -> Entry {
        let Page {
            status,
            mut fields,
            body,
        } = page;
        drop_hop_by_hop(&mut fields);
        if status == StatusCode::OK
            && !fields.has("etag")
            && let Some(tag) = page_etag(&fields, &body)
        {
            fields.push((http::header::ETAG, tag));
        }
        if !fields.has("date") {
            // RFC 9110 §6.6.1: what is sent later must show when it was made.
            let date = httpdate::fmt_http_date(now.to_system_time());
            fields.extend(HeaderValue::try_from(date).map(|date| (http::header::DATE, date)));
        }
        Entry::from_parts(Parts {
            key: key.encoded().clone(),
            stamp,
            status,
            fields,
            body,
            encoded: None,
            tags: terms.tags.clone(),
            stored: now,
            age: terms.age,
            lifetime: terms.lifetime,
            stale_while_revalidate: terms.stale_while_revalidate,
            stale_if_error: terms.stale_if_error,
            public: terms.public,
        })
    }

    /// The entry that [`parts`](Self::parts) took apart. The store answers for them being those of one entry; whether it
    /// is the right one is checked against the key.
    pub const fn from_parts(parts: Parts) -> Entry {
        Entry {
            parts,
            forms: Forms::new(),
        }
    }

    /// The same entry with its body in other codings as well.
    pub(crate) fn with_encoded(&self, encoded: Vec<(Coding, Bytes)>) -> Entry {
        Entry::from_parts(Parts {
            encoded: Some(encoded),
            ..self.parts.clone()
        })
    }

    /// What it is made of.
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The status of the page.
    pub fn status(&self) -> u16 {
        self.parts.status.as_u16()
    }

    /// The body, in identity coding unless a `Content-Encoding` field says otherwise.
    pub fn body(&self) -> &Bytes {
        &self.parts.body
    }

    pub(crate) fn fields(&self) -> &Lines {
        &self.parts.fields
    }

    /// How it is sent in a coding that it has.
    pub(crate) fn form(&self, coding: Coding) -> &Form {
        self.forms.get(self, coding)
    }

    pub(crate) fn stamp(&self) -> Stamp {
        self.parts.stamp
    }

    pub(crate) fn status_code(&self) -> StatusCode {
        self.parts.status
    }

    /// Whether requests with `Authorization` may share it.
    pub(crate) fn is_public(&self) -> bool {
        self.parts.public
    }

    /// Whether this entry was stored under exactly this key.
    pub(crate) fn is_for(&self, key: &Key) -> bool {
        self.parts.key == *key.encoded()
    }

    /// Its age (RFC 9111 §4.2.3).
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        self.parts.age.saturating_add(now.since(self.parts.stored))
    }

    /// How long it stays fresh; zero once it is stale.
    pub(crate) fn fresh_for(&self, now: Timestamp) -> Duration {
        self.parts.lifetime.saturating_sub(self.age(now))
    }

    /// How long it has been stale; zero as long as it is fresh.
    pub(crate) fn stale_for(&self, now: Timestamp) -> Duration {
        self.age(now).saturating_sub(self.parts.lifetime)
    }

    /// The tags that it can be purged by.
    pub(crate) fn tags(&self) -> &Tags {
        &self.parts.tags
    }

    /// How long a store keeps it: until it is of no use to anybody.
    pub(crate) fn keep_for(&self, now: Timestamp) -> Duration {
        let Parts {
            lifetime,
            stale_while_revalidate,
            stale_if_error,
            ..
        } = self.parts;
        let askable = match self.conditions().is_empty() {
            true => Duration::ZERO,
            false => lifetime.clamp(LEAST_ASKABLE, MOST_ASKABLE),
        };
        lifetime
            .saturating_add(stale_while_revalidate.max(stale_if_error).max(askable))
            .saturating_sub(self.age(now))
    }

    /// The conditions by which the view can be asked whether the page has changed, from the validators that it gave it
    /// (RFC 9111 §4.3.1). A tag that the cache made is not the view's to know.
    pub(crate) fn conditions(&self) -> Lines {
        if self.parts.status != StatusCode::OK {
            return Lines::new();
        }
        let own = |name: HeaderName| {
            let mut lines = self
                .parts
                .fields
                .iter()
                .filter(move |(own, _)| *own == name);
            lines.next().map(|(_, value)| value.clone())
        };
        let tag = own(header::ETAG).filter(|tag| !is_made(tag));
        let date = own(header::LAST_MODIFIED);
        let conditions = [
            tag.map(|tag| (header::IF_NONE_MATCH, tag)),
            date.map(|date| (header::IF_MODIFIED_SINCE, date)),
        ];
        conditions.into_iter().flatten().collect()
    }

    /// The fields of this page once the view has said that it has not changed, with `news` in its answer
    /// (RFC 9111 §3.2).
    pub(crate) fn freshened(&self, news: &Lines) -> Lines {
        let says = |name: &HeaderName| news.iter().any(|(new, _)| new == name);
        let stays = |name: &HeaderName| NOT_UPDATED.contains(&name.as_str());
        let old = self.parts.fields.iter().filter(|(name, _)| {
            stays(name) || (!says(name) && *name != header::DATE && *name != header::AGE)
        });
        let new = news.iter().filter(|(name, _)| !stays(name));
        old.chain(new).cloned().collect()
    }

    /// Bytes that the entry takes up in memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        let fields: usize = self
            .parts
            .fields
            .iter()
            .map(|(name, value)| {
                name.as_str().len() + value.len() + size_of::<(HeaderName, HeaderValue)>()
            })
            .sum();
        let encoded = self.parts.encoded.as_deref().unwrap_or_default();
        let bodies: usize = encoded.iter().map(|(_, body)| body.len()).sum();
        let forms = (1 + encoded.len()) * Form::weight(self.parts.fields.len());
        size_of::<Entry>()
            + self.parts.key.len()
            + fields
            + forms
            + self.parts.tags.weight()
            + self.parts.body.len()
            + bodies
    }
}

fn drop_hop_by_hop(fields: &mut Lines) {
    let named: Vec<Vec<u8>> = fields
        .members("connection")
        .map(<[u8]>::to_ascii_lowercase)
        .collect();
    fields.retain(|(name, _)| {
        let name = name.as_str();
        !NOT_STORED.contains(&name) && !named.iter().any(|hop| hop == name.as_bytes())
    });
}

#[cfg(test)]
mod tests {
    use super::super::fields::lines;
    use super::super::key::Target;
    use super::super::vary::VaryNames;
    use super::*;

    fn entry(fields: &[(&str, &str)], age: u64, lifetime: u64) -> Entry {
        let key = Key::new(&Target {
            release: "r",
            scheme: "http",
            host: b"a.test",
            path: "/",
            query: None,
        });
        let page = Page {
            status: StatusCode::OK,
            fields: lines(fields),
            body: Bytes::from_static(b"page"),
        };
        let terms = Terms {
            lifetime: Duration::from_secs(lifetime),
            age: Duration::from_secs(age),
            vary: VaryNames::default(),
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            public: false,
            tags: Tags::default(),
        };
        Entry::new(
            &key,
            Stamp::default(),
            page,
            &terms,
            Timestamp::from_millis(10_000),
        )
    }

    #[test]
    fn connection_fields_are_dropped_and_all_others_kept() {
        let entry = entry(
            &[
                ("connection", "X-Hop, close"),
                ("x-hop", "1"),
                ("keep-alive", "1"),
                ("link", "</a>"),
                ("link", "</b>"),
                ("x-keep", "2"),
                ("etag", "\"v1\""),
            ],
            0,
            60,
        );
        let names: Vec<_> = entry
            .fields()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["link", "link", "x-keep", "etag", "date"]);
        assert_eq!(entry.fields().lines("etag").next(), Some(&b"\"v1\""[..]));
    }

    #[test]
    fn age_goes_on_from_what_it_came_with() {
        let entry = entry(&[], 100, 120);
        let at = |millis: u64| Timestamp::from_millis(10_000 + millis);
        assert_eq!(entry.age(at(2_100)), Duration::from_millis(102_100));
        assert_eq!(entry.fresh_for(at(19_999)), Duration::from_millis(1));
        assert_eq!(entry.fresh_for(at(20_000)), Duration::ZERO);
        assert_eq!(
            entry.age(Timestamp::from_millis(0)),
            Duration::from_secs(100)
        );
    }

    #[test]
    fn weight_covers_the_body() {
        assert!(entry(&[], 0, 1).weight() > 4 + size_of::<Entry>());
    }
}
