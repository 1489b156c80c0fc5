//! Trees that are too large, too deep or made to hang: a whole project is compiled by a process that may not have more
//! addresses than it needs, and ends with a result or a message.

#![cfg(unix)]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use crushed_tests::built::binary;
use crushed_tests::tree::{copy_demo, read, write};
use tempfile::tempdir;

const MIB: u64 = 1 << 20;

/// Compiles with so many bytes of addresses, the stacks of threads among them. The processor time only ends what would
/// never end.
fn within(addresses: u64, root: &Path) -> Output {
    Command::new("prlimit")
        .arg(format!("--as={addresses}"))
        .args(["--cpu=120", "--core=0"])
        .arg(binary("crushed"))
        .args(["compile", "--root"])
        .arg(root)
        .arg("--out")
        .arg(root.join("out"))
        .env("CRUSHED_CACHE_DIR", "off")
        .output()
        .expect("prlimit is installed")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_refused(root: &Path, words: &[&str]) {
    let output = within(1024 * MIB, root);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(
        !root.join("out").exists(),
        "{words:?}: something is written"
    );
}

#[track_caller]
fn assert_made(root: &Path) -> String {
    let output = within(1024 * MIB, root);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    said(&output)
}

fn asset(path: &str) -> String {
    format!("<img src=\"{{{{ asset!(\"{path}\") }}}}\">\n")
}

#[test]
fn a_file_over_the_limit_is_named_with_its_mend() {
    let root = tempdir().unwrap();
    let root = root.path();
    write(
        root,
        &[
            ("crushed.toml", "codings = []\n".to_owned()),
            ("templates/page.html", asset("film.mp4")),
        ],
    );
    let long = |name: &str, length: u64| {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        let file = File::create(root.join(name)).unwrap();
        file.set_len(length).unwrap();
    };
    long("assets/film.mp4", 50_000_001);
    let mend = "raise `source_bytes` below `[limits]` in crushed.toml";
    assert_refused(root, &["assets/film.mp4 is 50000001 bytes long", mend]);
    long("assets/film.mp4", 50_000_000);
    assert_made(root);

    // Whatever reads it.
    let toml = "codings = []\n[limits]\nsource_bytes = 100\n";
    for (file, page) in [
        (
            "assets/a.css",
            "{% compress css %}<link rel=stylesheet href=a.css>{% endcompress %}",
        ),
        (
            "assets/a.js",
            "{% compress js %}<script src=a.js></script>{% endcompress %}",
        ),
        (
            "assets/a.js",
            "{% compress js %}<script type=module src=a.js></script>{% endcompress %}",
        ),
        ("templates/page.html", "<p>"),
    ] {
        let root = tempdir().unwrap();
        write(
            root.path(),
            &[
                ("crushed.toml", toml),
                ("templates/page.html", page),
                ("assets/b", ""),
            ],
        );
        write(root.path(), &[(file, " ".repeat(101))]);
        assert_refused(root.path(), &[file, "is 101 bytes long", mend]);
    }
}

#[test]
fn more_files_than_the_limit_are_not_looked_at() {
    let mend = "raise `files` below `[limits]` in crushed.toml";
    for folder in ["assets", "templates", "src"] {
        let root = tempdir().unwrap();
        let root = root.path();
        let toml = |files: usize| format!("ship = [\"*.x\"]\n[limits]\nfiles = {files}\n");
        write(
            root,
            &[("crushed.toml", toml(30)), ("assets/0.x", String::new())],
        );
        write(root, &[("templates/page.html", "<p>")]);
        for number in 0..40 {
            write(root, &[(&*format!("{folder}/{number}.x"), "")]);
        }
        assert_refused(
            root,
            &[folder, "holds more than 30 files and directories", mend],
        );
        write(root, &[("crushed.toml", toml(50))]);
        assert_made(root);
    }
}

/// What nothing names costs an entry in a list, and only where something is looked for by a glob.
#[test]
fn a_hundred_thousand_files_take_little_memory() {
    let root = tempdir().unwrap();
    let root = root.path();
    write(
        root,
        &[
            ("crushed.toml", "ship = [\"d7/f77.txt\"]\n"),
            ("templates/page.html", "<p>"),
        ],
    );
    for folder in 0..100 {
        let folder = root.join(format!("assets/d{folder}"));
        fs::create_dir_all(&folder).unwrap();
        for file in 0..1_000 {
            File::create(folder.join(format!("f{file}.txt"))).unwrap();
        }
    }
    let output = within(512 * MIB, root);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        read(&root.join("out/static"))
            .keys()
            .any(|name| name.starts_with("d7/f77."))
    );
}

