//! The store in the process's own memory.

use std::fmt;
use std::future::ready;
use std::hash::BuildHasherDefault;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

use super::key::{Slot, SlotHasher};
use super::near::Near;
use super::purge::{Generations, Purge, Purges, Scopes};
use super::store::{Read, Store, StoreFuture, Value};
use super::tags::Tags;

/// 64 MiB.
const DEFAULT_CAPACITY: u64 = 64 << 20;

/// What the map itself needs for a value, the node, its place in the eviction queues and in the timer wheel, and what the
/// allocator adds to the dozen pieces of a page. The resident size of a process that was asked for 200,000 small pages told.
const OVERHEAD: usize = 512;

/// Keeps pages in memory, up to a number of bytes; what is used least goes first.
pub struct Memory {
    values: Cache<Slot, Kept, BuildHasherDefault<SlotHasher>>,
    generations: Generations,
    near: Near,
}

#[derive(Clone)]
struct Kept {
    value: Value,
    keep: Duration,
}

/// Lets go of a value when it is of no more use, so that an idle process does not hold it.
struct Keep;

impl Expiry<Slot, Kept> for Keep {
    fn expire_after_create(&self, _: &Slot, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.keep)
    }

    fn expire_after_update(
        &self,
        _: &Slot,
        kept: &Kept,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.keep)
    }
}

impl Memory {
    /// A store of at most about `bytes` bytes, bodies, headers and keys together.
    pub fn with_capacity(bytes: u64) -> Memory {
        let weigh = |_: &Slot, kept: &Kept| {
            u32::try_from(kept.value.weight().saturating_add(OVERHEAD)).unwrap_or(u32::MAX)
        };
        Memory {
            values: Cache::builder()
                .max_capacity(bytes)
                .weigher(weigh)
                .expire_after(Keep)
                .build_with_hasher(BuildHasherDefault::default()),
            generations: Generations::default(),
            near: Near::new(),
        }
    }

    /// The bytes in use, by the same measure as the capacity. Runs the store's pending upkeep first.
    pub async fn weight(&self) -> u64 {
        self.values.run_pending_tasks();
        self.values.weighted_size()
    }

    fn value(&self, slot: Slot) -> Option<Value> {
        self.values.get(&slot).map(|kept| kept.value)
    }

    /// What to say of the value that `find` finds.
    fn read(&self, scopes: Scopes<'_>, find: impl FnOnce() -> Option<Value>) -> Read {
        let latest = self.generations.latest();
        let value = find();
        let covering = match &value {
            // Nothing at all was purged since: as careful, and cheaper, than to look for its own scopes.
            Some(Value::Page(entry)) if entry.stamp() >= latest => latest,
            Some(Value::Page(entry)) => self.generations.covering(scopes, entry.tags()),
            _ => self.generations.covering(scopes, &Tags::default()),
        };
        let purges = Purges { latest, covering };
        Read { value, purges }
    }
}

impl Default for Memory {
    /// A store of 64 MiB.
    fn default() -> Memory {
        Memory::with_capacity(DEFAULT_CAPACITY)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("values", &self.values.entry_count())
            .field("bytes", &self.values.weighted_size())
            .finish_non_exhaustive()
    }
}

impl Store for Memory {
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read> {
        Box::pin(ready(Ok(self.read(scopes, || self.value(slot)))))
    }

