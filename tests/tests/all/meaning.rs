//! Made-up stylesheets in Chromium and made-up scripts in Node: what a page named before and what it names after
//! compilation must come to the same.
//!
//! The pages are the same in every run. `PAGES` and `SEED` ask for more and for others; a failure prints the smallest
//! page that still fails.

use std::env;
use std::io::Write;
use std::process::{Command, Stdio};

use crushed_tests::browser::Browser;
use crushed_tests::generate::{Choices, Piece, css, js, noise, smaller, text};
use crushed_tests::pages::{Kind, bundled};
use serde_json::{Value, json};

/// The pages to make, as numbers for [`noise`].
fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str, default| match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => default,
    };
    let first = number("SEED", 1) * 1_000_000;
    first..first + number("PAGES", default)
}

type Page = Vec<Vec<Piece>>;

fn texts(page: &Page) -> Vec<String> {
    page.iter().map(|file| text(file)).collect()
}

/// What Node sees of each list of files.
fn node(pages: &[Vec<String>]) -> Vec<Value> {
    let mut child = Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/run_scripts.js"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let mut input = child.stdin.take().expect("there is an input");
    let written = serde_json::to_vec(pages).expect("texts are JSON");
    let writer = std::thread::spawn(move || input.write_all(&written));
    let output = child.wait_with_output().expect("node ends");
    writer.join().expect("the writer ends").expect("node reads");
    assert!(output.status.success(), "node failed");
    serde_json::from_slice(&output.stdout).expect("node writes JSON")
}

/// Whether what ran joined saw what ran apart did. A file that throws ends its bundle, which is documented.
fn same(apart: &Value, joined: &Value) -> bool {
    let thrown = |run: &Value| run["thrown"].as_array().cloned().unwrap_or_default();
    let apart_threw = thrown(apart)
        .iter()
        .rev()
        .skip(1)
        .any(|error| !error.is_null());
    if apart_threw {
        let trace = |run: &Value| run["trace"].as_array().cloned().unwrap_or_default();
        // Files before the one that throws have run the same, the others may not have run.
        return trace(joined).iter().zip(trace(apart)).all(|(a, b)| *a == b);
    }
    let errors = |run: &Value| {
        thrown(run)
            .into_iter()
            .filter(|error| !error.is_null())
            .collect::<Vec<_>>()
    };
    ["trace", "globals", "others"]
        .iter()
        .all(|part| apart[part] == joined[part])
        && errors(apart) == errors(joined)
}

/// The pages whose scripts do something else when compiled, with what was seen of both.
fn different_scripts(pages: &[Page]) -> Vec<(Page, Value, Value, Vec<String>)> {
    let sources: Vec<Vec<String>> = pages.iter().map(texts).collect();
    let apart = node(&sources);
    let runs: Vec<usize> = (0..pages.len())
        .filter(|at| apart[*at]["refused"].is_null() && apart[*at]["endless"].is_null())
        .collect();
    let fine: Vec<Vec<String>> = runs.iter().map(|at| sources[*at].clone()).collect();
    let made = bundled(Kind::Js, &fine).unwrap_or_else(|message| panic!("{message}"));
    let joined = node(&made);
    if pages.len() > 50 {
        eprintln!("{} of {} pages run", runs.len(), pages.len());
    }
    runs.iter()
        .zip(joined)
        .zip(made)
        .filter(|((at, joined), _)| !same(&apart[**at], joined) && joined["endless"].is_null())
        .map(|((at, joined), made)| (pages[*at].clone(), apart[*at].clone(), joined, made))
        .collect()
}

/// So many smaller pages are tried in one run.
const AT_ONCE: usize = 16;

fn smaller_pages(page: &Page) -> Vec<Page> {
    let mut all = Vec::new();
    for index in 0..page.len() {
        for file in smaller(&page[index]) {
            let mut other = page.clone();
            if file.is_empty() {
                other.remove(index);
            } else {
                other[index] = file;
            }
            all.push(other);
        }
    }
    all
}

