//! Trees of files: copied, written, read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::built::workspace;

/// The contents of a directory by path, `/`-separated.
pub type Contents = BTreeMap<String, Vec<u8>>;

/// Reads every file of a directory; a directory that is not there is empty.
///
/// # Panics
///
/// If one cannot be read.
pub fn read(directory: &Path) -> Contents {
    let mut contents = Contents::new();
    if directory.exists() {
        read_below(directory, "", &mut contents);
    }
    contents
}

fn read_below(directory: &Path, prefix: &str, contents: &mut Contents) {
    for entry in
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
    {
        let entry = entry.expect("a directory can be listed");
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            read_below(&path, &format!("{name}/"), contents);
        } else {
            contents.insert(
                name,
                fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            );
        }
    }
}

/// Writes files below a directory.
///
/// # Panics
///
/// If one cannot be written.
pub fn write<T: AsRef<[u8]>>(directory: &Path, files: &[(&str, T)]) {
    for (name, bytes) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a directory"))
            .expect("a directory can be made");
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// Copies the demo (`demo-app/` and, of `external/`, what it may use) into a directory.
///
/// # Panics
///
/// If the npm packages are not installed.
pub fn copy_demo(to: &Path) {
    for folder in ["demo-app", "external/css", "external/js", "external/img"] {
        copy(folder, to);
    }
    for package in ["bootstrap", "jquery"] {
        copy(&format!("external/node_modules/{package}/dist"), to);
    }
}

fn copy(folder: &str, to: &Path) {
    let from = workspace().join(folder);
    assert!(
        from.is_dir(),
        "{folder} is missing, run `cargo xtask setup`"
    );
    let files = read(&from);
    let files: Vec<_> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes))
        .collect();
    write(&to.join(folder), &files);
}

/// Replaces a text in a file that holds it exactly once.
///
/// # Panics
///
/// If it does not.
pub fn replace(file: &Path, old: &str, new: &str) {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(
        text.matches(old).count(),
        1,
        "{old:?} in {}",
        file.display()
    );
    fs::write(file, text.replace(old, new)).expect("the file can be written");
}
