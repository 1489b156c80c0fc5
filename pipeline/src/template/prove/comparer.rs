use std::collections::BTreeSet;

use super::compare::{compare, compare_scripts};
use super::dom::Desk;
use super::expand::{Pages, Way};
use super::world::World;
use super::{Context, Difference};
use crate::templates::is_script;

/// A difference and the template that the text there comes from.
pub(super) struct Found {
    pub(super) unit: usize,
    pub(super) difference: Difference,
}

/// Where the pages of a template are compared.
pub(super) struct Comparer {
    desk: Desk,
    /// Pages that came out the same.
    compared: BTreeSet<(String, String)>,
}

impl Comparer {
    pub(super) fn new() -> Self {
        Self {
            desk: Desk::new(),
            compared: BTreeSet::new(),
        }
    }

    pub(super) fn compare(
        &mut self,
        world: &World<'_>,
        entry: usize,
        mut pages: Pages,
        context: &Context<'_>,
    ) -> Option<Found> {
        let texts = (
            std::mem::take(&mut pages.original),
            std::mem::take(&mut pages.made),
        );
        if pages.filtered.is_none() && self.compared.contains(&texts) {
            return None;
        }
        let found = difference(world, entry, &pages, &texts, &mut self.desk, context);
        self.compared.insert(texts);
        found
    }
}

fn difference(
    world: &World<'_>,
    entry: usize,
    pages: &Pages,
    (original, made): &(String, String),
    desk: &mut Desk,
    context: &Context<'_>,
) -> Option<Found> {
    let (at, message) = match pages.filtered {
        Some(at) => (at, "the text that a filter gets is another".to_owned()),
        None => {
            let differs = match is_script(world.units[entry].path) {
                true => compare_scripts(original, made)?,
                false => compare(original, made, context, desk)?,
            };
            (
                differs.at,
                format!("`{}` became `{}`", differs.expected, differs.found),
            )
        }
    };
    let stretch = pages
        .stretches
        .partition_point(|(start, ..)| *start <= at)
        .saturating_sub(1);
    let (start, unit, gap) = pages
        .stretches
        .get(stretch)
        .copied()
        .unwrap_or((0, entry, 0));
    let text = &world.units[unit].original.gaps[gap];
    let at = text.offset + (at - start).min(text.text.len());
    // The way that was gone last before it tells when it happens.
    let way = pages.ways.iter().take_while(|way| way.at <= start).last();
    let message = match way {
        Some(way) => format!("{message}, {}", went(world, way)),
        None => message,
    };
    Some(Found {
        unit,
        difference: Difference { at, message },
    })
}

/// Which way was gone, in words.
fn went(world: &World<'_>, way: &Way) -> String {
    let unit = &world.units[way.unit];
    let choice = &unit.flow.choices[way.choice];
    let tag = &unit.original.tags[choice.tags[way.way]];
    let how = match (tag.name, way.way) {
        ("for", 0) => "runs twice",
        ("for", 1) => "runs once",
        ("for", _) => "does not run",
        ("if", 1..) => "is not taken",
        _ => "is taken",
    };
    format!("when `{}` {how}", tag.content)
}
