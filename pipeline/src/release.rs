use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{Asset, AssetPath, Bundle, Kind, Manifest, Markup, Mode, content_type};
use rayon::prelude::*;

use crate::bundle::{Input, Part, Plan, PlannedBlock, Problems, Unit};
use crate::cache::{Counts, Memo};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::digest::digest;
use crate::discover::Sources;
use crate::inline_texts::{Prefix, inline_texts, resolved};
use crate::js::Goal;
use crate::load::{Loaded, load};
use crate::modules::{self, Member, ModuleTag, Modules, Roots, World};
use crate::named::{Collected, Named};
use crate::scripts::Scripts;
use crate::tags;
use crate::templates::Shipped;
use crate::transform::{Context, Made, Text, references, transform};

/// Everything one run of the pipeline made, in memory.
#[derive(Debug)]
pub struct Release {
    /// All that the release consists of.
    pub manifest: Manifest,
    /// The files below `static/` by their path, variants with their suffix.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files below `templates/`.
    pub templates: BTreeMap<AssetPath, Vec<u8>>,
    /// How each template ships.
    pub shipped: BTreeMap<AssetPath, Shipped>,
    /// What did not stop the run but should be known.
    pub warnings: Vec<Diagnostic>,
    /// What of it was found in the cache.
    pub cached: Counts,
    pub(crate) problems: Problems,
}

/// The assets of a release and the markup of its bundles.
#[derive(Debug)]
pub(crate) struct Assets {
    pub(crate) manifest: Manifest,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// transform → digest → encode, with compression on.
pub(crate) fn compile(
    plan: &Plan,
    sources: &Sources,
    prefix: Prefix<'_>,
    config: &Config,
    memo: &Memo,
) -> Result<Assets, Vec<Diagnostic>> {
    let static_url = prefix.text();
    let world = World {
        sources,
        static_url,
        memo,
    };
    let mut jobs = jobs(plan)?;
    let mut loaded = load_all(&jobs, world)?;
    // Dependencies first: what a stylesheet references is named before the stylesheet is.
    let mut plain = named(
        named_by_sheets(&jobs, &loaded, world)
            .into_iter()
            .chain(plan.singles.iter().filter(|path| is_plain(path)).cloned())
            .collect(),
        sources,
    )?;
    let mut names = names_of(&plain);

    // Stylesheets name no script: both are done at once, so that no core waits for the longest of the scripts.
    let context = Context {
        sources,
        static_url,
        names: &names,
        modules: &Modules::default(),
        config,
        memo,
    };
    let sheets_of = |job: &Job, inputs: &[Loaded], context: &Context<'_>| {
        transform(job.mode, inputs, None, &job.place, context)
    };
    let work: Vec<(usize, Work)> = longest_first(&jobs, &loaded)
        .map(|(index, job, inputs)| {
            let work = match job.unit.kind {
                Kind::Js => Work::Scripts(Scripts::of(inputs, world, config)),
                Kind::Css => Work::Sheets(sheets_of(job, inputs, &context)),
            };
            (index, work)
        })
        .collect();
    let (mut scripts, mut sheets) = (BTreeMap::new(), BTreeMap::new());
    for (index, work) in work {
        match work {
            Work::Scripts(read) => drop(scripts.insert(index, read)),
            Work::Sheets(made) => drop(sheets.insert(index, made)),
        }
    }
    let graph = modules::discover(&roots(plan, sources), scripts.values(), world, config)?;

    // What only a script names is known now, stylesheets among it, and what those name.
    let more: Vec<Job> = graph
        .files
        .iter()
        .filter(|path| kind_of(path).is_some() && !plan.singles.contains(*path))
        .filter_map(single)
        .collect();
    let more_loaded = load_all(&more, world)?;
    let more_plain = named_by_sheets(&more, &more_loaded, world)
        .into_iter()
        .chain(graph.files.iter().filter(|path| is_plain(path)).cloned())
        .filter(|path| !names.contains_key(path))
        .collect();
    plain.extend(named(more_plain, sources)?);
    names = names_of(&plain);
    let context = Context {
        sources,
        static_url,
        names: &names,
        modules: &Modules::default(),
        config,
        memo,
    };
    let more_sheets: Vec<_> = longest_first(&more, &more_loaded)
        .map(|(index, job, inputs)| (jobs.len() + index, sheets_of(job, inputs, &context)))
        .collect();
    sheets.extend(more_sheets);
    jobs.extend(more);
    loaded.extend(more_loaded);

