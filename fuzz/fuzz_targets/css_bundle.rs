//! Bundles of stylesheets.
#![no_main]

mod files;
#[path = "../../tests/src/generate/mod.rs"]
#[allow(dead_code)]
mod generate;
mod guard;

use generate::css;

libfuzzer_sys::fuzz_target!(
    init: guard::init(),
    |data: &[u8]| {
        let sheets = files::files(data, |choices| {
            (0..1 + choices.below(3)).map(|_| css::sheet(choices)).collect()
        });
        let sheets: Vec<&str> = sheets.iter().map(String::as_str).collect();
        let made = crushed_build::fuzzing::css_bundle(&sheets);
        guard::show(&sheets, made.as_slice());
    }
);
