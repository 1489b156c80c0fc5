//! Bundles of classic scripts: half made up from a grammar, half raw bytes between and in them.
#![no_main]

#[path = "../../tests/src/generate/mod.rs"]
#[allow(dead_code)]
mod generate;
mod guard;

use generate::{Choices, js, text};

libfuzzer_sys::fuzz_target!(
    init: guard::init(),
    |data: &[u8]| {
        let files = files(data);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        if let Some(made) = crushed_build::fuzzing::js_bundle(&files)
            && std::env::var_os("SHOW").is_some()
        {
            eprintln!("{}\n==== became\n{}", files.join("\n----\n"), made.join("\n----\n"));
        }
    }
);

fn files(data: &[u8]) -> Vec<String> {
    let mut choices = Choices::new(data);
    let way = choices.below(4);
    if way == 3 {
        // Files as they are, parted by a byte that no UTF-8 has.
        return choices
            .rest()
            .splitn(3, |byte| *byte == 0xff)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect();
    }
    let mut files: Vec<String> = js::files(&mut choices)
        .iter()
        .map(|file| text(file))
        .collect();
    for file in &mut files {
        guard::spoiled(file, way, &mut choices);
    }
    files
}
