//! How fast assets are served, against a handler that does nothing else, nginx and other crates, all in the same run:
//! `cargo xtask bench serving [SECONDS]`. Fails when a bar is missed.
//!
//! Each server has one core and the load generator the other. Alone it shows how many requests it answers and in what time;
//! how it compares is measured with both at once, since the machine's own speed changes from one second to the next. Rounds
//! are interleaved, and what is printed is the median of the rounds. Each round has processes of its own: two of one program
//! differ by some hundredths as long as they live, by where their memory lies.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use crushed_benches::load::load;
use crushed_benches::rounds::{Beside, Round, Rounds, in_turn};
use crushed_benches::server::{Server, build};
use crushed_benches::table::{grouped, median};
use crushed_tests::built::workspace;
use crushed_tests::http::get;

const ROUNDS: usize = 21;

/// Whom crushed is far ahead of, and what has no bar, is asked in every third round.
const SOME_ROUNDS: usize = 3;

const CONNECTIONS: u32 = 32;

const CRUSHED: &str = "crushed";

/// crushed in another process. What is measured of it shows how far two servers of one kind are apart.
const TWIN: &str = "crushed, once more";

/// What crushed is measured by: the handler that sends the same bytes and no field that it need not.
const BARE: &str = "bare";

/// The same with all fields that crushed sends; printed, and without a bar.
const BARE_FIELDS: &str = "bare-fields";

const NGINX: &str = "nginx";

/// Other crates.
const PEERS: [&str; 4] = [
    "memory-serve",
    "actix-files",
    "rust-embed",
    "rust-embed-for-web",
];

/// What is beside crushed in every round.
const OFTEN: [&str; 3] = [BARE, NGINX, "memory-serve"];

/// What is in some.
const SELDOM: [&str; 5] = [
    TWIN,
    BARE_FIELDS,
    "actix-files",
    "rust-embed",
    "rust-embed-for-web",
];

/// One thing to ask for.
struct Ask {
    name: &'static str,
    /// The ending of the asset's name.
    ending: &'static str,
    coding: &'static str,
    unchanged: bool,
}

const ASKS: [Ask; 4] = [
    Ask {
        name: "stylesheet, br",
        ending: ".css",
        coding: "br",
        unchanged: false,
    },
    Ask {
        name: "font",
        ending: ".woff",
        coding: "identity",
        unchanged: false,
    },
    Ask {
        name: "image",
        ending: ".jpg",
        coding: "identity",
        unchanged: false,
    },
    Ask {
        name: "304",
        ending: ".css",
        coding: "br",
        unchanged: true,
    },
];

/// Bodies up to here are for nginx to be no better at: beyond, the kernel's copy is all there is.
const LIMIT: usize = 64 << 10;

