use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crushed_manifest::{AssetPath, Kind, PathError};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::config::{AskamaConfig, Config, DEFAULT_ASSETS, place_of};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText, decode};
use crate::keep::Keep;
use crate::limits::Limits;
use crate::secrets::{self, Environment};
use crate::svg;
use crate::walk::{self, leaves_root, odd_name, passed_over};
use crate::watch::{self, Links, Watch};
use crushed_manifest::nearest;

/// What a project consists of, as far as it can be known without looking into a file.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) config: Config,
    pub(crate) askama: AskamaConfig,
    /// Template path relative to its directory, and its text. Sorted.
    pub(crate) templates: Vec<(AssetPath, Arc<SourceText>)>,
    /// Files of the template directories that are no text, passed on as they are.
    pub(crate) other_files: Vec<(AssetPath, Vec<u8>)>,
    /// The Rust files that may hold `asset!` and `compress!`.
    pub(crate) rust: Vec<Arc<SourceText>>,
    pub(crate) sources: Sources,
    /// What is not minified in templates.
    pub(crate) keep: Keep,
    /// What was looked at, sources excepted.
    pub(crate) watch: Watch,
    /// What was passed over.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Reads all of a project but its assets.
pub(crate) fn discover(root: &Path, templates: Option<&Path>) -> Result<Project, Diagnostic> {
    if !root.is_dir() {
        return Err(Diagnostic::file(ErrorKind::Io, root, "is not a directory")
            .help("give the directory that holds the app's Cargo.toml"));
    }
    let (mut watch, mut links) = (Watch::default(), Links::default());
    let (config, config_text) = Config::load(root)?;
    let limits = &config.limits;
    let (askama, askama_text) = AskamaConfig::load(root)?;
    for (name, text) in [
        ("crushed.toml", &config_text),
        ("askama.toml", &askama_text),
    ] {
        match text {
            Some(text) => watch.read(&text.file, text.text.as_bytes()),
            None => watch.missing(root.join(name)),
        }
    }
    let environment = root.join(ENVIRONMENT);
    match limits.read(&environment) {
        Ok(bytes) => watch.read(environment, &bytes),
        Err(_) => watch.missing(environment),
    }

    let sources = Sources::new(root, &config, config_text.as_ref())?;
    let keep = Keep::new(root, &config, config_text.as_ref())?;
    let directories = config.templates.clone().or_else(|| askama.dirs.clone());
    let directories = match templates {
        Some(given) => vec![given.to_string_lossy().into_owned()],
        None => directories.unwrap_or_else(|| vec!["templates".to_owned()]),
    };
    let given = templates;
    let mut templates = BTreeMap::new();
    let mut other_files = BTreeMap::new();
    let mut warnings = Vec::new();
    for name in directories {
        let directory = match given {
            Some(given) => clean(given),
            None => clean(&root.join(&name)),
        };
        if !directory.is_dir() {
            if let (Some(text), true) = (&config_text, config.templates.is_some()) {
                let message = format!("template directory \"{name}\" does not exist");
                return Err(Diagnostic::at(
                    ErrorKind::Config,
                    text,
                    place_of(text, &name),
                    message,
                )
                .help("create it or correct `templates`"));
            }
            watch.missing(directory);
            continue;
        }
        watch.links(root, &directory, &mut links);
        let walked = walk::templates(&directory, limits)?;
        watch.templates(&directory, &walked);
        warnings.extend(walked.warnings);
        for (path, file) in walked.files {
            if templates.contains_key(&path) || other_files.contains_key(&path) {
                continue;
            }
            let bytes = limits.read(&file)?;
            watch.read(&file, &bytes);
            sources.look_for_secrets(&path, &file, &bytes);
            if !is_template(&path) && std::str::from_utf8(&bytes).is_err() {
                other_files.insert(path, bytes);
                continue;
            }
            let text = decode(&file, bytes)?;
            templates.insert(path, SourceText::new(file, text));
        }
    }

    for directory in RUST.map(|name| root.join(name)) {
        match directory.is_dir() {
            true => watch.present(directory),
            false => watch.missing(directory),
        }
    }
    let rust = rust_files(root, limits)?;

    Ok(Project {
        config,
        askama,
        templates: templates.into_iter().collect(),
        other_files: other_files.into_iter().collect(),
        rust,
        sources,
        keep,
        watch,
        warnings,
    })
}

