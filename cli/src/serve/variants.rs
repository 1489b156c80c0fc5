use crushed::{Coding, Digest};
use crushed_build::manifest::{Asset, AssetPath};
use crushed_build::{Diagnostic, Effort, ErrorKind, compressible, encode};

use super::tree::Files;

/// One variant as it is served.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) coding: Coding,
    pub(crate) digest: Digest,
    pub(crate) bytes: Vec<u8>,
}

impl Variant {
    fn new(coding: Coding, bytes: Vec<u8>) -> Self {
        let digest = digest(&bytes);
        Self {
            coding,
            digest,
            bytes,
        }
    }
}

pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_hash(blake3::hash(bytes).as_bytes())
}

/// The file that this one is a variant of, by its name.
pub(crate) fn original<'f>(path: &AssetPath, files: &'f Files) -> Option<&'f AssetPath> {
    let coded = Coding::ALL
        .iter()
        .filter(|coding| **coding != Coding::Identity);
    let base = coded
        .filter_map(|coding| path.as_str().strip_suffix(coding.suffix()))
        .next()?;
    files.get_key_value(base).map(|(base, _)| base)
}

/// All variants of a file, identity first: those that lie beside it, and in place of missing ones what the pipeline's
/// encoders make.
///
/// What the manifest says of an asset is held to: it decides which variants there are. A variant that holds something else
/// than its file is a warning and is made anew, since a page would mean something else with each coding.
///
/// # Errors
/// The file is not what the manifest says, or cannot be encoded.
pub(crate) fn variants(
    path: &AssetPath,
    files: &Files,
    listed: Option<&Asset>,
) -> Result<(Vec<Variant>, Vec<Diagnostic>), Diagnostic> {
    let bytes = files.get(path).cloned().unwrap_or_default();
    let identity = Variant::new(Coding::Identity, bytes);
    if let Some(asset) = listed {
        let said = asset
            .variants
            .iter()
            .find(|variant| variant.coding == Coding::Identity);
        if said.is_none_or(|said| said.digest != identity.digest) {
            let message = "is not what manifest.json says";
            return Err(
                Diagnostic::file(ErrorKind::Io, path.as_str(), message).help("compile again")
            );
        }
    }
    let mut warnings = Vec::new();
    let mut made = Vec::new();
    for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
        let wanted = match listed {
            Some(asset) => asset
                .variants
                .iter()
                .any(|variant| variant.coding == coding),
            None => compressible(path),
        };
        let name = format!("{path}{}", coding.suffix());
        let beside = files.get(name.as_str());
        if !wanted && (listed.is_some() || beside.is_none()) {
            continue;
        }
        let right = beside.filter(|coded| holds(coded, coding, &identity.bytes));
        if beside.is_some() && right.is_none() {
            let message = format!("does not hold what {path} holds, it is made anew");
            warnings.push(Diagnostic::file(ErrorKind::Io, &name, message).warning());
        }
        let coded = match right {
            Some(coded) => Some(coded.clone()),
            None => encode(&identity.bytes, coding, Effort::Fast).map_err(|error| {
                let message = format!("cannot be encoded as {coding}: {error}");
                Diagnostic::file(ErrorKind::Io, path.as_str(), message)
            })?,
        };
        made.extend(
            coded
                .filter(|coded| coded.len() < identity.bytes.len())
                .map(|coded| Variant::new(coding, coded)),
        );
    }
    made.insert(0, identity);
    Ok((made, warnings))
}

/// Whether coded bytes are those of the file, all of it and nothing behind it.
fn holds(coded: &[u8], coding: Coding, bytes: &[u8]) -> bool {
    match coding {
        Coding::Identity => coded == bytes,
        Coding::Br => {
            let mut decoded = Prefix::of(bytes);
            brotli::BrotliDecompress(&mut &coded[..], &mut decoded).is_ok() && decoded.is_all()
        }
        Coding::Zstd => {
            zstd::bulk::decompress(coded, bytes.len()).is_ok_and(|decoded| decoded == bytes)
        }
        Coding::Gzip => {
            // A byte more, so that what is longer is found out.
            let mut decoded = vec![0; bytes.len()];
            let done = libdeflater::Decompressor::new().gzip_decompress(coded, &mut decoded);
            done.is_ok_and(|length| length == bytes.len()) && decoded == bytes
        }
    }
}

/// Takes what comes as long as it is the text expected: a small file that decodes to a huge one is given up at once.
struct Prefix<'b> {
    rest: &'b [u8],
}

impl<'b> Prefix<'b> {
    fn of(rest: &'b [u8]) -> Self {
        Self { rest }
    }

    fn is_all(&self) -> bool {
        self.rest.is_empty()
    }
}

impl std::io::Write for Prefix<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let rest = self.rest.strip_prefix(bytes);
        self.rest = rest.ok_or_else(|| std::io::Error::other("another text"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_holds_its_file_or_is_none() {
        let text = b"h1 { color: teal } ".repeat(40);
        for coding in [Coding::Br, Coding::Zstd, Coding::Gzip] {
            let coded = encode(&text, coding, Effort::Fast).unwrap().unwrap();
            assert!(holds(&coded, coding, &text), "{coding}");
            assert!(!holds(&coded, coding, &text[1..]), "{coding}");
            assert!(!holds(&coded, coding, &text[..text.len() - 1]), "{coding}");
            assert!(
                !holds(&coded, coding, &[&text[..], b"x"].concat()),
                "{coding}"
            );
            assert!(!holds(&coded[..coded.len() - 1], coding, &text), "{coding}");
            assert!(!holds(b"", coding, &text), "{coding}");
        }
    }

    #[test]
    fn only_what_has_a_file_is_its_variant() {
        let path = |text: &str| AssetPath::parse(text).unwrap();
        let files: Files = ["a.css", "a.css.br", "b.tar.gz", "c.gz", "c.gz.br"]
            .iter()
            .map(|name| (path(name), Vec::new()))
            .collect();
        for (name, want) in [
            ("a.css", None),
            ("a.css.br", Some("a.css")),
            ("b.tar.gz", None),
            ("c.gz", None),
            ("c.gz.br", Some("c.gz")),
        ] {
            let found = original(&path(name), &files).map(AssetPath::as_str);
            assert_eq!(found, want, "{name}");
        }
    }
}
