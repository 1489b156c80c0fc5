//! What a command says to people and to programs.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crushed_tests::built::binary;
use crushed_tests::cli::{crushed, text};
use crushed_tests::tree::write;
use serde_json::Value;
use tempfile::tempdir;

fn project(root: &Path) {
    write(
        root,
        &[
            (
                "templates/page.html",
                "{% compress css %}<link rel=stylesheet href=a.css>{% endcompress %}\n",
            ),
            ("assets/a.css", "a { b: c } } d { e: f }\n"),
        ],
    );
}

#[test]
fn results_and_messages_are_for_programs_with_json() {
    let root = tempdir().unwrap();
    project(root.path());
    let (place, out) = (text(root.path()), root.path().join("out"));
    let check = crushed(&["check", "--json", "--root", place], &[]);
    let compile = crushed(
        &["compile", "--json", "--root", place, "--out", text(&out)],
        &[],
    );
    assert_eq!((check.code, compile.code), (0, 0), "{}", check.stderr);
    assert_eq!(
        check.stdout, compile.stdout,
        "check tells what compile writes"
    );
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect(text);
    assert_eq!(parse(&check.stdout), parse(&manifest));
    let first = |text: &str| parse(text.lines().next().unwrap_or_default());
    let warning = first(&check.stderr);
    for (key, value) in [
        ("severity", Value::from("warning")),
        ("kind", "css".into()),
        ("line", 1.into()),
        ("column", 12.into()),
    ] {
        assert_eq!(warning[key], value, "{key} of {warning}");
    }
    assert!(warning["file"].as_str().unwrap().ends_with("assets/a.css"));

    write(root.path(), &[("assets/a.css", "a { b: (c }\n")]);
    for command in ["check", "templates"] {
        let arguments: &[&str] = match command {
            "check" => &["check", "--json", "--root", place],
            _ => &["templates", "--json", place],
        };
        let run = crushed(arguments, &[]);
        assert_eq!((run.code, &*run.stdout), (1, ""), "{command}");
        assert_eq!(first(&run.stderr)["severity"], "error", "{command}");
    }
}

/// `script` gives a program a terminal and passes on what it writes there.
#[test]
fn progress_is_shown_on_a_terminal_alone() {
    let root = tempdir().unwrap();
    project(root.path());
    write(root.path(), &[("assets/a.css", "a { b: c }\n")]);
    let place = text(root.path());
    for (json, shown) in [("", true), ("--json ", false)] {
        let command = format!("{} check {json}--root {place}", text(&binary("crushed")));
        let output = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("TERM", "xterm")
            .output()
            .expect("script is installed");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.contains("reading"), shown, "{said:?}");
    }
    let piped = crushed(&["check", "--root", place], &[]);
    assert_eq!((piped.code, &*piped.stderr), (0, ""));
    assert!(piped.stdout.starts_with("release "), "{}", piped.stdout);
}
