//! The crushed pipeline: templates and assets in, a [`Release`] out.
//!
//! An app calls [`compile`] from its `build.rs`; the command line calls [`run`] on any project tree. The stages, in order:
//!
//! | stage | module | what it does |
//! |---|---|---|
//! | discover | `discover` | finds and reads templates, Rust files and configuration; the only one that reads the tree |
//! | scan | `scan` | finds the references: `compress` blocks, `compress!` and `asset!` |
//! | bundle | `bundle` | decides what belongs together |
//! | transform | `transform`, `modules` | minifies, and resolves `url()` and `import` to hashed names, dependencies first |
//! | digest | `digest`, `named` | names every asset after its bytes |
//! | encode | `encode` | makes the variants: brotli, zstd, gzip |
//! | rewrite | `templates` | replaces what was found in the templates, minifies them, and proves that they mean the same |
//! | emit | `emit` | writes it all down; the only one that writes |
//!
//! A stage is a function from values to values. Independent work runs in parallel; the result does not depend on the
//! schedule, the machine, the directory or the time.

mod build_script;
mod bundle;
mod cache;
#[cfg(test)]
mod cases;
mod charset;
mod config;
mod css;
mod diagnostic;
mod digest;
mod discover;
mod emit;
mod encode;
mod fault;
#[cfg(test)]
mod fixture;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod inline;
mod inline_texts;
mod integrity;
mod joined;
mod js;
mod keep;
mod limits;
mod load;
mod minify;
mod modules;
mod named;
mod options;
#[doc(hidden)]
pub mod probe;
mod progress;
mod properties;
mod record;
mod reference;
mod release;
mod rust_scan;
mod scan;
mod scripts;
mod secrets;
mod shipped;
mod starved;
mod stylesheets;
mod svg;
mod tags;
mod template;
mod templates;
mod transform;
mod urls;
mod walk;
mod watch;
mod workers;

use std::collections::BTreeSet;
use std::path::Path;

pub use build_script::compile;
pub use cache::{CacheDir, Cleared, Counts};
pub use crushed_manifest as manifest;
pub use diagnostic::{Diagnostic, ErrorKind, Failure, Severity, SourceText, decode};
pub use encode::{Effort, compressible, encode};
pub use minify::{Language, minify, minify_page, minify_with};
pub use options::Options;
pub use progress::{Progress, Stage};
pub use release::Release;
pub use templates::Shipped;

use cache::Memo;
use diagnostic::Severity::{Error, Warning};
use discover::Project;
use inline_texts::Prefix;
use watch::Watch;

/// Runs every stage but the last.
///
/// # Errors
/// Everything that is wrong with the input, each with its place and its mend; with `strict` in `crushed.toml` also what
/// would be a warning.
pub fn run(options: &Options) -> Result<Release, Failure> {
    run_with(options, &())
}

/// The same, telling how far it is.
///
/// # Errors
/// As [`run`].
pub fn run_with(options: &Options, progress: &dyn Progress) -> Result<Release, Failure> {
    let (release, _) = run_watched(options, progress)?;
    // A build script leaves these to the macros, which the compiler shows in the code.
    match release.problems.places.is_empty() {
        true => Ok(release),
        false => Err(Failure(release.problems.places)),
    }
}

/// What a build script needs besides the release.
pub(crate) struct Inputs {
    pub(crate) project: Project,
    pub(crate) watch: Watch,
}

pub(crate) fn run_watched(
    options: &Options,
    progress: &dyn Progress,
) -> Result<(Release, Inputs), Failure> {
    if let Some(url) = &options.static_url {
        check_static_url(url)?;
    }
    let prefix = match &options.static_url {
        Some(url) => Prefix::Baked(url),
        None => Prefix::AtRunTime,
    };
    let static_url = prefix.text();
    progress.begin(Stage::Read, None);
    let mut project = discover::discover(&options.root, options.templates.as_deref())?;
    project.config.effort.get_or_insert(options.effort);
    let scanned = scan::scan(&project, static_url).map_err(Failure)?;
    let (plan, problems) = bundle::bundle(&scanned, &project.sources).map_err(Failure)?;
    let memo = Memo::of(options.cache.as_ref());
    let assets = match options.compression {
        true => release::compile(
            &plan,
            &project.sources,
            prefix,
            &project.config,
            &memo,
            progress,
        ),
        false => release::originals(&plan, &project.sources, prefix),
    };
    let secrets = project.sources.secrets();
    let release::Assets {
        mut manifest,
        files,
        mut warnings,
    } = match assets {
        Ok(assets) if secrets.is_empty() => assets,
        Ok(_) => return Err(Failure(secrets)),
        Err(errors) => {
            return Err(match starved::error() {
                // Scripts that were not read are not at fault.
                Some(error) => error.into(),
                None => Failure(secrets.into_iter().chain(errors).collect()),
            });
        }
    };
    manifest.static_url = options.static_url.clone();
    progress.begin(Stage::Templates, None);
    // All sources were read; the templates themselves take longer than this.
    let (made, (id, of_sources)) = rayon::join(
        || {
            templates::templates(
                &project,
                &scanned,
                &manifest,
                &files,
                options.static_url.as_deref(),
                &memo,
            )
        },
        || {
            let json = emit::manifest_json(&manifest);
            (digest::digest(json.as_bytes()), project.sources.watch())
        },
    );
    let (templates, shipped, more) = made;
    manifest.release = id;
    warnings.extend(more);
    warnings.extend(plan.warnings);
    warnings.extend(project.warnings.iter().cloned());
    warnings.extend(project.sources.warnings());
    // One source can be in several bundles, and one bundle in several modes.
    let mut said = BTreeSet::new();
    warnings.retain(|warning| said.insert(warning.one_line()));
    if project.config.strict
        && warnings
            .iter()
            .any(|diagnostic| diagnostic.severity == Warning)
    {
        for warning in &mut warnings {
            warning.severity = Error;
        }
        return Err(Failure(warnings));
    }
    if let Some(error) = starved::error() {
        return Err(error.into());
    }
    let mut watch = project.watch.clone();
    watch.extend(of_sources);
    let release = Release {
        manifest,
        files,
        templates,
        shipped,
        warnings,
        cached: memo.finish(),
        problems,
    };
    Ok((release, Inputs { project, watch }))
}

/// The `askama.toml` of the app at `root` for templates that lie in `dir` instead.
///
/// # Errors
/// The file cannot be read or is no TOML.
pub fn askama_config(root: &Path, dir: &str) -> Result<String, Diagnostic> {
    let (askama, _) = config::AskamaConfig::load(root)?;
    Ok(askama.with_dir(dir))
}

/// The prefix is put between quotes of HTML, into `url()` and into scripts without escaping.
fn check_static_url(url: &str) -> Result<(), Failure> {
    let fine = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '-' | '.' | '_' | '~' | '/' | ':' | '%' | '@' | '+' | ',')
    };
    let (message, help) = if !url.ends_with('/') {
        (
            format!("the static URL \"{url}\" does not end in \"/\""),
            format!("write \"{url}/\""),
        )
    } else if let Some(c) = url.chars().find(|c| !fine(*c)) {
        (
            format!("the static URL \"{url}\" contains {c:?}"),
            "use letters, digits and -._~/:%@+, only".to_owned(),
        )
    } else {
        return Ok(());
    };
    Err(Diagnostic {
        severity: Error,
        kind: ErrorKind::Config,
        file: None,
        place: None,
        message,
        help: Some(help),
    }
    .into())
}