    let joined = |names: &BTreeMap<AssetPath, AssetPath>, modules: &Modules<'_>| {
        let context = Context {
            sources,
            static_url,
            names,
            modules,
            config,
            memo,
        };
        let joined = scripts
            .par_iter()
            .map(|(index, scripts)| {
                let (job, inputs) = (&jobs[*index], &loaded[*index]);
                let made = transform(job.mode, inputs, Some(scripts), &job.place, &context);
                made.map(|made| (*index, made))
            })
            .collect();
        gather(joined)
    };
    let sheets = sheets
        .into_iter()
        .map(|(index, made)| made.map(|made| (index, made)));
    let sheets = match gather(sheets.collect()) {
        Ok(sheets) => sheets,
        Err(mut errors) => {
            errors.extend(
                joined(&names, &Modules::default())
                    .err()
                    .into_iter()
                    .flatten(),
            );
            return Err(errors);
        }
    };
    for (index, made) in &sheets {
        let job = &jobs[*index];
        if let (Owner::Single(path), Some(Text::File(text))) = (&job.owner, made.texts.first()) {
            let named = Named::new(&job.place, text.clone().into_bytes());
            let named = named.map_err(|error| vec![unnameable(path.as_str(), &error)])?;
            names.insert(path.clone(), named.path);
        }
    }
    let modules = graph
        .name(&names)
        .map_err(|(path, error)| vec![unnameable(path.as_str(), &error)])?;
    let scripts = joined(&names, &modules)?;
    let made: BTreeMap<usize, Made> = sheets.into_iter().chain(scripts).collect();

    let mut assets = Collected::default();
    for (path, named) in plain {
        assets.sources.insert(path, named.path.clone());
        assets.add(named);
    }
    for shipped in modules.named.values() {
        assets.add(Named::known(
            shipped.path.clone(),
            shipped.digest,
            shipped.text.clone().into_bytes(),
        ));
    }
    let single = |(path, shipped): (&AssetPath, &AssetPath)| (path.clone(), shipped.clone());
    assets
        .sources
        .extend(modules.sources(Goal::Script).map(single));
    let alone = |path: &AssetPath| plan.singles.contains(path);
    let as_modules: BTreeMap<_, _> = modules.sources(Goal::Module).map(single).collect();
    for (path, shipped) in &as_modules {
        if alone(path) {
            assets
                .sources
                .entry(path.clone())
                .or_insert(shipped.clone());
        }
    }
    let mut warnings: Vec<Diagnostic> = modules.warnings().cloned().collect();
    let notices: BTreeSet<&str> = made
        .values()
        .flat_map(|made| &made.licences)
        .chain(modules.licences())
        .map(String::as_str)
        .collect();
    if !notices.is_empty() {
        let text: Vec<&str> = notices.into_iter().collect();
        let place = "licences.txt";
        let path = AssetPath::parse(place).map_err(|error| vec![unnameable(place, &error)])?;
        let named = Named::new(&path, (text.join("\n\n") + "\n").into_bytes());
        assets.add(named.map_err(|error| vec![unnameable(place, &error)])?);
    }
    let made: Vec<Made> = made.into_values().collect();
    let tagged: Vec<_> = jobs
        .par_iter()
        .zip(made)
        .map(|(job, made)| {
            let tagged = tag(job, made.texts, made.imported, config)
                .map_err(|error| vec![unnameable(job.place.as_str(), &error)]);
            (made.warnings, tagged)
        })
        .collect();
    let mut tags: BTreeMap<Tag<'_>, (Markup, Vec<AssetPath>)> = BTreeMap::new();
    for (job, (said, tagged)) in jobs.iter().zip(tagged) {
        warnings.extend(said);
        let Tagged {
            markup,
            paths,
            named,
        } = tagged?;
        named.into_iter().for_each(|named| assets.add(named));
        match &job.owner {
            Owner::Block(key, index) => {
                tags.insert((key.as_str(), *index), (markup, paths));
            }
            Owner::Single(source) => {
                if let Some(path) = paths.first() {
                    assets.sources.insert(source.clone(), path.clone());
                }
            }
        }
    }
    let mut manifest = Manifest::empty(true);
    for (key, block) in &plan.blocks {
        let mut seen = BTreeSet::new();
        for (index, part) in block.parts.iter().enumerate() {
            let at = (key.as_str(), index);
            match part {
                Part::Module(module) => {
                    let tagged = modules
                        .tag((at, module), block.mode, config.integrity, &mut seen)
                        .map_err(|error| vec![unnameable(key.as_str(), &error)])?;
                    warnings.extend(tagged.warning);
                    if let Some((path, text)) = tagged.made {
                        let bytes = text.into_bytes();
                        assets.add(Named::known(path, digest(&bytes), bytes));
                    }
                    tags.insert(at, (tagged.markup, tagged.assets));
                }
                Part::Map(map) => {
                    tags.insert(at, (map.compiled(&modules, world), Vec::new()));
                }
                Part::Unit(_) | Part::Markup(_) => {}
            }
        }
        let (markup, paths) = finished(key.as_str(), block, &tags);
        let bundle = bundle(block, &markup, paths, &assets.sources, prefix);
        manifest.bundles.insert(key.clone(), bundle);
    }
    drop(tags);
    let (described, files) = assets.encoded(config, memo)?;
    manifest.assets = described;
    manifest.sources = assets.sources;
    manifest.modules = as_modules;
    Ok(Assets {
        manifest,
        files,
        warnings,
    })
}

