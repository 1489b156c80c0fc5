use crushed_manifest::{AssetPath, BundleKey, Kind, Mode, Piece, nearest};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

use crate::asset::{parse_path, unseen};
use crate::error::Error;
use crate::release::Release;

/// `compress!(KIND, [MODE,] [NAME,] "source", …)`.
pub(crate) fn expand(input: TokenStream, release: &Release) -> Result<TokenStream, Error> {
    let Arguments { words, sources } =
        syn::parse2(input).map_err(|error| Error::at(error.span(), error).help(SHAPE))?;
    let words = Words::resolve(&words)?;
    let Some(first) = sources.first() else {
        return Err(Error::new("compress! names no source").help(SHAPE));
    };
    let paths = sources
        .iter()
        .map(parse_path)
        .collect::<Result<Vec<_>, _>>()?;
    let key = BundleKey::of_sources(words.kind, words.mode, words.name.as_deref(), &paths);
    match release.manifest.bundles.get(&key) {
        Some(bundle) => html(&bundle.markup.0),
        None => Err(missing(&key, first, &sources, &paths, release)),
    }
}

const SHAPE: &str = "write compress!(KIND, [MODE,] [NAME,] \"source\", …), \
                     as in compress!(css, \"css/a.css\") or compress!(js, inline, \"js/a.js\")";

