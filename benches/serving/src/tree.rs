use std::fs;
use std::io;
use std::path::Path;

use crushed::{Assets, Representation, Route};
use crushed_manifest::Manifest;

/// A compiled tree as the table that `assets!` would have made of it.
///
/// # Errors
///
/// If a file cannot be read, or if the manifest is none.
pub(crate) fn assets(tree: &Path) -> io::Result<Assets> {
    let manifest: Manifest = serde_json::from_slice(&fs::read(tree.join("manifest.json"))?)?;
    let mut routes = Vec::new();
    for (path, asset) in &manifest.assets {
        let mut variants = Vec::new();
        for variant in &asset.variants {
            let file = format!("static/{path}{}", variant.coding.suffix());
            variants.push(Representation {
                coding: variant.coding,
                etag: leak(format!("\"{}\"", variant.digest)),
                bytes: Vec::leak(fs::read(tree.join(file))?),
            });
        }
        routes.push(Route {
            path: leak(path.to_string()),
            content_type: leak(asset.content_type.clone()),
            variants: Vec::leak(variants),
        });
    }
    Ok(Assets::compiled(
        leak(manifest.release.to_string()),
        Vec::leak(routes),
    ))
}

fn leak(text: String) -> &'static str {
    String::leak(text)
}
