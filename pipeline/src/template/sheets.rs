//! The stylesheets that a page brings by its own markup.

use super::html::raw_text_end;
use super::styles::Styles;

/// Adds what the `style` elements of a template hold. `is_known` tells whether a stylesheet that it links to is one of the
/// release, by the `href` as written; another makes `styles` unseen.
pub(crate) fn add_sheets(html: &str, is_known: impl Fn(&str) -> bool, styles: &mut Styles) {
    // Most templates have neither.
    let bytes = html.as_bytes();
    let begins = |at: usize| {
        let start = bytes.get(at + 1..at + 4);
        start.is_some_and(|start| {
            matches!(
                start,
                [b's' | b'S', b't' | b'T', _] | [b'l' | b'L', _, b'n' | b'N']
            )
        })
    };
    if !memchr::memchr_iter(b'<', bytes).any(begins) {
        return;
    }
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let open = at + found;
        at = open + 1;
        let Some(end) = tag_end(html, open) else {
            return;
        };
        let tag = &html[open + 1..end];
        if is_named(tag, "style") {
            if let Some((text, _)) = raw_text_end(html, end + 1, "style") {
                styles.add(&html[end + 1..text]);
                at = text;
            }
        } else if is_named(tag, "link") {
            let rel = attribute(tag, "rel").unwrap_or("stylesheet");
            let sheet = rel
                .split_ascii_whitespace()
                .any(|word| word.eq_ignore_ascii_case("stylesheet"))
                || rel.contains('{');
            if sheet && !attribute(tag, "href").is_some_and(&is_known) {
                styles.unseen = true;
            }
        }
    }
}

fn is_named(tag: &str, name: &str) -> bool {
    tag.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && !tag[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
}

/// The `>` that ends the tag, outside of quotes.
fn tag_end(html: &str, open: usize) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate().skip(open + 1) {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'>', None) => return Some(at),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute as it is written, tags and all.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.match_indices(name).map(|(at, _)| at).find(|at| {
        lower.as_bytes()[at - 1].is_ascii_whitespace()
            && lower[at + name.len()..].trim_start().starts_with('=')
    })?;
    let value = tag[at + name.len()..]
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split(|c: char| c.is_ascii_whitespace()).next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_in_a_page_are_read_and_foreign_ones_noted() {
        let mut styles = Styles::default();
        let known = |href: &str| href.starts_with("/static/");
        let page = "<link rel=\"icon\" href=x><LINK REL=stylesheet HREF='/static/a.css'><style media=all>li{display:inline}</style>";
        add_sheets(page, known, &mut styles);
        assert!(!styles.unseen && styles.inline != Styles::default().inline);
        add_sheets(
            "<link href=\"https://cdn.example/{{ x }}.css\" rel=\"stylesheet\">",
            known,
            &mut styles,
        );
        assert!(styles.unseen);
    }
}