/// What is made of a job before the modules are known.
enum Work {
    Scripts(Scripts),
    Sheets(Result<Made, Vec<Diagnostic>>),
}

/// The jobs with their places in the list, the longest first so that no core is left with one at the end.
fn longest_first<'j>(
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

/// The sources that the stylesheets among the jobs reference.
fn named_by_sheets(jobs: &[Job], loaded: &[Vec<Loaded>], world: World<'_>) -> BTreeSet<AssetPath> {
    jobs.par_iter()
        .zip(loaded)
        .filter(|(job, _)| job.unit.kind == Kind::Css)
        .flat_map_iter(|(_, inputs)| references(inputs, world.sources, world.static_url))
        .collect()
}

/// Files that ship as they are, under their hashed names.
fn named(
    paths: BTreeSet<AssetPath>,
    sources: &Sources,
) -> Result<Vec<(AssetPath, Named)>, Vec<Diagnostic>> {
    let named = paths.into_par_iter().map(|path| {
        let (file, bytes) = sources.read(&path).map_err(|missing| {
            let (message, help) = missing.explain(path.as_str());
            vec![Diagnostic::file(ErrorKind::Reference, path.as_str(), message).maybe_help(help)]
        })?;
        let named = Named::new(&path, bytes)
            .map_err(|error| vec![unnameable(&file.display().to_string(), &error)])?;
        Ok((path, named))
    });
    gather(named.collect())
}

fn names_of(plain: &[(AssetPath, Named)]) -> BTreeMap<AssetPath, AssetPath> {
    plain
        .iter()
        .map(|(path, named)| (path.clone(), named.path.clone()))
        .collect()
}

/// What is made with compression off: nothing ships, the bundles keep their tags, and single sources are described so
/// that `asset!` can tell their digest.
pub(crate) fn originals(
    plan: &Plan,
    sources: &Sources,
    prefix: Prefix<'_>,
) -> Result<Assets, Vec<Diagnostic>> {
    let mut manifest = Manifest::empty(false);
    let own_names = plan
        .singles
        .iter()
        .map(|path| (path.clone(), path.clone()))
        .collect();
    for (key, block) in &plan.blocks {
        let bundle = bundle(block, &block.original, Vec::new(), &own_names, prefix);
        manifest.bundles.insert(key.clone(), bundle);
    }
    for path in plan.singles.union(&plan.modules) {
        let (_, bytes) = sources.read(path).map_err(|missing| {
            let (message, help) = missing.explain(path.as_str());
            vec![Diagnostic::file(ErrorKind::Reference, path.as_str(), message).maybe_help(help)]
        })?;
        if plan.singles.contains(path) {
            manifest.sources.insert(path.clone(), path.clone());
        }
        if plan.modules.contains(path) {
            manifest.modules.insert(path.clone(), path.clone());
        }
        manifest.assets.insert(
            path.clone(),
            Asset {
                path: path.clone(),
                digest: digest(&bytes),
                content_type: content_type(path.as_str()),
                integrity: String::new(),
                variants: Vec::new(),
            },
        );
    }
    Ok(Assets {
        manifest,
        files: BTreeMap::new(),
        warnings: Vec::new(),
    })
}

