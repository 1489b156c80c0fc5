//! How sources come to ship: by a macro in Rust code, by `ship`, and what a build watches for it.

use std::fs;
use std::path::Path;

use crushed_manifest::AssetPath;
use crushed_tests::cli::compiled;
use crushed_tests::tree::write;
use tempfile::tempdir;

/// This package's own build script compiled what the macros name here.
#[test]
fn the_macros_work_in_rust_code() {
    let mark = crushed::asset!("img/mark.svg");
    assert!(mark.path.starts_with("img/mark."), "{}", mark.path);
    assert!(mark.path.contains(&mark.digest.to_string()));
    assert_eq!(mark.to_string(), format!("/static/{}", mark.path));
    assert!(mark.integrity.starts_with("sha384-"));

    let linked = crushed::compress!(css, "css/perforated.css").to_string();
    let path = linked
        .strip_prefix("<link rel=stylesheet href=\"/static/")
        .and_then(|rest| rest.strip_suffix("\">"));
    let asset = crushed::assets!().route(path.expect("the markup is one link"));
    let sheet = asset.expect("the stylesheet is embedded").variants[0].bytes;
    let sheet = std::str::from_utf8(sheet).unwrap();
    // Relative in a file, below the prefix in a page.
    assert!(sheet.contains(&format!("url(../{})", mark.path)), "{sheet}");

    let inlined = crushed::compress!(css, inline, "css/perforated.css").to_string();
    assert!(inlined.starts_with("<style>.perforated{"), "{inlined}");
    assert!(inlined.contains(&format!("url({mark})")), "{inlined}");
}

#[test]
fn what_ship_names_ships_although_nothing_references_it() {
    let root = tempdir().unwrap();
    write(
        root.path(),
        &[
            ("crushed.toml", "ship = [\"img/**\"]\n"),
            ("assets/img/deep/a.svg", "<svg/>"),
            ("assets/other/b.svg", "<svg/>"),
        ],
    );
    let manifest = compiled(root.path(), &root.path().join("out"), &[]);
    let sources: Vec<&str> = manifest.sources.keys().map(AssetPath::as_str).collect();
    assert_eq!(sources, ["img/deep/a.svg"]);
}

#[test]
fn a_build_watches_what_it_read_and_where_new_files_may_appear() {
    let said = Path::new(env!("OUT_DIR")).join("../output");
    let said = fs::read_to_string(said).expect("cargo keeps what a build script said");
    for end in [
        "assets/css/perforated.css",
        "assets/img/mark.svg",
        "tests/tests",
    ] {
        assert!(
            said.lines()
                .any(|line| line.starts_with("cargo:rerun-if-changed=") && line.ends_with(end)),
            "{end} in {said}"
        );
    }
    assert!(
        said.contains("cargo:rerun-if-env-changed=CRUSHED\n"),
        "{said}"
    );
}
