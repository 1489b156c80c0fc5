//! lightningcss, called and nothing more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, RwLock};

use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions, StyleSheet};
use lightningcss::targets::{Features, Targets};

use crate::fault::Fault;

/// What the engine may rewrite: nothing for the sake of a browser.
///
/// With browsers named it adds and removes prefixes and splits selector lists; with none named it deletes
/// fallbacks, which the [proof](super::normal) catches, and prints media queries as ranges unless told not to.
fn targets() -> Targets {
    let include = Features::MediaRangeSyntax
        | Features::MediaIntervalSyntax
        | Features::DoublePositionGradients;
    Targets {
        browsers: None,
        include,
        exclude: Features::all().difference(include),
    }
}

/// The sheet as lightningcss prints it, or `None` where it fails.
pub(super) fn minify(text: &str) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| {
        let options = ParserOptions {
            error_recovery: true,
            ..ParserOptions::default()
        };
        let mut sheet = StyleSheet::parse(text, options).ok()?;
        let targets = targets();
        sheet
            .minify(MinifyOptions {
                targets,
                ..MinifyOptions::default()
            })
            .ok()?;
        let printed = sheet.to_css(PrinterOptions {
            minify: true,
            targets,
            ..PrinterOptions::default()
        });
        Some(printed.ok()?.code)
    }))
    .ok()
    .flatten()
}

/// What lightningcss does not understand, by place.
pub(super) fn warnings(text: &str) -> Vec<Fault> {
    let found = catch_unwind(AssertUnwindSafe(|| {
        let list = Arc::new(RwLock::new(Vec::new()));
        let options = ParserOptions {
            error_recovery: true,
            warnings: Some(list.clone()),
            ..ParserOptions::default()
        };
        let failed = StyleSheet::parse(text, options).err();
        let list = list.read().map(|list| list.clone()).unwrap_or_default();
        let places = list
            .iter()
            .chain(failed.as_ref())
            .filter_map(|error| {
                let place = error.loc.as_ref()?;
                Some((place.line, place.column, error.kind.to_string()))
            })
            .collect::<Vec<_>>();
        faults(text, places)
    }));
    found.unwrap_or_default()
}

/// Where each line begins, by the line ends that CSS knows.
fn lines(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(byte, b'\n' | 0x0c) || (*byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'))
        {
            starts.push(index + 1);
        }
    }
    starts
}

/// Finds the places in the text. Lines count from 0, columns from 1 in UTF-16 units.
fn faults(text: &str, mut places: Vec<(u32, u32, String)>) -> Vec<Fault> {
    places.sort();
    let lines = lines(text);
    // A line is gone over once, however many places it has.
    let (mut current, mut at, mut units) = (u32::MAX, 0, 1);
    let mut faults = Vec::with_capacity(places.len());
    for (line, column, message) in places {
        if line != current {
            (current, units) = (line, 1);
            at = lines.get(line as usize).copied().unwrap_or(text.len());
        }
        while units < column
            && let Some(char) = text[at..].chars().next()
        {
            at += char.len_utf8();
            units += char.len_utf16() as u32;
        }
        faults.push(Fault::new(at, sentence(&message)));
    }
    faults
}

fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut rest = message.chars();
    match rest.next() {
        Some(first) => first.to_lowercase().chain(rest).collect(),
        None => String::new(),
    }
}
