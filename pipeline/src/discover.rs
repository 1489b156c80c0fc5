use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crushed_manifest::{AssetPath, Kind, PathError};
use globset::{Glob, GlobSet, GlobSetBuilder};
use walkdir::WalkDir;

use crate::config::{AskamaConfig, Config, place_of};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText, decode};
use crate::keep::Keep;
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
    /// Directories and files whose change asks for another run, sources excepted.
    pub(crate) watch: BTreeSet<PathBuf>,
}

/// Reads all of a project but its assets.
pub(crate) fn discover(root: &Path, templates: Option<&Path>) -> Result<Project, Diagnostic> {
    if !root.is_dir() {
        return Err(Diagnostic::file(ErrorKind::Io, root, "is not a directory")
            .help("give the directory that holds the app's Cargo.toml"));
    }
    let mut watch = BTreeSet::new();
    let (config, config_text) = Config::load(root)?;
    let (askama, askama_path) = AskamaConfig::load(root)?;
    watch.extend(config_text.as_ref().map(|text| text.file.clone()));
    watch.extend(askama_path);

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
            continue;
        }
        watch.insert(directory.clone());
        for (path, file) in walk(&directory)? {
            if templates.contains_key(&path) || other_files.contains_key(&path) {
                continue;
            }
            let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, &error))?;
            if !is_template(&path) && std::str::from_utf8(&bytes).is_err() {
                other_files.insert(path, bytes);
                continue;
            }
            let text = decode(&file, bytes)?;
            templates.insert(path, SourceText::new(file, text));
        }
    }

    let mut rust = Vec::new();
    for name in ["src", "tests", "examples", "benches"] {
        let directory = root.join(name);
        if !directory.is_dir() {
            continue;
        }
        watch.insert(directory.clone());
        for (path, file) in walk(&directory)? {
            if path.extension() == "rs"
                && let Ok(text) = std::fs::read_to_string(&file)
            {
                rust.push(SourceText::new(file, text));
            }
        }
    }

    Ok(Project {
        config,
        askama,
        templates: templates.into_iter().collect(),
        other_files: other_files.into_iter().collect(),
        rust,
        sources,
        keep,
        watch,
    })
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

fn unreadable(file: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::file(ErrorKind::Io, file, format!("cannot be read: {error}"))
}

