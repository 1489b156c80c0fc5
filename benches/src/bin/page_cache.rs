//! How fast a cached page is, against a handler that sends the same bytes, nginx as a cache in front of that, and rendering
//! the page, all in the same run: `cargo xtask bench page-cache [SECONDS [URL]]`. Fails when a bar is missed.
//!
//! The URL is that of a page of another system which is running on this machine, cached too: crushed with Redis is measured
//! by it. Servers have one core, the load generator and Redis the other; that system may use both. Rounds are interleaved; a
//! ratio is taken within a round, and what is printed is the median of the rounds.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crushed_benches::load::{Load, load};
use crushed_benches::server::{Server, build};
use crushed_benches::table::{grouped, median};
use crushed_tests::http::get;
use crushed_tests::redis_server;

const ROUNDS: usize = 11;

const CONNECTIONS: u32 = 32;

const BARE: &str = "pages-bare";
const RENDERED: &str = "pages-rendered";
const MEMORY: &str = "pages-memory";
const REDIS: &str = "pages-redis";
const NGINX: &str = "nginx proxy_cache";
const OTHER: &str = "the other system";

/// Of about 10 kB, and of the size at which a page is worth caching.
const PAGES: [&str; 2] = ["/coupons/20", "/coupons/200"];

/// What a round measured of one server.
struct Round {
    load: Load,
    /// Requests in a second of the server's processor time.
    per_cpu: f64,
}

type Rounds<'a> = BTreeMap<&'a str, Vec<Round>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let other = arguments.next();
    let tree = build();
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let redis = redis_server::Server::start(folder.path(), &["--server_cpulist", "1"]);
    let mut servers: BTreeMap<&str, Server> = [BARE, RENDERED, MEMORY, REDIS]
        .into_iter()
        .map(|kind| (kind, Server::of_pages(kind, &tree, &redis.url())))
        .collect();
    servers.insert(NGINX, Server::nginx_before(&servers[BARE]));

    let mut missed = Vec::new();
    for page in PAGES {
        let mut rounds = Rounds::new();
        let size = warm(&servers, page);
        for _ in 0..ROUNDS {
            for (kind, server) in &servers {
                rounds
                    .entry(kind)
                    .or_default()
                    .push(round(server, page, seconds));
            }
            if let Some(url) = other.as_ref().filter(|_| page == PAGES[0]) {
                let load = load(url, &[], CONNECTIONS, seconds);
                let per_cpu = f64::NAN;
                rounds
                    .entry(OTHER)
                    .or_default()
                    .push(Round { load, per_cpu });
            }
        }
        missed.extend(table(page, size, &rounds));
    }
    for miss in &missed {
        println!("missed: {miss}");
    }
    match missed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Has every server answer with the page until it is where it is kept. Returns its size.
fn warm(servers: &BTreeMap<&str, Server>, page: &str) -> usize {
    let bodies = servers.values().map(|server| {
        for _ in 0..50 {
            get(&server.url(page), &[]);
        }
        get(&server.url(page), &[]).body
    });
    let bodies: Vec<Vec<u8>> = bodies.collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    let cached =
        |kind: &str, field: &str| !get(&servers[kind].url(page), &[]).header(field).is_empty();
    assert!(cached(MEMORY, "age") && cached(REDIS, "age") && cached(NGINX, "x-cache"));
    bodies[0].len()
}

fn round(server: &Server, page: &str, seconds: u32) -> Round {
    let before = server.cpu_seconds();
    let load = load(&server.url(page), &[], CONNECTIONS, seconds);
    let per_cpu = load.requests / (server.cpu_seconds() - before);
    Round { load, per_cpu }
}

/// Prints what was measured, and returns what is not as it should be.
fn table(page: &str, size: usize, rounds: &Rounds<'_>) -> Vec<String> {
    println!(
        "\n| {page}, {} bytes | requests/s | of bare | per CPU-second | of nginx | p50, µs | p99, µs |",
        grouped(size as u64)
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let middle =
        |kind: &str, of: &dyn Fn(&Round) -> f64| median(rounds[kind].iter().map(of).collect());
    // Within a round: the machine's own speed changes from minute to minute.
    let ratio = |kind: &str, other: &str, of: &dyn Fn(&Round) -> f64| {
        let pairs = rounds[kind].iter().zip(&rounds[other]);
        median(pairs.map(|(one, other)| of(one) / of(other)).collect())
    };
    let (rate, per_cpu) = (
        |round: &Round| round.load.rate,
        |round: &Round| round.per_cpu,
    );
    for kind in rounds.keys() {
        println!(
            "| {kind} | {} | {:.3} | {} | {:.3} | {:.0} | {:.0} |",
            grouped(middle(kind, &rate) as u64),
            ratio(kind, BARE, &rate),
            grouped(middle(kind, &per_cpu) as u64),
            ratio(kind, NGINX, &per_cpu),
            middle(kind, &|round| round.load.p50),
            middle(kind, &|round| round.load.p99),
        );
    }
    let mut missed = Vec::new();
    let mut bar = |what: &str, value: f64, least: f64| {
        if value < least {
            missed.push(format!("{page}: {what} is {value:.3} (bar {least})"));
        }
    };
    bar(
        "a hit in memory, of bare's requests/s,",
        ratio(MEMORY, BARE, &rate),
        0.9,
    );
    bar(
        "a hit in memory, of nginx's requests/s,",
        ratio(MEMORY, NGINX, &rate),
        1.0,
    );
    bar(
        "a hit in memory, of nginx's requests per CPU-second,",
        ratio(MEMORY, NGINX, &per_cpu),
        1.0,
    );
    if page == PAGES[0] {
        bar(
            "a hit in Redis, of bare's requests/s,",
            ratio(REDIS, BARE, &rate),
            0.3,
        );
        if rounds.contains_key(OTHER) {
            bar(
                "a hit in Redis, of the other system's requests/s,",
                ratio(REDIS, OTHER, &rate),
                8.0,
            );
        }
    } else {
        bar(
            "hits in memory, of pages rendered in a CPU-second,",
            ratio(MEMORY, RENDERED, &per_cpu),
            1.0,
        );
    }
    missed
}
