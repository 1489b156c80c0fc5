//! The page cache over processes: turns, purges from the command line, the demo, and a soak.

use std::thread::scope;
use std::time::Duration;

use crushed_tests::app::{App, run_to_its_end};
use crushed_tests::cli::crushed;
use crushed_tests::http::{Reply, get};
use crushed_tests::processes::{HOST, PageServer};
use crushed_tests::redis_server::{Server, free_port};
use crushed_tests::soak::{Plan, soak};

/// Far more than a store needs, so that a busy machine does not make a process give up on it.
const PATIENT: Duration = Duration::from_secs(30);

/// A thousand requests at once, spread over the processes; gives how many renders they took.
fn stampede(servers: &[PageServer], path: &str) -> usize {
    scope(|threads| {
        for number in 0..1_000 {
            let url = servers[number % servers.len()].url(path);
            threads.spawn(move || assert_eq!(get(&url, &[HOST]).status, 200));
        }
    });
    servers.iter().map(PageServer::renders).sum()
}

#[test]
fn a_thousand_requests_for_a_cold_page_render_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Server::start(folder.path(), &[]);
    let start = || PageServer::start("r1", &redis.url(), PATIENT);
    assert_eq!(stampede(&[start()], "/one?ms=500"), 1);
    let four = [start(), start(), start(), start()];
    let renders = stampede(&four, "/four?ms=500");
    assert!(renders <= 2, "{renders} renders");
}

#[test]
fn a_killed_process_does_not_hold_up_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Server::start(folder.path(), &[]);
    let mut one = PageServer::start("r1", &redis.url(), PATIENT);
    let two = PageServer::start("r1", &redis.url(), PATIENT);
    let slow = one.url("/p?ms=60000");
    let asking = std::thread::spawn(move || std::panic::catch_unwind(|| get(&slow, &[])).is_err());
    while redis.keys("crushed:l:*").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    one.kill();
    assert!(asking.join().unwrap());
    // The same address in the same release, but it is quick now.
    let lease = redis.keys("crushed:l:*").remove(0);
    let left: i64 = redis.run(&format!("PTTL {lease}")).parse().unwrap();
    assert!(left <= 3_000, "{left}");
    assert_eq!(get(&two.url("/q?ms=1"), &[]).status, 200);
    while !redis.keys("crushed:l:*").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_page_is_right_whatever_happens() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        length: Duration::from_secs(10),
        restart_every: Duration::from_secs(3),
        switch_every: Duration::from_secs(2),
    };
    let outcome = soak(folder.path(), plan);
    assert!(outcome.wrong.is_empty(), "{outcome}\n{:#?}", outcome.wrong);
    assert!(
        outcome.hits > 0 && outcome.restarts > 0 && outcome.switches > 0,
        "{outcome}"
    );
}

#[test]
fn pages_are_purged_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Server::start(folder.path(), &[]);
    let url = redis.url();
    let app = App::start(&[("REDIS_URL", &url)]);
    let hit = |path: &str| app.get(path).header("cache-status").contains("; hit");
    let pages = ["/", "/coupons", "/coupons/LAKE-20"];
    for (arguments, purged) in [
        (&["--path", "/coupons"][..], &["/coupons"][..]),
        (&["--prefix", "/coupons"], &["/coupons", "/coupons/LAKE-20"]),
        (&["--path", "/", "--path", "/coupons"], &["/", "/coupons"]),
        (&["--tag", "nothing-has-it"], &[]),
        (&["--all", "--namespace", "another"], &[]),
        (&["--all"], &pages),
    ] {
        for page in pages {
            while !hit(page) {}
        }
        let run = crushed(&[&["purge"], arguments].concat(), &[("REDIS_URL", &url)]);
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""));
        for page in pages {
            assert_eq!(hit(page), !purged.contains(&page), "{arguments:?}: {page}");
        }
    }
}

#[test]
fn a_purge_that_cannot_be_done_says_why() {
    let nobody = format!("redis://:s3cret@127.0.0.1:{}", free_port());
    for (arguments, url, code, said) in [
        (&["purge", "--all"][..], "", 2, "REDIS_URL is not set"),
        (
            &["purge", "--all"],
            "http://127.0.0.1",
            2,
            "redis://127.0.0.1:6379/3",
        ),
        (
            &["purge", "--path", "coupons"],
            &nobody,
            2,
            "begins with a slash",
        ),
        (&["purge"], &nobody, 2, "--all"),
        (&["purge", "--all"], &nobody, 1, "redis could not be told"),
    ] {
        let run = crushed(arguments, &[("REDIS_URL", url)]);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
    }
}

