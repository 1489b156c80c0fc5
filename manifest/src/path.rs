use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The path of a source or an asset: relative, `/`-separated, without `.` or `..`, empty or hidden-by-case parts.
///
/// Parsing is the only way to make one, so a path that is held can be joined to a directory without leaving it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct AssetPath(String);

/// Why a text is no [`AssetPath`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PathError {
    /// Nothing is named.
    Empty,
    /// The path starts with `/`, or has a drive or a scheme.
    Absolute,
    /// A `..` would climb above the directory.
    Leaves,
    /// A backslash, a NUL or another control character.
    Character(char),
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the path is empty"),
            Self::Absolute => f.write_str("the path is absolute"),
            Self::Leaves => f.write_str("the path leaves its root"),
            Self::Character(c) => write!(f, "the path contains {c:?}"),
        }
    }
}

impl std::error::Error for PathError {}

impl AssetPath {
    /// Parses and normalises: `./` and inner `..` are resolved, `//` folded.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or(PathError::Leaves)?;
                }
                part => parts.push(part),
            }
        }
        if let Some(c) = text.chars().find(|c| *c == '\\' || c.is_control()) {
            return Err(PathError::Character(c));
        }
        if parts.is_empty() {
            return Err(PathError::Empty);
        }
        if parts[0].ends_with(':') {
            return Err(PathError::Absolute);
        }
        Ok(Self(parts.join("/")))
    }

    /// Resolves `reference` as a browser would against the directory of this path.
    pub fn join(&self, reference: &str) -> Result<Self, PathError> {
        match self.directory() {
            "" => Self::parse(reference),
            directory => Self::parse(&format!("{directory}/{reference}")),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All before the last `/`; empty for a file at the top.
    pub fn directory(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory)
    }

    /// All behind the last `/`.
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&self.0, |(_, name)| name)
    }

    /// The file name without its last extension: `bootstrap.min` of `css/bootstrap.min.css`.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }

    /// The last extension without its dot, empty if there is none.
    pub fn extension(&self) -> &str {
        match self.file_name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension,
            _ => "",
        }
    }

    /// The reference from a file at this path to `other`, as a browser resolves it: `../fonts/a.woff`.
    pub fn relative_to(&self, other: &AssetPath) -> String {
        let from: Vec<&str> = match self.directory() {
            "" => Vec::new(),
            directory => directory.split('/').collect(),
        };
        let to: Vec<&str> = other.0.split('/').collect();
        let shared = from
            .iter()
            .zip(&to[..to.len() - 1])
            .take_while(|(a, b)| a == b)
            .count();
        let mut parts = vec![".."; from.len() - shared];
        parts.extend(&to[shared..]);
        let relative = parts.join("/");
        // A first segment with a colon would read as a scheme (RFC 3986 §4.2).
        match relative.split('/').next() {
            Some(first) if first.contains(':') => format!("./{relative}"),
            _ => relative,
        }
    }
}

/// A path as it stands in a URL: what could end an HTML attribute, an unquoted `url()` or a JavaScript string, or mean
/// something in a URL, is percent-encoded (RFC 3986 §2.1).
pub fn percent_encode(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@:+,=!*$".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

impl fmt::Display for AssetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for AssetPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for AssetPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for AssetPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AssetPath {
        AssetPath::parse(text).unwrap()
    }

    #[test]
    fn parsing_normalises_and_refuses() {
        for (text, want) in [
            ("css/app.css", Ok("css/app.css")),
            ("./css//x/../app.css", Ok("css/app.css")),
            ("", Err(PathError::Empty)),
            ("a/..", Err(PathError::Empty)),
            ("/etc/passwd", Err(PathError::Absolute)),
            ("c:/x", Err(PathError::Absolute)),
            ("../../etc/passwd", Err(PathError::Leaves)),
            ("a/../../b", Err(PathError::Leaves)),
            ("a\\b", Err(PathError::Character('\\'))),
            ("a\0b", Err(PathError::Character('\0'))),
        ] {
            assert_eq!(
                AssetPath::parse(text).as_ref().map(AssetPath::as_str),
                want.as_ref().copied(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_is_encoded_for_its_url() {
        assert_eq!(percent_encode("img/\u{e4} b.jpg"), "img/%C3%A4%20b.jpg");
        assert_eq!(
            percent_encode("a'b\"(c)&<%?#"),
            "a%27b%22%28c%29%26%3C%25%3F%23"
        );
    }

    #[test]
    fn names_are_taken_apart() {
        let bootstrap = path("css/bootstrap.min.css");
        assert_eq!(
            (
                bootstrap.directory(),
                bootstrap.stem(),
                bootstrap.extension()
            ),
            ("css", "bootstrap.min", "css")
        );
        let hidden = path(".well-known/.x");
        assert_eq!((hidden.stem(), hidden.extension()), (".x", ""));
    }

    #[test]
    fn references_are_relative_to_the_directory() {
        for (from, to, want) in [
            ("css/a.css", "fonts/b.woff", "../fonts/b.woff"),
            ("css/a.css", "css/b.png", "b.png"),
            ("a.css", "img/b.png", "img/b.png"),
            ("x/y/a.css", "x/b.png", "../b.png"),
            ("x/a.css", "x/y/b.png", "y/b.png"),
            ("css/a.css", "css/b:c.png", "./b:c.png"),
        ] {
            assert_eq!(path(from).relative_to(&path(to)), want, "{from} -> {to}");
            assert_eq!(path(from).join(want), Ok(path(to)));
        }
    }
}
