//! Of several forms that mean the same, the one that compresses best.
//!
//! Weighing as a text ships costs more than everything before it. All is weighed roughly: what that is wrong by is less
//! than the better order that is found in the same time.

use rayon::prelude::*;

use super::arrange::{Lists, Order};
use super::climb::Loose;
use super::normal::Normal;
use super::read::Known;
use super::tree::Tree;
use crate::encode::Weight;

/// What compresses best of the forms and of their arrangements, proven again. The first form is proven.
///
/// From the lightest arrangement a better order of its declarations is sought.
pub(super) fn smallest(
    source: &Normal,
    mut forms: Vec<String>,
    weight: Weight,
    known: &mut Known,
) -> String {
    if !(TINY..LARGE).contains(&forms[0].len()) {
        return forms.swap_remove(0);
    }
    let parsed: Vec<Tree<'_>> = forms.iter().flat_map(|form| Tree::parse(form)).collect();
    let lists: Vec<Lists<'_>> = parsed.iter().map(Lists::of).collect();
    let arrangements = lists
        .iter()
        .flat_map(|form| Order::ALL.map(|order| (form, order)));
    let mut found: Vec<(usize, String)> = Vec::from_iter(arrangements)
        .into_par_iter()
        .map(|(form, order)| form.printed(order))
        .map(|text| (weight.rough(&text), text))
        .collect();
    found.sort();
    let climbed = found.first().and_then(|(_, lightest)| {
        let tree = Tree::parse(lightest).ok()?;
        Loose::of(&tree).climbed(weight)
    });
    let mut same = |text: &str| {
        Tree::parse(text).is_ok_and(|text| source.equals(&Normal::with(&text, &text.items, known)))
    };
    let found = found.into_iter().map(|(_, text)| text).take(ARRANGED);
    climbed
        .into_iter()
        .chain(found)
        .find(|text| *text == forms[0] || same(text))
        .unwrap_or_else(|| forms.swap_remove(0))
}

/// In bytes: what is smaller has no order that recurs.
const TINY: usize = 512;
/// In bytes: what is larger is not worth the time.
const LARGE: usize = 2 * 1024 * 1024;

/// So many of the lightest arrangements are tried to be proven.
const ARRANGED: usize = 2;
