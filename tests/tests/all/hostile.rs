//! Trees that somebody else has filled: what lies outside of the roots never gets into anything that ships.

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crushed_tests::cli::{Run, compile, text};
use crushed_tests::tree::{Contents, read, write};
use tempfile::{TempDir, tempdir};

/// Stands in files that must not be read.
const CANARY: &str = "canary-9b1e7c";

/// A project and, beside it, a folder that is none of its business.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempdir().unwrap();
        let secret = format!("/* {CANARY} */ h1 {{ color: {CANARY} }}\n");
        write(
            folder.path(),
            &[("outside/secret.css", &secret), ("outside/a.rs", &secret)],
        );
        let place = Self { folder };
        write(
            &place.root(),
            &[
                (
                    "crushed.toml",
                    "assets = [\"assets\"]\nlicences = \"inline\"\n",
                ),
                ("assets/css/app.css", "h1 { color: teal }\n"),
                ("templates/other.html", "<p>\n"),
            ],
        );
        write(&place.root(), files);
        place
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("project")
    }

    fn outside(&self) -> std::path::PathBuf {
        self.folder.path().join("outside")
    }

    /// Compiles, and looks for the canary in all that came out.
    fn compile(&self) -> (Run, Contents) {
        let out = self.root().join("out");
        let run = compile(&self.root(), &out, &[]);
        let made = read(&out);
        for (name, bytes) in &made {
            let shown = String::from_utf8_lossy(bytes);
            assert!(!shown.contains(CANARY), "{name} holds {shown}");
        }
        assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY));
        (run, made)
    }

    fn refused(&self, words: &[&str]) {
        let before = read(&self.root().join("out"));
        let (run, made) = self.compile();
        assert_eq!(run.code, 1, "{words:?}: {}", run.stderr);
        assert!(made == before, "{words:?}: something is written");
        for word in words.iter().chain(&["help: "]) {
            assert!(run.stderr.contains(word), "{word} in {}", run.stderr);
        }
    }

    fn made(&self, words: &[&str]) -> Contents {
        let (run, made) = self.compile();
        assert_eq!(run.code, 0, "{words:?}: {}", run.stderr);
        for word in words {
            assert!(run.stderr.contains(word), "{word} in {}", run.stderr);
        }
        made
    }
}

fn sheet(href: &str) -> String {
    format!("{{% compress css %}}<link rel=\"stylesheet\" href=\"{href}\">{{% endcompress %}}\n")
}

/// However a source is named, a link out of its root is an error, and so is a way through a linked directory.
#[test]
fn links_out_of_the_roots_are_refused() {
    for (target, name) in [("secret.css", "css/link.css"), ("", "css/link/secret.css")] {
        let link = match target {
            "" => "assets/css/link",
            _ => "assets/css/link.css",
        };
        for (files, place) in [
            (
                vec![("templates/page.html", sheet(name))],
                "templates/page.html:1:",
            ),
            (
                vec![("assets/css/b.css", format!("@import \"../{name}\";")), ("templates/page.html", sheet("css/b.css"))],
                "assets/css/b.css:1:1",
            ),
            (
                vec![("templates/page.html", format!("<img src=\"{{{{ asset!(\"{name}\") }}}}\">"))],
                "templates/page.html:1:",
            ),
            (
                vec![
                    ("assets/js/a.js", format!("import \"../{name}\" with {{ type: \"css\" }};")),
                    ("templates/page.html", "{% compress js %}<script type=module src=js/a.js></script>{% endcompress %}".to_owned()),
                ],
                "assets/js/a.js:1:",
            ),
            (
                vec![("src/lib.rs", format!("const A: A = asset!(\"{name}\");"))],
                "src/lib.rs:1:",
            ),
        ] {
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (*path, text.as_str())).collect();
            let project = Place::new(&files);
            symlink(project.outside().join(target), project.root().join(link)).unwrap();
            project.refused(&[place, "is a link that leaves its root", "`assets`"]);
        }
        // An address that a browser would not find either stays as it is.
        let project = Place::new(&[
            (
                "assets/css/b.css",
                &format!("a {{ background: url(../{name}) }}"),
            ),
            ("templates/page.html", &sheet("css/b.css")),
        ]);
        symlink(project.outside().join(target), project.root().join(link)).unwrap();
        project.made(&["assets/css/b.css:1:", "is a link that leaves its root"]);
    }
}

#[test]
fn a_glob_ships_no_link_that_leads_out() {
    let toml = [("crushed.toml", "assets = [\"assets\"]\nship = [\"**\"]\n")];
    let project = Place::new(&toml);
    symlink(
        project.outside().join("secret.css"),
        project.root().join("assets/link.css"),
    )
    .unwrap();
    project.refused(&["assets/link.css", "is a link that leaves its root"]);

    // Directories are not followed.
    let project = Place::new(&toml);
    for (target, link) in [("/", "all"), ("..", "loop"), ("nowhere", "broken")] {
        symlink(target, project.root().join("assets").join(link)).unwrap();
    }
    let made = project.made(&[]);
    let assets = made.keys().filter(|name| name.starts_with("static/"));
    assert!(assets.count() < 5, "{:?}", made.keys());
}

