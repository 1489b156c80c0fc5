use crushed_build::{Diagnostic, Failure, manifest::Manifest};

/// Prints warnings to standard error, one JSON object a line if asked for.
pub(crate) fn warnings(warnings: &[Diagnostic], json: bool) {
    for warning in warnings {
        print(warning, json);
    }
}

/// Prints what stopped a command.
pub(crate) fn failure(failure: &Failure, json: bool) {
    for diagnostic in &failure.0 {
        print(diagnostic, json);
    }
}

fn print(diagnostic: &Diagnostic, json: bool) {
    match serde_json::to_string(diagnostic) {
        Ok(line) if json => eprintln!("{line}"),
        _ => eprintln!("{diagnostic}\n"),
    }
}

/// Prints a result as JSON to standard output.
pub(crate) fn json(manifest: &Manifest) {
    if let Ok(text) = serde_json::to_string_pretty(manifest) {
        println!("{text}");
    }
}
