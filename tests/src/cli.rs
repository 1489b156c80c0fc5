//! The command line, run on trees of files.

use std::fs;
use std::path::Path;
use std::process::Command;

use crushed_manifest::Manifest;

use crate::built::binary;

/// What a run of `crushed` left behind.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs `crushed` with these arguments and these variables, without a cache unless they name one.
///
/// # Panics
///
/// If it is ended by a signal, or says what is not UTF-8.
pub fn crushed(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(binary("crushed"))
        .args(arguments)
        .env_remove("CRUSHED")
        .env("CRUSHED_CACHE_DIR", "off")
        .envs(environment.iter().copied())
        .output()
        .expect("crushed can be executed");
    Run {
        code: output.status.code().expect("crushed ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// Compiles a project; `root` and `out` are directories.
pub fn compile(root: &Path, out: &Path, environment: &[(&str, &str)]) -> Run {
    crushed(
        &["compile", "--root", text(root), "--out", text(out)],
        environment,
    )
}

/// Compiles a project that has no fault and reads its manifest.
///
/// # Panics
///
/// If the project has a fault.
pub fn compiled(root: &Path, out: &Path, environment: &[(&str, &str)]) -> Manifest {
    let run = compile(root, out, environment);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let manifest = fs::read(out.join("manifest.json")).expect("there is a manifest");
    serde_json::from_slice(&manifest).expect("the manifest can be read")
}

/// A path as text.
///
/// # Panics
///
/// If it is not UTF-8.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}
