use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{AssetPath, PathError};

use super::compress::Place;
use super::flat::Flat;
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::discover::Missing;
use crate::rust_scan::{MacroCall, parse_call};

pub(crate) fn text_call(tag: &str) -> Option<MacroCall> {
    parse_call(expression(tag)?)
}

/// What stands between the delimiters of an expression in any syntax: all but its first and last two bytes or so.
fn expression(tag: &str) -> Option<&str> {
    let start = tag.find(|c: char| c.is_alphabetic() || c == '_')?;
    let end = tag.rfind(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | '"' | ']'))?;
    tag.get(start..=end)
}

/// Whether a tag is an expression for the prefix: `{{ STATIC_URL }}`, `{{ crushed::static_url() }}`, `{{ site.static_url|safe }}`.
pub(crate) fn is_prefix(tag: &str) -> bool {
    expression(tag).is_some_and(|text| {
        let value = text.split('|').next().unwrap_or_default().trim();
        let value = value.strip_suffix("()").unwrap_or(value);
        let name = value.rsplit(['.', ':']).next().unwrap_or_default();
        name.eq_ignore_ascii_case("static_url")
    })
}

pub(crate) fn dynamic(text: &Arc<SourceText>, tag: &str, range: &Range<usize>) -> Diagnostic {
    let shown = tag.split_whitespace().collect::<Vec<_>>().join(" ");
    Diagnostic::at(
        ErrorKind::Template,
        text,
        range.clone(),
        format!("`{shown}` inside a `compress` block has no value at build time"),
    )
    .help(
        match expression(tag).map(|text| text.split_whitespace().next().unwrap_or_default()) {
            Some("if" | "else" | "elif" | "match" | "when" | "endif" | "endmatch") => {
                "write a `compress` block in each branch, or move the tag out of the block"
            }
            Some("include" | "block" | "endblock" | "super()") => {
                "write the `compress` block where the tags themselves are"
            }
            _ => "name the source itself, or move the tag out of the block",
        },
    )
}

/// The source that a value names and where it stands; `None` for what lies on another host.
pub(crate) fn source_of(
    place: &Place<'_>,
    flat: &Flat,
    range: Range<usize>,
) -> Result<Option<(AssetPath, Range<usize>)>, Box<Diagnostic>> {
    let value = flat.text[range.clone()].trim();
    let start = flat.position(range.start);
    let at = start..flat.position(range.end.saturating_sub(1)).max(start) + 1;
    let error =
        |message: String| Diagnostic::at(ErrorKind::Reference, place.text, at.clone(), message);

    let mut written = html_escape::decode_html_entities(value).into_owned();
    if let Some((first, (tag, tag_range))) =
        written.chars().next().and_then(|c| Some((c, flat.tag(c)?)))
    {
        let rest = written[first.len_utf8()..].to_owned();
        let whole = at.start..at.end.max(tag_range.end);
        let prefix = is_prefix(tag);
        match text_call(tag) {
            Some(MacroCall::Asset(source)) if rest.is_empty() => {
                return match AssetPath::parse(&source) {
                    Ok(source) => Ok(Some((source, whole))),
                    Err(path) => Err(Box::new(refused(place, whole, &source, path))),
                };
            }
            _ if prefix && !rest.is_empty() => written = rest,
            _ => return Err(Box::new(dynamic(place.text, tag, tag_range))),
        }
    }
    if let Some((tag, tag_range)) = written.chars().find_map(|c| flat.tag(c)) {
        return Err(Box::new(dynamic(place.text, tag, tag_range)));
    }
    let end = written.find(['?', '#']).unwrap_or(written.len());
    let mut path = &written[..end];
    if written.starts_with("//") || has_scheme(&written) {
        match written
            .strip_prefix(place.static_url)
            .filter(|_| place.static_url.len() > 1)
        {
            Some(_) => path = &path[place.static_url.len()..],
            None => return Ok(None),
        }
    } else if let Some(below) = path.strip_prefix(place.static_url) {
        path = below;
    } else if let Some(bare) = path.strip_prefix('/') {
        let help = match AssetPath::parse(bare) {
            Ok(source) if (place.exists)(&source) => format!("did you mean \"{source}\"?"),
            _ => format!(
                "name the source relative to its `assets` directory, or below \"{}\"",
                place.static_url
            ),
        };
        return Err(Box::new(
            error(format!("\"{path}\" is absolute")).help(help),
        ));
    }
    let decoded = percent_decode(path);
    match AssetPath::parse(&decoded) {
        Ok(source) => Ok(Some((source, at))),
        Err(path) => Err(Box::new(refused(place, at, &written, path))),
    }
}

fn refused(place: &Place<'_>, at: Range<usize>, written: &str, error: PathError) -> Diagnostic {
    let (message, help) = Missing::Path(error).explain(written);
    Diagnostic::at(ErrorKind::Reference, place.text, at, message).maybe_help(help)
}

/// Whether a URL is absolute, by RFC 3986 §3.1.
pub(crate) fn has_scheme(url: &str) -> bool {
    let scheme = url.split([':', '/', '?', '#']).next().unwrap_or_default();
    url[scheme.len()..].starts_with(':')
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Decodes `%20` and the like; what is no UTF-8 then stays as it was.
pub(crate) fn percent_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map_or_else(|_| text.to_owned(), Into::into)
}
