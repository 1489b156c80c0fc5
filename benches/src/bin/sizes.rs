//! Sizes over public stylesheets and scripts, against the records and against other tools run there and then:
//! `cargo xtask bench sizes`, of one kind with `css` or `js` behind it. Fails when a bar is missed.
//!
//! Every text is coded by the pipeline's own encoders, whoever made it. Licence comments are counted on no side.

use std::process::ExitCode;
use std::time::Instant;

use crushed_benches::corpus::{File, Sizes, corpus, without_licences};
use crushed_benches::peers::{self, PEERS};
use crushed_benches::table::{geometric_mean, grouped, ratio};
use crushed_build::{Effort, encode, minify};
use crushed_manifest::{Coding, Kind};

/// What is asked of brotli sizes, in parts of the record: of the sum, of the geometric mean over files, of the worst file.
/// The best single setting of any tool is at 1.004 in total for scripts, 1.013 for stylesheets.
struct Bars {
    kind: Kind,
    total: f64,
    mean: f64,
    worst: f64,
}

const BARS: [Bars; 2] = [
    Bars {
        kind: Kind::Css,
        total: 1.001,
        mean: 1.003,
        worst: 1.035,
    },
    Bars {
        kind: Kind::Js,
        total: 1.003,
        mean: 1.0055,
        worst: 1.035,
    },
];

fn main() -> ExitCode {
    let only = std::env::args().nth(1);
    let wanted = |kind: Kind| only.as_deref().is_none_or(|only| only == kind.word());
    let files = corpus();
    let mut missed = Vec::new();
    for bars in BARS.iter().filter(|bars| wanted(bars.kind)) {
        let files: Vec<&File> = files.iter().filter(|file| file.kind == bars.kind).collect();
        missed.extend(ours(bars, &files));
    }
    println!(
        "| tool | files | of the record | geometric mean | worst file |\n|---|--:|--:|--:|---|"
    );
    for peer in PEERS.into_iter().filter(|peer| wanted(peer.kind)) {
        let made = peers::run(peer, &files);
        let files: Vec<&File> = files.iter().filter(|file| file.kind == peer.kind).collect();
        let mut measured = Vec::new();
        let mut refused = Vec::new();
        for file in &files {
            match &made[file.name] {
                Ok((text, _)) if valid(file.kind, text).is_ok() => {
                    measured.push((*file, sizes(text)))
                }
                Ok((text, _)) => {
                    refused.push(format!("{}: {:?}", file.name, valid(file.kind, text)))
                }
                Err(why) => refused.push(format!("{}: {why}", file.name)),
            }
        }
        let row = Summary::of(&measured);
        println!(
            "| {} {} | {} | {} |",
            peer.kind.word(),
            peer.name,
            measured.len(),
            row.cells()
        );
        for why in refused {
            eprintln!("{} {}: {why}", peer.kind.word(), peer.name);
        }
    }
    for why in &missed {
        eprintln!("missed: {why}");
    }
    match missed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Prints the table of one kind, and tells which bars are missed.
fn ours(bars: &Bars, files: &[&File]) -> Vec<String> {
    let word = bars.kind.word();
    println!("| {word} | source | raw | gzip | brotli | record | ratio | seconds |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut missed = Vec::new();
    let mut measured = Vec::new();
    for file in files {
        let start = Instant::now();
        let text = match minify(&file.path, &file.text, file.language()) {
            Ok((text, _)) => text,
            Err(failure) => {
                missed.push(format!("{} is refused: {failure:?}", file.name));
                continue;
            }
        };
        let took = start.elapsed();
        let text = without_licences(&text);
        if let Err(why) = valid(file.kind, text) {
            missed.push(format!("{} does not parse: {why}", file.name));
        }
        let size = sizes(text);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {:.1} |",
            file.name,
            grouped(file.text.len() as u64),
            grouped(size.raw),
            grouped(size.gzip),
            grouped(size.brotli),
            grouped(file.record.brotli),
            ratio(size.brotli, file.record.brotli),
            took.as_secs_f64()
        );
        measured.push((*file, size));
    }
    let summary = Summary::of(&measured);
    println!(
        "\n{word}: {} against {} bytes, {:.4} of the record (bar {}); geometric mean {:.4} (bar {}); worst {} at {:.4} (bar {})\n",
        grouped(summary.ours),
        grouped(summary.record),
        summary.total(),
        bars.total,
        summary.mean,
        bars.mean,
        summary.worst.1,
        summary.worst.0,
        bars.worst
    );
    for (what, value, bar) in [
        ("total", summary.total(), bars.total),
        ("geometric mean", summary.mean, bars.mean),
        ("worst file", summary.worst.0, bars.worst),
    ] {
        if value > bar {
            missed.push(format!("{word} {what} {value:.4}, the bar is {bar}"));
        }
    }
    missed
}

/// Brotli bytes of several files against their records.
struct Summary {
    ours: u64,
    record: u64,
    mean: f64,
    worst: (f64, &'static str),
}

impl Summary {
    fn of(measured: &[(&File, Sizes)]) -> Self {
        let ratios = || {
            measured
                .iter()
                .map(|(file, size)| (size.brotli as f64 / file.record.brotli as f64, file.name))
        };
        Self {
            ours: measured.iter().map(|(_, size)| size.brotli).sum(),
            record: measured.iter().map(|(file, _)| file.record.brotli).sum(),
            mean: geometric_mean(ratios().map(|(ratio, _)| ratio)),
            worst: ratios()
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap_or_default(),
        }
    }

    fn total(&self) -> f64 {
        self.ours as f64 / self.record as f64
    }

    fn cells(&self) -> String {
        let (worst, name) = self.worst;
        format!("{:.4} | {:.4} | {name} {worst:.4}", self.total(), self.mean)
    }
}

/// Whether a result can be read: a script by Node, a stylesheet by the pipeline, which recovers from what browsers do.
fn valid(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Css => minify(
            std::path::Path::new("result.css"),
            text,
            crushed_build::Language::Css,
        )
        .map(drop)
        .map_err(|failure| format!("{failure:?}")),
        Kind::Js => peers::script_error(text).map_or(Ok(()), Err),
    }
}

fn sizes(text: &str) -> Sizes {
    let text = without_licences(text).as_bytes();
    let coded = |coding| {
        encode(text, coding, Effort::Release)
            .expect("memory can be written to")
            .map_or(text.len(), |bytes| bytes.len()) as u64
    };
    let (gzip, brotli) = rayon::join(|| coded(Coding::Gzip), || coded(Coding::Br));
    Sizes {
        raw: text.len() as u64,
        gzip,
        brotli,
    }
}
