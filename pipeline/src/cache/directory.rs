use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::{Cache, CacheDir, Key};
use crate::diagnostic::{Diagnostic, ErrorKind};

/// Begins every file, before the digest of what follows that.
const MAGIC: &[u8; 8] = b"crushed1";
const DIGEST: usize = 32;

/// A file that is found is as good as new; one that was is not touched again for so long.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// Begins the names of files that are being written.
const PARTIAL: &str = "partial.";

/// What a process that ended left half-written.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// How often the directory is measured at most, unless a run writes much.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// The file whose time is that of the last sweep.
const SWEPT: &str = "swept";

/// Results in files below one directory, by their keys.
///
/// Every file is written under a temporary name and renamed, and carries a digest of its contents, so that processes
/// can share the directory, and one that was cut off or damaged is found out. When all together are larger than the
/// limit, those that were used least recently go.
pub(crate) struct Directory {
    root: PathBuf,
    /// In bytes.
    limit: u64,
    written: AtomicU64,
    names: AtomicU64,
}

impl Directory {
    /// A cache below `root`, which is created when something is kept, of at most about `limit` bytes.
    pub(crate) fn new(root: impl Into<PathBuf>, limit: u64) -> Self {
        Self {
            root: root.into(),
            limit,
            written: AtomicU64::new(0),
            names: AtomicU64::new(0),
        }
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name = key.to_string();
        let (folder, rest) = name.split_at(2);
        self.root.join(folder).join(rest)
    }

    fn write(&self, path: &Path, result: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        let partial = folder.join(format!("{PARTIAL}{}.{number}", std::process::id()));
        let write = || {
            let mut file = File::create(&partial)?;
            file.write_all(MAGIC)?;
            file.write_all(blake3::hash(result).as_bytes())?;
            file.write_all(result)?;
            drop(file);
            fs::rename(&partial, path)
        };
        let written = write();
        if written.is_err() {
            // The error that matters is the first one.
            let _ = fs::remove_file(&partial);
        }
        written
    }

    /// Removes what was used least recently until nine tenths of the limit are left.
    fn sweep(&self) {
        let now = SystemTime::now();
        let old =
            |modified: SystemTime, than| now.duration_since(modified).is_ok_and(|age| age > than);
        let mut files = Vec::new();
        let mut size = 0;
        for entry in WalkDir::new(&self.root).min_depth(2).into_iter().flatten() {
            let Ok(data) = entry.metadata() else { continue };
            let Ok(modified) = data.modified() else {
                continue;
            };
            if !data.is_file() {
                continue;
            }
            let partial = entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(PARTIAL.as_bytes());
            if partial && old(modified, ABANDONED) {
                let _ = fs::remove_file(entry.path());
            } else if !partial {
                size += data.len();
                files.push((modified, data.len(), entry.into_path()));
            }
        }
        if size <= self.limit {
            return;
        }
        files.sort();
        for (_, length, path) in files {
            if size <= self.limit / 10 * 9 {
                break;
            }
            // Another process may have been quicker.
            let _ = fs::remove_file(path);
            size -= length;
        }
    }
}

/// What was removed from a cache.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Cleared {
    /// The results.
    pub results: usize,
    /// The bytes of their files.
    pub bytes: u64,
}

impl CacheDir {
    /// Removes everything that a cache has put there, and the directory if nothing else lies in it. One that is not there
    /// is empty.
    ///
    /// # Errors
    /// If a file cannot be removed, which is named.
    pub fn clear(&self) -> Result<Cleared, Diagnostic> {
        let failed = |path: &Path, error: &io::Error| {
            let message = format!("cannot be removed: {error}");
            Diagnostic::file(ErrorKind::Io, path.display().to_string(), message)
        };
        let hex = |name: &OsStr, length: usize| {
            name.len() == length && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit)
        };
        let mut cleared = Cleared::default();
        for entry in WalkDir::new(&self.path)
            .contents_first(true)
            .into_iter()
            .flatten()
        {
            let (path, name) = (entry.path(), entry.file_name());
            let parent = path.parent().and_then(Path::file_name);
            let is_result = entry.depth() == 2 && hex(name, 62);
            let is_ours = match entry.depth() {
                1 => name == SWEPT,
                2 => is_result || name.as_encoded_bytes().starts_with(PARTIAL.as_bytes()),
                _ => false,
            };
            if entry.file_type().is_dir() {
                // Fails where something is left in it, which is what is wanted.
                let _ = fs::remove_dir(path);
            } else if is_ours && (entry.depth() == 1 || parent.is_some_and(|name| hex(name, 2))) {
                let bytes = entry.metadata().map_or(0, |data| data.len());
                match fs::remove_file(path) {
                    Ok(()) if is_result => {
                        cleared.results += 1;
                        cleared.bytes += bytes;
                    }
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(failed(path, &error));
                    }
                    _ => {}
                }
            }
        }
        Ok(cleared)
    }
}

impl Cache for Directory {
    fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        let mut file = File::open(&path).ok()?;
        let data = file.metadata().ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(data.len()).ok()?);
        file.read_to_end(&mut bytes).ok()?;
        let whole = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_first_chunk::<DIGEST>())
            .is_some_and(|(digest, result)| blake3::hash(result) == *digest);
        if !whole {
            let _ = fs::remove_file(&path);
            return None;
        }
        let now = SystemTime::now();
        let modified = data.modified().ok()?;
        if now.duration_since(modified).is_ok_and(|age| age > FRESH) {
            // A cache that cannot be written to still gives what it has.
            let _ = File::options()
                .write(true)
                .open(&path)
                .and_then(|file| file.set_modified(now));
        }
        bytes.drain(..MAGIC.len() + DIGEST);
        Some(bytes)
    }

    fn put(&self, key: &Key, result: &[u8]) {
        // What cannot be kept is made again the next time.
        if self.write(&self.path(key), result).is_ok() {
            self.written
                .fetch_add(result.len() as u64, Ordering::Relaxed);
        }
    }

    fn finish(&self) {
        let written = self.written.swap(0, Ordering::Relaxed);
        let swept = self.root.join(SWEPT);
        let recent = fs::metadata(&swept)
            .and_then(|data| data.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age < SWEEP_EVERY));
        if written == 0 || recent && written < self.limit / 100 {
            return;
        }
        self.sweep();
        let _ = fs::write(swept, b"");
    }
}
