//! Of several forms that mean the same, the one that compresses best.

use brotli::enc::BrotliEncoderParams;
use rayon::prelude::*;

use super::arrange::{Habits, Lists, Order, Plan, arranged};
use super::normal::Normal;
use super::tree::Tree;

/// What compresses best of the forms and of their arrangements, proven again. The first form is proven.
///
/// One choice is made after the other, each weighed with the best of those before.
pub(super) fn smallest(tree: &Tree<'_>, source: &Normal, mut forms: Vec<String>) -> String {
    if !(TINY..LARGE).contains(&forms[0].len()) {
        return forms.swap_remove(0);
    }
    let habits = Habits::of(tree);
    let given = Plan {
        selectors: Lists::Given,
        declarations: Order::Given,
    };
    let weighed: Vec<usize> = forms.par_iter().map(|form| compressed(form)).collect();
    let lightest = (0..forms.len()).min_by_key(|at| weighed[*at]);
    let form = forms[lightest.unwrap_or(0)].clone();
    let mut best = Weighed {
        size: weighed[lightest.unwrap_or(0)],
        plan: given,
        text: form.clone(),
    };
    let Ok(parsed) = Tree::parse(&form) else {
        return forms.swap_remove(0);
    };
    for step in [selectors, declarations] {
        let plans = step(best.plan);
        let others: Vec<Weighed> = plans
            .into_par_iter()
            .map(|plan| {
                let text = arranged(&parsed, &habits, plan);
                let size = compressed(&text);
                Weighed { size, plan, text }
            })
            .collect();
        for other in others {
            if other.size < best.size {
                best = other;
            }
        }
    }
    let same = Tree::parse(&best.text).is_ok_and(|text| source.equals(&Normal::of(&text)));
    if same {
        best.text
    } else {
        forms.swap_remove(0)
    }
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
/// In bytes: what is larger is not worth the time.
const LARGE: usize = 4 * 1024 * 1024;

/// About how large the text ships: one quality below the best finds the same differences in a third of the time.
fn compressed(text: &str) -> usize {
    let mut out = Vec::new();
    let parameters = BrotliEncoderParams {
        quality: 10,
        lgwin: 22,
        size_hint: text.len(),
        ..BrotliEncoderParams::default()
    };
    match brotli::BrotliCompress(&mut text.as_bytes(), &mut out, &parameters) {
        Ok(_) => out.len(),
        Err(_) => usize::MAX,
    }
}
