//! What elements look like under a stylesheet and under what is made of it: Chromium computes every property of each.

use std::fs;
use std::path::{Path, PathBuf};

use crushed_tests::browser::Browser;
use crushed_tests::built::workspace;
use crushed_tests::cli::{crushed, text};
use serde_json::{Value, json};

/// Widths on both sides of what the sheets ask for, in CSS pixels.
const WIDTHS: [u32; 2] = [1200, 500];

/// Of so many selectors in a hundred an element can be built; the others ask for what markup cannot have.
const REACHED: usize = 85;

fn minified(sheet: &Path) -> String {
    let run = crushed(&["minify", text(sheet)], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

/// What differs between two sheets in both colour schemes; both must do something.
fn differences(browser: &Browser, source: &str, made: &str) -> Vec<String> {
    let mut all = Vec::new();
    for scheme in ["light", "dark"] {
        if scheme == "dark" && !source.contains("prefers-color-scheme") {
            continue;
        }
        // A page without a policy against scripts that write.
        browser.go("about:blank");
        browser.emulate("prefers-color-scheme", scheme);
        let script = include_str!("../../styles/compare.js");
        let found = browser.run_with(script, &[json!(source), json!(made), json!(WIDTHS)]);
        let (selectors, compared) = (count(&found["selectors"]), count(&found["compared"]));
        let missed = found["missed"].as_array().map_or(0, Vec::len);
        assert!(
            selectors > 10
                && compared > selectors
                && (selectors - missed) * 100 >= selectors * REACHED,
            "{selectors} selectors, {compared} comparisons, no element for {}",
            found["missed"]
        );
        let list = found["differences"].as_array().into_iter().flatten();
        all.extend(list.map(|line| format!("{scheme}, {}", line.as_str().unwrap_or_default())));
    }
    all
}

fn count(value: &Value) -> usize {
    value
        .as_u64()
        .and_then(|count| count.try_into().ok())
        .unwrap_or(0)
}

fn assert_same(sheet: &Path) {
    let source = fs::read_to_string(sheet)
        .unwrap_or_else(|error| panic!("{}: {error}, run `npm ci`", sheet.display()));
    let made = minified(sheet);
    assert!(made.len() < source.len());
    let found = differences(&Browser::open_quiet(), &source, &made);
    assert!(
        found.is_empty(),
        "{}:\n{}",
        sheet.display(),
        found.join("\n")
    );
}

fn modern() -> PathBuf {
    workspace().join("tests/styles/modern.css")
}

#[test]
fn newer_features_compute_to_the_same() {
    assert_same(&modern());
}

#[test]
fn bootstrap_3_computes_to_the_same() {
    assert_same(&workspace().join("external/node_modules/bootstrap/dist/css/bootstrap.css"));
}

#[test]
fn bootstrap_5_computes_to_the_same() {
    assert_same(&library("bootstrap/dist/css/bootstrap.css"));
}

#[test]
fn foundation_computes_to_the_same() {
    assert_same(&library("foundation-sites/dist/css/foundation.css"));
}

#[test]
fn materialize_computes_to_the_same() {
    assert_same(&library("materialize-css/dist/css/materialize.css"));
}

#[test]
fn uikit_computes_to_the_same() {
    assert_same(&library("uikit/dist/css/uikit.css"));
}

#[test]
fn leaflet_computes_to_the_same() {
    assert_same(&library("leaflet/dist/leaflet.css"));
}

fn library(path: &str) -> PathBuf {
    workspace().join("tests/libraries/node_modules").join(path)
}

/// The comparison sees a rewrite that is wrong, wherever it is.
#[test]
fn a_wrong_rewrite_is_seen() {
    let source = fs::read_to_string(modern()).expect("the sheet is part of the project");
    let browser = Browser::open_quiet();
    for (right, wrong) in [
        ("#336699", "#336698"),
        ("margin-bottom: calc(var(--space) * 2);", ""),
        ("content: \"\\201C\"", "content: \"\\201D\""),
        ("content: \"- \"", "content: \"+ \""),
        ("25% { opacity: 0.50; }", ""),
        ("(min-width: 600px)", "(max-width: 600px)"),
        ("@layer reset, theme", "@layer theme, reset"),
        ("rgb(17, 17, 17)", "rgb(18, 17, 17)"),
        (".card:hover", ".card:active"),
        ("ease-in-out", "ease-out"),
        (
            "margin-left: 1px; margin-inline-start: 2px;",
            "margin-inline-start: 2px; margin-left: 1px;",
        ),
        ("red !important", "red"),
    ] {
        let broken = source.replace(right, wrong);
        assert_ne!(broken, source, "{right}");
        let found = differences(&browser, &source, &broken);
        assert!(!found.is_empty(), "{right} became {wrong}");
    }
}
