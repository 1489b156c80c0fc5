//! Two builds of one project give the same bytes, whatever else is different: each variation is a real one, of a process
//! of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crushed_tests::built::binary;
use crushed_tests::packages::done;
use crushed_tests::tree::{Contents, read, replace, write};
use tempfile::{TempDir, tempdir, tempdir_in};

/// Something of everything: bundles of both kinds and all modes, modules in a cycle, an import map, fonts and pictures,
/// licences, a template tree with macros, files that ship by a pattern, and one in another encoding.
const FILES: [(&str, &str); 20] = [
    (
        "crushed.toml",
        "licences = \"file\"\nintegrity = \"always\"\nship = [\"img/**\"]\n",
    ),
    (
        "templates/base.html",
        "<!doctype html>\n<title>{% block title %}A{% endblock %}</title>\n\
         {% compress css %}<link rel=stylesheet href=css/a.css><link rel=stylesheet href=css/b.css>\n\
         <style>i { color: red }</style>{% endcompress %}\n<main>{% block main %}{% endblock %}</main>\n\
         {% compress js %}<script src=js/one.js></script><script src=js/two.js></script>{% endcompress %}\n",
    ),
    (
        "templates/a/page.html",
        "{% extends \"base.html\" %}\n{% import \"macros.html\" as macros %}\n{% block main %}\n  <p>  Text  {{ text }}\n\
         {% call macros::row(1) %}{% endcall %}\n  {% include \"part.html\" %}\n{% endblock %}\n",
    ),
    (
        "templates/macros.html",
        "{% macro row(n) %}<b>  {{ n }}  </b>{% endmacro %}\n",
    ),
    (
        "templates/part.html",
        "<ul>\n  <li> one\n  <li> two\n</ul>\n",
    ),
    (
        "templates/inline.html",
        "<!doctype html>\n{% compress css inline %}<link rel=stylesheet href=css/a.css>{% endcompress %}\n\
         {% compress js preload %}<script src=js/one.js></script>{% endcompress %}\n\
         {% compress js %}<script type=importmap>{\"imports\": {\"x\": \"./js/ring/a.js\"}}</script>\n\
         <script type=module>import { a } from 'x'; a();</script>{% endcompress %}\n\
         <img src='{{ asset!(\"img/b.png\") }}'>\n",
    ),
    (
        "assets/css/a.css",
        "/*! mine */\n@import \"c.css\";\n@font-face { font-family: f; src: url(../font/f.woff2) }\n.a { background: url(../img/a.png) }\n",
    ),
    (
        "assets/css/b.css",
        "/*! yours */\n.b { margin: 0px; margin-left: 1px } @media print { .b { color: #ff0000 } }\n",
    ),
    (
        "assets/css/c.css",
        "@charset \"utf-8\";\n.c::before { content: \"\\2014 \" }\n",
    ),
    (
        "assets/js/one.js",
        "/*! mine */\nvar first = function (name) { return name + 1 };\n",
    ),
    (
        "assets/js/two.js",
        "(function () { var long = first(2); window.second = long })();\n",
    ),
    (
        "assets/js/ring/a.js",
        "import { b } from './b.js';\nexport const a = () => b;\n",
    ),
    (
        "assets/js/ring/b.js",
        "import { a } from './a.js';\nexport const b = () => a;\nexport const late = () => import('./c.js');\n",
    ),
    (
        "assets/js/ring/c.js",
        "export const c = new URL('../../img/a.png', import.meta.url);\n",
    ),
    ("assets/img/a.png", "no real picture\n"),
    ("assets/img/b.png", "nor is this one\n"),
    (
        "assets/img/deep/er/c.svg",
        "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h1v1z'/></svg>\n",
    ),
    ("assets/font/f.woff2", "no real font\n"),
    (
        "src/main.rs",
        "fn main() { asset!(\"font/f.woff2\"); compress!(css, \"css/b.css\"); }\n",
    ),
    ("askama.toml", "[general]\nwhitespace = \"preserve\"\n"),
];

/// The project, and where its output goes.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempdir().unwrap());
        write(&place.root(), &FILES);
        place
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("app")
    }

    /// What a program makes of it, which gets the words that run `crushed` as its last arguments.
    fn by(&self, program: &[&str]) -> Contents {
        let out = self.0.path().join("out");
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).env("CRUSHED_CACHE_DIR", "off");
        command.arg(binary("crushed")).args(["compile", "--root"]);
        done(command.arg(self.root()).arg("--out").arg(&out));
        read(&out)
    }
}

