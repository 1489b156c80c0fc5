use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::slice;
use std::sync::Arc;

use crushed_manifest::{AssetPath, BundleKey, Digest, Kind, Markup, Mode, percent_encode};
use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, ErrorKind, Severity, SourceText};
use crate::discover::Sources;
use crate::integrity;
use crate::js::Goal;
use crate::modules::{self, ImportMap, ModuleTag};
use crate::rust_scan::MacroCall;
use crate::scan::Scanned;
use crate::tags::{self, Attributes};
use crate::template::compress::{Block, Item};
use crushed_manifest::nearest;

/// What belongs together: every `compress` by its key, and the sources that ship by themselves.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) blocks: BTreeMap<BundleKey, PlannedBlock>,
    pub(crate) singles: BTreeSet<AssetPath>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// Those that a page loads as modules.
    pub(crate) modules: BTreeSet<AssetPath>,
}

/// One `compress`: what it becomes, in order.
#[derive(Clone, Debug)]
pub(crate) struct PlannedBlock {
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) parts: Vec<Part>,
    /// What the page gets when compression is off.
    pub(crate) original: Markup,
}

#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// One tag: its inputs become one text.
    Unit(Unit),
    /// The tag of a module.
    Module(ModuleTag),
    /// An import map.
    Map(ImportMap),
    /// Passed on in its place.
    Markup(Markup),
}

/// Inputs that become one text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unit {
    pub(crate) kind: Kind,
    /// The stem of the asset's file name.
    pub(crate) name: String,
    pub(crate) inputs: Vec<Input>,
    /// Carried over to the tag.
    pub(crate) attributes: Attributes,
    /// Whether one of the tags has an `integrity`, so that the bundle's gets its own.
    pub(crate) integrity: bool,
}

/// A text that goes into a bundle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Input {
    /// A file below an asset root.
    Source {
        path: AssetPath,
        /// The encoding that its tag names, if nothing in the file says it.
        charset: Option<String>,
        /// Where it is referenced, for messages; none for a reference in Rust code, which the macro reports itself.
        at: Option<(Arc<SourceText>, Range<usize>)>,
    },
    /// The text of a `<style>` or `<script>` in a template.
    Fragment {
        text: String,
        template: Arc<SourceText>,
        origin: Vec<(usize, usize)>,
    },
}

/// References in Rust code that name nothing, for the macros to report at their place.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Problems {
    asset: BTreeMap<String, String>,
    bundle: BTreeMap<String, String>,
    /// The same with their places, where no macro will report them.
    #[serde(skip)]
    pub(crate) places: Vec<Diagnostic>,
}

impl Problems {
    pub(crate) fn is_empty(&self) -> bool {
        self.asset.is_empty() && self.bundle.is_empty()
    }
}

