use std::collections::{BTreeSet, HashSet};

use brotli::enc::BrotliEncoderParams;
use rayon::prelude::*;

use super::arrange::{Orders, Plan, arranged};
use super::check::too_deep;
use super::compact::{compact, compact_item, licences};
use super::engine;
use super::normal::Normal;
use super::tree::{Item, Tree, What};
use crate::fault::Fault;

/// What the minifier may do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Options {
    /// What becomes of `/*! … */` comments.
    pub licences: Licences,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            licences: Licences::Keep,
        }
    }
}

/// `/*! … */` comments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Licences {
    /// Each once, at the top.
    Keep,
    /// Left out.
    Drop,
}

/// A minified sheet and what should be said about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Minified {
    /// The text that ships.
    pub text: String,
    /// Why it is not as small as it could be.
    pub warnings: Vec<Fault>,
}

/// The smallest text that is proven to mean the same.
///
/// The engine's output is read again and compared with the source as the [cascade](Normal) sees both. A rule
/// that does not come out with its meaning is hidden from the engine in the next round and keeps the source's
/// form, white space apart. If that does not help, its top-level item is hidden, and last the whole sheet.
pub(crate) fn minify(text: &str, options: &Options) -> Result<Minified, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = Tree::parse(text).map_err(too_deep)?;
    let mut out = String::new();
    if options.licences == Licences::Keep {
        let mut seen = BTreeSet::new();
        for comment in licences(&tree, 0..tree.tokens.len()) {
            if seen.insert(comment) {
                out.push_str(comment);
                out.push('\n');
            }
        }
    }
    let mut warnings = Vec::new();
    match proven(&tree) {
        Some((minified, kept)) => {
            out.push_str(&smallest(&tree, minified));
            if let Some(first) = kept.first() {
                let count = kept.len();
                let rules = if count == 1 { "rule is" } else { "rules are" };
                warnings.push(Fault::new(
                    *first,
                    format!("{count} {rules} left as written: minifying would change the meaning"),
                ));
            }
        }
        None => {
            out.push_str(&compact(&tree));
            warnings.push(Fault::new(
                0,
                "this sheet could not be minified safely; only white space and comments are removed",
            ));
        }
    }
    Ok(Minified {
        text: out,
        warnings,
    })
}

/// A proven minification and the offsets of the rules that were left as written because of a difference.
fn proven(tree: &Tree<'_>) -> Option<(String, Vec<usize>)> {
    let mut hidden = HashSet::new();
    hide_hacks(&tree.items, &mut hidden);
    let hacks = hidden.clone();
    let (source, mut next) = rayon::join(|| Normal::of(tree), || candidate(tree, &hidden));
    for round in 0..6 {
        if let Some(text) = next {
            let printed = Tree::parse(&text).ok()?;
            let result = Normal::of(&printed);
            if source.equals(&result) {
                let mut kept: Vec<usize> = hidden
                    .difference(&hacks)
                    .map(|index| tree.tokens[*index].start)
                    .collect();
                kept.sort_unstable();
                return Some((text, kept));
            }
            let rules = source.differences(&result);
            let before = hidden.len();
            if round < 4 {
                hidden.extend(&rules);
            }
            if hidden.len() == before {
                hidden.extend(rules.iter().map(|rule| top_of(tree, *rule)));
            }
            if hidden.len() == before {
                return None;
            }
            next = candidate(tree, &hidden);
        } else {
            return None;
        }
    }
    None
}

/// The form that compresses best of a few that differ in order only, proven again.
fn smallest(source: &Tree<'_>, minified: String) -> String {
    let Ok(tree) = Tree::parse(&minified) else {
        return minified;
    };
    let orders = Orders::of(source);
    let plan = |selectors, declarations| Plan {
        selectors,
        declarations,
    };
    let plans = [
        plan(true, None),
        plan(false, Some(&orders)),
        plan(true, Some(&orders)),
    ];
    let weigh = |text: String| (compressed(&text), text);
    let (plain, others) = rayon::join(
        || compressed(&minified),
        || -> Vec<(usize, String)> {
            plans
                .par_iter()
                .map(|plan| weigh(arranged(&tree, *plan)))
                .collect()
        },
    );
    // The first of equals, whatever the schedule.
    let best = others.into_iter().min_by_key(|(size, _)| *size);
    match best {
        // The quick estimate is no finer than this.
        Some((size, text)) if size + size / MARGIN < plain => {
            let same =
                Tree::parse(&text).is_ok_and(|text| Normal::of(source).equals(&Normal::of(&text)));
            if same { text } else { minified }
        }
        _ => minified,
    }
}

