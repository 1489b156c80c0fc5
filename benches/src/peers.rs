//! Other minifiers, run by Node from `benches/peers`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crushed_manifest::Kind;
use crushed_tests::built::workspace;

use crate::corpus::File;
use crate::script::{Took, timed};

/// A tool in one setting, as `benches/peers/minify.mjs` knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// What it minifies.
    pub kind: Kind,
    /// Its name there.
    pub name: &'static str,
}

/// All of them. None of them proves its result, and some change what a page does.
pub const PEERS: [Peer; 6] = [
    css("esbuild"),
    css("lightningcss"),
    css("clean-css-1"),
    css("clean-css-2"),
    js("esbuild"),
    js("terser-p3"),
];

const fn css(name: &'static str) -> Peer {
    Peer {
        kind: Kind::Css,
        name,
    }
}

const fn js(name: &'static str) -> Peer {
    Peer {
        kind: Kind::Js,
        name,
    }
}

/// What a tool made of one file: the text, and the seconds it took inside the tool; or why there is none.
pub type Made = Result<(String, f64), String>;

/// Minifies the files of the peer's kind with it, one after the other in one process; by name of the file.
///
/// # Panics
/// When Node or the tool is not there.
pub fn run(peer: Peer, files: &[File]) -> BTreeMap<&'static str, Made> {
    let files: Vec<(&'static str, &Path)> = files
        .iter()
        .filter(|file| file.kind == peer.kind)
        .map(|file| (file.name, file.path.as_path()))
        .collect();
    minified(peer.kind.word(), peer.name, &files)
}

/// Has a bundler join, minify and name the demo's stylesheets and scripts, as a process of its own.
///
/// # Panics
/// When Node or the tool is not there.
pub fn bundle(tool: &str, demo: &Path, out: &Path) -> Took {
    let mut command = Command::new("node");
    command
        .args(["bundle.mjs", tool])
        .args([demo, out])
        .current_dir(workspace().join("benches/peers"));
    timed(&mut command)
}

/// Minifies pages with minify-html, by name; without its minifiers for scripts and styles if only the `markup` is asked for.
///
/// # Panics
/// When Node or the tool is not there.
pub fn minify_html<'n>(pages: &[(&'n str, &Path)], markup: bool) -> BTreeMap<&'n str, Made> {
    let tool = match markup {
        true => "minify-html-markup",
        false => "minify-html",
    };
    minified("html", tool, pages)
}

fn minified<'n>(kind: &str, tool: &str, files: &[(&'n str, &Path)]) -> BTreeMap<&'n str, Made> {
    let out = tempfile::tempdir().expect("a temporary directory can be made");
    let input: String = files
        .iter()
        .map(|(name, path)| format!("{name}\t{}\n", path.display()))
        .collect();
    let answer = node(&["minify.mjs", kind, tool], out.path(), &input);
    let said: BTreeMap<&str, &str> = answer
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let made = |name: &str| {
        let said = said.get(name).copied().unwrap_or("no answer");
        match said.parse::<f64>() {
            Ok(milliseconds) => fs::read_to_string(out.path().join(name))
                .map(|text| (text, milliseconds / 1000.0))
                .map_err(|error| error.to_string()),
            Err(_) => Err(said.to_owned()),
        }
    };
    files.iter().map(|(name, _)| (*name, made(name))).collect()
}

/// Why Node does not read a text as a classic script.
///
/// # Panics
/// When Node is not there.
pub fn script_error(text: &str) -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let file = folder.path().join("script.js");
    fs::write(&file, text).expect("a temporary file can be written");
    let answer = node(&["parses.mjs"], folder.path(), &file.display().to_string());
    (answer.trim() != "yes").then(|| answer.trim().to_owned())
}

fn node(arguments: &[&str], out: &Path, input: &str) -> String {
    let mut child = Command::new("node")
        .args(arguments)
        .arg(out)
        .current_dir(workspace().join("benches/peers"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed (Debian: apt-get install nodejs)");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    // A tool that is not installed ends before it reads; its status says so below.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("node can be waited for");
    assert!(
        output.status.success(),
        "node {} failed; `cargo xtask bench` installs the tools",
        arguments.join(" ")
    );
    String::from_utf8(output.stdout).expect("the answer is text")
}