struct Arguments {
    words: Vec<Ident>,
    sources: Vec<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut arguments = Self {
            words: Vec::new(),
            sources: Vec::new(),
        };
        while !input.is_empty() {
            if input.peek(LitStr) {
                arguments.sources.push(input.parse()?);
            } else if let Some(ident) = arguments.word(input)? {
                arguments.words.push(ident);
            } else {
                return Err(input.error(
                    "compress! takes words, then string literals; the build cannot see a path made at run time",
                ));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(arguments)
    }
}

impl Arguments {
    /// The next word, unless the sources have begun.
    fn word(&self, input: ParseStream<'_>) -> syn::Result<Option<Ident>> {
        if !self.sources.is_empty() || !input.peek(Ident::peek_any) || input.peek2(Token![!]) {
            return Ok(None);
        }
        // Any word may be a name, `async` too.
        Ident::parse_any(input).map(Some)
    }
}

struct Words {
    kind: Kind,
    mode: Mode,
    name: Option<String>,
}

impl Words {
    fn resolve(words: &[Ident]) -> Result<Self, Error> {
        let unknown = |ident: &Ident, what: &str, known: &[&str]| {
            let given = ident.to_string();
            let error = Error::at(ident.span(), format_args!("unknown {what} {given}"));
            match nearest(&given, known.iter().copied()) {
                Some(near) => error.help(format_args!("did you mean {near}?")),
                None => error.help(format_args!("write {}", known.join(" or "))),
            }
        };
        let Some((first, rest)) = words.split_first() else {
            return Err(Error::new("compress! does not say whether it is css or js").help(SHAPE));
        };
        let kind: Kind = first
            .to_string()
            .parse()
            .map_err(|_| unknown(first, "kind", &["css", "js"]))?;
        let parse_mode = |ident: &Ident| ident.to_string().parse::<Mode>().ok();
        match rest {
            [] => Ok(Self {
                kind,
                mode: Mode::default(),
                name: None,
            }),
            // As in a template's block: a single word that is no mode is the name.
            [word] => Ok(match parse_mode(word) {
                Some(mode) => Self {
                    kind,
                    mode,
                    name: None,
                },
                None => Self {
                    kind,
                    mode: Mode::default(),
                    name: Some(word.to_string()),
                },
            }),
            [mode, name] => Ok(Self {
                kind,
                mode: parse_mode(mode)
                    .ok_or_else(|| unknown(mode, "mode", &["file", "inline", "preload"]))?,
                name: Some(name.to_string()),
            }),
            [_, _, extra, ..] => {
                Err(Error::at(extra.span(), format_args!("unexpected word {extra}")).help(SHAPE))
            }
        }
    }
}

fn html(pieces: &[Piece]) -> Result<TokenStream, Error> {
    let pieces = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Ok(quote!(::crushed::HtmlPiece::Text(#text))),
            Piece::Prefix => Ok(quote!(::crushed::HtmlPiece::Prefix)),
            Piece::SameOrigin(text) => Ok(quote!(::crushed::HtmlPiece::SameOrigin(#text))),
            Piece::OtherOrigin(text) => Ok(quote!(::crushed::HtmlPiece::OtherOrigin(#text))),
            Piece::Template(source) => Err(Error::at(
                Span::call_site(),
                format_args!(
                    "this bundle holds template source ({source}), which Rust code cannot render"
                ),
            )
            .help("use it in a template")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(quote!(const { ::crushed::Html::__new(&[#(#pieces),*]) }))
}

fn missing(
    key: &BundleKey,
    first: &LitStr,
    literals: &[LitStr],
    paths: &[AssetPath],
    release: &Release,
) -> Error {
    if let Some(problem) = release.bundle_problem(key.as_str()) {
        return Error::at(first.span(), problem);
    }
    // One bad source spoils the bundle: point at that one.
    for (literal, path) in literals.iter().zip(paths) {
        if let Some(problem) = release.asset_problem(path.as_str()) {
            return Error::at(literal.span(), problem);
        }
    }
    let keys = release.manifest.bundles.keys().map(BundleKey::as_str);
    unseen(
        first,
        &format!("the bundle `{key}`"),
        nearest(key.as_str(), keys).map(|near| format!("`{near}`")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::tests::sample;

    fn error(input: TokenStream) -> String {
        expand(input, &sample()).unwrap_err().text()
    }

    #[test]
    fn a_bundle_becomes_its_markup() {
        let want = quote! {
            const {
                ::crushed::Html::__new(&[
                    ::crushed::HtmlPiece::Text("<link href=\""),
                    ::crushed::HtmlPiece::Prefix,
                    ::crushed::HtmlPiece::Text("css/x.00000000000000cc.css\">")
                ])
            }
        };
        for input in [
            quote!(css, "css/a.css", "css/b.css"),
            quote!(css, file, "./css/a.css", "css//b.css",),
        ] {
            assert_eq!(
                expand(input, &sample()).unwrap().to_string(),
                want.to_string()
            );
        }
    }

    #[test]
    fn words_are_kind_mode_and_name() {
        let resolve = |input: TokenStream| {
            let arguments: Arguments = syn::parse2(input).unwrap();
            let words = Words::resolve(&arguments.words).unwrap();
            (words.kind, words.mode, words.name)
        };
        assert_eq!(resolve(quote!(css, "a")), (Kind::Css, Mode::File, None));
        assert_eq!(
            resolve(quote!(js, async, "a")),
            (Kind::Js, Mode::File, Some("async".to_owned()))
        );
        assert_eq!(
            resolve(quote!(js, inline, "a")),
            (Kind::Js, Mode::Inline, None)
        );
        assert_eq!(
            resolve(quote!(js, site, "a")),
            (Kind::Js, Mode::File, Some("site".to_owned()))
        );
        assert_eq!(
            resolve(quote!(js, preload, site, "a")),
            (Kind::Js, Mode::Preload, Some("site".to_owned()))
        );
    }

    #[test]
    fn errors_name_the_mend() {
        assert_eq!(
            error(quote!(css, "css/nope.css")),
            "css/nope.css does not exist"
        );
        assert_eq!(
            error(quote!(js, "js/app.js", "img/nope.jpg")),
            "img/nope.jpg does not exist, did you mean img/mark.jpg?"
        );
        assert!(error(quote!(css, "css/a.css", "css/c.css")).starts_with(
            "the bundle `css file \"css/a.css\" \"css/c.css\"` was not seen by the build; crushed scans"
        ));
        let near = error(quote!(css, "css/a.css", "css/c.css"));
        assert!(
            near.ends_with("\nhelp: did you mean `css file \"css/a.css\" \"css/b.css\"`?"),
            "{near}"
        );
        assert_eq!(
            error(quote!(jsx, "a.js")),
            "unknown kind jsx\nhelp: did you mean js?"
        );
        assert_eq!(
            error(quote!(html, "a.js")),
            "unknown kind html\nhelp: write css or js"
        );
        assert_eq!(
            error(quote!(js, inlin, site, "a.js")),
            "unknown mode inlin\nhelp: did you mean inline?"
        );
        assert!(
            error(quote!(js, file, a, b, "a.js"))
                .starts_with("unexpected word b\nhelp: write compress!(")
        );
        assert!(
            error(quote!("a.js"))
                .starts_with("compress! does not say whether it is css or js\nhelp: ")
        );
        assert!(error(quote!(js)).starts_with("compress! names no source\nhelp: "));
        assert!(
            error(quote!(js, concat!("a")))
                .starts_with("compress! takes words, then string literals;")
        );
        assert!(
            error(quote!(js, "a.js", file))
                .starts_with("compress! takes words, then string literals;")
        );
        assert!(error(quote!(js "a.js")).starts_with("expected `,`"));
        assert!(
            error(quote!(js, file, vendor, "js/a.js"))
                .starts_with("this bundle holds template source")
        );
    }
}
