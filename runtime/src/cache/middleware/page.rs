//! Answers made of stored pages.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::Coding;

use super::super::encode::{choose, has_codings, tag_of};
use super::super::entry::Entry;
use super::super::fields::Fields;
use super::super::options::Downstream;
use super::super::request::Lookup;
use super::super::status::CacheStatus;
use super::super::validator::{describes_body, not_modified};
use super::PageCache;
use super::convert::{HeadBody, Headers};

impl PageCache {
    /// The answer to a request with the header fields `asked`, made of a stored page.
    pub(super) fn stored(
        &self,
        entry: &Arc<Entry>,
        status: CacheStatus,
        lookup: Lookup,
        asked: &HeaderMap,
    ) -> HttpResponse {
        self.shared.engine.encode_later(entry);
        let asked = Headers(asked);
        let (coding, body) = choose(&asked, entry);
        let body = match lookup.head {
            true => BoxBody::new(HeadBody(body.len() as u64)),
            false => BoxBody::new(body.clone()),
        };
        // Its map of fields has room already, from an answer before.
        let mut response = HttpResponse::with_body(entry.status_code(), body);
        let headers = response.headers_mut();
        for (name, value) in entry.fields() {
            headers.append(name.clone(), value.clone());
        }
        self.dress(headers, entry, coding);
        let age = entry.age(self.shared.engine.now()).as_secs();
        headers.insert(header::AGE, HeaderValue::from(age));
        let unchanged =
            entry.status_code() == StatusCode::OK && not_modified(&asked, &Headers(headers));
        if unchanged {
            strip(headers);
        }
        self.report(headers, status);
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response = response.set_body(BoxBody::new(()));
        }
        response
    }

    /// Adds what a stored page in a coding has and the view did not give it.
    pub(super) fn dress(&self, headers: &mut HeaderMap, entry: &Entry, coding: Coding) {
        let own = entry.fields().iter().find(|(name, _)| name == header::ETAG);
        if let Some((name, own)) = own {
            match tag_of(own, coding) {
                Some(tag) => headers.insert(name.clone(), tag),
                // Not the form of a tag: no other coding can have one that goes with it.
                None => headers.remove(name),
            };
        }
        if coding != Coding::Identity {
            let token = HeaderValue::from_static(coding.token());
            headers.insert(header::CONTENT_ENCODING, token);
        }
        if has_codings(entry) && !names_accept_encoding(headers) {
            let name = HeaderValue::from_static("Accept-Encoding");
            headers.append(header::VARY, name);
        }
        if headers.contains_key(header::CACHE_CONTROL) || headers.contains_key(header::EXPIRES) {
            return;
        }
        let control = match self.options.downstream {
            Downstream::Revalidate => HeaderValue::from_static("no-cache"),
            Downstream::MaxAge(time) => {
                match HeaderValue::try_from(format!("max-age={}", time.as_secs())) {
                    Ok(value) => value,
                    Err(_) => return,
                }
            }
            Downstream::Silent => return,
        };
        headers.insert(header::CACHE_CONTROL, control);
    }

    /// Adds `Cache-Status`, if the view wants it.
    pub(super) fn report(&self, headers: &mut HeaderMap, status: CacheStatus) {
        if let Some(name) = &self.options.cache_status
            && let Ok(value) = HeaderValue::try_from(format!("{name}{status}"))
        {
            headers.append(HeaderName::from_static("cache-status"), value);
        }
    }
}

fn names_accept_encoding(headers: &HeaderMap) -> bool {
    Headers(headers)
        .members("vary")
        .any(|member| member.eq_ignore_ascii_case(b"accept-encoding"))
}

/// Takes away what a 304 does not say.
pub(super) fn strip(headers: &mut HeaderMap) {
    let described: Vec<HeaderName> = headers
        .keys()
        .filter(|name| describes_body(name.as_str()))
        .cloned()
        .collect();
    for name in described {
        headers.remove(name);
    }
}
