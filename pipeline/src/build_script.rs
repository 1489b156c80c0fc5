use std::env;
use std::path::{Path, PathBuf};
use std::process::exit;

use crate::diagnostic::{Diagnostic, ErrorKind, Failure};
use crate::emit::assets_rs;
use crate::{Inputs, Options, Release, run_watched};

/// Compiles the app's templates and assets into `OUT_DIR`. The whole of a `build.rs` is
/// `fn main() { crushed_build::compile() }`.
///
/// Compression is off in a debug build and on in any other; the environment variable `CRUSHED=on|off` overrides. What is
/// wrong with the input is printed with its place and its mend, and the build fails.
pub fn compile() {
    if let Err(failure) = try_compile() {
        eprintln!("{failure}");
        exit(1);
    }
}

fn try_compile() -> Result<(), Failure> {
    println!("cargo:rerun-if-env-changed=CRUSHED");
    println!("cargo:rerun-if-changed=build.rs");
    let root = variable("CARGO_MANIFEST_DIR")?;
    let out = PathBuf::from(variable("OUT_DIR")?).join("crushed");
    let options = Options {
        compression: compression()?,
        ..Options::new(&root)
    };
    let (release, inputs) = run_watched(&options)?;
    for path in &inputs.watch {
        println!("cargo:rerun-if-changed={}", path.display());
    }
    for warning in &release.warnings {
        println!("cargo:warning={}", warning.one_line());
    }
    write(&release, &inputs, Path::new(&root), &out)
}

fn write(release: &Release, inputs: &Inputs, root: &Path, out: &Path) -> Result<(), Failure> {
    let templates = out.join("templates");
    let roots: Vec<String> = inputs.project.config.asset_roots(root);
    let problems = serde_json::to_string_pretty(&release.problems).unwrap_or_default();
    let extra = [
        (
            "askama.toml",
            inputs.project.askama.with_dir(&templates.to_string_lossy()),
        ),
        ("assets.rs", assets_rs(&release.manifest, &roots)),
        ("problems.json", problems),
    ];
    release.write_with(out, &extra).map_err(Failure::from)
}

fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|_| {
        Diagnostic::file(ErrorKind::Config, "build.rs", format!("{name} is not set"))
            .help("call `crushed_build::compile()` from a build script that cargo runs")
            .into()
    })
}

fn compression() -> Result<bool, Failure> {
    match env::var("CRUSHED").as_deref() {
        Ok("on") => Ok(true),
        Ok("off") => Ok(false),
        Ok("") | Err(_) => Ok(env::var("PROFILE").as_deref() != Ok("debug")),
        Ok(other) => Err(Diagnostic::file(
            ErrorKind::Config,
            "build.rs",
            format!("the environment variable CRUSHED is \"{other}\""),
        )
        .help("set it to \"on\" or \"off\", or leave it unset")
        .into()),
    }
}