/// Every file below a directory by its path relative to it, sorted. Hidden files and directories are left out; links are
/// followed inside the directory, a loop or a link that leads out is an error.
fn walk(directory: &Path) -> Result<Vec<(AssetPath, PathBuf)>, Diagnostic> {
    let real = directory
        .canonicalize()
        .map_err(|error| unreadable(directory, &error))?;
    let mut files = Vec::new();
    let entries = WalkDir::new(directory)
        .follow_links(true)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    for entry in entries {
        let entry = entry.map_err(|error| match error.loop_ancestor() {
            Some(ancestor) => Diagnostic::file(
                ErrorKind::Io,
                error.path().unwrap_or(directory),
                format!("is a link to {}, which holds it", ancestor.display()),
            )
            .help("remove the link"),
            None => Diagnostic::file(
                ErrorKind::Io,
                error.path().unwrap_or(directory),
                error.io_error().map_or_else(
                    || error.to_string(),
                    |error| format!("cannot be read: {error}"),
                ),
            ),
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let file = entry.path();
        if entry.path_is_symlink() {
            let target = file
                .canonicalize()
                .map_err(|error| unreadable(file, &error))?;
            if !target.starts_with(&real) {
                return Err(leaves_root(file, &target));
            }
        }
        let relative = file.strip_prefix(directory).unwrap_or(file);
        let Some(path) = relative
            .to_str()
            .and_then(|path| AssetPath::parse(&path.replace('\\', "/")).ok())
        else {
            return Err(
                Diagnostic::file(ErrorKind::Encoding, file, "the file name is not UTF-8")
                    .help("rename it"),
            );
        };
        files.push((path, file.to_owned()));
    }
    Ok(files)
}

fn leaves_root(file: &Path, target: &Path) -> Diagnostic {
    Diagnostic::file(
        ErrorKind::Reference,
        file,
        format!("is a link that leaves its root, to {}", target.display()),
    )
    .help("copy the file into the root, or add its directory to `assets`")
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
    roots: Vec<Root>,
    ship: GlobSet,
    ships: bool,
    prefer_min: BTreeSet<Kind>,
    read: Mutex<Read>,
}

#[derive(Debug)]
struct Root {
    /// As messages show it.
    shown: PathBuf,
    real: PathBuf,
}

/// What was read so far, for the watch list and for warnings that are given once.
#[derive(Debug, Default)]
struct Read {
    files: BTreeSet<PathBuf>,
    shadowed: BTreeMap<AssetPath, (PathBuf, PathBuf)>,
}

/// Why a reference names no source.
#[derive(Debug)]
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
        let mut globs = GlobSetBuilder::new();
        for pattern in &config.ship {
            let glob = Glob::new(pattern).map_err(|error| {
                let message = format!("`ship` has a bad glob: {}", error.kind());
                match config_text {
                    Some(text) => {
                        Diagnostic::at(ErrorKind::Config, text, place_of(text, pattern), message)
                    }
                    None => Diagnostic::file(ErrorKind::Config, root, message),
                }
            })?;
            globs.add(glob);
        }
        let ship = globs
            .build()
            .map_err(|error| Diagnostic::file(ErrorKind::Config, root, error.to_string()))?;
        Ok(Self {
            roots,
            ship,
            ships: !config.ship.is_empty(),
            prefer_min: config.prefer_min(),
            read: Mutex::default(),
        })
    }

    /// Whether a minified file beside a source of this kind may be taken for it.
    pub(crate) fn prefer_min(&self, kind: Kind) -> bool {
        self.prefer_min.contains(&kind)
    }

    /// Finds the file of a source: the first root that holds it.
    pub(crate) fn find(&self, path: &AssetPath) -> Result<PathBuf, Missing> {
        let mut found: Option<PathBuf> = None;
        for root in &self.roots {
            let file = root.shown.join(path.as_str());
            let Ok(real) = file.canonicalize() else {
                continue;
            };
            if let Some(first) = &found {
                // Two roots may overlap and reach one file by two ways.
                if first.canonicalize().ok().as_ref() != Some(&real) {
                    self.note(|read| {
                        read.shadowed
                            .entry(path.clone())
                            .or_insert((first.clone(), file.clone()));
                    });
                }
                break;
            }
            if !real.starts_with(&root.real) {
                return Err(Missing::Link(Box::new(leaves_root(&file, &real))));
            }
            if !real.is_file() {
                let error = Diagnostic::file(ErrorKind::Reference, &file, "is not a file");
                return Err(Missing::Unreadable(Box::new(error.help("name a file"))));
            }
            found = Some(file);
        }
        found.ok_or_else(|| Missing::NotFound(self.nearest(path)))
    }

    /// Whether a source exists, without a note that it was used.
    pub(crate) fn exists(&self, path: &AssetPath) -> bool {
        self.roots
            .iter()
            .any(|root| root.real.join(path.as_str()).is_file())
    }

    /// Reads a source.
    pub(crate) fn read(&self, path: &AssetPath) -> Result<(PathBuf, Vec<u8>), Missing> {
        let file = self.find(path)?;
        let bytes = std::fs::read(&file)
            .map_err(|error| Missing::Unreadable(Box::new(unreadable(&file, &error))))?;
        self.note(|read| {
            read.files.insert(file.clone());
        });
        Ok((file, bytes))
    }

    fn note(&self, note: impl FnOnce(&mut Read)) {
        note(&mut self.read.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn nearest(&self, path: &AssetPath) -> Option<String> {
        let names = self.all().unwrap_or_default();
        nearest(path.as_str(), names.keys().map(AssetPath::as_str)).map(str::to_owned)
    }

    /// Every source of every root, the first root winning. Packages below a `node_modules` that lies inside a root are
    /// left out: their directories are named as roots of their own.
    fn all(&self) -> Result<BTreeMap<AssetPath, PathBuf>, Diagnostic> {
        let mut all = BTreeMap::new();
        for root in &self.roots {
            let entries = WalkDir::new(&root.shown)
                .min_depth(1)
                .into_iter()
                .filter_entry(|entry| {
                    let name = entry.file_name().to_string_lossy();
                    !name.starts_with('.') && name != "node_modules"
                })
                .flatten()
                .filter(|entry| entry.path().is_file());
            for entry in entries {
                let relative = entry
                    .path()
                    .strip_prefix(&root.shown)
                    .ok()
                    .and_then(Path::to_str);
                if let Some(path) = relative.and_then(|path| AssetPath::parse(path).ok()) {
                    all.entry(path).or_insert_with(|| entry.path().to_owned());
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
        let all = self.all()?;
        Ok(all
            .into_keys()
            .filter(|path| self.ship.is_match(path.as_str()))
            .collect())
    }

    /// Files that were read, and with `ship` the roots themselves, since a new file in them ships.
    pub(crate) fn watch(&self) -> BTreeSet<PathBuf> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let mut watch = read.files.clone();
        if self.ships {
            watch.extend(self.roots.iter().map(|root| root.shown.clone()));
        }
        // A file that appears in an earlier root takes precedence: the directory where it would lie is watched too.
        for file in &read.files {
            let Some(owner) = self
                .roots
                .iter()
                .position(|root| file.starts_with(&root.shown))
            else {
                continue;
            };
            let Ok(relative) = file.strip_prefix(&self.roots[owner].shown) else {
                continue;
            };
            let earlier = self.roots[..owner]
                .iter()
                .map(|root| root.shown.join(relative));
            watch.extend(
                earlier
                    .filter_map(|candidate| candidate.parent().map(Path::to_owned))
                    .filter(|directory| {
                        directory.is_dir() && self.roots.iter().all(|root| root.shown != *directory)
                    }),
            );
        }
        watch
    }

    /// Warnings about sources that more than one root holds.
    pub(crate) fn shadowed(&self) -> Vec<Diagnostic> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.shadowed
            .iter()
            .map(|(path, (first, second))| {
                let message = format!(
                    "source \"{path}\" is also at {}; this one is taken",
                    second.display()
                );
                Diagnostic::file(ErrorKind::Reference, first, message)
                    .help("rename one, or change the order of `assets`")
                    .warning()
            })
            .collect()
    }
}
