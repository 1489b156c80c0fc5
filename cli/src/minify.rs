use std::io::{self, Read, Write};
use std::path::Path;

use crushed_build::{Diagnostic, ErrorKind, Failure};

use crate::args::Minify;
use crate::report;

/// `crushed minify`
pub(crate) fn minify(minify: &Minify, json: bool) -> Result<(), Failure> {
    let shown = match minify.file.as_os_str() == "-" {
        true => Path::new("<stdin>"),
        false => minify.file.as_path(),
    };
    let Some(language) = minify.language() else {
        return Err(
            Diagnostic::file(ErrorKind::Config, shown, "nothing says what this file is")
                .help("give --kind css, js, html or template")
                .into(),
        );
    };
    let bytes = read(minify).map_err(|error| {
        Diagnostic::file(ErrorKind::Io, shown, format!("cannot be read: {error}"))
    })?;
    let text = crushed_build::decode(shown, bytes)?;
    let (minified, warnings) = crushed_build::minify(shown, &text, language)?;
    report::warnings(&warnings, json);
    // A reader that went away (`| head`) is not an error of the input.
    match io::stdout().write_all(minified.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Diagnostic::file(
            ErrorKind::Io,
            "<stdout>",
            format!("cannot be written: {error}"),
        )
        .into()),
        _ => Ok(()),
    }
}

fn read(minify: &Minify) -> io::Result<Vec<u8>> {
    if minify.file.as_os_str() != "-" {
        return std::fs::read(&minify.file);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}
