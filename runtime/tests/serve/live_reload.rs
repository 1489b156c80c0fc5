//! Live reload over real sockets.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use actix_web::{App, HttpResponse, HttpServer, test as actix, web};
use crushed::Assets;

use crate::site::ASSETS;

/// A directory of sources, removed at the end.
struct Sources(PathBuf);

impl Sources {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("crushed-live-{name}-{}", std::process::id()));
        fs::create_dir_all(root.join("css")).unwrap();
        fs::write(root.join("css/app.css"), "h1 { color: teal }").unwrap();
        Self(root)
    }

    fn assets(&self) -> Assets {
        let root: &'static str = self.0.to_str().unwrap().to_owned().leak();
        Assets::sources("00000000000000bb", vec![root].leak())
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn serve(assets: Assets) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let live = crushed::actix::live_reload(assets);
    thread::spawn(move || {
        let server = HttpServer::new(move || {
            App::new()
                .service(live.clone())
                .default_service(web::to(|| async { HttpResponse::NotFound().finish() }))
        });
        let server = server.workers(1).disable_signals();
        actix_web::rt::System::new().block_on(server.listen(listener).unwrap().run())
    });
    address
}

/// The lines of an answer, as they come.
fn lines(server: SocketAddr, target: &str) -> impl Iterator<Item = String> {
    let mut stream = TcpStream::connect(server).unwrap();
    // Far beyond what it takes.
    let patience = Some(Duration::from_secs(60));
    stream.set_read_timeout(patience).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    BufReader::new(stream).lines().map(|line| line.unwrap())
}

fn wait_for(lines: &mut impl Iterator<Item = String>, text: &str) {
    assert!(lines.any(|line| line == text), "no line {text:?} came");
}

fn status(server: SocketAddr, target: &str) -> String {
    lines(server, target).next().unwrap()
}

#[test]
fn a_change_is_told() {
    let sources = Sources::new("told");
    let server = serve(sources.assets());
    let mut events = lines(server, "/.crushed/live-reload");
    assert_eq!(events.next().unwrap(), "HTTP/1.1 200 OK");
    let mut head = events.by_ref().take_while(|line| !line.is_empty());
    assert!(head.any(|line| line == "content-type: text/event-stream"));
    wait_for(&mut events, "event: hello");
    let edit = |path: &Path, text: &str| fs::write(sources.0.join(path), text).unwrap();
    for (path, text) in [
        ("css/app.css", "h1 { color: red; }"),
        ("css/new.css", ""),
        ("css/new.css", "p {}"),
    ] {
        edit(Path::new(path), text);
        wait_for(&mut events, "event: reload");
    }
    fs::remove_file(sources.0.join("css/new.css")).unwrap();
    wait_for(&mut events, "event: reload");
    // Another page hears of it too, and one that came later.
    let mut later = lines(server, "/.crushed/live-reload");
    wait_for(&mut later, "event: hello");
    edit(Path::new("css/app.css"), "h1 {}");
    wait_for(&mut later, "event: reload");
    wait_for(&mut events, "event: reload");

    assert_eq!(
        status(server, "/.crushed/live-reload.js"),
        "HTTP/1.1 200 OK"
    );
    assert_eq!(
        crushed::live_reload().to_string(),
        "<script src=\"/.crushed/live-reload.js\" async></script>"
    );
}

#[test]
fn a_release_has_none() {
    let server = serve(ASSETS);
    for target in ["/.crushed/live-reload", "/.crushed/live-reload.js"] {
        assert_eq!(status(server, target), "HTTP/1.1 404 Not Found");
    }
}

/// A socket of this machine has a peer on this machine: the address is told to the service as the server would.
#[actix_web::test]
async fn nobody_else_hears_of_it() {
    let sources = Sources::new("else");
    let live = crushed::actix::live_reload(sources.assets());
    let app = actix::init_service(App::new().service(live)).await;
    for (peer, want) in [
        ("127.0.0.1:9", 200),
        ("[::1]:9", 200),
        ("[::ffff:127.0.0.1]:9", 200),
        ("203.0.113.7:9", 404),
        ("192.168.0.1:9", 404),
        ("[2001:db8::1]:9", 404),
    ] {
        for target in ["/.crushed/live-reload", "/.crushed/live-reload.js"] {
            let request = actix::TestRequest::with_uri(target)
                .peer_addr(peer.parse().unwrap())
                // Whatever a proxy or a client says of itself.
                .insert_header(("x-forwarded-for", "127.0.0.1"));
            let response = actix::call_service(&app, request.to_request()).await;
            assert_eq!(response.status().as_u16(), want, "{peer} {target}");
        }
    }
}
