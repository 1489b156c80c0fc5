//! Public stylesheets and scripts, and the smallest form of each that anybody's tool has made.

use std::fs;
use std::path::PathBuf;

use crushed_build::Language;
use crushed_manifest::Kind;
use crushed_tests::built::workspace;

/// One row a file: kind, name, path from the root of the workspace, and the record in raw bytes, `gzip -9` and brotli 11
/// with a window of 22. A record is the smallest result that any of about thirty settings of a dozen tools reached, licence
/// comments not counted; results that changed what a page does are not among them.
const RECORDS: &str = include_str!("../records.tsv");

/// A file of the corpus.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is.
    pub kind: Kind,
    /// How the tables call it.
    pub name: &'static str,
    /// The source.
    pub text: String,
    /// Where the source lies.
    pub path: PathBuf,
    /// The record.
    pub record: Sizes,
}

/// Bytes of one text.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sizes {
    /// As it is.
    pub raw: u64,
    /// In gzip.
    pub gzip: u64,
    /// In brotli.
    pub brotli: u64,
}

impl File {
    /// How the pipeline is told what it is.
    pub fn language(&self) -> Language {
        match self.kind {
            Kind::Css => Language::Css,
            Kind::Js => Language::Script,
        }
    }
}

/// The corpus, read from the npm packages that `cargo xtask bench` installs.
///
/// # Panics
/// When a package is not there.
pub fn corpus() -> Vec<File> {
    RECORDS.lines().skip(1).map(file).collect()
}

fn file(row: &'static str) -> File {
    let cells: Vec<&str> = row.split('\t').collect();
    let [kind, name, path, raw, gzip, brotli] = cells[..] else {
        panic!("a row of records.tsv has six cells: {row:?}");
    };
    let number = |cell: &str| cell.parse().expect("a record is a number");
    let path = workspace().join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; `cargo xtask bench` installs the packages",
            path.display()
        )
    });
    File {
        kind: match kind {
            "css" => Kind::Css,
            "js" => Kind::Js,
            other => panic!("records.tsv knows css and js, not {other:?}"),
        },
        name,
        text,
        path,
        record: Sizes {
            raw: number(raw),
            gzip: number(gzip),
            brotli: number(brotli),
        },
    }
}

/// The text without the licence comments at its top, where every tool here writes them: the records do not count them.
pub fn without_licences(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let end = match rest.get(..2) {
            Some("/*") => rest.find("*/").map(|end| end + 2),
            Some("//") => rest.find('\n'),
            _ => None,
        };
        match end {
            Some(end) => rest = rest[end..].trim_start(),
            None => return rest,
        }
    }
}
