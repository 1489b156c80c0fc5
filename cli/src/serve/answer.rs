use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse};
use crushed::Route;
use crushed::actix::respond;
use crushed::http::decode_path;
use crushed_build::manifest::percent_encode;

use super::site::{Found, Site};

/// Answers a request for an asset or a page.
pub(crate) fn answer(site: &'static Site, request: &HttpRequest) -> HttpResponse {
    let path = request.match_info().unprocessed();
    let path = decode_path(path.strip_prefix('/').unwrap_or(path));
    // What is no path is told as the runtime tells it.
    let found = path
        .as_deref()
        .map_or(Found::Nothing(None), |path| site.find(path));
    match (found, path) {
        (Found::Resource(resource), _) => respond(request, |_| Some(resource)),
        (Found::Directory, Ok(path)) => to_directory(&path, request),
        (Found::Nothing(Some(page)), _) => not_found(page, request),
        _ => respond(request, |_| None),
    }
}

/// The references in an index are relative to its directory.
fn to_directory(path: &str, request: &HttpRequest) -> HttpResponse {
    let mut location = format!("/{}/", percent_encode(path));
    if let Some(query) = request.uri().query() {
        location += &format!("?{query}");
    }
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The tree's own page, by the rules of the runtime's: it is not kept.
fn not_found(page: &Route<'static>, request: &HttpRequest) -> HttpResponse {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return respond(request, |_| None);
    }
    let bytes = page
        .variants
        .first()
        .map_or(&[][..], |identity| identity.bytes);
    HttpResponse::NotFound()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_TYPE, page.content_type))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(bytes)
}
