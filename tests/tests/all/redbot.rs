//! REDbot looks at what the demo answers, as a stranger to it who knows the RFCs.

use std::process::Command;
use std::thread;

use crushed_tests::app::App;
use crushed_tests::built::target;
use serde_json::Value;

/// Warnings that do not hold here.
const WRONG: [(&str, &str); 1] = [(
    "STORE_PUBLIC_UNNECESSARY",
    "to a request with `Authorization`, which a browser sends for the assets of a site behind a password too, an answer \
     with `max-age` alone may not be stored by a shared cache; `public` allows that (RFC 9111 §3.5, §5.2.2.9)",
)];

/// What it must have tried with success, so that silence is no proof that it did not look.
const TRIED: [&str; 2] = ["CL_CORRECT", "INM_304"];

#[test]
fn redbot_finds_no_fault() {
    let app = App::start(&[]);
    let golden = include_str!("../../golden/demo-assets.txt");
    let mut paths = vec!["/".to_owned(), "/inline".to_owned(), "/coupons".to_owned()];
    for ending in [".css", ".js", ".woff", ".ttf", ".jpg", ".svg"] {
        let path = golden.lines().find(|path| path.ends_with(ending));
        paths.push(format!(
            "/static/{}",
            path.expect("the demo has one of each kind")
        ));
    }
    let faults: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = paths
            .iter()
            .map(|path| scope.spawn(|| faults(&app.url(path))))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("REDbot answers"))
            .collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What it finds wrong or doubtful with one answer.
fn faults(url: &str) -> Vec<String> {
    let program = target().join("redbot/bin/redbot");
    assert!(
        program.is_file(),
        "REDbot is missing; `cargo xtask test` installs it, or by hand: python3 -m venv {0} && \
         {0}/bin/pip install -r tests/redbot/requirements.txt",
        target().join("redbot").display()
    );
    let output = Command::new(program)
        .args(["-o", "har", url])
        .output()
        .expect("REDbot can be executed");
    let said = String::from_utf8_lossy(&output.stderr);
    let har: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{url}: {error}, {said}"));
    let text = |note: &Value, key: &str| note[key].as_str().unwrap_or_default().to_owned();
    let entries = har["log"]["entries"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let notes: Vec<&Value> = entries
        .iter()
        .filter_map(|entry| entry["_red_messages"].as_array())
        .flatten()
        .collect();
    for name in TRIED {
        assert!(
            notes.iter().any(|note| text(note, "note_id") == name),
            "{url}: no {name} in {notes:?}"
        );
    }
    let wrong = |note: &Value| WRONG.iter().any(|(name, _)| text(note, "note_id") == *name);
    let faults = notes
        .into_iter()
        .filter(|note| matches!(text(note, "level").as_str(), "BAD" | "WARN") && !wrong(note));
    faults
        .map(|note| format!("{url}: {} {}", text(note, "note_id"), text(note, "summary")))
        .collect()
}
