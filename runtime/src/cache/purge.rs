//! Purging by generations: constant time, and right against renders in flight.
//!
//! Every purge is numbered. A page carries the number of the last purge that began before its render did; it is valid
//! as long as none of the scopes that it belongs to was purged by a later one. Nothing is searched or deleted.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// What to purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purge<'a> {
    /// Everything.
    All,
    /// Every page of a path, with any query, on any host.
    Path(&'a str),
    /// The pages of one path and one query (in normal form), on any host.
    Page {
        /// The path, as it is sent in a request.
        path: &'a str,
        /// The query without `?`, if there is one.
        query: Option<&'a str>,
    },
}

/// The scopes that a page belongs to; a purge of any of them covers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes<'a> {
    /// The path, as it was sent.
    pub path: &'a str,
    /// The query in normal form.
    pub query: Option<&'a str>,
}

impl<'a> Scopes<'a> {
    fn each(self) -> [Purge<'a>; 3] {
        let Scopes { path, query } = self;
        [Purge::All, Purge::Path(path), Purge::Page { path, query }]
    }
}

/// A number in the order of purges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub u64);

/// What a store says about purges when it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purges {
    /// The last purge of all. A page whose render begins now carries this.
    pub latest: Stamp,
    /// The last purge that covered the page asked for. A page with a smaller stamp is void.
    pub covering: Stamp,
}

/// One slot per hash value. Two scopes that share a slot are purged together, which costs a render and nothing else;
/// in return the table never grows.
const SLOTS: usize = 1 << 12;

/// The purges of one process.
#[derive(Debug)]
pub(crate) struct Generations {
    latest: AtomicU64,
    all: AtomicU64,
    slots: Box<[AtomicU64]>,
}

impl Default for Generations {
    fn default() -> Generations {
        Generations {
            latest: AtomicU64::new(0),
            all: AtomicU64::new(0),
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Generations {
    /// The state to read or render a page with these scopes by.
    pub(crate) fn read(&self, scopes: Scopes<'_>) -> Purges {
        // `latest` first: a purge that comes in between is then counted as later than the render, never as earlier.
        let latest = Stamp(self.latest.load(Ordering::SeqCst));
        let covering = scopes
            .each()
            .iter()
            .map(|scope| self.slot(scope).load(Ordering::SeqCst))
            .max()
            .unwrap_or_default();
        Purges {
            latest,
            covering: Stamp(covering),
        }
    }

    pub(crate) fn purge(&self, scope: &Purge<'_>) {
        let number = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        self.slot(scope).fetch_max(number, Ordering::SeqCst);
    }

    fn slot(&self, scope: &Purge<'_>) -> &AtomicU64 {
        if *scope == Purge::All {
            return &self.all;
        }
        let mut hasher = DefaultHasher::new();
        scope.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % SLOTS as u64).unwrap_or(0);
        self.slots.get(at).unwrap_or(&self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Scopes<'_> = Scopes {
        path: "/a",
        query: Some("n=1"),
    };
    const B: Scopes<'_> = Scopes {
        path: "/b",
        query: None,
    };

    fn valid(generations: &Generations, scopes: Scopes<'_>, stamp: Stamp) -> bool {
        stamp >= generations.read(scopes).covering
    }

    #[test]
    fn a_purge_covers_its_scope_and_no_other() {
        for (purge, a, b) in [
            (Purge::All, false, false),
            (Purge::Path("/a"), false, true),
            (Purge::Path("/c"), true, true),
            (
                Purge::Page {
                    path: "/a",
                    query: Some("n=1"),
                },
                false,
                true,
            ),
            (
                Purge::Page {
                    path: "/a",
                    query: None,
                },
                true,
                true,
            ),
        ] {
            let generations = Generations::default();
            let stamp = generations.read(A).latest;
            generations.purge(&purge);
            assert_eq!(valid(&generations, A, stamp), a, "{purge:?}");
            assert_eq!(valid(&generations, B, stamp), b, "{purge:?}");
        }
    }

    #[test]
    fn a_render_that_began_before_a_purge_is_void_and_one_after_is_not() {
        let generations = Generations::default();
        let before = generations.read(A).latest;
        generations.purge(&Purge::Path("/a"));
        let after = generations.read(A).latest;
        generations.purge(&Purge::Path("/b"));
        assert!(!valid(&generations, A, before));
        assert!(valid(&generations, A, after));
    }
}
