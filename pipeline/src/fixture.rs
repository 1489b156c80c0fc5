//! Test cases that are files: a description, then sections that begin with `--- name`. With `UPDATE_CASES=1` what comes
//! out is written into them, to be read as a diff.

use std::fs;
use std::path::{Path, PathBuf};

/// One file below `tests/`.
pub(crate) struct Case {
    path: PathBuf,
    sections: Vec<(String, String)>,
}

/// Every case of a folder below `tests/`, in the order of their names.
pub(crate) fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no case", folder.display());
    paths.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("--- "), sections.last_mut()) {
                (Some(name), _) => sections.push((name.trim().to_owned(), String::new())),
                (None, Some((_, text))) => text.push_str(line),
                (None, None) => {}
            }
        }
        Self { path, sections }
    }

    /// The names of all sections.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|(name, _)| name.as_str())
    }

    /// The text of a section.
    pub(crate) fn section(&self, name: &str) -> &str {
        let found = self.sections.iter().find(|(given, _)| given == name);
        found.map_or_else(
            || panic!("{}: no section {name}", self.path.display()),
            |(_, text)| text,
        )
    }

    /// The text of a section that may be missing.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        let found = self.sections.iter().find(|(given, _)| given == name);
        found.map(|(_, text)| text.as_str())
    }

    /// The sections whose names begin with a word, by what follows it.
    pub(crate) fn named<'a>(&'a self, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.sections.iter().filter_map(move |(name, text)| {
            let rest = name.strip_prefix(word)?.strip_prefix(' ')?;
            Some((rest, text.as_str()))
        })
    }

    /// The file, for messages.
    pub(crate) fn file(&self) -> &Path {
        &self.path
    }

    /// Fails with the file's name unless the section holds this text; one newline at the end may differ.
    pub(crate) fn expect(&self, name: &str, actual: &str) {
        if std::env::var_os("UPDATE_CASES").is_some() {
            return self.update(name, actual);
        }
        let found = self.sections.iter().find(|(given, _)| given == name);
        let Some((_, wanted)) = found else {
            panic!(
                "{}: no section {name}, but this came out:\n{actual}",
                self.path.display()
            );
        };
        let (wanted, actual) = (
            wanted.strip_suffix('\n').unwrap_or(wanted),
            actual.strip_suffix('\n').unwrap_or(actual),
        );
        assert!(
            wanted == actual,
            "{}: section {name}\nwanted: {wanted:?}\n   got: {actual:?}",
            self.path.display()
        );
    }

    fn update(&self, name: &str, actual: &str) {
        let mut updated = String::new();
        let mut other = true;
        for line in fs::read_to_string(&self.path)
            .unwrap()
            .split_inclusive('\n')
        {
            if let Some(section) = line.strip_prefix("--- ") {
                other = section.trim() != name;
                updated.push_str(line);
                if !other {
                    updated.push_str(actual.strip_suffix('\n').unwrap_or(actual));
                    updated.push('\n');
                }
            } else if other {
                updated.push_str(line);
            }
        }
        fs::write(&self.path, updated).unwrap();
    }
}
