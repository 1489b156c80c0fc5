use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Asset, AssetPath, Bundle, BundleKey, Digest};

/// The format of `manifest.json` that this version reads and writes.
pub const FORMAT: u32 = 1;

/// All that one release consists of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// The release's id: the digest of this manifest, its own field zero.
    pub release: Digest,
    /// Whether assets were compiled. When off, sources are served from disk under their own names: bundles hold their
    /// original tags, `sources` maps each single source to itself, and its asset has neither integrity nor variants.
    pub compression: bool,
    /// The prefix that is baked into the templates, if it is not left to the run time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_url: Option<String>,
    /// Every asset by its hashed path.
    pub assets: BTreeMap<AssetPath, Asset>,
    /// Which asset a single source became.
    pub sources: BTreeMap<AssetPath, AssetPath>,
    /// Which asset a source became as a module. It can be a classic script too, which is another asset.
    #[serde(default)]
    pub modules: BTreeMap<AssetPath, AssetPath>,
    /// Every bundle by its key.
    pub bundles: BTreeMap<BundleKey, Bundle>,
}

impl Manifest {
    /// A manifest of nothing.
    pub fn empty(compression: bool) -> Self {
        Self {
            format: FORMAT,
            release: Digest::from_u64(0),
            compression,
            static_url: None,
            assets: BTreeMap::new(),
            sources: BTreeMap::new(),
            modules: BTreeMap::new(),
            bundles: BTreeMap::new(),
        }
    }

    /// The asset that a single source became.
    pub fn asset_of(&self, source: &str) -> Option<&Asset> {
        self.assets.get(self.sources.get(source)?)
    }
}
