use crushed_manifest::{AssetPath, Digest};
use sha2::{Digest as _, Sha384};

/// The digest of an asset's identity bytes, or of a variant's.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_hash(blake3::hash(bytes).as_bytes())
}

/// The hashed path: `css/base.3f9a1c0d5e7b2a64.css` of `css/base.css`.
///
/// A change of this format renames every asset of every app.
pub(crate) fn hashed(
    path: &AssetPath,
    digest: Digest,
) -> Result<AssetPath, crushed_manifest::PathError> {
    let name = match path.extension() {
        "" => format!("{}.{digest}", path.file_name()),
        extension => format!("{}.{digest}.{extension}", path.stem()),
    };
    match path.directory() {
        "" => AssetPath::parse(&name),
        directory => AssetPath::parse(&format!("{directory}/{name}")),
    }
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
    fn integrity_is_standard_base64() {
        assert_eq!(
            integrity(b"alert('Hello, world.');"),
            "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
        );
    }
}
