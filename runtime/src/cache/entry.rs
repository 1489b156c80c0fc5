//! A rendered page as the store keeps it.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::clock::Timestamp;
use super::fields::{Fields, Lines};
use super::key::Key;
use super::purge::Stamp;
use super::response::Terms;
use super::validator::page_etag;

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

/// A page, ready to be sent, with what is needed to tell whether it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    key: Bytes,
    stamp: Stamp,
    status: StatusCode,
    fields: Lines,
    body: Bytes,
    stored: Timestamp,
    age: Duration,
    lifetime: Duration,
    public: bool,
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
        Entry {
            key: key.encoded().clone(),
            stamp,
            status,
            fields,
            body,
            stored: now,
            age: terms.age,
            lifetime: terms.lifetime,
            public: terms.public,
        }
    }

    /// The status of the page.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The body, in identity coding unless a `Content-Encoding` field says otherwise.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    pub(crate) fn fields(&self) -> &Lines {
        &self.fields
    }

    pub(crate) fn stamp(&self) -> Stamp {
        self.stamp
    }

    pub(crate) fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Whether requests with `Authorization` may share it.
    pub(crate) fn is_public(&self) -> bool {
        self.public
    }

    /// Whether this entry was stored under exactly this key.
    pub(crate) fn is_for(&self, key: &Key) -> bool {
        self.key == *key.encoded()
    }

    /// Its age (RFC 9111 §4.2.3).
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        self.age.saturating_add(now.since(self.stored))
    }

    /// How long it stays fresh; zero once it is stale.
    pub(crate) fn fresh_for(&self, now: Timestamp) -> Duration {
        self.lifetime.saturating_sub(self.age(now))
    }

    /// Bytes that the entry takes up in memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        let fields: usize = self
            .fields
            .iter()
            .map(|(name, value)| {
                name.as_str().len() + value.len() + size_of::<(HeaderName, HeaderValue)>()
            })
            .sum();
        size_of::<Entry>() + self.key.len() + fields + self.body.len()
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
            host: "a.test",
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
            public: false,
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
