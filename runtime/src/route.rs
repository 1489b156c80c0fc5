use std::fmt;

use crate::Coding;

/// What is answered under one path: an asset with its variants.
///
/// `assets!()` holds a static table of these, in the byte order of their paths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route<'a> {
    /// The path below the prefix, not percent-encoded: `css/base.3f9a1c0d5e7b2a64.css`.
    pub path: &'a str,
    /// The value of `Content-Type`.
    pub content_type: &'a str,
    /// The variants: identity first, each further one smaller than it. Never empty.
    pub variants: &'a [Representation<'a>],
}

/// One variant of an asset (a representation in the sense of RFC 9110 §3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Representation<'a> {
    /// How the bytes are coded.
    pub coding: Coding,
    /// The strong entity tag with its quotes, `"3f9a1c0d5e7b2a64"`: another one for each variant.
    pub etag: &'a str,
    /// The coded bytes.
    pub bytes: &'a [u8],
}

impl Route<'_> {
    /// Whether the file name carries a digest, so that the bytes under this path never change.
    pub fn is_hashed(&self) -> bool {
        let path = self.path.as_bytes();
        // On bytes, and without a branch for each digit: this is asked for every request.
        let is_digest = |end: usize| {
            let hex = |all, byte: &u8| all & matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let part = end.checked_sub(1 + DIGITS).map(|dot| &path[dot..end]);
            part.is_some_and(|part| part[0] == b'.' && part[1..].iter().fold(true, hex))
        };
        let mut end = path.len();
        while !is_digest(end) {
            match path[..end]
                .iter()
                .rposition(|byte| matches!(byte, b'.' | b'/'))
            {
                Some(at) if path[at] == b'.' => end = at,
                _ => return false,
            }
        }
        true
    }
}

/// The hex digits of a digest in a name.
const DIGITS: usize = 16;

impl fmt::Debug for Representation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Representation")
            .field("coding", &self.coding)
            .field("etag", &self.etag)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hashed_name_carries_sixteen_hex_digits() {
        for (path, want) in [
            ("css/base.3f9a1c0d5e7b2a64.css", true),
            ("js/app.3f9a1c0d5e7b2a64.js.map", true),
            ("LICENSE.3f9a1c0d5e7b2a64", true),
            ("css/base.css", false),
            ("3f9a1c0d5e7b2a64.css", false),
            ("x.3f9a1c0d5e7b2a64/base.css", false),
            ("css/base.3F9A1C0D5E7B2A64.css", false),
            ("css/base.3f9a1c0d5e7b2a6.css", false),
            ("favicon.ico", false),
        ] {
            let route = Route {
                path,
                content_type: "",
                variants: &[],
            };
            assert_eq!(route.is_hashed(), want, "{path}");
        }
    }
}
