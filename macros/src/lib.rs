//! The macros of crushed, re-exported by the crate `crushed`, which documents them.
//!
//! They look up what `crushed_build::compile()` left in `OUT_DIR` and transform nothing.

mod asset;
mod assets;
mod compress;
mod error;
mod release;
mod template;

use proc_macro::TokenStream;

/// The URL, digest and integrity of one source, by its name: `asset!("img/mark.jpg")`.
///
/// The value is a constant `crushed::Asset`. A name that the build does not know is a compile error.
#[proc_macro]
pub fn asset(input: TokenStream) -> TokenStream {
    finish(release::load().and_then(|release| asset::expand(input.into(), &release)))
}

/// The table of everything that the build compiled, to be given to a server: `assets!()`.
///
/// The value is a constant `crushed::Assets`.
#[proc_macro]
pub fn assets(input: TokenStream) -> TokenStream {
    finish(release::load().and_then(|_| assets::expand(input.into())))
}

/// The markup of a bundle: `compress!(css, "css/a.css", "css/b.css")`, `compress!(js, inline, "js/app.js")`.
///
/// The arguments are `KIND`, then optionally `MODE` and `NAME`, then the sources in their order: the bundle is the same
/// as that of a `{% compress %}` block in a template. The value is a constant `crushed::Html`.
#[proc_macro]
pub fn compress(input: TokenStream) -> TokenStream {
    finish(release::load().and_then(|release| compress::expand(input.into(), &release)))
}

/// `#[crushed::template(path = "base.html")]` stands in place of `#[derive(Template)] #[template(path = "base.html")]`.
///
/// Askama then reads the templates that the build rewrote. All arguments of Askama's `template` are passed on; only
/// `config` is crushed's own, since the app's `askama.toml` is already part of what the build wrote.
#[proc_macro_attribute]
pub fn template(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(
        release::directory()
            .and_then(|directory| template::expand(arguments.into(), item.into(), &directory)),
    )
}

fn finish(expansion: Result<proc_macro2::TokenStream, error::Error>) -> TokenStream {
    expansion
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
