use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cache::tools;
use crate::discover::rust_files;
use crate::limits::Limits;
use crate::scan::rust_state;
use crate::watch::Watch;
use crate::{Inputs, Options, Release};

/// What a build script's last run looked at and left behind. While all of it is as it was, another run would leave the
/// same.
///
/// Contents are compared and no times: a time says when a file was written, and not what.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The tools and what they were asked for.
    asked: String,
    pub(crate) watch: Watch,
    /// A digest of what the Rust files name.
    rust: String,
    /// The lengths of the files that were written. Cargo looks at none of them either; this finds a directory that was not
    /// kept whole.
    written: Vec<(PathBuf, u64)>,
    /// What was said.
    pub(crate) warnings: Vec<String>,
}

impl Record {
    /// Of a run whose result lies in `out`; `None` if it is not worth one.
    pub(crate) fn new(
        options: &Options,
        inputs: &Inputs,
        release: &Release,
        out: &Path,
        extra: &[&str],
    ) -> Option<Self> {
        // A message about what is not there may name what is.
        if !release.problems.is_empty() {
            return None;
        }
        let assets = release
            .files
            .keys()
            .map(|path| Path::new("static").join(path));
        let templates = release.templates.keys();
        let templates = templates.map(|path| Path::new("templates").join(path.as_str()));
        let extra = extra.iter().map(PathBuf::from);
        let written: Vec<PathBuf> = assets.chain(templates).chain(extra).collect();
        let written = written.into_par_iter().map(|path| {
            let length = fs::metadata(out.join(&path)).ok()?.len();
            Some((path, length))
        });
        Some(Self {
            asked: asked(options, out),
            watch: inputs.watch.clone(),
            rust: rust_state(&inputs.project.rust),
            written: written.collect::<Option<_>>()?,
            warnings: release
                .warnings
                .iter()
                .map(|warning| warning.one_line())
                .collect(),
        })
    }

    /// Keeps it for the next run. One that cannot be kept is not needed either.
    pub(crate) fn keep(&self, file: &Path) {
        let partial = file.with_extension(format!("partial.{}", process::id()));
        let text = serde_json::to_vec(self).unwrap_or_default();
        if fs::write(&partial, text)
            .and_then(|()| fs::rename(&partial, file))
            .is_err()
        {
            let _ = fs::remove_file(&partial);
        }
    }

    /// Reads the record of the last run, if it holds for what is asked for now and nothing has changed.
    pub(crate) fn that_holds(options: &Options, out: &Path, file: &Path) -> Option<Self> {
        let text = fs::read(file).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        let holds = record.asked == asked(options, out)
            && record.watch.is_as_it_was()
            && record.rust == rust_state(&rust_files(&options.root, &Limits::default()).ok()?)
            && record.written.par_iter().all(|(path, length)| {
                fs::metadata(out.join(path)).is_ok_and(|data| data.len() == *length)
            });
        holds.then_some(record)
    }
}

/// Where results come from does not count, and where they go to does: paths stand in what is written.
fn asked(options: &Options, out: &Path) -> String {
    let options = Options {
        cache: None,
        ..options.clone()
    };
    format!("{} {options:?} {out:?}", tools())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_watched;

    #[test]
    fn a_record_holds_until_something_counts() {
        let place = tempfile::tempdir().unwrap();
        let (root, out, file) = (
            place.path().join("app"),
            place.path().join("out"),
            place.path().join("record"),
        );
        let put = |name: &str, text: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let page = "{% compress css %}<link rel=stylesheet href=a.css>{% endcompress %}";
        put("templates/page.html", page);
        put("assets/a.css", "@import 'b.css';");
        put("assets/b.css", "a { color: red }");
        put("assets/c.css", "nothing names it");
        put("src/main.rs", "fn main() {}");
        let options = Options::new(&root);
        let record = || {
            let (release, inputs) = run_watched(&options, &()).unwrap();
            release.write(&out).unwrap();
            let record = Record::new(&options, &inputs, &release, &out, &["manifest.json"]);
            record.unwrap().keep(&file);
        };
        let holds = || Record::that_holds(&options, &out, &file).is_some();
        assert!(!holds());
        record();
        assert!(holds());
        // Another time, other text that says the same, and what nothing looks at.
        put("assets/b.css", "a { color: red }");
        put("assets/c.css", "still nothing");
        put("src/main.rs", "fn main() { let x = 1; }");
        put("src/other.rs", "// asset!(\"a.css\")");
        assert!(holds());
        let other = Options {
            compression: false,
            ..options.clone()
        };
        assert!(Record::that_holds(&other, &out, &file).is_none());
        for (name, text) in [
            ("assets/b.css", "a { color: blue }"),
            ("templates/page.html", "{# the same #}<p>"),
            ("templates/sub/new.html", "<p>new"),
            ("src/main.rs", "fn main() { asset!(\"c.css\"); }"),
            ("crushed.toml", "ship = [\"*.txt\"]"),
            ("assets/d.txt", "ships"),
            ("askama.toml", "[general]"),
            ("static/e.txt", "in a root that was not there"),
        ] {
            put(name, text);
            assert!(!holds(), "{name}");
            record();
            assert!(holds(), "{name}");
        }
        fs::remove_file(root.join("assets/d.txt")).unwrap();
        assert!(!holds());
        record();
        fs::remove_file(out.join("templates/page.html")).unwrap();
        assert!(!holds());
    }
}
