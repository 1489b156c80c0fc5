use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::walk::{self, Walked};

/// What a run looked at: a change of any of it asks for another run.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// Files and directories with all that is in them, besides those that were read.
    present: BTreeSet<PathBuf>,
    /// Files that were read, and the digest of what was in them. Paths are slow to compare: no map.
    read: Vec<(PathBuf, String)>,
    /// Files that were not, and that must be there.
    found: BTreeSet<PathBuf>,
    /// What was looked for, is not there, and would have been taken.
    missing: BTreeSet<PathBuf>,
    /// Directories of templates and asset roots of which every file counts, and the digest of their names.
    templates: BTreeMap<PathBuf, String>,
    roots: BTreeMap<PathBuf, String>,
}

impl Watch {
    /// A file, or a directory with all that is in it.
    pub(crate) fn present(&mut self, path: impl Into<PathBuf>) {
        self.present.insert(path.into());
    }

    /// A file that was read, with what was in it.
    pub(crate) fn read(&mut self, path: impl Into<PathBuf>, bytes: &[u8]) {
        self.read.push((path.into(), digest(bytes)));
    }

    /// A file that was read, by the digest of what was in it.
    pub(crate) fn read_as(&mut self, path: impl Into<PathBuf>, digest: String) {
        self.read.push((path.into(), digest));
    }

    /// A file that must be there, whatever is in it: cargo is not told.
    pub(crate) fn found(&mut self, path: impl Into<PathBuf>) {
        self.found.insert(path.into());
    }

    /// A directory of templates.
    pub(crate) fn templates(&mut self, path: &Path, walked: &Walked) {
        self.present(path);
        self.templates.insert(path.to_owned(), listed(walked));
    }

    /// A root of which any file may ship.
    pub(crate) fn root(&mut self, path: &Path) {
        self.present(path);
        self.roots.insert(path.to_owned(), names_below(path));
    }

    /// What would be taken if it were there.
    pub(crate) fn missing(&mut self, path: impl Into<PathBuf>) {
        self.missing.insert(path.into());
    }

    /// The links on the way from one of the ancestors of `base` to a path: that one of them leads elsewhere does not show
    /// in what they lead to now. Of a directory cargo sees it, so that the directory it leads to is watched with all that
    /// is in it; of a file it does not, so that the directory of the link is.
    pub(crate) fn links(&mut self, base: &Path, path: &Path, links: &mut Links) {
        for step in path.ancestors() {
            // What is above a step that was looked at was looked at then.
            if links.0.contains(step) || base.starts_with(step) {
                break;
            }
            links.0.insert(step.to_owned());
            let is_link = fs::symlink_metadata(step).is_ok_and(|data| data.is_symlink());
            match is_link.then(|| step.is_dir()) {
                Some(true) => self.present(step),
                Some(false) => self.present.extend(step.parent().map(Path::to_owned)),
                None => {}
            }
        }
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.present.extend(other.present);
        self.read.extend(other.read);
        self.found.extend(other.found);
        self.missing.extend(other.missing);
        self.templates.extend(other.templates);
        self.roots.extend(other.roots);
    }

    /// Whether all of it is as it was. By what is in the files, not by their times.
    pub(crate) fn is_as_it_was(&self) -> bool {
        let limits = Limits::default();
        let read = |(path, known): &(PathBuf, String)| {
            limits
                .read(path)
                .is_ok_and(|bytes| digest(&bytes) == *known)
        };
        let templates = |(path, known): (&PathBuf, &String)| {
            walk::templates(path, &limits).is_ok_and(|walked| listed(&walked) == *known)
        };
        self.missing.par_iter().all(|path| !path.exists())
            && self.found.par_iter().all(|path| path.is_file())
            && self.templates.par_iter().all(templates)
            && self
                .roots
                .par_iter()
                .all(|(path, known)| names_below(path) == *known)
            && self.read.par_iter().all(read)
    }

    /// The paths that cargo is to be told, after links to what is missing were made in `folder`, which is one of ours.
    ///
    /// To cargo a path that is not there has changed, each time. But when it looks through a directory, it goes where links
    /// lead, and past those that lead nowhere: a link to what is missing counts from the moment that it is there.
    pub(crate) fn told(&self, folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
        let present = self
            .present
            .iter()
            .chain(self.read.iter().map(|(path, _)| path));
        let mut told: BTreeSet<PathBuf> = present.map(|path| tellable(path)).collect();
        let missing = self.first_missing();
        if cfg!(unix) && (folder.exists() || !missing.is_empty()) {
            link_all(&missing, folder)?;
            told.insert(tellable(folder));
        }
        Ok(told)
    }

