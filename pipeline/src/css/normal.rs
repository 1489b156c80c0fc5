//! A sheet as the cascade sees it: for each longhand the sequence of (condition, selector, value), with what
//! can never win left out. Two sheets with equal sequences style every page alike.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::family::family;
use super::logical::add_shared;
use super::read::{Known, Said, read};
use super::shorthand::RESET;
use super::tree::{Item, Tree};

/// One selector's value of one longhand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub key: Key,
    /// Every engine takes it, so that it hides what the same selector said before.
    pub plain: bool,
    /// The place of the rule it came from: a token index.
    pub rule: usize,
    /// The place of the declaration it came from, or of the rule again.
    pub declaration: usize,
    /// The value without the prefix of its property.
    pub bare: u64,
    /// The length of that prefix, which tells them apart.
    pub prefix: u8,
}

impl Entry {
    pub(super) fn place(&self) -> Place {
        let key = self.key;
        (key.condition, key.selector, key.important, self.prefix)
    }
}

/// Condition, selector, importance and prefix: of entries that have these in common a later one may hide an earlier one.
pub(super) type Place = (u64, u64, bool, u8);

/// What counts of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    pub condition: u64,
    pub selector: u64,
    pub value: u64,
    pub important: bool,
}

/// A text's hash stands for it: the sheets are then compared without sharing anything.
pub(super) fn id(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The same of two texts.
pub(super) fn id_of_pair(one: &str, two: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    one.hash(&mut hasher);
    two.hash(&mut hasher);
    hasher.finish()
}

/// A map by ids.
pub(super) type Ids<V> = HashMap<u64, V, BuildHasherDefault<Mixer>>;
pub(super) type Seen<K> = HashSet<K, BuildHasherDefault<Mixer>>;

/// How often something was said.
pub(super) type Counts<K> = HashMap<K, i64, BuildHasherDefault<Mixer>>;

/// A hasher for what is a hash already.
#[derive(Default)]
pub(super) struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes the upper bits for tags and the lower ones for places.
        self.0 ^ (self.0 >> 32)
    }
}

/// A sheet as the cascade sees it.
pub(super) struct Normal {
    pub longhands: Ids<Vec<Entry>>,
    /// Nothing is missing. What is not whole is equal to nothing, itself neither.
    pub whole: bool,
}

impl Normal {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        Self::with(tree, &tree.items, &mut Known::default())
    }

    /// The same for some top-level items of a sheet that has texts in common with others.
    pub(super) fn with(tree: &Tree<'_>, items: &[Item], known: &mut Known) -> Self {
        Self::from(read(tree, items, known))
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.whole
            && other.whole
            && self.longhands.len() == other.longhands.len()
            && self.longhands.iter().all(|(name, ours)| {
                other
                    .longhands
                    .get(name)
                    .is_some_and(|theirs| same(ours, theirs))
            })
    }
}

/// Whether two sequences say the same.
pub(super) fn same(ours: &[Entry], theirs: &[Entry]) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| a.key == b.key)
}

impl From<Said> for Normal {
    fn from(said: Said) -> Self {
        let mut longhands = said.longhands;
        if said.room.is_none() || !add_shared(&mut longhands) {
            return Self {
                longhands: Ids::default(),
                whole: false,
            };
        }
        for entries in longhands.values_mut() {
            remove_dead(entries);
            // The cascade asks for importance before it asks for order.
            entries.sort_by_key(|entry| entry.key.important);
            sort_runs(entries);
        }
        longhands.retain(|_, entries| !entries.is_empty());
        // `border` resets them, which means something only where they are ever set.
        let reset = id(RESET);
        for name in family("border-image") {
            let image = id(name);
            if longhands
                .get(&image)
                .is_some_and(|entries| entries.iter().all(|entry| entry.key.value == reset))
            {
                longhands.remove(&image);
            }
        }
        Self {
            longhands,
            whole: true,
        }
    }
}

/// An entry is dead when the same selector says the same longhand again, later, surely and with the same prefix.
fn remove_dead(entries: &mut Vec<Entry>) {
    let mut surely: Seen<Place> = Seen::with_capacity_and_hasher(entries.len(), <_>::default());
    let mut again: Seen<Key> = Seen::default();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries.drain(..).rev() {
        // An equal one has the place in common, too: of those that hide it, the set need not know.
        let lives = !again.contains(&entry.key)
            && match entry.plain {
                true => surely.insert(entry.place()),
                false => !surely.contains(&entry.place()) && again.insert(entry.key),
            };
        if lives {
            kept.push(entry);
        }
    }
    kept.reverse();
    *entries = kept;
}

/// Neighbours that say the same under the same condition may stand in any order, and so may the prefixed forms
/// of one declaration: whichever an engine takes, it takes the same value.
fn sort_runs(entries: &mut [Entry]) {
    let like = |a: &Entry, b: &Entry| {
        a.key.condition == b.key.condition && a.bare == b.bare && a.key.important == b.key.important
    };
    for run in entries.chunk_by_mut(like) {
        run.sort_by_key(|entry| entry.key);
    }
}
