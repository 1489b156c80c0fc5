//! The page cache in an app: where it is wrapped, what happens to requests that meet, and stores that fail or lie.

use std::cell::Cell;
use std::future::ready;
use std::io::{Read as _, Write as _};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{App, Error, HttpResponse, HttpServer, rt, test, web};
use crushed::cache::{
    Memory, PageCache, PageCacheOptions, Purge, Read, Scopes, Slot, Store, StoreError, StoreFuture,
    Value, ViewRule,
};

const MINUTE: Duration = Duration::from_secs(60);

fn options() -> PageCacheOptions {
    PageCacheOptions::default().ttl(MINUTE)
}

fn pages() -> PageCache {
    PageCache::new("r1", options())
}

/// A view that says how often it was rendered.
fn counting() -> (Rc<Cell<usize>>, impl Fn() -> HttpResponse + Clone) {
    let count = Rc::new(Cell::new(0));
    let shared = Rc::clone(&count);
    let view = move || {
        shared.set(shared.get() + 1);
        HttpResponse::Ok().body(format!("page {}", shared.get()))
    };
    (count, view)
}

async fn get<S, B>(app: &S, path: &str) -> String
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let request = test::TestRequest::with_uri(path).to_request();
    let body = test::call_and_read_body(app, request).await;
    String::from_utf8(body.to_vec()).unwrap()
}

/// Lets every task that can go on do so.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[actix_web::test]
async fn it_wraps_a_resource_or_a_scope_and_leaves_the_rest_alone() {
    let (count, view) = counting();
    let route = || {
        let view = view.clone();
        web::get().to(move || ready(view()))
    };
    let app = App::new()
        .service(web::resource("/cached").wrap(pages()).route(route()))
        .service(web::scope("/scope").wrap(pages()).route("/{name}", route()))
        .route("/bare", route());
    let app = test::init_service(app).await;
    for (path, renders) in [("/cached", 1), ("/scope/a", 2), ("/scope/b", 3)] {
        let first = get(&app, path).await;
        assert_eq!(get(&app, path).await, first);
        assert_eq!(count.get(), renders, "{path}");
    }
    assert_ne!(get(&app, "/bare").await, get(&app, "/bare").await);
}

#[actix_web::test]
async fn a_page_is_changed_once_before_it_is_kept() {
    fn folded(page: &str) -> Option<String> {
        assert!(!page.contains("panic"), "asked for");
        Some(page.replace("  ", " "))
    }
    let view = |page: &'static str| {
        web::get().to(move || async move {
            HttpResponse::Ok()
                .content_type("text/html; charset=utf-8")
                .insert_header(("content-length", page.len().to_string()))
                .body(page)
        })
    };
    let pages = PageCache::new("r1", options().transform(folded));
    let app = App::new()
        .wrap(pages)
        .route("/page", view("<p>a    b</p>"))
        .route("/panic", view("<p>panic  here</p>"))
        .route(
            "/strong",
            web::get().to(|| async {
                HttpResponse::Ok()
                    .content_type("text/html")
                    .insert_header(("etag", "\"a\""))
                    .body("c  d")
            }),
        )
        .route("/text", web::get().to(|| async { "e  f" }));
    let app = test::init_service(app).await;
    for (path, want) in [
        ("/page", "<p>a  b</p>"),
        ("/panic", "<p>panic  here</p>"),
        ("/strong", "c  d"),
        ("/text", "e  f"),
    ] {
        let ask = || test::TestRequest::with_uri(path).to_request();
        let first = test::call_service(&app, ask()).await;
        let tag = first.headers().get("etag").cloned();
        assert_eq!(test::read_body(first).await, want, "{path}");
        let hit = test::call_service(&app, ask()).await;
        assert_eq!(hit.headers().get("etag").cloned(), tag, "{path}");
        assert_eq!(test::read_body(hit).await, want, "{path}");
    }
}

