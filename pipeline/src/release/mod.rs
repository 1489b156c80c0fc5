//! transform → digest → encode: the assets of a release and the markup of its bundles.

mod job;

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crushed_manifest::{Asset, AssetPath, Bundle, BundleKey, Kind, Manifest, Markup, content_type};
use rayon::prelude::*;

use crate::bundle::{Input, Part, Plan, PlannedBlock, Problems};
use crate::cache::{Counts, Memo};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, ErrorKind, gather};
use crate::digest::digest;
use crate::discover::Sources;
use crate::inline_texts::{Prefix, inline_texts, resolved};
use crate::js::Goal;
use crate::load::Loaded;
use crate::modules::{self, Graph, Member, ModuleTag, Modules, Roots, World};
use crate::named::{Collected, Encoded, Named, encode};
use crate::progress::{Progress, Stage};
use crate::scripts::Scripts;
use crate::templates::Shipped;
use crate::transform::{Context, Made, Names, Text, references, transform};
use job::{Job, Owner, Tagged, is_plain, is_script, jobs, load_all, longest_first, single, tag};

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
    progress: &dyn Progress,
) -> Result<Assets, Vec<Diagnostic>> {
    let run = Run {
        plan,
        config,
        world: World {
            sources,
            static_url: prefix.text(),
            memo,
        },
        progress,
    };
    let mut draft = run.draft()?;
    let mut names = mem::take(&mut draft.names);
    let sheets = match gather(mem::take(&mut draft.sheets)) {
        Ok(sheets) => sheets,
        Err(mut errors) => {
            let of_scripts = run.joined(&draft, &names, &Modules::default());
            errors.extend(of_scripts.err().into_iter().flatten());
            return Err(errors);
        }
    };
    name_sheets(&draft.jobs, &sheets, &mut names)?;
    let modules = mem::take(&mut draft.graph)
        .name(&names)
        .map_err(|(path, error)| vec![unnameable(path.as_str(), &error)])?;
    // The longest script keeps one core busy; the sheets are finished, and the others encode them.
    let (scripts, of_sheets) = rayon::join(
        || run.joined(&draft, &names, &modules),
        || run.encoded_early(&draft.jobs, &sheets),
    );
    let scripts = scripts?;
    let made: BTreeMap<usize, Made> = sheets.into_iter().chain(scripts).collect();

    let mut early = mem::take(&mut draft.early);
    early.extend(of_sheets);
    let mut assets = run.collected(draft.plain, &modules);
    if let Some(notices) = licences(&made, &modules)? {
        assets.add(notices);
    }
    let mut warnings: Vec<Diagnostic> = modules.warnings().cloned().collect();
    let mut tags = Tags::new();
    run.tag_units(&draft.jobs, made, &mut assets, &mut tags, &mut warnings)?;
    let mut manifest = Manifest::empty(true);
    for (key, block) in &plan.blocks {
        run.tag_modules(key, block, &modules, &mut assets, &mut tags, &mut warnings)?;
        let (markup, paths) = finished(key.as_str(), block, &tags);
        let bundle = bundle(block, &markup, paths, &assets.sources, prefix);
        manifest.bundles.insert(key.clone(), bundle);
    }
    let (described, files) = assets.encoded(early, config, memo, progress)?;
    manifest.assets = described;
    manifest.sources = assets.sources;
    manifest.modules = modules
        .sources(Goal::Module)
        .map(|(path, shipped)| (path.clone(), shipped.clone()))
        .collect();
    Ok(Assets {
        manifest,
        files,
        warnings,
    })
}

/// What all steps of a run share.
struct Run<'a> {
    plan: &'a Plan,
    config: &'a Config,
    world: World<'a>,
    progress: &'a dyn Progress,
}

/// What can be made before the modules have names. Scripts and sheets go by the place of their job.
struct Draft<'a> {
    jobs: Vec<Job>,
    loaded: Vec<Vec<Loaded>>,
    /// Ship as they are.
    plain: Vec<(AssetPath, Named)>,
    /// Theirs.
    names: Names,
    /// The variants of some of these.
    early: Encoded,
    scripts: BTreeMap<usize, Scripts>,
    sheets: Vec<Result<(usize, Made), Vec<Diagnostic>>>,
    graph: Graph<'a>,
}

/// What is made of a job before the modules are known.
enum Work {
    Scripts(Scripts),
    Sheets(Result<Made, Vec<Diagnostic>>),
}

/// The markup of a part, and the assets that it names.
type Tags<'a> = BTreeMap<(&'a str, usize), (Markup, Vec<AssetPath>)>;

