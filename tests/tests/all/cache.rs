//! What was made once is not made again, and what comes out of the cache is what would have been made.

use std::fs;
use std::path::Path;

use crushed_build::{CacheDir, Options, Release, run};
use crushed_tests::cli::{compile, crushed, text};
use crushed_tests::tree::{copy_demo, read, write};
use tempfile::tempdir;

fn compiled(root: &Path, cache: Option<&Path>) -> Release {
    let options = Options {
        cache: cache.map(CacheDir::new),
        ..Options::new(root)
    };
    run(&options).unwrap_or_else(|failure| panic!("{failure}"))
}

fn assert_same(one: &Release, other: &Release) {
    assert_eq!(one.manifest, other.manifest);
    assert_eq!(one.files, other.files);
    assert_eq!(one.templates, other.templates);
    assert_eq!(one.shipped, other.shipped);
    let said = |release: &Release| -> Vec<String> {
        let warnings = release.warnings.iter();
        warnings.map(|warning| warning.one_line()).collect()
    };
    assert_eq!(said(one), said(other));
}

/// Ten bundles of stylesheets, two scripts, and twenty pages that extend one base.
fn project(root: &Path) {
    write(
        root,
        &[(
            "templates/base.html",
            "<!doctype html>\n<title>{% block title %}A{% endblock %}</title>\n<main>\n  {% block main %}{% endblock %}\n</main>\n",
        )],
    );
    for number in 0..10 {
        let sheet = format!(".a{number} {{ color: red; margin: 0px }}\n.b {{ --x: {number} }}\n");
        write(root, &[(&format!("assets/css/{number}.css"), &sheet)]);
    }
    write(
        root,
        &[
            (
                "assets/js/a.js",
                "var first = function (name) { return name + 1 }\n",
            ),
            (
                "assets/js/m.js",
                "import { b } from './n.js';\nconsole.log(b)\n",
            ),
            ("assets/js/n.js", "export const b = 'b' + 1\n"),
        ],
    );
    for number in 0..20 {
        let page = format!(
            "{{% extends \"base.html\" %}}\n{{% block main %}}\n  {{% compress css %}}<link rel=stylesheet href=css/{}.css>{{% endcompress %}}\n  \
             {{% compress js %}}<script src=js/a.js></script><script type=module src=js/m.js></script>{{% endcompress %}}\n  \
             <p>  Page   {number} {{{{ text }}}}\n{{% endblock %}}\n",
            number % 10
        );
        write(root, &[(&format!("templates/page{number}.html"), &page)]);
    }
}

#[test]
fn the_demo_is_made_once_in_all_its_places() {
    let (one, two, cache) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    let other = two.path().join("another place/näme");
    copy_demo(one.path());
    copy_demo(&other);
    let root = |place: &Path| place.join("demo-app");
    let fresh = compiled(&root(one.path()), None);
    let first = compiled(&root(one.path()), Some(cache.path()));
    assert!(first.cached.made > 20, "{:?}", first.cached);
    assert_same(&fresh, &first);
    for place in [one.path(), &other] {
        let again = compiled(&root(place), Some(cache.path()));
        assert_eq!(again.cached.made, 0);
        assert!(again.cached.found > 20, "{:?}", again.cached);
        assert_same(&fresh, &again);
    }
}

#[test]
fn the_minified_file_beside_a_source_is_weighed_once() {
    let (folder, cache) = (tempdir().unwrap(), tempdir().unwrap());
    let root = folder.path();
    let page = "{% compress js %}<script src=a.js></script>{% endcompress %}";
    write(
        root,
        &[
            ("crushed.toml", "prefer_min = true\n"),
            ("templates/page.html", page),
            (
                "assets/a.js",
                "function first( name ) { return name + 1 }\n",
            ),
            ("assets/a.min.js", "function first(n){return n+1}"),
        ],
    );
    let first = compiled(root, Some(cache.path()));
    let again = compiled(root, Some(cache.path()));
    assert!(first.cached.made > 1, "{:?}", first.cached);
    assert_eq!(again.cached.made, 0);
    assert_same(&first, &again);
    write(
        root,
        &[("assets/a.min.js", "function first(n){return 1+n}")],
    );
    assert!(compiled(root, Some(cache.path())).cached.made > 0);
}

#[test]
fn an_edit_makes_what_depends_on_it() {
    let (folder, cache) = (tempdir().unwrap(), tempdir().unwrap());
    let root = folder.path();
    project(root);
    let all = compiled(root, Some(cache.path())).cached.made;
    let edits: [(&str, &str, usize); 4] = [
        // Checked, minified, escaped or not, three variants; then the templates as a whole, and the pages that name it.
        ("assets/css/3.css", ".a3 { color: blue; margin: 0px }", 16),
        // Read, minified, and its variants; every page names it.
        (
            "assets/js/a.js",
            "var first = function (name) { return name + 2 }",
            30,
        ),
        // The templates as a whole, and its own page.
        (
            "templates/page7.html",
            "{% extends \"base.html\" %}\n{% block main %}  <p>  x {% endblock %}",
            4,
        ),
        // Every page extends it.
        (
            "templates/base.html",
            "<!doctype html>\n<title>{% block title %}B{% endblock %}</title>\n<main>{% block main %}{% endblock %}</main>\n",
            24,
        ),
    ];
    for (file, text, most) in edits {
        write(root, &[(file, text)]);
        let edited = compiled(root, Some(cache.path()));
        assert!(
            (1..=most).contains(&edited.cached.made) && most < all,
            "{file}: {:?} of {all}",
            edited.cached
        );
        assert_same(&compiled(root, None), &edited);
        assert_eq!(compiled(root, Some(cache.path())).cached.made, 0, "{file}");
    }
}

