use crushed_manifest::{AssetPath, nearest, percent_encode};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::error::Error;
use crate::release::Release;

/// `asset!("img/mark.jpg")`.
pub(crate) fn expand(input: TokenStream, release: &Release) -> Result<TokenStream, Error> {
    let literal: LitStr = syn::parse2(input).map_err(|error| {
        Error::at(
            error.span(),
            "asset! takes the path of one source as a string literal",
        )
        .help("write asset!(\"img/mark.jpg\"); the build cannot see a path made at run time")
    })?;
    let path = parse_path(&literal)?;
    let Some(asset) = release.manifest.asset_of(path.as_str()) else {
        return Err(missing(&literal, &path, release));
    };
    let (path, integrity, digest) = (asset.path.as_str(), &asset.integrity, asset.digest.as_u64());
    let url = percent_encode(path);
    Ok(quote! {
        const {
            ::crushed::Asset::__new(#path, #url, ::crushed::Digest::from_u64(#digest), #integrity)
        }
    })
}

/// Parses the path in a literal, errors at the literal.
pub(crate) fn parse_path(literal: &LitStr) -> Result<AssetPath, Error> {
    AssetPath::parse(&literal.value()).map_err(|error| {
        Error::at(
            literal.span(),
            format_args!("{:?}: {error}", literal.value()),
        )
        .help("name the source by its path below the assets directory, as in \"css/app.css\"")
    })
}

fn missing(literal: &LitStr, path: &AssetPath, release: &Release) -> Error {
    if let Some(problem) = release.asset_problem(path.as_str()) {
        return Error::at(literal.span(), problem);
    }
    let sources = release.manifest.sources.keys().map(AssetPath::as_str);
    unseen(
        literal,
        path.as_str(),
        nearest(path.as_str(), sources).map(|near| format!("{near:?}")),
    )
}

/// A reference that the build's scan of the Rust code did not find.
pub(crate) fn unseen(literal: &LitStr, name: &str, near: Option<String>) -> Error {
    let error = Error::at(
        literal.span(),
        format_args!(
            "{name} was not seen by the build; crushed scans src/, tests/, examples/ and benches/ \
             for literal asset!(…) and compress!(…)"
        ),
    );
    match near {
        Some(near) => error.help(format_args!("did you mean {near}?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::tests::sample;

    fn error(input: TokenStream) -> String {
        expand(input, &sample()).unwrap_err().text()
    }

    #[test]
    fn a_source_becomes_a_constant() {
        let tokens = expand(quote!("./img//mark.jpg"), &sample()).unwrap();
        let want = quote! {
            const {
                ::crushed::Asset::__new(
                    "img/mark.3f9a1c0d5e7b2a64.jpg",
                    "img/mark.3f9a1c0d5e7b2a64.jpg",
                    ::crushed::Digest::from_u64(4583006414548183652u64),
                    "sha384-AAAA"
                )
            }
        };
        assert_eq!(tokens.to_string(), want.to_string());
    }

    #[test]
    fn a_name_is_encoded_for_its_url() {
        let tokens = expand(quote!("img/ä b.jpg"), &sample())
            .unwrap()
            .to_string();
        assert!(
            tokens.contains("\"img/ä b.00000000000000bb.jpg\""),
            "{tokens}"
        );
        assert!(
            tokens.contains("\"img/%C3%A4%20b.00000000000000bb.jpg\""),
            "{tokens}"
        );
    }

    #[test]
    fn errors_name_the_mend() {
        assert_eq!(
            error(quote!("img/nope.jpg")),
            "img/nope.jpg does not exist, did you mean img/mark.jpg?"
        );
        assert_eq!(
            error(quote!("img/marc.jpg")),
            "img/marc.jpg was not seen by the build; crushed scans src/, tests/, examples/ and benches/ \
             for literal asset!(…) and compress!(…)\nhelp: did you mean \"img/mark.jpg\"?"
        );
        assert_eq!(
            error(quote!("../x.jpg")),
            "\"../x.jpg\": the path leaves its root\n\
             help: name the source by its path below the assets directory, as in \"css/app.css\""
        );
        for input in [
            quote!(),
            quote!(name),
            quote!("a", "b"),
            quote!(concat!("a", "b")),
        ] {
            assert!(
                error(input)
                    .starts_with("asset! takes the path of one source as a string literal\nhelp: ")
            );
        }
    }
}