impl<'a> Run<'a> {
    fn context<'c>(&'c self, names: &'c Names, modules: &'c Modules<'c>) -> Context<'c> {
        Context {
            sources: self.world.sources,
            static_url: self.world.static_url,
            names,
            modules,
            config: self.config,
            memo: self.world.memo,
        }
    }

    fn draft(&self) -> Result<Draft<'a>, Vec<Diagnostic>> {
        let (plan, world) = (self.plan, self.world);
        let mut jobs = jobs(plan)?;
        let mut loaded = load_all(&jobs, world)?;
        // Dependencies first: what a stylesheet references is named before the stylesheet is.
        let mut plain = named(
            named_by_sheets(&jobs, &loaded, world)
                .into_iter()
                .chain(plan.singles.iter().filter(|path| is_plain(path)).cloned())
                .collect(),
            world.sources,
        )?;
        let (mut scripts, mut sheets) = (BTreeMap::new(), Vec::new());
        // The longest stylesheet or script keeps one core busy at the end; meanwhile the others encode.
        let mut names = names_of(&plain);
        let (worked, early) = rayon::join(
            || self.worked(&jobs, &loaded, &names),
            || {
                let plain = plain.iter().map(|(_, named)| named);
                encode(plain, self.config, world.memo, &())
            },
        );
        for (index, work) in worked {
            match work {
                Work::Scripts(read) => drop(scripts.insert(index, read)),
                Work::Sheets(made) => sheets.push(made.map(|made| (index, made))),
            }
        }
        let roots = roots(plan, world.sources);
        let graph = modules::discover(&roots, scripts.values(), world, self.config)?;

        // What only a script names is known now, stylesheets among it, and what those name.
        let more: Vec<Job> = graph
            .files
            .iter()
            .filter(|path| !plan.singles.contains(*path))
            .filter_map(single)
            .collect();
        let more_loaded = load_all(&more, world)?;
        let more_plain = named_by_sheets(&more, &more_loaded, world)
            .into_iter()
            .chain(graph.files.iter().filter(|path| is_plain(path)).cloned())
            .filter(|path| !names.contains_key(path))
            .collect();
        let more_plain = named(more_plain, world.sources)?;
        names.extend(names_of(&more_plain));
        plain.extend(more_plain);
        for (index, work) in self.worked(&more, &more_loaded, &names) {
            if let Work::Sheets(made) = work {
                sheets.push(made.map(|made| (jobs.len() + index, made)));
            }
        }
        jobs.extend(more);
        loaded.extend(more_loaded);
        Ok(Draft {
            jobs,
            loaded,
            plain,
            names,
            early,
            scripts,
            sheets,
            graph,
        })
    }

    /// Scripts read and stylesheets transformed. Stylesheets name no script: both are done at once, so that no core waits
    /// for the longest of the scripts.
    fn worked(&self, jobs: &[Job], loaded: &[Vec<Loaded>], names: &Names) -> Vec<(usize, Work)> {
        let none = Modules::default();
        let context = self.context(names, &none);
        let work = |(index, job, inputs): (usize, &Job, &[Loaded])| {
            let work = match job.unit.kind {
                Kind::Js => Work::Scripts(Scripts::of(inputs, self.world, self.config)),
                Kind::Css => Work::Sheets(transform(job.mode, inputs, None, &job.place, &context)),
            };
            self.progress.step();
            (index, work)
        };
        self.progress.begin(Stage::Transform, Some(jobs.len()));
        let mut worked: Vec<(usize, Work)> = longest_first(jobs, loaded).map(work).collect();
        worked.sort_by_key(|(index, _)| *index);
        worked
    }

    fn joined(
        &self,
        draft: &Draft<'_>,
        names: &Names,
        modules: &Modules<'_>,
    ) -> Result<Vec<(usize, Made)>, Vec<Diagnostic>> {
        let context = self.context(names, modules);
        let joined = draft.scripts.par_iter().map(|(index, scripts)| {
            let (job, inputs) = (&draft.jobs[*index], &draft.loaded[*index]);
            let made = transform(job.mode, inputs, Some(scripts), &job.place, &context)?;
            Ok((*index, made))
        });
        gather(joined.collect())
    }

    /// The variants of finished sheets that ship as files.
    fn encoded_early(&self, jobs: &[Job], sheets: &[(usize, Made)]) -> Encoded {
        let named = |(index, text): (usize, &Text)| match text {
            // A name that cannot be is an error where the sheet gets its tag.
            Text::File(text) => Named::new(&jobs[index].place, text.clone().into_bytes()).ok(),
            Text::Inline(_) => None,
        };
        let texts = sheets
            .iter()
            .flat_map(|(index, made)| made.texts.iter().map(|text| (*index, text)));
        let texts: Vec<(usize, &Text)> = texts.collect();
        let named: Vec<Named> = texts.into_par_iter().filter_map(named).collect();
        encode(named.iter(), self.config, self.world.memo, &())
    }

    /// The files that ship as they are, the modules, and which asset each source became.
    fn collected(&self, plain: Vec<(AssetPath, Named)>, modules: &Modules<'_>) -> Collected {
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
        for (path, shipped) in modules.sources(Goal::Script) {
            assets.sources.insert(path.clone(), shipped.clone());
        }
        for (path, shipped) in modules.sources(Goal::Module) {
            if self.plan.singles.contains(path) {
                let shipped = || shipped.clone();
                assets.sources.entry(path.clone()).or_insert_with(shipped);
            }
        }
        assets
    }

    /// The tags of what is no module.
    fn tag_units(
        &self,
        jobs: &'a [Job],
        made: BTreeMap<usize, Made>,
        assets: &mut Collected,
        tags: &mut Tags<'a>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Vec<Diagnostic>> {
        let made: Vec<Made> = made.into_values().collect();
        let tagged: Vec<_> = jobs
            .par_iter()
            .zip(made)
            .map(|(job, made)| {
                let tagged = tag(job, made.texts, made.imported, self.config)
                    .map_err(|error| vec![unnameable(job.place.as_str(), &error)]);
                (made.warnings, tagged)
            })
            .collect();
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
        Ok(())
    }

    /// The tags of a block's modules and import maps.
    fn tag_modules(
        &self,
        key: &'a BundleKey,
        block: &PlannedBlock,
        modules: &Modules<'_>,
        assets: &mut Collected,
        tags: &mut Tags<'a>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut seen = BTreeSet::new();
        for (index, part) in block.parts.iter().enumerate() {
            let at = (key.as_str(), index);
            match part {
                Part::Module(module) => {
                    let tagged = modules
                        .tag((at, module), block.mode, self.config.integrity, &mut seen)
                        .map_err(|error| vec![unnameable(key.as_str(), &error)])?;
                    warnings.extend(tagged.warning);
                    if let Some((path, text)) = tagged.made {
                        let bytes = text.into_bytes();
                        assets.add(Named::known(path, digest(&bytes), bytes));
                    }
                    tags.insert(at, (tagged.markup, tagged.assets));
                }
                Part::Map(map) => {
                    tags.insert(at, (map.compiled(modules, self.world), Vec::new()));
                }
                Part::Unit(_) | Part::Markup(_) => {}
            }
        }
        Ok(())
    }
}

