//! Whole projects, each a folder of `tests/compress`: templates and sources in, finished pages and assets out.
//!
//! `expected.txt` holds the outcome. Its sections are the pages (`page NAME`, under the prefix `/static/`; `page NAME at URL`
//! under another one; `page NAME at run time` as Askama gets it; `page NAME uncompressed`), the assets that these pages lead
//! to, by their names (`css/a.1.css`; digests are numbered in the order of the pages), `warnings` and, for a project at
//! fault, `errors`. `integrity` and hashes are checked against the bytes and shown as `[sha384 of css/a.1.css]`.
//!
//! With `UPDATE_CASES` in the environment the files are written anew, for review as a difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::integrity;
use crate::{Failure, Options, Release, run};

#[test]
fn every_project_becomes_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compress");
    let mut projects: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    projects.sort();
    assert!(projects.len() > 50, "{} projects", projects.len());
    let wrong: Vec<String> = projects
        .iter()
        .filter_map(|project| check(project))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is wrong with the outcome of a project.
fn check(project: &Path) -> Option<String> {
    let file = project.join("expected.txt");
    let wanted = fs::read_to_string(&file).unwrap_or_default();
    let mut views: Vec<View> = wanted
        .lines()
        .filter_map(|line| View::parse(line.strip_prefix("--- page ")?))
        .collect();
    if views.is_empty() {
        views = templates(project)
            .into_iter()
            .map(|page| View {
                page,
                at: At::Prefix("/static/".to_owned()),
            })
            .collect();
    }
    let description: String = wanted
        .split_inclusive('\n')
        .take_while(|line| !line.starts_with("--- "))
        .collect();
    let actual = description + &outcome(project, &views);
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(&file, &actual).unwrap();
        return None;
    }
    let name = project.file_name().unwrap_or_default().display();
    (actual != wanted).then(|| format!("{name}\nwanted:\n{wanted}\ngot:\n{actual}"))
}

/// A page to be looked at.
struct View {
    page: String,
    at: At,
}

enum At {
    Prefix(String),
    RunTime,
    Uncompressed,
}

impl View {
    fn parse(title: &str) -> Option<Self> {
        let (page, at) = title.split_once(' ').unwrap_or((title, ""));
        let at = match at {
            "" => At::Prefix("/static/".to_owned()),
            "at run time" => At::RunTime,
            "uncompressed" => At::Uncompressed,
            other => At::Prefix(other.strip_prefix("at ")?.to_owned()),
        };
        Some(Self {
            page: page.to_owned(),
            at,
        })
    }

    fn title(&self) -> String {
        match &self.at {
            At::Prefix(url) if url == "/static/" => self.page.clone(),
            At::Prefix(url) => format!("{} at {url}", self.page),
            At::RunTime => format!("{} at run time", self.page),
            At::Uncompressed => format!("{} uncompressed", self.page),
        }
    }

    fn run(&self, project: &Path) -> Result<Release, Failure> {
        let mut options = Options::new(project);
        match &self.at {
            At::Prefix(url) => options.static_url = Some(url.clone()),
            At::RunTime => {}
            At::Uncompressed => options.compression = false,
        }
        run(&options)
    }
}

fn templates(project: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(project.join("templates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn outcome(project: &Path, views: &[View]) -> String {
    let mut out = String::new();
    let mut names = Names::default();
    let mut files = BTreeMap::new();
    let mut warnings = String::new();
    for view in views {
        let release = match view.run(project) {
            Ok(release) => release,
            Err(failure) => return format!("--- errors\n{}", lines(project, &failure.0)),
        };
        if warnings.is_empty() {
            warnings = lines(project, &release.warnings);
        }
        names.learn_integrity(&release);
        let page = &release.templates[view.page.as_str()];
        let page = names.shown(std::str::from_utf8(page).unwrap());
        let _ = writeln!(
            out,
            "--- page {}\n{}",
            view.title(),
            page.trim_end_matches('\n')
        );
        files.extend(release.files);
    }
    // What a page leads to, and what that leads to.
    let mut done = 0;
    while let Some(path) = names.order.get(done).cloned() {
        done += 1;
        let shown = names.shown(&path);
        match files.get(&path).map(|bytes| std::str::from_utf8(bytes)) {
            Some(Ok(text)) if !text.starts_with("GIF8") => {
                let text = names.shown(text);
                let _ = writeln!(out, "--- {shown}\n{}", text.trim_end_matches('\n'));
            }
            _ => {}
        }
    }
    if !warnings.is_empty() {
        let _ = write!(out, "--- warnings\n{warnings}");
    }
    out
}

fn lines(project: &Path, diagnostics: &[crate::Diagnostic]) -> String {
    let root = format!("{}/", project.display());
    let line = |diagnostic: &crate::Diagnostic| diagnostic.one_line().replace(&root, "") + "\n";
    diagnostics.iter().map(line).collect()
}

/// Hashed names with their digests numbered.
#[derive(Default)]
struct Names {
    /// Paths by digest.
    paths: BTreeMap<String, String>,
    order: Vec<String>,
    integrity: BTreeMap<String, String>,
}

impl Names {
    fn learn_integrity(&mut self, release: &Release) {
        for (path, asset) in &release.manifest.assets {
            self.paths
                .insert(asset.digest.to_string(), path.to_string());
            if let Some(bytes) = release.files.get(path.as_str()) {
                assert_eq!(asset.integrity, integrity(bytes), "{path}");
                self.integrity
                    .insert(asset.integrity.clone(), path.to_string());
            }
        }
    }

    fn shown(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut met: Vec<(usize, String)> = self
            .paths
            .keys()
            .filter_map(|digest| Some((text.find(digest.as_str())?, digest.clone())))
            .collect();
        met.sort();
        for (_, digest) in met {
            let path = &self.paths[&digest];
            let known = self.order.iter().position(|known| known == path);
            let number = known.unwrap_or_else(|| {
                self.order.push(path.clone());
                self.order.len() - 1
            });
            text = text.replace(&digest, &(number + 1).to_string());
        }
        for (value, path) in self.integrity.clone() {
            if text.contains(&value) {
                let path = self.shown(&path);
                text = text.replace(&value, &format!("[sha384 of {path}]"));
            }
        }
        text
    }
}
