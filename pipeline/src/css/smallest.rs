//! Of several forms that mean the same, the one that compresses best.
//!
//! Weighing as a text ships costs more than everything before it. All is weighed roughly: what that is wrong by is less
//! than the better order that is found in the same time.

use rayon::prelude::*;

use super::arrange::{Habits, Lists, Order, Plan, arranged};
use super::climb::Loose;
use super::normal::Normal;
use super::tree::Tree;
use crate::encode::Weight;

/// What compresses best of the forms and of their arrangements, proven again. The first form is proven.
///
/// From the lightest arrangement a better order of its declarations is sought.
pub(super) fn smallest(
    tree: &Tree<'_>,
    source: &Normal,
    mut forms: Vec<String>,
    weight: Weight,
) -> String {
    if !(TINY..LARGE).contains(&forms[0].len()) {
        return forms.swap_remove(0);
    }
    let habits = Habits::of(tree);
    let parsed: Vec<Tree<'_>> = forms.iter().flat_map(|form| Tree::parse(form)).collect();
    let arrangements: Vec<(&Tree<'_>, Plan)> = parsed
        .iter()
        .flat_map(|form| plans().map(move |plan| (form, plan)))
        .collect();
    let mut found: Vec<(usize, String)> = arrangements
        .into_par_iter()
        .map(|(form, plan)| arranged(form, &habits, plan))
        .map(|text| (weight.rough(&text), text))
        .collect();
    found.sort();
    let climbed = found.first().and_then(|(_, lightest)| {
        let tree = Tree::parse(lightest).ok()?;
        Loose::of(&tree).climbed(weight)
    });
    let same = |text: &str| Tree::parse(text).is_ok_and(|text| source.equals(&Normal::of(&text)));
    let found = found.into_iter().map(|(_, text)| text).take(ARRANGED);
    climbed
        .into_iter()
        .chain(found)
        .find(|text| *text == forms[0] || same(text))
        .unwrap_or_else(|| forms.swap_remove(0))
}

/// Every order of selectors with every order of declarations.
fn plans() -> impl Iterator<Item = Plan> {
    let selectors = [
        Lists::Given,
        Lists::Alphabet,
        Lists::Longest,
        Lists::LongestBack,
        Lists::Subject,
    ];
    selectors.into_iter().flat_map(|selectors| {
        let declarations = [
            Order::Given,
            Order::Source,
            Order::Frequency,
            Order::Alphabet,
        ];
        declarations.map(|declarations| Plan {
            selectors,
            declarations,
        })
    })
}

/// In bytes: what is smaller has no order that recurs.
const TINY: usize = 512;
/// In bytes: what is larger is not worth the time.
const LARGE: usize = 2 * 1024 * 1024;

/// So many of the lightest arrangements are tried to be proven.
const ARRANGED: usize = 2;
