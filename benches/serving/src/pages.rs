//! One page of the demo, the list of its coupons, as an app would answer with it: `/coupons/N` has N rows.

use std::io;
use std::time::Duration;

use actix_web::error::ErrorInternalServerError;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpResponse, Result};
use askama::Template;
use crushed::cache::{PageCache, PageCacheOptions, Redis, RedisOptions};

/// Where the pages come from.
#[derive(Clone)]
pub(crate) enum Pages {
    /// Rendered for each request.
    Rendered,
    /// Rendered before, by a handler that does nothing but send them.
    Bare,
    Cached(PageCache),
}

impl Pages {
    /// `None` if there is no such kind. `redis` is what a cache in Redis is given.
    pub(crate) fn of(kind: &str, redis: Option<&str>) -> io::Result<Option<Self>> {
        let options = PageCacheOptions::default().ttl(Duration::from_secs(3600));
        Ok(Some(match kind {
            "pages-rendered" => Self::Rendered,
            "pages-bare" => Self::Bare,
            "pages-memory" => Self::Cached(PageCache::new("bench", options)),
            "pages-redis" => {
                let url = redis.ok_or_else(|| io::Error::other("pages-redis needs a URL"))?;
                let store = Redis::open(url, RedisOptions::default()).map_err(io::Error::other)?;
                Self::Cached(PageCache::with_store("bench", options, store))
            }
            _ => return Ok(None),
        }))
    }

    /// A route for each page, the same in every kind: to tell paths with parameters apart is the router's work, not that of
    /// what is measured.
    pub(crate) fn routes(&self, app: &mut ServiceConfig) {
        for rows in ROWS {
            let path = format!("/coupons/{rows}");
            let view = web::get().to(move || page(rows));
            match self {
                Self::Rendered => app.route(&path, view),
                Self::Bare => {
                    let bytes = Bytes::from(List::of(rows).render().unwrap_or_default());
                    let answer = move || {
                        let bytes = bytes.clone();
                        async move { html().body(bytes) }
                    };
                    app.route(&path, web::get().to(answer))
                }
                Self::Cached(cache) => {
                    app.service(web::resource(&path).wrap(cache.clone()).route(view))
                }
            };
        }
    }
}

/// How many rows the pages have that are asked for: about 10 kB, and what is slow to render.
const ROWS: [usize; 2] = [20, 200];

async fn page(rows: usize) -> Result<HttpResponse> {
    let body = List::of(rows).render().map_err(ErrorInternalServerError)?;
    Ok(html().body(body))
}

fn html() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.content_type("text/html; charset=utf-8");
    response
}

/// The demo's template, with coupons that are made up.
#[crushed::template(path = "coupons/list.html")]
struct List {
    coupons: Vec<Coupon>,
}

struct Coupon {
    code: String,
    shop: &'static str,
    title: &'static str,
    value: &'static str,
    left: usize,
    expired: bool,
}

impl List {
    fn of(rows: usize) -> Self {
        let coupon = |row: usize| Coupon {
            code: format!("COUPON-{row}"),
            shop: ["Tarn & Sons", "The Corner Bakery", "Quill <stationers>"][row % 3],
            title: ["Rowing boats by the hour", "Ink in \"any\" colour"][row % 2],
            value: "20 % off",
            left: row * 7 % 50,
            expired: row % 9 == 8,
        };
        Self {
            coupons: (0..rows).map(coupon).collect(),
        }
    }
}
