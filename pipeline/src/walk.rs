//! The files below a directory that somebody else may have filled.

use std::fs::FileType;
use std::path::{Path, PathBuf};

use crushed_manifest::{AssetPath, PathError};
use walkdir::{DirEntry, WalkDir};

use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::limits::Limits;

/// What a directory holds.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Every file by its path relative to the directory, sorted.
    pub(crate) files: Vec<(AssetPath, PathBuf)>,
    /// What is neither file nor directory and was passed over.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// What lies below a root of assets, in order, but for what is hidden and packages. Links are not followed.
pub(crate) fn assets(root: &Path) -> impl Iterator<Item = walkdir::Result<DirEntry>> {
    WalkDir::new(root)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            !name.starts_with('.') && name != "node_modules"
        })
}

/// Every file below a directory of templates. Hidden files and directories are left out; links are followed inside the
/// directory, a loop or a link that leads out is an error.
pub(crate) fn templates(directory: &Path, limits: &Limits) -> Result<Walked, Diagnostic> {
    let real = directory.canonicalize().map_err(|error| {
        let message = format!("cannot be read: {error}");
        Diagnostic::file(ErrorKind::Io, directory, message)
    })?;
    let mut walked = Walked::default();
    for (count, entry) in entries(directory).enumerate() {
        limits.count(directory, count + 1)?;
        let entry = entry.map_err(|error| fault(directory, &error))?;
        let file = entry.path();
        if entry.path_is_symlink() {
            let target = file.canonicalize().map_err(|error| {
                Diagnostic::file(ErrorKind::Io, file, format!("cannot be read: {error}"))
            })?;
            if !target.starts_with(&real) {
                return Err(leaves_root(file, &target, "templates"));
            }
        }
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            walked.warnings.push(passed_over(file, entry.file_type()));
            continue;
        }
        let path = relative(directory, file).map_err(|why| odd_name(file, why))?;
        walked.files.push((path, file.to_owned()));
    }
    Ok(walked)
}

/// The Rust files below a directory. Links are followed wherever they lead, as the compiler does, except to what holds the
/// directory; what cannot be read is the compiler's to report.
pub(crate) fn rust(directory: &Path, limits: &Limits) -> Result<Vec<PathBuf>, Diagnostic> {
    let real = directory.canonicalize().unwrap_or_default();
    let mut files = Vec::new();
    let mut entries = entries(directory);
    let mut count = 0;
    while let Some(entry) = entries.next() {
        count += 1;
        limits.count(directory, count)?;
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_dir() {
            let target = entry
                .path_is_symlink()
                .then(|| entry.path().canonicalize().unwrap_or_default());
            if target.is_some_and(|target| real.starts_with(target)) {
                entries.skip_current_dir();
            }
        } else if entry.file_type().is_file()
            && entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "rs")
        {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn entries(
    directory: &Path,
) -> walkdir::FilterEntry<walkdir::IntoIter, impl FnMut(&DirEntry) -> bool> {
    WalkDir::new(directory)
        .follow_links(true)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
}

fn fault(directory: &Path, error: &walkdir::Error) -> Diagnostic {
    let file = error.path().unwrap_or(directory);
    match error.loop_ancestor() {
        Some(ancestor) => Diagnostic::file(
            ErrorKind::Io,
            file,
            format!("is a link to {}, which holds it", ancestor.display()),
        )
        .help("remove the link"),
        None => Diagnostic::file(
            ErrorKind::Io,
            file,
            error.io_error().map_or_else(
                || error.to_string(),
                |error| format!("cannot be read: {error}"),
            ),
        ),
    }
}

/// The path of a file below a directory, or why it has none that a page could name.
pub(crate) fn relative(directory: &Path, file: &Path) -> Result<AssetPath, String> {
    let relative = file.strip_prefix(directory).unwrap_or(file);
    let Some(relative) = relative.to_str() else {
        return Err("the file name is not UTF-8".to_owned());
    };
    // On Windows it separates.
    let relative = match cfg!(windows) {
        true => relative.replace('\\', "/"),
        false => relative.to_owned(),
    };
    AssetPath::parse(&relative).map_err(|error| match error {
        PathError::Character(c) => format!("the file name holds {c:?}"),
        error => error.to_string(),
    })
}

/// A file whose name no address can have.
pub(crate) fn odd_name(file: &Path, why: String) -> Diagnostic {
    Diagnostic::file(ErrorKind::Encoding, file, why).help("rename it")
}

pub(crate) fn leaves_root(file: &Path, target: &Path, key: &str) -> Diagnostic {
    Diagnostic::file(
        ErrorKind::Reference,
        file,
        format!("is a link that leaves its root, to {}", target.display()),
    )
    .help(format!(
        "copy the file into the root, or add its directory to `{key}`"
    ))
}

/// A warning about what is neither file nor directory.
pub(crate) fn passed_over(file: &Path, kind: FileType) -> Diagnostic {
    let message = format!("is {} and is passed over", word(kind));
    Diagnostic::file(ErrorKind::Io, file, message)
        .help("remove it, or put it elsewhere")
        .warning()
}

#[cfg(unix)]
fn word(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_socket() {
        "a socket"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_block_device() || kind.is_char_device() {
        "a device"
    } else {
        "no file"
    }
}

#[cfg(not(unix))]
fn word(_: FileType) -> &'static str {
    "no file"
}