/// A form must promise to be smaller by one part in so many.
const MARGIN: usize = 250;

/// About how large the text ships.
fn compressed(text: &str) -> usize {
    let mut out = Vec::new();
    let parameters = BrotliEncoderParams {
        quality: 9,
        lgwin: 22,
        size_hint: text.len(),
        ..BrotliEncoderParams::default()
    };
    match brotli::BrotliCompress(&mut text.as_bytes(), &mut out, &parameters) {
        Ok(_) => out.len(),
        Err(_) => usize::MAX,
    }
}

/// Rules with something that is no declaration: the engine would drop it.
fn hide_hacks(items: &[Item], hidden: &mut HashSet<usize>) {
    for item in items {
        if item.children.iter().any(|child| child.what == What::Junk) {
            hidden.insert(item.tokens.start);
        } else if item.what != What::Rule {
            hide_hacks(&item.children, hidden);
        }
    }
}

fn top_of(tree: &Tree<'_>, rule: usize) -> usize {
    tree.items
        .iter()
        .find(|item| item.tokens.contains(&rule))
        .map_or(rule, |item| item.tokens.start)
}

/// What the engine makes of the sheet, the hidden items put back in compact form.
fn candidate(tree: &Tree<'_>, hidden: &HashSet<usize>) -> Option<String> {
    let mut masked = String::with_capacity(tree.text.len());
    let mut forms = Vec::new();
    let mut copied = 0;
    mask(
        tree,
        &tree.items,
        hidden,
        &mut masked,
        &mut copied,
        &mut forms,
    );
    masked.push_str(&tree.text[copied..]);
    let printed = engine::minify(&without_doubles(&masked))?;
    let printed = compact(&Tree::parse(&printed).ok()?).replace(DOUBLE, "monospace");
    if forms.is_empty() {
        return Some(printed);
    }
    let mut out = String::with_capacity(printed.len());
    let mut rest = printed.as_str();
    let mut seen = 0;
    while let Some(at) = rest.find("@crushed-hidden-") {
        out.push_str(&rest[..at]);
        let number = &rest[at + "@crushed-hidden-".len()..];
        let end = number.find(';')?;
        out.push_str(forms.get(number[..end].parse::<usize>().ok()?)?);
        seen += 1;
        rest = &number[end + 1..];
    }
    out.push_str(rest);
    (seen == forms.len()).then_some(out)
}

fn mask(
    tree: &Tree<'_>,
    items: &[Item],
    hidden: &HashSet<usize>,
    out: &mut String,
    copied: &mut usize,
    forms: &mut Vec<String>,
) {
    for item in items {
        if hidden.contains(&item.tokens.start) {
            out.push_str(&tree.text[*copied..tree.start(item)]);
            out.push_str(&format!("@crushed-hidden-{};", forms.len()));
            *copied = tree.tokens[item.tokens.end - 1].end;
            forms.push(compact_item(tree, item));
        } else {
            mask(tree, &item.children, hidden, out, copied, forms);
        }
    }
}

/// Stands for the second of two equal generic families, which the engine would drop. The pair is a way of
/// saying "monospace, at the size of the text around it".
const DOUBLE: &str = "crushed-monospace";

fn without_doubles(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("monospace") {
        let behind = &rest[at + "monospace".len()..];
        let gap = behind.len() - behind.trim_start().len();
        let second = behind[gap..].strip_prefix(',').map(str::trim_start);
        match second.and_then(|second| second.strip_prefix("monospace")) {
            Some(after) if !after.starts_with(['-', '_']) => {
                out.push_str(&rest[..at]);
                out.push_str("monospace,");
                out.push_str(DOUBLE);
                rest = after;
            }
            _ => {
                out.push_str(&rest[..at + "monospace".len()]);
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}
