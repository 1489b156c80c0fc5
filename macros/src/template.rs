use std::path::Path as FilePath;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Path, Token, parse_quote};

use crate::error::Error;

/// `#[crushed::template(…)]`: Askama's derive on the same item, with the configuration that the build wrote.
pub(crate) fn expand(
    arguments: TokenStream,
    item: TokenStream,
    directory: &FilePath,
) -> Result<TokenStream, Error> {
    let input: DeriveInput = syn::parse2(item.clone()).map_err(|_| {
        Error::new("a template is a struct, an enum or a union")
            .help("put #[crushed::template(…)] on one")
            .keep(item.clone())
    })?;
    expand_input(arguments, &item, &input, directory).map_err(|error| error.keep(bare(input)))
}

fn expand_input(
    arguments: TokenStream,
    item: &TokenStream,
    input: &DeriveInput,
    directory: &FilePath,
) -> Result<TokenStream, Error> {
    let Arguments { passed, askama } = Arguments::split(arguments)?;
    check_attributes(input)?;
    let config = directory.join("askama.toml");
    let config = config.to_str().ok_or_else(|| {
        Error::new(format_args!(
            "OUT_DIR is {directory:?}, which is not UTF-8: Askama cannot be told of it"
        ))
        .help("set CARGO_TARGET_DIR to a path that is")
    })?;
    Ok(quote! {
        #[derive(#askama::Template)]
        #[template(#passed config = #config)]
        #item
    })
}

struct Arguments {
    /// All of them verbatim, ending in a comma if there are any.
    passed: TokenStream,
    /// Where Askama is.
    askama: TokenStream,
}

impl Arguments {
    /// Splits at the top-level commas only: what an argument says is Askama's business, attributes on it included.
    fn split(arguments: TokenStream) -> Result<Self, Error> {
        let mut askama = quote!(::askama);
        let trees: Vec<TokenTree> = arguments.into_iter().collect();
        let mut passed = TokenStream::new();
        let is_comma =
            |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
        for argument in trees
            .split(is_comma)
            .filter(|argument| !argument.is_empty())
        {
            match argument {
                [TokenTree::Ident(name), ..] if name == "config" => {
                    return Err(Error::at(
                        name.span(),
                        "crushed gives Askama its configuration itself",
                    )
                    .help("remove `config`; the build reads the askama.toml beside Cargo.toml"));
                }
                [TokenTree::Ident(name), TokenTree::Punct(equals), path @ ..]
                    if name == "askama" && equals.as_char() == '=' =>
                {
                    askama = path.iter().cloned().collect();
                }
                _ => {}
            }
            passed.extend(argument.iter().cloned());
            passed.extend(quote!(,));
        }
        Ok(Self { passed, askama })
    }
}

/// With `#[derive(Template)]` kept, Askama would run twice and its messages would not say why.
fn check_attributes(input: &DeriveInput) -> Result<(), Error> {
    for attribute in &input.attrs {
        if attribute.path().is_ident("template") {
            return Err(Error::at(
                span_of(attribute),
                "#[template(…)] stands beside #[crushed::template(…)]",
            )
            .help("move its arguments into #[crushed::template(…)] and remove it"));
        }
        let derives = derives(attribute).unwrap_or_default();
        if let Some(derive) = derives.iter().find(|derive| is_template(derive)) {
            return Err(Error::at(
                span_of(derive),
                "#[crushed::template(…)] already derives Template",
            )
            .help("remove Template from #[derive(…)]"));
        }
    }
    Ok(())
}

/// The traits in a `#[derive(…)]`.
fn derives(attribute: &Attribute) -> Option<Punctuated<Path, Token![,]>> {
    if !attribute.path().is_ident("derive") {
        return None;
    }
    attribute.parse_args_with(Punctuated::parse_terminated).ok()
}

fn is_template(derive: &Path) -> bool {
    derive
        .segments
        .last()
        .is_some_and(|last| last.ident == "Template")
}

