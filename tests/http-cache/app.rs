//! An app whose views answer as the origin of the suite `http-tests/cache-tests` does, the view `/test/` behind a page
//! cache. With a suite's folder as its argument it runs the suite against itself and prints what came of it; without, it
//! serves until it is stopped. See the `README.md` beside this file.

mod origin;
mod suite;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::{App, HttpServer, rt, web};
use crushed::cache::{Downstream, ExtraStatus, PageCache, PageCacheOptions, Reload};

use origin::Origin;

/// What a cache for everybody would do: nothing but what a response says, and a client may ask for more.
fn options() -> PageCacheOptions {
    let negative = Duration::from_secs(10);
    PageCacheOptions::default()
        .ttl(Duration::ZERO)
        .ignore_sessions()
        .reload(Reload::Honour)
        .downstream(Downstream::Silent)
        .also(ExtraStatus::MovedPermanently, Duration::from_secs(3600))
        .also(ExtraStatus::NotFound, negative)
        .also(ExtraStatus::Gone, negative)
        .cache_status("crushed")
}

#[actix_web::main]
async fn main() -> ExitCode {
    let suite = std::env::args_os().nth(1).map(PathBuf::from);
    match run(suite).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("http-cache: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(suite: Option<PathBuf>) -> Result<ExitCode, Box<dyn Error>> {
    let origin = web::Data::new(Origin::default());
    let pages = PageCache::new("suite", options());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(origin.clone())
            .app_data(web::PayloadConfig::new(1 << 20))
            .route("/config/{uuid}", web::put().to(origin::configure))
            .route("/state/{uuid}", web::get().to(origin::state))
            .service(
                web::scope("/test/{uuid}")
                    .wrap(pages.clone())
                    .default_service(web::to(origin::test)),
            )
    })
    // Longer than any test pauses, on a busy machine too: a connection that ends as the suite sends on it fails the test.
    .keep_alive(Duration::from_secs(120))
    .bind(("127.0.0.1", 0))?;
    let Some(address) = server.addrs().first().copied() else {
        return Err("no address to listen on".into());
    };
    let server = server.run();
    let handle = server.handle();
    let serving = rt::spawn(server);
    let Some(suite) = suite else {
        println!("http://{address}");
        serving.await??;
        return Ok(ExitCode::SUCCESS);
    };
    let base = format!("http://{address}");
    let report = rt::task::spawn_blocking(move || suite::run(&suite, &base)).await??;
    handle.stop(false).await;
    print!("{report}");
    Ok(match report.holds() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