#[actix_web::test]
async fn views_share_one_store_and_have_their_own_options() {
    let (count, view) = counting();
    let pages = pages();
    let inner = view.clone();
    let app = App::new()
        .wrap(pages.clone())
        .service(
            web::resource("/off")
                .wrap(pages.off())
                .to(move || ready(inner())),
        )
        .default_service(web::to(move || ready(view())));
    let app = test::init_service(app).await;
    assert_eq!(get(&app, "/on").await, get(&app, "/on").await);
    assert_ne!(get(&app, "/off").await, get(&app, "/off").await);
    assert_eq!(count.get(), 3);
    let stats = pages.stats();
    assert_eq!(
        (stats.hits, stats.misses, stats.stored, stats.errors),
        (1, 3, 1, 0)
    );
}

#[actix_web::test]
async fn a_handler_can_keep_its_page_out_and_a_hook_a_request() {
    let (_, view) = counting();
    let ruled = move || {
        let mut response = view();
        response.extensions_mut().insert(ViewRule::Never);
        ready(response)
    };
    let (_, view) = counting();
    let pages = pages();
    let app = App::new()
        .service(web::resource("/ruled").wrap(pages.clone()).to(ruled))
        .service(
            web::resource("/skip")
                .wrap(pages.skip(|request| request.query_string() == "preview"))
                .to(move || ready(view())),
        );
    let app = test::init_service(app).await;
    assert_ne!(get(&app, "/ruled").await, get(&app, "/ruled").await);
    assert_eq!(get(&app, "/skip").await, get(&app, "/skip").await);
    assert_ne!(
        get(&app, "/skip?preview").await,
        get(&app, "/skip?preview").await
    );
}

#[actix_web::test]
async fn another_release_does_not_see_the_pages_of_this_one() {
    let store = Arc::new(Memory::default());
    for release in ["r1", "r2"] {
        let (count, view) = counting();
        let pages = PageCache::with_store(release, options(), Shared(Arc::clone(&store)));
        let app = App::new()
            .wrap(pages)
            .default_service(web::to(move || ready(view())));
        let app = test::init_service(app).await;
        get(&app, "/").await;
        get(&app, "/").await;
        assert_eq!(count.get(), 1, "{release}");
    }
}

/// A view that takes a tenth of a second. The app is for tests with tokio's time paused.
macro_rules! slow_app {
    ($pages:expr, $count:expr, $answer:expr) => {{
        let count = Rc::clone(&$count);
        let view = move || {
            let count = Rc::clone(&count);
            async move {
                count.set(count.get() + 1);
                let n = count.get();
                tokio::time::sleep(Duration::from_millis(100)).await;
                $answer(n)
            }
        };
        let app = App::new().wrap($pages).default_service(web::to(view));
        Rc::new(test::init_service(app).await)
    }};
}

fn page(n: usize) -> HttpResponse {
    HttpResponse::Ok().body(format!("page {n}"))
}

#[actix_web::test]
async fn when_the_one_who_renders_goes_away_another_one_does() {
    tokio::time::pause();
    let count = Rc::new(Cell::new(0));
    let app = slow_app!(pages(), count, page);
    let ask = || {
        let app = Rc::clone(&app);
        rt::spawn(async move { get(&*app, "/").await })
    };
    let leader = ask();
    settle().await;
    let others: Vec<_> = (0..20).map(|_| ask()).collect();
    settle().await;
    assert_eq!(count.get(), 1);
    leader.abort();
    for other in others {
        assert_eq!(other.await.unwrap(), "page 2");
    }
    assert_eq!(count.get(), 2);
}

#[actix_web::test]
async fn a_view_that_panics_takes_nobody_along() {
    tokio::time::pause();
    let count = Rc::new(Cell::new(0));
    let answer = |n: usize| match n {
        1 => std::panic::resume_unwind(Box::new("view")),
        n => page(n),
    };
    let app = slow_app!(pages(), count, answer);
    let asked: Vec<_> = (0..10)
        .map(|_| {
            let app = Rc::clone(&app);
            rt::spawn(async move { get(&*app, "/").await })
        })
        .collect();
    let mut panicked = 0;
    for answer in asked {
        match answer.await {
            Ok(text) => assert_eq!(text, "page 2"),
            Err(error) => panicked += usize::from(error.is_panic()),
        }
    }
    assert_eq!((panicked, count.get()), (1, 2));
}

