//! How fast a cached page is, against a handler that sends the same bytes, nginx as a cache in front of that, and rendering
//! the page, all in the same run: `cargo xtask bench page-cache [SECONDS [URL]]`. Fails when a bar is missed.
//!
//! The URL is that of a page of another system which is running on this machine, cached too: crushed with Redis is measured
//! by it. Servers have one core, the load generator and Redis the other; that system may use both. Rounds are interleaved; a
//! ratio is taken within a round, and what is printed is the median of the rounds.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crushed_benches::load::load;
use crushed_benches::rounds::{Round, Rounds, in_turn};
use crushed_benches::server::{Server, build};
use crushed_benches::table::grouped;
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
        let mut rounds = Rounds::default();
        let size = warm(&servers, page);
        let kinds: Vec<&str> = servers.keys().copied().collect();
        for round in 0..ROUNDS {
            for kind in in_turn(&kinds, round) {
                let server = &servers[kind];
                let url = server.url(page);
                rounds.add(
                    kind,
                    round,
                    Round::of(server, &url, &[], CONNECTIONS, seconds),
                );
            }
            if let Some(url) = other.as_ref().filter(|_| page == PAGES[0]) {
                let load = load(url, &[], CONNECTIONS, seconds);
                let per_cpu = f64::NAN;
                rounds.add(OTHER, round, Round { load, per_cpu });
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

/// Prints what was measured, and returns what is not as it should be.
fn table(page: &str, size: usize, rounds: &Rounds<'_>) -> Vec<String> {
    println!(
        "\n| {page}, {} bytes | requests/s | of bare | per CPU-second | of nginx | p50, µs | p99, µs |",
        grouped(size as u64)
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let per_cpu = |round: &Round| round.per_cpu;
    for kind in rounds.kinds() {
        println!(
            "| {kind} | {} | {:.3} | {} | {:.3} | {:.0} | {:.0} |",
            grouped(rounds.middle(kind, Round::rate) as u64),
            rounds.ratio(kind, BARE, Round::rate),
            grouped(rounds.middle(kind, per_cpu) as u64),
            rounds.ratio(kind, NGINX, per_cpu),
            rounds.middle(kind, |round| round.load.p50),
            rounds.middle(kind, |round| round.load.p99),
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
        rounds.ratio(MEMORY, BARE, Round::rate),
        0.9,
    );
    bar(
        "a hit in memory, of nginx's requests/s,",
        rounds.ratio(MEMORY, NGINX, Round::rate),
        1.0,
    );
    bar(
        "a hit in memory, of nginx's requests per CPU-second,",
        rounds.ratio(MEMORY, NGINX, per_cpu),
        1.0,
    );
    if page == PAGES[0] {
        bar(
            "a hit in Redis, of bare's requests/s,",
            rounds.ratio(REDIS, BARE, Round::rate),
            0.3,
        );
        if rounds.kinds().any(|kind| kind == OTHER) {
            bar(
                "a hit in Redis, of the other system's requests/s,",
                rounds.ratio(REDIS, OTHER, Round::rate),
                8.0,
            );
        }
    } else {
        bar(
            "hits in memory, of pages rendered in a CPU-second,",
            rounds.ratio(MEMORY, RENDERED, per_cpu),
            1.0,
        );
    }
    missed
}
