//! The cases, and what only shows on a connection, against the actix adapter.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, thread};

use actix_web::{App, HttpResponse, HttpServer, web};
use crushed::Assets;

use crate::case::{self, Answer, Request};
use crate::client::{ask, exchange, parse};
use crate::site::ASSETS;

/// Starts a server on a free port. It ends with the process.
fn serve(assets: Assets, path: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let server = HttpServer::new(move || {
            App::new()
                .service(crushed::actix::service_at(path, assets))
                .service(web::resource("/page").to(|| async { HttpResponse::Ok().body("page") }))
        });
        let server = server
            .workers(1)
            .keep_alive(Duration::from_secs(1))
            .disable_signals();
        let server = server.listen(listener).unwrap().run();
        actix_web::rt::System::new().block_on(server)
    });
    address
}

fn compiled() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| serve(ASSETS, "/static/"))
}

fn get(server: SocketAddr, target: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = Request::Plain {
        method: "GET".to_owned(),
        target: target.to_owned(),
        version: "HTTP/1.1".to_owned(),
        fields: fields.collect(),
    };
    ask(server, &request).pop().unwrap()
}

fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let found = answer.fields.iter().find(|(given, _)| given == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn every_case() {
    let server = compiled();
    let mut faults = Vec::new();
    for case in case::all(&server.to_string()) {
        let answers = ask(server, &case.request);
        for fault in case.faults(&answers, true) {
            faults.push(format!("{}: {fault}", case.name));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn the_date_is_now() {
    let answer = get(compiled(), "/static/robots.txt", &[]);
    let date = httpdate::parse_http_date(field(&answer, "date").unwrap()).unwrap();
    let now = std::time::SystemTime::now();
    let apart = now
        .duration_since(date)
        .or_else(|_| date.duration_since(now))
        .unwrap();
    assert!(apart < Duration::from_secs(3), "{apart:?}");
}

#[test]
fn a_head_has_the_length_of_the_get() {
    let server = compiled();
    for (target, coding) in [
        ("/static/js/app.4444444444444444.js", "br"),
        ("/static/robots.txt", "gzip"),
    ] {
        let text = |method: &str| {
            format!(
                "{method} {target} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n"
            )
        };
        let get = parse(&exchange(server, text("GET").as_bytes()), false)
            .pop()
            .unwrap();
        let received = exchange(server, text("HEAD").as_bytes());
        assert!(received.ends_with(b"\r\n\r\n"));
        let head = parse(&received, true).pop().unwrap();
        let without_date = |answer: &Answer| {
            let mut fields = answer.fields.clone();
            fields.retain(|(name, _)| name != "date");
            fields.sort();
            fields
        };
        assert_eq!(without_date(&get), without_date(&head));
        assert_eq!(
            field(&head, "content-length").unwrap(),
            get.body.len().to_string()
        );
    }
}

#[test]
fn an_idle_connection_is_closed() {
    let mut stream = TcpStream::connect(compiled()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
        .write_all(b"GET /static/robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let start = Instant::now();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    assert_eq!(parse(&received, false).len(), 1);
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_release_with_a_time_can_be_asked_for_by_it() {
    // 1 January 2026
    let server = serve(ASSETS.modified_at(1_767_225_600), "/static/");
    let at = "Thu, 01 Jan 2026 00:00:00 GMT";
    let first = get(server, "/static/robots.txt", &[]);
    assert_eq!(field(&first, "last-modified"), Some(at));
    let again = get(server, "/static/robots.txt", &[("If-Modified-Since", at)]);
    assert_eq!(
        (again.status, field(&again, "last-modified")),
        (304, Some(at))
    );
    let before = [("If-Unmodified-Since", "Wed, 31 Dec 2025 00:00:00 GMT")];
    assert_eq!(get(server, "/static/robots.txt", &before).status, 412);
    let part = [("Range", "bytes=0-1"), ("If-Range", at)];
    assert_eq!(get(server, "/static/robots.txt", &part).status, 206);
}

#[test]
fn many_overlapping_ranges_cost_nothing() {
    let start = Instant::now();
    let ranges = format!("bytes=0-{}", ",0-".repeat(999));
    let answer = get(
        compiled(),
        "/static/js/app.4444444444444444.js",
        &[("Range", &ranges)],
    );
    assert!(answer.body.len() <= 4000, "{}", answer.body.len());
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn at_the_root_only_what_there_is_is_answered() {
    let server = serve(ASSETS, "/");
    assert_eq!(get(server, "/robots.txt", &[]).status, 200);
    assert_eq!(
        get(server, "/img/%C3%A4%20b.3333333333333333.png", &[]).status,
        200
    );
    assert_eq!(get(server, "/page", &[]).body, b"page");
    let missing = get(server, "/nothing", &[]);
    assert_eq!(
        (missing.status, field(&missing, "cache-control")),
        (404, None)
    );
    assert_eq!(get(server, "/%ff", &[]).status, 404);
}

#[test]
fn a_prefix_is_its_own_and_no_longer_one() {
    let server = serve(ASSETS, "/a/b/");
    assert_eq!(get(server, "/a/b/robots.txt", &[]).status, 200);
    assert_eq!(get(server, "/%61/b/robots.txt", &[]).status, 200);
    for target in [
        "/a/brobots.txt",
        "/a/b",
        "/a/robots.txt",
        "/robots.txt",
        "/a/b//robots.txt",
    ] {
        assert_eq!(get(server, target, &[]).status, 404, "{target}");
    }
}

/// Sources on disk, removed at the end.
struct Sources(PathBuf);

impl Sources {
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("crushed-serve-{}", std::process::id()));
        fs::create_dir_all(root.join("assets/css")).unwrap();
        fs::write(root.join("assets/css/app.css"), "h1 { color: teal }").unwrap();
        fs::write(root.join("assets/.env"), "SECRET=1").unwrap();
        fs::write(root.join("secret.txt"), "SECRET=2").unwrap();
        Self(root)
    }

    fn assets(&self) -> Assets {
        let root: &'static str = self.0.join("assets").to_str().unwrap().to_owned().leak();
        Assets::sources("00000000000000bb", vec![root].leak())
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn with_compression_off_sources_come_from_disk() {
    let sources = Sources::new();
    let server = serve(sources.assets(), "/static/");
    let first = get(
        server,
        "/static/css/app.css",
        &[("Accept-Encoding", "br, gzip")],
    );
    assert_eq!(
        (first.status, first.body.as_slice()),
        (200, &b"h1 { color: teal }"[..])
    );
    assert_eq!(
        field(&first, "content-type"),
        Some("text/css; charset=utf-8")
    );
    assert_eq!(field(&first, "cache-control"), Some("no-cache"));
    assert_eq!(field(&first, "x-content-type-options"), Some("nosniff"));
    assert_eq!(
        (field(&first, "vary"), field(&first, "last-modified")),
        (None, None)
    );
    let etag = field(&first, "etag").unwrap();
    let known = [("If-None-Match", etag)];
    assert_eq!(get(server, "/static/css/app.css", &known).status, 304);
    assert_eq!(
        get(server, "/static/css/app.css?v=2", &[("Range", "bytes=0-1")]).body,
        b"h1"
    );

    fs::write(sources.0.join("assets/css/app.css"), "h1 { color: red }").unwrap();
    let edited = get(server, "/static/css/app.css", &known);
    assert_eq!(
        (edited.status, edited.body.as_slice()),
        (200, &b"h1 { color: red }"[..])
    );
}

#[test]
fn with_compression_off_nothing_else_comes_from_disk() {
    let sources = Sources::new();
    let server = serve(sources.assets(), "/static/");
    for target in [
        "/static/",
        "/static/css",
        "/static/css/",
        "/static/.env",
        "/static/%2eenv",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/css/..%2f../secret.txt",
        "/static/..%5csecret.txt",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/css/app.css%00.png",
        "/static/css/app.css/",
    ] {
        let answer = get(server, target, &[]);
        assert!(
            matches!(answer.status, 400 | 404),
            "{target}: {}",
            answer.status
        );
        assert_eq!(
            field(&answer, "cache-control"),
            Some("no-store"),
            "{target}"
        );
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("SECRET"),
            "{target}"
        );
    }
}
