//! What has been made once is not made again: results by the digest of what they are made of.
//!
//! A result is a pure function of its key: the tools, the stage, the options that matter to it, and the text or bytes it
//! is made of. No path, no time and no machine goes in, so that checkouts and machines can share results. A cache that
//! fails is as good as none: nothing that stands in it is ever needed.

mod directory;
mod place;
mod stages;

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::starved;
pub use directory::Cleared;
use directory::Directory;
pub use place::CacheDir;
pub(crate) use place::target_above;

/// Where results are kept.
///
/// Keeping and finding are best effort: what cannot be kept is made again.
pub(crate) trait Cache: Send + Sync {
    /// What is kept under a key, unless there is nothing or it was damaged.
    fn get(&self, key: &Key) -> Option<Vec<u8>>;

    /// Keeps a result, whole or not at all.
    fn put(&self, key: &Key, result: &[u8]);

    /// Tidies up, after the last `put` of a run.
    fn finish(&self) {}
}

/// The digest that a result is kept under.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key(blake3::Hash);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}

/// The pipeline's own code and what it is built from: with other tools, everything is made again.
///
/// Where no lock file said what it is built from, it is the program itself, which no other checkout has the same of.
pub(crate) fn tools() -> &'static str {
    static TOOLS: OnceLock<String> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let own = env!("CRUSHED_TOOLS").to_owned();
        if env!("CRUSHED_LOCKED") == "true" {
            return own;
        }
        let program = std::env::current_exe().and_then(std::fs::read);
        let program = program.map(|bytes| blake3::hash(&bytes).to_string());
        // One that cannot be read is told from all others, this very run included.
        own + &program.unwrap_or_else(|_| format!("{:?}", std::time::SystemTime::now()))
    })
}

/// The results of one run, from a cache if there is one.
#[derive(Default)]
pub(crate) struct Memo {
    cache: Option<Box<dyn Cache>>,
    found: AtomicUsize,
    made: AtomicUsize,
}

/// How many results were found in the cache, and how many were made. Without a cache, nothing is counted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// In the cache.
    pub found: usize,
    /// In this run.
    pub made: usize,
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo")
            .field("cached", &self.cache.is_some())
            .field("counts", &self.counts())
            .finish()
    }
}

impl Memo {
    pub(crate) fn new(cache: Box<dyn Cache>) -> Self {
        Self {
            cache: Some(cache),
            ..Self::default()
        }
    }

    /// Of a directory, if there is one.
    pub(crate) fn of(place: Option<&CacheDir>) -> Self {
        place.map_or_else(Self::default, |place| {
            Self::new(Box::new(Directory::new(&place.path, place.limit)))
        })
    }

    /// Whether results are kept, so that it is worth the time to say what they depend on.
    pub(crate) fn keeps(&self) -> bool {
        self.cache.is_some()
    }

    /// Bytes of a stage, made of `parts`.
    pub(crate) fn bytes<E>(
        &self,
        stage: &'static str,
        parts: &[&[u8]],
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let Some(cache) = &self.cache else {
            return make();
        };
        let key = key(stage, parts);
        if let Some(found) = cache.get(&key) {
            self.found.fetch_add(1, Relaxed);
            return Ok(found);
        }
        self.made.fetch_add(1, Relaxed);
        let made = make()?;
        if starved::error().is_none() {
            cache.put(&key, &made);
        }
        Ok(made)
    }

    /// A value of a stage, made of `parts`. Errors are not kept.
    pub(crate) fn value<T: Serialize + DeserializeOwned, E>(
        &self,
        stage: &'static str,
        parts: &[&[u8]],
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match self.get(stage, parts) {
            Some(found) => Ok(found),
            None => {
                let made = make()?;
                self.put(stage, parts, &made);
                Ok(made)
            }
        }
    }

    /// The same where making it cannot fail.
    pub(crate) fn sure<T: Serialize + DeserializeOwned>(
        &self,
        stage: &'static str,
        parts: &[&[u8]],
        make: impl FnOnce() -> T,
    ) -> T {
        self.get(stage, parts).unwrap_or_else(|| {
            let made = make();
            self.put(stage, parts, &made);
            made
        })
    }

    /// A value, if it is kept.
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        stage: &'static str,
        parts: &[&[u8]],
    ) -> Option<T> {
        let found = self.cache.as_ref()?.get(&key(stage, parts))?;
        let value = serde_json::from_slice(&found).ok()?;
        self.found.fetch_add(1, Relaxed);
        Some(value)
    }

    /// Keeps a value that was made.
    pub(crate) fn put<T: Serialize>(&self, stage: &'static str, parts: &[&[u8]], made: &T) {
        let Some(cache) = &self.cache else { return };
        if starved::error().is_some() {
            return;
        }
        self.made.fetch_add(1, Relaxed);
        if let Ok(json) = serde_json::to_vec(made) {
            cache.put(&key(stage, parts), &json);
        }
    }

    /// Tidies up, and says what was found and made in all.
    pub(crate) fn finish(&self) -> Counts {
        if let Some(cache) = &self.cache {
            cache.finish();
        }
        self.counts()
    }

    fn counts(&self) -> Counts {
        Counts {
            found: self.found.load(Relaxed),
            made: self.made.load(Relaxed),
        }
    }
}

/// Each part goes in with its length, so that no two lists of parts read the same.
fn key(stage: &str, parts: &[&[u8]]) -> Key {
    let mut hasher = blake3::Hasher::new();
    for part in [tools().as_bytes(), stage.as_bytes()].iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Key(hasher.finalize())
}

#[cfg(test)]
mod tests;
