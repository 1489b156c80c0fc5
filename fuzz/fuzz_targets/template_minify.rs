//! Templates minified and proven. With `STRICT` in the environment, one that ships as it was for a difference is a finding.
#![no_main]

#[path = "../../tests/src/generate/mod.rs"]
#[allow(dead_code)]
mod generate;
mod guard;
mod page;

libfuzzer_sys::fuzz_target!(
    init: guard::init(),
    |data: &[u8]| {
        let source = page::template(data);
        let made = crushed_build::fuzzing::template_minify(&source);
        guard::show(&[&source], made.as_slice());
    }
);
