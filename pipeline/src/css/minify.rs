use std::collections::BTreeSet;

use super::check::too_deep;
use super::compact::{self, compact, compact_items};
use super::compared::Compared;
use super::cost::is_too_costly;
use super::differ::{differences, explain};
use super::gather::gathered;
use super::hide::{Hidden, Sheet};
use super::join::{complete, join, unmarked};
use super::normal::Normal;
use super::pieces::{is_closed, pieces};
use super::read::Known;
use super::smallest::smallest;
use super::tree::{Item, Tree, What};
use crate::encode::{Effort, Weight};
use crate::fault::Fault;

/// What the minifier may do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Options {
    /// What becomes of `/*! … */` comments.
    pub licences: Licences,
    /// Whether several orders are tried.
    pub effort: Effort,
    /// What decides between them.
    pub weight: Weight,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            licences: Licences::Keep,
            effort: Effort::default(),
            weight: Weight::default(),
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
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Minified {
    /// The text that ships.
    pub text: String,
    /// Why it is not as small as it could be.
    pub warnings: Vec<Fault>,
}

/// The smallest text that is proven to mean the same.
///
/// The engine's output is read again and compared with the source as the [cascade](Normal) sees both. What does
/// not come out with its meaning is [hidden](Hidden) from the engine in the next round and keeps the source's
/// form, white space apart: a declaration or the newer part of a selector first, then the rule, then the
/// top-level item, and last the whole sheet.
pub(crate) fn minify(text: &str, options: &Options) -> Result<Minified, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(minified(&Tree::parse(text).map_err(too_deep)?, options))
}

/// Minifies a head and [joined](join) sheets.
pub(crate) fn join_and_minify(head: &str, sheets: &[&str], options: &Options) -> Minified {
    // Most bundles of one sheet are complete as they are: these are read once only.
    if let ("", [sheet]) = (head, sheets)
        && !sheet.starts_with('\u{feff}')
        && let Ok(mut tree) = Tree::parse(sheet)
    {
        if let Some(What::At(name)) = tree.items.first().map(|first| &first.what)
            && name == "charset"
        {
            // The text is no longer bytes.
            tree.items.remove(0);
        }
        let mut joined = String::with_capacity(sheet.len());
        complete(&tree, &mut joined);
        if joined == *sheet {
            return minified(&tree, options);
        }
    }
    let joined = head.to_owned() + &join(sheets);
    // Each sheet was read alone before: what fails now is not the user's fault, and the joined text is right.
    minify(&joined, options).unwrap_or_else(|fault| Minified {
        text: joined,
        warnings: vec![fault],
    })
}

fn minified(tree: &Tree<'_>, options: &Options) -> Minified {
    let mut out = match options.licences {
        Licences::Keep => licences_of(tree),
        Licences::Drop => String::new(),
    };
    let mut warnings = Vec::new();
    if is_too_costly(tree) {
        out.push_str(&compact(tree));
        let message = "this sheet repeats itself too often to be compared with what would become of it; only white \
                       space and comments are removed";
        unmarked(&mut out);
        let warnings = vec![Fault::new(0, message)];
        return Minified {
            text: out,
            warnings,
        };
    }
    let sheet = Sheet::of(tree);
    let made = match options.effort {
        Effort::Fast => in_pieces(&sheet),
        Effort::Release => whole(&sheet, options.weight),
    };
    match made {
        Some((minified, left)) => {
            out.push_str(&minified);
            warnings.extend(left.warning(tree));
        }
        None => {
            out.push_str(&compact(tree));
            warnings.push(Fault::new(
                0,
                "this sheet could not be minified safely; only white space and comments are removed",
            ));
        }
    }
    unmarked(&mut out);
    Minified {
        text: out,
        warnings,
    }
}

/// The smallest of several forms.
fn whole(sheet: &Sheet<'_, '_>, weight: Weight) -> Option<(String, Left)> {
    let tree = sheet.tree;
    let mut known = Known::default();
    let source = Normal::with(tree, &tree.items, &mut known);
    let (minified, left, _) = proven(sheet, &tree.items, &source, ROUNDS, &mut known)?;
    let mut forms = vec![minified];
    if tree.text.len() < SMALL {
        forms.extend(gathered(tree).and_then(|text| {
            let tree = Tree::parse(&text).ok()?;
            let source = Normal::with(&tree, &tree.items, &mut known);
            // Where the engine takes more mending than before, more would be left as written.
            let rounds = left.rounds;
            let (text, others, _) =
                proven(&Sheet::of(&tree), &tree.items, &source, rounds, &mut known)?;
            (others.rules.len() <= left.rules.len()).then_some(text)
        }));
    }
    Some((smallest(&source, forms, weight, &mut known), left))
}

