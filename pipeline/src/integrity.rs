//! Subresource Integrity (W3C SRI): what the tags of sources claim, and what the tags of assets say.

use std::ops::Range;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crushed_manifest::{AssetPath, Markup};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::config::Integrity;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};

/// Why the `integrity` of a tag is not that of its source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// It is that of other bytes; holds what it should be.
    OtherBytes(AssetPath, String),
    /// It holds nothing that could be the digest of anything.
    NoDigest(AssetPath),
}

impl Why {
    /// The message, at the place of the attribute.
    pub(crate) fn at(self, text: &Arc<SourceText>, range: Range<usize>) -> Diagnostic {
        let at = |message: String| Diagnostic::at(ErrorKind::Reference, text, range, message);
        match self {
            Self::OtherBytes(source, right) => {
                at(format!("the `integrity` is not that of \"{source}\"")).help(format!(
                    "if the source is as it should be, write \"{right}\", or `integrity` without a value"
                ))
            }
            Self::NoDigest(source) => {
                at(format!("the `integrity` holds no digest, so \"{source}\" is not checked"))
                    .help("write `integrity` without a value: that of the bundle is put in its place")
                    .warning()
            }
        }
    }
}

/// Compares the value of an `integrity` attribute with the bytes of the source, as a browser does (SRI §3.3.5): only the
/// strongest algorithm counts, and one match is enough. A value that is empty only asks for one.
pub(crate) fn check(claim: &str, source: &AssetPath, bytes: &[u8]) -> Result<(), Why> {
    if claim.trim().is_empty() {
        return Ok(());
    }
    let digests: Vec<(Algorithm, Vec<u8>)> =
        claim.split_ascii_whitespace().filter_map(digest).collect();
    let Some(strongest) = digests.iter().map(|(algorithm, _)| *algorithm).max() else {
        return Err(Why::NoDigest(source.clone()));
    };
    let right = strongest.of(bytes);
    match digests
        .iter()
        .any(|(algorithm, digest)| *algorithm == strongest && *digest == right)
    {
        true => Ok(()),
        false => {
            let right = format!("{}-{}", strongest.name(), STANDARD.encode(right));
            Err(Why::OtherBytes(source.clone(), right))
        }
    }
}

/// The algorithms of SRI, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Algorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// Reads `sha384-…`; options behind a `?` mean nothing yet.
fn digest(word: &str) -> Option<(Algorithm, Vec<u8>)> {
    let word = word.split('?').next()?;
    let (name, value) = word.split_once('-')?;
    let algorithm = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512]
        .into_iter()
        .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))?;
    // A browser takes the alphabet of URLs too.
    let bytes = STANDARD
        .decode(value.replace('-', "+").replace('_', "/"))
        .ok()?;
    (bytes.len() == algorithm.of(b"").len()).then_some((algorithm, bytes))
}

/// Writes the `integrity` of a file's tag, where the configuration and the tags of its sources ask for one.
///
/// A browser checks the bytes of another host only where it may read them, so that the tag must be a CORS request there.
pub(crate) fn push(
    markup: &mut Markup,
    value: &str,
    config: Option<Integrity>,
    asked: bool,
    has_crossorigin: bool,
) {
    let attribute = format!(" integrity=\"{value}\"");
    match (config, asked) {
        (Some(Integrity::Never), _) | (None, false) => {}
        (Some(Integrity::Auto), _) => markup.push_same_origin(&attribute),
        (Some(Integrity::Always), _) | (None, true) => {
            markup.push_text(&attribute);
            if !has_crossorigin {
                markup.push_other_origin(" crossorigin=\"anonymous\"");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: &[u8] = b"alert('Hello, world.');";
    const SHA384: &str = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";
    const OTHER: &str = "sha384-AAAAh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";

    #[test]
    fn a_claim_is_checked_as_a_browser_does() {
        let source = AssetPath::parse("js/a.js").unwrap();
        let sha256 = format!("sha256-{}", STANDARD.encode(Sha256::digest(BYTES)));
        let wrong = |right: &str| Err(Why::OtherBytes(source.clone(), right.to_owned()));
        for (claim, want) in [
            (SHA384.to_owned(), Ok(())),
            (format!("{OTHER} {SHA384}"), Ok(())),
            (format!("{SHA384}?ct=x"), Ok(())),
            (SHA384.replace("sha384", "SHA384"), Ok(())),
            (SHA384.replace('+', "-").replace('/', "_"), Ok(())),
            (sha256.clone(), Ok(())),
            (String::new(), Ok(())),
            (OTHER.to_owned(), wrong(SHA384)),
            // The weaker one does not count.
            (format!("{sha256} {OTHER}"), wrong(SHA384)),
            ("sha384-x".to_owned(), Err(Why::NoDigest(source.clone()))),
            (
                "md5-rL0Y20zC+Fzt72VPzMSk2A==".to_owned(),
                Err(Why::NoDigest(source.clone())),
            ),
        ] {
            assert_eq!(check(&claim, &source, BYTES), want, "{claim}");
        }
    }
}
