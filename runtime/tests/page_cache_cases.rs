//! Runs the files of `page_cache_cases/` against a view in a page cache. Their form is described in the `README.md`
//! beside them.

mod page_cache_harness;

use std::path::Path;

use page_cache_harness::case::{Case, File};
use page_cache_harness::run::run;

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page_cache_cases");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{stem}.toml: {error}"));
        for case in file.case {
            cases.extend(
                case.spread()
                    .into_iter()
                    .map(|case| (format!("{stem}: {}", case.name), case)),
            );
        }
    }
    cases
}

#[test]
fn every_case_holds() {
    let cases = cases();
    assert!(cases.len() > 100, "only {} cases were found", cases.len());
    let mut failures = Vec::new();
    actix_web::rt::System::new().block_on(async {
        tokio::time::pause();
        for (name, case) in cases {
            if let Err(failure) = run(&case).await {
                failures.push(format!("{name}: {failure}"));
            }
        }
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
