//! The packages as they would be published, and apps made of them in places of their own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::built::{cargo, target, workspace};

/// What is published, in the order of dependency.
pub const PUBLISHED: [&str; 5] = [
    "crushed-manifest",
    "crushed-build",
    "crushed-macros",
    "crushed",
    "crushed-cli",
];

/// What the target directory is called, unless something else is asked for.
pub const TARGET: &str = "das tärget";

/// The packages, unpacked in a directory whose name has blanks and letters beyond ASCII.
pub struct Packages {
    folder: TempDir,
}

impl Packages {
    /// Makes and unpacks them.
    ///
    /// # Panics
    ///
    /// If one cannot be packaged.
    pub fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory can be made");
        let mut command = cargo(&[
            "package",
            "--quiet",
            "--offline",
            "--no-verify",
            "--allow-dirty",
        ]);
        for name in PUBLISHED {
            command.args(["--package", name]);
        }
        done(
            command
                .arg("--target-dir")
                .arg(folder.path().join("packed")),
        );
        let packages = Self { folder };
        fs::create_dir_all(packages.place()).expect("a directory can be made");
        for name in PUBLISHED {
            let file = packages.folder.path().join(format!(
                "packed/package/{name}-{}.crate",
                env!("CARGO_PKG_VERSION")
            ));
            let mut tar = Command::new("tar");
            done(tar.arg("-xzf").arg(file).arg("-C").arg(packages.place()));
        }
        packages
    }

    /// Where all of it lies.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("ein schöner Ort")
    }

    /// Where one of them lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.place()
            .join(format!("{name}-{}", env!("CARGO_PKG_VERSION")))
    }

    /// What an app's or package's manifest lacks to be built with these packages instead of those of the registry.
    pub fn patch(&self) -> String {
        let mut text = "\n[patch.crates-io]\n".to_owned();
        for name in PUBLISHED {
            text += &format!("{name} = {{ path = {:?} }}\n", self.path(name));
        }
        text
    }

    /// Cargo in a directory, with the target directory of this workspace under a name of its own: what comes from elsewhere
    /// is compiled there already, with these settings.
    ///
    /// # Panics
    ///
    /// If the name cannot be made.
    pub fn cargo(&self, folder: &Path, name: &str, arguments: &[&str]) -> Command {
        let shared = self.folder.path().join(name);
        if !shared.exists() {
            std::os::unix::fs::symlink(target(), &shared).expect("a link can be made");
        }
        let mut command = cargo(arguments);
        // Optimised it would take minutes, for a handful of small files.
        let quickly = "profile.release.package.crushed-build.opt-level=0";
        command
            .args(["--config", quickly])
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", shared)
            .env("CRUSHED_CACHE_DIR", "off");
        for part in ["", "_BUILD_OVERRIDE"] {
            for (name, value) in [
                ("OPT_LEVEL", "3"),
                ("CODEGEN_UNITS", "16"),
                ("DEBUG", "false"),
            ] {
                command.env(format!("CARGO_PROFILE_RELEASE{part}_{name}"), value);
            }
        }
        command
    }

    /// Gives a package of its own the versions that this workspace has, in a lock file.
    ///
    /// # Panics
    ///
    /// If that cannot be done without a network.
    pub fn lock(&self, folder: &Path) {
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the lock file can be copied");
        done(&mut self.cargo(
            folder,
            TARGET,
            &["metadata", "--offline", "--quiet", "--format-version=1"],
        ));
    }
}

/// Runs a command that must succeed.
///
/// # Panics
///
/// If it does not.
pub fn done(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}

/// The code blocks of the README's five steps.
///
/// # Panics
///
/// If there are others than expected.
pub fn steps() -> [String; 5] {
    let readme = fs::read_to_string(workspace().join("README.md")).expect("there is a README");
    let (_, rest) = readme
        .split_once("in five steps\n")
        .expect("the README has five steps");
    let section = rest.split("\n## ").next().unwrap_or_default();
    let blocks: Vec<String> = section
        .split("```")
        .skip(1)
        .step_by(2)
        .map(|block| {
            let lines = block.lines().skip(1);
            lines
                .map(|line| format!("{}\n", line.strip_prefix("   ").unwrap_or(line)))
                .collect()
        })
        .collect();
    blocks
        .try_into()
        .unwrap_or_else(|blocks: Vec<String>| panic!("five blocks of code, not {}", blocks.len()))
}

/// The same command where nothing can be written below a directory, whoever runs it.
///
/// # Panics
///
/// If it cannot be made so.
pub fn read_only(command: &Command, place: &Path) -> Command {
    let root = done(Command::new("id").arg("-u")).stdout.trim_ascii() == b"0";
    let mut wrapped = match root {
        // Root may write to whatever is not mounted otherwise; where a process already is, it has the old mount.
        true => Command::new("unshare"),
        false => {
            done(Command::new("chmod").args(["-R", "a-w"]).arg(place));
            Command::new("env")
        }
    };
    if root {
        let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && cd \"$PWD\" && exec \"$@\"";
        wrapped.args(["--mount", "sh", "-c", script]).arg(place);
    }
    wrap(&mut wrapped, command);
    wrapped
}

/// Gives a program a command as its last arguments, with all that was set for it.
pub fn wrap(program: &mut Command, command: &Command) {
    program.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => program.env(name, value),
            None => program.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        program.current_dir(folder);
    }
}

/// A program without its symbols, and without the id that the linker makes of it with them: the code generator numbers some.
///
/// # Panics
///
/// If it is not one.
pub fn stripped(program: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary directory can be made");
    let copy = folder.path().join("program");
    done(
        Command::new("strip")
            .args(["-R", ".note.gnu.build-id", "-o"])
            .arg(&copy)
            .arg(program),
    );
    fs::read(copy).expect("it was written here")
}

/// The same command of somebody else. Not at another time: the compiler's allocator and `faketime` wait for each other.
pub fn otherwise(command: &Command) -> Command {
    let home = env::var_os("HOME").unwrap_or_default();
    let homes = [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")];
    let mut other = Command::new("sh");
    other
        .env("HOME", "/nonexistent/somebody")
        .env("SOURCE_DATE_EPOCH", "1000000000")
        .args(["-c", "umask 077 && exec \"$0\" \"$@\""]);
    for (name, folder) in homes {
        let known = env::var_os(name).unwrap_or_else(|| Path::new(&home).join(folder).into());
        other.env(name, known);
    }
    wrap(&mut other, command);
    other
}
