//! What becomes of the templates of a directory: how many are minified, proven, and read by Askama.

use std::fs;
use std::path::{Path, PathBuf};

use crushed_build::manifest::AssetPath;
use crushed_build::{
    Diagnostic, ErrorKind, Failure, Options, Release, Shipped, askama_config, run,
};
use walkdir::WalkDir;

use crate::args::Templates;
use crate::askama;
use crate::bar::Bar;
use crate::report;

/// So many of a hundred templates must be minified.
const ENOUGH: usize = 95;

/// `crushed templates`
pub(crate) fn templates(templates: &Templates, json: bool) -> Result<(), Failure> {
    let mut trees = Vec::new();
    let bar = Bar::new(json);
    for directory in &templates.directories {
        for (root, below) in projects(directory)? {
            bar.at(root.display().to_string());
            trees.push(tree(root, below)?);
        }
    }
    drop(bar);
    for tree in &trees {
        report::warnings(&tree.warnings, json);
        match json {
            true => println!("{}", tree.json()),
            false => println!("{}", tree.line()),
        }
    }
    let faults: Vec<Diagnostic> = trees.iter().flat_map(Tree::faults).collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure(faults)),
    }
}

/// The projects below a directory, each with its templates if no configuration names them: where an `askama.toml` or
/// `crushed.toml` lies, or a directory `templates`. Without any, the directory itself holds templates.
fn projects(directory: &Path) -> Result<Vec<(PathBuf, Option<PathBuf>)>, Failure> {
    let mut found = Vec::new();
    let skipped = ["node_modules", "target", "dist"];
    let mut entries = WalkDir::new(directory).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|error| {
            let file = error.path().unwrap_or(directory);
            Diagnostic::file(ErrorKind::Io, file, "cannot be read")
        })?;
        if !entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path();
        let name = entry.file_name().to_string_lossy();
        if entry.depth() > 0 && (name.starts_with('.') || skipped.contains(&name.as_ref())) {
            entries.skip_current_dir();
        } else if ["askama.toml", "crushed.toml"]
            .iter()
            .any(|file| path.join(file).is_file())
        {
            found.push((path.to_owned(), None));
        } else if path.join("templates").is_dir() {
            found.push((path.to_owned(), Some(path.join("templates"))));
        }
    }
    if found.is_empty() {
        found.push((directory.to_owned(), Some(directory.to_owned())));
    }
    Ok(found)
}

/// What was found of one project.
struct Tree {
    root: PathBuf,
    templates: usize,
    /// Those that are HTML and not excluded.
    pages: usize,
    minified: usize,
    different: usize,
    /// How many Askama reads by themselves, and of these the ones that it refuses when they are minified.
    read: usize,
    refused: Vec<(AssetPath, String)>,
    warnings: Vec<Diagnostic>,
}

fn tree(root: PathBuf, below: Option<PathBuf>) -> Result<Tree, Failure> {
    let options = Options {
        templates: below,
        ..Options::new(&root)
    };
    let release = run(&options)?;
    let original = run(&Options {
        compression: false,
        ..options
    })?;
    let was = read_by_askama(&root, &original)?;
    let is = read_by_askama(&root, &release)?;
    let count = |wanted: Shipped| {
        release
            .shipped
            .values()
            .filter(|how| **how == wanted)
            .count()
    };
    let (minified, different) = (count(Shipped::Minified), count(Shipped::Different));
    let pairs = was.into_iter().zip(is);
    let read: Vec<_> = pairs.filter(|((_, was), _)| was.is_ok()).collect();
    Ok(Tree {
        templates: release.shipped.len(),
        pages: minified + different + count(Shipped::Unsure),
        minified,
        different,
        read: read.len(),
        refused: read
            .into_iter()
            .filter_map(|(_, (path, is))| Some((path, is.err()?)))
            .collect(),
        warnings: release.warnings.clone(),
        root,
    })
}

/// A template, and what Askama has against it.
type Answer = (AssetPath, Result<(), String>);

/// What Askama says of each template of a release.
fn read_by_askama(root: &Path, release: &Release) -> Result<Vec<Answer>, Failure> {
    let failed = |error: std::io::Error| {
        let message = format!("no temporary directory: {error}");
        Diagnostic::file(ErrorKind::Io, root, message)
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    release.write(folder.path())?;
    let dir = folder.path().join("templates");
    let config = folder.path().join("askama.toml");
    fs::write(&config, askama_config(root, &dir.to_string_lossy())?).map_err(failed)?;
    let paths = release.shipped.keys();
    Ok(paths
        .map(|path| (path.clone(), askama::read(path.as_str(), &config)))
        .collect())
}

impl Tree {
    fn line(&self) -> String {
        format!(
            "{}: {} templates, {} of {} pages minified, {} different, {} of {} read by Askama",
            self.root.display(),
            self.templates,
            self.minified,
            self.pages,
            self.different,
            self.read - self.refused.len(),
            self.read,
        )
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "root": self.root.to_string_lossy(),
            "templates": self.templates,
            "pages": self.pages,
            "minified": self.minified,
            "different": self.different,
            "read": self.read,
            "refused": self.refused.len(),
        })
    }

    fn faults(&self) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for (path, message) in &self.refused {
            let message = format!("{path}: Askama refuses what was made of it: {message}");
            faults.push(Diagnostic::file(ErrorKind::Template, &self.root, message));
        }
        if self.different > 0 || self.minified * 100 < self.pages * ENOUGH {
            let message = format!("{} of {} pages are minified", self.minified, self.pages);
            faults.push(Diagnostic::file(ErrorKind::Template, &self.root, message));
        }
        faults
    }
}