#[actix_web::test]
async fn pages_that_are_not_for_everybody_are_not_rendered_one_after_the_other() {
    tokio::time::pause();
    let count = Rc::new(Cell::new(0));
    let answer = |n: usize| {
        HttpResponse::Ok()
            .insert_header(("cache-control", "private"))
            .body(n.to_string())
    };
    let app = slow_app!(pages(), count, answer);
    for most in [200, 100] {
        let began = tokio::time::Instant::now();
        let asked: Vec<_> = (0..20)
            .map(|_| {
                let app = Rc::clone(&app);
                rt::spawn(async move { get(&*app, "/").await })
            })
            .collect();
        let mut seen = std::collections::HashSet::new();
        for answer in asked {
            assert!(seen.insert(answer.await.unwrap()));
        }
        // The first time they wait for one to find out, the second time for nobody.
        assert!(
            began.elapsed() <= Duration::from_millis(most + 5),
            "{:?}",
            began.elapsed()
        );
    }
}

#[actix_web::test]
async fn variants_that_are_asked_for_at_once_do_not_get_each_others_page() {
    tokio::time::pause();
    let view = |request: actix_web::HttpRequest| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let value = request
            .headers()
            .get("x-a")
            .map_or("", |value| value.to_str().unwrap());
        HttpResponse::Ok()
            .insert_header(("vary", "x-a"))
            .body(value.to_owned())
    };
    let app = App::new().wrap(pages()).default_service(web::to(view));
    let app = Rc::new(test::init_service(app).await);
    let asked: Vec<_> = (0..30)
        .map(|n| {
            let app = Rc::clone(&app);
            rt::spawn(async move {
                let value = (n % 10).to_string();
                let request = test::TestRequest::get().insert_header(("x-a", value.clone()));
                let body = test::call_and_read_body(&*app, request.to_request()).await;
                assert_eq!(body, value);
            })
        })
        .collect();
    for answer in asked {
        answer.await.unwrap();
    }
}

#[actix_web::test]
async fn a_page_whose_render_began_before_a_purge_is_not_kept_nor_shared_with_later_requests() {
    tokio::time::pause();
    let count = Rc::new(Cell::new(0));
    let pages = pages();
    let app = slow_app!(pages.clone(), count, page);
    let ask = || {
        let app = Rc::clone(&app);
        rt::spawn(async move { get(&*app, "/").await })
    };
    let before = ask();
    settle().await;
    pages.purge(Purge::Path("/")).await.unwrap();
    let after = ask();
    assert_eq!(before.await.unwrap(), "page 1");
    assert_eq!(after.await.unwrap(), "page 2");
    assert_eq!(get(&*app, "/").await, "page 2");
}

#[actix_web::test]
async fn a_header_with_endless_values_does_not_fill_the_store() {
    let store = Arc::new(Memory::default());
    let pages = PageCache::with_store("r1", options(), Shared(Arc::clone(&store)));
    let view = || {
        let body = "x".repeat(10_000);
        ready(HttpResponse::Ok().insert_header(("vary", "x-a")).body(body))
    };
    let app = App::new().wrap(pages).default_service(web::to(view));
    let app = test::init_service(app).await;
    for n in 0..500 {
        let request = test::TestRequest::get().insert_header(("x-a", n));
        test::call_service(&app, request.to_request()).await;
    }
    let weight = store.weight().await;
    assert!((640_000..760_000).contains(&weight), "{weight}");
}

/// One store for several caches.
struct Shared(Arc<Memory>);

impl Store for Shared {
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read> {
        self.0.get(slot, scopes)
    }
    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()> {
        self.0.put(slot, value, keep)
    }
    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        self.0.remove(slot)
    }
    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        self.0.purge(scope)
    }
}

/// A store that is down.
struct Down;

