//! Where two sheets differ, in terms of the first one's text.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::normal::{Entry, Ids, Key, Normal, same};
use super::read::read;
use super::tree::Tree;

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

/// The differences, in the order of the text.
pub(super) fn differences(tree: &Tree<'_>, ours: &Normal, theirs: &Normal) -> Vec<Difference> {
    let mut found: BTreeSet<Difference> = BTreeSet::new();
    // What can never win was left out of the comparison, but the engine reads it too.
    let said = read(tree, false).longhands;
    let places: HashSet<(u64, u64)> = said.values().flatten().map(|e| place(&e.key)).collect();
    for (name, ours, theirs) in differing(ours, theirs) {
        let said = said.get(&name).map_or(&[][..], Vec::as_slice);
        let mut rules: HashMap<usize, BTreeSet<usize>> = HashMap::new();
        for entry in said {
            let list = rules.entry(entry.rule).or_default();
            if entry.declaration != entry.rule {
                list.insert(entry.declaration);
            }
        }
        let (missing, foreign) = unmatched(ours, theirs);
        let strange: HashSet<(u64, u64)> = foreign
            .iter()
            .filter(|key| !places.contains(&place(key)))
            .map(|key| (key.condition, key.value))
            .collect();
        // A rule has as many entries as selectors.
        let mut added: HashSet<(usize, bool)> = HashSet::new();
        let mut add = |entry: &Entry| {
            let selector = strange.contains(&(entry.key.condition, entry.key.value));
            if added.insert((entry.rule, selector)) {
                found.insert(Difference {
                    rule: entry.rule,
                    declarations: rules.get(&entry.rule).cloned().unwrap_or_default(),
                    selector,
                });
            }
        };
        for entry in ours.iter().filter(|entry| missing.contains(&entry.key)) {
            add(entry);
        }
        let foreign: HashSet<(u64, u64)> = foreign.iter().map(place).collect();
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
pub(super) fn explain(tree: &Tree<'_>, printed: &Tree<'_>) -> Option<String> {
    let (ours, theirs) = (read(tree, true), read(printed, true));
    let mut names = ours.names.clone()?;
    names.extend(theirs.names.clone()?);
    let text = |id: &u64| {
        let name = names.get(id).map_or("", String::as_str);
        let shown: String = name.chars().filter(|c| !c.is_control()).collect();
        shown.trim_ascii().to_owned()
    };
    let (ours, theirs) = (Normal::from(ours), Normal::from(theirs));
    let first = |(name, ours, theirs): (u64, &[Entry], &[Entry])| {
        let (missing, foreign) = unmatched(ours, theirs);
        let entry = ours
            .iter()
            .find(|entry| missing.contains(&entry.key))
            .or_else(|| {
                let pair = ours.iter().zip(theirs).find(|(a, b)| a.key != b.key);
                pair.map(|(entry, _)| entry)
            })?;
        let made = foreign.iter().find(|key| place(key) == place(&entry.key));
        Some((entry.rule, name, entry.key, made.copied()))
    };
    let (_, name, key, made) = differing(&ours, &theirs)
        .filter(|(name, ..)| names.contains_key(name))
        .filter_map(first)
        .min_by_key(|(rule, name, ..)| (*rule, *name))?;
    let (property, selector, value) = (text(&name), text(&key.selector), text(&key.value));
    Some(match made {
        Some(made) => format!(
            "`{property}` of `{selector}` would become `{}` instead of `{value}`",
            text(&made.value)
        ),
        None => format!("`{property}: {value}` of `{selector}` would be lost or moved"),
    })
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
    let names: HashSet<u64> = ours
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
fn unmatched(ours: &[Entry], theirs: &[Entry]) -> (HashSet<Key>, HashSet<Key>) {
    let mut counts: HashMap<Key, i64> = HashMap::new();
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