#[test]
fn tls_is_spoken_to_who_can_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Server::start_tls(folder.path());
    let certificate = redis.certificate().display().to_string();
    let right = format!("rediss://localhost:{}", redis.port);
    let other_name = format!("rediss://127.0.0.1:{}", redis.port);
    for (url, trusted, code) in [
        (&right, &*certificate, 0),
        (&right, "", 1),
        (&other_name, &certificate, 1),
    ] {
        let mut environment = vec![("REDIS_URL", &**url)];
        if !trusted.is_empty() {
            environment.push(("SSL_CERT_FILE", trusted));
        }
        let run = crushed(&["purge", "--all"], &environment);
        assert_eq!(run.code, code, "{url} {trusted}: {}", run.stderr);
    }
}

#[test]
fn the_demo_takes_the_store_that_redis_url_names() {
    let folder = tempfile::tempdir().unwrap();
    let redis = Server::start(folder.path(), &[]);
    let url = format!("{}/3", redis.url());
    let (one, two, other) = (
        App::start(&[("REDIS_URL", &url)]),
        App::start(&[("REDIS_URL", &url)]),
        App::start(&[("REDIS_URL", &url), ("STATIC_URL", "/other/")]),
    );
    let page = |app: &App| get(&app.url("/coupons"), &[HOST]);
    let is_hit = |reply: &Reply| reply.header("cache-status").contains("; hit");
    while !is_hit(&page(&one)) {}
    while !is_hit(&page(&two)) {}
    let metrics = two.get("/metrics");
    assert!(metrics.text().contains("page_cache_hits_total 1\n"));
    assert!(metrics.text().contains("page_cache_stored_total 0\n"));
    // A page holds the prefix of its assets: what one process renders is not for another with its own.
    let first = page(&other);
    assert!(!is_hit(&first) && first.text().contains("/other/css/"));
    while !is_hit(&page(&other)) {}
    assert!(page(&other).text().contains("/other/css/"));
    assert!(page(&two).text().contains("/static/css/"));
    let run = run_to_its_end(&[("REDIS_URL", "127.0.0.1:6379 s3cret")]);
    let message = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success());
    assert!(
        message.contains("REDIS_URL") && message.contains("redis://127.0.0.1:6379/3"),
        "{message}"
    );
    assert!(!message.contains("s3cret"), "{message}");
}

#[test]
fn a_store_that_goes_and_comes_back_is_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut redis = Server::start(folder.path(), &[]);
    let app = App::start(&[("REDIS_URL", &redis.url()), ("RUST_LOG", "crushed=info")]);
    let ask = || assert_eq!(app.get("/coupons").status, 200);
    let says_up = |up: u8| {
        let metrics = app.get("/metrics");
        metrics
            .text()
            .contains(&format!("page_cache_store_up {up}\n"))
    };
    for _ in 0..2 {
        redis.kill();
        while !says_up(0) {
            ask();
        }
        (0..100).for_each(|_| ask());
        redis.start_again();
        while !says_up(1) {
            ask();
        }
        (0..100).for_each(|_| ask());
    }
    let log = app.log();
    let told = |what: &str| log.lines().filter(|line| line.contains(what)).count();
    assert_eq!(told("the page store is not available"), 2, "{log}");
    assert_eq!(told("the page store is available again"), 2, "{log}");
    // Besides, what a server that was empty has forgotten.
    assert_eq!(log.lines().count() - told("lost its memory"), 4, "{log}");
}

#[test]
fn a_form_of_the_demo_is_each_visitors_own() {
    let app = App::start(&[]);
    let form = || app.get("/coupons/LAKE-20/redeem");
    let (one, two) = (form(), form());
    for reply in [&one, &two] {
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.header("cache-status").contains("fwd="), "{reply:?}");
    }
    assert_ne!(one.header("set-cookie"), two.header("set-cookie"));
    assert_ne!(one.body, two.body);
    let cookie = one
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let token = cookie.split_once('=').unwrap().1;
    assert!(one.text().contains(token));
    let redeem = |cookie: &str, token: &str| {
        let sent = ureq::post(app.url("/coupons/LAKE-20/redeem"))
            .config()
            .http_status_as_error(false)
            .build()
            .header("cookie", cookie)
            .send_form([("token", token)]);
        sent.unwrap().status().as_u16()
    };
    assert_eq!(redeem(&cookie, token), 200);
    assert_eq!(redeem(&cookie, &"0".repeat(32)), 403);
    assert_eq!(redeem("a=b", token), 403);
    assert_eq!(redeem("redeem=", ""), 403);
}
