//! Of several forms that mean the same, the one that compresses best.
//!
//! Weighing costs more than everything before it, so it belongs to releases that are squeezed hard: many arrangements
//! are weighed roughly, few of them as they ship.

use brotli::enc::BrotliEncoderParams;
use rayon::prelude::*;

use super::arrange::{Habits, Lists, Order, Plan, arranged};
use super::normal::Normal;
use super::tree::Tree;

/// What compresses best of the forms and of their arrangements, proven again. The first form is proven.
///
/// Each order is weighed with each other one, or in a long sheet with the best so far. The lightest of all are weighed
/// again as they ship, since a rough weight is wrong by a thousandth, which is as much as they differ.
pub(super) fn smallest(tree: &Tree<'_>, source: &Normal, mut forms: Vec<String>) -> String {
    if !(TINY..LARGE).contains(&forms[0].len()) {
        return forms.swap_remove(0);
    }
    let habits = Habits::of(tree);
    let given = Plan {
        selectors: Lists::Given,
        declarations: Order::Given,
    };
    let quality = match forms[0].len() {
        ..SMALL => SHIPPED,
        _ => ROUGH,
    };
    let weighed = |plan: Plan, text: String| Weighed {
        size: compressed(&text, quality),
        plan,
        text,
    };
    let mut found: Vec<Weighed> = forms
        .par_iter()
        .map(|form| weighed(given, form.clone()))
        .collect();
    let Some(form) = lightest(&found).map(|form| form.text.clone()) else {
        return forms.swap_remove(0);
    };
    let Ok(parsed) = Tree::parse(&form) else {
        return forms.swap_remove(0);
    };
    let mut plans = vec![given];
    for step in [selectors, declarations] {
        let next: Vec<Plan> = plans.iter().flat_map(|plan| step(*plan)).collect();
        let others: Vec<Weighed> = next
            .par_iter()
            .map(|plan| weighed(*plan, arranged(&parsed, &habits, *plan)))
            .collect();
        found.extend(others);
        plans = match form.len() {
            ..LONG => [vec![given], next].concat(),
            _ => lightest(&found).map(|best| best.plan).into_iter().collect(),
        };
    }
    found.sort_by_key(|found| found.size);
    found.dedup_by(|one, other| one.text == other.text);
    if quality != SHIPPED {
        found.truncate(FINALISTS);
        found
            .par_iter_mut()
            .for_each(|found| found.size = compressed(&found.text, SHIPPED));
        found.sort_by_key(|found| found.size);
    }
    let same = |text: &str| Tree::parse(text).is_ok_and(|text| source.equals(&Normal::of(&text)));
    found
        .into_iter()
        .map(|found| found.text)
        .find(|text| *text == forms[0] || same(text))
        .unwrap_or_else(|| forms.swap_remove(0))
}

fn lightest(found: &[Weighed]) -> Option<&Weighed> {
    found.iter().min_by_key(|found| found.size)
}

fn selectors(plan: Plan) -> Vec<Plan> {
    [
        Lists::Alphabet,
        Lists::Longest,
        Lists::LongestBack,
        Lists::Subject,
    ]
    .map(|selectors| Plan { selectors, ..plan })
    .to_vec()
}

fn declarations(plan: Plan) -> Vec<Plan> {
    [Order::Source, Order::Frequency, Order::Alphabet]
        .map(|declarations| Plan {
            declarations,
            ..plan
        })
        .to_vec()
}

struct Weighed {
    size: usize,
    plan: Plan,
    text: String,
}

/// In bytes: what is smaller has no order that recurs.
const TINY: usize = 512;
/// In bytes: what is smaller is weighed as it ships at once.
const SMALL: usize = 32 * 1024;
/// In bytes: in what is larger only the best order so far is combined with others.
const LONG: usize = 128 * 1024;
/// In bytes: what is larger is not worth the time.
const LARGE: usize = 2 * 1024 * 1024;

/// So many of the lightest are weighed as they ship.
const FINALISTS: usize = 4;

/// The quality that ships.
const SHIPPED: i32 = 11;
/// One below finds nearly the same differences in a third of the time.
const ROUGH: i32 = 10;

/// How large the text is behind brotli.
fn compressed(text: &str, quality: i32) -> usize {
    let mut out = Vec::new();
    let parameters = BrotliEncoderParams {
        quality,
        lgwin: 22,
        size_hint: text.len(),
        ..BrotliEncoderParams::default()
    };
    match brotli::BrotliCompress(&mut text.as_bytes(), &mut out, &parameters) {
        Ok(_) => out.len(),
        Err(_) => usize::MAX,
    }
}
