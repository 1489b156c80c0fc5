use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// What is wrong, where, and the mend.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    span: Option<Span>,
    message: String,
    help: Option<String>,
    /// What to expand to besides the error, so that one mistake does not cause a second message.
    keep: TokenStream,
}

impl Error {
    /// An error at the whole macro call.
    pub(crate) fn new(message: impl Display) -> Self {
        Self {
            span: None,
            message: message.to_string(),
            help: None,
            keep: TokenStream::new(),
        }
    }

    /// An error at a place inside the call.
    pub(crate) fn at(span: Span, message: impl Display) -> Self {
        Self {
            span: Some(span),
            ..Self::new(message)
        }
    }

    /// Adds the mend.
    pub(crate) fn help(mut self, help: impl Display) -> Self {
        self.help = Some(help.to_string());
        self
    }

    /// Adds tokens that are expanded beside the error.
    pub(crate) fn keep(mut self, tokens: TokenStream) -> Self {
        self.keep = tokens;
        self
    }

    /// The message, then the mend on a line of its own.
    pub(crate) fn text(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\nhelp: {help}", self.message),
            None => self.message.clone(),
        }
    }

    pub(crate) fn to_compile_error(&self) -> TokenStream {
        let span = self.span.unwrap_or_else(Span::call_site);
        let mut tokens = syn::Error::new(span, self.text()).to_compile_error();
        tokens.extend(self.keep.clone());
        tokens
    }
}

impl From<syn::Error> for Error {
    fn from(error: syn::Error) -> Self {
        Self::at(error.span(), error)
    }
}