/// Where Rust files may name sources.
const RUST: [&str; 4] = ["src", "tests", "examples", "benches"];

/// The Rust files of a project, in order.
pub(crate) fn rust_files(root: &Path, limits: &Limits) -> Result<Vec<Arc<SourceText>>, Diagnostic> {
    let mut rust = Vec::new();
    for directory in RUST.map(|name| root.join(name)) {
        if !directory.is_dir() {
            continue;
        }
        for file in walk::rust(&directory, limits)? {
            if let Some(text) = limits
                .read(&file)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
            {
                rust.push(SourceText::new(file, text));
            }
        }
    }
    Ok(rust)
}

/// The endings of files that can only be templates: one that is not UTF-8 is an error and not passed on.
fn is_template(path: &AssetPath) -> bool {
    matches!(
        path.extension(),
        "html"
            | "htm"
            | "xhtml"
            | "xml"
            | "svg"
            | "txt"
            | "md"
            | "js"
            | "css"
            | "json"
            | "j2"
            | "jinja"
            | "jinja2"
            | "askama"
    )
}

/// `a/../b` without a look at the disk, so that messages show the path a user would type.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(clean.components().next_back(), Some(Component::Normal(_))) =>
            {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    if clean.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        clean
    }
}

/// The asset roots: where a source is looked for.
#[derive(Debug)]
pub(crate) struct Sources {
    /// Of the project.
    base: PathBuf,
    roots: Vec<Root>,
    ship: GlobSet,
    ships: bool,
    /// Sources and templates in which what looks like a secret is none.
    allow_secrets_in: GlobSet,
    /// Images whose scripts are wanted.
    svg_scripts: GlobSet,
    environment: Environment,
    limits: Limits,
    all: OnceLock<Result<Listing, Diagnostic>>,
    prefer_min: BTreeSet<Kind>,
    read: Mutex<Read>,
    /// What was sought, and what came of it: several stages ask for one source.
    sought: Mutex<HashMap<AssetPath, Result<PathBuf, Missing>>>,
    /// Where directories of sources really are.
    directories: Mutex<HashMap<PathBuf, PathBuf>>,
}

#[derive(Debug)]
struct Root {
    /// As messages show it.
    shown: PathBuf,
    real: PathBuf,
}

/// What was read so far, for the watch list and for warnings that are given once. Paths are slow to compare: what there
/// may be many of is hashed.
#[derive(Debug, Default)]
struct Read {
    /// With a digest of what was in them.
    files: HashMap<PathBuf, String>,
    /// What was looked for and is there.
    found: HashSet<PathBuf>,
    /// What was looked for in vain.
    missing: BTreeSet<PathBuf>,
    /// What must not ship, by source or template.
    secrets: BTreeMap<AssetPath, Diagnostic>,
    /// Images that run scripts.
    scripts: BTreeMap<AssetPath, Diagnostic>,
    /// Files with a second name, which may be one outside of all roots.
    linked: BTreeSet<PathBuf>,
    shadowed: BTreeMap<AssetPath, (PathBuf, PathBuf)>,
}

/// Where an app keeps what only its process may know.
const ENVIRONMENT: &str = ".env";

/// Every source of every root.
#[derive(Clone, Debug, Default)]
struct Listing {
    files: BTreeMap<AssetPath, PathBuf>,
    /// What `ship` names and cannot ship.
    warnings: Vec<Diagnostic>,
}

/// Why a reference names no source.
#[derive(Clone, Debug)]
pub(crate) enum Missing {
    /// The text is no path below a root.
    Path(PathError),
    /// No root holds it; the nearest source that exists.
    NotFound(Option<String>),
    /// A link leads out of its root.
    Link(Box<Diagnostic>),
    /// It is a directory or cannot be read.
    Unreadable(Box<Diagnostic>),
}

