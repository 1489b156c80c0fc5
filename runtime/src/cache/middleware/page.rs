//! Answers made of stored pages.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::Coding;

use super::super::clock::Timestamp;
use super::super::encode::choose;
use super::super::entry::Entry;
use super::super::form::ACCEPT_ENCODING;
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
        now: Timestamp,
    ) -> HttpResponse {
        self.shared.engine.encode_later(entry);
        let asked = Headers(asked);
        let (coding, body) = match lookup.negotiates {
            true => choose(&asked, entry),
            false => (Coding::Identity, entry.body()),
        };
        let form = entry.form(coding);
        let unchanged = lookup.conditional
            && entry.status_code() == StatusCode::OK
            && not_modified(&asked, &form.lines);
        let (code, body) = match (unchanged, lookup.head) {
            (true, _) => (StatusCode::NOT_MODIFIED, BoxBody::new(())),
            (false, true) => {
                let body = HeadBody(body.len() as u64);
                (entry.status_code(), BoxBody::new(body))
            }
            (false, false) => (entry.status_code(), BoxBody::new(body.clone())),
        };
        // Its map of fields has room already, from an answer before.
        let mut response = HttpResponse::with_body(code, body);
        let headers = response.headers_mut();
        for (name, value) in &form.lines {
            if !(unchanged && describes_body(name.as_str())) {
                headers.append(name.clone(), value.clone());
            }
        }
        if !form.says_how_long {
            self.say_how_long(headers);
        }
        // An entry has no age of its own (see there): nothing is to be replaced.
        headers.append(header::AGE, seconds(entry.age(now).as_secs()));
        self.report(headers, status);
        response
    }

    /// Adds to a rendered page what its entry has and the view did not give it.
    pub(super) fn dress(&self, headers: &mut HeaderMap, entry: &Entry) {
        let form = entry.form(Coding::Identity);
        match &form.tag {
            Some(tag) => headers.insert(header::ETAG, tag.clone()),
            None => headers.remove(header::ETAG),
        };
        if form.varies {
            headers.append(header::VARY, ACCEPT_ENCODING);
        }
        if !form.says_how_long {
            self.say_how_long(headers);
        }
    }

    /// Adds what the options say to browsers and caches beyond the app.
    fn say_how_long(&self, headers: &mut HeaderMap) {
        if let Some(control) = &self.control {
            headers.insert(header::CACHE_CONTROL, control.clone());
        }
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

/// A number of seconds as a field's value. Below a hundred it is allocated nowhere.
fn seconds(seconds: u64) -> HeaderValue {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    const TENS: &str = "10111213141516171819202122232425262728293031323334353637383940414243444546474849\
                        50515253545556575859606162636465666768697071727374757677787980818283848586878889\
                        90919293949596979899";
    match seconds {
        0..10 => HeaderValue::from_static(DIGITS[seconds as usize]),
        10..100 => {
            let at = 2 * (seconds as usize - 10);
            HeaderValue::from_static(&TENS[at..at + 2])
        }
        _ => HeaderValue::from(seconds),
    }
}

/// What is said of a page that does not say it itself.
pub(super) fn control(downstream: Downstream) -> Option<HeaderValue> {
    match downstream {
        Downstream::Revalidate => Some(HeaderValue::from_static("no-cache")),
        Downstream::MaxAge(time) => {
            HeaderValue::try_from(format!("max-age={}", time.as_secs())).ok()
        }
        Downstream::Silent => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_as_numbers() {
        for number in (0..1000).chain([u64::MAX]) {
            assert_eq!(seconds(number), number.to_string());
        }
    }
}
