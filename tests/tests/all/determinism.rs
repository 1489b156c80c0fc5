//! The same input gives the same release, whatever else differs.

use crushed_tests::cli::compiled;
use crushed_tests::tree::{copy_demo, read};
use tempfile::tempdir;

#[test]
fn two_trees_in_two_places_give_identical_files() {
    let (one, two) = (tempdir().unwrap(), tempdir().unwrap());
    // Paths of different depth and length, one with a space and a letter outside ASCII.
    let (first, second) = (
        one.path().join("a"),
        two.path().join("a much longer/näme/than the other/b"),
    );
    let settings: [(_, &[(&str, &str)]); 2] = [
        (
            &first,
            &[
                ("TZ", "Pacific/Kiritimati"),
                ("RAYON_NUM_THREADS", "1"),
                ("LC_ALL", "C"),
            ],
        ),
        (
            &second,
            &[
                ("TZ", "America/St_Johns"),
                ("RAYON_NUM_THREADS", "7"),
                ("LC_ALL", "C.UTF-8"),
            ],
        ),
    ];
    let [first, second] = settings.map(|(place, environment)| {
        copy_demo(place);
        compiled(&place.join("demo-app"), &place.join("out"), environment);
        read(&place.join("out"))
    });
    let names = |tree: &crushed_tests::tree::Contents| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    assert!(
        first.keys().any(|name| name.starts_with("static/css/")),
        "{:?}",
        names(&first)
    );
    for (name, bytes) in &first {
        assert!(*bytes == second[name], "{name} differs");
    }
}

#[test]
fn a_second_run_into_the_same_place_changes_nothing() {
    let place = tempdir().unwrap();
    copy_demo(place.path());
    let (root, out) = (place.path().join("demo-app"), place.path().join("out"));
    compiled(&root, &out, &[]);
    let first = read(&out);
    compiled(&root, &out, &[]);
    assert!(first == read(&out));
    // Nor does what was there before: nothing of an earlier release stays behind.
    std::fs::remove_file(root.join("templates/inline.html")).unwrap();
    compiled(&root, &out, &[]);
    assert!(!out.join("templates/inline.html").exists());
}