/// The item without all that is Askama's: what stays beside an error, so that the type is not missed as well.
fn bare(mut input: DeriveInput) -> TokenStream {
    let is_foreign = |attribute: &Attribute| !attribute.path().is_ident("template");
    input.attrs.retain(is_foreign);
    for attribute in &mut input.attrs {
        if let Some(derives) = derives(attribute) {
            let others = derives.iter().filter(|derive| !is_template(derive));
            *attribute = parse_quote!(#[derive(#(#others),*)]);
        }
    }
    if let Data::Enum(item) = &mut input.data {
        for variant in &mut item.variants {
            variant.attrs.retain(is_foreign);
        }
    }
    input.into_token_stream()
}

fn span_of(tokens: &impl ToTokens) -> Span {
    tokens
        .to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |tree| tree.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: TokenStream, item: TokenStream) -> Result<String, String> {
        expand(arguments, item, FilePath::new("/out/crushed"))
            .map(|tokens| tokens.to_string())
            .map_err(|error| error.text())
    }

    #[test]
    fn arguments_pass_and_the_configuration_is_added() {
        let item = quote! {
            #[derive(Debug)]
            pub struct Page<'a, T: Show> where T: Copy { name: &'a T }
        };
        let got = run(
            quote!(path = "base.html", escape = "none", whitespace = "minimize",),
            item.clone(),
        );
        let want = quote! {
            #[derive(::askama::Template)]
            #[template(path = "base.html", escape = "none", whitespace = "minimize", config = "/out/crushed/askama.toml")]
            #item
        };
        assert_eq!(got, Ok(want.to_string()));
    }

    #[test]
    fn beside_an_error_the_type_stays() {
        let item = quote! {
            #[derive(Debug, askama::Template, Clone)]
            #[template(print = "all")]
            enum Page {
                #[template(path = "a.html")]
                A,
            }
        };
        let error = expand(quote!(config = "x"), item, FilePath::new("/out/crushed")).unwrap_err();
        let tokens = error.to_compile_error().to_string();
        let want = quote! {
            #[derive(Debug, Clone)]
            enum Page {
                A,
            }
        };
        assert!(tokens.ends_with(&want.to_string()), "{tokens}");
    }

    #[test]
    fn enums_keep_the_templates_of_their_variants() {
        let item = quote! {
            enum Page {
                #[template(path = "a.html")]
                A,
                B(u8),
            }
        };
        let got = run(quote!(), item.clone()).unwrap();
        let want = quote! {
            #[derive(::askama::Template)]
            #[template(config = "/out/crushed/askama.toml")]
            #item
        };
        assert_eq!(got, want.to_string());
    }

    #[test]
    fn askama_may_be_elsewhere() {
        let got = run(
            quote!(source = "x", ext = "txt", askama = my::askama),
            quote!(
                struct X;
            ),
        )
        .unwrap();
        let want = quote! {
            #[derive(my::askama::Template)]
            #[template(source = "x", ext = "txt", askama = my::askama, config = "/out/crushed/askama.toml")]
            struct X;
        };
        assert_eq!(got, want.to_string());
    }

    #[test]
    fn errors_name_the_mend() {
        for (arguments, item, want) in [
            (
                quote!(path = "a.html", config = "my.toml"),
                quote!(
                    struct X;
                ),
                "crushed gives Askama its configuration itself\nhelp: remove `config`; ",
            ),
            (
                quote!(path = "a.html"),
                quote!(
                    #[derive(Debug, Template)]
                    struct X;
                ),
                "#[crushed::template(…)] already derives Template\nhelp: remove Template from #[derive(…)]",
            ),
            (
                quote!(path = "a.html"),
                quote!(
                    #[derive(askama::Template)]
                    struct X;
                ),
                "#[crushed::template(…)] already derives Template",
            ),
            (
                quote!(path = "a.html"),
                quote!(
                    #[template(print = "all")]
                    struct X;
                ),
                "#[template(…)] stands beside #[crushed::template(…)]\nhelp: move its arguments",
            ),
            (
                quote!(path = "a.html"),
                quote!(
                    fn x() {}
                ),
                "a template is a struct, an enum or a union",
            ),
        ] {
            let got = run(arguments, item).unwrap_err();
            assert!(got.starts_with(want), "{got}");
        }
    }
}
