//! When cargo runs the build script, and when not: real builds of a small app.

use std::fs;

use crushed_tests::small::{Built, Small, age};
use crushed_tests::tree::{replace, write};

const PAGE: &str = "\
{% compress css %}<link rel=stylesheet href=css/app.css>{% endcompress %}
{% compress js %}<script type=module src=js/main.js></script>{% endcompress %}
<img src='{{ asset!(\"img/mark.png\") }}'>
";

const FILES: [(&str, &str); 8] = [
    ("templates/page.html", PAGE),
    (
        "assets/css/app.css",
        "@import \"part.css\";\na { color: red }\n",
    ),
    ("assets/css/part.css", "b { color: red }\n"),
    (
        "assets/js/main.js",
        "import { a } from './dep.js';\nconsole.log(a);\n",
    ),
    ("assets/js/dep.js", "export const a = 'one';\n"),
    ("assets/img/mark.png", "no real picture\n"),
    ("assets/css/unused.css", "c { color: red }\n"),
    ("README.md", "An app.\n"),
];

/// Does something to the app, builds it, and looks at what was done; then there is nothing to do.
fn after(app: &Small, what: &str, wanted: Built, edit: impl FnOnce()) {
    edit();
    assert_eq!(app.build(), wanted, "{what}");
    if wanted != Built::Nothing {
        assert_eq!(app.build(), Built::Nothing, "again after: {what}");
    }
}

fn compressed() -> Small {
    let app = Small::new(&FILES).with("CRUSHED", "on");
    after(&app, "the first build", Built::Script, || {});
    app
}

#[test]
fn what_a_build_is_made_of_runs_it_again() {
    let app = compressed();
    let edit = |name: &str, old: &str, new: &str| replace(&app.file(name), old, new);
    let put = |name: &str, text: &str| write(&app.root(), &[(name, text)]);
    let rename = |from: &str, to: &str| fs::rename(app.file(from), app.file(to)).unwrap();
    let remove = |name: &str| fs::remove_file(app.file(name)).unwrap();
    let runs = |what: &str, edit: &dyn Fn()| after(&app, what, Built::Script, edit);

    runs("a stylesheet", &|| edit("assets/css/app.css", "a {", "p {"));
    runs("an imported one", &|| {
        edit("assets/css/part.css", "red", "blue")
    });
    runs("a module", &|| edit("assets/js/main.js", "log", "warn"));
    runs("an imported one", &|| {
        edit("assets/js/dep.js", "one", "two")
    });
    runs("a picture", &|| edit("assets/img/mark.png", "no", "not a"));
    runs("a template", &|| {
        edit("templates/page.html", "<img", "<p><img")
    });
    runs("its time alone", &|| {
        put("templates/page.html", &PAGE.replace("<img", "<p><img"))
    });
    runs("a new template in a new folder", &|| {
        put("templates/a/new.html", "<p>new")
    });
    runs("another name for it", &|| {
        rename("templates/a/new.html", "templates/a/other.html")
    });
    runs("a template less", &|| remove("templates/a/other.html"));
    runs("a Rust file", &|| put("src/main.rs", "fn main() { }\n"));
    runs("a new Rust file", &|| {
        put("src/late.rs", "asset!(\"img/late.png\");\n")
    });
    runs("what it named in vain", &|| {
        put("assets/img/late.png", "late\n")
    });
    runs("another name for a source, and for its template", &|| {
        rename("assets/css/part.css", "assets/css/whole.css");
        edit("assets/css/app.css", "part.css", "whole.css");
    });
    assert!(app.out().join("static/img").is_dir());
}

#[test]
fn what_appears_runs_the_build_and_what_goes_too() {
    let app = compressed();
    let put = |name: &str, text: &str| write(&app.root(), &[(name, text)]);
    let runs = |what: &str, edit: &dyn Fn()| after(&app, what, Built::Script, edit);
    for name in ["crushed.toml", "askama.toml"] {
        runs(&format!("a new {name}"), &|| put(name, "# nothing\n"));
        runs(&format!("{name} edited"), &|| {
            put(name, "# still nothing\n")
        });
        runs(&format!("no {name}"), &|| {
            fs::remove_file(app.file(name)).unwrap()
        });
    }
    runs("a folder of tests", &|| {
        put("tests/a.rs", "#[test] fn a() {}\n")
    });
    runs("another default root", &|| put("static/css/x.css", ""));
    // It is searched behind `assets`.
    runs("a file of a name that is taken", &|| {
        put("static/css/app.css", "i { color: red }\n")
    });
    put("first/x.css", "");
    runs("other roots", &|| {
        put(
            "crushed.toml",
            "assets = [\"first\", \"static\", \"assets\"]\n",
        )
    });
    runs("a file in an earlier root", &|| {
        put("first/css/app.css", "i { color: blue }\n")
    });
    runs("none there", &|| {
        fs::remove_file(app.file("first/css/app.css")).unwrap()
    });
}

