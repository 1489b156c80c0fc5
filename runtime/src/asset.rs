use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Values};

use crate::{Digest, static_url};

/// One asset, as [`asset!`](crate::asset) names it. It displays as its URL.
///
/// ```ignore
/// let mark = crushed::asset!("img/mark.jpg");
/// assert_eq!(mark.path, "img/mark.3f9a1c0d5e7b2a64.jpg");
/// assert_eq!(mark.to_string(), "/static/img/mark.3f9a1c0d5e7b2a64.jpg");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Asset {
    /// The path below the prefix: hashed, or the source's own when compression is off.
    pub path: &'static str,
    /// The digest that the hashed path carries; of the source as it was at build time when compression is off.
    pub digest: Digest,
    /// The value of an `integrity` attribute, `sha384-` and base64; empty when compression is off.
    pub integrity: &'static str,
    /// The path, percent-encoded.
    url_path: &'static str,
}

impl Asset {
    /// What `asset!` expands to. No part of the public interface.
    #[doc(hidden)]
    pub const fn __new(
        path: &'static str,
        url_path: &'static str,
        digest: Digest,
        integrity: &'static str,
    ) -> Self {
        Self {
            path,
            digest,
            integrity,
            url_path,
        }
    }

    /// The URL: the prefix and the percent-encoded path.
    pub fn url(&self) -> String {
        self.to_string()
    }

    fn write(&self, dest: &mut dyn fmt::Write) -> fmt::Result {
        dest.write_str(static_url().as_str())?;
        dest.write_str(self.url_path)
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

// The prefix needs no escaping, and what would need it in the path is percent-encoded.
impl HtmlSafe for Asset {}

impl FastWritable for Asset {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(self.write(dest)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_as_its_url() {
        let mark = Asset::__new("img/ä.jpg", "img/%C3%A4.jpg", Digest::from_u64(1), "");
        assert_eq!(mark.to_string(), "/static/img/%C3%A4.jpg");
        assert_eq!(mark.url(), "/static/img/%C3%A4.jpg");
        assert_eq!(mark.digest.to_string(), "0000000000000001");
    }
}
