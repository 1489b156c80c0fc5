use std::cmp::Reverse;

use crushed_manifest::{AssetPath, Kind, Markup, Mode, PathError};
use rayon::prelude::*;

use super::unnameable;
use crate::bundle::{Input, Part, Plan, Unit};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, gather};
use crate::load::{Loaded, load};
use crate::modules::World;
use crate::named::Named;
use crate::tags;
use crate::transform::Text;

/// A text to be made, and who asked for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) owner: Owner,
    pub(super) unit: Unit,
    pub(super) mode: Mode,
    /// The asset's path without its digest.
    pub(super) place: AssetPath,
}

#[derive(Debug)]
pub(super) enum Owner {
    /// A part of a block, by the block's key and its place in it.
    Block(String, usize),
    /// A stylesheet or script that ships by itself.
    Single(AssetPath),
}

pub(super) fn jobs(plan: &Plan) -> Result<Vec<Job>, Vec<Diagnostic>> {
    let mut jobs = Vec::new();
    for (key, block) in &plan.blocks {
        for (index, part) in block.parts.iter().enumerate() {
            let Part::Unit(unit) = part else { continue };
            if block.mode == Mode::Preload && !tags::is_fetched(unit) {
                continue;
            }
            let word = unit.kind.word();
            let name = format!("{word}/{}.{word}", unit.name);
            jobs.push(Job {
                owner: Owner::Block(key.to_string(), index),
                mode: tags::mode(unit, block.mode),
                place: AssetPath::parse(&name).map_err(|error| vec![unnameable(&name, &error)])?,
                unit: unit.clone(),
            });
        }
    }
    jobs.extend(plan.singles.iter().filter_map(single));
    Ok(jobs)
}

/// Stylesheets and scripts are transformed even if they ship by themselves.
fn is_sheet(path: &AssetPath) -> bool {
    path.extension() == "css"
}

/// Whether a file ships as it is.
pub(super) fn is_plain(path: &AssetPath) -> bool {
    !is_script(path) && !is_sheet(path)
}

pub(super) fn is_script(path: &AssetPath) -> bool {
    matches!(path.extension(), "js" | "mjs")
}

/// The job of a stylesheet that ships by itself.
pub(super) fn single(path: &AssetPath) -> Option<Job> {
    is_sheet(path).then(|| Job {
        owner: Owner::Single(path.clone()),
        mode: Mode::File,
        place: path.clone(),
        unit: Unit {
            kind: Kind::Css,
            name: path.stem().to_owned(),
            inputs: vec![Input::Source {
                path: path.clone(),
                charset: None,
                at: None,
            }],
            attributes: Vec::new(),
            integrity: false,
        },
    })
}

pub(super) fn load_all(
    jobs: &[Job],
    world: World<'_>,
) -> Result<Vec<Vec<Loaded>>, Vec<Diagnostic>> {
    gather(jobs.par_iter().map(|job| load(&job.unit, world)).collect())
}

/// The jobs with their places in the list, the longest first so that no core is left with one at the end.
pub(super) fn longest_first<'j>(
    jobs: &'j [Job],
    loaded: &'j [Vec<Loaded>],
) -> impl ParallelIterator<Item = (usize, &'j Job, &'j [Loaded])> {
    let mut all: Vec<_> = jobs
        .iter()
        .zip(loaded)
        .enumerate()
        .map(|(index, (job, inputs))| (index, job, inputs.as_slice()))
        .collect();
    all.sort_by_key(|(_, job, inputs)| {
        // A byte of a script takes about twice as long as one of a stylesheet.
        let weight = match job.unit.kind {
            Kind::Css => 1,
            Kind::Js => 2,
        };
        Reverse(weight * inputs.iter().map(Loaded::length).sum::<usize>())
    });
    all.into_iter().par_bridge()
}

/// What one unit becomes in a page.
pub(super) struct Tagged {
    pub(super) markup: Markup,
    pub(super) paths: Vec<AssetPath>,
    /// The files that the markup names, and what they import.
    pub(super) named: Vec<Named>,
}

pub(super) fn tag(
    job: &Job,
    texts: Vec<Text>,
    imported: Vec<(AssetPath, String)>,
    config: &Config,
) -> Result<Tagged, PathError> {
    let mut tagged = Tagged {
        markup: Markup::default(),
        paths: Vec::new(),
        named: Vec::new(),
    };
    for (place, text) in imported {
        tagged.named.push(Named::new(&place, text.into_bytes())?);
    }
    for text in texts {
        match text {
            Text::Inline(text) => tagged.markup.append(&tags::inline(&job.unit, &text)),
            Text::File(text) => {
                let named = Named::new(&job.place, text.into_bytes())?;
                tagged.markup.append(&tags::file(
                    &job.unit,
                    job.mode,
                    &named.path,
                    &named.integrity,
                    config.integrity,
                ));
                tagged.paths.push(named.path.clone());
                tagged.named.push(named);
            }
        }
    }
    Ok(tagged)
}
