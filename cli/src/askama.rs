//! The only file that knows Askama's code generator.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::quote;

/// Lets Askama read a template by a configuration and make its code of it, as `#[derive(Template)]` does.
///
/// # Errors
/// What Askama says.
pub(crate) fn read(path: &str, config: &Path) -> Result<(), String> {
    let config = config.to_string_lossy();
    let derive = || {
        askama_derive::derive_template(
            quote! {
                #[template(path = #path, config = #config)]
                struct Page;
            },
            TokenStream::new,
        )
    };
    match quietly(derive).map(refusal) {
        Some(None) => Ok(()),
        Some(Some(message)) => Err(message),
        // The compiler makes an error of it.
        None => Err("Askama gives up".to_owned()),
    }
}

/// What comes out, or `None` if it panics, which is not printed.
fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(hook);
    done.ok()
}

/// The text of the first `compile_error!("…")`.
fn refusal(code: TokenStream) -> Option<String> {
    let mut refuses = false;
    for token in code {
        match token {
            TokenTree::Ident(name) if name == "compile_error" => refuses = true,
            TokenTree::Punct(mark) if mark.as_char() == '!' => {}
            TokenTree::Group(group) if refuses => {
                let text = group.stream().into_iter().next();
                return Some(text.map_or_else(String::new, |text| match text {
                    TokenTree::Literal(text) => unquoted(&text),
                    text => text.to_string(),
                }));
            }
            TokenTree::Group(group) => {
                if let Some(message) = refusal(group.stream()) {
                    return Some(message);
                }
            }
            _ => refuses = false,
        }
    }
    None
}

fn unquoted(text: &Literal) -> String {
    let text = text.to_string();
    text.trim_matches('"')
        .replace("\\n", "\n")
        .replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn said(template: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.html"), template).unwrap();
        let config = folder.path().join("askama.toml");
        let toml = format!("[general]\ndirs = [{:?}]\n", folder.path());
        fs::write(&config, toml).unwrap();
        read("a.html", &config)
    }

    #[test]
    fn what_askama_says() {
        assert_eq!(said("{% if x %}{{ y }}{% endif %}"), Ok(()));
        let message = said("a\n\n{% if x %}").unwrap_err();
        assert!(message.contains("a.html:3:"), "{message}");
    }

    /// Line breaks that were lost stand in a comment before the tag.
    #[test]
    fn a_comment_before_a_tag_tells_its_line() {
        for (source, generated) in [
            ("a\n\n\n{{ x|nothing(1 }}", "a{#+\n\n\n+#}{{ x|nothing(1 }}"),
            (
                "a\n{% match x %}\n{% when %}",
                "a{#+\n+#}{% match x %}{#+\n+#}{% when %}",
            ),
            ("a\n\n{% endif %}", "a{#+\n\n+#}{% endif %}"),
        ] {
            let line = |said: Result<(), String>| {
                let message = said.unwrap_err();
                let at = message
                    .find("a.html:")
                    .unwrap_or_else(|| panic!("{message}"));
                message[at..].split(':').nth(1).unwrap().to_owned()
            };
            assert_eq!(line(said(source)), line(said(generated)), "{source}");
        }
    }
}
