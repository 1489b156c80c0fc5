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
        let lines = lines(text);
        places
            .into_iter()
            .map(|(line, column, message)| {
                Fault::new(offset(text, &lines, line, column), sentence(&message))
            })
            .collect()
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

/// Lines count from 0, columns from 1 in UTF-16 units.
fn offset(text: &str, lines: &[usize], line: u32, column: u32) -> usize {
    let Some(start) = lines.get(line as usize) else {
        return text.len();
    };
    let mut units = 1;
    for (at, char) in text[*start..].char_indices() {
        if units >= column {
            return start + at;
        }
        units += char.len_utf16() as u32;
    }
    text.len()
}

fn sentence(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut rest = message.chars();
    match rest.next() {
        Some(first) => first.to_lowercase().chain(rest).collect(),
        None => String::new(),
    }
}
