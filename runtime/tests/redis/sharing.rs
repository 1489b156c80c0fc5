//! Several processes on one server, each with a store of its own: purges, turns and releases.

use std::time::{Duration, Instant};

use actix_web::http::Method;
use actix_web::{rt, test};
use crushed::cache::{Purge, RedisOptions};

use crate::proxy::{Fault, Proxy};
use crate::server::Server;
use crate::site::{Site, folder, get, get_all, options, send, until_hit};

#[actix_web::test]
async fn one_renders_and_all_have_the_page() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let two = Site::new(&server.url());
    let page = until_hit(&*one.app().await, "/p").await;
    assert_eq!(get(&*two.app().await, "/p").await.body, page.body);
    assert_eq!(two.renders(), 0);
}

#[actix_web::test]
async fn databases_namespaces_and_releases_are_apart() {
    let server = Server::start(folder(), &[]);
    let url = server.url();
    let of = |url: &str, release: &str, namespace: &str| {
        Site::with(
            url,
            release,
            options(),
            RedisOptions::default().namespace(namespace),
        )
    };
    let sites = [
        of(&url, "r1", "a"),
        of(&url, "r2", "a"),
        of(&url, "r1", "b"),
        of(&format!("{url}/3"), "r1", "a"),
    ];
    for site in &sites {
        until_hit(&*site.app().await, "/p").await;
        assert_eq!(site.renders(), 1);
    }
    assert_eq!(server.keys("a:p:*").len(), 2);
    assert_eq!(server.keys("b:p:*").len(), 1);
    let mut control = server.control();
    control.run("SELECT 3");
    assert_eq!(control.run("KEYS a:p:*").lines().count(), 1);
}

#[actix_web::test]
async fn a_purge_reaches_every_process_at_once_and_covers_its_scope() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let two = Site::new(&server.url());
    let (here, there) = (one.app().await, two.app().await);
    let paths = [
        "/",
        "/a",
        "/a/b?tag=t",
        "/a/c?tag=t&tag=u",
        "/b?tag=u",
        "/ab",
    ];
    for (scope, covered) in [
        (Purge::All, &paths[..]),
        (Purge::Path("/a"), &["/a"]),
        (
            Purge::Prefix("/a"),
            &["/a", "/a/b?tag=t", "/a/c?tag=t&tag=u"],
        ),
        (
            Purge::Prefix("/a/"),
            &["/a", "/a/b?tag=t", "/a/c?tag=t&tag=u"],
        ),
        (Purge::Tag("t"), &["/a/b?tag=t", "/a/c?tag=t&tag=u"]),
        (Purge::Tag("u"), &["/a/c?tag=t&tag=u", "/b?tag=u"]),
        (Purge::Tag("t&tag=u"), &[]),
        (
            Purge::Page {
                path: "/b",
                query: Some("tag=u"),
            },
            &["/b?tag=u"],
        ),
    ] {
        for path in paths {
            until_hit(&*here, path).await;
            until_hit(&*there, path).await;
        }
        one.cache.purge(scope).await.unwrap();
        for path in paths {
            let hit = get(&*there, path).await.is_hit();
            assert_eq!(hit, !covered.contains(&path), "{scope:?} on {path}");
        }
    }
}

#[actix_web::test]
async fn an_unsafe_method_purges_its_path_everywhere() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let two = Site::new(&server.url());
    let (here, there) = (one.app().await, two.app().await);
    until_hit(&*here, "/p").await;
    assert!(get(&*there, "/p").await.is_hit());
    send(
        &*here,
        test::TestRequest::with_uri("/p").method(Method::POST),
    )
    .await;
    assert!(!get(&*there, "/p").await.is_hit());
}

#[actix_web::test]
async fn a_render_that_began_before_a_purge_is_not_served_after_it() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let two = Site::new(&server.url());
    let (here, there) = (one.app().await, two.app().await);
    for scope in [
        Purge::All,
        Purge::Path("/p"),
        Purge::Prefix("/"),
        Purge::Tag("t"),
    ] {
        two.cache.purge(Purge::All).await.unwrap();
        let before = one.renders();
        let slow = rt::spawn({
            let here = here.clone();
            async move { get(&*here, "/p?tag=t&ms=300").await }
        });
        while one.renders() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        two.cache.purge(scope).await.unwrap();
        assert_eq!(slow.await.unwrap().body, format!("/p {}", before + 1));
        for app in [&here, &there] {
            let after = get(&**app, "/p?tag=t&ms=300").await;
            assert_ne!(after.body, format!("/p {}", before + 1), "{scope:?}");
        }
    }
}

#[actix_web::test]
async fn a_new_process_knows_of_purges_before_its_time() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let here = one.app().await;
    for path in ["/a", "/b"] {
        until_hit(&*here, path).await;
    }
    one.cache.purge(Purge::Path("/a")).await.unwrap();
    let two = Site::new(&server.url());
    let there = two.app().await;
    assert!(!get(&*there, "/a").await.is_hit());
    assert!(get(&*there, "/b").await.is_hit());
}

