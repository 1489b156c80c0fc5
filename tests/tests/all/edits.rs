//! What an edit changes, and what it leaves alone.

use std::collections::BTreeSet;
use std::path::Path;

use crushed_manifest::Manifest;
use crushed_tests::cli::compiled;
use crushed_tests::tree::{copy_demo, read, replace};
use tempfile::tempdir;

const APP_CSS: &str = "external/css/app.css";

fn compile(place: &Path, out: &str) -> Manifest {
    compiled(&place.join("demo-app"), &place.join(out), &[])
}

#[test]
fn a_changed_style_changes_the_name_of_its_bundle_and_no_other() {
    let place = tempdir().unwrap();
    copy_demo(place.path());
    let before = compile(place.path(), "before");
    replace(
        &place.path().join(APP_CSS),
        "color: #00695c;",
        "color: #00695d;",
    );
    let after = compile(place.path(), "after");

    let names = |manifest: &Manifest| manifest.assets.keys().cloned().collect::<BTreeSet<_>>();
    let (before_names, after_names) = (names(&before), names(&after));
    let gone: Vec<_> = before_names.difference(&after_names).collect();
    let new: Vec<_> = after_names.difference(&before_names).collect();
    assert_eq!((gone.len(), new.len()), (1, 1), "{gone:?} {new:?}");
    assert_eq!((gone[0].extension(), new[0].extension()), ("css", "css"));
    assert_ne!(before.release, after.release);
    // The page that holds the same styles inline changes too.
    let inline = |out: &str| read(&place.path().join(out).join("templates"))["inline.html"].clone();
    assert_ne!(inline("before"), inline("after"));
}

#[test]
fn a_changed_comment_changes_nothing_that_ships() {
    let place = tempdir().unwrap();
    copy_demo(place.path());
    compile(place.path(), "before");
    replace(
        &place.path().join(APP_CSS),
        "which is a tiled image",
        "which is an image in tiles",
    );
    replace(
        &place.path().join("external/js/app.js"),
        "// A reader",
        "// Anybody",
    );
    replace(
        &place.path().join("demo-app/templates/base.html"),
        "on its own.",
        "by itself.",
    );
    compile(place.path(), "after");
    let (before, after) = (
        read(&place.path().join("before")),
        read(&place.path().join("after")),
    );
    let differing: Vec<_> = before
        .keys()
        .filter(|name| after.get(*name) != before.get(*name))
        .collect();
    assert!(
        before.len() == after.len() && differing.is_empty(),
        "{differing:?}"
    );
}
