//! The store in the process's own memory.

use std::fmt;
use std::future::ready;
use std::hash::BuildHasherDefault;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

use super::key::{Slot, SlotHasher};
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
        }
    }

    /// The bytes in use, by the same measure as the capacity. Runs the store's pending upkeep first.
    pub async fn weight(&self) -> u64 {
        self.values.run_pending_tasks();
        self.values.weighted_size()
    }

    fn read(&self, slot: Slot, scopes: Scopes<'_>) -> Read {
        let latest = self.generations.latest();
        let value = self.values.get(&slot).map(|kept| kept.value);
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
        Box::pin(ready(Ok(self.read(slot, scopes))))
    }

    fn get_now(&self, slot: Slot, scopes: Scopes<'_>) -> Option<Read> {
        Some(self.read(slot, scopes))
    }

    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()> {
        self.values.insert(slot, Kept { value, keep });
        Box::pin(ready(Ok(())))
    }

    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        self.values.invalidate(&slot);
        Box::pin(ready(Ok(())))
    }

    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        self.generations.purge(scope);
        if scope == Purge::All {
            // The generation alone makes everything void; this gives the memory back.
            self.values.invalidate_all();
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
            host: "a.test",
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
}