#[actix_web::test]
async fn a_purge_scans_nothing_and_touches_nothing_else() {
    let server = Server::start(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    server.run("SET other:app 1");
    until_hit(&*app, "/p").await;
    server.run("CONFIG RESETSTAT");
    site.cache.purge(Purge::All).await.unwrap();
    let stats = server.run("INFO commandstats");
    for command in ["keys", "scan", "flushdb", "flushall", "unlink"] {
        assert!(!stats.contains(&format!("cmdstat_{command}:")), "{stats}");
    }
    assert_eq!(server.run("GET other:app"), "1");
    assert!(!get(&*app, "/p").await.is_hit());
}

#[actix_web::test]
async fn the_list_of_purges_does_not_grow_without_end() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let here = one.app().await;
    until_hit(&*here, "/first").await;
    one.cache.purge(Purge::Path("/first")).await.unwrap();
    for n in 0..6_000 {
        one.cache
            .purge(Purge::Path(&format!("/{n}")))
            .await
            .unwrap();
    }
    let kept: usize = server.run("ZCARD crushed:purges").parse().unwrap();
    assert!((2_000..=4_096).contains(&kept), "{kept}");
    // What was forgotten one by one counts as purged.
    assert!(!get(&*here, "/first").await.is_hit());
    let two = Site::new(&server.url());
    until_hit(&*two.app().await, "/new").await;
    assert!(get(&*here, "/new").await.is_hit());
}

/// Each of these leaves it unknown what was purged.
#[actix_web::test]
async fn lost_memory_of_purges_purges_everything() {
    let server = Server::start(folder(), &[]);
    let one = Site::new(&server.url());
    let here = one.app().await;
    for loss in [
        "DEL crushed:purged",
        "DEL crushed:purges",
        "DEL crushed:purged crushed:purges",
        "SET crushed:purged 17",
        "SET crushed:purged text",
        "SET crushed:purges text",
    ] {
        until_hit(&*here, "/p").await;
        one.cache.purge(Purge::Path("/p")).await.unwrap();
        until_hit(&*here, "/q").await;
        server.run(loss);
        // A process that has seen none of it.
        let two = Site::new(&server.url());
        let there = two.app().await;
        assert!(!get(&*there, "/p").await.is_hit(), "{loss}");
        until_hit(&*there, "/q").await;
        until_hit(&*here, "/q").await;
        one.cache.purge(Purge::Path("/q")).await.unwrap();
        assert!(!get(&*there, "/q").await.is_hit(), "{loss}");
    }
}

#[actix_web::test]
async fn a_purge_that_cannot_be_told_holds_here_at_once_and_elsewhere_later() {
    let server = Server::start(folder(), &[]);
    let proxy = Proxy::start(server.port);
    let one = Site::new(&proxy.url());
    let two = Site::new(&server.url());
    let (here, there) = (one.app().await, two.app().await);
    until_hit(&*here, "/p").await;
    until_hit(&*there, "/p").await;
    let renders = one.renders() + two.renders();
    proxy.set(Fault::Refuse);
    assert!(one.cache.purge(Purge::Path("/p")).await.is_err());
    assert!(!get(&*here, "/p").await.is_hit());
    proxy.set(Fault::None);
    let start = Instant::now();
    while get(&*there, "/p").await.is_hit() && one.renders() + two.renders() < renders + 2 {
        assert!(start.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks all sites at once for a page that takes a while.
async fn stampede(sites: &[Site], path: &str, each: usize) -> usize {
    let mut asking = Vec::new();
    for site in sites {
        let app = site.app().await;
        let paths = vec![path.to_owned(); each];
        asking.push(rt::spawn(async move { get_all(&app, paths).await }));
    }
    for answers in asking {
        for answer in answers.await.unwrap() {
            assert_eq!(answer.status, 200);
        }
    }
    sites.iter().map(Site::renders).sum()
}

#[actix_web::test]
async fn four_processes_render_a_page_once() {
    let server = Server::start(folder(), &[]);
    let url = server.url();
    let patient = || {
        RedisOptions::default()
            .deadline(Duration::from_secs(30))
            .response_timeout(Duration::from_secs(30))
    };
    let sites: Vec<Site> = (0..4)
        .map(|_| Site::with(&url, "r1", options(), patient()))
        .collect();
    assert_eq!(stampede(&sites, "/p?ms=300", 100).await, 1);
    assert_eq!(
        stampede(&sites, "/vary?ms=300&header=Vary:Accept", 100).await,
        2
    );
}

#[actix_web::test]
async fn a_response_for_one_is_not_waited_for_in_turns() {
    let server = Server::start(folder(), &[]);
    let url = server.url();
    let patient = || {
        RedisOptions::default()
            .deadline(Duration::from_secs(30))
            .response_timeout(Duration::from_secs(30))
            .lease(Duration::from_secs(3600))
    };
    let view = || options().wait_at_most(Duration::from_secs(3600));
    let sites: Vec<Site> = (0..4)
        .map(|_| Site::with(&url, "r1", view(), patient()))
        .collect();
    let path = "/p?ms=50&header=Cache-Control:private";
    assert_eq!(stampede(&sites, path, 5).await, 20);
}

#[actix_web::test]
async fn who_is_gone_with_a_lease_is_waited_for_no_longer_than_that() {
    let server = Server::start(folder(), &[]);
    let site = Site::with(
        &server.url(),
        "r1",
        options().wait_at_most(Duration::from_secs(3600)),
        RedisOptions::default().lease(Duration::from_millis(300)),
    );
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    site.cache.purge(Purge::All).await.unwrap();
    let page = server.keys("crushed:p:*").remove(0);
    let lease = page.replace("crushed:p:", "crushed:l:");
    server.run(&format!("SET {lease} of-a-process-that-was-killed PX 300"));
    assert_eq!(
        get(&*app, "/p").await.body,
        format!("/p {}", site.renders())
    );
    assert!(get(&*app, "/p").await.is_hit());
}

#[actix_web::test]
async fn a_lease_is_given_back() {
    let server = Server::start(folder(), &[]);
    let site = Site::new(&server.url());
    let app = site.app().await;
    until_hit(&*app, "/p").await;
    // Cancelled in the middle.
    let asking = rt::spawn({
        let app = app.clone();
        async move { get(&*app, "/slow?ms=60000").await }
    });
    while server.keys("crushed:l:*").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asking.abort();
    while !server.keys("crushed:l:*").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