#[test]
fn joined_and_minified_scripts_do_what_they_did() {
    let pages: Vec<Page> = seeds(600)
        .map(|seed| js::files(&mut Choices::new(&noise(seed, 1200))))
        .collect();
    let found = different_scripts(&pages);
    let mut shown = String::new();
    for (page, apart, joined, made) in found
        .iter()
        .take(env::var("SHOW").map_or(1, |n| n.parse().unwrap()))
    {
        let mut least = (page.clone(), apart.clone(), joined.clone(), made.clone());
        for _ in 0..60 {
            let smaller = smaller_pages(&least.0);
            match smaller
                .chunks(AT_ONCE)
                .find_map(|some| different_scripts(some).into_iter().next())
            {
                Some(smaller) => least = smaller,
                None => break,
            }
        }
        let (page, apart, joined, made) = least;
        shown += &format!(
            "\n==== files\n{}\n==== made\n{}\n==== apart\n{apart}\n==== joined\n{joined}\n",
            texts(&page).join("----\n"),
            made.join("\n----\n")
        );
    }
    assert!(found.is_empty(), "{} pages differ\n{shown}", found.len());
}

/// The pages that look different when compiled: what was seen, and the sheets made of them.
fn different_sheets(browser: &Browser, pages: &[Page]) -> Vec<(Page, String, Vec<String>)> {
    let sources: Vec<Vec<String>> = pages.iter().map(texts).collect();
    let made = bundled(Kind::Css, &sources).unwrap_or_else(|message| panic!("{message}"));
    let pairs: Vec<Value> = sources
        .iter()
        .zip(&made)
        .map(|(one, other)| json!([one, other]))
        .collect();
    let mut seen = Vec::new();
    // One answer of the browser must not take longer than its driver waits.
    for pairs in pairs.chunks(8) {
        let script = format!(
            "const pages = {}, zoo = {};\n{}",
            json!(pairs),
            json!(css::ZOO),
            include_str!("../../assets/look_at_sheets.js")
        );
        let answer = browser.run(&script);
        let answer = answer
            .as_array()
            .unwrap_or_else(|| panic!("the page fails: {answer}"));
        seen.extend(answer.iter().map(|found| found.as_str().map(str::to_owned)));
    }
    assert_eq!(seen.len(), pages.len(), "a page is missing");
    pages
        .iter()
        .zip(seen)
        .zip(made)
        .filter_map(|((page, seen), made)| Some((page.clone(), seen?, made)))
        .collect()
}

#[test]
fn joined_and_minified_sheets_look_as_they_did() {
    let browser = Browser::open();
    browser.go("data:text/html,<!DOCTYPE html><title>sheets</title>");
    let pages: Vec<Page> = seeds(150)
        .map(|seed| {
            let bytes = noise(seed, 1200);
            let mut choices = Choices::new(&bytes);
            (0..1 + choices.below(2))
                .map(|_| css::sheet(&mut choices))
                .collect()
        })
        .collect();
    let found = different_sheets(&browser, &pages);
    let mut shown = String::new();
    for found in found
        .iter()
        .take(env::var("SHOW").map_or(1, |n| n.parse().unwrap()))
    {
        let mut least = found.clone();
        for _ in 0..60 {
            let smaller = smaller_pages(&least.0);
            match smaller
                .chunks(AT_ONCE)
                .find_map(|some| different_sheets(&browser, some).into_iter().next())
            {
                Some(smaller) => least = smaller,
                None => break,
            }
        }
        let (page, seen, made) = least;
        shown += &format!(
            "\n==== sheets\n{}\n==== made\n{}\n==== seen\n{seen}\n",
            texts(&page).join("----\n"),
            made.join("\n----\n")
        );
    }
    assert!(found.is_empty(), "{} pages differ\n{shown}", found.len());
}
