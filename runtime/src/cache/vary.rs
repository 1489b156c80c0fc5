//! The header names that tell a page's variants apart, and the record that a URL keeps of them.

use std::sync::Arc;

use bytes::Bytes;

use super::fields::Fields;
use super::key::{Key, Slot};

/// At most this many variants of one URL are kept; the oldest goes first. A view that varies by a header with
/// unlimited values cannot fill the store with one page.
const MOST_VARIANTS: usize = 64;

/// Names from `Vary`, in lower case, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VaryNames(Arc<[Box<str>]>);

impl VaryNames {
    pub(crate) fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> VaryNames {
        let mut names: Vec<Box<str>> = names
            .into_iter()
            .map(|name| name.to_ascii_lowercase().into_boxed_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        VaryNames(names.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// The names of both. Where responses of one URL disagree, every name that any of them gave tells variants apart,
    /// so that none is served to a request that its own `Vary` excludes (RFC 9111 §4.1).
    pub(crate) fn union(&self, other: &VaryNames) -> VaryNames {
        if other
            .iter()
            .all(|name| self.0.iter().any(|own| &**own == name))
        {
            return self.clone();
        }
        VaryNames::from_names(self.iter().chain(other.iter()))
    }
}

/// What a URL whose responses vary keeps in its own slot: the names, and which variants exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaryRecord {
    key: Bytes,
    names: VaryNames,
    variants: Vec<Slot>,
}

impl VaryRecord {
    /// A record of parts that [`key`](Self::key), [`names`](Self::name_list) and [`variants`](Self::variants) gave.
    pub fn from_parts<'a>(
        key: Bytes,
        names: impl IntoIterator<Item = &'a str>,
        variants: Vec<Slot>,
    ) -> VaryRecord {
        VaryRecord {
            key,
            names: VaryNames::from_names(names),
            variants,
        }
    }

    /// The key of the URL.
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// The names of the headers, sorted.
    pub fn name_list(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter()
    }

    /// The slots of the variants, the oldest first.
    pub fn variants(&self) -> &[Slot] {
        &self.variants
    }

    /// An empty record for the URL of `key`.
    pub(crate) fn new(key: &Key) -> VaryRecord {
        VaryRecord {
            key: key.encoded().clone(),
            names: VaryNames::default(),
            variants: Vec::new(),
        }
    }

    /// Whether this record was written for the URL of `key`.
    pub(crate) fn is_for(&self, key: &Key) -> bool {
        self.key == *key.encoded()
    }

    pub(crate) fn names(&self) -> &VaryNames {
        &self.names
    }

    /// The key that a request with `fields` has at this URL.
    pub(crate) fn variant<F: Fields + ?Sized>(&self, key: &Key, fields: &F) -> Key {
        key.variant(&self.names, fields)
    }

    /// Adds names.
    pub(crate) fn learn(&mut self, names: &VaryNames) {
        self.names = self.names.union(names);
    }

    /// Notes a variant, and gives the one that has to make room for it, if any.
    pub(crate) fn note(&mut self, variant: Slot) -> Option<Slot> {
        if self.variants.contains(&variant) {
            return None;
        }
        self.variants.push(variant);
        (self.variants.len() > MOST_VARIANTS).then(|| self.variants.remove(0))
    }

    /// Bytes that the record takes up in memory, roughly.
    pub(crate) fn weight(&self) -> usize {
        let names: usize = self.names.iter().map(|name| name.len() + 16).sum();
        size_of::<VaryRecord>()
            + self.key.len()
            + names
            + self.variants.capacity() * size_of::<Slot>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Target;
    use super::*;

    fn key(path: &str) -> Key {
        Key::new(&Target {
            release: "r",
            scheme: "http",
            host: b"h",
            path,
            query: None,
        })
    }

    #[test]
    fn names_are_sorted_lower_case_and_unique() {
        let names = VaryNames::from_names(["X-B", "accept", "x-b"]);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["accept", "x-b"]);
        let more = names.union(&VaryNames::from_names(["X-A"]));
        assert_eq!(more.iter().collect::<Vec<_>>(), ["accept", "x-a", "x-b"]);
        assert_eq!(more.union(&names), more);
    }

    #[test]
    fn the_oldest_variant_makes_room() {
        let mut record = VaryRecord::new(&key("/"));
        let slots: Vec<Slot> = (0..=MOST_VARIANTS)
            .map(|n| key(&n.to_string()).slot())
            .collect();
        for &slot in &slots[..MOST_VARIANTS] {
            assert_eq!(record.note(slot), None);
            assert_eq!(record.note(slot), None);
        }
        assert_eq!(record.note(slots[MOST_VARIANTS]), Some(slots[0]));
        assert_eq!(record.variants.len(), MOST_VARIANTS);
    }

    #[test]
    fn a_record_belongs_to_its_url() {
        let mut record = VaryRecord::new(&key("/a"));
        assert!(record.is_for(&key("/a")));
        assert!(!record.is_for(&key("/b")));
        record.learn(&VaryNames::from_names(["x"]));
        record.learn(&VaryNames::from_names(["X"]));
        assert_eq!(record.names().len(), 1);
    }
}
