//! What only a server may know is in nothing that ships, and scripts in images are told of.

use std::path::Path;

use crushed_tests::cli::compile;
use crushed_tests::tree::write;
use tempfile::tempdir;

/// One of Ed25519, made for this.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIKyTq0u8mJt5bYc2nVd1rXwS7eHf3gLzPpQo9aUiRkEs\\n-----END PRIVATE KEY-----";

fn project(root: &Path, files: &[(&str, &str)]) {
    write(
        root,
        &[
            (
                "crushed.toml",
                "assets = [\"assets\"]\nship = [\"data/*\"]\n",
            ),
            ("templates/page.html", "<p>\n"),
            ("assets/a.css", "a { b: c }\n"),
        ],
    );
    write(root, files);
}

#[test]
fn a_key_is_refused_wherever_it_would_ship() {
    let script = "{% compress js %}<script src=a.js></script>{% endcompress %}\n";
    let sheet = "{% compress css inline %}<link rel=stylesheet href=a.css>{% endcompress %}\n";
    let module = "{% compress js %}<script type=module src=m.js></script>{% endcompress %}\n";
    let assign = format!("\nvar key = \"{KEY}\";\n");
    let property = format!("a {{\n  --key: \"{KEY}\" }}\n");
    let inline = format!("<p>\n<script>\nlet k = \"{KEY}\"</script>\n");
    let block =
        format!("{{% compress js %}}\n<script>let k = \"{KEY}\"</script>{{% endcompress %}}\n");
    let amazon = "{ \"id\": \"AKIAQ4RT7WZJ5NPLM2XY\" }";
    for (files, place, allow) in [
        (
            vec![("templates/page.html", script), ("assets/a.js", &*assign)],
            "assets/a.js:2:12",
            "a.js",
        ),
        (
            vec![("templates/page.html", sheet), ("assets/a.css", &*property)],
            "assets/a.css:2:11",
            "a.css",
        ),
        (
            vec![
                ("templates/page.html", module),
                ("assets/m.js", "import './n.js'"),
                ("assets/n.js", &*assign),
            ],
            "assets/n.js:2:12",
            "n.js",
        ),
        (
            vec![("templates/page.html", &*inline)],
            "templates/page.html:3:10",
            "page.html",
        ),
        (
            vec![("templates/page.html", &*block)],
            "templates/page.html:2:18",
            "*.html",
        ),
        (
            vec![("assets/data/a.json", amazon)],
            "assets/data/a.json:1:10",
            "data/**",
        ),
        (
            vec![
                (".env", "SECRET_KEY='Q4RT7-0123456789-abc'"),
                ("assets/data/a.txt", "it is Q4RT7-0123456789-abc"),
            ],
            "assets/data/a.txt:1:7",
            "data/a.txt",
        ),
        (
            vec![
                ("templates/page.html", "{{ asset!(\".env.local\") }}"),
                ("assets/.env.local", "A=b"),
            ],
            "assets/.env.local",
            ".env.local",
        ),
    ] {
        let root = tempdir().unwrap();
        project(root.path(), &files);
        let out = root.path().join("out");
        let run = compile(root.path(), &out, &[]);
        assert_eq!(run.code, 1, "{place}");
        assert!(!out.exists(), "{place}: something is written");
        assert!(run.stderr.contains(place), "{place} in {}", run.stderr);
        assert!(run.stderr.contains("allow_secrets_in"), "{}", run.stderr);
        for key in ["MC4CAQ", "Q4RT7"] {
            assert!(!run.stderr.contains(key), "shown: {}", run.stderr);
        }
        let toml =
            format!("assets = [\"assets\"]\nship = [\"data/*\"]\nallow_secrets_in = [{allow:?}]\n");
        write(root.path(), &[("crushed.toml", toml)]);
        let run = compile(root.path(), &out, &[]);
        assert_eq!(run.code, 0, "{place}: {}", run.stderr);
    }
}

#[test]
fn a_script_in_an_image_is_told_of() {
    let root = tempdir().unwrap();
    let image = "<svg xmlns='http://www.w3.org/2000/svg'><script>a()</script></svg>";
    let page = "<img src=\"{{ asset!(\"img/a.svg\") }}\">";
    project(
        root.path(),
        &[("assets/img/a.svg", image), ("templates/page.html", page)],
    );
    let out = root.path().join("out");
    let run = compile(root.path(), &out, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for words in ["warning: ", "img/a.svg", "`<script>`", "svg_scripts"] {
        assert!(run.stderr.contains(words), "{words} in {}", run.stderr);
    }
    for (key, code) in [
        ("strict = true", 1),
        ("strict = true\nsvg_scripts = [\"img/*\"]", 0),
    ] {
        write(
            root.path(),
            &[("crushed.toml", format!("assets = [\"assets\"]\n{key}\n"))],
        );
        let run = compile(root.path(), &out, &[]);
        assert_eq!(run.code, code, "{key}: {}", run.stderr);
    }
}
