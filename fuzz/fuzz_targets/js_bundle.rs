//! Bundles of classic scripts.
#![no_main]

mod files;
#[path = "../../tests/src/generate/mod.rs"]
#[allow(dead_code)]
mod generate;
mod guard;

use generate::js;

libfuzzer_sys::fuzz_target!(
    init: guard::init(),
    |data: &[u8]| {
        let files = files::files(data, js::files);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let made = crushed_build::fuzzing::js_bundle(&files).unwrap_or_default();
        guard::show(&files, &made);
    }
);
