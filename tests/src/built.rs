//! The release binaries of this workspace.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// How the workspace is built for its tests. With `--tests` in any case: a dependency of tests can switch a feature on in
/// a dependency of all, and Cargo would compile everything above it once more for a build without.
pub const BUILD: [&str; 5] = ["build", "--release", "--workspace", "--bins", "--tests"];

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // What the test runner says now, not what it was when this was compiled.
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        own.parent()
            .expect("a package lies in the workspace")
            .to_owned()
    })
}

/// The target directory.
pub fn target() -> PathBuf {
    // This program is TARGET/PROFILE/deps/NAME, or TARGET/PROFILE/NAME for a bench.
    let own = env::current_exe().expect("this program has a path");
    let mut folder = own.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") {
        folder = folder.parent().expect("deps lies in a profile's folder");
    }
    folder
        .parent()
        .expect("a profile's folder lies in the target directory")
        .to_owned()
}

/// A program of this workspace from the release profile, built first unless `cargo xtask test` has done so.
///
/// # Panics
///
/// If it does not build.
pub fn binary(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        if env::var_os("CRUSHED_TESTS_BUILT").is_some() {
            return;
        }
        let status = cargo(&BUILD).arg("--quiet").status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the release binaries do not build; run `cargo xtask setup` first"
        );
    });
    let path = target().join("release").join(name);
    assert!(
        path.is_file(),
        "{} is missing, run `cargo xtask test`",
        path.display()
    );
    path
}

/// The cargo that runs the tests, for this workspace and this target directory.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments)
        .current_dir(workspace())
        .env("CARGO_TARGET_DIR", target());
    // Those of the test's own package: a build script that watches one would run again for nothing.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || name == "OUT_DIR"
        {
            command.env_remove(&*name);
        }
    }
    command
}