/// Decides what belongs together. References are looked up here, so that every missing source is reported at once.
pub(crate) fn bundle(
    scanned: &Scanned,
    sources: &Sources,
) -> Result<(Plan, Problems), Vec<Diagnostic>> {
    seek(scanned, sources);
    let mut plan = Plan::default();
    let mut problems = Problems::default();
    let mut errors = Vec::new();
    for template in &scanned.templates {
        for block in template.blocks.values() {
            plan_block(&mut plan, block, &template.text, sources, &mut errors);
        }
        for (range, call) in template.calls.values() {
            match call {
                MacroCall::Asset(written) | MacroCall::Module(written) => {
                    match resolve(written, sources) {
                        Ok(path) => {
                            let module = matches!(call, MacroCall::Module(_));
                            let wanted = if module {
                                &mut plan.modules
                            } else {
                                &mut plan.singles
                            };
                            wanted.insert(path);
                        }
                        Err((message, help)) => errors.push(
                            Diagnostic::at(
                                ErrorKind::Reference,
                                &template.text,
                                range.clone(),
                                message,
                            )
                            .maybe_help(help),
                        ),
                    };
                }
                MacroCall::Compress {
                    kind,
                    mode,
                    name,
                    sources: written,
                } => {
                    let at = (template.text.clone(), range.clone());
                    match call_block(*kind, *mode, name.as_deref(), written, sources, Some(at)) {
                        Ok((key, planned)) => {
                            plan.blocks.insert(key, planned);
                        }
                        Err((message, help)) => errors.push(
                            Diagnostic::at(
                                ErrorKind::Reference,
                                &template.text,
                                range.clone(),
                                message,
                            )
                            .maybe_help(help),
                        ),
                    }
                }
            }
        }
    }
    for (file, call) in &scanned.rust {
        match call {
            MacroCall::Asset(written) | MacroCall::Module(written) => {
                match resolve(written, sources) {
                    Ok(path) => {
                        plan.singles.insert(path);
                    }
                    Err(why) => {
                        problems.places.push(in_rust(file, written, &why));
                        problems.asset.insert(normal(written), one_line(why));
                    }
                }
            }
            MacroCall::Compress {
                kind,
                mode,
                name,
                sources: written,
            } => match call_block(*kind, *mode, name.as_deref(), written, sources, None) {
                Ok((key, planned)) => {
                    plan.blocks.entry(key).or_insert(planned);
                }
                Err(why) => {
                    let paths: Vec<AssetPath> = written
                        .iter()
                        .filter_map(|text| AssetPath::parse(text).ok())
                        .collect();
                    let key = BundleKey::of_sources(*kind, *mode, name.as_deref(), &paths);
                    let wrong = written
                        .iter()
                        .find(|text| resolve(text, sources).is_err())
                        .or(written.first());
                    let wrong = wrong.map_or("", String::as_str);
                    problems.places.push(in_rust(file, wrong, &why));
                    problems.bundle.insert(key.to_string(), one_line(why));
                }
            },
        }
    }
    match sources.shipped() {
        Ok(shipped) => plan.singles.extend(shipped),
        Err(error) => errors.push(error),
    }
    if errors.is_empty() {
        Ok((plan, problems))
    } else {
        Err(errors)
    }
}

/// Has the sources found that templates name, on all cores: what is decided in order has no file system to wait for then.
fn seek(scanned: &Scanned, sources: &Sources) {
    scanned.templates.par_iter().for_each(|template| {
        let (blocks, calls) = (template.blocks.values(), template.calls.values());
        let beside = blocks.clone().flat_map(|block| &block.assets);
        let called = calls.flat_map(|(_, call)| match call {
            MacroCall::Asset(written) | MacroCall::Module(written) => slice::from_ref(written),
            MacroCall::Compress { sources, .. } => sources,
        });
        let written = beside.map(|(written, _)| written).chain(called);
        let written = written.filter_map(|written| AssetPath::parse(written).ok());
        let tags = blocks.flat_map(|block| &block.items);
        let tags = tags.filter_map(|item| match item {
            Item::Source { source, .. } => Some(source.clone()),
            Item::Module(_) | Item::Map(_) | Item::Markup(_) | Item::Fragment { .. } => None,
        });
        for path in written.chain(tags) {
            // What is missing is told where it is decided.
            let _ = sources.find(&path);
        }
    });
}

/// The message at the literal in a Rust file.
fn in_rust(file: &Arc<SourceText>, written: &str, (message, help): &Why) -> Diagnostic {
    let literal = format!("{written:?}");
    // The literal behind a macro's name, since the same text may stand elsewhere before.
    let place = ["asset!", "compress!"]
        .iter()
        .filter_map(|name| {
            let call = file.text.find(name)?;
            Some(call + file.text[call..].find(&literal)?)
        })
        .min();
    let range = place.map_or(0..0, |start| start..start + literal.len());
    Diagnostic::at(ErrorKind::Reference, file, range, message.clone()).maybe_help(help.clone())
}

type Why = (String, Option<String>);

fn one_line((message, help): Why) -> String {
    match help {
        Some(help) => format!("{message}; {help}"),
        None => message,
    }
}

/// The spelling under which the macro looks a path up.
fn normal(written: &str) -> String {
    AssetPath::parse(written).map_or_else(|_| written.to_owned(), |path| path.to_string())
}

fn resolve(written: &str, sources: &Sources) -> Result<AssetPath, Why> {
    let path = AssetPath::parse(written)
        .map_err(|error| crate::discover::Missing::Path(error).explain(written))?;
    sources
        .find(&path)
        .map_err(|missing| missing.explain(written))?;
    Ok(path)
}

