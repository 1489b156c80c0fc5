use serde::{Deserialize, Serialize};

use crate::{AssetPath, Coding, Digest};

/// A file that ships, under its hashed name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Asset {
    /// The hashed path below the prefix, `css/base.3f9a1c0d5e7b2a64.css`.
    pub path: AssetPath,
    /// The digest that the name carries: of the identity bytes, references inside them already resolved.
    pub digest: Digest,
    /// The value of `Content-Type`, with a charset for text.
    pub content_type: String,
    /// Subresource integrity of the identity bytes: `sha384-` and standard base64.
    pub integrity: String,
    /// The representations, identity first, then as [`Coding`] orders them; each smaller than identity.
    pub variants: Vec<Variant>,
}

impl Asset {
    /// The size of the identity variant, in bytes.
    pub fn size(&self) -> u64 {
        self.variants.first().map_or(0, |identity| identity.size)
    }
}

/// One representation of an asset. Its file is the asset's path with [`Coding::suffix`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Variant {
    /// How the bytes are coded.
    pub coding: Coding,
    /// Bytes.
    pub size: u64,
    /// The digest of the coded bytes: the strong ETag of this variant.
    pub digest: Digest,
}
