use crushed_manifest::{AssetPath, Digest};
use sha2::{Digest as _, Sha384};

/// The digest of an asset's identity bytes, or of a variant's.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_hash(blake3::hash(bytes).as_bytes())
}

/// The hashed path: `css/base.3f9a1c0d5e7b2a64.css` of `css/base.css`.
///
/// A change of this format renames every asset of every app. A name that would become too long for file systems is cut.
pub(crate) fn hashed(
    path: &AssetPath,
    digest: Digest,
) -> Result<AssetPath, crushed_manifest::PathError> {
    let digest = digest.to_string();
    let name = match path.extension() {
        "" => format!("{}.{digest}", cut(path.file_name(), digest.len() + 1)),
        extension => {
            let stem = cut(path.stem(), digest.len() + extension.len() + 2);
            format!("{stem}.{digest}.{extension}")
        }
    };
    match path.directory() {
        "" => AssetPath::parse(&name),
        directory => AssetPath::parse(&format!("{directory}/{name}")),
    }
}

/// File systems take 255 bytes, of which the suffix of a variant needs some.
const LONGEST_NAME: usize = 240;

/// As much of a name as leaves room for so many bytes behind it.
fn cut(name: &str, behind: usize) -> &str {
    &name[..name.floor_char_boundary(LONGEST_NAME.saturating_sub(behind).max(1))]
}

/// Subresource integrity (W3C SRI §3.3): `sha384-` and standard base64.
pub(crate) fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", base64(&Sha384::digest(bytes)))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_digest_before_the_extension() {
        let digest = digest(b"");
        assert_eq!(digest.to_string(), "af1349b9f5f9a1a6");
        for (path, want) in [
            ("css/a.min.css", "css/a.min.af1349b9f5f9a1a6.css"),
            ("LICENSE", "LICENSE.af1349b9f5f9a1a6"),
            (".well-known/.x", ".well-known/.x.af1349b9f5f9a1a6"),
        ] {
            let path = AssetPath::parse(path).unwrap();
            assert_eq!(hashed(&path, digest).unwrap().as_str(), want);
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let digest = digest(b"");
        for name in [
            "x".repeat(251) + ".css",
            "\u{e9}".repeat(127),
            "x".repeat(255),
        ] {
            let path = AssetPath::parse(&format!("css/{name}")).unwrap();
            let hashed = hashed(&path, digest).unwrap();
            let length = hashed.file_name().len();
            assert!((239..=240).contains(&length), "{length}");
            assert!(hashed.as_str().contains(&format!(".{digest}")));
            assert_eq!(hashed.extension() == "css", path.extension() == "css");
        }
    }

    #[test]
    fn integrity_is_standard_base64() {
        assert_eq!(
            integrity(b"alert('Hello, world.');"),
            "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
        );
    }
}
