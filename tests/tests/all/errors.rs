//! What is wrong with the input: each message has the file, the line, the column and the mend, the exit code is 1, and
//! nothing is written.

use std::path::Path;

use crushed_tests::cli::{compile, compiled, crushed, text};
use crushed_tests::tree::{read, write};
use tempfile::tempdir;

/// A project that has no fault.
const SOUND: [(&str, &str); 4] = [
    ("crushed.toml", "assets = [\"assets\"]\n"),
    (
        "templates/page.html",
        "<!DOCTYPE html>\n{% compress css %}\n<link href=\"css/app.css\" rel=\"stylesheet\">\n{% endcompress %}\n",
    ),
    ("assets/css/app.css", "h1 { color: teal }\n"),
    ("assets/js/app.js", "var answer = 42;\n"),
];

/// One file that spoils the project, where the fault is, and words of the message and its mend.
struct Case {
    file: &'static str,
    contents: &'static str,
    /// `FILE:LINE:COLUMN`, lines and columns from 1.
    place: &'static str,
    words: &'static [&'static str],
}

const CASES: [Case; 12] = [
    Case {
        file: "templates/page.html",
        contents: "<!DOCTYPE html>\n{% compress css %}\n  <link href=\"css/ap.css\" rel=\"stylesheet\">\n{% endcompress %}\n",
        place: "templates/page.html:3:15",
        words: &["css/ap.css", "did you mean", "css/app.css"],
    },
    Case {
        file: "templates/page.html",
        contents: "<p>\n  <img src=\"{{ asset!(\"img/logo.png\") }}\">\n",
        place: "templates/page.html:2:",
        words: &["img/logo.png", "help"],
    },
    Case {
        file: "templates/page.html",
        contents: "<p>\n{% compress pony %}\n{% endcompress %}\n",
        place: "templates/page.html:2:",
        words: &["pony", "css", "js"],
    },
    Case {
        file: "templates/page.html",
        contents: "<p>\n\n  {% compress css %}\n<link href=\"css/app.css\" rel=\"stylesheet\">\n",
        place: "templates/page.html:3:3",
        words: &["endcompress"],
    },
    Case {
        file: "templates/page.html",
        contents: "{% compress css %}\n<style>h1 { color: {{ colour }} }</style>\n{% endcompress %}\n",
        place: "templates/page.html:2:20",
        words: &["colour", "help"],
    },
    Case {
        file: "templates/page.html",
        contents: "{% compress js %}\n<script src=\"{{ script }}\"></script>\n{% endcompress %}\n",
        place: "templates/page.html:2:14",
        words: &["script", "help"],
    },
    Case {
        file: "templates/page.html",
        contents: "{% compress css %}\n<link href=\"../../etc/passwd\" rel=\"stylesheet\">\n{% endcompress %}\n",
        place: "templates/page.html:2:13",
        words: &["../../etc/passwd", "root", "help"],
    },
    Case {
        file: "assets/css/app.css",
        contents: "h1 { color: teal }\n\n  h2::after { content: \"never closed }\n",
        place: "assets/css/app.css:3:24",
        words: &["string", "help"],
    },
    Case {
        file: "assets/js/app.js",
        contents: "var answer = 42;\nvar question = ;\n",
        place: "assets/js/app.js:2:16",
        words: &["help"],
    },
    Case {
        file: "templates/page.html",
        contents: "{% compress js %}\n<script>\nvar x = 1;\n  var = 2;\n</script>\n{% endcompress %}\n",
        place: "templates/page.html:4:7",
        words: &["help"],
    },
    Case {
        file: "crushed.toml",
        contents: "# roots\nasets = [\"assets\"]\n",
        place: "crushed.toml:2:1",
        words: &["asets", "did you mean", "assets"],
    },
    Case {
        file: "src/lib.rs",
        contents: "fn f() {\n    let mark = asset!(\"css/ap.css\");\n}\n",
        place: "src/lib.rs:2:23",
        words: &["css/ap.css", "did you mean", "css/app.css"],
    },
];

/// The sound project with a bundle of each kind.
fn sound(root: &Path) {
    write(root, &SOUND);
    let scripts = "{% compress js %}\n<script src=\"js/app.js\"></script>\n{% endcompress %}\n";
    write(root, &[("templates/scripts.html", scripts)]);
}

