//! How fast the pipeline is on the public corpus, against the engines called bare and against esbuild, all in the same run:
//! `cargo xtask bench throughput`. Fails when a bar is missed.
//!
//! Everything runs on two threads. Rounds are interleaved, so that a machine that is busy for a while is so for all; what
//! is printed is the median round. typescript-5.4 is left out: it alone is as long as all others.

use std::process::ExitCode;
use std::time::Instant;

use crushed_benches::bare;
use crushed_benches::corpus::{File, corpus};
use crushed_benches::peers::{self, Peer};
use crushed_benches::table::median;
use crushed_build::{Effort, Options, encode, minify_with, run};
use crushed_manifest::{Coding, Kind};
use rayon::prelude::*;

/// What a build without compression does in a second, in parts of what lightningcss and swc called bare do.
const BAR: f64 = 0.8;

const ROUNDS: usize = 3;

/// Rounds of the whole and of the engines, which have a bar.
const MORE_ROUNDS: usize = 15;

/// Something that is done to every file of a kind.
struct Stage<'a> {
    name: &'static str,
    kind: Kind,
    work: Box<dyn Fn(&File) + Sync + 'a>,
}

fn main() -> ExitCode {
    rayon::ThreadPoolBuilder::new()
        .num_threads(2)
        .build_global()
        .expect("nothing has used the pool before");
    let mut files = corpus();
    files.retain(|file| !file.name.starts_with("typescript"));
    // The longest first, so that no thread is left with one at the end.
    files.sort_by_key(|file| std::cmp::Reverse(file.text.len()));
    let ratio = whole(&files);
    let stages = stages();
    let mut seconds = vec![Vec::new(); stages.len()];
    for _ in 0..ROUNDS {
        for (stage, seconds) in stages.iter().zip(&mut seconds) {
            seconds.push(timed(|| each(&files, stage.kind, &stage.work)));
        }
    }
    println!("\n| stage | MB/s |\n|---|--:|");
    for (stage, seconds) in stages.iter().zip(seconds) {
        let speed = megabytes(&files, stage.kind) / median(seconds);
        println!("| {} {} | {speed:.2} |", stage.kind.word(), stage.name);
    }
    encoders(&files);
    against_esbuild(&files);
    match ratio >= BAR {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The speed of a build without compression, in parts of what the engines called bare do.
fn whole(files: &[File]) -> f64 {
    let home = tempfile::tempdir().expect("a temporary directory can be made");
    bare::project(home.path(), files.iter()).expect("a project can be written");
    let rounds: Vec<(f64, f64)> = (0..MORE_ROUNDS)
        .map(|_| {
            let bare = timed(|| files.par_iter().with_max_len(1).for_each(engine));
            let whole = timed(|| {
                run(&Options::new(home.path())).expect("the corpus compiles");
            });
            (bare, whole)
        })
        .collect();
    // Within a round: the machine's own speed changes from minute to minute.
    let ratio = median(rounds.iter().map(|(bare, whole)| bare / whole).collect());
    let bare = median(rounds.iter().map(|round| round.0).collect());
    let whole = median(rounds.iter().map(|round| round.1).collect());
    println!(
        "a build without compression takes {whole:.2} s, the engines called bare {bare:.2} s: {ratio:.2} of their speed (bar {BAR})"
    );
    ratio
}

fn stages<'a>() -> Vec<Stage<'a>> {
    let stage = |name, kind, work: fn(&File)| Stage {
        name,
        kind,
        work: Box::new(work),
    };
    vec![
        stage("parse, engine bare", Kind::Css, |file| {
            assert!(bare::parse_css(&file.text).is_some(), "{}", file.name);
        }),
        stage("minify, engine bare", Kind::Css, engine),
        stage("minify and prove, fast", Kind::Css, |file| {
            ours(file, Effort::Fast)
        }),
        stage("minify and prove, best", Kind::Css, |file| {
            ours(file, Effort::Release)
        }),
        stage("parse, engine bare", Kind::Js, |file| {
            assert!(bare::parse_js(&file.text), "{}", file.name);
        }),
        stage("minify, engine bare", Kind::Js, engine),
        stage("minify and prove, fast", Kind::Js, |file| {
            ours(file, Effort::Fast)
        }),
        stage("minify and prove, best", Kind::Js, |file| {
            ours(file, Effort::Release)
        }),
    ]
}

fn engine(file: &File) {
    let made = match file.kind {
        Kind::Css => bare::minify_css(&file.text),
        Kind::Js => bare::minify_js(&file.text),
    };
    assert!(made.is_some(), "{}", file.name);
}

fn ours(file: &File, effort: Effort) {
    let made = minify_with(&file.path, &file.text, file.language(), effort);
    assert!(made.is_ok(), "{}", file.name);
}

fn each(files: &[File], kind: Kind, work: &(dyn Fn(&File) + Sync)) {
    files
        .par_iter()
        .with_max_len(1)
        .filter(|file| file.kind == kind)
        .for_each(work);
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn megabytes(files: &[File], kind: Kind) -> f64 {
    let bytes: usize = files
        .iter()
        .filter(|file| file.kind == kind)
        .map(|file| file.text.len())
        .sum();
    bytes as f64 / 1e6
}

/// The encoders, on what they get: minified text.
fn encoders(files: &[File]) {
    let texts: Vec<String> = files
        .par_iter()
        .map(|file| {
            minify_with(&file.path, &file.text, file.language(), Effort::Fast)
                .expect("the corpus compiles")
                .0
        })
        .collect();
    let bytes = texts.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    for (word, effort) in [("fast", Effort::Fast), ("release", Effort::Release)] {
        for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
            let seconds = timed(|| {
                texts.par_iter().with_max_len(1).for_each(|text| {
                    encode(text.as_bytes(), coding, effort).expect("memory can be written to");
                });
            });
            println!("| encode {coding}, {word} | {:.2} |", bytes / seconds);
        }
    }
}

/// esbuild minifies without proof and in one pass, in Go, on as many threads as it likes.
fn against_esbuild(files: &[File]) {
    println!("\n| against esbuild | esbuild MB/s | ours, fast | of its speed |\n|---|--:|--:|--:|");
    for kind in [Kind::Css, Kind::Js] {
        let peer = Peer {
            kind,
            name: "esbuild",
        };
        let mut speeds = Vec::new();
        for _ in 0..ROUNDS {
            let theirs: f64 = peers::run(peer, files)
                .values()
                .map(|made| made.as_ref().map_or(f64::NAN, |(_, seconds)| *seconds))
                .sum();
            let own = timed(|| each(files, kind, &|file| ours(file, Effort::Fast)));
            speeds.push((
                megabytes(files, kind) / theirs,
                megabytes(files, kind) / own,
            ));
        }
        let theirs = median(speeds.iter().map(|speed| speed.0).collect());
        let own = median(speeds.iter().map(|speed| speed.1).collect());
        let ratio = median(speeds.iter().map(|speed| speed.1 / speed.0).collect());
        println!("| {} | {theirs:.2} | {own:.2} | {ratio:.3} |", kind.word());
    }
}