impl Store for Down {
    fn get<'a>(&'a self, _: Slot, _: Scopes<'a>) -> StoreFuture<'a, Read> {
        Box::pin(ready(Err(StoreError::new("down"))))
    }
    fn put(&self, _: Slot, _: Value, _: Duration) -> StoreFuture<'_, ()> {
        Box::pin(ready(Err(StoreError::new("down"))))
    }
    fn remove(&self, _: Slot) -> StoreFuture<'_, ()> {
        Box::pin(ready(Err(StoreError::new("down"))))
    }
    fn purge<'a>(&'a self, _: Purge<'a>) -> StoreFuture<'a, ()> {
        Box::pin(ready(Err(StoreError::new("down"))))
    }
}

#[actix_web::test]
async fn a_store_that_is_down_costs_renders_and_nothing_else() {
    tokio::time::pause();
    let count = Rc::new(Cell::new(0));
    let pages = PageCache::with_store("r1", options(), Down);
    let app = slow_app!(pages.clone(), count, page);
    assert_eq!(get(&*app, "/").await, "page 1");
    assert_eq!(get(&*app, "/").await, "page 2");
    // Requests that meet still share one render.
    let asked: Vec<_> = (0..10)
        .map(|_| {
            let app = Rc::clone(&app);
            rt::spawn(async move { get(&*app, "/").await })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), "page 3");
    }
    let post = test::TestRequest::post().to_request();
    assert_eq!(
        test::call_service(&*app, post).await.status(),
        StatusCode::OK
    );
    assert!(pages.stats().errors > 0);
}

/// A store that gives the latest value for whatever is asked, as over a connection that has come out of step.
#[derive(Default)]
struct OutOfStep(Mutex<Option<Value>>);

impl Store for OutOfStep {
    fn get<'a>(&'a self, _: Slot, _: Scopes<'a>) -> StoreFuture<'a, Read> {
        let value = self.0.lock().unwrap().clone();
        let purges = Default::default();
        Box::pin(ready(Ok(Read { value, purges })))
    }
    fn put(&self, _: Slot, value: Value, _: Duration) -> StoreFuture<'_, ()> {
        *self.0.lock().unwrap() = Some(value);
        Box::pin(ready(Ok(())))
    }
    fn remove(&self, _: Slot) -> StoreFuture<'_, ()> {
        Box::pin(ready(Ok(())))
    }
    fn purge<'a>(&'a self, _: Purge<'a>) -> StoreFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}

#[actix_web::test]
async fn a_page_that_the_store_gives_for_another_one_is_not_served() {
    let view = |request: actix_web::HttpRequest| {
        let response = HttpResponse::Ok()
            .insert_header(("vary", "x-a"))
            .body(request.path().to_owned());
        ready(response)
    };
    let pages = PageCache::with_store("r1", options(), OutOfStep::default());
    let app = App::new().wrap(pages).default_service(web::to(view));
    let app = test::init_service(app).await;
    for path in ["/a", "/b", "/b", "/a", "/c"] {
        assert_eq!(get(&app, path).await, path);
    }
}

#[actix_web::test]
async fn over_a_real_connection_head_has_the_length_of_get_and_a_304_has_none() {
    let pages = pages();
    let app = move || {
        let view = || ready(HttpResponse::Ok().body("0123456789"));
        App::new()
            .wrap(pages.clone())
            .default_service(web::to(view))
    };
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);
    let answers = rt::task::spawn_blocking(move || {
        [
            "GET / HTTP/1.1\r\n",
            "HEAD / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nIf-None-Match: *\r\n",
            "GET / HTTP/1.1\r\n",
        ]
        .map(|request| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            write!(stream, "{request}Host: a.test\r\nConnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer.to_ascii_lowercase()
        })
    });
    let [first, head, unchanged, hit] = answers.await.unwrap();
    handle.stop(false).await;
    let (_, body) = hit.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "0123456789");
    for answer in [&first, &hit] {
        assert_eq!(answer.matches("\r\ndate: ").count(), 1, "{answer}");
    }
    assert!(head.contains("\r\ncontent-length: 10\r\n"), "{head}");
    assert!(head.contains("\r\nage: "), "{head}");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
    assert!(unchanged.starts_with("http/1.1 304 "), "{unchanged}");
    assert!(!unchanged.contains("content-length"), "{unchanged}");
    assert!(unchanged.ends_with("\r\n\r\n"), "{unchanged}");
}
