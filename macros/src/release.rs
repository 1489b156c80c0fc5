use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crushed_manifest::{FORMAT, Manifest};
use serde_json::Value;

use crate::error::Error;

/// What one build left for the macros.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) manifest: Manifest,
    problems: Problems,
}

/// Why a reference in Rust code did not resolve, by what it named.
#[derive(Default, Debug)]
struct Problems {
    asset: HashMap<String, String>,
    bundle: HashMap<String, String>,
}

impl Release {
    /// Takes the texts of `manifest.json` and, if there is one, `problems.json`.
    pub(crate) fn parse(manifest: &str, problems: Option<&str>) -> Result<Self, Error> {
        let stale = |what: &str, error: &dyn std::fmt::Display| {
            Error::new(format_args!("{what} of this build cannot be read: {error}")).help(
                "give crushed and crushed-build the same version in Cargo.toml, then run `cargo clean`",
            )
        };
        let value: Value =
            serde_json::from_str(manifest).map_err(|error| stale("manifest.json", &error))?;
        // Checked before the rest, since another format may not even parse.
        let format = value.get("format").and_then(Value::as_u64);
        if format != Some(u64::from(FORMAT)) {
            let found = format.map_or("none".to_owned(), |format| format.to_string());
            return Err(stale(
                "manifest.json",
                &format_args!("its format is {found}, wanted {FORMAT}"),
            ));
        }
        let manifest =
            serde_json::from_value(value).map_err(|error| stale("manifest.json", &error))?;
        let problems = match problems {
            Some(text) => Problems::parse(text).map_err(|error| stale("problems.json", &error))?,
            None => Problems::default(),
        };
        Ok(Self { manifest, problems })
    }

    /// What the build said of a source that is missing.
    pub(crate) fn asset_problem(&self, source: &str) -> Option<&str> {
        self.problems.asset.get(source).map(String::as_str)
    }

    /// What the build said of a bundle that is missing.
    pub(crate) fn bundle_problem(&self, key: &str) -> Option<&str> {
        self.problems.bundle.get(key).map(String::as_str)
    }
}

impl Problems {
    fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let mut value: Value = serde_json::from_str(text)?;
        let mut table = |name: &str| match value.get_mut(name) {
            Some(table) => serde_json::from_value(table.take()),
            None => Ok(HashMap::new()),
        };
        Ok(Self {
            asset: table("asset")?,
            bundle: table("bundle")?,
        })
    }
}

/// The directory that the build writes to, whether or not anything is in it.
pub(crate) fn directory() -> Result<PathBuf, Error> {
    directory_in(std::env::var_os("OUT_DIR"))
}

fn directory_in(out_dir: Option<OsString>) -> Result<PathBuf, Error> {
    let directory = out_dir
        .filter(|directory| !directory.is_empty())
        .map(|directory| Path::new(&directory).join("crushed"))
        .filter(|directory| directory.is_dir());
    directory.ok_or_else(|| {
        Error::new("this crate has no build.rs that calls crushed_build::compile()").help(
            "add build.rs beside Cargo.toml with `fn main() { crushed_build::compile() }`, \
             and crushed-build under [build-dependencies]",
        )
    })
}

/// The release of the crate that is being compiled.
pub(crate) fn load() -> Result<Arc<Release>, Error> {
    load_from(&directory()?)
}

/// The state of both files. A crate may hold hundreds of calls, so that they are not read for each; the process of an IDE
/// outlives many builds and sees many crates, so that they are not read once either.
type Stamp = [Option<(SystemTime, u64)>; 2];

type Loaded = BTreeMap<PathBuf, (Stamp, Arc<Release>)>;

static LOADED: Mutex<Loaded> = Mutex::new(BTreeMap::new());

