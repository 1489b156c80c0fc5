//! How heavy the pages of minified templates are, against minify-html run on each page when it is rendered:
//! `cargo xtask bench pages [--keep DIR] [DIR…]`, each a project with templates; without one, the demo. Fails when a bar is
//! missed. What is kept are the pages: the original, ours, and that of minify-html.
//!
//! Intact are pages of minify-html whose markup is proven to mean the same; the others are small in part because spaces
//! between words and links are gone.
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
use crushed_build::probe::{self, is_same_page};
use crushed_build::{Effort, Options, encode, run};
use crushed_manifest::Coding;
use crushed_tests::built::workspace;

/// Of what minify-html makes, over all pages.
const BAR: f64 = 1.015;

fn main() -> ExitCode {
    let mut projects: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let keep = (projects
        .first()
        .is_some_and(|first| first == Path::new("--keep")))
    .then(|| projects.drain(..projects.len().min(2)).nth(1))
    .flatten();
    if projects.is_empty() {
        projects.push(workspace().join("demo-app"));
    }
    println!("| project | pages | intact | bytes | brotli | minify-html | brotli | ratio |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut all: [Sizes; 3] = Default::default();
    for project in projects {
        let name = project.file_name().unwrap_or_default();
        let keep = keep.as_ref().map(|keep| keep.join(name));
        let sizes = sizes(&project, keep.as_deref());
        row(&name.to_string_lossy(), &sizes);
        for (all, sizes) in all.iter_mut().zip(&sizes) {
            all.pages += sizes.pages;
            all.intact += sizes.intact;
            all.bytes += sizes.bytes;
            all.brotli += sizes.brotli;
        }
    }
    row("all", &all);
    let [_, ours, theirs] = all;
    match ours.brotli as f64 > theirs.brotli as f64 * BAR {
        false => ExitCode::SUCCESS,
        true => {
            println!("missed: above {BAR} over all pages");
            ExitCode::FAILURE
        }
    }
}

fn row(name: &str, [_, ours, theirs]: &[Sizes; 3]) {
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} |",
        ours.pages,
        theirs.intact,
        grouped(ours.bytes),
        grouped(ours.brotli),
        grouped(theirs.bytes),
        grouped(theirs.brotli),
        ratio(ours.brotli, theirs.brotli),
    );
}

#[derive(Default)]
struct Sizes {
    pages: usize,
    /// Of those, the ones whose markup is proven to mean the same.
    intact: usize,
    bytes: u64,
    brotli: u64,
}

impl Sizes {
    fn add(&mut self, page: &str) {
        self.pages += 1;
        self.bytes += page.len() as u64;
        let coded =
            encode(page.as_bytes(), Coding::Br, Effort::Release).expect("memory can be written to");
        self.brotli += coded.map_or(page.len(), |coded| coded.len()) as u64;
    }
}

/// Of the pages as they were, as they are made by our templates, and by the tool.
fn sizes(project: &Path, keep: Option<&Path>) -> [Sizes; 3] {
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
    let (theirs, markup) = (minify_html(&named, false), minify_html(&named, true));
    let mut sizes: [Sizes; 3] = Default::default();
    for (name, file, made) in &whole {
        let Ok((text, _)) = &theirs[name.as_str()] else {
            println!("minify-html fails on page {name}");
            continue;
        };
        let original = fs::read_to_string(file).expect("it was written");
        if let Ok((text, _)) = &markup[name.as_str()] {
            sizes[2].intact += usize::from(is_same_page(&original, text));
        }
        let made = [original.as_str(), made, text];
        for (sizes, page) in sizes.iter_mut().zip(made) {
            sizes.add(page);
        }
        if let Some(keep) = keep {
            for (maker, page) in ["original", "ours", "minify-html"].iter().zip(made) {
                let folder = keep.join(maker);
                fs::create_dir_all(&folder).expect("a directory can be made there");
                let file = folder.join(format!("{name}.html"));
                fs::write(file, page).expect("the directory can be written to");
            }
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
