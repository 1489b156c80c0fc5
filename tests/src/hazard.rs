//! Hazards: small pages whose meaning a careless compiler changes.
//!
//! A case is a folder `tests/hazards/KIND/NAME/`: `page.html`, a template; `expect.toml`, what must hold; perhaps a
//! `crushed.toml`; below `served/` what the host answers besides the assets, by path; every other file is a source.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crushed_build::{Failure, Options, Release};
use serde::Deserialize;
use serde_json::Value;

use crate::built::workspace;
use crate::site::Answer;
use crate::tree;

/// What must hold of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// What goes wrong elsewhere.
    pub about: String,
    /// How the page is compiled.
    #[serde(default = "both")]
    pub modes: Vec<Mode>,
    /// Whether the values hold for the page as it was written, too; not so where the pipeline is meant to differ.
    #[serde(default = "yes")]
    pub original: bool,
    /// Expressions of JavaScript with the values that they have in the page.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// Parts of what ships, in the page or in an asset.
    #[serde(default)]
    pub ships: Vec<String>,
    /// What no shipped text contains.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Parts of warnings.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Parts of the errors that refuse the case; a list means that it must be refused.
    #[serde(default)]
    pub errors: Vec<String>,
}

/// How the blocks of a page are compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// As they stand.
    File,
    /// Every `{% compress KIND %}` made inline.
    Inline,
}

impl Mode {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Inline => "inline",
        }
    }
}

fn both() -> Vec<Mode> {
    vec![Mode::File, Mode::Inline]
}

fn yes() -> bool {
    true
}

/// A case as it was read.
#[derive(Clone, Debug)]
pub struct Case {
    /// `css-layer-order`, good as a host name.
    pub name: String,
    /// What must hold.
    pub expect: Expect,
    files: tree::Contents,
}

/// Every case, in the order of their names.
///
/// # Panics
///
/// If one cannot be read.
pub fn cases() -> Vec<Case> {
    let root = workspace().join("tests/hazards");
    let mut cases = Vec::new();
    for kind in folders(&root) {
        for folder in folders(&kind) {
            let words =
                [&kind, &folder].map(|path| path.file_name().unwrap_or_default().to_string_lossy());
            let mut files = tree::read(&folder);
            let expect = files.remove("expect.toml");
            let expect =
                expect.unwrap_or_else(|| panic!("{} has no expect.toml", folder.display()));
            let expect = String::from_utf8(expect).expect("expect.toml is UTF-8");
            cases.push(Case {
                name: words.join("-"),
                expect: toml::from_str(&expect)
                    .unwrap_or_else(|error| panic!("{}: {error}", folder.display())),
                files,
            });
        }
    }
    assert!(!cases.is_empty(), "{} holds no case", root.display());
    cases
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let paths = entries.map(|entry| entry.expect("a directory can be listed").path());
    let mut folders: Vec<_> = paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

impl Case {
    /// Runs the pipeline on the page; with no mode, compression is off.
    ///
    /// # Errors
    /// What the pipeline says.
    pub fn compile(&self, mode: Option<Mode>) -> Result<Release, Failure> {
        let root = tempfile::tempdir().expect("a temporary directory can be made");
        let mut files = Vec::new();
        for (name, bytes) in &self.files {
            match name.as_str() {
                "page.html" => {
                    let mut page = String::from_utf8(bytes.clone()).expect("the page is UTF-8");
                    if mode == Some(Mode::Inline) {
                        for kind in ["css", "js"] {
                            let open = format!("{{% compress {kind} %}}");
                            page = page.replace(&open, &format!("{{% compress {kind} inline %}}"));
                        }
                    }
                    files.push(("templates/page.html".to_owned(), page.into_bytes()));
                }
                "crushed.toml" => files.push((name.clone(), bytes.clone())),
                _ if name.starts_with("served/") => {}
                _ => files.push((format!("assets/{name}"), bytes.clone())),
            }
        }
        let files: Vec<_> = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes))
            .collect();
        fs::create_dir(root.path().join("assets")).expect("a directory can be made");
        tree::write(root.path(), &files);
        crushed_build::run(&Options {
            compression: mode.is_some(),
            static_url: Some("/static/".to_owned()),
            ..crushed_build::Options::new(root.path())
        })
    }

    /// What a browser gets of a release of this case, the page as `/NAME.html`. Assets with a digest in their names
    /// meet no sources, so that one site can answer with the releases of all modes.
    ///
    /// # Panics
    ///
    /// If the page is not UTF-8.
    pub fn add(&self, release: &Release, name: &str, answers: &mut BTreeMap<String, Answer>) {
        for (name, bytes) in &self.files {
            if let Some(path) = name.strip_prefix("served") {
                answers.insert(path.to_owned(), answer(content_type(path), bytes));
            } else if !release.manifest.compression && name != "page.html" {
                let path = format!("/static/{name}");
                answers.insert(path, answer(content_type(name), bytes));
            }
        }
        for (path, asset) in &release.manifest.assets {
            if let Some(bytes) = release.files.get(path.as_str()) {
                let path = format!("/static/{path}");
                answers.insert(path, answer(&asset.content_type, bytes));
            }
        }
        let page = rendered(&page(release)).into_bytes();
        answers.insert(
            format!("/{name}.html"),
            answer(content_type(".html"), &page),
        );
    }

    /// Every text that ships: the page as it stands for Askama, and the assets.
    pub fn texts(&self, release: &Release) -> Vec<String> {
        let assets = release.manifest.assets.keys();
        let assets = assets.filter_map(|path| release.files.get(path.as_str()));
        let texts = assets.filter_map(|bytes| String::from_utf8(bytes.clone()).ok());
        std::iter::once(page(release)).chain(texts).collect()
    }
}

fn page(release: &Release) -> String {
    let page = release
        .templates
        .iter()
        .find(|(path, _)| path.as_str() == "page.html");
    let (_, bytes) = page.expect("the template is written");
    String::from_utf8(bytes.clone()).expect("a template is UTF-8")
}

/// What Askama makes of a template whose only tags are the literals that protect text (`{{ "{#"|safe }}`).
fn rendered(template: &str) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("{{ \"") {
        page.push_str(before);
        let Some((literal, behind)) = behind.split_once("\"|safe }}") else {
            page.push_str("{{ \"");
            rest = behind;
            continue;
        };
        page.push_str(literal);
        rest = behind;
    }
    page + rest
}

/// Without a charset, as most hosts answer: stylesheets and scripts are then decoded by what they and the page say.
fn content_type(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "css" => "text/css",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "html" => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn answer(content_type: &str, body: &[u8]) -> Answer {
    Answer::new(content_type, body).header("Cache-Control: no-store")
}
