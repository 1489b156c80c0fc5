//! What a page cache may take up, however it is asked.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::{App, Error, HttpRequest, HttpResponse, rt, test, web};
use crushed::cache::{
    Memory, PageCache, PageCacheOptions, Purge, Read, Scopes, Slot, Store, StoreFuture, Value,
};

const MIB: u64 = 1 << 20;

fn options() -> PageCacheOptions {
    PageCacheOptions::default().ttl(Duration::from_secs(60))
}

/// The resident size of this process in bytes; zero where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    size.unwrap_or_default() * 1024
}

/// A store in memory, and the slots in which pages lie.
#[derive(Clone)]
struct Watched {
    memory: Arc<Memory>,
    pages: Arc<Mutex<HashSet<Slot>>>,
}

impl Watched {
    fn new() -> Watched {
        Watched {
            memory: Arc::new(Memory::with_capacity(64 * MIB)),
            pages: Arc::default(),
        }
    }
}

impl Store for Watched {
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read> {
        self.memory.get(slot, scopes)
    }

    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()> {
        if matches!(value, Value::Page(_)) {
            self.pages.lock().unwrap().insert(slot);
        }
        self.memory.put(slot, value, keep)
    }

    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        self.pages.lock().unwrap().remove(&slot);
        self.memory.remove(slot)
    }

    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        self.memory.purge(scope)
    }
}

async fn status<S>(app: &S, request: test::TestRequest) -> u16
where
    S: Service<actix_http::Request, Response = ServiceResponse, Error = Error>,
{
    let response = app.call(request.to_request()).await.unwrap();
    response.status().as_u16()
}

#[actix_web::test]
async fn two_hundred_thousand_pages_stay_within_the_capacity() {
    let store = Watched::new();
    let app = App::new().service(
        web::resource("/p")
            .wrap(PageCache::with_store("r1", options(), store.clone()))
            .to(|request: HttpRequest| async move {
                HttpResponse::Ok().body(format!("page {}", request.query_string()))
            }),
    );
    let app = test::init_service(app).await;
    let before = resident();
    for page in 0..200_000 {
        let request = test::TestRequest::with_uri(&format!("/p?i={page}"));
        assert_eq!(status(&app, request).await, 200);
    }
    let weight = store.memory.weight().await;
    assert!(weight <= 64 * MIB, "{weight}");
    // Without the list of slots that this test keeps.
    let list = 200_000 * 2 * size_of::<Slot>() as u64;
    let growth = resident().saturating_sub(before + list);
    assert!(growth <= 96 * MIB, "{growth}");
}

#[actix_web::test]
async fn ten_thousand_variants_of_a_page_are_kept_as_sixty_four() {
    let store = Watched::new();
    let app = App::new().service(
        web::resource("/p")
            .wrap(PageCache::with_store("r1", options(), store.clone()))
            .to(|request: HttpRequest| async move {
                let value = request.headers().get("x-a").cloned().unwrap();
                HttpResponse::Ok()
                    .insert_header(("vary", "X-A"))
                    .body(value.as_bytes().to_vec())
            }),
    );
    let app = test::init_service(app).await;
    let before = resident();
    for variant in 0..10_000 {
        let request = test::TestRequest::with_uri("/p").insert_header(("x-a", variant.to_string()));
        assert_eq!(status(&app, request).await, 200);
    }
    assert_eq!(store.pages.lock().unwrap().len(), 64);
    let growth = resident().saturating_sub(before);
    assert!(growth <= 64 * MIB, "{growth}");
}

#[actix_web::test]
async fn two_thousand_requests_wait_for_one_render() {
    // What takes a second here takes none of the test's.
    tokio::time::pause();
    let renders = Rc::new(std::cell::Cell::new(0));
    let counted = Rc::clone(&renders);
    let app = App::new().service(
        web::resource("/p")
            .wrap(PageCache::new("r1", options()))
            .to(move || {
                counted.set(counted.get() + 1);
                async {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    HttpResponse::Ok().body("page")
                }
            }),
    );
    let app = Rc::new(test::init_service(app).await);
    let before = resident();
    let start = tokio::time::Instant::now();
    let asked: Vec<_> = (0..2_000)
        .map(|_| {
            let app = Rc::clone(&app);
            rt::spawn(async move { status(&*app, test::TestRequest::with_uri("/p")).await })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), 200);
    }
    assert_eq!(renders.get(), 1);
    assert!(start.elapsed() <= Duration::from_secs(6));
    let growth = resident().saturating_sub(before);
    assert!(growth <= 200 * MIB, "{growth}");
}
