//! `soak [SECONDS]`: the page cache under fire, five minutes unless said otherwise. Fails if anything was wrong.

use std::process::ExitCode;
use std::time::Duration;

use crushed_tests::soak::{Plan, soak};

fn main() -> ExitCode {
    let seconds = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 300,
        Some(Ok(seconds)) => seconds,
        Some(Err(_)) => {
            eprintln!("usage: soak [SECONDS]");
            return ExitCode::from(2);
        }
    };
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let outcome = soak(
        folder.path(),
        Plan {
            length: Duration::from_secs(seconds),
            restart_every: Duration::from_secs(10),
            switch_every: Duration::from_secs(7),
        },
    );
    println!("{outcome}");
    for wrong in outcome.wrong.iter().take(20) {
        println!("{wrong}");
    }
    let grown = outcome.grown();
    if grown {
        println!("memory has grown");
    }
    match outcome.wrong.is_empty() && outcome.hits > 0 && !grown {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
