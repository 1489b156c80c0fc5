//! Where two sheets differ, in terms of the first one's text.

use std::collections::BTreeSet;

use super::normal::{Counts, Entry, Ids, Key, Normal, Seen, same};
use super::read::{Known, read, read_named};
use super::tree::{Item, Tree};

/// A rule that the second sheet does not give the same meaning.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Difference {
    /// The rule, by its first token.
    pub rule: usize,
    /// Its declarations of the longhand that differs, by their first tokens. Empty for what is no declaration.
    pub declarations: BTreeSet<usize>,
    /// The difference is of selectors: the second sheet says this of one that the first does not have.
    pub selector: bool,
}

/// The differences of some top-level items from what they became, in the order of the text.
pub(super) fn differences(
    tree: &Tree<'_>,
    items: &[Item],
    ours: &Normal,
    theirs: &Normal,
    known: &mut Known,
) -> Vec<Difference> {
    let mut found: BTreeSet<Difference> = BTreeSet::new();
    // What can never win was left out of the comparison, but the engine reads it too.
    let said = read(tree, items, known).longhands;
    let places: Seen<(u64, u64)> = said.values().flatten().map(|e| place(&e.key)).collect();
    for (name, ours, theirs) in differing(ours, theirs) {
        let said = said.get(&name).map_or(&[][..], Vec::as_slice);
        let mut rules: Ids<BTreeSet<usize>> = Ids::default();
        for entry in said {
            let list = rules.entry(entry.rule as u64).or_default();
            if entry.declaration != entry.rule {
                list.insert(entry.declaration);
            }
        }
        let (missing, foreign) = unmatched(ours, theirs);
        let strange: Seen<(u64, u64)> = foreign
            .iter()
            .filter(|key| !places.contains(&place(key)))
            .map(|key| (key.condition, key.value))
            .collect();
        // A rule has as many entries as selectors.
        let mut added: Seen<(usize, bool)> = Seen::default();
        let mut add = |entry: &Entry| {
            let selector = strange.contains(&(entry.key.condition, entry.key.value));
            if added.insert((entry.rule, selector)) {
                found.insert(Difference {
                    rule: entry.rule,
                    declarations: rules.get(&(entry.rule as u64)).cloned().unwrap_or_default(),
                    selector,
                });
            }
        };
        for entry in ours.iter().filter(|entry| missing.contains(&entry.key)) {
            add(entry);
        }
        let foreign: Seen<(u64, u64)> = foreign.iter().map(place).collect();
        for entry in said.iter().filter(|e| foreign.contains(&place(&e.key))) {
            add(entry);
        }
        if missing.is_empty() && foreign.is_empty() {
            // The same entries in another order.
            let differ = |(a, b): &(&Entry, &Entry)| a.key != b.key;
            for (entry, _) in ours.iter().zip(theirs).filter(differ) {
                add(entry);
            }
        }
    }
    found.into_iter().collect()
}

/// The first difference in words.
pub(super) fn explain(
    tree: &Tree<'_>,
    ours: &Normal,
    printed: &Tree<'_>,
    theirs: &Normal,
) -> Option<String> {
    let first = |(name, ours, theirs)| {
        let (missing, foreign) = unmatched(ours, theirs);
        let (ours, theirs): (&[Entry], &[Entry]) = (ours, theirs);
        let entry = ours
            .iter()
            .find(|entry| missing.contains(&entry.key))
            .or_else(|| {
                let pair = ours.iter().zip(theirs).find(|(a, b)| a.key != b.key);
                pair.map(|(entry, _)| entry)
            })?;
        let made = theirs
            .iter()
            .find(|made| foreign.contains(&made.key) && place(&made.key) == place(&entry.key));
        Some((name, entry, made))
    };
    let mut found: Vec<(u64, &Entry, Option<&Entry>)> =
        differing(ours, theirs).filter_map(first).collect();
    found.sort_by_key(|(name, entry, _)| (entry.rule, *name));
    found.into_iter().find_map(|(name, entry, made)| {
        let names = read_named(tree, around(tree, entry.rule)).names?;
        let text = |id: u64, names: &Ids<String>| {
            let name = names.get(&id).map_or("", String::as_str);
            let shown: String = name.chars().filter(|c| !c.is_control()).collect();
            shown.trim().to_owned()
        };
        names.get(&name)?;
        let (property, key) = (text(name, &names), entry.key);
        let (selector, value) = (text(key.selector, &names), text(key.value, &names));
        Some(match made {
            Some(made) => {
                let names = read_named(printed, around(printed, made.rule)).names?;
                let made = text(made.key.value, &names);
                format!("`{property}` of `{selector}` would become `{made}` instead of `{value}`")
            }
            None => format!("`{property}: {value}` of `{selector}` would be lost or moved"),
        })
    })
}

/// The top-level item that a token belongs to.
fn around<'a>(tree: &'a Tree<'_>, token: usize) -> &'a [Item] {
    let behind = tree
        .items
        .partition_point(|item| item.tokens.start <= token);
    &tree.items[behind.saturating_sub(1)..behind]
}

fn place(key: &Key) -> (u64, u64) {
    (key.condition, key.selector)
}

/// The longhands whose sequences differ.
fn differing<'n>(
    ours: &'n Normal,
    theirs: &'n Normal,
) -> impl Iterator<Item = (u64, &'n [Entry], &'n [Entry])> {
    fn of(side: &Ids<Vec<Entry>>, name: u64) -> &[Entry] {
        side.get(&name).map_or(&[], Vec::as_slice)
    }
    let names: Seen<u64> = ours
        .longhands
        .keys()
        .chain(theirs.longhands.keys())
        .copied()
        .collect();
    names
        .into_iter()
        .map(|name| (name, of(&ours.longhands, name), of(&theirs.longhands, name)))
        .filter(|(_, ours, theirs)| !same(ours, theirs))
}

/// What only the first says, and what only the second says.
fn unmatched(ours: &[Entry], theirs: &[Entry]) -> (Seen<Key>, Seen<Key>) {
    let mut counts: Counts<Key> = Counts::default();
    for entry in ours {
        *counts.entry(entry.key).or_default() += 1;
    }
    for entry in theirs {
        *counts.entry(entry.key).or_default() -= 1;
    }
    let some = |sign: i64| {
        let of_sign = counts.iter().filter(|(_, count)| **count * sign > 0);
        of_sign.map(|(key, _)| *key).collect()
    };
    (some(1), some(-1))
}
