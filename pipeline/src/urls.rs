//! The places in a stylesheet that name another file, found and rewritten token by token.
//!
//! Everything else stays as it was, byte for byte. What is a file of ours and what is not (`data:`, absolute
//! addresses, `#fragment`) is the caller's to say: every reference is reported.

use std::ops::Range;

use crate::css::token::{Kind, Token, tokens, unescape};

/// A place in a stylesheet that names another file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reference {
    /// What a rewrite replaces: `url(…)` as a whole when it is unquoted, else the string with its quotes.
    pub range: Range<usize>,
    /// The address it means, unescaped.
    pub value: String,
    /// How it is written.
    pub form: Form,
    /// Where it stands.
    pub context: Context,
}

/// How a reference is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Form {
    /// `url(a.png)`
    Url,
    /// `url("a.png")`
    QuotedUrl,
    /// A bare string where the grammar takes one for an address: `@import`, `image-set()`, `src()`.
    String,
}

/// Where a reference stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Context {
    /// The address of an `@import`.
    Import,
    /// The name of an `@namespace` or the pages of an `@document`, which are no files.
    Namespace,
    /// Relative to the page and not to the stylesheet: `behavior`, of old browsers.
    OfPage,
    /// The value of a custom property: engines differ in what it is relative to.
    CustomProperty,
    /// `@font-face`'s `src`.
    Font,
    /// Any other place.
    Other,
}

/// Every reference of a stylesheet, in order.
pub(crate) fn references(text: &str) -> Vec<Reference> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // Functions and brackets open around the token.
    let mut open: Vec<usize> = Vec::new();
    let mut place = Context::Other;
    // The property that a colon may follow.
    let mut property: Option<usize> = None;
    let mut at_font_face = None;
    let mut awaiting = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Whitespace | Kind::Comment => continue,
            Kind::AtKeyword if open.iter().all(|i| tokens[*i].kind == Kind::OpenCurly) => {
                let name = unescape(&token.text(text)[1..]).to_ascii_lowercase();
                place = match &*name {
                    "import" => Context::Import,
                    "namespace" | "document" | "-moz-document" => Context::Namespace,
                    _ => Context::Other,
                };
                awaiting = matches!(&*name, "import" | "namespace");
                at_font_face = (name == "font-face").then_some(open.len() + 1);
                property = None;
                continue;
            }
            Kind::Colon => {
                let started = property.filter(|i| next_solid(&tokens, *i) == Some(index));
                if let Some(started) = started {
                    let name = tokens[started].text(text);
                    if name.starts_with("--") {
                        place = Context::CustomProperty;
                    } else if at_font_face == Some(open.len()) {
                        place = Context::Font;
                    } else if is_behaviour(name) {
                        place = Context::OfPage;
                    }
                }
            }
            Kind::Semicolon
                if open
                    .last()
                    .is_none_or(|i| tokens[*i].kind == Kind::OpenCurly) =>
            {
                place = Context::Other;
                awaiting = false;
                property = None;
                continue;
            }
            Kind::Url => {
                let inner = token.text(text);
                let start = inner.find('(').map_or(0, |at| at + 1);
                let inner = inner[start..].strip_suffix(')').unwrap_or(&inner[start..]);
                found.push(Reference {
                    range: token.start..token.end,
                    value: unescape(trimmed(inner)).into_owned(),
                    form: Form::Url,
                    context: place,
                });
                if awaiting {
                    awaiting = false;
                    place = Context::Other;
                }
            }
            Kind::String => {
                let function = open
                    .last()
                    .map(|i| &tokens[*i])
                    .filter(|opener| opener.kind == Kind::Function)
                    .map(|opener| function_name(opener, text));
                let form = match function.as_deref() {
                    Some("url") => Some(Form::QuotedUrl),
                    Some("src" | "image-set" | "-webkit-image-set" | "image")
                        if !is_descriptor(&tokens, index) =>
                    {
                        Some(Form::String)
                    }
                    _ if awaiting => Some(Form::String),
                    _ => None,
                };
                if let Some(form) = form {
                    found.push(Reference {
                        range: token.start..token.end,
                        value: unescape(string_inside(token, text)).into_owned(),
                        form,
                        context: place,
                    });
                }
                if awaiting {
                    awaiting = false;
                    place = Context::Other;
                }
            }
            _ => {}
        }
        if token.opens().is_some() {
            // `--x:{…}` keeps its context; a rule's block starts afresh.
            if token.kind == Kind::OpenCurly && place != Context::CustomProperty {
                place = Context::Other;
                awaiting = false;
                property = None;
            }
            open.push(index);
            if token.kind == Kind::OpenCurly {
                continue;
            }
        } else if token.closes() {
            while let Some(last) = open.pop() {
                if tokens[last].opens() == Some(token.kind) {
                    break;
                }
                if token.kind != Kind::CloseCurly {
                    open.push(last);
                    break;
                }
            }
            if token.kind == Kind::CloseCurly {
                place = Context::Other;
                property = None;
                if at_font_face.is_some_and(|depth| open.len() < depth) {
                    at_font_face = None;
                }
                continue;
            }
        }
        if property.is_none()
            && open
                .last()
                .is_none_or(|i| tokens[*i].kind == Kind::OpenCurly)
        {
            property = Some(index);
        }
    }
    found
}