#[test]
fn templates_come_from_no_link_that_leads_out() {
    for (target, words) in [
        (
            "OUTSIDE/secret.css",
            &["is a link that leaves its root", "`templates`"] as &[_],
        ),
        ("OUTSIDE", &["is a link that leaves its root"]),
        ("/", &["is a link that leaves its root"]),
        (".", &["is a link to", "which holds it"]),
        ("nowhere", &["cannot be read"]),
    ] {
        let project = Place::new(&[]);
        let target = target.replace("OUTSIDE", text(&project.outside()));
        symlink(target, project.root().join("templates/link")).unwrap();
        let (run, made) = project.compile();
        assert_eq!((run.code, made.len()), (1, 0), "{}", run.stderr);
        for word in words.iter().chain(&["templates/link"]) {
            assert!(run.stderr.contains(word), "{word} in {}", run.stderr);
        }
    }
}

/// The compiler follows any link; but what holds the code is no part of it.
#[test]
fn rust_code_may_be_linked_and_never_ends_up_anywhere() {
    let project = Place::new(&[("src/lib.rs", "")]);
    write(
        &project.outside(),
        &[("shared/b.rs", "const B: A = asset!(\"css/app.css\");")],
    );
    for (target, link) in [
        ("/", "all"),
        ("..", "loop"),
        ("nowhere", "broken"),
        (text(&project.outside().join("shared")), "shared"),
        (text(&project.outside().join("a.rs")), "a.rs"),
    ] {
        symlink(target, project.root().join("src").join(link)).unwrap();
    }
    let made = project.made(&[]);
    let shipped = made.keys().any(|name| name.starts_with("static/css/app."));
    assert!(shipped, "what linked code names ships: {:?}", made.keys());
}

#[test]
fn a_hard_link_is_told_of() {
    let page = [("templates/page.html", &*sheet("css/link.css"))];
    let project = Place::new(&page);
    let sheet_outside = project.outside().join("plain.css");
    fs::write(&sheet_outside, "a { b: c }").unwrap();
    let link = project.root().join("assets/css/link.css");
    fs::hard_link(&sheet_outside, &link).unwrap();
    project.made(&["assets/css/link.css", "is a hard link"]);
    fs::remove_file(&sheet_outside).unwrap();
    let (run, _) = project.compile();
    assert_eq!((run.code, &*run.stderr), (0, ""), "it has one name now");

    // As package managers install, from a store.
    let project = Place::new(&[
        (
            "crushed.toml",
            "assets = [\"node_modules/a\"]\nstrict = true\n",
        ),
        ("templates/page.html", &sheet("a.css")),
        ("node_modules/a/a.css", "a { b: c }"),
    ]);
    let installed = project.root().join("node_modules/a/a.css");
    fs::hard_link(installed, project.outside().join("store.css")).unwrap();
    project.made(&[]);
}

#[test]
fn sockets_and_pipes_are_passed_over_and_never_waited_for() {
    let project = Place::new(&[(
        "crushed.toml",
        "assets = [\"assets\"]\nship = [\"img/*\"]\n",
    )]);
    let mut sockets = Vec::new();
    for folder in ["assets/img", "templates"] {
        let folder = project.root().join(folder);
        fs::create_dir_all(&folder).unwrap();
        sockets.push(UnixListener::bind(folder.join("a.sock")).unwrap());
        pipe(&folder.join("b.pipe"));
    }
    project.made(&[
        "assets/img/a.sock",
        "is a socket and is passed over",
        "assets/img/b.pipe",
        "is a pipe and is passed over",
        "templates/a.sock",
        "templates/b.pipe",
    ]);
    let page = "<img src=\"{{ asset!(\"img/b.pipe\") }}\">";
    write(&project.root(), &[("templates/page.html", page)]);
    project.refused(&["templates/page.html:1:", "is not a file"]);

    let project = Place::new(&[]);
    fs::remove_file(project.root().join("crushed.toml")).unwrap();
    pipe(&project.root().join("crushed.toml"));
    project.refused(&["crushed.toml", "is not a file"]);
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is installed").success());
}

