use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{AssetPath, Kind};
use rayon::prelude::*;

use super::map::ImportMap;
use super::marks::Marks;
use super::resolve::{Member, Reference, References, To, World, references};
use super::tag::ModuleTag;
use crate::bundle::{Input, Unit};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::js::{self, Goal, ImportKind};
use crate::load::load;
use crate::scripts::Scripts;
use crate::transform::Made;

/// Where the graph begins.
#[derive(Debug, Default)]
pub(crate) struct Roots<'a> {
    /// Scripts that ship by themselves.
    pub(crate) members: BTreeSet<Member>,
    /// The tags of modules, by their block and their place in it.
    pub(crate) tags: Vec<(TagKey<'a>, &'a ModuleTag)>,
    pub(crate) maps: Vec<&'a ImportMap>,
}

/// A block's key and the place in it.
pub(crate) type TagKey<'a> = (&'a str, usize);

/// Every script that can be reached, minified, its references marked.
#[derive(Debug, Default)]
pub(crate) struct Graph<'a> {
    pub(super) members: BTreeMap<Member, Draft>,
    /// Inline modules of templates.
    pub(super) fragments: BTreeMap<TagKey<'a>, Draft>,
    /// Everything else that is named.
    pub(crate) files: BTreeSet<AssetPath>,
    /// Bare specifiers that are used somewhere.
    pub(super) bare: BTreeSet<String>,
}

/// A script with marks for what it names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(super) text: String,
    pub(super) marks: Marks,
    /// It asks for its own address, so that it is not the same in another place.
    pub(super) knows_its_place: bool,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) licences: Vec<String>,
    bare: Vec<String>,
}

impl Draft {
    /// The modules that are loaded with this one, in order.
    pub(super) fn statics(&self) -> impl Iterator<Item = (&Member, &str)> {
        self.marks
            .references()
            .iter()
            .filter_map(|reference| match &reference.to {
                To::Script(member) if reference.kind == ImportKind::Static => {
                    Some((member, reference.suffix.as_str()))
                }
                _ => None,
            })
    }
}

/// Finds and minifies every script that can be reached, from `scripts` too, the classic ones of blocks.
pub(crate) fn discover<'a, 's>(
    roots: &Roots<'a>,
    scripts: impl Iterator<Item = &'s Scripts>,
    world: World<'_>,
    config: &Config,
) -> Result<Graph<'a>, Vec<Diagnostic>> {
    let mut graph = Graph::default();
    let mut errors = Vec::new();
    let mut wave = roots.members.clone();
    let fragments: Vec<(TagKey<'a>, (Draft, Vec<Diagnostic>))> = roots
        .tags
        .par_iter()
        .filter_map(|(key, tag)| match tag.unit.inputs.first() {
            Some(input @ Input::Fragment { .. }) => {
                Some((*key, read(input, Goal::Module, world, config)))
            }
            _ => None,
        })
        .collect();
    for (key, (draft, found)) in fragments {
        errors.extend(found);
        graph.note(&draft, &mut wave);
        graph.fragments.insert(key, draft);
    }
    for (_, tag) in &roots.tags {
        if let Some(Input::Source { path, .. }) = tag.unit.inputs.first() {
            let path = path.clone();
            wave.insert(Member {
                path,
                goal: Goal::Module,
            });
        }
    }
    for scripts in scripts {
        errors.extend(scripts.misnamed.iter().cloned());
        for reference in scripts.references() {
            graph.reach(reference, &mut wave);
        }
    }
    loop {
        for map in &roots.maps {
            match map.targets(&graph.bare, world) {
                Ok(targets) => targets.iter().for_each(|to| graph.target(to, &mut wave)),
                Err(error) => errors.push(*error),
            }
        }
        if wave.is_empty() {
            break;
        }
        let made: Vec<(Member, (Draft, Vec<Diagnostic>))> = std::mem::take(&mut wave)
            .into_par_iter()
            .map(|member| {
                let input = Input::Source {
                    path: member.path.clone(),
                    charset: None,
                    at: None,
                };
                let read = read(&input, member.goal, world, config);
                (member, read)
            })
            .collect();
        for (member, (draft, found)) in made {
            errors.extend(found);
            graph.note(&draft, &mut wave);
            graph.members.insert(member, draft);
        }
        wave.retain(|member| !graph.members.contains_key(member));
    }
    // Two scripts may name one faulty file.
    let mut said = BTreeSet::new();
    errors.retain(|error| said.insert(error.one_line()));
    // In the order of the text, not of the blocks' keys.
    errors.sort_by_cached_key(|error| {
        let at = error.place.as_ref().map(|(_, range)| range.start);
        (error.file.clone(), at)
    });
    if errors.is_empty() {
        Ok(graph)
    } else {
        Err(errors)
    }
}

