//! What a sheet would cost to minify, told before it is tried.

use super::token::Kind;
use super::tree::{Item, Tree, What};

/// Neighbours with one selector: the engine reads all of them again for each.
const LONGEST_RUN: usize = 1_000;

/// Declarations of one rule: each may be overridden by each that follows.
const LONGEST_RULE: usize = 10_000;

/// Selectors times declarations, over all rules: the comparison looks at each pair.
const MOST_PAIRS: usize = 10_000_000;

/// Whether minifying would take minutes or gigabytes. No sheet made by hand or by a known tool comes near.
pub(super) fn is_too_costly(tree: &Tree<'_>) -> bool {
    let mut pairs = 0;
    costly(tree, &tree.items, &mut pairs) || pairs > MOST_PAIRS
}

fn costly(tree: &Tree<'_>, items: &[Item], pairs: &mut usize) -> bool {
    let (mut run, mut before) = (0, "");
    items.iter().any(|item| {
        let mut long = item.children.len() > LONGEST_RULE && item.what == What::Rule;
        if item.what == What::Rule {
            let head = tree.text_of(&item.head);
            run = if head == before { run + 1 } else { 1 };
            before = head;
            long |= run > LONGEST_RUN;
            let commas = tree.tokens[item.head.clone()]
                .iter()
                .filter(|token| token.kind == Kind::Comma)
                .count();
            *pairs += (commas + 1) * item.children.len();
        }
        long || costly(tree, &item.children, pairs)
    })
}
