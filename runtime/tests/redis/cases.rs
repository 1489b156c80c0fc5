//! The files of `page_cache_cases/` over a store in Redis.

use std::future::pending;
use std::sync::Arc;
use std::thread::{self, scope};
use std::time::Duration;

use crushed::cache::{
    Lease, Leased, Purge, Read, Redis, RedisOptions, Scopes, Slot, Store, StoreFuture, Value,
};
use tokio::runtime::{Builder, Handle};

use crate::page_cache_harness::run::run_all;
use crate::server::Server;
use crate::site::folder;

/// A store that has real time to itself, while that of the cases stands still: they wait for each of its answers.
struct Apart {
    store: Arc<Redis>,
    runtime: Handle,
}

impl Apart {
    fn wait<'a, T: Send + 'a>(&'a self, answer: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async move {
            scope(|threads| {
                let waiting = threads.spawn(|| self.runtime.block_on(answer));
                waiting.join().unwrap()
            })
        })
    }
}

impl Store for Apart {
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read> {
        self.wait(self.store.get(slot, scopes))
    }

    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()> {
        self.wait(self.store.put(slot, value, keep))
    }

    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        self.wait(self.store.remove(slot))
    }

    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        self.wait(self.store.purge(scope))
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn lease(&self, slot: Slot) -> StoreFuture<'_, Leased> {
        self.wait(self.store.lease(slot))
    }

    fn release(&self, lease: Lease, unshared: bool) {
        let _inside = self.runtime.enter();
        self.store.release(lease, unshared);
    }

    fn patience(&self) -> Option<Duration> {
        self.store.patience()
    }

    fn is_up(&self) -> bool {
        self.store.is_up()
    }
}

#[test]
fn every_case_holds() {
    let server = Server::start(folder(), &[]);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(pending::<()>()));
    run_all(|number| {
        let patient = Duration::from_secs(30);
        // Each case finds an empty store.
        let options = RedisOptions::default()
            .namespace(format!("case{number}"))
            .deadline(patient)
            .connect_timeout(patient)
            .response_timeout(patient);
        let open = || handle.block_on(async { Redis::open(&server.url(), options).unwrap() });
        Apart {
            store: Arc::new(scope(|threads| threads.spawn(open).join().unwrap())),
            runtime: handle.clone(),
        }
    });
}
