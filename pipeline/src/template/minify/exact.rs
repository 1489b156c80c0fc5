//! What templates, blocks and macros do that matters where they are used, gathered from all templates.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use super::super::rewrite::{Segment, Tag};
use super::front::begins_flow;
use super::lex::items;
use super::tree::{Node, tree};
use super::walk::Walk;
use super::{Options, Unsure};

/// Names, shared by all who know the same ones: each template is looked at with what is known of all others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Names(Option<Arc<BTreeSet<String>>>);

/// What those share who know none.
static NONE: BTreeSet<String> = BTreeSet::new();

impl Names {
    pub(super) fn insert(&mut self, name: &str) {
        if !self.contains(name) {
            Arc::make_mut(self.0.get_or_insert_default()).insert(name.to_owned());
        }
    }

    pub(super) fn extend<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        names.into_iter().for_each(|name| self.insert(name));
    }
}

impl Deref for Names {
    type Target = BTreeSet<String>;

    fn deref(&self) -> &Self::Target {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

/// Names of templates, blocks and macros whose contents end up where every space counts: inside `pre`, an attribute, a
/// script. Filled by looking at all templates, since the place of use decides and not the place of writing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Exact {
    pub(crate) templates: Names,
    /// The same for templates that are used in scripts, where only lines count.
    scripts: Names,
    pub(crate) blocks: Names,
    pub(crate) macros: Names,
    /// Blocks that are also written somewhere else: by `super()`, or alone as a fragment. White space at their ends stays.
    pub(crate) moved_blocks: Names,
    /// Blocks that open or close elements of what is around them in one of the templates.
    pub(super) open_blocks: Names,
    /// The same for macros.
    pub(super) open_macros: Names,
    /// Templates that were looked at, and those of them that leave elements open or close those of others.
    pub(super) known_templates: Names,
    pub(super) open_templates: Names,
    /// Blocks that hold more than a head may, in one of the templates.
    pub(super) body_blocks: Names,
    /// Whether a block, in each template that has it, begins with what [only a body holds](begins_flow).
    flow_blocks: Arc<BTreeMap<String, BTreeMap<String, bool>>>,
    /// Templates that begin with it.
    flow_templates: Names,
}

impl Exact {
    /// Before anything was looked at: blocks that are rendered alone, and the paths of all templates.
    pub(crate) fn new<'t>(
        fragments: BTreeSet<String>,
        templates: impl Iterator<Item = &'t str>,
    ) -> Self {
        Self {
            moved_blocks: Names(Some(Arc::new(fragments))),
            known_templates: Names(Some(Arc::new(templates.map(str::to_owned).collect()))),
            ..Self::default()
        }
    }

