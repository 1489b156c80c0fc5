//! The sizes of the demo, in Markdown: `cargo xtask bench demo-sizes`.
//!
//! Pages come from the running release binary, bundles from a run of `crushed compile`. The reference system is Django
//! with django-compressor, WhiteNoise and django-htmlmin, on the same page.

use crushed_benches::table::{grouped, ratio};
use crushed_manifest::{Asset, Coding, Kind, Manifest, Mode};
use crushed_tests::app::App;
use crushed_tests::built::workspace;
use crushed_tests::cli::compiled;
use crushed_tests::size::gzip6;

/// A page and its bytes under `gzip -6` on the reference system.
const PAGES: [(&str, Option<u64>); 4] = [
    ("/", Some(447)),
    ("/inline", Some(28_583)),
    ("/coupons", None),
    ("/coupons/LAKE-20", None),
];

/// A kind of bundle and its bytes in gzip and brotli on the reference system.
const BUNDLES: [(Kind, u64, u64); 2] = [(Kind::Css, 18_719, 15_422), (Kind::Js, 10_730, 9_561)];

fn main() {
    let app = App::start(&[]);
    println!("| page | bytes | gzip -6 | reference | ratio |\n|---|--:|--:|--:|--:|");
    for (page, reference) in PAGES {
        let body = app.get(page).body;
        let size = gzip6(&body) as u64;
        let (reference, ratio) = match reference {
            Some(reference) => (grouped(reference), ratio(size, reference)),
            None => (String::new(), String::new()),
        };
        println!(
            "| `{page}` | {} | {} | {reference} | {ratio} |",
            grouped(body.len() as u64),
            grouped(size)
        );
    }

    let out = tempfile::tempdir().expect("a temporary directory can be made");
    let manifest = compiled(&workspace().join("demo-app"), out.path(), &[]);
    println!(
        "\n| bundle | identity | zstd | gzip | reference | ratio | brotli | reference | ratio |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (kind, gzip, brotli) in BUNDLES {
        let asset = bundle(&manifest, kind);
        let [identity, br, zstd, gz] = Coding::ALL.map(|coding| size(asset, coding));
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            kind.word(),
            grouped(identity),
            grouped(zstd),
            grouped(gz),
            grouped(gzip),
            ratio(gz, gzip),
            grouped(br),
            grouped(brotli),
            ratio(br, brotli),
        );
    }
}

/// The asset of the bundle of this kind that is a file.
fn bundle(manifest: &Manifest, kind: Kind) -> &Asset {
    let mut bundles = manifest.bundles.values();
    let bundle = bundles.find(|bundle| bundle.kind == kind && bundle.mode == Mode::File);
    let path = &bundle.expect("the demo has a bundle of each kind").assets[0];
    &manifest.assets[path]
}

/// A coding that does not make an asset smaller is not kept: identity is served then.
fn size(asset: &Asset, coding: Coding) -> u64 {
    let variant = asset
        .variants
        .iter()
        .find(|variant| variant.coding == coding);
    variant.map_or_else(|| asset.size(), |variant| variant.size)
}
