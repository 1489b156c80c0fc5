//! A server or a network that fails: pages go on being served.

use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crushed::cache::RedisOptions;

use crate::proxy::{Fault, Proxy};
use crate::server::Server;
use crate::site::{Site, folder, get, get_all, options, until_hit};

/// A request that takes longer waits for something that does not end; the limit that is meant is a tenth of a second.
const NEVER: Duration = Duration::from_secs(5);

/// Sees that pages are stored, breaks something, sees that every page is served and is the right one, mends it and
/// sees that pages are stored again.
async fn goes_on(url: &str, breaks: impl FnOnce(), mends: impl FnOnce()) {
    let site = Site::new(url);
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    breaks();
    for round in 0..4 {
        let mut paths = vec!["/p".to_owned(); 50];
        paths.extend((0..10).map(|n| format!("/{round}/{n}")));
        let start = Instant::now();
        let answers = get_all(&app, paths.clone()).await;
        assert!(start.elapsed() < NEVER, "{:?}", start.elapsed());
        for (path, answer) in paths.iter().zip(answers) {
            assert_eq!(answer.status, 200, "{answer:?}");
            let (for_path, _) = answer.body.split_once(' ').unwrap();
            assert_eq!(for_path, path, "{answer:?}");
        }
    }
    mends();
    until_hit(&*app, "/p").await;
    until_hit(&*app, "/after").await;
}

async fn goes_on_behind(fault: Fault) {
    let server = Server::start(folder(), &[]);
    let proxy = Proxy::start(server.port);
    goes_on(&proxy.url(), || proxy.set(fault), || proxy.set(Fault::None)).await;
}

#[actix_web::test]
async fn slow_replies() {
    goes_on_behind(Fault::Slow(Duration::from_millis(200))).await;
}

#[actix_web::test]
async fn replies_about_as_slow_as_is_waited_for() {
    goes_on_behind(Fault::Uneven(Duration::from_millis(50))).await;
}

#[actix_web::test]
async fn no_replies() {
    goes_on_behind(Fault::Hang).await;
}

#[actix_web::test]
async fn refused_connections() {
    goes_on_behind(Fault::Refuse).await;
}

#[actix_web::test]
async fn every_third_connection_dropped() {
    goes_on_behind(Fault::DropEvery(3)).await;
}

#[actix_web::test]
async fn every_connection_dropped() {
    goes_on_behind(Fault::DropEvery(1)).await;
}

#[actix_web::test]
async fn replies_cut_off() {
    goes_on_behind(Fault::Cut).await;
}

#[actix_web::test]
async fn replies_that_are_none() {
    goes_on_behind(Fault::Garbage).await;
}

#[actix_web::test]
async fn replies_with_a_wrong_byte() {
    goes_on_behind(Fault::Corrupt).await;
}

#[actix_web::test]
async fn a_frozen_server() {
    let server = Server::start(folder(), &[]);
    goes_on(&server.url(), || server.freeze(), || server.thaw()).await;
}

#[actix_web::test]
async fn a_killed_server() {
    let server = RefCell::new(Server::start(folder(), &[]));
    let url = server.borrow().url();
    goes_on(
        &url,
        || server.borrow_mut().kill(),
        || server.borrow_mut().start_again(),
    )
    .await;
}

