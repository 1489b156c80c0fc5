//! Orders that mean nothing but decide how well a sheet compresses: of a list's selectors, and of a rule's
//! declarations.

use std::cmp::{Ordering, Reverse};
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::selector::canonical;
use super::shorthand::longhands;
use super::token::Kind;
use super::tree::{Item, Tree, What};

/// What may be put in another order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Plan {
    pub selectors: Lists,
    pub declarations: Order,
}

/// The order of a rule's selectors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lists {
    /// As they are.
    Given,
    Alphabet,
    /// The longest first, those of one length by alphabet.
    Longest,
    /// The longest first, those of one length from the end of the alphabet.
    LongestBack,
    /// By what stands behind the last combinator.
    Subject,
}

impl Lists {
    fn sort(self, list: &mut [&str]) {
        fn subject(selector: &str) -> &str {
            selector
                .rsplit([' ', '>', '+', '~'])
                .next()
                .unwrap_or_default()
        }
        match self {
            Self::Given => {}
            Self::Alphabet => list.sort_unstable(),
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

/// The order of a rule's declarations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// As they are.
    Given,
    /// As the source writes the same ones.
    Source,
    /// The most frequent first.
    Frequency,
    Alphabet,
}

/// How a source writes its declarations.
#[derive(Default, Debug)]
pub(super) struct Habits<'t> {
    /// The orders of its rules, by the names that stand together.
    orders: FxHashMap<Vec<&'t str>, Vec<&'t str>>,
    /// How often it writes each name.
    counts: FxHashMap<&'t str, usize>,
}

impl<'t> Habits<'t> {
    pub(super) fn of(tree: &Tree<'t>) -> Self {
        let mut habits = Self::default();
        habits.collect(tree, &tree.items);
        habits
    }

    fn collect(&mut self, tree: &Tree<'t>, items: &[Item]) {
        for item in items {
            if item.what == What::Rule {
                let names = names(tree, item);
                for name in &names {
                    *self.counts.entry(name).or_default() += 1;
                }
                let mut key = names.clone();
                key.sort_unstable();
                self.orders.entry(key).or_insert(names);
            }
            self.collect(tree, &item.children);
        }
    }

    fn count(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or_default()
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

/// The sheet with its lists and declarations in the planned order.
pub(super) fn arranged<'t>(tree: &'t Tree<'t>, habits: &'t Habits<'t>, plan: Plan) -> String {
    let mut writer = Writer {
        tree,
        habits,
        plan,
        out: String::with_capacity(tree.text.len()),
        copied: 0,
        longhands: Longhands::default(),
    };
    writer.items(&tree.items);
    writer.out.push_str(&tree.text[writer.copied..]);
    writer.out
}

struct Writer<'a> {
    tree: &'a Tree<'a>,
    habits: &'a Habits<'a>,
    plan: Plan,
    out: String,
    /// Up to here the text is written.
    copied: usize,
    longhands: Longhands<'a>,
}

impl<'a> Writer<'a> {
    fn items(&mut self, items: &'a [Item]) {
        for item in items {
            match &item.what {
                What::Rule => {
                    if self.plan.selectors != Lists::Given {
                        self.selectors(item);
                    }
                    self.declarations(item);
                }
                // A keyframe's list is short and its order does not recur.
                What::At(name) if name.ends_with("keyframes") => {}
                _ => self.items(&item.children),
            }
        }
    }

    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.out.push_str(&self.tree.text[self.copied..start]);
        self.out.push_str(with);
        self.copied = end;
    }

    /// Writes a rule's list in order, unless its parts only count together.
    fn selectors(&mut self, rule: &Item) {
        let tree = self.tree;
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
        if parts.len() > 1 && canonical(list, false).len() == parts.len() {
            self.plan.selectors.sort(&mut parts);
            self.replace(begin, end, &parts.join(","));
        }
    }

    /// Writes a rule's declarations in the planned order, but those of one longhand in the order that is there.
    fn declarations(&mut self, rule: &'a Item) {
        let Some(names) = loose(self.tree, rule) else {
            return self.items(&rule.children);
        };
        let order = self.ordered(&names);
        if order.is_sorted() {
            return;
        }
        let tree = self.tree;
        let list: Vec<&str> = order
            .iter()
            .map(|at| tree.text_of(&rule.children[*at].head))
            .collect();
        let range = declared(tree, rule);
        self.replace(range.start, range.end, &list.join(";"));
    }

    fn ordered(&mut self, names: &[&'a str]) -> Vec<usize> {
        let mut key = names.to_vec();
        key.sort_unstable();
        let source = match self.plan.declarations {
            Order::Given => return (0..names.len()).collect(),
            Order::Source => match self.habits.orders.get(&key) {
                Some(order) => order.clone(),
                None => return (0..names.len()).collect(),
            },
            _ => Vec::new(),
        };
        let compare = |a: usize, b: usize| -> Ordering {
            let (a, b) = (names[a], names[b]);
            match self.plan.declarations {
                Order::Given => Ordering::Equal,
                Order::Source => {
                    let place = |name| source.iter().position(|known| *known == name);
                    place(a).cmp(&place(b))
                }
                Order::Frequency => self.habits.count(b).cmp(&self.habits.count(a)),
                Order::Alphabet => a.cmp(b),
            }
        };
        free_order(&self.longhands.held(names), compare)
    }
}

/// The places of a list by `compare`, but each behind those that hold it back; the first of equals first.
pub(super) fn free_order(held: &[u64], compare: impl Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut left: Vec<usize> = (0..held.len()).collect();
    let mut waiting = u64::MAX;
    let mut order = Vec::with_capacity(held.len());
    while !left.is_empty() {
        let best = left
            .iter()
            .copied()
            .filter(|at| held[*at] & waiting == 0)
            .min_by(|a, b| compare(*a, *b));
        let Some(best) = best else { break };
        left.retain(|at| *at != best);
        waiting &= !(1 << best);
        order.push(best);
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
