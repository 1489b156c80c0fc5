//! `crushed serve`, over real sockets.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crushed_manifest::{Coding, Digest, Manifest};
use crushed_tests::built::binary;
use crushed_tests::cli::{crushed, text};
use crushed_tests::http::{Reply, get};
use crushed_tests::tree::write;
use tempfile::TempDir;

/// A running `crushed serve`; ends when dropped.
struct Server {
    child: Child,
    base: String,
}

impl Server {
    fn start(directory: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(binary("crushed"))
            .args(["serve", text(directory), "--bind", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("STATIC_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("crushed can be executed");
        let mut base = String::new();
        let stdout = child.stdout.as_mut().expect("its output is piped");
        let read = BufReader::new(stdout).read_line(&mut base);
        read.expect("the output is text");
        let base = base.trim_end().to_owned();
        let server = Self { child, base };
        if !server.base.starts_with("http://127.0.0.1:") {
            let base = server.base.clone();
            panic!(
                "the first line is {base:?}, not the address; {}",
                server.said()
            );
        }
        server
    }

    fn get(&self, path: &str) -> Reply {
        get(&format!("{}{path}", self.base), &[])
    }

    fn get_with(&self, path: &str, field: (&str, &str)) -> Reply {
        get(&format!("{}{path}", self.base), &[field])
    }

    /// Ends it and gives what it said on standard error.
    fn said(mut self) -> String {
        let _ = self.child.kill();
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.read_to_string(&mut said);
        }
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const STYLE: &str =
    "h1 { color: teal; margin: 1em 2em 3em 4em } p { color: navy; margin: 1em 2em 3em 4em }
    ul { color: olive; margin: 1em 2em 3em 4em } li { color: maroon; margin: 1em 2em 3em 4em }";

/// A project of finished pages, compiled below `out` with the prefix `/s/`.
fn compiled() -> (TempDir, Manifest) {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let page = "<!doctype html><title>A page</title>\
        <link rel=stylesheet href=\"{{ asset!(\"css/app.css\") }}\"><h1>Hello</h1>";
    write(
        folder.path(),
        &[
            ("assets/css/app.css", STYLE),
            ("templates/index.html", page),
            (
                "templates/about.html",
                "<!doctype html><title>About</title><p>Us",
            ),
            (
                "templates/docs/index.html",
                "<!doctype html><title>Docs</title><p>Read",
            ),
            (
                "templates/404.html",
                "<!doctype html><title>Nothing</title><p>Nothing here",
            ),
            ("templates/robots.txt", "User-agent: *\n"),
            (
                "templates/mail.html",
                "<!doctype html><title>Mail</title><p>{{ name }}",
            ),
        ],
    );
    let out = folder.path().join("out");
    let run = crushed(
        &[
            "compile",
            "--root",
            text(folder.path()),
            "--out",
            text(&out),
            "--static-url",
            "/s/",
        ],
        &[],
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let manifest = fs::read(out.join("manifest.json")).expect("there is a manifest");
    let manifest = serde_json::from_slice(&manifest).expect("the manifest can be read");
    (folder, manifest)
}

#[test]
fn a_compiled_tree_is_answered_as_the_app_would() {
    let (folder, manifest) = compiled();
    let server = Server::start(&folder.path().join("out"), &[]);
    let asset = manifest.asset_of("css/app.css").expect("the source ships");
    let index = server.get("/");
    assert_eq!(index.status, 200);
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(index.header("cache-control"), "no-cache");
    assert!(
        index.text().contains(&format!("/s/{}", asset.path)),
        "{}",
        index.text()
    );

    // Below the prefix that is baked into the pages, and where a CDN would look.
    for prefix in ["/s/", "/static/"] {
        let path = format!("{prefix}{}", asset.path);
        for variant in &asset.variants {
            let coding = variant.coding;
            let reply = server.get_with(&path, ("accept-encoding", coding.token()));
            assert_eq!(reply.status, 200, "{path} {coding}");
            assert_eq!(reply.header("etag"), format!("\"{}\"", variant.digest));
            assert_eq!(reply.body.len() as u64, variant.size);
            let encoding = reply.header("content-encoding");
            assert_eq!(
                encoding,
                if coding == Coding::Identity {
                    ""
                } else {
                    coding.token()
                }
            );
            assert_eq!(reply.header("content-type"), asset.content_type);
            assert_eq!(reply.header("vary"), "Accept-Encoding");
            assert_eq!(
                reply.header("cache-control"),
                "public, max-age=31536000, immutable"
            );
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
        }
        // The file of a variant is none of its own.
        assert_eq!(server.get(&format!("{path}.br")).status, 404);
    }
    let path = format!("/s/{}", asset.path);
    let digest = format!("\"{}\"", asset.digest);
    assert_eq!(
        server.get_with(&path, ("if-none-match", &digest)).status,
        304
    );
    assert_eq!(server.get_with(&path, ("range", "bytes=0-1")).body, b"h1");
}

#[test]
fn finished_pages_are_at_the_root() {
    let (folder, _) = compiled();
    let server = Server::start(&folder.path().join("out"), &[]);
    let title = |path: &str| {
        let reply = server.get(path);
        assert_eq!(reply.status, 200, "{path}");
        reply.text().to_owned()
    };
    assert!(title("/index.html").contains("A page"));
    assert!(title("/about.html?x=1").contains("About"));
    assert!(title("/docs/").contains("Docs"));
    assert_eq!(title("/robots.txt"), "User-agent: *\n");
    let moved = server.get("/docs?x=1");
    assert_eq!(
        (moved.status.as_u16(), moved.header("location")),
        (308, "/docs/?x=1")
    );
    // No page: it has tags.
    assert_eq!(server.get("/mail.html").status, 404);

    for path in [
        "/nothing",
        "/docs/nothing.html",
        "/about.html/",
        "/mail.html",
    ] {
        let missing = server.get(path);
        assert_eq!(
            (missing.status.as_u16(), missing.header("cache-control")),
            (404, "no-store")
        );
        assert_eq!(missing.header("content-type"), "text/html; charset=utf-8");
        assert!(missing.text().contains("Nothing here"), "{path}");
    }
    for path in ["/s/", "/s/css/none.css", "/static/x", "/img/none.png"] {
        let missing = server.get(path);
        assert_eq!(
            (missing.status.as_u16(), missing.header("cache-control")),
            (404, "no-store")
        );
        assert_eq!(missing.text(), "not found\n", "{path}");
    }
}

#[test]
fn without_a_manifest_the_files_decide() {
    let (folder, manifest) = compiled();
    let asset = manifest.asset_of("css/app.css").expect("the source ships");
    let tree = folder.path().join("exported");
    fs::rename(folder.path().join("out/static"), &tree).expect("the tree can be moved");
    let file = tree.join(asset.path.as_str());
    let bytes = fs::read(&file).expect("the asset is there");
    let wrong = asset
        .path
        .as_str()
        .replace(&asset.digest.to_string(), "0123456789abcdef");
    fs::write(tree.join(&wrong), &bytes).expect("can be written");
    fs::remove_file(tree.join(format!("{}.gz", asset.path))).expect("the variant is there");
    write(
        &tree,
        &[
            ("js/app.js", "alert('here')"),
            ("js/app.js.map", "{\"version\":3}"),
            // Of an earlier text.
            ("plain.css", STYLE),
            ("plain.css.gz", "not gzip"),
            (
                "page.html",
                "<!doctype html><title>A page</title><p>{{ not a tag }}",
            ),
        ],
    );
    let server = Server::start(&tree, &["--static-url", "//cdn.example.test/a/"]);
    let hashed = server.get(&format!("/a/{}", asset.path));
    assert_eq!(
        hashed.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(hashed.header("etag"), format!("\"{}\"", asset.digest));
    let made = server.get_with(&format!("/a/{}", asset.path), ("accept-encoding", "gzip"));
    assert_eq!(made.header("content-encoding"), "gzip");
    assert_eq!(made.body[..2], [0x1f, 0x8b]);

    let lying = server.get(&format!("/a/{wrong}"));
    assert_eq!(
        (lying.body == bytes, lying.header("cache-control")),
        (true, "no-cache")
    );
    let plain = server.get_with("/a/plain.css", ("accept-encoding", "gzip"));
    assert_eq!(plain.header("content-encoding"), "gzip");
    assert_eq!(plain.body[..2], [0x1f, 0x8b]);
    let plain = server.get("/a/plain.css");
    let digest: Digest = plain
        .header("etag")
        .trim_matches('"')
        .parse()
        .expect("a digest");
    assert_eq!(plain.header("cache-control"), "no-cache");
    let again = server.get_with("/a/plain.css", ("if-none-match", &format!("\"{digest}\"")));
    assert_eq!(again.status, 304);

    assert_eq!(server.get("/a/js/app.js").header("sourcemap"), "app.js.map");
    assert_eq!(server.get("/a/js/app.js.map").header("sourcemap"), "");
    assert!(server.get("/page.html").text().contains("{{ not a tag }}"));
    let said = server.said();
    assert!(
        said.contains("plain.css.gz") && said.contains("made anew"),
        "{said}"
    );
    assert_eq!(said.matches("made anew").count(), 1, "{said}");
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_directory_is_served() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    write(
        folder.path(),
        &[
            ("secret/key.txt", "SECRET"),
            ("tree/css/app.css", STYLE),
            ("tree/.env", "SECRET"),
            ("tree/.git/config", "SECRET"),
            ("tree/.well-known/security.txt", "mailto:"),
        ],
    );
    let tree = folder.path().join("tree");
    let link = |to: &Path, name: &str| symlink(to, tree.join(name)).expect("a link can be made");
    link(&folder.path().join("secret/key.txt"), "out.txt");
    link(&folder.path().join("secret"), "out");
    link(folder.path(), "up");
    link(&tree, "round");
    link(Path::new("/nonexistent"), "nowhere");
    link(Path::new("/dev/zero"), "zero");
    link(&tree.join("css"), "inside");
    let server = Server::start(&tree, &[]);
    for path in [
        "out.txt",
        "out/key.txt",
        "up/secret/key.txt",
        "zero",
        ".env",
        "%2eenv",
        ".git/config",
        "%2e%2e/secret/key.txt",
        "css/%2e%2e/%2e%2e/secret/key.txt",
        "..%2fsecret/key.txt",
        "..%5csecret/key.txt",
        "css%00",
        "%2fetc%2fpasswd",
        "/etc/passwd",
    ] {
        for start in ["/static/", "/"] {
            let reply = server.get(&format!("{start}{path}"));
            assert!(
                matches!(reply.status.as_u16(), 400 | 404),
                "{start}{path}: {}",
                reply.status
            );
            assert_eq!(reply.header("cache-control"), "no-store", "{start}{path}");
        }
    }
    assert_eq!(server.get("/static/inside/app.css").text(), STYLE);
    assert_eq!(
        server.get("/static/.well-known/security.txt").text(),
        "mailto:"
    );
    let said = server.said();
    for name in ["out.txt", "out", "up", "zero"] {
        assert!(said.contains(&format!("/{name}\n")), "{name}: {said}");
    }
}

#[test]
fn what_cannot_be_served_is_told_with_the_mend() {
    let (folder, manifest) = compiled();
    let at = |name: &str| text(&folder.path().join(name)).to_owned();
    write(
        folder.path(),
        &[
            ("above/out/manifest.json", "{}"),
            (
                "other/manifest.json",
                "{\"format\": 99, \"release\": \"x\"}",
            ),
            ("broken/manifest.json", "{"),
            ("project/crushed.toml", ""),
            ("file", ""),
        ],
    );
    fs::create_dir(folder.path().join("empty")).expect("can be made");
    fs::remove_file(folder.path().join("above/out/manifest.json")).expect("it is there");
    fs::copy(
        folder.path().join("out/manifest.json"),
        folder.path().join("above/out/manifest.json"),
    )
    .expect("can be copied");
    let held = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let held = held.local_addr().map(|address| (held, address.to_string()));
    let (_held, taken) = held.expect("it has an address");
    let asset = manifest.asset_of("css/app.css").expect("the source ships");
    let below = at("above/out");
    for (arguments, code, want) in [
        (
            vec![at("ouy")],
            1,
            vec!["does not exist", "ouy", "did you mean", "/out?"],
        ),
        (vec![at("file")], 1, vec!["is no directory"]),
        (vec![at("")], 1, vec!["did you mean", "/out?"]),
        (vec![at("project")], 1, vec!["crushed compile --root"]),
        (
            vec![at("empty")],
            1,
            vec!["holds nothing that compile or export wrote"],
        ),
        (
            vec![below],
            1,
            vec![asset.path.as_str(), "is missing", "compile again"],
        ),
        (
            vec![at("other")],
            1,
            vec!["its format is 99", "compile again"],
        ),
        (vec![at("broken")], 1, vec!["is no JSON"]),
        (
            vec![at("out"), "--bind".to_owned(), taken.clone()],
            1,
            vec![taken.as_str(), "in use", "--bind"],
        ),
        (
            vec![at("out"), "--bind".to_owned(), "8080".to_owned()],
            2,
            vec!["127.0.0.1:8080"],
        ),
        (
            vec![at("out"), "--static-url".to_owned(), "/s".to_owned()],
            2,
            vec!["/s"],
        ),
        (vec![at("out"), "--bnd=x".to_owned()], 2, vec!["--bind"]),
        (vec![], 2, vec!["<DIR>"]),
    ] {
        let mut all = vec!["serve"];
        all.extend(arguments.iter().map(String::as_str));
        let run = crushed(&all, &[]);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        for want in want {
            assert!(
                run.stderr.contains(want),
                "{arguments:?}: {want}: {}",
                run.stderr
            );
        }
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    // Another text under the name of an asset.
    fs::write(
        folder.path().join("out/static").join(asset.path.as_str()),
        "h1{}",
    )
    .expect("can be written");
    let run = crushed(&["serve", &at("out")], &[]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("is not what manifest.json says"),
        "{}",
        run.stderr
    );
}
