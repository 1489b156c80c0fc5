//! A server of cached pages for the tests that need several processes: `page_server RELEASE REDIS_URL DEADLINE`, the last
//! one the store's, in milliseconds. Its only line of output is its address.
//!
//! Every page says what it was made for: `RELEASE PATH?QUERY MICROSECONDS`, the last when its render began. In the query,
//! `ms` is how long that takes. `/renders` counts them, and `/purge?PATH` purges a path, a prefix if it ends in `*`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, Responder};
use crushed::cache::{PageCache, PageCacheOptions, Purge, Redis, RedisOptions};

struct Site {
    release: String,
    renders: AtomicUsize,
    pages: PageCache,
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [release, url, deadline] = &arguments[..] else {
        return Err("usage: page_server RELEASE REDIS_URL DEADLINE".into());
    };
    let deadline = Duration::from_millis(deadline.parse()?);
    let defaults = Duration::from_millis(250);
    let redis = RedisOptions::default()
        .deadline(deadline)
        .connect_timeout(deadline.max(defaults))
        .response_timeout(deadline.max(defaults));
    let options = PageCacheOptions::default()
        .ttl(Duration::from_secs(600))
        .ignore_sessions()
        .cache_status("test");
    let pages = PageCache::with_store(release, options, Redis::open(url, redis)?);
    let site = Data::new(Site {
        release: release.clone(),
        renders: AtomicUsize::new(0),
        pages: pages.clone(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(site.clone())
            .route("/renders", web::get().to(renders))
            .route("/purge", web::get().to(purge))
            .service(
                web::scope("")
                    .wrap(pages.clone())
                    .default_service(web::to(page)),
            )
    })
    .workers(1)
    // All of a stampede come in at once.
    .backlog(4096)
    .bind("127.0.0.1:0")?;
    for address in server.addrs() {
        println!("http://{address}");
    }
    Ok(server.run().await?)
}

async fn page(request: HttpRequest, site: Data<Site>) -> impl Responder {
    site.renders.fetch_add(1, Ordering::SeqCst);
    let began = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_micros();
    let query = request.query_string();
    let takes = query.split('&').find_map(|part| part.strip_prefix("ms="));
    if let Some(millis) = takes.and_then(|millis| millis.parse().ok()) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    // Some pages are larger than one packet.
    let filler = "x".repeat(query.len() * 997 % 20_000);
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(format!(
            "{} {}?{query} {began} {filler}",
            site.release,
            request.path()
        ))
}

async fn renders(site: Data<Site>) -> impl Responder {
    site.renders.load(Ordering::SeqCst).to_string()
}

async fn purge(request: HttpRequest, site: Data<Site>) -> impl Responder {
    let path = request.query_string();
    let scope = match path.strip_suffix('*') {
        Some(prefix) => Purge::Prefix(prefix),
        None => Purge::Path(path),
    };
    match site.pages.purge(scope).await {
        Ok(()) => HttpResponse::Ok().body("purged"),
        Err(error) => HttpResponse::Accepted().body(error.to_string()),
    }
}