/// All results, or all errors.
fn gather<T>(results: Vec<Result<T, Vec<Diagnostic>>>) -> Result<Vec<T>, Vec<Diagnostic>> {
    let mut values = Vec::with_capacity(results.len());
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

fn unnameable(file: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::file(
        ErrorKind::Reference,
        file,
        format!("cannot be named: {error}"),
    )
}

/// A text to be made, and who asked for it.
#[derive(Debug)]
struct Job {
    owner: Owner,
    unit: Unit,
    mode: Mode,
    /// The asset's path without its digest.
    place: AssetPath,
}

#[derive(Debug)]
enum Owner {
    /// A part of a block, by the block's key and its place in it.
    Block(String, usize),
    /// A stylesheet or script that ships by itself.
    Single(AssetPath),
}

type Tag<'a> = (&'a str, usize);

/// Stylesheets and scripts are transformed even if they ship by themselves.
fn kind_of(path: &AssetPath) -> Option<Kind> {
    match path.extension() {
        "css" => Some(Kind::Css),
        _ => None,
    }
}

/// Whether a file ships as it is.
fn is_plain(path: &AssetPath) -> bool {
    !is_script(path) && kind_of(path).is_none()
}

fn is_script(path: &AssetPath) -> bool {
    matches!(path.extension(), "js" | "mjs")
}

/// The job of a stylesheet that ships by itself.
fn single(path: &AssetPath) -> Option<Job> {
    let kind = kind_of(path)?;
    Some(Job {
        owner: Owner::Single(path.clone()),
        mode: Mode::File,
        place: path.clone(),
        unit: Unit {
            kind,
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

fn load_all(jobs: &[Job], world: World<'_>) -> Result<Vec<Vec<Loaded>>, Vec<Diagnostic>> {
    gather(
        jobs.par_iter()
            .map(|job| load(&job.unit, world.sources, world.static_url))
            .collect(),
    )
}

/// Where the graph of modules begins.
fn roots<'a>(plan: &'a Plan, sources: &Sources) -> Roots<'a> {
    let mut roots = Roots::default();
    for path in plan.singles.iter().filter(|path| is_script(path)) {
        let goal = modules::goal_of(path, sources);
        let path = path.clone();
        roots.members.insert(Member { path, goal });
    }
    for path in &plan.modules {
        let (path, goal) = (path.clone(), Goal::Module);
        roots.members.insert(Member { path, goal });
    }
    for (key, block) in &plan.blocks {
        for (index, part) in block.parts.iter().enumerate() {
            match part {
                Part::Module(tag) => roots.tags.push(((key.as_str(), index), tag)),
                Part::Map(map) => roots.maps.push(map),
                Part::Unit(_) | Part::Markup(_) => {}
            }
        }
    }
    roots
}

fn jobs(plan: &Plan) -> Result<Vec<Job>, Vec<Diagnostic>> {
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

/// What one unit becomes in a page.
struct Tagged {
    markup: Markup,
    paths: Vec<AssetPath>,
    /// The files that the markup names, and what they import.
    named: Vec<Named>,
}

fn tag(
    job: &Job,
    texts: Vec<Text>,
    imported: Vec<(AssetPath, String)>,
    config: &Config,
) -> Result<Tagged, crushed_manifest::PathError> {
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

fn block_sources(block: &PlannedBlock) -> Vec<AssetPath> {
    block
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Unit(unit) | Part::Module(ModuleTag { unit, .. }) => Some(&unit.inputs),
            Part::Map(_) | Part::Markup(_) => None,
        })
        .flatten()
        .filter_map(|input| match input {
            Input::Source { path, .. } => Some(path.clone()),
            Input::Fragment { .. } => None,
        })
        .collect()
}

fn finished(
    key: &str,
    block: &PlannedBlock,
    tags: &BTreeMap<Tag<'_>, (Markup, Vec<AssetPath>)>,
) -> (Markup, Vec<AssetPath>) {
    let mut markup = Markup::default();
    let mut assets = Vec::new();
    for (index, part) in block.parts.iter().enumerate() {
        match part {
            Part::Markup(own) => markup.append(own),
            Part::Unit(_) | Part::Module(_) | Part::Map(_) => {
                if let Some((tag, paths)) = tags.get(&(key, index)) {
                    markup.append(tag);
                    assets.extend(paths.iter().cloned());
                }
            }
        }
    }
    (markup, assets)
}

/// The bundle of a block with this markup, in which `asset!` is resolved.
fn bundle(
    block: &PlannedBlock,
    markup: &Markup,
    assets: Vec<AssetPath>,
    sources: &BTreeMap<AssetPath, AssetPath>,
    prefix: Prefix<'_>,
) -> Bundle {
    let markup = resolved(markup, sources);
    Bundle {
        kind: block.kind,
        mode: block.mode,
        sources: block_sources(block),
        assets,
        inline: inline_texts(&markup, prefix),
        markup,
    }
}
