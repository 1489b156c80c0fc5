//! Builds the demo a second time, in another place and by somebody else, and compares the programs:
//! `cargo xtask reproduce`.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crushed_tests::built::{binary, cargo, target, workspace};
use crushed_tests::packages::{done, otherwise, stripped};

/// All that building the demo reads.
const TREE: [&str; 11] = [
    "Cargo.toml",
    "Cargo.lock",
    "manifest",
    "pipeline",
    "macros",
    "runtime",
    "cli",
    "demo-app",
    "tests",
    "benches",
    "xtask",
];

fn main() -> ExitCode {
    let first = stripped(&binary("demo-app"));
    let place = target().join("reproduce/a place elsewhere");
    let _ = fs::remove_dir_all(&place);
    let checkout = place.join("deeper/checkout");
    fs::create_dir_all(&checkout).expect("the target directory can be written to");
    for part in TREE.iter().chain(&["external"]) {
        copy(&workspace().join(part), &checkout);
    }
    // What comes from elsewhere is compiled once: crates of others are the same in both.
    let own = place.join("made");
    for part in ["deps", "build", ".fingerprint"] {
        fs::create_dir_all(own.join("release")).expect("the place can be written to");
        copy(&target().join("release").join(part), &own.join("release"));
    }
    // With a test, as the first one was built: the features that tests ask for count for all that is compiled with them.
    let mut build = cargo(&[
        "build",
        "--release",
        "--offline",
        "--workspace",
        "--bin",
        "demo-app",
        "--test",
        "all",
    ]);
    build.current_dir(&checkout).env("CARGO_TARGET_DIR", &own);
    let mut build = otherwise(&build);
    let status = build.status().expect("there is a shell");
    assert!(status.success(), "the demo does not build");
    let second = stripped(&own.join("release/demo-app"));
    let _ = fs::remove_dir_all(&place);
    match first == second {
        true => {
            println!("the same {} bytes", first.len());
            ExitCode::SUCCESS
        }
        false => {
            let pairs = first.iter().zip(&second);
            let at = pairs.take_while(|(one, other)| one == other).count();
            println!(
                "{} bytes, then {}; they differ from byte {at}",
                first.len(),
                second.len()
            );
            ExitCode::FAILURE
        }
    }
}

fn copy(from: &Path, to: &Path) {
    done(Command::new("cp").arg("-a").arg(from).arg(to));
}