/// Every path is short while this is built: the folders move into each other from the innermost on.
fn nest(place: &Path, depth: usize) {
    let outer = place.with_extension("outer");
    fs::create_dir_all(place).unwrap();
    fs::write(place.join("a.html"), "<p>").unwrap();
    for _ in 1..depth {
        fs::create_dir(&outer).unwrap();
        fs::rename(place, outer.join("d")).unwrap();
        fs::rename(&outer, place).unwrap();
    }
}

#[test]
fn four_thousand_nested_folders_overflow_no_stack() {
    let root = tempdir().unwrap();
    let root = root.path();
    write(
        root,
        &[
            ("crushed.toml", "ship = [\"**\"]\n"),
            ("templates/page.html", "<p>"),
            ("assets/a", ""),
            ("src/lib.rs", ""),
        ],
    );
    let deep = root.join("deep");
    nest(&deep, 4_000);
    for (folder, outcome) in [("assets", 0), ("templates", 1), ("src", 0)] {
        let place = root.join(folder).join("deep");
        fs::rename(&deep, &place).unwrap();
        let output = within(1024 * MIB, root);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(outcome), "{folder}: {said}");
        fs::rename(&place, &deep).unwrap();
    }
    // Deeper than what removes the temporary directory goes.
    let removed = Command::new("rm").arg("-r").arg(&deep).status();
    assert!(removed.is_ok_and(|status| status.success()));
}

#[test]
fn text_that_nests_without_end_is_refused_or_left_alone() {
    let deep = "[".repeat(1_000_000);
    let closed = deep.clone() + &"]".repeat(1_000_000);
    // Data is passed on as it is.
    let root = tempdir().unwrap();
    write(
        root.path(),
        &[
            ("templates/page.html", &*asset("a.json")),
            (
                "templates/data.html",
                &format!("<p>a</p>\n<script type=\"application/json\">{closed}</script>\n"),
            ),
            ("assets/a.json", &closed),
        ],
    );
    assert_made(root.path());
    let made = read(&root.path().join("out"));
    assert!(
        made.iter()
            .any(|(name, bytes)| name.ends_with(".json") && *bytes == closed.as_bytes())
    );
    assert!(String::from_utf8_lossy(&made["templates/data.html"]).contains(&closed));

    for (file, text) in [
        ("crushed.toml", format!("assets = {deep}")),
        ("askama.toml", format!("x = {deep}")),
        (
            "templates/page.html",
            format!(
                "{{% compress js %}}<script type=\"importmap\">{closed}</script>{{% endcompress %}}"
            ),
        ),
        (
            "templates/page.html",
            format!("{{% compress js %}}<script>a = {closed}</script>{{% endcompress %}}"),
        ),
    ] {
        let root = tempdir().unwrap();
        write(
            root.path(),
            &[("templates/page.html", "<p>"), (file, &*text)],
        );
        assert_refused(root.path(), &[file, "error: "]);
    }
    // As HTML and Askama would read it.
    for text in [
        "<div>".repeat(2_000),
        "{% if a %}".repeat(2_000) + &"{% endif %}".repeat(2_000),
        format!("{{{{ {} }}}}", "(".repeat(100_000)),
        format!("{{{{ {} }}}}", "a[".repeat(100_000)),
    ] {
        let root = tempdir().unwrap();
        write(root.path(), &[("templates/page.html", text)]);
        let output = within(1024 * MIB, root.path());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    }
}

