//! Purging by generations: constant time, and right against renders in flight.
//!
//! Every purge is numbered. A page carries the number of the last purge that began before its render did; it is valid
//! as long as none of the scopes that it belongs to was purged by a later one. Nothing is searched or deleted.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use super::key::Slot;
use super::tags::Tags;

/// What to purge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purge<'a> {
    /// Everything.
    All,
    /// Every page of a path and of all paths below it: `/coupons` covers `/coupons`, `/coupons/` and `/coupons/a/b`, not
    /// `/couponsx`. A slash at the end makes no difference; `/` is every path.
    Prefix(&'a str),
    /// Every page of a path, with any query, on any host.
    Path(&'a str),
    /// The pages of one path and one query (in normal form), on any host.
    Page {
        /// The path, as it is sent in a request.
        path: &'a str,
        /// The query without `?`, if there is one.
        query: Option<&'a str>,
    },
    /// Every page that was given this tag, byte for byte ([`Tags`]).
    Tag(&'a str),
}

/// Of a path with more segments than this only so many count: a purge of a longer prefix covers what begins with these.
const MOST_SEGMENTS: usize = 32;

impl<'a> Purge<'a> {
    /// The one way to write this scope: two that are written alike cover the same pages.
    fn canonical(self) -> Purge<'a> {
        match self {
            Purge::Prefix(path) => {
                let path = path.trim_end_matches('/');
                let longest = path.match_indices('/').nth(MOST_SEGMENTS);
                Purge::Prefix(longest.map_or(path, |(end, _)| &path[..end]))
            }
            other => other,
        }
    }

    /// A name for the scope in a store that keeps a generation for each: 128 bits of a blake3 digest.
    pub fn slot(self) -> Slot {
        let (kind, path, query) = match self.canonical() {
            Purge::All => (b'*', "", None),
            Purge::Prefix(path) => (b'<', path, None),
            Purge::Path(path) => (b'/', path, None),
            Purge::Page { path, query } => (b'?', path, query),
            Purge::Tag(tag) => (b'#', tag, None),
        };
        let mut bytes = vec![kind, u8::from(query.is_some())];
        bytes.extend((path.len() as u64).to_le_bytes());
        bytes.extend_from_slice(path.as_bytes());
        bytes.extend_from_slice(query.unwrap_or_default().as_bytes());
        Slot::digest(&bytes)
    }
}

/// Where a page stands, as far as its request tells; with the page's tags, all the scopes that it belongs to follow from
/// it ([`each`](Self::each)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes<'a> {
    /// The path, as it was sent.
    pub path: &'a str,
    /// The query in normal form.
    pub query: Option<&'a str>,
}