impl Missing {
    /// The message and the mend, for a reference written as `reference`.
    pub(crate) fn explain(self, reference: &str) -> (String, Option<String>) {
        match self {
            Self::Path(PathError::Leaves) => (
                format!("\"{reference}\" leaves its root"),
                Some("name a file below one of the `assets` directories".to_owned()),
            ),
            Self::Path(PathError::Absolute) => (
                format!("\"{reference}\" is absolute"),
                Some("name the source relative to its `assets` directory".to_owned()),
            ),
            Self::Path(error) => (
                format!("\"{reference}\" names no source: {error}"),
                Some("name the source relative to its `assets` directory".to_owned()),
            ),
            Self::NotFound(nearest) => (
                format!("source \"{reference}\" does not exist"),
                Some(match nearest {
                    Some(nearest) => format!("did you mean \"{nearest}\"?"),
                    None => "no directory in `assets` of crushed.toml holds it".to_owned(),
                }),
            ),
            Self::Link(diagnostic) | Self::Unreadable(diagnostic) => {
                let file = diagnostic
                    .file
                    .as_ref()
                    .map(|file| file.display().to_string())
                    .unwrap_or_default();
                (format!("{file} {}", diagnostic.message), diagnostic.help)
            }
        }
    }
}

impl Sources {
    fn new(
        root: &Path,
        config: &Config,
        config_text: Option<&Arc<SourceText>>,
    ) -> Result<Self, Diagnostic> {
        let mut roots = Vec::new();
        for name in config.asset_roots(root) {
            let shown = clean(&root.join(&name));
            match shown.canonicalize() {
                Ok(real) if real.is_dir() => roots.push(Root { shown, real }),
                _ => {
                    let message = format!("asset directory \"{name}\" does not exist");
                    let error = match config_text {
                        Some(text) => {
                            Diagnostic::at(ErrorKind::Config, text, place_of(text, &name), message)
                        }
                        None => Diagnostic::file(ErrorKind::Config, &shown, message),
                    };
                    let help = match name.contains("node_modules") {
                        true => "run `npm ci` where its package.json lies, or correct `assets`",
                        false => "create it or correct `assets`",
                    };
                    return Err(error.help(help));
                }
            }
        }
        let globs = |key: &str, patterns: &[String]| {
            let wrong = |pattern: &str, error: &globset::Error| {
                let message = format!("`{key}` has a bad glob: {}", error.kind());
                match config_text {
                    Some(text) => {
                        Diagnostic::at(ErrorKind::Config, text, place_of(text, pattern), message)
                    }
                    None => Diagnostic::file(ErrorKind::Config, root, message),
                }
            };
            let mut globs = GlobSetBuilder::new();
            for pattern in patterns {
                globs.add(Glob::new(pattern).map_err(|error| wrong(pattern, &error))?);
            }
            // All together they can be too large.
            let first = patterns.first().map_or("", String::as_str);
            globs.build().map_err(|error| wrong(first, &error))
        };
        let ship = globs("ship", &config.ship)?;
        let allow_secrets_in = globs("allow_secrets_in", &config.allow_secrets_in)?;
        let svg_scripts = globs("svg_scripts", &config.svg_scripts)?;
        let mut read = Read::default();
        if config.assets.is_none() {
            let defaults = DEFAULT_ASSETS.iter().map(|name| root.join(name));
            read.missing.extend(defaults.filter(|path| !path.is_dir()));
        }
        Ok(Self {
            base: root.to_owned(),
            roots,
            ship,
            ships: !config.ship.is_empty(),
            allow_secrets_in,
            svg_scripts,
            environment: environment(root, &config.limits),
            limits: config.limits,
            all: OnceLock::new(),
            prefer_min: config.prefer_min(),
            read: Mutex::new(read),
            sought: Mutex::default(),
            directories: Mutex::default(),
        })
    }

    /// Whether a minified file beside a source of this kind may be taken for it.
    pub(crate) fn prefer_min(&self, kind: Kind) -> bool {
        self.prefer_min.contains(&kind)
    }

    /// Finds the file of a source: the first root that holds it.
    pub(crate) fn find(&self, path: &AssetPath) -> Result<PathBuf, Missing> {
        let sought = || self.sought.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = sought().get(path) {
            return known.clone();
        }
        let found = self.seek(path);
        sought().insert(path.clone(), found.clone());
        found
    }

