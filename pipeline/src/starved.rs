//! Whether there was a thread that could not begin: then what was made without it must neither ship nor be kept.

use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, ErrorKind};

static WHY: OnceLock<String> = OnceLock::new();

/// Notes that a script could not be read, for a reason that is not its own.
#[cfg(feature = "js")]
pub(crate) fn note(why: &std::io::Error) {
    // The first reason is as good as the next.
    let _ = WHY.set(why.to_string());
}

/// What stands in the way of everything that was made by this process, if anything does.
pub(crate) fn error() -> Option<Diagnostic> {
    let why = WHY.get()?;
    let message = format!("there is not enough memory to read scripts: {why}");
    let error = Diagnostic {
        file: None,
        ..Diagnostic::file(ErrorKind::Limit, "", message)
    };
    Some(error.help("raise the limit on the addresses of a process (`ulimit -v`): a script takes 512 MiB of them, of which it uses few"))
}
