//! The generated names of the demo's assets.

use std::env;
use std::fs;

use crushed_tests::app::App;
use crushed_tests::built::workspace;
use crushed_tests::cli::compiled;
use tempfile::tempdir;

/// A changed name means that the bytes changed for every visitor: look at why, then run with `UPDATE_GOLDEN=1`.
#[test]
fn the_demos_assets_have_the_names_they_had() {
    let out = tempdir().unwrap();
    let manifest = compiled(&workspace().join("demo-app"), out.path(), &[]);
    let names: String = manifest
        .assets
        .keys()
        .map(|path| format!("{path}\n"))
        .collect();
    let golden = workspace().join("tests/golden/demo-assets.txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &names).unwrap();
    }
    assert_eq!(
        names,
        fs::read_to_string(&golden).unwrap_or_default(),
        "see tests/golden/demo-assets.txt"
    );

    // The binary was compiled by a build script, this by the command line: it is one pipeline.
    let app = App::start(&[]);
    for (path, asset) in &manifest.assets {
        let reply = app.get(&format!("/static/{path}"));
        assert_eq!(reply.status, 200, "{path}");
        assert!(
            reply.body == fs::read(out.path().join("static").join(path.as_str())).unwrap(),
            "{path}"
        );
        assert_eq!(reply.body.len() as u64, asset.size(), "{path}");
    }
}
