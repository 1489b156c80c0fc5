//! Counts of what the cache did.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a page cache did since it was made, over all views that share it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests answered with a stored page, 304 included.
    pub hits: u64,
    /// Requests answered with a stale page.
    pub stale: u64,
    /// Requests answered with a page that another request was just rendering.
    pub shared: u64,
    /// Requests that looked for a page and had to render it.
    pub misses: u64,
    /// Requests that went past the cache.
    pub bypasses: u64,
    /// Responses stored.
    pub stored: u64,
    /// Operations of the store that failed.
    pub errors: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    hits: AtomicU64,
    stale: AtomicU64,
    shared: AtomicU64,
    misses: AtomicU64,
    bypasses: AtomicU64,
    stored: AtomicU64,
    errors: AtomicU64,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Hit,
    Stale,
    Shared,
    Miss,
    Bypass,
    Stored,
    Error,
}

impl Counters {
    pub(crate) fn count(&self, event: Event) {
        let counter = match event {
            Event::Hit => &self.hits,
            Event::Stale => &self.stale,
            Event::Shared => &self.shared,
            Event::Miss => &self.misses,
            Event::Bypass => &self.bypasses,
            Event::Stored => &self.stored,
            Event::Error => &self.errors,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Stats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            hits: of(&self.hits),
            stale: of(&self.stale),
            shared: of(&self.shared),
            misses: of(&self.misses),
            bypasses: of(&self.bypasses),
            stored: of(&self.stored),
            errors: of(&self.errors),
        }
    }
}
