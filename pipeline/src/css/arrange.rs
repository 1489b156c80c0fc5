//! Orders that mean nothing but decide how well a sheet compresses: of a list's selectors, and of a rule's
//! declarations.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::selector::canonical;
use super::shorthand::longhands;
use super::token::Kind;
use super::tree::{Item, Tree, What};

/// The order of a rule's selectors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// As they are.
    Given,
    /// The longest first, those of one length by alphabet.
    Longest,
    /// The longest first, those of one length from the end of the alphabet.
    LongestBack,
    /// By what stands behind the last combinator.
    Subject,
}

impl Order {
    pub(super) const ALL: [Self; 4] =
        [Self::Given, Self::Longest, Self::LongestBack, Self::Subject];

    fn sort(self, list: &mut [&str]) {
        fn subject(selector: &str) -> &str {
            selector
                .rsplit([' ', '>', '+', '~'])
                .next()
                .unwrap_or_default()
        }
        match self {
            Self::Given => {}
            Self::Longest => {
                list.sort_unstable_by_key(|selector| (Reverse(selector.len()), *selector))
            }
            Self::LongestBack => {
                list.sort_unstable_by_key(|selector| Reverse((selector.len(), *selector)));
            }
            Self::Subject => list.sort_unstable_by_key(|selector| (subject(selector), *selector)),
        }
    }
}

/// A rule with so many declarations keeps its order.
const LONG: usize = 64;

/// The names of a rule's declarations. Junk and nested rules have none.
fn names<'t>(tree: &Tree<'t>, rule: &Item) -> Vec<&'t str> {
    let declared = |child: &&Item| matches!(child.what, What::Declaration(_));
    rule.children
        .iter()
        .filter(declared)
        .map(|child| tree.tokens[child.head.start].text(tree.text))
        .collect()
}

/// A sheet's lists of selectors that can be in another order.
pub(super) struct Lists<'t> {
    text: &'t str,
    /// Where each stands, and its selectors.
    lists: Vec<(Range<usize>, Vec<&'t str>)>,
}

impl<'t> Lists<'t> {
    pub(super) fn of(tree: &Tree<'t>) -> Self {
        let mut lists = Self {
            text: tree.text,
            lists: Vec::new(),
        };
        lists.collect(tree, &tree.items);
        lists
    }

    fn collect(&mut self, tree: &Tree<'t>, items: &[Item]) {
        for item in items {
            match &item.what {
                What::Rule => {
                    self.lists.extend(list(tree, item));
                    self.collect(tree, &item.children);
                }
                // A keyframe's list is short and its order does not recur.
                What::At(name) if name.ends_with("keyframes") => {}
                _ => self.collect(tree, &item.children),
            }
        }
    }

    /// The sheet with its lists in this order.
    pub(super) fn printed(&self, order: Order) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut copied = 0;
        for (range, list) in &self.lists {
            let mut list = list.clone();
            order.sort(&mut list);
            out.push_str(&self.text[copied..range.start]);
            out.push_str(&list.join(","));
            copied = range.end;
        }
        out.push_str(&self.text[copied..]);
        out
    }
}

/// A rule's selectors, unless there is only one or they only count together.
fn list<'t>(tree: &Tree<'t>, rule: &Item) -> Option<(Range<usize>, Vec<&'t str>)> {
    let list = tree.text_of(&rule.head);
    let begin = tree.start(rule);
    let end = begin + list.len();
    let mut depth = 0usize;
    let mut parts = Vec::new();
    let mut start = begin;
    for token in &tree.tokens[rule.head.clone()] {
        if token.opens().is_some() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        } else if token.kind == Kind::Comma && depth == 0 {
            parts.push(&tree.text[start..token.start]);
            start = token.end;
        }
    }
    parts.push(&tree.text[start..end]);
    (parts.len() > 1 && canonical(list, false).len() == parts.len()).then_some((begin..end, parts))
}

/// The places of a list by `compare`, but each behind those that hold it back; the first of equals first.
pub(super) fn free_order(held: &[u64], compare: impl Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut left: Vec<usize> = (0..held.len()).collect();
    left.sort_by(|a, b| compare(*a, *b));
    let mut waiting = u64::MAX;
    let mut order = Vec::with_capacity(held.len());
    // Mostly the first is free.
    while let Some(next) = left.iter().position(|at| held[*at] & waiting == 0) {
        let at = left.remove(next);
        waiting &= !(1 << at);
        order.push(at);
    }
    order
}

/// The longhands of properties, looked up once.
#[derive(Default)]
pub(super) struct Longhands<'t>(FxHashMap<&'t str, FxHashSet<String>>);

impl<'t> Longhands<'t> {
    /// Of each name in a list of fewer than [`LONG`], the bits of those before it whose order with it may mean something.
    pub(super) fn held(&mut self, names: &[&'t str]) -> Vec<u64> {
        for name in names {
            self.0.entry(name).or_insert_with(|| longhands(name));
        }
        let held = |at: usize| {
            let before = (0..at).filter(|other| self.overlap(names[*other], names[at]));
            before.fold(0, |bits, other| bits | 1 << other)
        };
        (0..names.len()).map(held).collect()
    }

    fn overlap(&self, a: &str, b: &str) -> bool {
        // Which side an edge is depends on the page.
        let fluid = |name: &str| {
            name == "all"
                || (!name.starts_with("--")
                    && ["inline", "block", "-start", "-end"]
                        .iter()
                        .any(|word| name.contains(word)))
        };
        match (self.0.get(a), self.0.get(b)) {
            (Some(ours), Some(theirs)) => !ours.is_disjoint(theirs) || fluid(a) || fluid(b),
            _ => true,
        }
    }
}

/// Gives each rule whose declarations may change places: where they stand, their texts, and their names.
pub(super) fn loose_rules<'t>(
    tree: &'t Tree<'t>,
    items: &'t [Item],
    found: &mut impl FnMut(Range<usize>, Vec<&'t str>, Vec<&'t str>),
) {
    for item in items {
        match &item.what {
            What::Rule => match loose(tree, item) {
                Some(names) => {
                    let texts = item.children.iter().map(|child| tree.text_of(&child.head));
                    let texts: Vec<&str> = texts.collect();
                    found(declared(tree, item), texts, names);
                }
                None => loose_rules(tree, &item.children, found),
            },
            What::At(name) if name.ends_with("keyframes") => {}
            _ => loose_rules(tree, &item.children, found),
        }
    }
}

/// The names of a rule's declarations, if they may change places.
fn loose<'t>(tree: &Tree<'t>, rule: &Item) -> Option<Vec<&'t str>> {
    let names = names(tree, rule);
    // A long list is one of custom properties, whose names say more than their order.
    (names.len() == rule.children.len() && (2..LONG).contains(&names.len())).then_some(names)
}

/// Where a rule's declarations stand in the text.
fn declared(tree: &Tree<'_>, rule: &Item) -> Range<usize> {
    match (rule.children.first(), rule.children.last()) {
        (Some(first), Some(last)) => tree.start(first)..tree.tokens[last.head.end - 1].end,
        _ => 0..0,
    }
}
