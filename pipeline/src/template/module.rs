//! Modules and import maps as templates write them.

use std::ops::Range;

use crushed_manifest::{AssetPath, Kind, Markup, content_type, percent_encode};

use super::attributes::{carried, claim, shown};
use super::compress::{Item, Place};
use super::flat::Flat;
use super::html::{self, Element};
use super::scan::{Token, TokenKind};
use super::source::{dynamic, source_of, text_call};
use crate::bundle::{Input, Unit};
use crate::diagnostic::Diagnostic;
use crate::modules::{ImportMap, ModuleTag, page_addresses, plain_suffix};
use crate::rust_scan::MacroCall;
use crate::tags::Attributes;

type Found = Option<(Item, Markup)>;

/// The item that an element becomes if it is of a module, and what the page gets when compression is off.
pub(super) fn item(
    place: &Place<'_>,
    flat: &Flat,
    element: &Element,
) -> Result<Found, Box<Diagnostic>> {
    match what(&flat.text, element) {
        Some(What::Script) => match element.attribute("src") {
            Some(src) => linked(place, flat, element, src.value.clone(), false),
            None => fragment(place, flat, element),
        },
        Some(What::Preload) => {
            let href = element
                .attribute("href")
                .and_then(|href| href.value.clone());
            linked(place, flat, element, href, true)
        }
        Some(What::Map) => Ok(map(place, flat, element)),
        None => Ok(None),
    }
}

enum What {
    Script,
    Preload,
    Map,
}

fn what(html: &str, element: &Element) -> Option<What> {
    let value = |name: &str| {
        let range = element.attribute(name)?.value.clone()?;
        Some(html[range].trim().to_ascii_lowercase())
    };
    match element.name.as_str() {
        "script" => match value("type")?.as_str() {
            "module" => Some(What::Script),
            "importmap" => Some(What::Map),
            _ => None,
        },
        "link" => {
            let rel = value("rel")?;
            let preload = rel
                .split_ascii_whitespace()
                .any(|word| word == "modulepreload");
            preload.then_some(What::Preload)
        }
        _ => None,
    }
}

type Claim = Option<(String, Range<usize>)>;

fn tag(input: Input, suffix: String, preload: bool, claim: Claim, attributes: Attributes) -> Item {
    Item::Module(ModuleTag {
        unit: Unit {
            kind: Kind::Js,
            name: String::new(),
            inputs: vec![input],
            attributes,
            integrity: claim.is_some(),
        },
        suffix,
        preload,
        claim,
    })
}

fn linked(
    place: &Place<'_>,
    flat: &Flat,
    element: &Element,
    value: Option<Range<usize>>,
    preload: bool,
) -> Result<Found, Box<Diagnostic>> {
    let Some(range) = value else { return Ok(None) };
    let Some((path, at)) = source_of(place, flat, range.clone())? else {
        return Ok(None);
    };
    let written = html_escape::decode_html_entities(flat.text[range.clone()].trim());
    let suffix = written.find(['?', '#']).map_or("", |at| &written[at..]);
    let address = percent_encode(path.as_str()) + &plain_suffix(suffix).replace('&', "&amp;");
    let shown = shown(flat, element, range, &address);
    let dropped: &[&str] = match preload {
        true => &["rel", "href", "integrity"],
        false => &["src", "charset", "language", "integrity"],
    };
    let input = Input::Source {
        path,
        // A module is UTF-8, whatever its tag says (HTML §8.1.4.2).
        charset: None,
        at: Some((place.text.clone(), at)),
    };
    let claim = claim(flat, element);
    let attributes = carried(flat, element, dropped);
    Ok(Some((
        tag(input, suffix.to_owned(), preload, claim, attributes),
        shown,
    )))
}

