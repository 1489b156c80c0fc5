use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crushed_build::manifest::{AssetPath, FORMAT, Manifest, nearest};
use crushed_build::{Diagnostic, ErrorKind};
use serde_json::Value;
use walkdir::{DirEntry, WalkDir};

/// Files by their paths.
pub(crate) type Files = BTreeMap<AssetPath, Vec<u8>>;

/// What lies in a directory, sorted by what it is.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The directory, for messages.
    pub(crate) directory: PathBuf,
    /// What the pipeline said of the assets.
    pub(crate) manifest: Option<Manifest>,
    /// What is answered below the prefix.
    pub(crate) assets: Files,
    /// What is answered at the root.
    pub(crate) pages: Files,
    /// Templates that a page is yet to be made of.
    pub(crate) unfinished: usize,
}

impl Tree {
    /// Reads what compile or export wrote, and what is worth a warning.
    ///
    /// # Errors
    /// It is not there, cannot be read, or is something else.
    pub(crate) fn read(directory: &Path) -> Result<(Self, Vec<Diagnostic>), Diagnostic> {
        let root = root(directory)?;
        let manifest = manifest(directory)?;
        let mut reader = Reader {
            root: &root,
            warnings: Vec::new(),
        };
        let mut tree = Self {
            directory: directory.to_owned(),
            manifest,
            assets: Files::new(),
            pages: Files::new(),
            unfinished: 0,
        };
        let has_static = root.join("static").is_dir();
        if tree.manifest.is_some() || has_static {
            tree.assets = reader.below(&root.join("static"), &[])?;
            let templates = reader.below(&root.join("templates"), &[])?;
            let count = templates.len();
            tree.pages = templates;
            tree.pages.retain(|_, bytes| !has_tags(bytes));
            tree.unfinished = count - tree.pages.len();
        }
        if tree.manifest.is_none() {
            if let Some(meant) = meant_below(directory) {
                return Err(refused(directory, "is not what compile or export wrote").help(meant));
            }
            for name in ["crushed.toml", "askama.toml", "Cargo.toml"] {
                if root.join(name).is_file() {
                    return Err(
                        refused(directory, "is a project, not what was made of it").help(format!(
                            "run `crushed compile --root {} --out DIR` and serve DIR",
                            directory.display()
                        )),
                    );
                }
            }
            match has_static {
                // What lies beside the assets is a page or belongs to one.
                true => tree
                    .pages
                    .extend(reader.below(&root, &["static", "templates"])?),
                false => {
                    tree.assets = reader.below(&root, &[])?;
                    let is_page = |path: &AssetPath| matches!(path.extension(), "html" | "htm");
                    let pages = tree.assets.iter().filter(|(path, _)| is_page(path));
                    tree.pages = pages
                        .map(|(path, bytes)| (path.clone(), bytes.clone()))
                        .collect();
                }
            }
            if tree.assets.is_empty() && tree.pages.is_empty() {
                return Err(
                    refused(directory, "holds nothing that compile or export wrote")
                        .maybe_help(meant_below(directory)),
                );
            }
        }
        Ok((tree, reader.warnings))
    }
}

fn refused(directory: &Path, message: &str) -> Diagnostic {
    Diagnostic::file(ErrorKind::Io, directory, message)
}

/// The directory without links, so that what lies outside of it can be told.
fn root(directory: &Path) -> Result<PathBuf, Diagnostic> {
    let root = directory
        .canonicalize()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                refused(directory, "does not exist").maybe_help(meant_beside(directory))
            }
            _ => refused(directory, &format!("cannot be read: {error}")),
        })?;
    match root.is_dir() {
        true => Ok(root),
        false => Err(refused(directory, "is no directory")),
    }
}

/// A directory of nearly the same name.
fn meant_beside(directory: &Path) -> Option<String> {
    let parent = match directory.parent()? {
        parent if parent.as_os_str().is_empty() => Path::new("."),
        parent => parent,
    };
    let names = directories(parent);
    let given = directory.file_name()?.to_str()?;
    let name = nearest(given, names.iter().map(String::as_str))?;
    Some(format!(
        "did you mean {}?",
        directory.with_file_name(name).display()
    ))
}

