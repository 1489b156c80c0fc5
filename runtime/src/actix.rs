//! Serving with actix-web.

pub(crate) mod answer;
mod live_reload;
mod pieces;

use std::io;

use actix_web::body::BoxBody;
use actix_web::dev::{
    AppService, HttpServiceFactory, ResourceDef, ServiceRequest, ServiceResponse, fn_service,
};
use actix_web::guard::{Guard, fn_guard};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use answer::Answer;
use pieces::Pieces;

pub use live_reload::{LiveReload, live_reload};

use crate::assets::Origin;
use crate::http::{
    Body, Caching, Decision, Fields, Name, Request, Resource, Sink, Value, decide, decode_path,
};
use crate::{Assets, Coding, Representation, Route, disk, static_url};

/// Answers requests for assets: `App::new().service(crushed::actix::service(crushed::assets!()))`.
///
/// It is mounted at the path of the prefix, `/a/` if `STATIC_URL` is `//cdn.example.test/a/`, and at `/static/` as well, so
/// that a CDN can pull from this origin whatever its own paths look like. Every method under these paths is answered here.
/// If the path of the prefix is `/`, only names that there are, are: the app's own routes and its 404 page stay.
///
/// # Panics
///
/// If `STATIC_URL` is no prefix and [`init`](crate::init) was not called before.
pub fn service(assets: Assets) -> Service {
    let path = static_url().path();
    let mut service = service_at(path, assets);
    if path != DEFAULT_MOUNT {
        service.mounts.push(DEFAULT_MOUNT.to_owned());
    }
    service
}

/// Answers requests for assets under one path and no other, which starts and ends in `/`.
pub fn service_at(path: &str, assets: Assets) -> Service {
    Service {
        assets,
        mounts: vec![path.to_owned()],
    }
}

/// Where a CDN finds the assets of an origin whose pages name the CDN.
const DEFAULT_MOUNT: &str = "/static/";

/// What [`service`] makes, for `App::service`.
#[derive(Clone, Debug)]
pub struct Service {
    assets: Assets,
    mounts: Vec<String>,
}

impl HttpServiceFactory for Service {
    fn register(self, config: &mut AppService) {
        let assets = self.assets;
        for mount in &self.mounts {
            let mount = mount.trim_matches('/');
            let (resource, guards) = if mount.is_empty() {
                (ResourceDef::prefix(""), Some(vec![exists(assets)]))
            } else {
                (ResourceDef::prefix(literal_pattern(mount)), None)
            };
            let factory = fn_service(move |request: ServiceRequest| answer(assets, request));
            config.register_service(resource, guards, factory, None);
        }
    }
}

/// The path as a pattern of the router's, where braces would stand for parameters. A prefix holds none: it is only decoded.
fn literal_pattern(mount: &str) -> String {
    let decoded = decode_path(mount).map_or_else(|_| mount.to_owned(), |path| path.into_owned());
    format!("/{decoded}")
}

/// Lets a request through whose path names an asset.
fn exists(assets: Assets) -> Box<dyn Guard> {
    Box::new(fn_guard(move |context| {
        let path = context.head().uri.path();
        let Ok(path) = decode_path(path.strip_prefix('/').unwrap_or(path)) else {
            return false;
        };
        match assets.origin() {
            Origin::Compiled(_) | Origin::Made(_) => assets.route(&path).is_some(),
            Origin::Sources(roots) => matches!(disk::read(roots, &path), Ok(Some(_))),
        }
    }))
}

fn answer(assets: Assets, request: ServiceRequest) -> Answer<ServiceResponse> {
    match assets.origin() {
        Origin::Compiled(_) | Origin::Made(_) => {
            let response = from_memory(request.request(), assets);
            let (request, _) = request.into_parts();
            Answer::now(ServiceResponse::new(request, response))
        }
        Origin::Sources(roots) => Answer::later(async move {
            let response = match decode_path(undecoded(request.request())) {
                Ok(path) => from_disk(roots, path.into_owned(), request.request()).await,
                Err(_) => bad_request(request.request()),
            };
            Ok(request.into_response(response))
        }),
    }
}

fn from_memory(request: &HttpRequest, assets: Assets) -> HttpResponse {
    // Nearly every path stands for itself: one that names an asset as it is needs no look at each of its bytes.
    let raw = undecoded(request);
    let found = match raw.contains('%') {
        true => None,
        false => assets.resource(raw),
    };
    match found {
        Some(resource) => reply(request, raw, Some(&resource), &InMemory),
        None => respond(request, |path| assets.resource(path)),
    }
}

/// Answers a request with what its path names: for an app that holds resources of its own in memory, finished pages say.
///
/// The path that `find` is given is decoded, without its first slash, and without that under which the handler is mounted.
pub fn respond(
    request: &HttpRequest,
    find: impl FnOnce(&str) -> Option<Resource<'static>>,
) -> HttpResponse {
    let Ok(path) = decode_path(undecoded(request)) else {
        return bad_request(request);
    };
    let resource = find(&path);
    reply(request, &path, resource.as_ref(), &InMemory)
}

