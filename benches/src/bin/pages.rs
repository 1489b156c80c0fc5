//! How heavy the pages of minified templates are, against minify-html run on each page when it is rendered:
//! `cargo xtask bench pages [DIR…]`, each a project with templates; without one, the demo. Fails when a bar is missed.
//!
//! The pages are those of the proof, one for each template that makes a whole page: every branch taken, every loop run
//! twice, probe values for expressions. The same page is written from the original and from the minified templates; the
//! tool gets the original one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crushed_benches::peers::minify_html;
use crushed_benches::table::{grouped, ratio};
use crushed_build::{Effort, Options, encode, probe, run};
use crushed_manifest::Coding;
use crushed_tests::built::workspace;

/// Of what minify-html makes, over all pages of a project.
const BAR: f64 = 1.015;

fn main() -> ExitCode {
    let mut projects: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    if projects.is_empty() {
        projects.push(workspace().join("demo-app"));
    }
    println!("| project | pages | bytes | brotli | minify-html | brotli | ratio |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let mut missed = false;
    for project in projects {
        let [original, ours, theirs] = sizes(&project);
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            project.file_name().unwrap_or_default().display(),
            original.pages,
            grouped(ours.bytes),
            grouped(ours.brotli),
            grouped(theirs.bytes),
            grouped(theirs.brotli),
            ratio(ours.brotli, theirs.brotli),
        );
        missed |= ours.brotli as f64 > theirs.brotli as f64 * BAR;
    }
    match missed {
        false => ExitCode::SUCCESS,
        true => {
            println!("missed: a ratio above {BAR}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Sizes {
    pages: usize,
    bytes: u64,
    brotli: u64,
}

impl Sizes {
    fn add(&mut self, page: &str) {
        self.pages += 1;
        self.bytes += page.len() as u64;
        let coded =
            encode(page.as_bytes(), Coding::Br, Effort::Best).expect("memory can be written to");
        self.brotli += coded.map_or(page.len(), |coded| coded.len()) as u64;
    }
}

/// Of the pages as they were, as they are made by our templates, and by the tool.
fn sizes(project: &Path) -> [Sizes; 3] {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let pages = probe::pages(&templates(project, false), &templates(project, true));
    let whole: Vec<(String, PathBuf, &str)> = pages
        .iter()
        .enumerate()
        .filter(|(_, (original, _))| original.to_ascii_lowercase().contains("<html"))
        .map(|(number, (original, made))| {
            let file = folder.path().join(number.to_string());
            fs::write(&file, original).expect("the directory can be written to");
            (number.to_string(), file, made.as_str())
        })
        .collect();
    let named: Vec<(&str, &Path)> = whole
        .iter()
        .map(|(name, file, _)| (name.as_str(), file.as_path()))
        .collect();
    let theirs = minify_html(&named);
    let mut sizes: [Sizes; 3] = Default::default();
    for (name, file, made) in &whole {
        let Ok((text, _)) = &theirs[name.as_str()] else {
            println!("minify-html fails on page {name}");
            continue;
        };
        let original = fs::read_to_string(file).expect("it was written");
        for (sizes, page) in sizes.iter_mut().zip([&original, *made, text]) {
            sizes.add(page);
        }
    }
    sizes
}

/// The pages among the templates of a project, minified or not.
fn templates(project: &Path, compression: bool) -> BTreeMap<String, String> {
    let below = project.join("templates");
    let configured = ["askama.toml", "crushed.toml"];
    let is_configured = configured.iter().any(|file| project.join(file).is_file());
    let options = Options {
        compression,
        templates: (!is_configured && below.is_dir()).then_some(below),
        ..Options::new(project)
    };
    let release = run(&options).unwrap_or_else(|failure| panic!("{failure}"));
    let templates = release.templates.into_iter();
    templates
        .filter_map(|(path, bytes)| Some((path.to_string(), String::from_utf8(bytes).ok()?)))
        .collect()
}