/// Nothing is fetched, and what is no source stays an address.
#[test]
fn addresses_of_other_places_stay_addresses() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let host = format!("http://{}", server.local_addr().unwrap());
    let project = Place::new(&[]);
    let secret = project.outside().join("secret.css");
    let secret = text(&secret);
    write(
        &project.root(),
        &[
            (
                "assets/css/a.css",
                format!(
                    "@import url({host}/a.css);\n@import url(file://{secret});\n@import url({secret});\n\
                     a {{ background: url({host}/a.png), url(file://{secret}), url({secret}), url(../../../outside/secret.css) }}\n"
                ),
            ),
            (
                "assets/js/a.js",
                format!(
                    "import \"{host}/a.js\";\nimport \"{secret}\";\nimport \"file://{secret}\";\nfetch(new URL(\"{secret}\", import.meta.url));\n"
                ),
            ),
            (
                "templates/page.html",
                sheet("css/a.css")
                    + "{% compress js %}<script type=module src=js/a.js></script>{% endcompress %}\n",
            ),
        ],
    );
    let made = project.made(&[
        "assets/css/a.css:4:",
        "\"../../../outside/secret.css\" leaves its root; the reference stays as it is",
    ]);
    let all: String = made
        .iter()
        .filter(|(name, _)| name.ends_with(".css") || name.ends_with(".js"))
        .map(|(_, bytes)| String::from_utf8_lossy(bytes))
        .collect();
    for address in [
        format!("{host}/a.css"),
        format!("{host}/a.js"),
        format!("file://{secret}"),
    ] {
        assert!(all.contains(&address), "{address} in {all}");
    }
    assert!(server.accept().is_err(), "somebody called");

    // What a bundle is made of must be there.
    for (sheet_text, words) in [
        (
            "@import \"../../../outside/secret.css\";",
            "leaves its root",
        ),
        (
            "@import \"%2e%2e/../../outside/secret.css\";",
            "leaves its root",
        ),
        (
            "@import \"..\\\\..\\\\..\\\\outside\\\\secret.css\";",
            "names no source",
        ),
    ] {
        write(&project.root(), &[("assets/css/a.css", sheet_text)]);
        project.refused(&["assets/css/a.css:1:1", words]);
    }
    for specifier in [
        "../../../outside/secret.css",
        "./%2e%2e/../../outside/secret.css",
    ] {
        let script = format!("import \"{specifier}\";");
        write(
            &project.root(),
            &[("assets/css/a.css", "a{b:c}"), ("assets/js/a.js", &*script)],
        );
        project.refused(&["assets/js/a.js:1:", "leaves its root"]);
    }
}

/// A name can hold anything but a slash.
#[test]
fn odd_names_end_no_line_no_string_and_no_attribute() {
    let names = [
        "quote\"'.css",
        "<script>alert(1)<script>.css",
        "a b&amp;#?%20.css",
        "\u{202e}ssc.css",
        "{{ x }}.css",
        "`${x}`.css",
    ];
    let long = "x".repeat(251) + ".css";
    let project = Place::new(&[(
        "crushed.toml",
        "assets = [\"assets\"]\nship = [\"css/*\"]\n",
    )]);
    for name in names.iter().copied().chain([&*long]) {
        write(
            &project.root(),
            &[(&*format!("assets/css/{name}"), "a { b: c }\n")],
        );
    }
    let made = project.made(&[]);
    let manifest: serde_json::Value = serde_json::from_slice(&made["manifest.json"]).unwrap();
    for name in names.iter().copied().chain([&*long]) {
        let shipped = manifest["sources"][format!("css/{name}")].as_str().unwrap();
        assert_eq!(made[&format!("static/{shipped}")], b"a{b:c}", "{name}");
    }
    let long_page = "x".repeat(250) + ".html";
    let page = format!("<p>{}</p>\n", sheet("css/%7B%7B%20x%20%7D%7D.css"));
    write(
        &project.root(),
        &[(&*format!("templates/{long_page}"), page)],
    );
    let made = project.made(&[]);
    let page = String::from_utf8_lossy(&made[&format!("templates/{long_page}")]);
    assert!(page.contains(".css") && !page.contains("{{ x }}"), "{page}");

    for name in ["line\nend.css", "back\\slash.css", "bell\u{7}.css"] {
        let project = Place::new(&[(
            "crushed.toml",
            "assets = [\"assets\"]\nship = [\"css/*\"]\n",
        )]);
        write(
            &project.root(),
            &[(&*format!("assets/css/{name}"), "a { b: c }\n")],
        );
        project.refused(&["the file name holds", "rename it"]);
        let (run, _) = project.compile();
        let line = run
            .stderr
            .lines()
            .find(|line| line.contains("project/assets"));
        assert!(line.is_some_and(|line| line.ends_with(".css")), "{line:?}");
        // Unless nobody wants it.
        write(
            &project.root(),
            &[("crushed.toml", "assets = [\"assets\"]\n")],
        );
        project.made(&[]);
        write(&project.root(), &[(&*format!("templates/{name}"), "<p>")]);
        project.refused(&["the file name holds", "rename it"]);
    }
}

#[test]
fn the_same_odd_names_give_the_same_release() {
    let made = |names: &[&str]| {
        let project = Place::new(&[("crushed.toml", "assets = [\"assets\"]\nship = [\"**\"]\n")]);
        for name in names {
            write(&project.root(), &[(&*format!("assets/{name}"), *name)]);
        }
        project.made(&[])
    };
    let names = [
        "\u{e9}",
        "e\u{301}",
        "E\u{301}",
        "\u{202e}a",
        "\"",
        "'",
        " ",
    ];
    let mut back = names;
    back.reverse();
    assert!(made(&names) == made(&back));
}
