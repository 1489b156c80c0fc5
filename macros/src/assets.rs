use proc_macro2::TokenStream;
use quote::quote;

use crate::error::Error;

/// `assets!()`: the table is source code that the build wrote.
pub(crate) fn expand(input: TokenStream) -> Result<TokenStream, Error> {
    if !input.is_empty() {
        return Err(Error::new("assets! takes no arguments").help("write assets!()"));
    }
    Ok(quote! {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/crushed/assets.rs"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_what_the_build_wrote() {
        let tokens = expand(TokenStream::new()).unwrap().to_string();
        assert!(tokens.contains("/crushed/assets.rs"), "{tokens}");
        let error = expand(quote!("x")).unwrap_err();
        assert_eq!(
            error.text(),
            "assets! takes no arguments\nhelp: write assets!()"
        );
    }
}