/// Stylesheets that ship by themselves get their names, which scripts may say.
fn name_sheets(
    jobs: &[Job],
    sheets: &[(usize, Made)],
    names: &mut Names,
) -> Result<(), Vec<Diagnostic>> {
    for (index, made) in sheets {
        let job = &jobs[*index];
        if let (Owner::Single(path), Some(Text::File(text))) = (&job.owner, made.texts.first()) {
            let named = Named::new(&job.place, text.clone().into_bytes());
            let named = named.map_err(|error| vec![unnameable(path.as_str(), &error)])?;
            names.insert(path.clone(), named.path);
        }
    }
    Ok(())
}

/// The licence comments of all texts in a file of their own, if there are any.
fn licences(
    made: &BTreeMap<usize, Made>,
    modules: &Modules<'_>,
) -> Result<Option<Named>, Vec<Diagnostic>> {
    let notices: BTreeSet<&str> = made
        .values()
        .flat_map(|made| &made.licences)
        .chain(modules.licences())
        .map(String::as_str)
        .collect();
    if notices.is_empty() {
        return Ok(None);
    }
    let notices: Vec<&str> = notices.into_iter().collect();
    let place = "licences.txt";
    AssetPath::parse(place)
        .and_then(|path| Named::new(&path, (notices.join("\n\n") + "\n").into_bytes()))
        .map(Some)
        .map_err(|error| vec![unnameable(place, &error)])
}

/// The sources that the stylesheets among the jobs reference.
fn named_by_sheets(jobs: &[Job], loaded: &[Vec<Loaded>], world: World<'_>) -> BTreeSet<AssetPath> {
    jobs.par_iter()
        .zip(loaded)
        .with_max_len(1)
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

fn names_of(plain: &[(AssetPath, Named)]) -> Names {
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

fn unnameable(file: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::file(
        ErrorKind::Reference,
        file,
        format!("cannot be named: {error}"),
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

fn finished(key: &str, block: &PlannedBlock, tags: &Tags<'_>) -> (Markup, Vec<AssetPath>) {
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
