//! The purges that a process knows of.

use std::collections::HashMap;

use super::super::key::Slot;
use super::super::purge::{Purge, Scopes};
use super::super::tags::Tags;

/// Scopes that are remembered one by one; here, and in Redis. Of more, the older half counts as one purge of
/// everything at the time of its latest.
pub(super) const MOST_SCOPES: usize = 4096;

/// The number of the last purge of each scope.
#[derive(Debug, Default)]
pub(super) struct Table {
    latest: u64,
    highest: u64,
    all: u64,
    scopes: HashMap<Slot, u64>,
}

impl Table {
    /// All purges up to this one are known.
    pub(super) fn latest(&self) -> u64 {
        self.latest
    }

    /// No purge that is known is later than this.
    pub(super) fn highest(&self) -> u64 {
        self.highest
    }

    /// Notes purges. All up to `latest` are known then.
    pub(super) fn learn(&mut self, purges: impl IntoIterator<Item = (Slot, u64)>, latest: u64) {
        let all = Purge::All.slot();
        for (scope, number) in purges {
            let known = match scope == all {
                true => &mut self.all,
                false => self.scopes.entry(scope).or_default(),
            };
            *known = number.max(*known);
            self.highest = number.max(self.highest);
        }
        self.latest = latest.max(self.latest);
        self.highest = latest.max(self.highest);
        if self.scopes.len() > MOST_SCOPES {
            self.merge();
        }
    }

    /// The last purge that covered a page of these scopes and tags.
    pub(super) fn covering(&self, scopes: Scopes<'_>, tags: &Tags) -> u64 {
        scopes
            .each(tags)
            .filter_map(|scope| self.scopes.get(&scope.slot()).copied())
            .fold(self.all, u64::max)
    }

    fn merge(&mut self) {
        let mut numbers: Vec<u64> = self.scopes.values().copied().collect();
        let (_, &mut border, _) = numbers.select_nth_unstable(MOST_SCOPES / 2);
        self.scopes.retain(|_, number| *number > border);
        self.all = self.all.max(border);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Scopes<'_> {
        Scopes { path, query: None }
    }

    fn path(path: &str) -> Slot {
        Purge::Path(path).slot()
    }

    #[test]
    fn the_last_purge_of_any_scope_of_a_page_counts() {
        let mut table = Table::default();
        let tags = Tags::new(["t"]);
        table.learn([(path("/a"), 5), (Purge::Tag("t").slot(), 7)], 7);
        table.learn([(path("/a"), 3)], 6);
        assert_eq!(table.latest(), 7);
        assert_eq!(table.covering(at("/a"), &Tags::default()), 5);
        assert_eq!(table.covering(at("/a"), &tags), 7);
        assert_eq!(table.covering(at("/b"), &Tags::default()), 0);
        table.learn([(Purge::All.slot(), 9)], 9);
        assert_eq!(table.covering(at("/b"), &Tags::default()), 9);
    }

    #[test]
    fn it_does_not_grow_without_end_and_forgets_nothing() {
        let mut table = Table::default();
        let count = 3 * MOST_SCOPES as u64;
        for number in 1..=count {
            table.learn([(path(&number.to_string()), number)], number);
            assert!(table.scopes.len() <= MOST_SCOPES);
        }
        for number in 1..=count {
            let covering = table.covering(at(&number.to_string()), &Tags::default());
            assert!(covering >= number, "{number}");
        }
        let others = table.covering(at("/never"), &Tags::default());
        assert!(others < count && others > count / 2, "{others}");
    }
}
