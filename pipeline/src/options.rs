use std::path::PathBuf;

use crate::cache::CacheDir;
use crate::encode::Effort;

/// What one run of the pipeline is asked to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The directory that holds `crushed.toml`, the templates and usually the app's `Cargo.toml`.
    pub root: PathBuf,
    /// Whether assets are compiled; when off, templates keep their tags and name the sources themselves.
    pub compression: bool,
    /// How hard the release is squeezed, unless `effort` in `crushed.toml` says so.
    pub effort: Effort,
    /// The directory that holds the templates, in place of those that the configuration names.
    pub templates: Option<PathBuf>,
    /// The prefix to bake into the templates instead of leaving it to the run time. Must end in `/`.
    pub static_url: Option<String>,
    /// Where results are kept between runs, so that nothing is made twice.
    pub cache: Option<CacheDir>,
}

impl Options {
    /// Compiles what lies below `root`, with the prefix left to the run time and without a cache.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            compression: true,
            effort: Effort::default(),
            templates: None,
            static_url: None,
            cache: None,
        }
    }
}
