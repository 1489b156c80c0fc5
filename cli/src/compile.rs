use crushed_build::manifest::Coding;
use crushed_build::{CacheDir, Failure, Options, Release, run_with};

use crate::args::{Check, Compile};
use crate::bar::Bar;
use crate::report;

/// `crushed compile`
pub(crate) fn compile(compile: &Compile, json: bool) -> Result<(), Failure> {
    let options = Options {
        static_url: compile.static_url.clone(),
        cache: CacheDir::of_project(&compile.root)?,
        ..Options::new(&compile.root)
    };
    let bar = Bar::new(json);
    let release = run_with(&options, &bar)?;
    bar.at("writing");
    release.write(&compile.out)?;
    drop(bar);
    report::warnings(&release.warnings, json);
    if json {
        report::json(&release.manifest);
    } else {
        println!("{}", summary(&release));
    }
    Ok(())
}

/// `crushed check`
pub(crate) fn check(check: &Check, json: bool) -> Result<(), Failure> {
    let release = run_with(&Options::new(&check.root), &Bar::new(json))?;
    report::warnings(&release.warnings, json);
    if json {
        report::json(&release.manifest);
    } else {
        println!("{}", summary(&release));
    }
    Ok(())
}

fn summary(release: &Release) -> String {
    let manifest = &release.manifest;
    let size = |coding: Coding| -> u64 {
        manifest
            .assets
            .values()
            .filter_map(|asset| {
                let of = |coding| {
                    asset
                        .variants
                        .iter()
                        .find(|variant| variant.coding == coding)
                };
                of(coding)
                    .or(of(Coding::Identity))
                    .map(|variant| variant.size)
            })
            .sum()
    };
    format!(
        "release {}: {} bundles, {} assets of {} bytes ({} with brotli), {} templates",
        manifest.release,
        manifest.bundles.len(),
        manifest.assets.len(),
        size(Coding::Identity),
        size(Coding::Br),
        release.templates.len(),
    )
}