    /// What is missing; of what lies in a directory that is missing too, that directory.
    fn first_missing(&self) -> BTreeSet<PathBuf> {
        let mut exists = BTreeMap::new();
        let missing = self.missing.iter().map(|path| {
            let mut first = path.as_path();
            while let Some(parent) = first.parent()
                && !*exists.entry(parent).or_insert_with(|| parent.exists())
            {
                first = parent;
            }
            first.to_owned()
        });
        missing.collect()
    }
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A digest of the names of all templates of a directory, and of what is said about others.
fn listed(walked: &Walked) -> String {
    let names = walked.files.iter().map(|(path, _)| format!("{path}\n"));
    let said = walked.warnings.iter().map(|warning| warning.one_line());
    digest(names.chain(said).collect::<String>().as_bytes())
}

/// A digest of the names of all that lies below a root.
fn names_below(root: &Path) -> String {
    let mut hasher = blake3::Hasher::new();
    for entry in walk::assets(root).flatten() {
        let name = entry.path().as_os_str().as_encoded_bytes();
        let kind = entry.file_type();
        hasher.update(format!("{} {kind:?} ", name.len()).as_bytes());
        hasher.update(name);
    }
    hasher.finalize().to_hex().to_string()
}

/// What was looked at for links, all the way up to one base and for one watch list.
#[derive(Debug, Default)]
pub(crate) struct Links(HashSet<PathBuf>);

/// Cargo reads one path a line, in UTF-8: of any other the nearest directory that is one.
fn tellable(path: &Path) -> PathBuf {
    let fits = |path: &&Path| {
        path.to_str()
            .is_some_and(|text| !text.contains(['\n', '\r']))
    };
    let nearest = path.ancestors().find(fits);
    nearest.unwrap_or(path).to_owned()
}

/// Has the folder hold a link to each path and nothing else, under a name that tells the path.
fn link_all(paths: &BTreeSet<PathBuf>, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut wanted: BTreeMap<String, &Path> = BTreeMap::new();
    for path in paths {
        let digest = blake3::hash(path.as_os_str().as_encoded_bytes());
        wanted.insert(digest.to_hex().to_string(), path);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_wanted = entry.file_name().to_str().map(|name| wanted.remove(name));
        if !matches!(is_wanted, Some(Some(_))) {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, path) in wanted {
        link(path, &folder.join(name))?;
    }
    // Cargo compares with the time when the build script was started: what it changed itself is not to run it again.
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    File::open(folder)?.set_modified(long_ago)
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| fs::read_link(entry.path()).unwrap().display().to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_missing_is_linked_to_by_the_first_step_that_is() {
        let place = tempfile::tempdir().unwrap();
        let (app, folder) = (place.path().join("app"), place.path().join("watch"));
        fs::create_dir(&app).unwrap();
        let mut watch = Watch::default();
        for name in ["crushed.toml", "static/css/a.css", "static/css/b.css"] {
            watch.missing(app.join(name));
        }
        watch.present(app.join("a\nb/c.css"));
        let told = watch.told(&folder).unwrap();
        assert_eq!(told, [app.clone(), folder.clone()].into());
        let shown = |name: &str| app.join(name).display().to_string();
        assert_eq!(names(&folder), [shown("crushed.toml"), shown("static")]);

        fs::create_dir_all(app.join("static/css")).unwrap();
        watch.missing.remove(&app.join("crushed.toml"));
        watch.told(&folder).unwrap();
        assert_eq!(
            names(&folder),
            [shown("static/css/a.css"), shown("static/css/b.css")]
        );
        let modified = fs::metadata(&folder).unwrap().modified().unwrap();
        assert!(modified < SystemTime::UNIX_EPOCH + Duration::from_secs(60));
    }

    #[test]
    fn without_anything_missing_there_is_no_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("watch");
        assert!(Watch::default().told(&folder).unwrap().is_empty());
        assert!(!folder.exists());
    }

    #[test]
    fn links_are_watched_where_they_are() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let base = place.path().join("app");
        fs::create_dir_all(base.join("real/css")).unwrap();
        fs::write(base.join("real/css/a.css"), "").unwrap();
        symlink("real", base.join("assets")).unwrap();
        symlink("a.css", base.join("real/css/b.css")).unwrap();
        let of = |name: &str| {
            let mut watch = Watch::default();
            watch.links(&base, &base.join(name), &mut Links::default());
            let strip = |path: &PathBuf| path.strip_prefix(&base).unwrap().to_owned();
            watch.present.iter().map(strip).collect::<Vec<_>>()
        };
        assert!(of("real/css/a.css").is_empty());
        assert_eq!(of("assets/css/a.css"), [Path::new("assets")]);
        assert_eq!(of("real/css/b.css"), [Path::new("real/css")]);
    }
}