#[test]
fn links_that_lead_elsewhere_are_seen() {
    use std::os::unix::fs::symlink;
    let app = compressed();
    let lead = |to: &str, at: &str| {
        let at = app.file(at);
        let _ = fs::remove_file(&at);
        symlink(app.beside(to), at).unwrap();
    };
    let old = |folder: &str, color: &str| {
        let (folder, name) = (app.beside(folder), "css/app.css");
        write(&folder, &[(name, format!("a {{ color: {color} }}"))]);
        for path in [folder.join(name), folder.join("css"), folder] {
            age(&path);
        }
    };
    old("one", "red");
    old("two", "blue");
    lead("one", "linked");
    fs::create_dir_all(app.beside("pages")).unwrap();
    fs::write(app.beside("pages/page.html"), "<p>other").unwrap();
    age(&app.beside("pages/page.html"));
    let settings = "assets = [\"linked\", \"assets\"]\n";
    let runs = |what: &str, edit: &dyn Fn()| after(&app, what, Built::Script, edit);
    runs("a root that is a link", &|| {
        write(&app.root(), &[("crushed.toml", settings)])
    });
    runs("to another directory", &|| lead("two", "linked"));
    runs("one file of it", &|| {
        fs::remove_file(app.file("assets/img/mark.png")).unwrap();
        fs::write(app.file("assets/img/one.png"), "1").unwrap();
        symlink("one.png", app.file("assets/img/mark.png")).unwrap();
    });
    fs::write(app.file("assets/css/two.png"), "2").unwrap();
    age(&app.file("assets/css/two.png"));
    runs("to another file", &|| {
        fs::remove_file(app.file("assets/img/mark.png")).unwrap();
        symlink("../css/two.png", app.file("assets/img/mark.png")).unwrap();
    });
    runs("templates that are a link", &|| {
        fs::remove_dir_all(app.file("templates")).unwrap();
        lead("pages", "templates");
    });
}

#[test]
fn what_a_build_is_not_made_of_runs_nothing() {
    let mut app = compressed();
    let put = |name: &str, text: &str| write(&app.root(), &[(name, text)]);
    let nothing = |what: &str, edit: &dyn Fn()| after(&app, what, Built::Nothing, edit);
    nothing("nothing", &|| {});
    nothing("a text beside", &|| put("README.md", "An app, edited.\n"));
    nothing("a new folder", &|| put("docs/a.md", "New.\n"));
    nothing("a source that nothing names", &|| {
        put("assets/css/unused.css", "d { color: red }\n")
    });
    nothing("a new one", &|| {
        put("assets/css/new.css", "d { color: red }\n")
    });
    nothing("another name for it", &|| {
        fs::rename(
            app.file("assets/css/new.css"),
            app.file("assets/css/newer.css"),
        )
        .unwrap()
    });
    nothing("one less", &|| {
        fs::remove_file(app.file("assets/css/newer.css")).unwrap()
    });
    let cache = app.beside("cache").display().to_string();
    app.set("CRUSHED_CACHE_DIR", &cache);
    app.set("CRUSHED_CACHE_SIZE", "10");
    app.set("STATIC_URL", "//cdn.example.com/");
    assert_eq!(app.build(), Built::Nothing, "variables that change nothing");
    app.set("CRUSHED", "off");
    after(&app, "without compression", Built::Script, || {});
    // Sources are read when a page is asked for.
    after(&app, "a stylesheet", Built::Nothing, || {
        write(&app.root(), &[("assets/css/app.css", "e { color: red }\n")]);
    });
    after(&app, "a template", Built::Script, || {
        write(&app.root(), &[("templates/page.html", "<p>")]);
    });
}

#[test]
fn a_build_script_of_another_name_runs_once() {
    let app = compressed();
    fs::rename(app.file("build.rs"), app.file("other.rs")).unwrap();
    replace(
        &app.file("Cargo.toml"),
        "edition",
        "build = \"other.rs\"\nedition",
    );
    after(&app, "another name", Built::Script, || {});
}
