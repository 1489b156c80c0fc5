//! actix's types as the cache's, and what a cached view gets to see of a request.

use std::borrow::Cow;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ConnectionInfo, ServiceRequest};
use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use bytes::Bytes;

use super::super::fields::{Fields, Lines};
use super::super::options::PageCacheOptions;
use super::super::unkeyed::{Forwarded, is_unkeyed};

/// Marks a request that is inside of a page cache already.
pub(super) struct Inside;

/// actix's header map as fields.
pub(super) struct Headers<'a>(pub(super) &'a HeaderMap);

impl Headers<'_> {
    pub(super) fn to_lines(&self) -> Lines {
        self.0
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

impl Fields for Headers<'_> {
    fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        // By comparing: to look a few names up, each made into one of the map's first, takes longer.
        let lines = self.0.iter().filter(move |(own, _)| own.as_str() == name);
        lines.map(|(_, value)| value.as_bytes())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }
}

/// Scheme and host of a request, as its view is shown them.
pub(super) struct Address<'a> {
    pub(super) scheme: Cow<'static, str>,
    /// In lower case; empty if the request names none, absent if it contradicts itself.
    pub(super) host: Option<Cow<'a, [u8]>>,
    pub(super) forwarded: Forwarded,
}

impl<'a> Address<'a> {
    pub(super) fn of(request: &'a ServiceRequest, options: &PageCacheOptions) -> Address<'a> {
        let trusted = !options.proxies.is_empty()
            && request
                .peer_addr()
                .is_some_and(|peer| options.proxies.contains(&peer.ip()));
        if trusted {
            let info = request.connection_info();
            return Address {
                scheme: info.scheme().to_ascii_lowercase().into(),
                host: Some(info.host().to_ascii_lowercase().into_bytes().into()),
                forwarded: Forwarded::Keyed,
            };
        }
        let scheme = match request.uri().scheme_str() {
            Some(scheme) => scheme.to_ascii_lowercase().into(),
            None if request.app_config().secure() => "https".into(),
            None => "http".into(),
        };
        Address {
            scheme,
            host: host(request),
            forwarded: Forwarded::Untrusted,
        }
    }

    /// The same without the request.
    pub(super) fn into_owned(self) -> Address<'static> {
        Address {
            scheme: self.scheme,
            host: self.host.map(|host| host.into_owned().into()),
            forwarded: self.forwarded,
        }
    }
}

/// The one host that the request names (RFC 9110 §7.2). Two of them, in whatever places, are an attempt to have a page
/// made for one and stored for the other. Bytes, as it is compared only.
fn host(request: &ServiceRequest) -> Option<Cow<'_, [u8]>> {
    let authority = request.uri().authority();
    let mut named = authority.map(|authority| authority.as_str().as_bytes());
    // By comparing, as above: few fields are sent before it.
    let lines = request.headers().iter();
    for (_, line) in lines.filter(|(name, _)| *name == header::HOST) {
        let host = line.as_bytes().trim_ascii();
        match named {
            Some(other) if !other.eq_ignore_ascii_case(host) => return None,
            _ => named = Some(host),
        }
    }
    let named = named.unwrap_or_default();
    if !named.is_ascii() {
        return None;
    }
    Some(match named.iter().any(u8::is_ascii_uppercase) {
        true => named.to_ascii_lowercase().into(),
        false => named.into(),
    })
}

/// Takes away what could change the page without being part of its key, and marks the request.
pub(super) fn narrow(request: &mut ServiceRequest, address: &Address<'_>, query: Option<&str>) {
    let unkeyed: Vec<HeaderName> = request
        .headers()
        .keys()
        .filter(|name| is_unkeyed(name.as_str(), address.forwarded))
        .cloned()
        .collect();
    for name in unkeyed {
        request.headers_mut().remove(name);
    }
    // What an outer middleware may have computed from fields that are gone now.
    request.extensions_mut().remove::<ConnectionInfo>();
    let host = address.host.as_deref().unwrap_or_default();
    let shown = request.headers().get(header::HOST);
    if address.forwarded == Forwarded::Untrusted
        && shown.is_some_and(|shown| shown != host)
        && let Ok(host) = HeaderValue::from_bytes(host)
    {
        request.headers_mut().insert(header::HOST, host);
    }
    if request.uri().query() != query
        && let Some(uri) = with_query(request.uri(), query)
    {
        request.head_mut().uri = uri;
    }
    request.extensions_mut().insert(Inside);
}

fn with_query(uri: &Uri, query: Option<&str>) -> Option<Uri> {
    let path = uri.path();
    let text = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(text).ok()?);
    Uri::from_parts(parts).ok()
}

/// A response's body: at hand, or yet to come.
pub(super) enum Body<B> {
    Whole(Bytes),
    Stream(B),
}

impl<B: MessageBody> Body<B> {
    pub(super) fn of(body: B) -> Body<B> {
        if body.size() == BodySize::None {
            return Body::Whole(Bytes::new());
        }
        body.try_into_bytes().map_or_else(Body::Stream, Body::Whole)
    }

    /// The length in bytes, if the body is at hand.
    pub(super) fn length(&self) -> Option<usize> {
        match self {
            Body::Whole(bytes) => Some(bytes.len()),
            Body::Stream(_) => None,
        }
    }
}

/// The body of an answer to HEAD: none, but with the length that GET would have.
pub(super) struct HeadBody(pub(super) u64);

impl MessageBody for HeadBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
