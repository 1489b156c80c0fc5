//! How much of a tree is read: what lies beyond is a message, and no memory.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use crate::diagnostic::{Diagnostic, ErrorKind};

/// The table `[limits]` of `crushed.toml`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// The length of one source, template or Rust file, in bytes.
    pub(crate) source_bytes: u64,
    /// Files and directories below one root.
    pub(crate) files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes: 50_000_000,
            files: 1_000_000,
        }
    }
}

impl Limits {
    /// The bytes of a file. What is no file, as a pipe that nobody writes to, is not waited for.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, Diagnostic> {
        let unreadable = |error: std::io::Error| {
            Diagnostic::file(ErrorKind::Io, path, format!("cannot be read: {error}"))
        };
        let metadata = path.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Diagnostic::file(ErrorKind::Io, path, "is not a file").help("name a file"));
        }
        if metadata.len() > self.source_bytes {
            return Err(self.too_long(path, metadata.len()));
        }
        let mut bytes = Vec::new();
        let room = usize::try_from(metadata.len()).unwrap_or_default();
        bytes
            .try_reserve_exact(room.saturating_add(1))
            .map_err(|error| unreadable(std::io::Error::other(error)))?;
        // It may grow while it is read, and a file of the system does not tell how long it is.
        File::open(path)
            .and_then(|file| {
                file.take(self.source_bytes.saturating_add(1))
                    .read_to_end(&mut bytes)
            })
            .map_err(unreadable)?;
        match bytes.len() as u64 {
            length if length > self.source_bytes => Err(self.too_long(path, length)),
            _ => Ok(bytes),
        }
    }

    fn too_long(&self, path: &Path, length: u64) -> Diagnostic {
        let message = format!(
            "is {length} bytes long, and no file may be longer than {}",
            self.source_bytes
        );
        Diagnostic::file(ErrorKind::Limit, path, message).help(
            "serve it from where it lies instead of from the binary, or raise `source_bytes` below `[limits]` in crushed.toml",
        )
    }

    /// Whether so many files and directories below a root are too many.
    pub(crate) fn count(&self, root: &Path, entries: usize) -> Result<(), Diagnostic> {
        if entries <= self.files {
            return Ok(());
        }
        let message = format!(
            "holds more than {} files and directories, and no more are looked at",
            self.files
        );
        Err(Diagnostic::file(ErrorKind::Limit, root, message).help(
            "name a directory further down, or raise `files` below `[limits]` in crushed.toml",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            source_bytes: 10,
            ..Limits::default()
        };
        let file = folder.path().join("a.css");
        for length in [0, 9, 10] {
            std::fs::write(&file, vec![b'a'; length]).unwrap();
            assert_eq!(limits.read(&file).unwrap().len(), length);
        }
        std::fs::write(&file, [b'a'; 11]).unwrap();
        let error = limits.read(&file).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
        assert!(error.one_line().contains("a.css: is 11 bytes long"));
        assert_eq!(
            limits.read(folder.path()).unwrap_err().message,
            "is not a file"
        );
    }

    /// It says that it is empty.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_does_not_tell_its_length_is_no_way_round() {
        let limits = Limits {
            source_bytes: 10,
            ..Limits::default()
        };
        let error = limits.read(Path::new("/proc/self/maps")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Limit);
    }

    #[test]
    fn as_many_files_as_the_limit_are_fine() {
        let limits = Limits {
            files: 2,
            ..Limits::default()
        };
        assert!(limits.count(Path::new("a"), 2).is_ok());
        let error = limits.count(Path::new("a"), 3).unwrap_err();
        assert!(error.one_line().starts_with("a: holds more than 2 files"));
    }
}