    /// Whether a template is used in an exact place. Askama looks beside the including file first, so that an entry may be
    /// the end of a path.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.covers_script(path) || self.scripts.iter().any(|entry| ends_in(path, entry))
    }

    /// Whether a template is used where more than its lines count.
    pub(crate) fn covers_script(&self, path: &str) -> bool {
        self.templates.iter().any(|entry| ends_in(path, entry))
    }

    /// Remembers what a text uses that is no HTML.
    pub(crate) fn used_by_text(&mut self, segments: &[Segment]) {
        for segment in segments {
            if let Segment::Tag(tag) = segment {
                self.uses(tag);
            }
        }
    }

    /// Remembers what a script uses.
    pub(super) fn used_by_script(&mut self, tag: &Tag) {
        match &*tag.name {
            "include" => self.scripts.extend(tag.first_string()),
            _ => self.uses(tag),
        }
    }

    /// Remembers what an exact place uses.
    pub(super) fn uses(&mut self, tag: &Tag) {
        if tag.name == "include" {
            self.templates.extend(tag.first_string());
        }
        if tag.name == "block" {
            self.blocks.extend(tag.second_word());
        }
        if tag.name == "call" || tag.is_expr {
            self.macros.extend(tag.called());
        }
    }

    /// Whether the template that is included is not known to close what it opens, and nothing else.
    pub(super) fn opens_template(&self, include: &Tag) -> bool {
        let Some(path) = include.first_string() else {
            return true;
        };
        let is_one = |known: &String| ends_in(known, path);
        let is_known =
            self.known_templates.contains(path) || self.known_templates.iter().any(is_one);
        !is_known || self.open_templates.iter().any(is_one)
    }

    /// Whether the template that is included begins with what only a body holds.
    pub(super) fn begins_flow(&self, include: &Tag) -> bool {
        include.first_string().is_some_and(|path| {
            let mut known = self.known_templates.iter();
            known.all(|known| !ends_in(known, path) || self.flow_templates.contains(known))
                && self.flow_templates.iter().any(|known| ends_in(known, path))
        })
    }

    /// Whether a block begins with what only a body holds, in whichever template.
    pub(super) fn is_flow(&self, block: &str) -> bool {
        self.flow_blocks
            .get(block)
            .is_some_and(|templates| templates.values().all(|flow| *flow))
    }

    fn unknown_block(&mut self, template: &str, block: &Tag) {
        if let Some(name) = block.second_word() {
            self.note_block(name, template, false);
        }
    }

    fn note_block(&mut self, name: &str, template: &str, flow: bool) {
        let known = self.flow_blocks.get(name);
        if known.and_then(|templates| templates.get(template)) != Some(&flow) {
            let templates = Arc::make_mut(&mut self.flow_blocks).entry(name.to_owned());
            templates.or_default().insert(template.to_owned(), flow);
        }
    }

    fn note_blocks(&mut self, template: &str, nodes: &[Node<'_>]) {
        for node in nodes {
            let Node::Block(block) = node else { continue };
            if block.name() == "block"
                && let Some(name) = block.arms[0].tag.second_word()
            {
                let flow = begins_flow(&block.arms[0].nodes, self);
                self.note_block(name, template, flow);
            }
            for arm in &block.arms {
                self.note_blocks(template, &arm.nodes);
            }
        }
    }

    /// Whether an expression calls a macro that opens or closes elements of others.
    pub(super) fn opens_macro(&self, tag: &Tag) -> bool {
        !self.open_macros.is_empty()
            && tag
                .called()
                .iter()
                .any(|name| self.open_macros.contains(*name))
    }
}

fn ends_in(path: &str, entry: &str) -> bool {
    path.strip_suffix(entry.trim_start_matches("./"))
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// A template taken apart, to be looked at again as more is known of the others.
pub(crate) struct Apart<'a>(pub(super) Result<Vec<Node<'a>>, Unsure>);

impl<'a> Apart<'a> {
    pub(crate) fn read(segments: &'a [Segment]) -> Self {
        Self(items(segments).and_then(tree))
    }
}

/// Adds to `exact` what this template uses in exact places, and what it does to those that use it. `name` is the
/// template's own.
pub(crate) fn exact_uses(
    name: &str,
    segments: &[Segment],
    apart: &Apart<'_>,
    exact: &mut Exact,
    options: &Options,
) {
    let covered = exact.covers(name);
    exact.known_templates.insert(name);
    let Ok(mut nodes) = apart.0.clone() else {
        // The template ships as it is, and so must all that it includes.
        exact.open_templates.insert(name);
        for segment in segments {
            if let Segment::Tag(tag) = segment {
                exact.uses(tag);
                if tag.name == "block" {
                    exact.open_blocks.extend(tag.second_word());
                    exact.unknown_block(name, tag);
                }
                if tag.name == "macro" {
                    exact.open_macros.extend(tag.second_word());
                }
            }
        }
        return;
    };
    let mut walk = Walk::new(std::mem::take(exact), options);
    walk.extends = super::extends(&nodes);
    walk.state.exact = usize::from(covered);
    walk.nodes(&mut nodes);
    if walk.closes_others || walk.leaves_open(0) {
        walk.exact.open_templates.insert(name);
    }
    *exact = walk.exact;
    exact.note_blocks(name, &nodes);
    if begins_flow(&nodes, exact) {
        exact.flow_templates.insert(name);
    }
}