/// Each piece for itself, and as written where that fails. Where pieces could mean something else together, they are
/// compared together too.
fn in_pieces(sheet: &Sheet<'_, '_>) -> Option<(String, Left)> {
    let tree = sheet.tree;
    let mut known = Known::default();
    let mut out = String::with_capacity(tree.text.len());
    let mut left = Left {
        rules: Vec::new(),
        reason: None,
        rounds: 0,
    };
    let mut compared = Compared::default();
    let pieces = pieces(tree);
    for items in &pieces {
        let source = Normal::with(tree, items, &mut known);
        match proven(sheet, items, &source, ROUNDS, &mut known) {
            Some((text, more, result)) => {
                out.push_str(&text);
                left.rules.extend(more.rules);
                left.reason = left.reason.or(more.reason);
                compared.push(source, Some(result));
            }
            None if pieces.len() == 1 => return None,
            None => {
                out.push_str(&compact_items(tree, items));
                left.rules
                    .extend(items.iter().map(|item| item.tokens.start));
                compared.push(source, None);
            }
        }
    }
    if !compared.hide_the_same() {
        let source = Normal::with(tree, &tree.items, &mut known);
        let printed = Tree::parse(&out).ok()?;
        if !source.equals(&Normal::with(&printed, &printed.items, &mut known)) {
            let (text, left, _) = proven(sheet, &tree.items, &source, ROUNDS, &mut known)?;
            return Some((text, left));
        }
    }
    Some((out, left))
}

fn licences_of(tree: &Tree<'_>) -> String {
    let mut out = String::new();
    let mut seen = BTreeSet::new();
    for comment in compact::licences(tree, 0..tree.tokens.len()) {
        if seen.insert(comment) {
            out.push_str(comment);
            out.push('\n');
        }
    }
    out
}

/// The licence comments of a sheet, each once.
pub(crate) fn licences(text: &str) -> String {
    Tree::parse(text).map_or_else(|_| String::new(), |tree| licences_of(&tree))
}

/// Whether two sheets are proven to mean the same.
pub(crate) fn same(ours: &str, theirs: &str) -> bool {
    let (Ok(ours), Ok(theirs)) = (Tree::parse(ours), Tree::parse(theirs)) else {
        return false;
    };
    Normal::of(&ours).equals(&Normal::of(&theirs))
}

/// A proven minification of some top-level items that takes so many rounds at most, what had to be hidden for it, and what it
/// says.
fn proven(
    sheet: &Sheet<'_, '_>,
    items: &[Item],
    source: &Normal,
    rounds: usize,
    known: &mut Known,
) -> Option<(String, Left, Normal)> {
    if !source.whole {
        return None;
    }
    let tree = sheet.tree;
    let end = |items: &[Item]| items.last().map(|last| last.tokens.end);
    let is_last = end(items) == end(&tree.items);
    let mut hidden = Hidden::hazards(tree, items);
    let mut reason = None;
    for round in 1..=rounds {
        let text = sheet.minified(items, &hidden)?;
        let printed = Tree::parse(&text).ok()?;
        let result = Normal::with(&printed, &printed.items, known);
        if source.equals(&result) {
            let left = Left {
                rules: hidden.rules.into_iter().collect(),
                reason,
                rounds: round,
            };
            let closed = is_last || is_closed(&printed);
            return closed.then_some((text, left, result));
        }
        if !result.whole || round == rounds {
            return None;
        }
        let left = hidden.rules.len();
        let mut more = false;
        for difference in differences(tree, items, source, &result, known) {
            more |= hidden.add(tree, &difference);
        }
        if !more {
            return None;
        }
        if left == 0 && !hidden.rules.is_empty() {
            reason = explain(tree, source, &printed, &result);
        }
    }
    None
}

impl Left {
    fn warning(self, tree: &Tree<'_>) -> Option<Fault> {
        let first = *self.rules.first()?;
        let rules = match self.rules.len() {
            1 => "1 rule is".to_owned(),
            count => format!("{count} rules are"),
        };
        let reason = self.reason.map(|reason| format!(": {reason}"));
        Some(Fault::new(
            tree.tokens[first].start,
            format!(
                "{rules} left as written, since minifying would change the meaning{}",
                reason.unwrap_or_default()
            ),
        ))
    }
}

/// In bytes: in a larger sheet, equal rules far from each other cost nearly nothing when compressed. Of public sheets none above
/// that is smaller with its rules gathered.
const SMALL: usize = 96 * 1024;

/// How often more may be hidden until the sheet is left alone.
const ROUNDS: usize = 8;

/// What was left as written.
struct Left {
    /// Rules, by their first tokens.
    rules: Vec<usize>,
    /// What would have changed.
    reason: Option<String>,
    /// How often the engine was asked.
    rounds: usize,
}
