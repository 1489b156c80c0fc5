//! Scripts in images: an SVG that is opened by itself runs them as a page of the site.

use std::cell::RefCell;

use encoding_rs::{Encoding, UTF_8};
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// What an image runs, for a message: its first script, event handler or address of a script.
pub(crate) fn script_in(image: &[u8]) -> Option<String> {
    let (encoding, _) = Encoding::for_bom(image).unwrap_or((UTF_8, 0));
    let (text, _) = encoding.decode_with_bom_removal(image);
    let input = BufferQueue::default();
    input.push_back(text.as_ref().into());
    // HTML's tokenizer takes more for a tag than XML does, and never less.
    let tokenizer = Tokenizer::new(Scripts::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.found.into_inner()
}

#[derive(Default)]
struct Scripts {
    found: RefCell<Option<String>>,
}

impl TokenSink for Scripts {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token
            && tag.kind == TagKind::StartTag
        {
            let mut found = self.found.borrow_mut();
            if found.is_none() {
                *found = runs(&tag);
            }
        }
        TokenSinkResult::Continue
    }

    /// Nothing here is HTML: `<![CDATA[` is no comment.
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        true
    }
}

fn runs(tag: &Tag) -> Option<String> {
    let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    if local(&tag.name) == "script" {
        return Some(format!("a `<{}>` element", tag.name));
    }
    tag.attrs.iter().find_map(|attribute| {
        let name = &*attribute.name.local;
        let is_handler = name.len() > 2 && name.starts_with("on");
        // An address is read without the line ends and tabs in it.
        let is_address = local(name) == "href" && {
            let value = attribute.value.chars();
            let value: String = value
                .filter(|c| !c.is_ascii_control() && *c != ' ')
                .take("javascript:".len())
                .collect();
            value.eq_ignore_ascii_case("javascript:")
        };
        (is_handler || is_address).then(|| format!("an attribute `{name}` of `<{}>`", tag.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_handlers_and_addresses_are_found() {
        for (inside, what) in [
            ("<script>a()</script>", "a `<script>` element"),
            ("<s:script href='a.js'/>", "a `<s:script>` element"),
            ("<g onload=\"a()\"/>", "an attribute `onload` of `<g>`"),
            (
                "<a xlink:href='java&#10;script:a()'/>",
                "an attribute `xlink:href` of `<a>`",
            ),
            (
                "<![CDATA[ <p> ]]><a href=' JavaScript:a()'/>",
                "an attribute `href` of `<a>`",
            ),
        ] {
            let image = format!("<?xml version='1.0'?>\n<svg xmlns='x'>{inside}</svg>");
            assert_eq!(script_in(image.as_bytes()).as_deref(), Some(what));
            let wide: Vec<u8> = "\u{feff}"
                .encode_utf16()
                .chain(image.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
            assert_eq!(script_in(&wide).as_deref(), Some(what));
        }
    }

    #[test]
    fn an_image_that_only_shows_something_is_let_be() {
        for inside in [
            "<!-- <script>a()</script> --><g data-onload='y'/>",
            "<text>onload=\"a()\" &lt;script></text>",
            "<style>/*<![CDATA[*/ a > script { b: c } /*]]>*/</style>",
            "<![CDATA[<script>]]><use href='#a'/><a href='/b?javascript:'/>",
        ] {
            assert_eq!(
                script_in(format!("<svg>{inside}</svg>").as_bytes()),
                None,
                "{inside}"
            );
        }
        assert_eq!(script_in(b"\x1f\x8b\x08"), None);
        assert_eq!(script_in(b""), None);
    }
}
