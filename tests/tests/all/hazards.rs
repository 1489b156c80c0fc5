//! Small pages whose meaning a careless compiler changes, each as it was written, in files and inline, in Chromium.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use crushed_build::{Diagnostic, Failure, Release};
use crushed_tests::browser::Browser;
use crushed_tests::hazard::{Case, Mode, cases};
use crushed_tests::site::{Answer, Site};
use serde_json::{Value, json};

/// Evaluates expressions in each frame, as functions made of text: these see a page's top-level `let`, and leave no name
/// behind. What they may call besides what the page gives them:
///
/// - `css(selector, property, pseudo)`: the computed value;
/// - `plain(text)`: without the page's origin and without digests, so that an address is the source's again;
/// - `loads(text)`: whether every `url()` in a text answers.
const EVALUATE: &str = r#"
const body = `
    const css = (selector, property, pseudo) =>
        getComputedStyle(document.querySelector(selector), pseudo).getPropertyValue(property);
    const plain = text => text.split(location.origin).join('').replace(/\\.[0-9a-f]{16}(?=\\.)/g, '');
    const loads = text => [...text.matchAll(/url\\("(.*?)"\\)/g)].every(([, address]) => {
        const request = new XMLHttpRequest();
        request.open('GET', address, false);
        request.send();
        return request.status == 200;
    });
    return expressions.map(text => {
        try { return new Function('css', 'plain', 'loads', 'return ' + text)(css, plain, loads) }
        catch (error) { return 'throws ' + error }
    });`;
return [...document.querySelectorAll('iframe')].map(frame =>
    new frame.contentWindow.Function('expressions', body)(expressions));
"#;

/// A case with its compiled pages.
struct Compiled<'a> {
    case: &'a Case,
    /// The names of the pages whose values count.
    pages: Vec<&'static str>,
    answers: BTreeMap<String, Answer>,
    failures: Vec<String>,
}

#[test]
fn a_page_means_what_it_meant() {
    let cases = cases();
    let next = Mutex::new(cases.iter());
    let compiled = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(case) = lock(&next).next() {
                    let made = compile(case);
                    lock(&compiled).push(made);
                }
            });
        }
    });
    let mut compiled = compiled.into_inner().expect("no thread failed");
    compiled.sort_by(|a, b| a.case.name.cmp(&b.case.name));
    let browser = Browser::open_quiet();
    let mut failures = Vec::new();
    for compiled in compiled {
        failures.extend(compiled.failures);
        if !compiled.case.expect.values.is_empty() && !compiled.pages.is_empty() {
            // Each on its own port, so that no page sees what another stored.
            browser.go(&Site::start(compiled.answers).url("/"));
            failures.extend(wrong_values(&browser, compiled.case, &compiled.pages));
        }
    }
    let count = failures.len();
    assert!(count == 0, "{count} failures\n{}", failures.join("\n"));
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("no thread failed")
}

/// Compiles a case in all its modes, and as it was written.
fn compile(case: &Case) -> Compiled<'_> {
    let mut compiled = Compiled {
        case,
        pages: Vec::new(),
        answers: BTreeMap::new(),
        failures: Vec::new(),
    };
    let modes = case.expect.modes.iter().copied().map(Some);
    for mode in std::iter::once(None).chain(modes) {
        let release = case.compile(mode);
        let name = mode.map_or("original", Mode::word);
        compiled.failures.extend(
            problems(case, mode, &release)
                .into_iter()
                .map(|problem| format!("{}, {name}: {problem}", case.name)),
        );
        if let Ok(release) = release {
            case.add(&release, name, &mut compiled.answers);
            if case.expect.original || mode.is_some() {
                compiled.pages.push(name);
            }
        }
    }
    let frames = compiled
        .pages
        .iter()
        .map(|name| format!("<iframe src=\"/{name}.html\" width=900 height=300></iframe>"));
    let page = format!(
        "<!doctype html><title>{}</title>{}",
        case.name,
        frames.collect::<String>()
    );
    let frames = Answer::new("text/html; charset=utf-8", page);
    compiled.answers.insert("/".to_owned(), frames);
    compiled
}

/// What is wrong with a release before any browser sees it.
fn problems(case: &Case, mode: Option<Mode>, release: &Result<Release, Failure>) -> Vec<String> {
    let expect = &case.expect;
    match release {
        Err(Failure(errors)) if mode.is_some() && !expect.errors.is_empty() => {
            unsaid(errors, &expect.errors)
        }
        Err(failure) => vec![format!("is refused: {failure}")],
        Ok(_) if mode.is_none() => Vec::new(),
        Ok(_) if !expect.errors.is_empty() => vec!["is not refused".to_owned()],
        Ok(release) => {
            let mut failures = unsaid(&release.warnings, &expect.warnings);
            let texts = case.texts(release);
            for part in &expect.ships {
                if !texts.iter().any(|text| text.contains(part)) {
                    failures.push(format!("nothing that ships has {part:?}: {texts:#?}"));
                }
            }
            for part in &expect.lacks {
                for text in texts.iter().filter(|text| text.contains(part)) {
                    failures.push(format!("{part:?} ships: {text}"));
                }
            }
            failures
        }
    }
}

/// The parts that no message has.
fn unsaid(messages: &[Diagnostic], parts: &[String]) -> Vec<String> {
    let shown = Failure(messages.to_vec()).to_string();
    let parts = parts.iter().filter(|part| !shown.contains(*part));
    parts
        .map(|part| format!("no message has {part:?}: {shown}"))
        .collect()
}

/// The expressions that have another value in a page than they must have.
fn wrong_values(browser: &Browser, case: &Case, pages: &[&str]) -> Vec<String> {
    let expressions: Vec<&String> = case.expect.values.keys().collect();
    let frames = browser.run(&format!(
        "const expressions = {};{EVALUATE}",
        json!(expressions)
    ));
    let mut wrong = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        for (number, (expression, wanted)) in case.expect.values.iter().enumerate() {
            let got = frames.get(index).and_then(|values| values.get(number));
            let got = got.unwrap_or(&Value::Null);
            if got != wanted {
                let name = &case.name;
                wrong.push(format!(
                    "{name}, {page}: {expression} is {got}, not {wanted}"
                ));
            }
        }
    }
    wrong
}
