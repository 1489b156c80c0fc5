//! `cargo xtask`: sets the machine up and runs things. Whatever is more than that lives in another crate.

mod run;
mod setup;

use std::process::{Command, ExitCode};

use run::{cargo, workspace};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo          the coupon app, a release build, at http://127.0.0.1:8080
  dev           the same, a debug build that reads templates' assets from disk
  test [ARG…]   every test of the workspace, with a browser and Redis; ARG goes to cargo-nextest
  bench [NAME [ARG…]]
                the measurements under benches/src/bin, or one of them
  http-cache SUITE
                the suite http-tests/cache-tests, a copy of which is in the folder SUITE, against the page cache
  soak [S]      the page cache for S seconds, by default 300: four processes, a Redis that is restarted, purges, releases
  reproduce     the demo's program again, in another place and by somebody else: is it the same?
  fuzz KIND [S] a fuzz target, for S seconds, by default 600: `css` or `js` for bundles, `scan`, `rewrite` or
                `minify` for templates, `http` for requests
  setup         the demo's npm packages, which building the demo needs
";

/// The front-end packages of the demo.
const DEMO: &str = "external";
/// The scripts that the tests minify and run.
const LIBRARIES: &str = "tests/libraries";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = match (command.as_str(), rest) {
        ("demo", []) => demo(),
        ("dev", []) => dev(),
        ("test", rest) => test(rest),
        ("bench", []) => bench(None, &[]),
        ("bench", [name, rest @ ..]) => bench(Some(name), rest),
        ("http-cache", [suite]) => http_cache(suite),
        ("soak", arguments) => soak(arguments),
        ("reproduce", []) => reproduce(),
        ("fuzz", [kind]) => fuzz(kind, "600"),
        ("fuzz", [kind, seconds]) => fuzz(kind, seconds),
        ("setup", []) => setup::npm(DEMO),
        ("help" | "--help" | "-h", _) => {
            print!("{USAGE}");
            Ok(())
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<(), String> {
    setup::npm(DEMO)?;
    // `--workspace`, so that dependencies have the features they have in the tests and are not compiled once more.
    run::run(cargo([
        "build",
        "--release",
        "--workspace",
        "--bin",
        "demo-app",
    ]))?;
    run::become_program(Command::new(run::target()?.join("release/demo-app")))
}

fn dev() -> Result<(), String> {
    setup::npm(DEMO)?;
    let mut command = cargo(["run", "--package", "demo-app"]);
    command.env("CRUSHED", "off");
    if std::env::var_os("RUST_LOG").is_none() {
        command.env("RUST_LOG", "info");
    }
    run::run(command)
}

/// Everything is built in the release profile: the tests across crates run the release binaries, and the heavy crates
/// are then compiled for one profile instead of two.
fn build() -> Result<(), String> {
    run::run(cargo([
        "build",
        "--release",
        "--workspace",
        "--bins",
        "--tests",
    ]))
}

fn test(arguments: &[String]) -> Result<(), String> {
    setup::npm(DEMO)?;
    setup::npm(LIBRARIES)?;
    setup::programs(&setup::TESTS)?;
    setup::redbot()?;
    setup::nextest()?;
    build()?;
    run::run(cargo([
        "test",
        "--release",
        "--workspace",
        "--doc",
        "--quiet",
    ]))?;
    let mut command = cargo(["nextest", "run", "--release", "--workspace"]);
    // Tells crushed-tests that the binaries beside its own are those of this tree.
    command.args(arguments).env("CRUSHED_TESTS_BUILT", "1");
    run::run(command)
}

fn soak(arguments: &[String]) -> Result<(), String> {
    setup::npm(DEMO)?;
    setup::programs(&setup::TESTS)?;
    build()?;
    let mut command = Command::new(run::target()?.join("release/soak"));
    command.args(arguments).env("CRUSHED_TESTS_BUILT", "1");
    run::run(command)
}

fn reproduce() -> Result<(), String> {
    setup::npm(DEMO)?;
    setup::programs(&setup::TESTS)?;
    build()?;
    let mut command = Command::new(run::target()?.join("release/reproduce"));
    command.env("CRUSHED_TESTS_BUILT", "1");
    run::run(command)
}

fn bench(name: Option<&str>, arguments: &[String]) -> Result<(), String> {
    let known = benches()?;
    let chosen = match name {
        None => known,
        Some(name) => {
            let wanted = match name {
                // Cargo keeps the name for itself.
                "build" => "builds".to_owned(),
                name => name.replace('-', "_"),
            };
            if !known.contains(&wanted) {
                return Err(format!(
                    "there is no bench {name:?}, but {}",
                    known.join(", ").replace('_', "-")
                ));
            }
            vec![wanted]
        }
    };
    setup::npm(DEMO)?;
    if chosen
        .iter()
        .any(|bench| ["page_cache", "serving"].contains(&bench.as_str()))
    {
        setup::programs(&setup::SERVING)?;
    }
    // The demo's sizes, and what is measured of serving, need nothing else.
    let few = ["demo_sizes", "embedding", "page_cache", "serving"];
    let folders: &[&str] = match chosen.as_slice() {
        [bench] if bench == "builds" => &["benches/peers"],
        chosen if chosen.iter().all(|bench| few.contains(&bench.as_str())) => &[],
        _ => &[LIBRARIES, "benches/corpus", "benches/peers"],
    };
    for folder in folders {
        setup::npm(folder)?;
    }
    build()?;
    // One that misses its bar does not keep the others from being measured.
    let mut missed = Vec::new();
    for bench in &chosen {
        let mut command = Command::new(run::target()?.join("release").join(bench));
        command.args(arguments).env("CRUSHED_TESTS_BUILT", "1");
        missed.extend(run::run(command).err());
    }
    match missed.is_empty() {
        true => Ok(()),
        false => Err(missed.join("; ")),
    }
}

/// The harness of `tests/http-cache` with somebody else's suite.
fn http_cache(suite: &str) -> Result<(), String> {
    setup::npm(DEMO)?;
    build()?;
    let mut command = Command::new(run::target()?.join("release/http-cache"));
    command.arg(suite);
    run::run(command)
}

/// One fuzz target of `fuzz/`, beginning with its checked in seeds. What it finds besides goes to the target directory.
fn fuzz(kind: &str, seconds: &str) -> Result<(), String> {
    let (name, seeds) = match kind {
        "css" | "js" => (format!("{kind}_bundle"), kind),
        "scan" | "rewrite" | "minify" => (format!("template_{kind}"), "template"),
        "http" => ("http_decision".to_owned(), kind),
        _ => {
            return Err(format!(
                "there is no fuzz target {kind:?}, but css, js, scan, rewrite, minify, http"
            ));
        }
    };
    if seconds.parse::<u32>().is_err() {
        return Err(format!("{seconds:?} is no number of seconds"));
    }
    setup::cargo_fuzz()?;
    let target = run::target()?.join("fuzz");
    let corpus = target.join("corpus").join(kind);
    std::fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    // Without a sanitizer nothing needs a nightly compiler: there is no unsafe code of our own to watch.
    let mut command = cargo(["fuzz", "run", "--release", "--sanitizer", "none"]);
    command
        .arg("--target-dir")
        .arg(&target)
        .arg(&name)
        .arg(&corpus)
        .arg(workspace().join("fuzz/seeds").join(seeds))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=60", "-rss_limit_mb=4096", "-max_len=4096"]);
    run::run(command)
}

/// The benches by name, in order: a bench is a file in `benches/src/bin`.
fn benches() -> Result<Vec<String>, String> {
    let folder = workspace().join("benches/src/bin");
    let files =
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}
