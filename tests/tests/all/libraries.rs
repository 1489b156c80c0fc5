//! Scripts as this pipeline minifies them, run by Node beside their sources: the suites that libraries ship, what
//! libraries leave in a page, and small programs for what minifiers have got wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crushed_tests::built::{binary, workspace};
use tempfile::TempDir;

fn folder() -> PathBuf {
    workspace().join("tests/libraries")
}

/// A script of an npm package.
fn package(path: &str) -> PathBuf {
    let file = folder().join("node_modules").join(path);
    assert!(
        file.is_file(),
        "{} is missing: `cargo xtask test` installs it with npm",
        file.display()
    );
    file
}

/// The script minified, in a file of the same name, and without a warning: what could not be proven would be left nearly
/// as it was, and the test would compare a file with itself.
fn minified(script: &Path) -> (TempDir, PathBuf) {
    let (home, file, said) = made(script);
    assert!(!said.contains("warning"), "{}: {said}", script.display());
    (home, file)
}

/// What ships of the script, in a file of the same name, and what is said about it.
fn made(script: &Path) -> (TempDir, PathBuf, String) {
    let output = Command::new(binary("crushed"))
        .arg("minify")
        .arg(script)
        .output()
        .expect("crushed can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {said}", script.display());
    let home = tempfile::tempdir().expect("a temporary directory can be made");
    let name = script.file_name().expect("a script has a name");
    let file = home.path().join(name);
    fs::write(&file, output.stdout).expect("a temporary file can be written");
    (home, file, said)
}

/// What a program of `tests/libraries` prints about scripts.
fn printed(program: &str, scripts: &[&Path]) -> String {
    let output = Command::new("node")
        .arg(program)
        .args(scripts)
        .current_dir(folder())
        .output()
        .expect("Node.js is installed (Debian: apt-get install nodejs npm)");
    assert!(
        output.status.success(),
        "node {program} {scripts:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("what is printed is text")
}

/// The first line in which two texts differ.
fn difference(source: &str, minified: &str) -> Option<String> {
    let mut lines = source.lines().zip(minified.lines());
    match lines.find(|(source, minified)| source != minified) {
        Some((source, minified)) => Some(format!("{source}\nbecomes\n{minified}")),
        None if source == minified => None,
        None => {
            let counts = (source.lines().count(), minified.lines().count());
            Some(format!("{} lines become {}", counts.0, counts.1))
        }
    }
}

/// Runs a library's own suite against the script that it ships and against ours. `passes` is how many of its cases hold on
/// the script as shipped, which some cases do not on an engine newer than the suite.
fn suite(program: &str, script: &str, passes: usize) {
    let script = package(script);
    let (_home, ours) = minified(&script);
    let as_shipped = printed(program, &[&script]);
    let passed = as_shipped
        .lines()
        .filter(|line| line.starts_with("pass "))
        .count();
    assert!(passed >= passes, "{program} has only {passed} passes");
    let minified = printed(program, &[&ours]);
    assert_eq!(difference(&as_shipped, &minified), None, "{program}");
}

#[test]
fn the_suite_of_mathjs_passes_as_before() {
    suite("suites/mathjs.cjs", "mathjs/dist/math.js", 3_400);
}

#[test]
fn the_suite_of_esprima_passes_as_before() {
    suite("suites/esprima.cjs", "esprima/esprima.js", 650);
}

/// Loads a library from its source and from ours into a window each, which must look alike afterwards. `lines` is how
/// many properties it has at least: a library that has done nothing would look like itself.
fn shape(script: &str, before: &[&str], lines: usize) {
    let script = package(script);
    let before: Vec<PathBuf> = before.iter().map(|path| package(path)).collect();
    let (_home, ours) = minified(&script);
    let looks = |script: &Path| {
        let scripts: Vec<&Path> = std::iter::once(script)
            .chain(before.iter().map(PathBuf::as_path))
            .collect();
        printed("shape.mjs", &scripts)
    };
    let source = looks(&script);
    let count = source.lines().count();
    assert!(count >= lines, "only {count} properties:\n{source}");
    assert_eq!(difference(&source, &looks(&ours)), None);
}

macro_rules! shapes {
    ($($test:ident: $script:literal $(after $before:literal)*, $lines:literal;)*) => {
        mod the_shape_of {
            $(#[test]
            fn $test() {
                super::shape($script, &[$($before),*], $lines);
            })*
        }
    };
}

shapes! {
    alpine: "alpinejs/dist/cdn.js", 100;
    backbone: "backbone/backbone.js" after "underscore/underscore.js" after "jquery/dist/jquery.js", 1_000;
    bootstrap: "bootstrap/dist/js/bootstrap.bundle.js", 200;
    d3_6: "d3-6/dist/d3.js", 4_000;
    d3_7: "d3/dist/d3.js", 4_000;
    echarts: "echarts/dist/echarts.js", 1_500;
    foundation: "foundation-sites/dist/js/foundation.js" after "jquery/dist/jquery.js", 1_000;
    htmx: "htmx.org/dist/htmx.js", 100;
    jquery: "jquery/dist/jquery.js", 1_000;
    knockout: "knockout/build/output/knockout-latest.debug.js", 800;
    leaflet: "leaflet/dist/leaflet-src.js", 3_000;
    materialize: "materialize-css/dist/js/materialize.js" after "jquery/dist/jquery.js", 3_000;
    mathjs: "mathjs/dist/math.js", 500;
    moment: "moment/moment.js", 400;
    react_dom: "react-dom/umd/react-dom.development.js" after "react/umd/react.development.js", 10;
    turbo: "@hotwired/turbo/dist/turbo.es2017-umd.js", 400;
    typescript: "typescript/lib/typescript.js", 2_000;
    uikit: "uikit/dist/js/uikit.js" after "jquery/dist/jquery.js", 500;
    underscore: "underscore/underscore.js", 100;
}

#[test]
fn programs_log_the_same() {
    let programs = folder().join("programs");
    let mut files: Vec<PathBuf> = fs::read_dir(&programs)
        .expect("tests/libraries/programs can be read")
        .map(|entry| entry.expect("an entry can be read").path())
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for program in &files {
        let (_home, ours, _) = made(program);
        let source = printed("run.mjs", &[program]);
        assert!(
            !source.contains("ended with SyntaxError") && source.lines().count() > 3,
            "{}: {source}",
            program.display()
        );
        if let Some(difference) = difference(&source, &printed("run.mjs", &[&ours])) {
            wrong.push(format!("{}: {difference}", program.display()));
        }
    }
    assert!(
        !files.is_empty() && wrong.is_empty(),
        "{}",
        wrong.join("\n\n")
    );
}
