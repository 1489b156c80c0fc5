//! How fast assets are served, against a handler that does nothing else, nginx and other crates, all in the same run:
//! `cargo xtask bench serving [SECONDS]`. Fails when a bar is missed.
//!
//! Each server has one core and the load generator the other. Rounds are interleaved; a ratio is taken within a round,
//! and what is printed is the median of the rounds. Each round has processes of its own: two of one program differ by some
//! hundredths as long as they live, by where their memory lies.

use std::path::Path;
use std::process::ExitCode;

use crushed_benches::load::load;
use crushed_benches::rounds::{Round, Rounds, in_turn};
use crushed_benches::server::{Server, build};
use crushed_benches::table::grouped;
use crushed_tests::built::workspace;
use crushed_tests::http::get;

const ROUNDS: usize = 21;

/// Whom crushed is far ahead of is asked in every third round.
const SOME_ROUNDS: usize = 3;

const CONNECTIONS: u32 = 32;

/// What crushed is measured by: the handler that sends the same bytes and no field that it need not.
const BARE: &str = "bare";

/// The same with all fields that crushed sends; printed, and without a bar.
const BARE_FIELDS: &str = "bare-fields";

/// The bare handler in another process. What is measured of it shows how far two servers of one kind are apart.
const TWIN: &str = "bare, once more";

/// What may be as fast as crushed.
const NEAR: [&str; 6] = ["crushed", BARE, TWIN, BARE_FIELDS, "nginx", "memory-serve"];

const FAR: [&str; 3] = ["actix-files", "rust-embed", "rust-embed-for-web"];

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
        let mut rounds = Rounds::default();
        for round in 0..ROUNDS {
            let far = if round % SOME_ROUNDS == 0 {
                &FAR[..]
            } else {
                &[]
            };
            let servers: Vec<(&str, Server)> = [&NEAR[..], far]
                .concat()
                .into_iter()
                .map(|kind| (kind, Server::start(program(kind), &tree, "server")))
                .collect();
            for at in in_turn(&Vec::from_iter(0..servers.len()), round) {
                let (kind, server) = &servers[at];
                rounds.add(kind, round, ask.round(kind, server, seconds));
            }
        }
        missed.extend(table(ask, ask.size(&tree), &rounds));
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
    if kind == TWIN { BARE } else { kind }
}

impl Ask {
    /// The bytes of the body.
    fn size(&self, tree: &Path) -> usize {
        let server = Server::start("crushed", tree, "server");
        let (url, fields) = self.of("crushed", &server);
        get(&url, &split(&fields)).body.len()
    }

    /// The address and the fields of the request to a server of this kind.
    fn of(&self, kind: &str, server: &Server) -> (String, Vec<String>) {
        let golden = std::fs::read_to_string(workspace().join("tests/golden/demo-assets.txt"));
        let golden = golden.expect("the names of the demo's assets are there");
        let path = golden.lines().find(|path| path.ends_with(self.ending));
        let path = path.expect("the demo has one");
        let url = match (kind, self.coding) {
            (BARE | TWIN | BARE_FIELDS, _) if self.unchanged => server.url(&format!("/304/{path}")),
            (BARE | TWIN | BARE_FIELDS, "br") => server.url(&format!("/br/{path}")),
            ("nginx", "br") => server.url(&format!("/br/{path}.br")),
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
}

fn split(fields: &[String]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .filter_map(|field| field.split_once(": "))
        .collect()
}

/// Prints what was measured, and returns what is not as it should be.
fn table(ask: &Ask, size: usize, rounds: &Rounds<'_>) -> Vec<String> {
    println!(
        "\n| {}, {} bytes | requests/s | of bare | per CPU-second | of nginx | p50, µs | p99, µs | p99 of bare |",
        ask.name,
        grouped(size as u64)
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let per_cpu = |round: &Round| round.per_cpu;
    let p99 = |round: &Round| round.load.p99;
    for kind in NEAR.into_iter().chain(FAR) {
        println!(
            "| {kind} | {} | {:.3} | {} | {:.3} | {:.0} | {:.0} | {:.3} |",
            grouped(rounds.middle(kind, Round::rate) as u64),
            rounds.ratio(kind, BARE, Round::rate),
            grouped(rounds.middle(kind, per_cpu) as u64),
            rounds.ratio(kind, "nginx", per_cpu),
            rounds.middle(kind, |round| round.load.p50),
            rounds.middle(kind, p99),
            rounds.ratio(kind, BARE, p99),
        );
    }
    let mut missed = Vec::new();
    let mut bar = |what: String, value: f64, holds: bool| {
        if !holds {
            missed.push(format!("{}: {what} is {value:.3}", ask.name));
        }
    };
    let bare = rounds.ratio("crushed", BARE, Round::rate);
    bar(
        "requests/s of bare's (bar 0.95)".to_owned(),
        bare,
        bare >= 0.95,
    );
    for peer in ["memory-serve"].into_iter().chain(FAR) {
        let ahead = rounds.ratio("crushed", peer, Round::rate);
        bar(
            format!("requests/s of those of {peer} (bar 1)"),
            ahead,
            ahead > 1.0,
        );
    }
    let nginx = rounds.ratio("crushed", "nginx", per_cpu);
    bar(
        "requests per CPU-second of nginx's (bar 1)".to_owned(),
        nginx,
        nginx >= 1.0 || size > LIMIT,
    );
    let late = rounds.ratio("crushed", BARE, p99);
    bar("p99 of bare's (bar 1.1)".to_owned(), late, late <= 1.1);
    missed
}

/// Heap allocations for a request, in servers whose allocator counts.
fn allocations(tree: &Path) -> Vec<String> {
    println!("\n| allocations for a request | crushed | bare |\n|---|--:|--:|");
    let servers = ["crushed", BARE].map(|kind| (kind, Server::start(kind, tree, "counted")));
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