impl<'a> Scopes<'a> {
    /// Every scope that covers a page with these tags; a purge of any of them makes it void. At most 37, and one for
    /// each tag.
    pub fn each(self, tags: &'a Tags) -> impl Iterator<Item = Purge<'a>> {
        let Scopes { path, query } = self;
        let whole = path.trim_end_matches('/');
        let prefixes = whole
            .match_indices('/')
            .map(|(end, _)| &whole[..end])
            .take(MOST_SEGMENTS + 1);
        let own = [
            Purge::All,
            Purge::Path(path),
            Purge::Page { path, query },
            Purge::Prefix(whole).canonical(),
        ];
        own.into_iter()
            .chain(prefixes.map(Purge::Prefix))
            .chain(tags.iter().map(Purge::Tag))
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
const SLOTS: usize = 1 << 16;

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
    /// The last purge of all.
    ///
    /// Read before everything else: a purge that comes in between is then counted as later than the render, never as
    /// earlier.
    pub(crate) fn latest(&self) -> Stamp {
        Stamp(self.latest.load(Ordering::SeqCst))
    }

    /// The last purge that covered a page of these scopes and tags.
    pub(crate) fn covering(&self, scopes: Scopes<'_>, tags: &Tags) -> Stamp {
        let covering = scopes
            .each(tags)
            .map(|scope| self.slot(&scope).load(Ordering::SeqCst))
            .max()
            .unwrap_or_default();
        Stamp(covering)
    }

    pub(crate) fn purge(&self, scope: Purge<'_>) {
        let number = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        self.slot(&scope.canonical())
            .fetch_max(number, Ordering::SeqCst);
    }

    /// Takes a scope in its canonical form.
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
        stamp >= generations.covering(scopes, &Tags::default())
    }

    #[test]
    fn a_purge_covers_its_scope_and_no_other() {
        let page = |query| Purge::Page { path: "/a", query };
        for (purge, a, b) in [
            (Purge::All, false, false),
            (Purge::Prefix("/"), false, false),
            (Purge::Prefix(""), false, false),
            (Purge::Prefix("/a"), false, true),
            (Purge::Path("/a"), false, true),
            (Purge::Path("/c"), true, true),
            (page(Some("n=1")), false, true),
            (page(None), true, true),
            (Purge::Tag("/a"), true, true),
        ] {
            let generations = Generations::default();
            let stamp = generations.latest();
            generations.purge(purge);
            assert_eq!(valid(&generations, A, stamp), a, "{purge:?}");
            assert_eq!(valid(&generations, B, stamp), b, "{purge:?}");
        }
    }

    #[test]
    fn a_prefix_covers_whole_segments() {
        let deep = "/x".repeat(100);
        for (prefix, path, covered) in [
            ("/a", "/a", true),
            ("/a", "/a/", true),
            ("/a/", "/a", true),
            ("/a/", "/a/b", true),
            ("/a", "/a/b/c", true),
            ("/a/b", "/a/b/c", true),
            ("/a/b", "/a", false),
            ("/a", "/ab", false),
            ("/a", "/b/a", false),
            ("/", "/", true),
            ("/", "//a", true),
            ("//a", "//a/b", true),
            ("//a", "/a/b", false),
            ("/a%2Fb", "/a/b", false),
            ("/x/x", &deep, true),
            (&deep, &deep, true),
            (&deep, "/x/x", false),
        ] {
            let generations = Generations::default();
            generations.purge(Purge::Prefix(prefix));
            let scopes = Scopes { path, query: None };
            assert_eq!(
                !valid(&generations, scopes, Stamp(0)),
                covered,
                "{prefix} on {path}"
            );
            assert!(scopes.each(&Tags::default()).count() <= 4 + MOST_SEGMENTS + 1);
            let slot = Purge::Prefix(prefix).slot();
            assert_eq!(
                scopes.each(&Tags::default()).any(|own| own.slot() == slot),
                covered,
                "{prefix} on {path}"
            );
        }
    }

    #[test]
    fn a_tag_is_compared_byte_for_byte() {
        let tags = Tags::new(["x y", "a,b", "\n"]);
        for (tag, covered) in [
            ("x", false),
            ("x y", true),
            ("a", false),
            ("a,b", true),
            ("X Y", false),
        ] {
            let generations = Generations::default();
            generations.purge(Purge::Tag(tag));
            assert_eq!(
                generations.covering(A, &tags) > Stamp(0),
                covered,
                "{tag:?}"
            );
        }
    }

    #[test]
    fn scopes_of_different_kinds_have_different_names() {
        let page = |query| Purge::Page { path: "/a", query };
        let scopes = [
            Purge::All,
            Purge::Prefix("/a"),
            Purge::Path("/a"),
            page(None),
            page(Some("")),
            page(Some("n")),
            Purge::Page {
                path: "/an",
                query: None,
            },
            Purge::Tag("/a"),
            Purge::Tag(""),
        ];
        for (at, scope) in scopes.iter().enumerate() {
            assert!(
                scopes[..at]
                    .iter()
                    .all(|other| other.slot() != scope.slot()),
                "{scope:?}"
            );
        }
        assert_eq!(Purge::Prefix("/a/").slot(), Purge::Prefix("/a").slot());
    }

    #[test]
    fn a_render_that_began_before_a_purge_is_void_and_one_after_is_not() {
        let generations = Generations::default();
        let before = generations.latest();
        generations.purge(Purge::Path("/a"));
        let after = generations.latest();
        generations.purge(Purge::Path("/b"));
        assert!(!valid(&generations, A, before));
        assert!(valid(&generations, A, after));
    }
}