    fn seek(&self, path: &AssetPath) -> Result<PathBuf, Missing> {
        let mut found: Option<PathBuf> = None;
        for root in &self.roots {
            let file = root.shown.join(path.as_str());
            let Ok(real) = self.real(&file) else {
                self.note(|read| read.missing.insert(file));
                continue;
            };
            if let Some(first) = &found {
                // Two roots may overlap and reach one file by two ways.
                if self.real(first).ok().as_ref() != Some(&real) {
                    self.note(|read| {
                        read.shadowed
                            .entry(path.clone())
                            .or_insert((first.clone(), file.clone()));
                    });
                }
                break;
            }
            if !real.starts_with(&root.real) {
                return Err(Missing::Link(Box::new(leaves_root(&file, &real, "assets"))));
            }
            if !real.is_file() {
                let error = Diagnostic::file(ErrorKind::Reference, &file, "is not a file");
                return Err(Missing::Unreadable(Box::new(error.help("name a file"))));
            }
            found = Some(file);
        }
        if let Some(file) = &found {
            self.note(|read| read.found.insert(file.clone()));
        }
        found.ok_or_else(|| Missing::NotFound(self.nearest(path)))
    }

    /// Where a file really is. Most files lie where others do: the way to a directory is followed once.
    fn real(&self, file: &Path) -> io::Result<PathBuf> {
        let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else {
            return file.canonicalize();
        };
        if file.symlink_metadata()?.is_symlink() {
            return file.canonicalize();
        }
        let known = || {
            self.directories
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(real) = known().get(directory) {
            return Ok(real.join(name));
        }
        let real = directory.canonicalize()?;
        known().insert(directory.to_owned(), real.clone());
        Ok(real.join(name))
    }

    /// Whether a source exists, without a note that it was used.
    pub(crate) fn exists(&self, path: &AssetPath) -> bool {
        self.roots.iter().any(|root| {
            let file = root.shown.join(path.as_str());
            let is_file = file.is_file();
            self.note(|read| match is_file {
                true => read.found.insert(file),
                false => read.missing.insert(file),
            });
            is_file
        })
    }

    /// Reads a source.
    pub(crate) fn read(&self, path: &AssetPath) -> Result<(PathBuf, Vec<u8>), Missing> {
        let file = self.find(path)?;
        let bytes = self
            .limits
            .read(&file)
            .map_err(|error| Missing::Unreadable(Box::new(error)))?;
        self.look_for_secrets(path, &file, &bytes);
        let script = match path.extension().eq_ignore_ascii_case("svg") {
            true if !self.svg_scripts.is_match(path.as_str()) => svg::script_in(&bytes),
            _ => None,
        };
        let is_linked = has_second_name(&file);
        let digest = watch::digest(&bytes);
        self.note(|read| {
            read.files.insert(file.clone(), digest);
            if is_linked {
                read.linked.insert(file.clone());
            }
            if let Some(what) = script {
                let message = format!(
                    "holds {what}, which runs as a script of the site where the image is opened by itself"
                );
                let help = format!(
                    "take it out, or add \"{path}\" to `svg_scripts` of crushed.toml if it is wanted"
                );
                let warning = Diagnostic::file(ErrorKind::Script, &file, message).help(help);
                read.scripts.insert(path.clone(), warning.warning());
            }
        });
        Ok((file, bytes))
    }

    /// Notes what must not ship.
    fn look_for_secrets(&self, path: &AssetPath, file: &Path, bytes: &[u8]) {
        if self.allow_secrets_in.is_match(path.as_str()) {
            return;
        }
        let name = path.file_name();
        let error = if secrets::is_environment(name) {
            let message = "holds what only a server may know, by its name";
            let help = format!(
                "do not name it, or add \"{path}\" to `allow_secrets_in` of crushed.toml if all may read it"
            );
            Some(Diagnostic::file(ErrorKind::Secret, file, message).help(help))
        } else {
            secrets::find(bytes, &self.environment)
                .map(|found| secrets::refused(file, bytes, &found, path.as_str()))
        };
        if let Some(error) = error {
            self.note(|read| read.secrets.insert(path.clone(), error));
        }
    }

    /// What was read and must not ship.
    pub(crate) fn secrets(&self) -> Vec<Diagnostic> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.secrets.values().cloned().collect()
    }