/// A directory in it that holds a manifest.
fn meant_below(directory: &Path) -> Option<String> {
    let names = directories(directory);
    let name = names
        .iter()
        .find(|name| matches!(manifest(&directory.join(name)), Ok(Some(_))))?;
    Some(format!("did you mean {}?", directory.join(name).display()))
}

fn directories(parent: &Path) -> Vec<String> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

const MANIFEST: &str = "manifest.json";

/// The pipeline's manifest; another file of that name, a web app's, is none.
fn manifest(directory: &Path) -> Result<Option<Manifest>, Diagnostic> {
    let file = directory.join(MANIFEST);
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(&file, &format!("cannot be read: {error}"))),
    };
    let Ok(value) = serde_json::from_slice::<Value>(&text) else {
        return Err(refused(&file, "is no JSON").help("compile again"));
    };
    let (Some(format), Some(_)) = (value.get("format"), value.get("release")) else {
        return Ok(None);
    };
    if format.as_u64() != Some(u64::from(FORMAT)) {
        let message = format!("its format is {format}, not {FORMAT}: another version wrote it");
        return Err(refused(&file, &message).help("compile again"));
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|error| {
        refused(&file, &format!("cannot be read: {error}")).help("compile again")
    })?;
    match manifest.compression {
        true => Ok(Some(manifest)),
        false => Err(refused(&file, "holds no assets: compression was off").help("compile again")),
    }
}

/// Whether Askama is yet to read a template. What only looks like a tag is written otherwise by the pipeline.
fn has_tags(bytes: &[u8]) -> bool {
    bytes
        .windows(2)
        .any(|pair| matches!(pair, b"{{" | b"{%" | b"{#"))
}

/// Reads files, and nothing that lies outside of the root.
struct Reader<'t> {
    root: &'t Path,
    warnings: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// The files below a directory without hidden ones; `except` names entries of the directory itself.
    fn below(&mut self, directory: &Path, except: &[&str]) -> Result<Files, Diagnostic> {
        let mut files = Files::new();
        if !directory.is_dir() || !self.is_inside(directory) {
            return Ok(files);
        }
        let walk = WalkDir::new(directory)
            .follow_links(true)
            .sort_by_file_name();
        let mut walk = walk.into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if is_dangling(&error) => {
                    let path = error.path().unwrap_or(directory);
                    self.skip(path, "leads nowhere or back to where it came from");
                    continue;
                }
                Err(error) => {
                    let path = error.path().unwrap_or(directory);
                    return Err(refused(path, &format!("cannot be read: {error}")));
                }
            };
            if entry.depth() == 0 {
                continue;
            }
            let skipped = is_hidden(&entry)
                || entry.depth() == 1 && except.iter().any(|name| entry.file_name() == *name);
            let outside = !skipped && entry.path_is_symlink() && !self.is_inside(entry.path());
            if outside {
                self.skip(entry.path(), "leads out of the directory");
            }
            if skipped || outside {
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
                continue;
            }
            // A device or a pipe could block for ever.
            if !entry.file_type().is_file() {
                continue;
            }
            let relative = entry.path().strip_prefix(directory).ok();
            let path = relative.and_then(Path::to_str).map(AssetPath::parse);
            let Some(Ok(path)) = path else {
                self.skip(entry.path(), "has a name that no URL has");
                continue;
            };
            let bytes = fs::read(entry.path())
                .map_err(|error| refused(entry.path(), &format!("cannot be read: {error}")))?;
            files.insert(path, bytes);
        }
        Ok(files)
    }

    fn is_inside(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|path| path.starts_with(self.root))
    }

    fn skip(&mut self, path: &Path, why: &str) {
        let message = format!("{why}, it is not served");
        self.warnings.push(refused(path, &message).warning());
    }
}

fn is_dangling(error: &walkdir::Error) -> bool {
    error.loop_ancestor().is_some()
        || error
            .io_error()
            .is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn is_hidden(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name.as_encoded_bytes().starts_with(b".") && name != ".well-known"
}