/// The block of a `compress!(…)` call: sources only.
fn call_block(
    kind: Kind,
    mode: Mode,
    name: Option<&str>,
    written: &[String],
    sources: &Sources,
    at: Option<(Arc<SourceText>, Range<usize>)>,
) -> Result<(BundleKey, PlannedBlock), Why> {
    let mut parts: Vec<Part> = Vec::new();
    let mut paths = Vec::new();
    let mut original = Markup::default();
    for text in written {
        let path = resolve(text, sources)?;
        check_kind(kind, &path)?;
        let module = kind == Kind::Js && modules::goal_of(&path, sources) == Goal::Module;
        let (before, after) = match kind {
            Kind::Css => ("<link rel=\"stylesheet\" href=\"", "\">"),
            Kind::Js if module => ("<script type=\"module\" src=\"", "\"></script>"),
            Kind::Js => ("<script src=\"", "\"></script>"),
        };
        original.push_text(before);
        original.push_prefix();
        original.push_text(&percent_encode(path.as_str()));
        original.push_text(after);
        paths.push(path.clone());
        let input = Input::Source {
            path,
            charset: None,
            at: at.clone(),
        };
        match parts.last_mut() {
            Some(Part::Unit(unit)) if !module => unit.inputs.push(input),
            _ => {
                let unit = Unit {
                    kind,
                    name: String::new(),
                    inputs: vec![input],
                    attributes: Vec::new(),
                    integrity: false,
                };
                parts.push(match module {
                    false => Part::Unit(unit),
                    true => Part::Module(ModuleTag {
                        unit,
                        suffix: String::new(),
                        preload: false,
                        claim: None,
                    }),
                });
            }
        }
    }
    name_units(name, &mut parts);
    let key = BundleKey::of_sources(kind, mode, name, &paths);
    Ok((
        key,
        PlannedBlock {
            kind,
            mode,
            parts,
            original,
        },
    ))
}

fn check_kind(kind: Kind, path: &AssetPath) -> Result<(), Why> {
    let other = match (kind, path.extension()) {
        (Kind::Css, "js" | "mjs") => Kind::Js,
        (Kind::Js, "css") => Kind::Css,
        _ => return Ok(()),
    };
    Err((
        format!(
            "\"{path}\" does not belong into a bundle of kind `{}`",
            kind.word()
        ),
        Some(format!("put it into a bundle of kind `{}`", other.word())),
    ))
}

/// The asset's stem: the bundle's name, or that of its first source.
fn unit_name(name: Option<&str>, inputs: &[Input]) -> String {
    name.map(str::to_owned)
        .or_else(|| {
            inputs.iter().find_map(|input| match input {
                Input::Source { path, .. } => Some(path.stem().to_owned()),
                Input::Fragment { .. } => None,
            })
        })
        .unwrap_or_else(|| "fragment".to_owned())
}

/// The key of a template's block: by its sources if they are all there is, so that the same bundle asked for in another
/// way is the same bundle.
pub(crate) fn key_of(block: &Block) -> BundleKey {
    let plain: Option<Vec<&AssetPath>> = block
        .items
        .iter()
        .map(|item| match item {
            Item::Source {
                source,
                charset: None,
                integrity: None,
                attributes,
                ..
            } if attributes.is_empty() => Some(source),
            _ => None,
        })
        .collect();
    match plain {
        Some(sources) => {
            BundleKey::of_sources(block.kind, block.mode, block.name.as_deref(), sources)
        }
        None => {
            let shown = block.items.iter().map(|item| match item {
                Item::Source {
                    source,
                    charset,
                    integrity,
                    attributes,
                    ..
                } => {
                    let integrity = integrity.is_some();
                    format!("source {source:?} {charset:?} {integrity} {attributes:?}\n")
                }
                Item::Fragment {
                    text, attributes, ..
                } => format!("fragment {text:?} {attributes:?}\n"),
                Item::Module(tag) => tag.shown(),
                Item::Map(map) => map.shown(),
                Item::Markup(markup) => format!("markup {markup:?}\n"),
            });
            let contents = blake3::hash(shown.collect::<String>().as_bytes());
            BundleKey::of_block(
                block.kind,
                block.mode,
                block.name.as_deref(),
                Digest::from_hash(contents.as_bytes()),
            )
        }
    }
}

