use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The first 64 bits of a blake3 hash, shown as 16 lower-case hex digits.
///
/// It names an asset (`css/base.3f9a1c0d5e7b2a64.css`), is the ETag of a variant and the id of a release. 64 bits keep
/// names short; that two of a million assets share one by accident has a chance of about 3 in 100 million, and the
/// pipeline refuses to emit two different files under one name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Digest([u8; 8]);

impl Digest {
    /// Takes the first 8 bytes of a blake3 hash.
    pub const fn from_hash(hash: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *hash;
        Self([a, b, c, d, e, f, g, h])
    }

    /// The digest as a number, for tables.
    pub const fn as_u64(self) -> u64 {
        u64::from_be_bytes(self.0)
    }

    /// The digest of a number that [`Digest::as_u64`] gave.
    pub const fn from_u64(value: u64) -> Self {
        Self(value.to_be_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.as_u64())
    }
}

/// What [`Digest::from_str`] answers to anything but 16 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotADigest;

impl fmt::Display for NotADigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest is 16 lower-case hex digits")
    }
}

impl std::error::Error for NotADigest {}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.as_bytes().iter().all(hex) {
            return Err(NotADigest);
        }
        u64::from_str_radix(text, 16)
            .map(Self::from_u64)
            .map_err(|_| NotADigest)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_and_parses_sixteen_hex_digits() {
        let digest = Digest::from_hash(&[0x0f; 32]);
        assert_eq!(digest.to_string(), "0f0f0f0f0f0f0f0f");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in [
            "",
            "0f0f",
            "0F0f0f0f0f0f0f0f",
            "0f0f0f0f0f0f0f0g",
            "+f0f0f0f0f0f0f0f",
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(NotADigest), "{bad}");
        }
    }
}