fn load_from(directory: &Path) -> Result<Arc<Release>, Error> {
    let files = ["manifest.json", "problems.json"].map(|name| directory.join(name));
    let stamp = files.each_ref().map(|file| {
        let meta = fs::metadata(file).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    });
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, release)) = loaded.get(directory)
        && *known == stamp
    {
        return Ok(Arc::clone(release));
    }
    let [manifest, problems] = files;
    let manifest = fs::read_to_string(&manifest).map_err(|error| {
        Error::new(format_args!(
            "the build left no manifest.json in OUT_DIR: {error}"
        ))
        .help("run `cargo clean -p` with this crate's name and build again")
    })?;
    let problems = fs::read_to_string(&problems).ok();
    let release = Arc::new(Release::parse(&manifest, problems.as_deref())?);
    loaded.insert(directory.to_owned(), (stamp, Arc::clone(&release)));
    Ok(release)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A release with one of everything, as the build writes it.
    pub(crate) fn sample() -> Release {
        let manifest = r#"{
            "format": 1, "release": "00000000000000aa", "compression": true,
            "assets": {
                "img/mark.3f9a1c0d5e7b2a64.jpg": {
                    "path": "img/mark.3f9a1c0d5e7b2a64.jpg", "digest": "3f9a1c0d5e7b2a64",
                    "content_type": "image/jpeg", "integrity": "sha384-AAAA",
                    "variants": [{"coding": "identity", "size": 3, "digest": "3f9a1c0d5e7b2a64"}]
                },
                "img/ä b.00000000000000bb.jpg": {
                    "path": "img/ä b.00000000000000bb.jpg", "digest": "00000000000000bb",
                    "content_type": "image/jpeg", "integrity": "sha384-BBBB", "variants": []
                }
            },
            "sources": {
                "img/mark.jpg": "img/mark.3f9a1c0d5e7b2a64.jpg",
                "img/ä b.jpg": "img/ä b.00000000000000bb.jpg"
            },
            "bundles": {
                "css file \"css/a.css\" \"css/b.css\"": {
                    "kind": "css", "mode": "file", "sources": ["css/a.css", "css/b.css"],
                    "assets": ["css/x.00000000000000cc.css"],
                    "markup": [{"text": "<link href=\""}, "prefix", {"text": "css/x.00000000000000cc.css\">"}]
                },
                "js file vendor \"js/a.js\"": {
                    "kind": "js", "mode": "file", "sources": ["js/a.js"], "assets": [],
                    "markup": [{"template": "{{ nonce }}"}]
                }
            }
        }"#;
        let problems = r#"{
            "asset": {"img/nope.jpg": "img/nope.jpg does not exist, did you mean img/mark.jpg?"},
            "bundle": {"css file \"css/nope.css\"": "css/nope.css does not exist"}
        }"#;
        Release::parse(manifest, Some(problems)).unwrap()
    }

    #[test]
    fn another_format_is_refused_with_the_mend() {
        let error = Release::parse(r#"{"format": 99}"#, None).unwrap_err();
        assert_eq!(
            error.text(),
            "manifest.json of this build cannot be read: its format is 99, wanted 1\n\
             help: give crushed and crushed-build the same version in Cargo.toml, then run `cargo clean`"
        );
        assert!(Release::parse("not json", None).is_err());
        assert!(Release::parse(r#"{"format": 1}"#, None).is_err());
    }

    #[test]
    fn a_crate_without_a_build_script_is_told_to_write_one() {
        for out_dir in [None, Some("".into()), Some("/nonexistent".into())] {
            let text = directory_in(out_dir).unwrap_err().text();
            assert!(
                text.starts_with("this crate has no build.rs that calls crushed_build::compile()\nhelp: add build.rs"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_changed_manifest_is_read_again() {
        let directory = std::env::temp_dir().join(format!("crushed-macros-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("manifest.json");
        let write = |release: &str, pad: &str| {
            let text = format!(
                r#"{{"format":1,"release":"{release}","compression":false,"assets":{{}},"sources":{{}},"bundles":{{}}}}{pad}"#
            );
            fs::write(&path, text).unwrap();
        };
        write("0000000000000001", "");
        let first = load_from(&directory).unwrap();
        assert!(Arc::ptr_eq(&first, &load_from(&directory).unwrap()));
        write("0000000000000002", " ");
        let second = load_from(&directory).unwrap();
        assert_eq!(second.manifest.release.as_u64(), 2);
        let problems = r#"{"asset":{"x.png":"no x.png"}}"#;
        fs::write(directory.join("problems.json"), problems).unwrap();
        let third = load_from(&directory).unwrap();
        assert_eq!(third.asset_problem("x.png"), Some("no x.png"));
        fs::remove_dir_all(&directory).unwrap();
        assert!(load_from(&directory).is_err());
    }
}
