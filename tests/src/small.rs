//! A small app of its own, built by cargo. Its build script runs the pipeline, as a program that is built already, so that
//! nothing else is compiled.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::built::{binary, cargo};
use crate::tree::write;

const MANIFEST: &str = "\
[package]
name = \"small\"
version = \"0.1.0\"
edition = \"2024\"

[workspace]
";

/// Notes that it ran, and becomes the pipeline.
const BUILD: &str = "\
fn main() {
    use std::io::Write;
    let path = |name| std::env::var_os(name).expect(\"the test sets it\");
    let mut runs = std::fs::File::options().append(true).create(true).open(path(\"RUNS\")).unwrap();
    runs.write_all(b\"1\").unwrap();
    let status = std::process::Command::new(path(\"PIPELINE\")).status();
    std::process::exit(status.unwrap().code().unwrap());
}
";

/// The app, in a temporary directory with its target directory.
pub struct Small {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a build did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Built {
    /// Nothing at all.
    Nothing,
    /// The app was compiled, and its build script not run.
    App,
    /// The build script ran, and the app was compiled.
    Script,
}

impl Small {
    /// Writes the app, with these files besides its own.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        let small = Self {
            folder,
            environment: Vec::new(),
        };
        let own = [
            ("Cargo.toml", MANIFEST),
            ("build.rs", BUILD),
            ("src/main.rs", "fn main() {}\n"),
        ];
        write(&small.root(), &own);
        write(&small.root(), files);
        small
    }

    /// The same with a variable that builds see.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable for the builds to come.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The directory of the app.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    /// A directory beside it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the app.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Builds it in the dev profile.
    ///
    /// # Panics
    ///
    /// If it does not build.
    pub fn build(&self) -> Built {
        let runs = self.beside("runs");
        let _ = fs::remove_file(&runs);
        let output = self
            .command(&["build", "--quiet", "--offline", "--message-format=json"])
            .output()
            .expect("cargo can be executed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let text = String::from_utf8(output.stdout).expect("cargo's messages are UTF-8");
        let compiled = text.lines().any(|line| {
            let message: Value = serde_json::from_str(line).expect("cargo's messages are JSON");
            let is_script = message["target"]["kind"][0] == "custom-build";
            message["reason"] == "compiler-artifact" && !is_script && message["fresh"] == false
        });
        let ran = fs::read(&runs).unwrap_or_default();
        match (ran.len(), compiled) {
            (0, false) => Built::Nothing,
            (0, true) => Built::App,
            (1, true) => Built::Script,
            other => {
                panic!("runs of the build script, and whether the app was compiled: {other:?}")
            }
        }
    }

    /// What its build script left.
    ///
    /// # Panics
    ///
    /// If it has not been built.
    pub fn out(&self) -> PathBuf {
        let builds = self.beside("target").join("debug/build");
        let entries = fs::read_dir(builds).expect("the app has been built");
        let mut outs = entries
            .flatten()
            .map(|entry| entry.path().join("out/crushed"));
        outs.find(|out| out.is_dir())
            .expect("its build script has run")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = cargo(arguments);
        command
            .current_dir(self.root())
            .env("CARGO_TARGET_DIR", self.beside("target"))
            .env("PIPELINE", binary("pipeline"))
            .env("RUNS", self.beside("runs"));
        for name in ["CRUSHED", "CRUSHED_CACHE_DIR", "CRUSHED_CACHE_SIZE"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Gives a file or directory the time at which nothing here existed.
///
/// # Panics
///
/// If that is refused.
pub fn age(path: &Path) {
    let long_ago =
        std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = fs::File::open(path).expect("it can be opened");
    file.set_modified(long_ago).expect("its time can be set");
}