    fn note<T>(&self, note: impl FnOnce(&mut Read) -> T) -> T {
        note(&mut self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn nearest(&self, path: &AssetPath) -> Option<String> {
        let names = self.all().ok()?.files.keys();
        nearest(path.as_str(), names.map(AssetPath::as_str)).map(str::to_owned)
    }

    /// Every source of every root, the first root winning. Packages below a `node_modules` that lies inside a root are
    /// left out: their directories are named as roots of their own.
    fn all(&self) -> Result<&Listing, Diagnostic> {
        self.all
            .get_or_init(|| self.list())
            .as_ref()
            .map_err(Clone::clone)
    }

    fn list(&self) -> Result<Listing, Diagnostic> {
        let mut all = Listing::default();
        for root in &self.roots {
            for (count, entry) in walk::assets(&root.shown).enumerate() {
                self.limits.count(&root.shown, count + 1)?;
                let Ok(entry) = entry else { continue };
                let kind = entry.file_type();
                if kind.is_dir() {
                    continue;
                }
                let file = entry.path();
                let below = file.strip_prefix(&root.shown).unwrap_or(file);
                let ships = || self.ships && self.ship.is_match(below);
                if !file.is_file() {
                    // A link to a directory is no source, and no reason to say so.
                    if !kind.is_symlink() && ships() {
                        all.warnings.push(passed_over(file, kind));
                    }
                    continue;
                }
                match walk::relative(&root.shown, file) {
                    Ok(path) => {
                        let file = || file.to_owned();
                        all.files.entry(path).or_insert_with(file);
                    }
                    Err(why) if ships() => return Err(odd_name(file, why)),
                    Err(_) => {}
                }
            }
        }
        Ok(all)
    }

    /// The sources that `ship` names.
    pub(crate) fn shipped(&self) -> Result<Vec<AssetPath>, Diagnostic> {
        if !self.ships {
            return Ok(Vec::new());
        }
        let named = self.all()?.files.keys();
        Ok(named
            .filter(|path| self.ship.is_match(path.as_str()))
            .cloned()
            .collect())
    }

    /// Files that were read, where others would be taken instead, and with `ship` the roots themselves, since a new file in
    /// them ships.
    pub(crate) fn watch(&self) -> Watch {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut watch, mut links) = (Watch::default(), Links::default());
        let mut files: Vec<(&PathBuf, &String)> = read.files.iter().collect();
        files.sort_unstable_by_key(|(file, _)| file.as_os_str());
        for (file, digest) in files {
            watch.links(&self.base, file, &mut links);
            watch.read_as(file, digest.clone());
        }
        let shadowed = read.shadowed.values().map(|(_, second)| second);
        for file in read.found.iter().chain(shadowed) {
            if !read.files.contains_key(file) {
                watch.found(file);
            }
        }
        for file in &read.missing {
            watch.missing(file);
        }
        if self.ships {
            for root in &self.roots {
                watch.links(&self.base, &root.shown, &mut links);
                watch.root(&root.shown);
            }
        }
        watch
    }

    /// Warnings about what was read, and what was not.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let shadowed = read.shadowed.iter().map(|(path, (first, second))| {
            let message = format!(
                "source \"{path}\" is also at {}; this one is taken",
                second.display()
            );
            Diagnostic::file(ErrorKind::Reference, first, message)
                .help("rename one, or change the order of `assets`")
                .warning()
        });
        let passed_over = match self.all.get() {
            Some(Ok(listing)) => listing.warnings.clone(),
            _ => Vec::new(),
        };
        shadowed
            .chain(read.scripts.values().cloned())
            .chain(linked(&read.linked))
            .chain(passed_over)
            .collect()
    }
}

/// What the app's own process is told, if it is told in a file that can be read.
fn environment(root: &Path, limits: &Limits) -> Environment {
    let bytes = limits.read(&root.join(ENVIRONMENT)).unwrap_or_default();
    Environment::parse(&String::from_utf8_lossy(&bytes))
}

/// Whether a file is a hard link. Those that package managers make share their store, which is no secret.
#[cfg(unix)]
fn has_second_name(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let is_installed = |path: PathBuf| {
        path.components()
            .any(|part| part.as_os_str() == "node_modules")
    };
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 1)
        && !file.canonicalize().is_ok_and(is_installed)
}

#[cfg(not(unix))]
fn has_second_name(_: &Path) -> bool {
    false
}

/// One warning, since what links a file links many.
fn linked(files: &BTreeSet<PathBuf>) -> Option<Diagnostic> {
    let first = files.first()?;
    let more = match files.len() - 1 {
        0 => String::new(),
        more => format!(", and so are {more} more sources"),
    };
    let message = format!("is a hard link{more}: what ships may be a file of another directory");
    let help = "replace it by a copy, or make sure that all may read it";
    Some(
        Diagnostic::file(ErrorKind::Reference, first, message)
            .help(help)
            .warning(),
    )
}