/// What holds for every fault.
fn assert_refused(root: &Path, place: &str, words: &[&str]) {
    let out = root.join("out");
    let before = read(&out);
    let run = compile(root, &out, &[]);
    assert_eq!(run.code, 1, "{place}: {}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(place), "{place} in\n{}", run.stderr);
    for word in words {
        assert!(run.stderr.contains(word), "{word} in\n{}", run.stderr);
    }
    assert!(read(&out) == before, "{place}: nothing half-written");
    assert!(run.stdout.is_empty(), "{place}: {}", run.stdout);
    let check = crushed(&["check", "--root", text(root)], &[]);
    assert_eq!(
        (check.code, check.stderr),
        (1, run.stderr),
        "check says what compile says"
    );
}

#[test]
fn every_fault_is_told_with_its_place_and_its_mend() {
    for case in &CASES {
        let root = tempdir().unwrap();
        sound(root.path());
        write(root.path(), &[(case.file, case.contents)]);
        assert_refused(root.path(), case.place, case.words);
        assert!(!root.path().join("out").exists(), "{}", case.place);
    }
}

/// What a browser recovers from is found in stylesheets of good name: a warning, unless the project wants it to be more.
#[test]
fn strict_makes_an_error_of_a_warning() {
    for (contents, place, words) in [
        (
            "h1 { color: teal }\n\n  } h2 { color: red }\n",
            "assets/css/app.css:3:3",
            &["closes nothing", "help"] as &[&str],
        ),
        (
            "h1 { color: teal }\n.a { background: url(../img/nope.png) }\n",
            "assets/css/app.css:2:",
            &["img/nope.png"],
        ),
    ] {
        let root = tempdir().unwrap();
        sound(root.path());
        write(root.path(), &[("assets/css/app.css", contents)]);
        let out = root.path().join("out");
        let run = compile(root.path(), &out, &[]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            run.stderr.contains("warning: ") && run.stderr.contains(place),
            "{}",
            run.stderr
        );

        write(
            root.path(),
            &[("crushed.toml", "assets = [\"assets\"]\nstrict = true\n")],
        );
        assert_refused(root.path(), place, words);
    }
}

#[test]
fn a_fault_leaves_an_earlier_output_as_it_was() {
    let root = tempdir().unwrap();
    sound(root.path());
    compiled(root.path(), &root.path().join("out"), &[]);
    let earlier = read(&root.path().join("out"));
    let case = &CASES[0];
    write(
        root.path(),
        &[
            (case.file, case.contents),
            ("assets/css/app.css", "h1 { color: red }\n"),
        ],
    );
    assert_refused(root.path(), case.place, case.words);
    assert!(earlier == read(&root.path().join("out")));
}

#[test]
fn several_faults_are_told_in_one_run() {
    let root = tempdir().unwrap();
    sound(root.path());
    write(
        root.path(),
        &[
            ("templates/a.html", CASES[0].contents),
            ("templates/b.html", CASES[0].contents),
        ],
    );
    assert_refused(
        root.path(),
        "templates/a.html:3:15",
        &["templates/b.html:3:15"],
    );
}

#[test]
fn a_template_that_is_not_utf8_is_told_where_it_is_not() {
    let root = tempdir().unwrap();
    sound(root.path());
    write(root.path(), &[("templates/page.html", b"<p>\n caf\xe9\n")]);
    assert_refused(root.path(), "templates/page.html:2:5", &["UTF-8"]);
}

#[test]
fn a_stylesheet_that_is_not_utf8_is_told_where_it_is_not() {
    let root = tempdir().unwrap();
    sound(root.path());
    write(
        root.path(),
        &[("assets/css/app.css", b"h1 {\n  content: \"caf\xe9\" }\n")],
    );
    assert_refused(root.path(), "assets/css/app.css:2:16", &["UTF-8"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leaves_its_root_is_refused() {
    let (root, outside) = (tempdir().unwrap(), tempdir().unwrap());
    sound(root.path());
    write(outside.path(), &[("secret.css", "h1 { color: red }\n")]);
    let link = root.path().join("assets/css/link.css");
    std::os::unix::fs::symlink(outside.path().join("secret.css"), &link).unwrap();
    let template = "<p>\n{% compress css %}\n<link href=\"css/link.css\" rel=\"stylesheet\">\n{% endcompress %}\n";
    write(root.path(), &[("templates/page.html", template)]);
    assert_refused(
        root.path(),
        "templates/page.html:3:13",
        &["css/link.css", "link", "help"],
    );

    // A link inside the root is an ordinary file.
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("app.css", &link).unwrap();
    compiled(root.path(), &root.path().join("out"), &[]);
}

#[test]
fn wrong_usage_is_exit_code_2_and_a_sound_project_0() {
    for arguments in [
        &["compile"] as &[&str],
        &["no-such-command"],
        &["compile", "--out", "x", "--pony"],
        &[],
    ] {
        let run = crushed(arguments, &[]);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains("Usage"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    let root = tempdir().unwrap();
    sound(root.path());
    let run = compile(root.path(), &root.path().join("out"), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let missing = compile(&root.path().join("nowhere"), &root.path().join("out2"), &[]);
    assert_eq!(missing.code, 1, "{}", missing.stderr);
    assert!(missing.stderr.contains("nowhere"), "{}", missing.stderr);
}

#[test]
fn a_path_that_two_roots_hold_is_taken_from_the_first_and_told_once() {
    let root = tempdir().unwrap();
    sound(root.path());
    write(
        root.path(),
        &[
            ("crushed.toml", "assets = [\"assets\", \"more\"]\n"),
            ("more/css/app.css", "h1 { color: purple }\n"),
        ],
    );
    let out = root.path().join("out");
    let run = compile(root.path(), &out, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
    for place in ["assets/css/app.css", "more/css/app.css"] {
        assert!(run.stderr.contains(place), "{place} in {}", run.stderr);
    }
    let static_files = read(&out.join("static"));
    let css = static_files
        .iter()
        .find(|(name, _)| name.ends_with(".css"))
        .unwrap()
        .1;
    assert_eq!(std::str::from_utf8(css).unwrap(), "h1{color:teal}");
}
