//! The coupon app: a small server whose templates, styles, scripts, fonts and pictures are all inside its binary.

mod coupons;
mod metrics;
mod pages;
mod redeem;
mod settings;

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::middleware::Logger;
use actix_web::{App, HttpResponse, HttpServer, web};
use crushed::cache::{PageCache, PageCacheOptions};
use tracing_subscriber::EnvFilter;

use settings::Settings;

#[actix_web::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo-app: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Standard output is for the one line below; whatever RUST_LOG asks for goes to standard error.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    crushed::init()?;
    let settings = Settings::from_env()?;
    let assets = crushed::assets!();
    // In this process's memory, or in Redis where REDIS_URL says.
    let cache = PageCache::from_env(assets.release(), cache_options())?;
    // Loads open pages again when a source changes; there in `cargo xtask dev`, and in no release.
    let live_reload = crushed::actix::live_reload(assets);

    let server = HttpServer::new(move || {
        App::new()
            .wrap(Logger::new(r#""%r" %s %b %Dms"#).log_target("access"))
            .service(crushed::actix::service(assets))
            .service(live_reload.clone())
            .route("/healthz", web::get().to(HttpResponse::Ok))
            .app_data(web::Data::new(cache.clone()))
            .route("/metrics", web::get().to(metrics::metrics))
            // Only what is below the cache is cached: health must be asked of the process, each time.
            .service(
                web::scope("")
                    .wrap(cache.clone())
                    .configure(|app| pages::routes(app, &cache)),
            )
    })
    .bind(settings.bind)
    .map_err(|error| format!("cannot listen on {}: {error}", settings.bind))?;

    for address in server.addrs() {
        println!("http://{address}");
    }
    // Stops on SIGINT and SIGTERM, after the requests that are under way.
    Ok(server.run().await?)
}

/// No page reads a cookie or a query: everybody gets the same one. The one that does takes itself out.
fn cache_options() -> PageCacheOptions {
    PageCacheOptions::default()
        .ttl(Duration::from_secs(600))
        .ignore_sessions()
        .only_params::<&str>([])
        .cache_status("demo-app")
}