fn assert_same(one: &Contents, other: &Contents, what: &str) {
    let differing: Vec<&String> = one
        .iter()
        .filter(|(name, bytes)| other.get(*name) != Some(bytes))
        .map(|(name, _)| name)
        .chain(other.keys().filter(|name| !one.contains_key(*name)))
        .collect();
    assert!(differing.is_empty(), "{what}: {differing:?}");
}

#[test]
fn nothing_but_the_input_counts() {
    let here = Place::new();
    let plain = here.by(&["env"]);
    assert!(
        plain.keys().filter(|name| name.ends_with(".br")).count() > 2,
        "{:?}",
        plain.keys()
    );
    // Programs that change what the program behind them sees.
    let root = done(Command::new("id").arg("-u")).stdout.trim_ascii() == b"0";
    let user = if root { "--fork" } else { "--map-root-user" };
    let variations: [&[&str]; 9] = [
        &["sh", "-c", "umask 077 && exec \"$0\" \"$@\""],
        &[
            "env",
            "HOME=/nonexistent/somebody",
            "USER=somebody",
            "TMPDIR=/var/tmp",
        ],
        &[
            "unshare",
            user,
            "--uts",
            "sh",
            "-c",
            "hostname elsewhere && exec \"$0\" \"$@\"",
        ],
        &["faketime", "+400 days"],
        &["taskset", "-c", "0"],
        &["env", "RAYON_NUM_THREADS=7"],
        &[
            "env",
            "LC_ALL=tr_TR.UTF-8",
            "LANG=tr_TR.UTF-8",
            "TZ=Pacific/Kiritimati",
        ],
        &["env", "SOURCE_DATE_EPOCH=1000000000"],
        &["setarch", "--addr-no-randomize"],
    ];
    for variation in variations {
        assert_same(&plain, &Place::new().by(variation), &variation.join(" "));
        assert_same(&plain, &here.by(variation), &variation.join(" "));
    }
    // A gzip member says when (RFC 1952 §2.3.1): never.
    let mut members = plain.iter().filter(|(name, _)| name.ends_with(".gz"));
    assert!(members.all(|(_, bytes)| bytes[4..8] == [0; 4]));
}

/// Memory file systems list the newest first.
#[test]
fn the_order_of_a_directory_does_not_count() {
    let order = |folder: &Path| -> Vec<_> {
        let entries = fs::read_dir(folder.join("app/assets/css")).unwrap();
        entries.flatten().map(|entry| entry.file_name()).collect()
    };
    let place = || Place(tempdir_in("/dev/shm").unwrap());
    let (one, other) = (place(), place());
    write(&one.root(), &FILES);
    let backwards: Vec<_> = FILES.into_iter().rev().collect();
    write(&other.root(), &backwards);
    assert_ne!(order(one.0.path()), order(other.0.path()));
    assert_same(
        &one.by(&["env"]),
        &other.by(&["env"]),
        "the other way round",
    );
}

#[test]
fn neither_history_nor_what_was_built_before_counts() {
    let plain = Place::new().by(&["env"]);
    let git = |folder: &Path, arguments: &[&str]| {
        let mut command = Command::new("git");
        let who = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        done(command.args(who).args(arguments).current_dir(folder));
    };
    let whole = Place::new();
    git(&whole.root(), &["init", "--quiet"]);
    for message in ["one", "two"] {
        git(&whole.root(), &["add", "."]);
        git(
            &whole.root(),
            &["commit", "--quiet", "--allow-empty", "--message", message],
        );
    }
    assert_same(&plain, &whole.by(&["env"]), "in a repository");
    let shallow = Place(tempdir().unwrap());
    let from = format!("file://{}", whole.root().display());
    git(
        shallow.0.path(),
        &["clone", "--quiet", "--depth=1", &from, "app"],
    );
    assert_same(&plain, &shallow.by(&["env"]), "in a shallow clone");

    // Edited, built, and the edit undone, with a cache and into the same place.
    let edited = Place::new();
    let cache = format!(
        "CRUSHED_CACHE_DIR={}",
        edited.0.path().join("cache").display()
    );
    let cached = || edited.by(&["env", &cache]);
    cached();
    for (file, old, new) in [
        ("assets/css/b.css", "margin: 0px", "margin: 2px"),
        ("assets/js/ring/b.js", "() => a", "() => [a]"),
        ("templates/part.html", "<li> one", "<li> three"),
        ("crushed.toml", "\"always\"", "\"never\""),
    ] {
        let file = edited.root().join(file);
        replace(&file, old, new);
        let between = cached();
        assert!(between != plain, "{}", file.display());
        replace(&file, new, old);
        assert_same(&plain, &cached(), &file.display().to_string());
    }
}
