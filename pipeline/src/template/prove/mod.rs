//! The proof that minified templates mean the same as the originals.
//!
//! Both are written out in the same ways ([`expand`]): the tags of the two are the same, so that one walk over them makes
//! two pages, which differ only in the literal text. The two pages are parsed as a browser does ([`dom`]) and written down
//! in a form in which only what cannot be seen is left out ([`canon`], by the rules of [`super::show`]).

mod attributes;
mod canon;
mod compare;
mod comparer;
mod dom;
mod equal;
mod expand;
#[cfg(test)]
mod faults;
mod flow;
mod follow;
mod lines;
#[cfg(test)]
mod mutations;
mod parts;
mod plan;
mod reader;
#[cfg(test)]
mod readings;
mod recall;
mod scope;
#[cfg(test)]
mod sites;
#[cfg(test)]
mod tests;
mod world;

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::styles::Styles;
use super::syntax::{Syntax, Whitespace};
use comparer::{Comparer, Found};
pub(crate) use equal::Equal;
use expand::{Expander, Root};
use flow::PAGE;
use parts::Parts;
use plan::{Coverage, Plan, VALUES};
pub(crate) use recall::Recall;
use world::{Unit, World};

/// A template as it was, rewritten, and as it is to ship.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template<'a> {
    /// Below the templates directory.
    pub(crate) path: &'a str,
    pub(crate) original: &'a str,
    /// `None` if it ships as it was.
    pub(crate) minified: Option<&'a str>,
}

/// What holds for all templates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) syntax: &'a Syntax,
    pub(crate) whitespace: Whitespace,
    pub(crate) styles: &'a Styles,
    pub(crate) equal: &'a Equal,
    /// Blocks that are rendered by themselves.
    pub(crate) fragments: &'a BTreeSet<String>,
    /// Nothing stands behind what begins like a page, whether it ends like one or not.
    pub(crate) is_whole: bool,
    /// What was proven before, if that is known.
    pub(crate) recall: Option<Recall<'a>>,
}

/// The first thing by which a minified template differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Difference {
    /// Where in the original, in bytes.
    pub(crate) at: usize,
    /// What is different, lower case.
    pub(crate) message: String,
}

/// What stands in pages that are weighed, for each of the [`VALUES`].
const WORDS: [&str; VALUES.len()] = ["", "crushed", "two words", "42"];

/// So many bytes of pages at most are made for the values of expressions alone.
const BYTES: usize = 1 << 20;