/// What the router left of the path behind the mount. It decoded it already, all but `%`, `/` and `+`, which it left encoded,
/// so that decoding the rest here decodes everything once.
fn undecoded(request: &HttpRequest) -> &str {
    let rest = request.match_info().unprocessed();
    rest.strip_prefix('/').unwrap_or(rest)
}

fn bad_request(request: &HttpRequest) -> HttpResponse {
    let decision = Decision::BadRequest;
    observe(request, request.path(), &decision);
    write(decision, None, &InMemory)
}

/// Development: the file is read for each request, so that an edit shows.
async fn from_disk(
    roots: &'static [&'static str],
    path: String,
    request: &HttpRequest,
) -> HttpResponse {
    let read = web::block(move || disk::read(roots, &path).map(|source| (source, path)));
    let (source, path) = match read.await.map_err(io::Error::other).flatten() {
        Ok((Some(source), path)) => (source, path),
        Ok((None, path)) => return reply(request, &path, None, &OnDisk),
        Err(error) => {
            tracing::warn!(%error, "a source cannot be read");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let variants = [Representation {
        coding: Coding::Identity,
        etag: &source.etag,
        bytes: &source.bytes,
    }];
    let route = Route {
        path: &path,
        content_type: &source.content_type,
        variants: &variants,
    };
    let resource = Resource {
        route: &route,
        caching: Caching::Revalidate,
        modified: None,
        source_map: source.source_map.as_deref(),
    };
    reply(request, &path, Some(&resource), &OnDisk)
}

fn reply<'r>(
    request: &HttpRequest,
    path: &str,
    resource: Option<&Resource<'r>>,
    holding: &impl Holding<'r>,
) -> HttpResponse {
    let parts = Request {
        method: request.method().as_str(),
        fields: &Asked::of(request.headers()),
    };
    let decision = decide(&parts, resource);
    observe(request, path, &decision);
    write(decision, resource, holding)
}

#[cfg(any(test, feature = "observe"))]
fn observe(request: &HttpRequest, path: &str, decision: &Decision<'_>) {
    crate::observe::record(request.method().as_str(), path, decision);
}

#[cfg(not(any(test, feature = "observe")))]
fn observe(_: &HttpRequest, _: &str, _: &Decision<'_>) {}

/// The fields of a request. Few have a condition or a range, and mostly one of the six: a look at the names tells which,
/// which costs less than to look each of them up.
struct Asked<'a> {
    fields: &'a HeaderMap,
    /// A bit for each of the six that is there, as [`bit`] has it.
    conditions: u8,
}

impl<'a> Asked<'a> {
    fn of(fields: &'a HeaderMap) -> Self {
        let conditions = fields.keys().fold(0, |bits, name| {
            bits | match *name {
                header::IF_MATCH => bit(Name::IfMatch),
                header::IF_MODIFIED_SINCE => bit(Name::IfModifiedSince),
                header::IF_NONE_MATCH => bit(Name::IfNoneMatch),
                header::IF_RANGE => bit(Name::IfRange),
                header::IF_UNMODIFIED_SINCE => bit(Name::IfUnmodifiedSince),
                header::RANGE => bit(Name::Range),
                _ => 0,
            }
        });
        Self { fields, conditions }
    }
}

/// The bit of a field that is a condition or a range; of others, none.
#[inline(always)]
const fn bit(name: Name) -> u8 {
    match name {
        Name::IfMatch => 1,
        Name::IfModifiedSince => 2,
        Name::IfNoneMatch => 4,
        Name::IfRange => 8,
        Name::IfUnmodifiedSince => 16,
        Name::Range => 32,
        _ => 0,
    }
}

impl Fields for Asked<'_> {
    #[inline(always)]
    fn lines(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        let is_absent = bit(name) & !self.conditions != 0;
        let found = (!is_absent).then(|| self.fields.get_all(header_name(name)));
        found.into_iter().flatten().map(HeaderValue::as_bytes)
    }
}

/// How a reply's borrowed parts get into a response that must own them.
trait Holding<'r> {
    fn bytes(&self, bytes: &'r [u8]) -> Bytes;
}

/// They are in the binary: nothing is copied.
struct InMemory;

impl Holding<'static> for InMemory {
    fn bytes(&self, bytes: &'static [u8]) -> Bytes {
        Bytes::from_static(bytes)
    }
}

/// They were read for this one request.
struct OnDisk;

impl<'r> Holding<'r> for OnDisk {
    fn bytes(&self, bytes: &'r [u8]) -> Bytes {
        Bytes::copy_from_slice(bytes)
    }
}

