//! Bundles of stylesheets: half made up from a grammar, half raw bytes between and in them.
#![no_main]

#[path = "../../tests/src/generate/mod.rs"]
#[allow(dead_code)]
mod generate;
mod guard;

use generate::{Choices, css, text};

libfuzzer_sys::fuzz_target!(
    init: guard::init(),
    |data: &[u8]| {
        let sheets = sheets(data);
        let sheets: Vec<&str> = sheets.iter().map(String::as_str).collect();
        if let Some(made) = crushed_build::fuzzing::css_bundle(&sheets)
            && std::env::var_os("SHOW").is_some()
        {
            eprintln!("{}\n==== became\n{made}", sheets.join("\n----\n"));
        }
    }
);

fn sheets(data: &[u8]) -> Vec<String> {
    let mut choices = Choices::new(data);
    let way = choices.below(4);
    if way == 3 {
        // Sheets as they are, parted by a byte that no UTF-8 has.
        return choices
            .rest()
            .splitn(3, |byte| *byte == 0xff)
            .map(lossy)
            .collect();
    }
    let mut sheets: Vec<String> = (0..1 + choices.below(3))
        .map(|_| text(&css::sheet(&mut choices)))
        .collect();
    for sheet in &mut sheets {
        guard::spoiled(sheet, way, &mut choices);
    }
    sheets
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