/// Compares every template with what was made of it, through all that it extends, includes and calls. Gives for each why
/// it must ship as it was, or `None`.
pub(crate) fn prove(templates: &[Template<'_>], context: &Context<'_>) -> Vec<Option<Difference>> {
    let read: Vec<(Unit<'_>, Option<Difference>)> = templates
        .par_iter()
        .map(|template| unit(template, context))
        .collect();
    let (units, mut differences): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let mut world = World::new(units);
    let texts = context.recall.map(|recall| recall.texts(templates));
    let mut used: Vec<BTreeSet<usize>> = match &texts {
        Some(texts) => texts.recall_all(),
        None => vec![BTreeSet::new(); templates.len()],
    };
    // A template uses itself at least.
    let mut open: Vec<usize> = (0..templates.len())
        .filter(|entry| used[*entry].is_empty())
        .collect();
    while !open.is_empty() {
        // One by one: some take a hundred times as long as others.
        let results: Vec<(usize, Proof)> = open
            .par_iter()
            .with_max_len(1)
            .map(|entry| (*entry, proof(&world, *entry, context)))
            .collect();
        let mut guilty = BTreeSet::new();
        for (entry, proof) in results {
            used[entry] = proof.used;
            used[entry].insert(entry);
            // Only what is compared as it was asked for is worth keeping.
            if let Some(texts) = texts.as_ref().filter(|_| proof.found.is_none()) {
                texts.keep(entry, &used[entry], &world);
            }
            // What stems from a template that is given up already is looked at again.
            if let Some(found) = proof.found.filter(|found| !guilty.contains(&found.unit)) {
                let (unit, difference) = blame(&mut world, entry, &used[entry], found, context);
                if guilty.insert(unit) {
                    differences[unit] = Some(difference);
                }
            }
        }
        for unit in &guilty {
            world.units[*unit].made = None;
        }
        open = (0..templates.len())
            .filter(|entry| used[*entry].intersection(&guilty).next().is_some())
            .collect();
    }
    differences
}

/// A page of each template as it was and as it is to ship, with all branches taken and loops run twice. Expressions have
/// the values that they have in most pages, words and numbers, not the ones that find faults.
pub(crate) fn pages(templates: &[Template<'_>], context: &Context<'_>) -> Vec<(String, String)> {
    let units = templates.iter().map(|template| unit(template, context).0);
    let world = World::new(units.collect());
    let page = |entry: usize| {
        let mut coverage = coverage(&world.units[entry]);
        let plan = Plan::new(0);
        let pages = Expander::run(&world, entry, Root::Page, plan, &mut coverage);
        let plain = |page: String| {
            let values = VALUES.iter().zip(WORDS).skip(1);
            values.fold(page, |page, (value, word)| page.replace(value, word))
        };
        (plain(pages.original), plain(pages.made))
    };
    (0..templates.len()).into_par_iter().map(page).collect()
}

/// Reads both texts of a template. If they cannot be compared it ships as it was.
fn unit<'a>(template: &Template<'a>, context: &Context<'_>) -> (Unit<'a>, Option<Difference>) {
    let read = |text: &'a str| Parts::read(text, context.syntax, context.whitespace);
    // Of a template that ships as it was there is nothing to say.
    let fault = |at: usize, message: String| template.minified.map(|_| Difference { at, message });
    let made = |unit: &mut Unit<'a>| {
        let made = read(template.minified?).ok();
        let difference = match &made {
            None => fault(0, "the minified template cannot be read".to_owned()),
            Some(made) => other_tag(&unit.original, made),
        };
        unit.made = made.filter(|_| difference.is_none());
        difference
    };
    let empty = || Unit::empty(template.path);
    match read(template.original) {
        Err(unread) => (empty(), fault(unread.offset, unread.message)),
        Ok(original) => match Unit::new(template.path, original) {
            Err(unknown) => (empty(), fault(unknown.offset, unknown.message)),
            Ok(mut unit) => {
                let difference = made(&mut unit);
                (unit, difference)
            }
        },
    }
}

/// The first tag that was moved, dropped, doubled or changed.
fn other_tag(original: &Parts<'_>, made: &Parts<'_>) -> Option<Difference> {
    let pairs = original.tags.iter().zip(&made.tags);
    let same = pairs.take_while(|(a, b)| a.same(b)).count();
    let show = |tag: Option<&parts::Tag<'_>>| {
        tag.map_or("the end".to_owned(), |tag| format!("`{}`", tag.content))
    };
    match (original.tags.get(same), made.tags.get(same)) {
        (None, None) => None,
        (wanted, got) => Some(Difference {
            at: wanted.map_or_else(
                || original.gaps.last().map_or(0, |gap| gap.offset),
                |tag| tag.offset,
            ),
            message: format!("{} became {}", show(wanted), show(got)),
        }),
    }
}

struct Proof {
    used: BTreeSet<usize>,
    found: Option<Found>,
}

