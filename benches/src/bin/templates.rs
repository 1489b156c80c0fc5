//! How fast templates are minified and proven, and whether a proof costs less than what Askama does with the template:
//! `cargo xtask bench templates`. Fails when a bar is missed.
//!
//! The templates are those of the demo. What is measured for MB/s runs on one thread, before, between and behind the others,
//! and the best counts; the project of a thousand templates runs as a build does, and Askama compiles fifty of the same
//! templates in a crate of their own in the same run.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use crushed_build::probe::Read;
use crushed_build::{Options, run};
use crushed_tests::built::workspace;

/// MB/s on one core: scan and minify, and with the proof.
const BARS: (f64, f64) = (30.0, 3.0);

/// Templates that extend one base, and those of them that Askama compiles.
const PAGES: usize = 1000;
const COMPILED: usize = 50;

fn main() -> ExitCode {
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .expect("a thread can be made");
    let before = one.install(speeds);
    let project = tempfile::tempdir().expect("a temporary directory can be made");
    write_project(project.path()).expect("a project can be written");
    let ours = seconds(|| {
        let release = run(&Options::new(project.path())).expect("the project is right");
        assert!(release.warnings.is_empty(), "{:?}", release.warnings);
    });
    let between = one.install(speeds);
    let theirs = compile(project.path());
    let behind = one.install(speeds);
    let speeds = [before, between, behind]
        .into_iter()
        .fold((0.0_f64, 0.0_f64), |best, next| {
            (best.0.max(next.0), best.1.max(next.1))
        });
    println!("| what | measured | bar |\n|---|--:|--:|");
    println!("| scan and minify | {:.1} MB/s | {} |", speeds.0, BARS.0);
    println!("| with the proof | {:.1} MB/s | {} |", speeds.1, BARS.1);
    println!(
        "| a build of {PAGES} templates, to Askama's of {COMPILED} | {:.2} ({ours:.2} s, {theirs:.2} s) | 1 |",
        ours / theirs
    );
    match speeds.0 >= BARS.0 && speeds.1 >= BARS.1 && ours < theirs {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// MB/s of the demo's templates: minified, and proven as well.
fn speeds() -> (f64, f64) {
    let sources = demo();
    let bytes: usize = sources.iter().map(String::len).sum();
    let rounds = 2_000_000 / bytes + 1;
    let megabytes = (bytes * rounds) as f64 / 1e6;
    let minify = best(|| {
        for source in &sources {
            for _ in 0..rounds {
                let read = Read::new(source).expect("the demo's templates are right");
                std::hint::black_box(read.minify());
            }
        }
    });
    let minified: Vec<_> = sources
        .iter()
        .filter_map(|source| {
            let read = Read::new(source)?;
            let made = read.minify()?;
            Some((read, made))
        })
        .collect();
    let prove = best(|| {
        for (read, made) in &minified {
            for _ in 0..rounds {
                assert_eq!(read.prove(made), None);
            }
        }
    });
    (megabytes / minify, megabytes / (minify + prove))
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// The best of five rounds: what else runs on the machine only makes it slower.
fn best(work: impl Fn()) -> f64 {
    (0..5).map(|_| seconds(&work)).fold(f64::INFINITY, f64::min)
}

/// The demo's templates without their blocks, which are another stage's.
fn demo() -> Vec<String> {
    let mut sources = Vec::new();
    let mut folders = vec![workspace().join("demo-app/templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the demo has templates") {
            let path = entry.expect("the demo has templates").path();
            match path.is_dir() {
                true => folders.push(path),
                false => sources.push(fs::read_to_string(&path).expect("a template is UTF-8")),
            }
        }
    }
    sources.sort();
    sources
        .into_iter()
        .filter(|source| !source.contains("compress"))
        .collect()
}

/// A project whose templates all extend one base.
fn write_project(root: &Path) -> std::io::Result<()> {
    let templates = root.join("templates");
    fs::create_dir_all(&templates)?;
    fs::create_dir_all(root.join("src"))?;
    let links: String = (0..20)
        .map(|at| {
            format!(
                "      <li><a class=\"nav-link\" href=\"/section/{at}\">Section {at}</a></li>\n"
            )
        })
        .collect();
    fs::write(
        templates.join("base.html"),
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n  <head>\n    <meta charset=\"utf-8\">\n    <title>{{% block title %}}Site{{% endblock %}}</title>\n  </head>\n  <body>\n    <ul>\n{links}    </ul>\n    <main>\n      {{% block content %}}{{% endblock %}}\n    </main>\n  </body>\n</html>\n"
        ),
    )?;
    let mut code = String::from("use askama::Template;\n");
    for page in 0..PAGES {
        fs::write(
            templates.join(format!("page{page}.html")),
            format!(
                "{{% extends \"base.html\" %}}\n{{% block title %}}Page {page}{{% endblock %}}\n{{% block content %}}\n  <h1>{{{{ title }}}}</h1>\n  {{% if items.is_empty() %}}\n    <p class=\"empty\">Nothing here yet.</p>\n  {{% else %}}\n    <ul class=\"items\">\n    {{% for item in items %}}\n      <li class=\"item\"><a href=\"/item/{{{{ item }}}}\">{{{{ item }}}}</a> <span>number {page}</span></li>\n    {{% endfor %}}\n    </ul>\n  {{% endif %}}\n{{% endblock %}}\n"
            ),
        )?;
        if page < COMPILED {
            code.push_str(&format!(
                "#[derive(Template)]\n#[template(path = \"page{page}.html\")]\npub struct Page{page} {{ pub title: String, pub items: Vec<String> }}\n"
            ));
        }
    }
    fs::write(root.join("src/lib.rs"), code)?;
    fs::copy(workspace().join("Cargo.lock"), root.join("Cargo.lock"))?;
    fs::write(
        root.join("Cargo.toml"),
        "[package]\nname = \"pages\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naskama = \"0.16.1\"\n[workspace]\n",
    )
}

/// How long it takes to compile the crate anew, once what it depends on is compiled.
fn compile(root: &Path) -> f64 {
    let cargo = || {
        let mut command = Command::new("cargo");
        command.args(["build", "--release", "--offline", "--quiet"]);
        command
            .current_dir(root)
            .env("CARGO_TARGET_DIR", root.join("target"));
        let done = command.status().expect("cargo runs");
        assert!(done.success(), "{done}");
    };
    cargo();
    let code = root.join("src/lib.rs");
    let text = fs::read_to_string(&code).expect("it was written");
    fs::write(&code, format!("{text}\n")).expect("it was written");
    seconds(cargo)
}
