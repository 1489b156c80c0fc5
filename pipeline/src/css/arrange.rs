//! Orders that mean nothing but decide how well a sheet compresses: of a list's selectors, and of a rule's
//! declarations.

use std::collections::HashMap;

use super::selector::canonical;
use super::token::Kind;
use super::tree::{Item, Tree, What};

/// What may be put in another order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plan<'o> {
    /// Selector lists in alphabetical order.
    pub selectors: bool,
    /// Declarations as the source writes the same ones.
    pub declarations: Option<&'o Orders>,
}

/// The sheet with its lists and declarations in the planned order.
pub(super) fn arranged(tree: &Tree<'_>, plan: Plan<'_>) -> String {
    let mut out = String::with_capacity(tree.text.len());
    let mut copied = 0;
    arrange(tree, &tree.items, plan, &mut out, &mut copied);
    out.push_str(&tree.text[copied..]);
    out
}

fn arrange(tree: &Tree<'_>, items: &[Item], plan: Plan<'_>, out: &mut String, copied: &mut usize) {
    for item in items {
        match &item.what {
            What::Rule => {
                if plan.selectors {
                    selectors(tree, item, out, copied);
                }
                declarations(tree, item, plan, out, copied);
            }
            // A keyframe's list is short and its order does not recur.
            What::At(name) if name.ends_with("keyframes") => {}
            _ => arrange(tree, &item.children, plan, out, copied),
        }
    }
}

/// Writes a rule's list in order, unless its parts only count together.
fn selectors(tree: &Tree<'_>, rule: &Item, out: &mut String, copied: &mut usize) {
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
    if parts.len() > 1 && canonical(list).len() == parts.len() {
        out.push_str(&tree.text[*copied..begin]);
        parts.sort_unstable();
        out.push_str(&parts.join(","));
        *copied = end;
    }
}

/// The orders in which the source writes its declarations, by the names that stand together.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Orders(HashMap<Vec<String>, Vec<String>>);

impl Orders {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let mut orders = HashMap::new();
        collect(tree, &tree.items, &mut orders);
        Self(orders)
    }
}

fn collect(tree: &Tree<'_>, items: &[Item], orders: &mut HashMap<Vec<String>, Vec<String>>) {
    for item in items {
        if item.what == What::Rule
            && let Some(names) = names(tree, item)
        {
            let mut key = names.clone();
            key.sort_unstable();
            orders.entry(key).or_insert(names);
        }
        collect(tree, &item.children, orders);
    }
}

/// The names of a rule's declarations, if it holds nothing else and none of them twice.
fn names(tree: &Tree<'_>, rule: &Item) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(rule.children.len());
    for child in &rule.children {
        if !matches!(child.what, What::Declaration(_)) {
            return None;
        }
        let name = tree.tokens[child.head.start]
            .text(tree.text)
            .to_ascii_lowercase();
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    (names.len() > 1).then_some(names)
}

/// Writes a rule's declarations in the order of the source's rule with the same ones.
fn declarations(
    tree: &Tree<'_>,
    item: &Item,
    plan: Plan<'_>,
    out: &mut String,
    copied: &mut usize,
) {
    let order = names(tree, item).and_then(|names| {
        let mut key = names.clone();
        key.sort_unstable();
        let order = plan.declarations?.0.get(&key)?;
        (*order != names).then_some((names, order))
    });
    let Some((names, order)) = order else {
        return arrange(tree, &item.children, plan, out, copied);
    };
    let (Some(first), Some(last)) = (item.children.first(), item.children.last()) else {
        return;
    };
    out.push_str(&tree.text[*copied..tree.start(first)]);
    let list: Vec<&str> = order
        .iter()
        .filter_map(|name| names.iter().position(|given| given == name))
        .map(|at| tree.text_of(&item.children[at].head))
        .collect();
    out.push_str(&list.join(";"));
    *copied = tree.tokens[last.head.end - 1].end;
}
