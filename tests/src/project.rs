//! A compiled project behind a server of its own: pages at the root, assets below a prefix.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crushed_manifest::{content_type, percent_encode};
use tempfile::TempDir;

use crate::cli::{crushed, text};
use crate::site::{Answer, Site};
use crate::tree::{read, write};

/// A project that was compiled and is served until the test ends.
pub struct Project {
    site: Site,
    folder: TempDir,
}

impl Project {
    /// Compiles the files of a project with this prefix and serves what came out.
    ///
    /// # Panics
    ///
    /// If the project has a fault.
    pub fn compiled(files: &[(&str, &str)], prefix: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        write(folder.path(), files);
        let out = folder.path().join("out");
        let run = crushed(
            &[
                "compile",
                "--root",
                text(folder.path()),
                "--out",
                text(&out),
                "--static-url",
                prefix,
            ],
            &[],
        );
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let mut answers = BTreeMap::new();
        for (below, start) in [("static", prefix), ("templates", "/")] {
            for (name, bytes) in read(&out.join(below)) {
                let path = format!("{start}{}", percent_encode(&name));
                answers.insert(path, Answer::new(&content_type(&name), bytes));
            }
        }
        Self {
            site: Site::start(answers),
            folder,
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        self.site.url(path)
    }

    /// Where the release lies.
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }
}
