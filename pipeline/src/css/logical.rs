//! Longhands that set one thing under two names: where a page's writing direction decides which side is the
//! start, the later of `margin-left` and `margin-inline-start` wins.

use std::sync::LazyLock;

use super::normal::{Entry, Ids, Seen, id};
use super::read::MOST;

const SIDES: [&str; 4] = ["top", "right", "bottom", "left"];
const EDGES: [&str; 4] = ["inline-start", "inline-end", "block-start", "block-end"];

/// Families of names, `*` standing for a side, an edge or a size.
const BOXES: [&str; 7] = [
    "margin-*",
    "padding-*",
    "border-*-width",
    "border-*-style",
    "border-*-color",
    "scroll-margin-*",
    "scroll-padding-*",
];

/// Pairs of longhands that may be the same one: the physical and the logical one.
static PAIRS: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    let pairs = |physical: &[String], logical: &[String]| -> Vec<(u64, u64)> {
        let ids = |list: &[String]| list.iter().map(|name| id(name)).collect::<Vec<_>>();
        let physical = ids(physical);
        ids(logical)
            .iter()
            .flat_map(|logical| physical.iter().map(|physical| (*physical, *logical)))
            .collect()
    };
    let named = |pattern: &str, words: &[&str]| -> Vec<String> {
        words
            .iter()
            .map(|word| pattern.replace('*', word))
            .collect()
    };
    let mut all = Vec::new();
    for pattern in BOXES {
        all.extend(pairs(&named(pattern, &SIDES), &named(pattern, &EDGES)));
    }
    all.extend(pairs(&named("*", &SIDES), &named("inset-*", &EDGES)));
    for pattern in ["*", "min-*", "max-*", "contain-intrinsic-*"] {
        let logical = named(pattern, &["inline-size", "block-size"]);
        all.extend(pairs(&named(pattern, &["width", "height"]), &logical));
    }
    for pattern in ["overflow-*", "overscroll-behavior-*"] {
        let logical = named(pattern, &["inline", "block"]);
        all.extend(pairs(&named(pattern, &["x", "y"]), &logical));
    }
    let corners = ["top-left", "top-right", "bottom-left", "bottom-right"];
    let edges = ["start-start", "start-end", "end-start", "end-end"];
    let radius = "border-*-radius";
    all.extend(pairs(&named(radius, &corners), &named(radius, &edges)));
    all
});

/// Adds a sequence for each pair of longhands that may be the same one, and for each with `all`. `false` if that would
/// be too much.
pub(super) fn add_shared(longhands: &mut Ids<Vec<Entry>>) -> bool {
    let mut shared: Vec<(u64, Vec<Entry>)> = PAIRS
        .iter()
        .filter_map(|(physical, logical)| pair(longhands, *physical, *logical))
        .collect();
    let everything = id("all");
    if let Some(all) = longhands.get(&everything) {
        if all.len().saturating_mul(longhands.len()) > MOST {
            return false;
        }
        let names: Vec<u64> = longhands.keys().copied().collect();
        let others = names.into_iter().filter(|name| *name != everything);
        shared.extend(others.filter_map(|name| pair(longhands, name, everything)));
    }
    longhands.extend(shared);
    true
}

/// Whether one of the longhands may be the same as another one that is said.
pub(super) fn are_shared(longhands: &Seen<u64>, said: &Seen<u64>) -> bool {
    let both = |(physical, logical): &(u64, u64)| {
        said.contains(physical)
            && said.contains(logical)
            && (longhands.contains(physical) || longhands.contains(logical))
    };
    (said.contains(&id("all")) && !longhands.is_empty()) || PAIRS.iter().any(both)
}

/// Two sequences as one, in the order of the text, if both are there.
fn pair(longhands: &Ids<Vec<Entry>>, first: u64, second: u64) -> Option<(u64, Vec<Entry>)> {
    let (ours, theirs) = (longhands.get(&first)?, longhands.get(&second)?);
    let marked = theirs.iter().map(|entry| {
        let mut entry = entry.clone();
        entry.key.value ^= second;
        entry.bare ^= second;
        entry
    });
    let mut entries: Vec<Entry> = ours.iter().cloned().chain(marked).collect();
    entries.sort_by_key(|entry| entry.declaration);
    Some((first.rotate_left(1) ^ second, entries))
}