/// Goes all ways through one template, and renders its parts alone.
fn proof(world: &World<'_>, entry: usize, context: &Context<'_>) -> Proof {
    let unit = &world.units[entry];
    let mut coverage = coverage(unit);
    let parts = unit.flow.macros.values();
    let blocks = unit
        .flow
        .blocks
        .iter()
        .filter(|(name, _)| context.fragments.contains(*name));
    let roots = [Root::Page].into_iter().chain(
        parts
            .chain(blocks.map(|(_, body)| body))
            .map(|body| Root::Part(*body)),
    );
    let mut used = BTreeSet::new();
    let mut comparer = Comparer::new();
    let mut prove = |root, coverage: &mut Coverage| {
        every_way(
            world,
            entry,
            root,
            coverage,
            &mut used,
            &mut comparer,
            context,
        )
    };
    for root in roots {
        let found = prove(root, &mut coverage);
        if found.is_some() {
            return Proof { used, found };
        }
    }
    // What no page shows, such as a block that no parent has, is written out by itself.
    for body in PAGE + 1..unit.flow.bodies.len() {
        if !coverage.has_written(body) {
            let found = prove(Root::Part(body), &mut coverage);
            if found.is_some() {
                return Proof { used, found };
            }
        }
    }
    Proof { used, found: None }
}

fn coverage(unit: &Unit<'_>) -> Coverage {
    let flow = &unit.flow;
    Coverage::new(&flow.choices, unit.original.tags.len(), flow.bodies.len())
}

/// Writes pages out until every way has been gone, and compares each.
fn every_way(
    world: &World<'_>,
    entry: usize,
    root: Root,
    coverage: &mut Coverage,
    used: &mut BTreeSet<usize>,
    comparer: &mut Comparer,
    context: &Context<'_>,
) -> Option<Found> {
    let mut bytes = 0;
    let mut idle = 0;
    let mut free = false;
    let mut cut_off = false;
    let mut number = 0;
    // Each page that is not idle goes a new way, and no more than four in a row are idle.
    while number < 16 + 5 * coverage.ways() {
        let missing = coverage.missing();
        let plan = match number {
            _ if free => Plan::free(number),
            // With all branches taken everything is to stand beside everything.
            0 if cut_off => Plan::once(),
            _ => Plan::new(number),
        };
        let pages = Expander::run(world, entry, root, plan, coverage);
        used.extend(pages.used.iter().copied());
        let chosen = !pages.ways.is_empty();
        let again = number == 0 && pages.is_cut_off && !cut_off;
        bytes += pages.original.len();
        if let Some(found) = comparer.compare(world, entry, pages, context) {
            return Some(found);
        }
        if again {
            cut_off = true;
            continue;
        }
        number += 1;
        idle = match coverage.missing() < missing {
            true => 0,
            false => idle + 1,
        };
        let values = coverage.wants_values() && bytes < BYTES && number <= 8;
        let ways = chosen && (number <= 3 || coverage.missing() > 0 && idle < 4);
        if values || ways {
            continue;
        }
        if free || coverage.missing() == 0 || !chosen {
            break;
        }
        (free, idle) = (true, 0);
    }
    None
}

/// Which template is to ship as it was so that the difference goes: the one where it shows, if that suffices, else the one
/// that is proven, else the first that suffices.
fn blame(
    world: &mut World<'_>,
    entry: usize,
    used: &BTreeSet<usize>,
    found: Found,
    context: &Context<'_>,
) -> (usize, Difference) {
    let order = [found.unit, entry].into_iter().chain(used.iter().copied());
    let mut tried = BTreeSet::new();
    let mut last = None;
    for unit in order {
        if !tried.insert(unit) {
            continue;
        }
        let Some(made) = world.units[unit].made.take() else {
            continue;
        };
        let passes = proof(world, entry, context).found.is_none();
        world.units[unit].made = Some(made);
        last.get_or_insert(unit);
        if passes {
            last = Some(unit);
            break;
        }
    }
    let unit = last.unwrap_or(entry);
    let difference = match unit == found.unit {
        true => found.difference,
        // The place belongs to another file.
        false => Difference {
            at: 0,
            message: format!(
                "in `{}`: {}",
                world.units[found.unit].path, found.difference.message
            ),
        },
    };
    (unit, difference)
}
