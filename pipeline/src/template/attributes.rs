use std::ops::Range;

use crushed_manifest::{Markup, Piece};

use super::flat::Flat;
use super::html::{Attribute, Element};
use crate::tags::Attributes;

/// What the tag of the bundle carries over.
pub(crate) fn attributes(flat: &Flat, element: &Element) -> Attributes {
    let has_source = element.attribute("src").is_some();
    let dropped: &[&str] = match element.name.as_str() {
        "link" => &["href", "charset", "integrity"],
        "script" if has_source => &["src", "charset", "language", "integrity"],
        // They mean nothing where nothing is fetched, and would mean something on the tag of a file.
        "script" => &["charset", "language", "integrity", "async", "defer"],
        _ => &[],
    };
    carried(flat, element, dropped)
}

/// The attributes of a tag but those of these names. One that is empty or says by its mere presence what it says has no
/// value.
pub(super) fn carried(flat: &Flat, element: &Element, dropped: &[&str]) -> Attributes {
    let mut carried = Attributes::new();
    for attribute in &element.attributes {
        let name = attribute.name.as_str();
        if dropped.contains(&name)
            || is_default(flat, attribute)
            || carried.iter().any(|(known, _)| known == name)
        {
            continue;
        }
        let boolean = matches!(name, "async" | "defer" | "nomodule" | "disabled");
        let value = attribute
            .value
            .clone()
            .filter(|range| !range.is_empty() && !boolean);
        carried.push((
            name.to_owned(),
            value.map(|range| double_quoted(flat.markup(range))),
        ));
    }
    carried
}

/// The value as it stands between double quotes, wherever it stood before.
fn double_quoted(mut value: Markup) -> Markup {
    for piece in &mut value.0 {
        if let Piece::Text(text) = piece {
            *text = text.replace('"', "&quot;");
        }
    }
    value
}

/// Attributes that only say what is so without them.
fn is_default(flat: &Flat, attribute: &Attribute) -> bool {
    let value = attribute
        .value
        .clone()
        .map(|range| &flat.text[range])
        .unwrap_or_default();
    match attribute.name.as_str() {
        "rel" => value.trim().eq_ignore_ascii_case("stylesheet"),
        "type" => true,
        _ => false,
    }
}

/// The `integrity` of a tag and where it stands.
pub(super) fn claim(flat: &Flat, element: &Element) -> Option<(String, Range<usize>)> {
    let attribute = element.attribute("integrity")?;
    let value = attribute.value.clone().unwrap_or(0..0);
    let value = html_escape::decode_html_entities(&flat.text[value]).into_owned();
    let start = flat.position(attribute.range.start);
    let end = flat.position(attribute.range.end - 1) + 1;
    Some((value, start..end))
}

/// The tag with another address behind the prefix, without `integrity`: what the page gets when compression is off.
pub(super) fn shown(flat: &Flat, element: &Element, value: Range<usize>, address: &str) -> Markup {
    let mut shown = Markup::default();
    let mut from = element.range.start;
    for attribute in &element.attributes {
        if attribute.range.contains(&value.start) {
            shown.append(&flat.markup(from..value.start));
            shown.push_prefix();
            shown.push_text(address);
            from = value.end;
        } else if attribute.name == "integrity" {
            // Without compression a source may be edited with no build in between.
            let before = flat.text[from..attribute.range.start].trim_end();
            shown.append(&flat.markup(from..from + before.len()));
            from = attribute.range.end;
        }
    }
    shown.append(&flat.markup(from..element.range.end));
    shown
}