fn fragment(place: &Place<'_>, flat: &Flat, element: &Element) -> Result<Found, Box<Diagnostic>> {
    let Some(range) = element.text.clone() else {
        return Ok(None);
    };
    if flat.text[range.clone()].trim().is_empty() {
        return Ok(None);
    }
    if let Some((tag, at)) = flat.first_tag(range.clone()) {
        return Err(Box::new(dynamic(place.text, tag, at)));
    }
    let text = &flat.text[range.clone()];
    let mut shown = Markup::default();
    let mut at = element.range.start;
    for (literal, address) in page_addresses(text, place.exists, place.static_url) {
        shown.append(&flat.markup(at..range.start + literal.start));
        shown.push_text("\"");
        shown.push_prefix();
        shown.push_text(&address);
        shown.push_text("\"");
        at = range.start + literal.end;
    }
    shown.append(&flat.markup(at..element.range.end));
    let input = Input::Fragment {
        text: text.to_owned(),
        template: place.text.clone(),
        origin: flat.origin_of(&range),
    };
    // Of a text in the page there is nothing to check.
    let attributes = carried(flat, element, &["charset", "language", "integrity"]);
    Ok(Some((
        tag(input, String::new(), false, None, attributes),
        shown,
    )))
}

/// An import map in which nothing depends on the run time but the prefix of sources.
fn map(place: &Place<'_>, flat: &Flat, element: &Element) -> Found {
    let range = element.text.clone()?;
    let mut text = String::new();
    let mut origin = Vec::new();
    for (start, at) in flat.origin_of(&range) {
        // Behind a tag, its address is as long as it is.
        let stretch = &flat.text[range.start + start..range.end];
        let end = flat
            .origin_of(&range)
            .into_iter()
            .map(|(next, _)| next)
            .find(|next| *next > start);
        let stretch = &stretch[..end.map_or(stretch.len(), |end| end - start)];
        origin.push((text.len(), at));
        for c in stretch.chars() {
            match flat.tag(c) {
                None => text.push(c),
                Some((tag, _)) => match text_call(tag) {
                    Some(MacroCall::Asset(source)) => {
                        text.push_str(place.static_url);
                        text.push_str(&percent_encode(AssetPath::parse(&source).ok()?.as_str()));
                    }
                    _ => return None,
                },
            }
        }
    }
    let map = ImportMap {
        text,
        origin,
        template: place.text.clone(),
        attributes: carried(flat, element, &[]),
    };
    let shown = map.original(place.exists, place.static_url);
    Some((Item::Map(map), shown))
}

/// Whether the expression at `index` stands where a page loads what it names as a module: in the tag of a module, in a
/// preload of one or in an import map.
pub(crate) fn loads(source: &str, tokens: &[Token], index: usize, written: &str) -> bool {
    let lower = source.to_ascii_lowercase();
    if !content_type(written).starts_with("text/javascript")
        || !(lower.contains("module") || lower.contains("importmap"))
    {
        return false;
    }
    let mut html = source.as_bytes().to_vec();
    for token in tokens {
        if !matches!(token.kind, TokenKind::Text | TokenKind::Raw) {
            html[token.range.clone()].fill(b'x');
        }
    }
    // Whole tokens were replaced, by ASCII.
    let html = String::from_utf8_lossy(&html);
    let at = tokens[index].range.start;
    let Some(open) = html[..at].rfind('<') else {
        return false;
    };
    let Ok(element) = html::start_tag(&html, open) else {
        return false;
    };
    match what(&html, &element) {
        Some(What::Map) => true,
        Some(What::Script | What::Preload) => element.range.contains(&at),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::super::syntax::Syntax;
    use super::*;

    #[test]
    fn a_call_is_of_a_module_where_the_page_loads_one() {
        for (html, wanted) in [
            ("<script type=\"module\" src=\"{{ a }}\"></script>", true),
            (
                "<script {% if b > c %}async{% endif %} src='{{ a }}' type=Module></script>",
                true,
            ),
            ("<link rel=\"modulepreload\" href=\"{{ a }}\">", true),
            (
                "<script type=importmap>{\"imports\": {\"a\": \"{{ a }}\"}}</script>",
                true,
            ),
            (
                "<script src=\"{{ a }}\"></script><script type=module></script>",
                false,
            ),
            ("<script type=module src=b></script>{{ a }}", false),
            ("<script type=importmap>{}</script>{{ a }}", false),
            ("module {{ a }}", false),
        ] {
            let tokens = scan(html, &Syntax::default()).unwrap();
            let index = tokens
                .iter()
                .position(|token| token.text(html) == "{{ a }}")
                .unwrap();
            assert_eq!(loads(html, &tokens, index, "js/a.js"), wanted, "{html}");
            assert!(!loads(html, &tokens, index, "img/a.png"), "{html}");
        }
    }
}
