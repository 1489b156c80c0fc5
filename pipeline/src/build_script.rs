use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::time::{Duration, Instant};

use crushed_manifest::AssetPath;
use rayon::prelude::*;

use crate::cache::{CacheDir, Counts, target_above};
use crate::diagnostic::{Diagnostic, ErrorKind, Failure};
use crate::emit::assets_rs;
use crate::record::Record;
use crate::watch::Watch;
use crate::workers::{self, Server};
use crate::{Effort, Inputs, Options, Release, run_watched};

/// Compiles the app's templates and assets into `OUT_DIR`. The whole of a `build.rs` is
/// `fn main() { crushed_build::compile() }`.
///
/// Compression is off in a debug build and on in any other; the environment variable `CRUSHED=on|off` overrides. A debug
/// build with compression on takes less effort than any other, unless `effort` in `crushed.toml` says how much. What is
/// wrong with the input is printed with its place and its mend, and the build fails.
pub fn compile() {
    if let Err(failure) = try_compile() {
        eprintln!("{failure}");
        exit(1);
    }
}

fn try_compile() -> Result<(), Failure> {
    let start = Instant::now();
    // The only variable that what is built depends on. Cargo itself knows when the build script is another one.
    println!("cargo:rerun-if-env-changed=CRUSHED");
    let root = variable("CARGO_MANIFEST_DIR")?;
    let out = PathBuf::from(variable("OUT_DIR")?).join("crushed");
    let options = Options {
        compression: compression()?,
        effort: effort(),
        cache: CacheDir::from_env(target_above(&out))?,
        ..Options::new(&root)
    };
    let kept = out.with_file_name("crushed-record.json");
    let run = || match Record::that_holds(&options, &out, &kept) {
        Some(record) => Ok(Ran::Same(Box::new(record))),
        None => {
            // From here on the directory is neither as it was nor as it will be.
            let _ = fs::remove_file(&kept);
            Ok(Ran::Anew(Box::new(run_watched(&options, &())?)))
        }
    };
    let ran: Result<Ran, Failure> = workers::run(workers::most(), Server::of_cargo(), run);
    let (release, inputs) = match ran? {
        Ran::Anew(made) => *made,
        Ran::Same(last) => {
            tell(&last.watch, last.warnings, &out)?;
            let time = start.elapsed().as_millis();
            println!("crushed: nothing has changed, in {time} ms");
            return Ok(());
        }
    };
    let warnings = release.warnings.iter().map(Diagnostic::one_line);
    // Comparing thousands of paths takes as long as writing as many files.
    let (told, written) = rayon::join(
        || tell(&inputs.watch, warnings, &out),
        || write(&release, &inputs, Path::new(&root), &out),
    );
    told.and(written)?;
    if let Some(record) = Record::new(&options, &inputs, &release, &out, &BESIDE) {
        record.keep(&kept);
    }
    // Cargo shows it at `-vv`.
    println!("{}", summary(&release, &inputs, start.elapsed()));
    let profile = env::var("PROFILE").unwrap_or_default();
    if let Some(warning) = unoptimised(env!("CRUSHED_OPT_LEVEL"), start.elapsed(), &profile) {
        println!("cargo:warning={warning}");
    }
    // The process ends: what is in its memory is given back at once and not piece by piece.
    mem::forget((release, inputs));
    Ok(())
}

/// What a run came to.
enum Ran {
    /// All is as it was after the last one.
    Same(Box<Record>),
    Anew(Box<(Release, Inputs)>),
}

/// Says to cargo when another run is due, and what is to be known.
fn tell(
    watch: &Watch,
    warnings: impl IntoIterator<Item = String>,
    out: &Path,
) -> Result<(), Failure> {
    let watched = watch.told(&out.with_file_name("crushed-watch"));
    let watched = watched.map_err(|error| {
        let message = format!("links to what is missing cannot be made beside it: {error}");
        Failure::from(Diagnostic::file(ErrorKind::Io, out, message))
    })?;
    let watched = watched.iter().map(|path| path.display());
    let watched = watched.map(|path| format!("cargo:rerun-if-changed={path}\n"));
    let warnings = warnings.into_iter();
    let warnings = warnings.map(|warning| format!("cargo:warning={warning}\n"));
    // At once: each line would be a call of the system.
    print!("{}", watched.chain(warnings).collect::<String>());
    Ok(())
}

/// What is written beside the assets and the templates.
const BESIDE: [&str; 4] = ["askama.toml", "assets.rs", "problems.json", "manifest.json"];

fn summary(release: &Release, inputs: &Inputs, time: Duration) -> String {
    let manifest = &release.manifest;
    let sources: BTreeSet<&AssetPath> = manifest
        .bundles
        .values()
        .flat_map(|bundle| &bundle.sources)
        .chain(manifest.sources.keys())
        .collect();
    let size = |path: &&AssetPath| {
        let file = inputs.project.sources.find(path).ok()?;
        Some(fs::metadata(file).ok()?.len())
    };
    let before: u64 = sources.par_iter().filter_map(size).sum();
    let after: u64 = manifest
        .assets
        .values()
        .filter_map(|asset| asset.variants.iter().map(|variant| variant.size).min())
        .sum();
    let Counts { found, made } = release.cached;
    format!(
        "crushed: {} bundles, {before} bytes of sources to {after}, in {} ms; {found} of {} results from the cache",
        manifest.bundles.len(),
        time.as_millis(),
        found + made,
    )
}

/// How long a build script may take until it is worth a warning that it was compiled without optimisation.
const PATIENCE: Duration = Duration::from_secs(2);

/// Cargo compiles build scripts and all they use at level 0, with `--release` too, unless the workspace says otherwise.
fn unoptimised(level: &str, time: Duration, profile: &str) -> Option<String> {
    let profile = match profile {
        "debug" => "dev",
        other => other,
    };
    (level == "0" && time > PATIENCE).then(|| {
        format!(
            "crushed took {:.1} s, since cargo compiles build scripts without optimisation; these two lines in the workspace's \
             Cargo.toml make it several times as fast: `[profile.{profile}.build-override]` and `opt-level = 3`",
            time.as_secs_f64()
        )
    })
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

/// By the profile: cargo says `debug` for `dev` and all that inherit from it.
fn effort() -> Effort {
    match env::var("PROFILE").as_deref() {
        Ok("debug") => Effort::Fast,
        _ => Effort::Release,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_build_script_that_was_not_optimised_is_told_the_mend() {
        let second = Duration::from_secs(1);
        assert_eq!(unoptimised("3", 60 * second, "release"), None);
        assert_eq!(unoptimised("0", second, "debug"), None);
        let warning = unoptimised("0", 3 * second, "debug").unwrap();
        assert!(warning.contains("took 3.0 s"), "{warning}");
        assert!(
            warning.contains("[profile.dev.build-override]"),
            "{warning}"
        );
        let warning = unoptimised("0", 3 * second, "release").unwrap();
        assert!(
            warning.contains("[profile.release.build-override]"),
            "{warning}"
        );
    }
}
