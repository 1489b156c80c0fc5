//! The start tags of a finished page, as far as a list of its files needs them.

use std::borrow::Cow;

/// A start tag with its attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'h> {
    name: &'h str,
    attributes: &'h str,
}

/// The start tags of a page in their order: none in comments, scripts and other raw text, `template` and `noscript`
/// elements (HTML §13.2.5).
pub(crate) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('<')? + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                // `<!-->` and `<!--->` are comments, too.
                let empty = comment.starts_with('>') || comment.starts_with("->");
                let end = match empty {
                    true => comment.find('>').map(|at| at + 1),
                    false => comment.find("-->").map(|at| at + 3),
                };
                rest = &comment[end?..];
                continue;
            }
            if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let name = rest
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
                .unwrap_or(rest.len());
            let end = tag_end(rest)?;
            let tag = Tag {
                name: &rest[..name],
                attributes: &rest[name..end],
            };
            rest = &rest[end..];
            if HIDING.iter().any(|name| tag.is(name)) {
                rest = behind_element(rest, tag.name);
            }
            return Some(tag);
        }
    })
}

/// Elements whose content holds no element that a browser with scripts loads something for.
const HIDING: [&str; 10] = [
    "script", "style", "textarea", "title", "template", "noscript", "iframe", "xmp", "noembed",
    "noframes",
];

/// What follows the end tag of this element.
fn behind_element<'h>(html: &'h str, name: &str) -> &'h str {
    let mut rest = html;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let is_name = rest
            .get(..name.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(name));
        if is_name && !rest[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return rest;
        }
    }
    ""
}

/// Where the `>` of a tag stands; one in a quoted value is none.
fn tag_end(html: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            // A quote in the midst of an unquoted value opens nothing.
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

impl<'h> Tag<'h> {
    /// Whether this is its name, given in lower case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it has the attribute.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of the first attribute of this name, empty if it has none.
    pub(crate) fn value(&self, name: &str) -> Option<Cow<'h, str>> {
        let space = |c: char| c.is_ascii_whitespace() || c == '/';
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(space);
            if rest.is_empty() {
                return None;
            }
            // The first character may be an equals sign.
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| space(*c) || *c == '=')
                .map_or(rest.len(), |(at, _)| at);
            let (given, behind) = rest.split_at(end);
            let behind = behind.trim_start();
            let value;
            (value, rest) = match behind.strip_prefix('=') {
                None => ("", behind),
                Some(behind) => {
                    let behind = behind.trim_start();
                    match behind.chars().next() {
                        Some(quote @ ('"' | '\'')) => {
                            behind[1..].split_once(quote).unwrap_or((behind, ""))
                        }
                        _ => {
                            let end = behind.find(|c: char| c.is_ascii_whitespace());
                            behind.split_at(end.unwrap_or(behind.len()))
                        }
                    }
                }
            };
            if given.eq_ignore_ascii_case(name) {
                return Some(decoded(value));
            }
        }
    }
}

/// A value without the character references that templates escape with.
fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut text = value.to_owned();
    // The ampersand last, so that nothing is decoded twice.
    for (references, character) in [
        (["&#34;", "&quot;", "&#x22;"], "\""),
        (["&#39;", "&apos;", "&#x27;"], "'"),
        (["&#60;", "&lt;", "&#x3c;"], "<"),
        (["&#62;", "&gt;", "&#x3e;"], ">"),
        (["&#38;", "&amp;", "&#x26;"], "&"),
    ] {
        for reference in references {
            text = text.replace(reference, character);
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_those_that_a_browser_acts_on() {
        let page = "<!doctype html><!--[if lt IE 9]><script src=a></script><![endif]--><!--><a>\
            <LINK href=b><script>'<link href=c>'</script x><template><img src=d></template>\
            <textarea><i></textarea><p title='<b>'>1 < 2</p><em";
        let names: Vec<String> = tags(page).map(|tag| tag.name.to_lowercase()).collect();
        assert_eq!(names, ["a", "link", "script", "template", "textarea", "p"],);
    }

    #[test]
    fn attributes_in_every_notation() {
        let tag = |html| tags(html).next().unwrap();
        let link = tag("<link rel=stylesheet HREF = \"/a b>.css\" media='a&amp;b' x=/y/ defer>");
        for (name, want) in [
            ("rel", Some("stylesheet")),
            ("href", Some("/a b>.css")),
            ("media", Some("a&b")),
            ("x", Some("/y/")),
            ("defer", Some("")),
            ("ref", None),
        ] {
            assert_eq!(link.value(name).as_deref(), want, "{name}");
        }
        assert!(link.has("defer") && !link.has("async"));
        assert_eq!(tag("<a href=x href=y>").value("href").as_deref(), Some("x"));
        for odd in [
            "<a =>",
            "<a \u{e4}>",
            "<a x='>",
            "<a x=>",
            "<a / =b/>",
            "<a =\u{e4}=x>",
        ] {
            for tag in tags(odd) {
                assert_eq!(tag.value("href"), None, "{odd}");
            }
        }
    }
}