fn main() -> ExitCode {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let tree = build();
    let mut missed = Vec::new();
    for ask in &ASKS {
        let (mut alone, mut beside) = (Rounds::default(), BTreeMap::new());
        for round in 0..ROUNDS {
            let start = |kind: &str| Server::start(program(kind), &tree, "server");
            let is_some = round % SOME_ROUNDS == 0;
            let others = [&OFTEN[..], if is_some { &SELDOM } else { &[] }].concat();
            let kinds = match is_some {
                true => [&[CRUSHED], &others[..]].concat(),
                false => vec![CRUSHED, BARE],
            };
            for kind in in_turn(&kinds, round) {
                alone.add(kind, round, ask.round(kind, &start(kind), seconds));
            }
            for other in in_turn(&others, round) {
                let servers = (&start(CRUSHED), &start(other));
                let measured: &mut Vec<Beside> = beside.entry(other).or_default();
                measured.push(ask.beside(servers, other, seconds));
            }
        }
        missed.extend(table(ask, ask.size(&tree), &alone, &beside));
    }
    missed.extend(allocations(&tree));
    for miss in &missed {
        println!("missed: {miss}");
    }
    match missed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The program that a kind of server is.
fn program(kind: &str) -> &str {
    if kind == TWIN { CRUSHED } else { kind }
}

impl Ask {
    /// The bytes of the body.
    fn size(&self, tree: &Path) -> usize {
        let server = Server::start(CRUSHED, tree, "server");
        let (url, fields) = self.of(CRUSHED, &server);
        get(&url, &split(&fields)).body.len()
    }

    /// The address and the fields of the request to a server of this kind.
    fn of(&self, kind: &str, server: &Server) -> (String, Vec<String>) {
        let golden = std::fs::read_to_string(workspace().join("tests/golden/demo-assets.txt"));
        let golden = golden.expect("the names of the demo's assets are there");
        let path = golden.lines().find(|path| path.ends_with(self.ending));
        let path = path.expect("the demo has one");
        let url = match (kind, self.coding) {
            (BARE | BARE_FIELDS, _) if self.unchanged => server.url(&format!("/304/{path}")),
            (BARE | BARE_FIELDS, "br") => server.url(&format!("/br/{path}")),
            (NGINX, "br") => server.url(&format!("/br/{path}.br")),
            _ => server.url(&format!("/static/{path}")),
        };
        let mut fields = vec![format!("Accept-Encoding: {}", self.coding)];
        if self.unchanged {
            let reply = get(&url, &split(&fields));
            fields.push(format!("If-None-Match: {}", reply.header("etag")));
            let reply = get(&url, &split(&fields));
            assert_eq!(reply.status, 304, "{kind} does not validate");
        }
        (url, fields)
    }

    fn round(&self, kind: &str, server: &Server, seconds: u32) -> Round {
        let (url, fields) = self.of(kind, server);
        Round::of(server, &url, &fields, CONNECTIONS, seconds)
    }

    /// crushed and another server at once.
    fn beside(&self, (ours, theirs): (&Server, &Server), other: &str, seconds: u32) -> Beside {
        let (url, fields) = self.of(CRUSHED, ours);
        let (other_url, other_fields) = self.of(other, theirs);
        Beside::of(
            (ours, &url, &fields),
            (theirs, &other_url, &other_fields),
            CONNECTIONS,
            seconds,
        )
    }
}

fn split(fields: &[String]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .filter_map(|field| field.split_once(": "))
        .collect()
}

/// Prints what was measured, and returns what is not as it should be.
fn table(
    ask: &Ask,
    size: usize,
    alone: &Rounds<'_>,
    beside: &BTreeMap<&str, Vec<Beside>>,
) -> Vec<String> {
    println!(
        "\n| {}, {} bytes | requests/s | per CPU-second | p50, µs | p99, µs | p99 of bare | crushed beside it, requests/s | per CPU-second |",
        ask.name,
        grouped(size as u64)
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let p99 = |round: &Round| round.load.p99;
    let middle =
        |other: &str, of: fn(&Beside) -> f64| median(beside[other].iter().map(of).collect());
    let rate = |other: &str| middle(other, |beside| beside.rate);
    let per_cpu = |other: &str| middle(other, |beside| beside.per_cpu);
    for kind in [&[CRUSHED], &OFTEN[..], &SELDOM].concat() {
        let (rate, per_cpu) = match kind {
            CRUSHED => Default::default(),
            _ => (
                format!("{:.3}", rate(kind)),
                format!("{:.3}", per_cpu(kind)),
            ),
        };
        println!(
            "| {kind} | {} | {} | {:.0} | {:.0} | {:.3} | {rate} | {per_cpu} |",
            grouped(alone.middle(kind, Round::rate) as u64),
            grouped(alone.middle(kind, |round| round.per_cpu) as u64),
            alone.middle(kind, |round| round.load.p50),
            alone.middle(kind, p99),
            alone.least(kind, p99) / alone.least(BARE, p99),
        );
    }
    let mut missed = Vec::new();
    let mut bar = |what: String, value: f64, holds: bool| {
        if !holds {
            missed.push(format!("{}: {what} is {value:.3}", ask.name));
        }
    };
    let of_bare = rate(BARE);
    bar(
        "requests/s of bare's (bar 0.95)".to_owned(),
        of_bare,
        of_bare >= 0.95,
    );
    for peer in PEERS {
        let ahead = rate(peer);
        bar(
            format!("requests/s of those of {peer} (bar 1)"),
            ahead,
            ahead > 1.0,
        );
    }
    let of_nginx = per_cpu(NGINX);
    bar(
        "requests per CPU-second of nginx's (bar 1)".to_owned(),
        of_nginx,
        of_nginx >= 1.0 || size > LIMIT,
    );
    // What else the machine does makes it later, in some rounds by half, and never sooner.
    let late = alone.least(CRUSHED, p99) / alone.least(BARE, p99);
    bar("p99 of bare's (bar 1.1)".to_owned(), late, late <= 1.1);
    missed
}

/// Heap allocations for a request, in servers whose allocator counts.
fn allocations(tree: &Path) -> Vec<String> {
    println!("\n| allocations for a request | crushed | bare |\n|---|--:|--:|");
    let servers = [CRUSHED, BARE].map(|kind| (kind, Server::start(kind, tree, "counted")));
    let mut missed = Vec::new();
    for ask in &ASKS {
        let [ours, bare] = servers.each_ref().map(|(kind, server)| {
            let (url, fields) = ask.of(kind, server);
            let count = || {
                get(&server.url("/allocations"), &[])
                    .text()
                    .parse::<f64>()
                    .expect("a count is a number")
            };
            // What connections need once is spread over some ten thousand requests.
            let before = count();
            let load = load(&url, &fields, 1, 1);
            (count() - before) / load.requests
        });
        println!("| {} | {ours:.2} | {bare:.2} |", ask.name);
        if ours > bare + 2.0 {
            missed.push(format!(
                "{}: {ours:.2} allocations, bare has {bare:.2} (bar 2 more)",
                ask.name
            ));
        }
    }
    missed
}