#[test]
fn templates_that_include_themselves_end() {
    let root = tempdir().unwrap();
    write(
        root.path(),
        &[
            (
                "templates/a.html",
                "<p>a</p>\n{% include \"a.html\" %}{% include \"b.html\" %}\n",
            ),
            (
                "templates/b.html",
                "<p>b</p>\n{% include \"a.html\" %}{% include \"b.html\" %}\n",
            ),
            (
                "templates/c.html",
                "{% extends \"d.html\" %}\n{% block x %}c{% endblock %}\n",
            ),
            (
                "templates/d.html",
                "{% extends \"c.html\" %}\n{% block x %}d{% endblock %}\n",
            ),
            (
                "templates/e.html",
                "{% macro m() %}  {% call m() %}{% endcall %}{{ m() }}{% endmacro %}{{ m() }}\n",
            ),
        ],
    );
    assert_made(root.path());
}

/// Nothing decodes an image, follows a source map or backs up in a pattern.
#[test]
fn bombs_are_bytes() {
    let root = tempdir().unwrap();
    let root = root.path();
    let mut image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    image.extend(60_000_u32.to_be_bytes());
    image.extend(60_000_u32.to_be_bytes());
    image.extend(b"\x08\x06\0\0\0\0\0\0\0");
    let map = "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"".to_owned()
        + &"ggggggE;".repeat(100_000)
        + "\"}";
    let name = "a".repeat(200);
    let glob = "a*".repeat(100) + "b";
    write(
        root,
        &[
            (
                "crushed.toml",
                format!("ship = [\"{glob}\", \"*.map\"]\n").as_bytes(),
            ),
            (
                "templates/page.html",
                (asset("bomb.png")
                    + "{% compress js %}<script src=a.js></script>{% endcompress %}")
                    .as_bytes(),
            ),
            ("assets/bomb.png", &image),
            (
                "assets/a.js",
                b"var a = 1;\n//# sourceMappingURL=a.js.map\n",
            ),
            ("assets/a.js.map", map.as_bytes()),
            (&format!("assets/{name}"), b""),
        ],
    );
    assert_made(root);
    let made = read(&root.join("out/static"));
    let holds = |bytes: &[u8]| made.values().any(|made| made == bytes);
    assert!(holds(&image) && holds(map.as_bytes()), "{:?}", made.keys());
    assert!(!made.keys().any(|made| made.starts_with("aaaa")));
}

/// Files are written last: nothing is half-written then.
#[test]
fn without_memory_there_is_a_message_and_the_earlier_output_stays() {
    let folder = tempdir().unwrap();
    copy_demo(folder.path());
    let root = folder.path().join("demo-app");
    let output = within(4096 * MIB, &root);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let earlier = read(&root.join("out"));

    // A script is read on a stack that has room for the deepest one.
    let output = within(512 * MIB, &root);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let words = "there is not enough memory to read scripts";
    assert!(said(&output).contains(words), "{}", said(&output));
    assert!(read(&root.join("out")) == earlier, "the output changed");

    for number in 0..20 {
        let file = root.join(format!("../external/img/film{number}.mp4"));
        File::create(file).unwrap().set_len(49_000_000).unwrap();
    }
    let toml = fs::read_to_string(root.join("crushed.toml")).unwrap();
    fs::write(root.join("crushed.toml"), toml + "ship = [\"img/*\"]\n").unwrap();
    let output = within(512 * MIB, &root);
    assert!(!output.status.success(), "it had enough memory");
    assert!(!said(&output).is_empty());
    assert!(read(&root.join("out")) == earlier, "the output changed");
}

/// As the kernel counts it, which is told of children that have ended.
#[test]
fn a_release_of_the_demo_takes_less_than_300_megabytes() {
    let folder = tempdir().unwrap();
    copy_demo(folder.path());
    let root = folder.path().join("demo-app");
    let script = "import resource, subprocess, sys\n\
                  done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n\
                  print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(binary("crushed"))
        .args(["compile", "--root"])
        .arg(&root)
        .arg("--out")
        .arg(root.join("out"))
        .env("CRUSHED_CACHE_DIR", "off")
        .output()
        .expect("python3 is installed");
    let told = String::from_utf8_lossy(&output.stdout);
    let mut numbers = told
        .split_ascii_whitespace()
        .map(|word| word.parse::<u64>());
    assert_eq!(numbers.next(), Some(Ok(0)), "{told}{}", said(&output));
    let kilobytes = numbers.next().and_then(Result::ok);
    assert!(kilobytes.is_some_and(|most| most < 300_000), "{told}");
}