    fn get_now(&self, slot: Slot, scopes: Scopes<'_>) -> Option<Read> {
        Some(self.read(scopes, || self.near.value(slot, || self.value(slot))))
    }

    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()> {
        self.values.insert(slot, Kept { value, keep });
        self.near.changed();
        Box::pin(ready(Ok(())))
    }

    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        self.values.invalidate(&slot);
        self.near.changed();
        Box::pin(ready(Ok(())))
    }

    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        self.generations.purge(scope);
        if scope == Purge::All {
            // The generation alone makes everything void; this gives the memory back.
            self.values.invalidate_all();
            self.near.changed();
        }
        Box::pin(ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use http::StatusCode;

    use super::super::clock::Timestamp;
    use super::super::entry::{Entry, Page};
    use super::super::key::{Key, Target};
    use super::super::purge::Stamp;
    use super::super::response::Terms;
    use super::super::vary::VaryNames;
    use super::*;

    const SCOPES: Scopes<'_> = Scopes {
        path: "/",
        query: None,
    };

    fn page(path: &str, size: usize) -> (Slot, Value) {
        let key = Key::new(&Target {
            release: "r",
            scheme: "http",
            host: b"a.test",
            path,
            query: None,
        });
        let page = Page {
            status: StatusCode::OK,
            fields: Vec::new(),
            body: Bytes::from(vec![b'x'; size]),
        };
        let terms = Terms {
            lifetime: Duration::from_secs(60),
            age: Duration::ZERO,
            vary: VaryNames::default(),
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            public: false,
            tags: Tags::default(),
        };
        let now = Timestamp::from_millis(0);
        let entry = Entry::new(&key, Stamp::default(), page, &terms, now);
        (key.slot(), Value::Page(Arc::new(entry)))
    }

    #[tokio::test]
    async fn the_capacity_is_in_bytes() {
        let memory = Memory::with_capacity(100_000);
        for n in 0..1_000 {
            let (slot, value) = page(&n.to_string(), 4_000);
            memory
                .put(slot, value, Duration::from_secs(60))
                .await
                .unwrap();
        }
        let weight = memory.weight().await;
        assert!((50_000..=100_000).contains(&weight), "{weight}");
        // Each page weighs more than its body, and not half as much again.
        let pages = memory.values.entry_count();
        assert!((17..25).contains(&pages), "{pages}");
    }

    #[tokio::test]
    async fn what_is_put_is_found_until_it_expires_or_is_removed() {
        let memory = Memory::default();
        let (slot, value) = page("/", 10);
        assert!(memory.get(slot, SCOPES).await.unwrap().value.is_none());
        let minute = Duration::from_secs(60);
        memory.put(slot, value.clone(), minute).await.unwrap();
        assert_eq!(
            memory.get(slot, SCOPES).await.unwrap().value,
            Some(value.clone())
        );
        memory.remove(slot).await.unwrap();
        assert!(memory.get(slot, SCOPES).await.unwrap().value.is_none());
        memory
            .put(slot, value, Duration::from_nanos(1))
            .await
            .unwrap();
        std::thread::sleep(Duration::from_millis(2));
        assert!(memory.get(slot, SCOPES).await.unwrap().value.is_none());
    }

    #[tokio::test]
    async fn a_purge_of_all_empties_it() {
        let memory = Memory::default();
        let (slot, value) = page("/", 10);
        let before = memory.get(slot, SCOPES).await.unwrap().purges;
        memory
            .put(slot, value, Duration::from_secs(60))
            .await
            .unwrap();
        memory.purge(Purge::All).await.unwrap();
        let after = memory.get(slot, SCOPES).await.unwrap();
        assert!(after.purges.covering > before.latest);
        assert_eq!(memory.weight().await, 0);
    }

    fn body(memory: &Memory, slot: Slot) -> Option<Bytes> {
        let read = memory.get_now(slot, SCOPES)?;
        match read.value {
            Some(Value::Page(entry)) => Some(entry.body().clone()),
            _ => None,
        }
    }

    #[tokio::test]
    async fn what_is_at_hand_is_what_is_stored() {
        let [one, other] = [Memory::default(), Memory::default()];
        let minute = Duration::from_secs(60);
        let (slot, short) = page("/", 10);
        let (_, long) = page("/", 20);
        one.put(slot, short, minute).await.unwrap();
        other.put(slot, long.clone(), minute).await.unwrap();
        let length = |memory| body(memory, slot).map(|body| body.len());
        // Each store has its own, however often they are asked by turns.
        for _ in 0..50 {
            assert_eq!(length(&one), Some(10));
            assert_eq!(length(&one), Some(10));
            assert_eq!(length(&other), Some(20));
        }
        one.put(slot, long, minute).await.unwrap();
        assert_eq!(length(&one), Some(20));
        one.remove(slot).await.unwrap();
        assert_eq!(length(&one), None);
        assert_eq!(length(&other), Some(20));
        other.purge(Purge::All).await.unwrap();
        assert_eq!(length(&other), None);
    }

    #[tokio::test]
    async fn what_is_at_hand_is_not_kept_from_being_evicted() {
        let memory = Memory::with_capacity(100_000);
        let minute = Duration::from_secs(60);
        let (slot, value) = page("/", 4_000);
        let Value::Page(entry) = &value else {
            panic!("a page is put")
        };
        let entry = Arc::downgrade(entry);
        memory.put(slot, value, minute).await.unwrap();
        assert!(body(&memory, slot).is_some());
        assert!(entry.upgrade().is_some());
        memory.values.invalidate(&slot);
        memory.values.run_pending_tasks();
        // The map frees what was taken out when no thread can be reading it any more.
        for n in 0..10_000 {
            let (slot, value) = page(&n.to_string(), 4_000);
            memory.put(slot, value, minute).await.unwrap();
            memory.weight().await;
            if entry.upgrade().is_none() {
                return;
            }
        }
        panic!("the page is still there");
    }

    #[test]
    fn threads_never_see_an_older_page_than_one_that_was_put() {
        let memory = Memory::default();
        let (slot, _) = page("/", 0);
        let put = std::sync::atomic::AtomicUsize::new(0);
        let order = std::sync::atomic::Ordering::SeqCst;
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while put.load(order) < 2_000 {
                        let least = put.load(order);
                        let seen = body(&memory, slot).map_or(0, |body| body.len());
                        assert!(seen >= least, "{seen} after {least}");
                    }
                });
            }
            for size in 1..=2_000 {
                let (_, value) = page("/", size);
                drop(memory.put(slot, value, Duration::from_secs(60)));
                put.store(size, order);
            }
        });
    }
}