impl Graph<'_> {
    fn note(&mut self, draft: &Draft, wave: &mut BTreeSet<Member>) {
        for reference in draft.marks.references() {
            self.reach(reference, wave);
        }
        self.bare.extend(draft.bare.iter().cloned());
    }

    fn reach(&mut self, reference: &Reference, wave: &mut BTreeSet<Member>) {
        self.target(&reference.to, wave);
    }

    fn target(&mut self, to: &To, wave: &mut BTreeSet<Member>) {
        match to {
            To::File(path) => {
                self.files.insert(path.clone());
            }
            To::Script(member) if !self.members.contains_key(member) => {
                wave.insert(member.clone());
            }
            To::Script(_) => {}
        }
    }

    /// What was found out about all scripts, for the user.
    pub(crate) fn drafts(&self) -> impl Iterator<Item = &Draft> {
        self.members.values().chain(self.fragments.values())
    }
}

/// Reads, marks and minifies one script, and tells what is wrong with it: what else it names is looked at all the same, so
/// that one run tells all faults.
fn read(input: &Input, goal: Goal, world: World<'_>, config: &Config) -> (Draft, Vec<Diagnostic>) {
    let unit = Unit {
        kind: Kind::Js,
        name: String::new(),
        inputs: vec![input.clone()],
        attributes: Vec::new(),
        integrity: false,
    };
    let mut draft = Draft::default();
    let loaded = match load(&unit, world) {
        Ok(loaded) => loaded,
        Err(errors) => return (draft, errors),
    };
    let mut errors = Vec::new();
    for input in loaded {
        draft.marks = Marks::for_texts(std::iter::once(input.text.as_str()));
        let mut named = References::default();
        let marked = |facts: &js::Facts| {
            named = references(&input, facts, world);
            let found = &named.found;
            (!found.is_empty()).then(|| draft.marks.put(&input.text, found))
        };
        let read = world.memo.script(&input.text, goal, &config.js(), marked);
        errors.extend(named.errors);
        draft.warnings = named.warnings;
        draft.bare = named.bare;
        match read {
            Ok((facts, minified)) => {
                draft.knows_its_place = facts.uses_import_meta;
                let warnings = minified.warnings.into_iter();
                let warnings = warnings.map(|fault| input.fault(Kind::Js, fault).warning());
                draft.warnings.extend(warnings);
                let mut made = Made::default();
                draft.text = made.take_licences(minified.text, config.licences);
                draft.licences = made.licences;
            }
            Err(mut fault) => {
                fault.help.get_or_insert_with(|| {
                    let mend = match js::inspect(&input.text, Goal::Module) {
                        Ok(_) if goal == Goal::Script => {
                            "it is a module: load it as one, `new Worker(…, { type: \"module\" })`"
                        }
                        _ => "correct it: a browser runs nothing of a script that does not parse",
                    };
                    mend.to_owned()
                });
                errors.push(input.fault(Kind::Js, fault));
            }
        }
    }
    (draft, errors)
}