fn write<'r>(
    decision: Decision<'r>,
    resource: Option<&Resource<'r>>,
    holding: &impl Holding<'r>,
) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::OK);
    let fields = response.headers_mut();
    let (status, body) = decision.say(resource, &mut Writing { fields, holding });
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match body {
        Body::None => response,
        Body::Text(text) => response.set_body(BoxBody::new(text)),
        Body::Borrowed(bytes) => {
            let body = holding.bytes(bytes);
            response.set_body(match Pieces::suit(body.len()) {
                true => BoxBody::new(Pieces::of(body)),
                false => BoxBody::new(body),
            })
        }
        Body::Made(bytes) => response.set_body(BoxBody::new(bytes)),
    }
}

/// The fields of a response, while they are written.
struct Writing<'w, H> {
    fields: &'w mut HeaderMap,
    holding: &'w H,
}

impl<'r, H: Holding<'r>> Sink<'r> for Writing<'_, H> {
    fn field(&mut self, name: Name, value: Value<'r>) {
        let value = match value {
            Value::Fixed(text) => Ok(fixed(text)),
            Value::Borrowed(text) => match frequent(text) {
                Some(value) => Ok(value),
                None => HeaderValue::from_maybe_shared(self.holding.bytes(text.as_bytes())),
            },
            Value::Made(text) => HeaderValue::from_maybe_shared(Bytes::from(text)),
        };
        // A table made by hand may hold a text that is no field value.
        if let Ok(value) = value {
            // Each name comes once.
            self.fields.append(header_name(name), value);
        }
    }

    // Apart, so that its value is known where it is called and need not be told from others.
    #[inline(always)]
    fn fixed(&mut self, name: Name, value: &'static str) {
        self.fields.append(header_name(name), fixed(value));
    }
}

/// The values that answers from memory have are made at compile time, when they are checked too.
#[inline(always)]
fn fixed(text: &'static str) -> HeaderValue {
    match text {
        "*" => const { HeaderValue::from_static("*") },
        "br" => const { HeaderValue::from_static("br") },
        "gzip" => const { HeaderValue::from_static("gzip") },
        "bytes" => const { HeaderValue::from_static("bytes") },
        "nosniff" => const { HeaderValue::from_static("nosniff") },
        "cross-origin" => const { HeaderValue::from_static("cross-origin") },
        "Accept-Encoding" => const { HeaderValue::from_static("Accept-Encoding") },
        "public, max-age=31536000, immutable" => {
            const { HeaderValue::from_static("public, max-age=31536000, immutable") }
        }
        other => HeaderValue::from_static(other),
    }
}

/// The same for types that many assets have.
fn frequent(text: &str) -> Option<HeaderValue> {
    Some(match text {
        "font/woff2" => const { HeaderValue::from_static("font/woff2") },
        "image/avif" => const { HeaderValue::from_static("image/avif") },
        "image/jpeg" => const { HeaderValue::from_static("image/jpeg") },
        "image/png" => const { HeaderValue::from_static("image/png") },
        "image/svg+xml" => const { HeaderValue::from_static("image/svg+xml") },
        "image/webp" => const { HeaderValue::from_static("image/webp") },
        "text/css; charset=utf-8" => const { HeaderValue::from_static("text/css; charset=utf-8") },
        "text/javascript; charset=utf-8" => {
            const { HeaderValue::from_static("text/javascript; charset=utf-8") }
        }
        _ => return None,
    })
}

#[inline(always)]
fn header_name(name: Name) -> HeaderName {
    match name {
        Name::AcceptEncoding => header::ACCEPT_ENCODING,
        Name::AcceptRanges => header::ACCEPT_RANGES,
        Name::AccessControlAllowMethods => header::ACCESS_CONTROL_ALLOW_METHODS,
        Name::AccessControlAllowOrigin => header::ACCESS_CONTROL_ALLOW_ORIGIN,
        Name::AccessControlRequestMethod => header::ACCESS_CONTROL_REQUEST_METHOD,
        Name::Allow => header::ALLOW,
        Name::CacheControl => header::CACHE_CONTROL,
        Name::ContentEncoding => header::CONTENT_ENCODING,
        Name::ContentRange => header::CONTENT_RANGE,
        Name::ContentType => header::CONTENT_TYPE,
        Name::CrossOriginResourcePolicy => header::CROSS_ORIGIN_RESOURCE_POLICY,
        Name::Etag => header::ETAG,
        Name::IfMatch => header::IF_MATCH,
        Name::IfModifiedSince => header::IF_MODIFIED_SINCE,
        Name::IfNoneMatch => header::IF_NONE_MATCH,
        Name::IfRange => header::IF_RANGE,
        Name::IfUnmodifiedSince => header::IF_UNMODIFIED_SINCE,
        Name::LastModified => header::LAST_MODIFIED,
        Name::Range => header::RANGE,
        Name::SourceMap => HeaderName::from_static(name.as_str()),
        Name::Vary => header::VARY,
        Name::XContentTypeOptions => header::X_CONTENT_TYPE_OPTIONS,
    }
}
