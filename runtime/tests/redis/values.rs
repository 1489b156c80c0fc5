//! What lies in Redis and is not what was put there: it is a miss, and replaced.

use crushed::cache::RedisOptions;

use crate::server::{Control, Server};
use crate::site::{Site, folder, get, options, until_hit};

/// Puts something else in place of the entry of `/p`, and sees that it is neither served nor kept.
async fn is_replaced(name: &str, change: impl FnOnce(&mut Control, &str, Vec<u8>)) {
    let server = Server::start(folder(), &[]);
    let redis = RedisOptions::default().max_value(100_000);
    let site = Site::with(&server.url(), "r1", options(), redis);
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    let key = server.keys("crushed:p:*").remove(0);
    let mut control = server.control();
    let entry = control.send(&[b"GET", key.as_bytes()]);
    change(&mut control, &key, entry.clone());
    let renders = site.renders();
    let answer = get(&*app, "/p").await;
    assert_eq!(answer.status, 200, "{name}: {answer:?}");
    assert_eq!(answer.body, format!("/p {}", renders + 1), "{name}");
    let answer = get(&*app, "/p").await;
    assert!(answer.is_hit(), "{name}: {answer:?}");
    assert_eq!(site.renders(), renders + 1, "{name}");
    assert_eq!(control.run(&format!("TYPE {key}")), "string", "{name}");
    assert_ne!(control.send(&[b"PTTL", key.as_bytes()]), b"-1", "{name}");
}

fn set(control: &mut Control, key: &str, value: &[u8]) {
    assert_eq!(control.send(&[b"SET", key.as_bytes(), value]), b"OK");
}

#[actix_web::test]
async fn half_an_entry() {
    is_replaced("half", |control, key, entry| {
        set(control, key, &entry[..entry.len() / 2]);
    })
    .await;
    is_replaced("nothing", |control, key, _| set(control, key, b"")).await;
}

#[actix_web::test]
async fn an_entry_with_other_bytes() {
    for at in [0, 4, 5, 20, 21, 30, 60] {
        is_replaced("a bit", |control, key, mut entry| {
            entry[at] ^= 1;
            set(control, key, &entry);
        })
        .await;
    }
    is_replaced("the last bit", |control, key, mut entry| {
        *entry.last_mut().unwrap() ^= 1;
        set(control, key, &entry);
    })
    .await;
    is_replaced("text", |control, key, _| {
        set(control, key, b"<h1>not a page</h1>")
    })
    .await;
}

#[actix_web::test]
async fn an_entry_of_another_version() {
    for version in [0, 255] {
        is_replaced("version", |control, key, mut entry| {
            entry[4] = version;
            set(control, key, &entry);
        })
        .await;
    }
}

#[actix_web::test]
async fn a_value_of_another_type() {
    is_replaced("list", |control, key, _| {
        control.run(&format!("DEL {key}"));
        control.run(&format!("RPUSH {key} a b"));
    })
    .await;
    is_replaced("hash", |control, key, _| {
        control.run(&format!("DEL {key}"));
        control.run(&format!("HSET {key} a b"));
    })
    .await;
}

#[actix_web::test]
async fn a_value_that_is_too_large() {
    is_replaced("large", |control, key, mut entry| {
        entry.resize(8 << 20, 0);
        set(control, key, &entry);
    })
    .await;
}

#[actix_web::test]
async fn the_entry_of_another_page() {
    let server = Server::start(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    until_hit(&*app, "/a").await;
    let a = server.keys("crushed:p:*").remove(0);
    until_hit(&*app, "/b").await;
    let b = server.keys("crushed:p:*").into_iter().find(|key| *key != a);
    server.run(&format!("COPY {a} {} REPLACE", b.unwrap()));
    let answer = get(&*app, "/b").await;
    assert!(answer.body.starts_with("/b "), "{answer:?}");
    assert!(!answer.is_hit());
    assert!(get(&*app, "/a").await.is_hit());
}

#[actix_web::test]
async fn every_page_expires() {
    let server = Server::start(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    for n in 0..20 {
        until_hit(&*app, &format!("/{n}?header=Vary:X-A")).await;
    }
    let mut control = server.control();
    for key in server.keys("crushed:[pl]:*") {
        let left: i64 = control.run(&format!("PTTL {key}")).parse().unwrap();
        assert!((1..=600_000).contains(&left), "{key}: {left}");
    }
}