#[actix_web::test]
async fn a_server_that_comes_later() {
    let mut server = Server::stopped(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    for n in 0..20 {
        assert_eq!(get(&*app, "/p").await.body, format!("/p {}", n + 1));
    }
    server.start_again();
    until_hit(&*app, "/p").await;
}

#[actix_web::test]
async fn a_host_that_does_not_exist() {
    let site = Site::new("redis://redis.invalid:6379");
    let app = site.app().await;
    for n in 0..20 {
        assert_eq!(get(&*app, "/p").await.body, format!("/p {}", n + 1));
    }
}

async fn goes_on_after(breaks: &[&str], mends: &[&str]) {
    let server = Server::start(folder(), &[]);
    // Made before anything is broken, as later it might be refused.
    let control = RefCell::new(server.control());
    let run = |commands: &[&str]| {
        for command in commands {
            control.borrow_mut().run(command);
        }
    };
    goes_on(&server.url(), || run(breaks), || run(mends)).await;
}

const DISCONNECT: &str = "CLIENT KILL TYPE normal SKIPME yes";

#[actix_web::test]
async fn a_replica_that_has_lost_its_master() {
    goes_on_after(
        &[
            "CONFIG SET replica-serve-stale-data no",
            "REPLICAOF 127.0.0.1 1",
        ],
        &["REPLICAOF NO ONE"],
    )
    .await;
}

#[actix_web::test]
async fn a_password_that_was_changed() {
    goes_on_after(
        &["CONFIG SET requirepass s3cret", DISCONNECT],
        &["CONFIG SET requirepass "],
    )
    .await;
}

#[actix_web::test]
async fn writes_that_are_not_permitted() {
    goes_on_after(
        &["ACL SETUSER default -set -eval"],
        &["ACL SETUSER default +set +eval"],
    )
    .await;
}

#[actix_web::test]
async fn reads_that_are_not_permitted() {
    goes_on_after(
        &["ACL SETUSER default -getrange"],
        &["ACL SETUSER default +getrange"],
    )
    .await;
}

#[actix_web::test]
async fn too_many_clients() {
    goes_on_after(
        &["CONFIG SET maxclients 1", DISCONNECT],
        &["CONFIG SET maxclients 1000"],
    )
    .await;
}

#[actix_web::test]
async fn a_server_that_throws_pages_out() {
    let server = Server::start(folder(), &[]);
    let fill = || {
        let mut control = server.control();
        control.run("CONFIG SET maxmemory-policy allkeys-random");
        control.run("CONFIG SET maxmemory 4mb");
        let filler = vec![b'x'; 10_000];
        for n in 0..1_000 {
            control.send(&[b"SET", format!("filler:{n}").as_bytes(), &filler]);
        }
    };
    let mend = || {
        server.run("CONFIG SET maxmemory 0");
    };
    goes_on(&server.url(), fill, mend).await;
}

#[actix_web::test]
async fn a_server_that_is_loading() {
    let server = Server::start(folder(), &[]);
    let port = server.port;
    let load = || {
        let mut control = server.control();
        control.run("DEBUG POPULATE 3000");
        control.run("CONFIG SET key-load-delay 1000");
        control.run("CONFIG SET loading-process-events-interval-bytes 1024");
        std::thread::spawn(move || control.run("DEBUG RELOAD"));
        while !raw(port, "PING").starts_with("-LOADING") {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    // It ends by itself.
    goes_on(&server.url(), load, || ()).await;
}

#[actix_web::test]
async fn a_server_that_is_busy() {
    let server = Server::start(folder(), &["--busy-reply-threshold", "50"]);
    let mut control = server.control();
    let mut other = server.control();
    let keep_busy = || {
        std::thread::spawn(move || control.send(&[b"EVAL", b"while true do end", b"0"]));
        while !raw(server.port, "PING").starts_with("-BUSY") {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    goes_on(&server.url(), keep_busy, || drop(other.run("SCRIPT KILL"))).await;
}

#[actix_web::test]
async fn connections_that_are_cut_all_the_time() {
    let server = Server::start(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    let mut control = server.control();
    for round in 0..40 {
        control.run(DISCONNECT);
        let paths: Vec<String> = (0..10).map(|n| format!("/{round}/{n}")).collect();
        for (path, answer) in paths.iter().zip(get_all(&app, paths.clone()).await) {
            assert_eq!(answer.status, 200);
            assert!(answer.body.starts_with(&format!("{path} ")), "{answer:?}");
        }
    }
    until_hit(&*app, "/p").await;
}

#[actix_web::test]
async fn a_full_server_still_gives_what_it_has() {
    let server = Server::start(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    for (breaks, mends) in [
        (
            &[
                "CONFIG SET maxmemory-policy noeviction",
                "CONFIG SET maxmemory 100",
            ][..],
            "CONFIG SET maxmemory 0",
        ),
        (&["REPLICAOF 127.0.0.1 1"], "REPLICAOF NO ONE"),
    ] {
        breaks.iter().for_each(|command| drop(server.run(command)));
        for round in 0..20 {
            assert!(get(&*app, "/p").await.is_hit(), "{breaks:?}");
            let path = format!("/{}/{round}", breaks.len());
            assert!(!get(&*app, &path).await.is_hit());
            assert!(!get(&*app, &path).await.is_hit());
        }
        server.run(mends);
        until_hit(&*app, &format!("/{}/0", breaks.len())).await;
    }
}

/// After five failures nothing is sent to the server but by who probes it.
#[actix_web::test]
async fn a_server_that_fails_is_let_alone() {
    let server = Server::start(folder(), &[]);
    let proxy = Proxy::start(server.port);
    let site = Site::new(&proxy.url());
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    proxy.set(Fault::Hang);
    let errors = site.cache.stats().errors;
    // One after the other: each waits for its own failure.
    while site.cache.is_store_up() {
        get(&*app, "/p").await;
        assert!(site.cache.stats().errors - errors <= 5);
    }
    let (sent, connections) = (proxy.sent(), proxy.connections());
    for n in 0..1_000 {
        assert_eq!(get(&*app, &format!("/{n}")).await.status, 200);
    }
    let probes = proxy.connections() - connections;
    assert!(
        proxy.sent() - sent <= 2 * (probes + 1),
        "{} for {probes} probes",
        proxy.sent() - sent
    );
    proxy.set(Fault::None);
    until_hit(&*app, "/p").await;
    assert!(site.cache.is_store_up());
}

#[actix_web::test]
async fn many_requests_share_a_slow_connection() {
    let server = Server::start(folder(), &[]);
    let proxy = Proxy::start(server.port);
    let site = Site::with(
        &proxy.url(),
        "r1",
        options(),
        RedisOptions::default()
            .deadline(Duration::from_secs(20))
            .response_timeout(Duration::from_secs(20)),
    );
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    proxy.set(Fault::Slow(Duration::from_millis(100)));
    let answers = get_all(&app, vec!["/p".to_owned(); 512]).await;
    assert!(answers.iter().all(|answer| answer.is_hit()));
}

#[actix_web::test]
async fn tls_that_cannot_be_trusted() {
    let plain = Server::start(folder(), &[]);
    // Its certificate is signed by nobody.
    let tls = Server::start_tls(folder());
    for port in [plain.port, tls.port] {
        let site = Site::new(&format!("rediss://localhost:{port}"));
        let app = site.app().await;
        for n in 0..30 {
            assert_eq!(get(&*app, "/p").await.body, format!("/p {}", n + 1));
        }
        assert!(!site.cache.is_store_up());
    }
    assert_eq!(plain.keys("*"), [""; 0]);
}

/// Sends a command over a connection of its own, and gives what comes back as it comes.
fn raw(port: u16, command: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "{command}\r\n").unwrap();
    let mut reply = [0; 256];
    let count = stream.read(&mut reply).unwrap();
    String::from_utf8_lossy(&reply[..count]).into_owned()
}
