//! The pages: a template each, and the handler that fills it.

use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::{LINK, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Result, web};
use askama::Template;
use crushed::asset;
use crushed::cache::PageCache;

use crate::coupons::{self, Coupon};
use crate::redeem;

#[crushed::template(path = "base.html")]
struct Home;

#[crushed::template(path = "inline.html")]
struct Inline;

#[crushed::template(path = "coupons/list.html")]
struct List {
    coupons: &'static [Coupon],
}

#[crushed::template(path = "coupons/detail.html")]
struct Detail {
    coupon: &'static Coupon,
}

#[crushed::template(path = "not_found.html")]
struct NotFound<'a> {
    path: &'a str,
}

/// Puts every page at its address, and the not-found page everywhere else.
pub fn routes(app: &mut web::ServiceConfig, cache: &PageCache) {
    app.route("/", web::get().to(home))
        .route("/inline", web::get().to(inline))
        .route("/favicon.ico", web::get().to(icon))
        .route("/coupons", web::get().to(list))
        .route("/coupons/{code}", web::get().to(detail))
        .service(
            web::resource("/coupons/{code}/redeem")
                // It reads a cookie and sets one: it is nobody else's.
                .wrap(cache.off())
                .route(web::get().to(redeem::form))
                .route(web::post().to(redeem::redeem)),
        )
        .default_service(web::to(not_found));
}

async fn home() -> Result<HttpResponse> {
    // The picture is the largest thing on the page: the browser hears of it before it reads the page.
    let mut response = page(StatusCode::OK, &Home)?;
    let preload = format!("<{}>; rel=preload; as=image", asset!("img/mark.jpg"));
    response
        .headers_mut()
        .insert(LINK, preload.parse().map_err(ErrorInternalServerError)?);
    Ok(response)
}

async fn inline() -> Result<HttpResponse> {
    page(StatusCode::OK, &Inline)
}

/// Browsers ask for an icon whether or not a page names one.
async fn icon() -> HttpResponse {
    let icon = asset!("img/perforation.svg").to_string();
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, icon))
        .finish()
}

async fn list() -> Result<HttpResponse> {
    page(
        StatusCode::OK,
        &List {
            coupons: coupons::all(),
        },
    )
}

async fn detail(request: HttpRequest, code: web::Path<String>) -> Result<HttpResponse> {
    match coupons::by_code(&code) {
        Some(coupon) => page(StatusCode::OK, &Detail { coupon }),
        None => not_found(request).await,
    }
}

/// The page for what is not there.
pub async fn not_found(request: HttpRequest) -> Result<HttpResponse> {
    page(
        StatusCode::NOT_FOUND,
        &NotFound {
            path: request.path(),
        },
    )
}

/// A template as a response.
pub fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse> {
    let body = template.render().map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generated name of the picture. It changes when the picture does, and at no other time.
    #[test]
    fn the_picture_has_its_digest() {
        let mark = asset!("img/mark.jpg");
        assert_eq!(mark.digest.to_string(), "f95268b57e81ce25");
    }

    #[test]
    fn a_page_escapes_what_it_is_given() {
        let page = NotFound { path: "/<b>" }.render().unwrap();
        assert!(page.contains("<code>/&#60;b&#62;</code>"), "{page}");
    }
}