#[test]
fn a_template_that_another_one_starts_to_use_is_compared_anew() {
    let (folder, cache) = (tempdir().unwrap(), tempdir().unwrap());
    let root = folder.path();
    write(
        root,
        &[
            (
                "templates/page.html",
                "<!doctype html><title>A</title><p>  a {% include \"part.html\" %}  b",
            ),
            ("templates/part.html", "<b>  c  </b>"),
        ],
    );
    compiled(root, Some(cache.path()));
    for part in ["<pre>  c  </pre>", "<b>  d  </b>", "{{ x }} <!-- e -->"] {
        write(root, &[("templates/part.html", part)]);
        assert_same(&compiled(root, None), &compiled(root, Some(cache.path())));
    }
    // A file beside the page is found first from now on.
    write(
        root,
        &[("templates/sub/page.html", "{% include \"part.html\" %}")],
    );
    compiled(root, Some(cache.path()));
    write(
        root,
        &[("templates/sub/part.html", "<textarea>\n\n  f</textarea>")],
    );
    assert_same(&compiled(root, None), &compiled(root, Some(cache.path())));
}

#[test]
fn settings_and_warnings_are_told_apart() {
    let (folder, cache) = (tempdir().unwrap(), tempdir().unwrap());
    let root = folder.path();
    project(root);
    // What a browser recovers from is a warning, the second time too.
    write(
        root,
        &[(
            "assets/css/1.css",
            "/*! mine */ a { color: red } } b { c: d }",
        )],
    );
    write(
        root,
        &[(
            "templates/odd.html",
            "<p>{% if a %}<table>{% endif %}<td></p>",
        )],
    );
    for settings in [
        "",
        "effort = \"fast\"\n",
        "licences = \"none\"\n",
        "licences = \"file\"\n",
        "codings = [\"br\"]\n",
        "[js]\necma = \"es2020\"\n",
        "join = \"never\"\n",
    ] {
        write(root, &[("crushed.toml", settings)]);
        let fresh = compiled(root, None);
        assert!(!fresh.warnings.is_empty());
        for _ in 0..2 {
            assert_same(&fresh, &compiled(root, Some(cache.path())));
        }
    }
}

#[test]
fn a_damaged_cache_is_mended() {
    let (folder, cache) = (tempdir().unwrap(), tempdir().unwrap());
    let root = folder.path();
    project(root);
    let fresh = compiled(root, Some(cache.path()));
    let kept: Vec<String> = read(cache.path()).into_keys().collect();
    for (number, name) in kept.iter().enumerate() {
        let path = cache.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        match (number % 3, bytes.len()) {
            (_, 0) => continue,
            (0, length) => bytes.truncate(length / 2),
            (1, length) => bytes[length - 1] ^= 0x20,
            _ => bytes = b"not ours".to_vec(),
        }
        fs::write(&path, bytes).unwrap();
    }
    assert_same(&fresh, &compiled(root, Some(cache.path())));
    assert_eq!(compiled(root, Some(cache.path())).cached.made, 0);
}

#[test]
fn clean_removes_what_a_cache_has_put_there_and_nothing_else() {
    let folder = tempdir().unwrap();
    let (root, out, target) = (
        folder.path().join("app"),
        folder.path().join("out"),
        folder.path().join("target"),
    );
    project(&root);
    // As cargo marks it: the cache of a project lies in its target directory.
    write(&target, &[("CACHEDIR.TAG", ""), ("release/app", "")]);
    let cached = [("CRUSHED_CACHE_DIR", ""), ("CARGO_TARGET_DIR", "")];
    let clean = || crushed(&["clean", "--root", text(&root), "--json"], &cached);
    assert_eq!(compile(&root, &out, &cached).code, 0);
    let cache = target.join("crushed-cache");
    write(&cache, &[("mine.txt", "kept"), ("ab/mine.txt", "kept")]);
    let told: serde_json::Value = serde_json::from_str(&clean().stdout).unwrap();
    assert!(told["results"].as_u64().unwrap() > 20, "{told}");
    assert!(told["bytes"].as_u64().unwrap() > 1000, "{told}");
    let left = read(&target);
    let left: Vec<&str> = left.keys().map(String::as_str).collect();
    let kept = [
        "CACHEDIR.TAG",
        "crushed-cache/ab/mine.txt",
        "crushed-cache/mine.txt",
        "release/app",
    ];
    assert_eq!(left, kept);
    let told: serde_json::Value = serde_json::from_str(&clean().stdout).unwrap();
    assert_eq!(told["results"], 0);
    // Nor is it a fault if there is none.
    fs::remove_dir_all(&target).unwrap();
    assert_eq!(clean().code, 0);
}
