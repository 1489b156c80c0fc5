//! What the page cache did, as text that Prometheus reads.

use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use crushed::cache::PageCache;

/// One line per number, over all views, since this process began.
pub async fn metrics(pages: Data<PageCache>) -> impl Responder {
    let stats = pages.stats();
    let up = u64::from(pages.is_store_up());
    let lines = [
        ("hits_total", stats.hits),
        ("shared_total", stats.shared),
        ("misses_total", stats.misses),
        ("bypasses_total", stats.bypasses),
        ("stored_total", stats.stored),
        ("errors_total", stats.errors),
        ("store_up", up),
    ]
    .map(|(name, value)| format!("page_cache_{name} {value}\n"));
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(lines.concat())
}