/// Groups a block's items: neighbours whose tags carry the same attributes become one unit, order is never changed.
fn plan_block(
    plan: &mut Plan,
    block: &Block,
    template: &Arc<SourceText>,
    sources: &Sources,
    errors: &mut Vec<Diagnostic>,
) {
    let mut parts: Vec<Part> = Vec::new();
    for (written, at) in &block.assets {
        match resolve(written, sources) {
            Ok(path) => {
                plan.singles.insert(path);
            }
            Err((message, help)) => errors.push(
                Diagnostic::at(ErrorKind::Reference, template, at.clone(), message)
                    .maybe_help(help),
            ),
        }
    }
    let mut claims = Vec::new();
    for item in &block.items {
        let (input, attributes, claimed) = match item {
            Item::Markup(markup) => {
                parts.push(Part::Markup(markup.clone()));
                continue;
            }
            Item::Module(tag) => {
                if let Some(Input::Source {
                    path,
                    at: Some((_, at)),
                    ..
                }) = tag.unit.inputs.first()
                {
                    match resolve(path.as_str(), sources) {
                        Err((message, help)) => errors.push(
                            Diagnostic::at(ErrorKind::Reference, template, at.clone(), message)
                                .maybe_help(help),
                        ),
                        Ok(path) => {
                            claims.extend(check_claim(
                                &path,
                                tag.claim.as_ref(),
                                sources,
                                template,
                            ));
                        }
                    }
                }
                parts.push(Part::Module(tag.clone()));
                continue;
            }
            Item::Map(map) => {
                parts.push(Part::Map(map.clone()));
                continue;
            }
            Item::Source {
                source,
                at,
                charset,
                integrity,
                attributes,
            } => {
                let missing = sources
                    .find(source)
                    .map_err(|missing| missing.explain(source.as_str()))
                    .and_then(|_| check_kind(block.kind, source));
                if let Err((message, help)) = missing {
                    errors.push(
                        Diagnostic::at(ErrorKind::Reference, template, at.clone(), message)
                            .maybe_help(help),
                    );
                } else {
                    claims.extend(check_claim(source, integrity.as_ref(), sources, template));
                }
                let input = Input::Source {
                    path: source.clone(),
                    charset: charset.clone(),
                    at: Some((template.clone(), at.clone())),
                };
                (input, attributes, integrity.is_some())
            }
            Item::Fragment {
                text,
                origin,
                attributes,
            } => {
                let input = Input::Fragment {
                    text: text.clone(),
                    template: template.clone(),
                    origin: origin.clone(),
                };
                (input, attributes, false)
            }
        };
        match parts.last_mut() {
            Some(Part::Unit(unit)) if tags::equal(&unit.attributes, attributes) => {
                unit.inputs.push(input);
                unit.integrity |= claimed;
            }
            _ => parts.push(Part::Unit(Unit {
                kind: block.kind,
                name: String::new(),
                inputs: vec![input],
                attributes: attributes.clone(),
                integrity: claimed,
            })),
        }
    }
    for fault in claims {
        match fault.severity {
            Severity::Error => errors.push(fault),
            Severity::Warning => plan.warnings.push(fault),
        }
    }
    name_units(block.name.as_deref(), &mut parts);
    for part in &parts {
        if let Part::Unit(unit) = part {
            plan.warnings
                .extend(tags::linked_all_the_same(unit, block.mode));
        }
    }
    plan.blocks.entry(key_of(block)).or_insert(PlannedBlock {
        kind: block.kind,
        mode: block.mode,
        parts,
        original: block.original.clone(),
    });
}

/// What is wrong with the `integrity` of a source's tag.
fn check_claim(
    source: &AssetPath,
    claim: Option<&(String, Range<usize>)>,
    sources: &Sources,
    template: &Arc<SourceText>,
) -> Option<Diagnostic> {
    let (value, at) = claim?;
    let (_, bytes) = sources.read(source).ok()?;
    let why = integrity::check(value, source, &bytes).err()?;
    Some(why.at(template, at.clone()))
}

fn name_units(name: Option<&str>, parts: &mut [Part]) {
    for part in parts {
        if let Part::Unit(unit) | Part::Module(ModuleTag { unit, .. }) = part {
            unit.name = unit_name(name, &unit.inputs);
        }
    }
}

/// The end tag or word that was probably meant, for an unknown block close to ours.
pub(crate) fn misspelt(word: &str) -> Option<&'static str> {
    nearest(word, ["compress", "endcompress"])
}