/// The text with some of its references replaced: `change` gives the new address, or `None` to leave it.
pub(crate) fn rewrite(
    text: &str,
    references: &[Reference],
    change: &mut dyn FnMut(&Reference) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for reference in references {
        let Some(address) = change(reference) else {
            continue;
        };
        out.push_str(&text[copied..reference.range.start]);
        match reference.form {
            Form::Url => write_url(&address, &mut out),
            Form::QuotedUrl | Form::String => {
                let quote = text.as_bytes()[reference.range.start];
                write_string(&address, quote as char, &mut out);
            }
        }
        copied = reference.range.end;
    }
    out.push_str(&text[copied..]);
    out
}

/// Writes `url(…)`, with quotes where they are shorter than escapes.
pub(crate) fn write_url(address: &str, out: &mut String) {
    let special = |c: char| {
        c.is_ascii_whitespace()
            || c.is_ascii_control()
            || matches!(c, '"' | '\'' | '(' | ')' | '\\')
    };
    match address.chars().filter(|c| special(*c)).count() {
        0 => {
            out.push_str("url(");
            out.push_str(address);
            out.push(')');
        }
        _ => {
            out.push_str("url(");
            let quote = if address.contains('"') && !address.contains('\'') {
                '\''
            } else {
                '"'
            };
            write_string(address, quote, out);
            out.push(')');
        }
    }
}

/// Writes a quoted string.
pub(crate) fn write_string(value: &str, quote: char, out: &mut String) {
    out.push(quote);
    for char in value.chars() {
        match char {
            '\n' => out.push_str("\\a "),
            '\r' => out.push_str("\\d "),
            '\x0c' => out.push_str("\\c "),
            '\\' => out.push_str("\\\\"),
            _ if char == quote => {
                out.push('\\');
                out.push(char);
            }
            _ => out.push(char),
        }
    }
    out.push(quote);
}

/// The characters between a string token's quotes.
pub(crate) fn string_inside<'t>(token: &Token, text: &'t str) -> &'t str {
    let whole = token.text(text);
    let end = if token.open {
        whole.len()
    } else {
        whole.len() - 1
    };
    &whole[1..end]
}

pub(crate) fn trimmed(text: &str) -> &str {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    let end = start.trim_end_matches([' ', '\t', '\n', '\r', '\x0c']);
    // `url(a\ )`: the space belongs to the escape.
    let slashes = end.bytes().rev().take_while(|b| *b == b'\\').count();
    if slashes % 2 == 1 && end.len() < start.len() {
        &start[..end.len() + 1]
    } else {
        end
    }
}

fn is_behaviour(name: &str) -> bool {
    ["behavior", "-ms-behavior"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

fn function_name(token: &Token, text: &str) -> String {
    let name = token.text(text);
    unescape(&name[..name.len() - 1]).to_ascii_lowercase()
}

fn next_solid(tokens: &[Token], index: usize) -> Option<usize> {
    (index + 1..tokens.len()).find(|i| !tokens[*i].is_blank())
}

/// `type("image/avif")` is a function of its own; nothing else in `image-set()` puts a string behind a name.
fn is_descriptor(tokens: &[Token], index: usize) -> bool {
    tokens[..index]
        .iter()
        .rev()
        .find(|token| !token.is_blank())
        .is_some_and(|token| token.kind == Kind::Ident)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, String, Form, Context)> {
        references(text)
            .into_iter()
            .map(|found| (&text[found.range], found.value, found.form, found.context))
            .collect()
    }

    #[test]
    fn every_form_is_found() {
        let text = "@import 'a.css' print; @namespace x url(urn:x); @import url(\"b.css\");
            .c{background:url( d\\ e.png ),image-set(\"f.png\" 1x,url(g.png) type(\"image/png\"));
            content:\"no.png\";--h:url(i.png);filter:progid:AlphaImageLoader(src='j.png')}
            @font-face{src:url(k.woff2) format('woff2')}.l{cursor:url();behavior:url(m.htc)}
            @-moz-document url(n),url-prefix('o'){}";
        use Context::{CustomProperty, Font, Import, Namespace, OfPage, Other};
        let wanted = [
            ("'a.css'", "a.css", Form::String, Import),
            ("url(urn:x)", "urn:x", Form::Url, Namespace),
            ("\"b.css\"", "b.css", Form::QuotedUrl, Import),
            ("url( d\\ e.png )", "d e.png", Form::Url, Other),
            ("\"f.png\"", "f.png", Form::String, Other),
            ("url(g.png)", "g.png", Form::Url, Other),
            ("url(i.png)", "i.png", Form::Url, CustomProperty),
            ("url(k.woff2)", "k.woff2", Form::Url, Font),
            ("url()", "", Form::Url, Other),
            ("url(m.htc)", "m.htc", Form::Url, OfPage),
            ("url(n)", "n", Form::Url, Namespace),
        ];
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(text, value, form, context)| (text, value.to_owned(), form, context))
            .collect();
        assert_eq!(found(text), wanted);
    }

    #[test]
    fn what_is_written_is_read_back() {
        for address in [
            "a.png", "a b.png", "a'b.png", "a\"b.png", "a(1).png", "a\\b", "a\nb", "é",
        ] {
            for form in ["url(x)", "url('x')", "url(\"x\")"] {
                let text = format!(".a{{b:{form} c}}");
                let made = rewrite(&text, &references(&text), &mut |_| Some(address.to_owned()));
                let back = references(&made);
                assert_eq!(back.len(), 1, "{made}");
                assert_eq!(back[0].value, address, "{made}");
            }
        }
    }

    #[test]
    fn what_is_left_alone_stays() {
        let text = "a{b:url( c.png );d:url('e')}";
        assert_eq!(rewrite(text, &references(text), &mut |_| None), text);
    }
}
