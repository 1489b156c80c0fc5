//! Budgets, in bytes.

use std::fs;

use crushed_build::{Effort, Options, run};
use crushed_manifest::{Asset, Coding, Kind, Manifest, Mode};
use crushed_tests::app::App;
use crushed_tests::built::workspace;
use crushed_tests::cli::compiled;
use crushed_tests::size::gzip6;
use crushed_tests::tree::write;
use tempfile::tempdir;

#[test]
fn pages_fit_their_budgets() {
    let app = App::start(&[]);
    for (page, budget) in [("/", 415), ("/inline", 27_600)] {
        let size = gzip6(&app.get(page).body);
        assert!(
            size <= budget,
            "{page} has {size} bytes under gzip -6, {budget} are allowed"
        );
    }
}

/// The asset of the one bundle of this kind that is a file.
fn bundle(manifest: &Manifest, kind: Kind) -> &Asset {
    let mut bundles = manifest
        .bundles
        .values()
        .filter(|bundle| bundle.kind == kind && bundle.mode == Mode::File);
    let bundle = bundles.next().expect("the demo has a bundle of each kind");
    assert!(bundles.next().is_none(), "and one only");
    assert_eq!(bundle.assets.len(), 1);
    &manifest.assets[&bundle.assets[0]]
}

fn size(asset: &Asset, coding: Coding) -> u64 {
    let variant = asset
        .variants
        .iter()
        .find(|variant| variant.coding == coding);
    variant
        .unwrap_or_else(|| panic!("{} has no {coding}", asset.path))
        .size
}

#[test]
fn bundles_fit_their_budgets() {
    let out = tempdir().unwrap();
    let manifest = compiled(&workspace().join("demo-app"), out.path(), &[]);
    for (kind, coding, budget) in [
        (Kind::Css, Coding::Br, 14_950),
        (Kind::Css, Coding::Gzip, 17_200),
        (Kind::Js, Coding::Br, 8_200),
        (Kind::Js, Coding::Gzip, 8_900),
    ] {
        let asset = bundle(&manifest, kind);
        let size = size(asset, coding);
        assert!(
            size <= budget,
            "{} has {size} bytes in {coding}, {budget} are allowed",
            asset.path
        );
    }
}

#[test]
fn a_variant_is_a_file_smaller_than_identity_and_compressed_types_have_none() {
    let out = tempdir().unwrap();
    let manifest = compiled(&workspace().join("demo-app"), out.path(), &[]);
    for asset in manifest.assets.values() {
        assert_eq!(asset.variants[0].coding, Coding::Identity, "{}", asset.path);
        for variant in &asset.variants {
            let file = out.path().join("static").join(format!(
                "{}{}",
                asset.path,
                variant.coding.suffix()
            ));
            assert_eq!(
                fs::metadata(&file).unwrap().len(),
                variant.size,
                "{}",
                file.display()
            );
            assert!(
                variant.coding == Coding::Identity || variant.size < asset.size(),
                "{}",
                file.display()
            );
        }
        let wanted = match asset.path.extension() {
            "jpg" | "woff" => 1,
            _ => 4,
        };
        assert_eq!(asset.variants.len(), wanted, "{}", asset.path);
    }
}

#[test]
fn only_the_codings_that_are_asked_for_are_made() {
    let (root, out) = (tempdir().unwrap(), tempdir().unwrap());
    let rules: String = (0..50)
        .map(|number| format!(".item-{number}{{width:{number}px}}"))
        .collect();
    write(
        root.path(),
        &[
            ("crushed.toml", "effort = \"fast\"\ncodings = [\"br\"]\n"),
            ("assets/a.css", &rules),
            (
                "templates/page.html",
                "{% compress css %}<link rel=stylesheet href=a.css>{% endcompress %}",
            ),
        ],
    );
    let manifest = compiled(root.path(), out.path(), &[]);
    let asset = bundle(&manifest, Kind::Css);
    let codings: Vec<Coding> = asset
        .variants
        .iter()
        .map(|variant| variant.coding)
        .collect();
    assert_eq!(codings, [Coding::Identity, Coding::Br]);
}

#[test]
fn less_effort_is_larger_and_the_configuration_has_the_last_word() {
    let root = tempdir().unwrap();
    let rules: String = (0..300)
        .map(|number| {
            format!(
                ".item-{number} {{ width: {}px; height: {number}px }}\n",
                number * 7 % 31
            )
        })
        .collect();
    write(
        root.path(),
        &[
            ("crushed.toml", ""),
            ("assets/a.css", &rules),
            (
                "templates/page.html",
                "{% compress css %}<link rel=stylesheet href=a.css>{% endcompress %}",
            ),
        ],
    );
    let size = |effort: Effort, coding: Coding| {
        let options = Options {
            effort,
            ..Options::new(root.path())
        };
        let release = run(&options).unwrap_or_else(|failure| panic!("{failure}"));
        let asset = bundle(&release.manifest, Kind::Css);
        let of = asset
            .variants
            .iter()
            .find(|variant| variant.coding == coding);
        of.unwrap().size
    };
    for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
        let (fast, release) = (size(Effort::Fast, coding), size(Effort::Release, coding));
        assert!(fast > release, "{coding}: {fast} and {release}");
    }
    let sizes = [Effort::Fast, Effort::Release].map(|effort| size(effort, Coding::Br));
    for (written, size_of_it) in ["fast", "release"].into_iter().zip(sizes) {
        let toml = format!("effort = \"{written}\"\n");
        write(root.path(), &[("crushed.toml", toml)]);
        for effort in [Effort::Fast, Effort::Release] {
            assert_eq!(size(effort, Coding::Br), size_of_it, "{written}");
        }
    }
}
