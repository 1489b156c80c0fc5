//! The same input gives the same release, whatever else differs.

use crushed_tests::cli::compiled;
use crushed_tests::tree::{copy_demo, read, write};
use tempfile::tempdir;

/// Modules that import each other, in two cycles that lead to each other's files.
const CYCLES: [(&str, &str); 6] = [
    (
        "demo-app/templates/modules.html",
        "{% compress js %}<script type=module src=\"js/ring/a.js\"></script>\
         <script type=module>import { b } from \"./js/ring/b.js\"; b();</script>{% endcompress %}",
    ),
    (
        "external/js/ring/a.js",
        "import { b } from './b.js'; import './data.json' with { type: 'json' };\nexport const a = () => b;\n",
    ),
    (
        "external/js/ring/b.js",
        "import { c } from './c.js'; export * from './d.js';\nexport const b = () => c;\n",
    ),
    (
        "external/js/ring/c.js",
        "import { a } from './a.js';\nexport const c = () => a;\nexport const late = () => import('./d.js');\n",
    ),
    (
        "external/js/ring/d.js",
        "import * as self from './d.js';\nexport const d = () => self;\n",
    ),
    ("external/js/ring/data.json", "[]\n"),
];

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
        write(place, &CYCLES);
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
    for name in ["a", "b", "c", "d"] {
        let start = format!("static/js/ring/{name}.");
        assert!(first.keys().any(|file| file.starts_with(&start)), "{start}");
    }
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
