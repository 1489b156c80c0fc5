use std::env;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, ErrorKind};

/// The environment variable that names the directory, or turns the cache off.
const DIRECTORY: &str = "CRUSHED_CACHE_DIR";
/// The environment variable that says how large it may become.
const SIZE: &str = "CRUSHED_CACHE_SIZE";

/// Megabytes, unless [`SIZE`] says otherwise.
const DEFAULT_SIZE: u64 = 1024;

/// A directory in which results are kept between runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CacheDir {
    /// Created when something is kept. Other processes may use it at the same time.
    pub path: PathBuf,
    /// In bytes; above it, what was used least recently goes.
    pub limit: u64,
}

impl CacheDir {
    /// A cache of at most 1 GiB.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            limit: DEFAULT_SIZE << 20,
        }
    }

    /// The cache that the environment asks for: the directory `CRUSHED_CACHE_DIR`, which checkouts can share and which
    /// outlives `cargo clean`; none if that is `off`; otherwise `crushed-cache` in cargo's target directory, if there is
    /// one. `CRUSHED_CACHE_SIZE` is the limit in megabytes.
    ///
    /// # Errors
    /// A path that is not absolute, or a size that is no number.
    pub fn from_env(target: Option<&Path>) -> Result<Option<Self>, Diagnostic> {
        let directory = env::var_os(DIRECTORY).filter(|value| !value.is_empty());
        let size = env::var(SIZE).ok().filter(|value| !value.is_empty());
        Self::asked_for(directory.map(PathBuf::from), size.as_deref(), target)
    }

    /// The same for a project whose build script is not what runs: cargo's target directory is the one that
    /// `CARGO_TARGET_DIR` names, or `target` in the project or above it.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn of_project(root: &Path) -> Result<Option<Self>, Diagnostic> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let named = env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty());
        let named = named.map(|target| root.join(target));
        let above = root.ancestors().map(|above| above.join("target"));
        let target = named
            .into_iter()
            .chain(above)
            .find(|target| is_target(target));
        Self::from_env(target.as_deref())
    }

    fn asked_for(
        directory: Option<PathBuf>,
        size: Option<&str>,
        target: Option<&Path>,
    ) -> Result<Option<Self>, Diagnostic> {
        let wrong = |name: &str, value: &str, help: &str| {
            let message = format!("the environment variable {name} is \"{value}\"");
            Diagnostic::file(ErrorKind::Config, "the environment", message).help(help)
        };
        let path = match directory {
            Some(off) if off.as_os_str() == "off" => return Ok(None),
            Some(path) if path.is_absolute() => path,
            Some(path) => {
                let help = "write an absolute path, or \"off\"";
                return Err(wrong(DIRECTORY, &path.to_string_lossy(), help));
            }
            None => match target {
                Some(target) => target.join("crushed-cache"),
                None => return Ok(None),
            },
        };
        let size = match size {
            Some(size) => size
                .parse::<u32>()
                .map_err(|_| wrong(SIZE, size, "write a number of megabytes"))?
                .into(),
            None => DEFAULT_SIZE,
        };
        Ok(Some(Self {
            path,
            limit: size << 20,
        }))
    }
}

/// Told by the tag that cargo puts there.
fn is_target(directory: &Path) -> bool {
    directory.join("CACHEDIR.TAG").is_file()
}

/// Cargo's target directory above one of its own.
pub(crate) fn target_above(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|above| is_target(above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where() {
        let target = Path::new("/target");
        let asked = |directory: Option<&str>, size: Option<&str>| {
            CacheDir::asked_for(directory.map(PathBuf::from), size, Some(target))
        };
        let path = |directory| asked(directory, None).unwrap().map(|cache| cache.path);
        assert_eq!(path(None), Some(target.join("crushed-cache")));
        assert_eq!(path(Some("/a b")), Some(PathBuf::from("/a b")));
        assert_eq!(path(Some("off")), None);
        assert!(CacheDir::asked_for(None, None, None).unwrap().is_none());
        let small = asked(None, Some("10")).unwrap().unwrap();
        assert_eq!(small.limit, 10 << 20);
        assert!(asked(Some("here"), None).is_err());
        assert!(asked(None, Some("1 GB")).is_err());
    }
}
