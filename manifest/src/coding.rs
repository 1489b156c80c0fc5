use std::fmt;

use serde::{Deserialize, Serialize};

/// A content coding (RFC 9110 §8.4.1), in the order in which equally small variants are preferred.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// The bytes themselves.
    Identity,
    /// Brotli (RFC 7932).
    Br,
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// All codings, identity first.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Br, Self::Zstd, Self::Gzip];

    /// The token of `Accept-Encoding` and `Content-Encoding`.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Br => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// What is appended to an asset's file name for this variant: `.br`, `.zst`, `.gz`, nothing for identity.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Identity => "",
            Self::Br => ".br",
            Self::Zstd => ".zst",
            Self::Gzip => ".gz",
        }
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}
