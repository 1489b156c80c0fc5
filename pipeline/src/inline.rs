//! What finished CSS and JS must not contain between `<style>` and `<script>` tags.

use crate::css::token::{Kind, tokens};
use crate::js;

/// A script for `<script>…</script>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Script {
    /// The text to write between the tags.
    Inline(String),
    /// Some text in it cannot be written otherwise there; link the file.
    MustLink,
}

/// CSS for `<style>…</style>`: nothing in it ends the element.
pub(crate) fn style(css: &str) -> String {
    let lower = css.to_ascii_lowercase();
    if !lower.contains("</style") {
        return css.to_owned();
    }
    let mut out = String::with_capacity(css.len() + 8);
    for token in tokens(css) {
        let text = token.text(css);
        match token.kind {
            // In a comment the backslash means nothing, elsewhere it escapes the slash.
            Kind::String | Kind::Comment | Kind::Url | Kind::BadString | Kind::BadUrl => {
                let lower = text.to_ascii_lowercase();
                let mut copied = 0;
                for (at, _) in lower.match_indices("</style") {
                    out.push_str(&text[copied..=at]);
                    out.push('\\');
                    copied = at + 1;
                }
                out.push_str(&text[copied..]);
            }
            // `<` is a token of its own, and so is `/`: a comment between them changes nothing.
            Kind::Delim(b'/') if out.ends_with('<') => {
                out.push_str("/**/");
                out.push_str(text);
            }
            _ => out.push_str(text),
        }
    }
    out
}

/// JS for `<script>…</script>`: nothing in it ends the element or hides its end.
pub(crate) fn script(js: &str) -> Script {
    match js::escape(js) {
        js::Escaped::Text(text) => Script::Inline(text),
        js::Escaped::Impossible => Script::MustLink,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_style_element() {
        for (given, wanted) in [
            (".a{content:\"</STYLE>\"}", ".a{content:\"<\\/STYLE>\"}"),
            ("/*! </style> */", "/*! <\\/style> */"),
            (".a{b:url(x</style>)}", ".a{b:url(x<\\/style>)}"),
            (".a </style>{}", ".a </**//style>{}"),
            (".a{top:0}", ".a{top:0}"),
        ] {
            assert_eq!(style(given), wanted);
        }
    }

    #[test]
    fn nothing_ends_a_script_element() {
        let made = script("a=\"</script>\";b=/\\<script/");
        assert_eq!(
            made,
            Script::Inline("a=\"\\x3C/script>\";b=/\\x3Cscript/".to_owned())
        );
        assert_eq!(script("a=String.raw`<!--`"), Script::MustLink);
    }
}
