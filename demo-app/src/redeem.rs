//! Redeeming a coupon: what is for one visitor only, and so never in the page cache.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CacheControl, CacheDirective};
use actix_web::{HttpRequest, HttpResponse, Result, web};
use serde::Deserialize;

use crate::coupons::{self, Coupon};
use crate::pages::{not_found, page};

/// The cookie that holds the visitor's token.
const COOKIE: &str = "redeem";

#[crushed::template(path = "coupons/redeem.html")]
struct Redeem<'a> {
    coupon: &'static Coupon,
    step: Step<'a>,
}

enum Step<'a> {
    /// The form, with the visitor's token.
    Ask(&'a str),
    /// The coupon is the visitor's.
    Done(&'a str),
    /// The form was not ours.
    Refused,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Sent {
    token: String,
}

/// The form: sets a cookie and repeats its value in a field, which a page of somebody else's cannot (double submit).
pub async fn form(request: HttpRequest, code: web::Path<String>) -> Result<HttpResponse> {
    let Some(coupon) = coupons::by_code(&code) else {
        return not_found(request).await;
    };
    let token = match own_token(&request) {
        Some(token) => token,
        None => random_token()?,
    };
    let cookie = Cookie::build(COOKIE, token.clone())
        .path("/coupons")
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish();
    let mut response = answer(StatusCode::OK, coupon, Step::Ask(&token))?;
    response
        .add_cookie(&cookie)
        .map_err(ErrorInternalServerError)?;
    Ok(response)
}

/// Redeems the coupon, if the request comes from the form.
pub async fn redeem(
    request: HttpRequest,
    code: web::Path<String>,
    sent: web::Form<Sent>,
) -> Result<HttpResponse> {
    let Some(coupon) = coupons::by_code(&code) else {
        return not_found(request).await;
    };
    match own_token(&request) {
        Some(token) if token == sent.token && !coupon.expired => {
            // Eight digits of what only this visitor has.
            let voucher = token.get(..8).unwrap_or_default();
            answer(StatusCode::OK, coupon, Step::Done(voucher))
        }
        _ => answer(StatusCode::FORBIDDEN, coupon, Step::Refused),
    }
}

fn answer(status: StatusCode, coupon: &'static Coupon, step: Step<'_>) -> Result<HttpResponse> {
    let mut response = page(status, &Redeem { coupon, step })?;
    // The view is off in the page cache already; this is for browsers and for proxies on the way.
    let never = CacheControl(vec![CacheDirective::NoStore]);
    let never = actix_web::http::header::TryIntoHeaderValue::try_into_value(never)?;
    response.headers_mut().insert(CACHE_CONTROL, never);
    Ok(response)
}

/// The token of the request's cookie, unless it has none that we could have given.
fn own_token(request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(COOKIE)?;
    let token = cookie.value();
    let ours = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    ours.then(|| token.to_owned())
}

fn random_token() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(ErrorInternalServerError)?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}
