//! Addresses in plain attributes that name sources: what `asset!` would have been written round.

use std::ops::Range;

use crushed_manifest::AssetPath;

use super::super::rewrite::{Segment, Tag, switched, tag};
use super::super::scan::{Token, TokenKind};
use super::super::source::{has_scheme, is_prefix, percent_decode};
use super::super::syntax::Whitespace;
use super::Unsure;
use super::item::{Attribute, Bit, How, Item, Part, Start};
use super::lex;
use crate::rust_scan::MacroCall;

/// How addresses are read.
pub(crate) struct Plain<'a> {
    /// The prefix as templates may write it.
    pub(crate) static_url: &'a str,
    pub(crate) exists: &'a dyn Fn(&AssetPath) -> bool,
}

/// An address, and where it stands without query and fragment.
pub(crate) type Place = (Range<usize>, MacroCall);

impl Plain<'_> {
    /// The addresses of a template that name a source, in their order.
    pub(crate) fn find(&self, source: &str, tokens: &[Token]) -> Result<Vec<Place>, Unsure> {
        let origin = Origin::new(source, tokens);
        let mut found = Vec::new();
        for item in lex::items(&origin.segments)? {
            let Item::Start(start) = item else { continue };
            // An `integrity` is that of the source.
            if start.how == How::Keep || start.is_opaque || start.find("integrity").is_some() {
                continue;
            }
            for part in &start.parts {
                if let Part::Attribute(attribute) = part {
                    self.attribute(&start, attribute, &origin, &mut found);
                }
            }
        }
        Ok(found)
    }

    fn attribute(
        &self,
        start: &Start<'_>,
        attribute: &Attribute<'_>,
        origin: &Origin,
        found: &mut Vec<Place>,
    ) {
        let Some(value) = &attribute.value else {
            return;
        };
        let name = attribute.name.to_ascii_lowercase();
        let (prefix, text) = match value.bits.as_slice() {
            [Bit::Text(text)] => (None, *text),
            [Bit::Tag(tag), Bit::Text(text)] if is_prefix(tag.source()) => (Some(*tag), *text),
            _ => return,
        };
        let whole = 0..text.len();
        let addresses = match name.as_str() {
            "src" | "poster" => vec![whole],
            "href" | "xlink:href" if names_a_file(start) => vec![whole],
            "srcset" | "imagesrcset" if prefix.is_none() => candidates(text),
            "style" if prefix.is_none() => addresses_of(text),
            _ => return,
        };
        let Some(at) = origin.text(text) else { return };
        for address in addresses {
            let Some((path, named)) = self.source(&text[address.clone()], prefix.is_some()) else {
                continue;
            };
            let end = at + address.start + named.end;
            let from = match prefix {
                Some(tag) => match origin.tag(tag) {
                    Some(start) => start,
                    None => continue,
                },
                None => at + address.start + named.start,
            };
            let call = match loads_module(start, &name) {
                true => MacroCall::Module(path.to_string()),
                false => MacroCall::Asset(path.to_string()),
            };
            found.push((from..end, call));
        }
    }

    /// The source that an address names, and which part of it does.
    fn source(&self, address: &str, below: bool) -> Option<(AssetPath, Range<usize>)> {
        let start = address.len() - address.trim_start().len();
        let end = start
            + address[start..]
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, '?' | '#'))
                .unwrap_or(address.len() - start);
        let written = &address[start..end];
        let path = match written.strip_prefix(self.static_url) {
            _ if below => written,
            Some(rest) if self.static_url.len() > 1 => rest,
            _ if written.starts_with('/') || has_scheme(written) => return None,
            _ => written,
        };
        // A reference of HTML, or a comma that would end a candidate of `srcset`.
        if path.contains(['&', ',', '\\']) {
            return None;
        }
        let path = AssetPath::parse(&percent_decode(path)).ok()?;
        (self.exists)(&path).then_some((path, start..end))
    }
}

/// Whether `href` is what the element loads or leads to. That of `base` is no file, and the name under which a link is
/// saved comes from its address.
fn names_a_file(start: &Start<'_>) -> bool {
    let named = start.find("download").is_none_or(|attribute| {
        attribute
            .value
            .as_ref()
            .is_some_and(|value| !value.bits.is_empty())
    });
    start.name.known != "base" && named
}

fn loads_module(start: &Start<'_>, attribute: &str) -> bool {
    let is = |name: &str, wanted: &str| {
        start.value(name).is_some_and(|value| {
            value
                .split_ascii_whitespace()
                .any(|word| word.eq_ignore_ascii_case(wanted))
        })
    };
    match (start.name.known, attribute) {
        ("script", "src") => is("type", "module"),
        ("link", "href") => is("rel", "modulepreload"),
        _ => false,
    }
}

/// The addresses of a `srcset` (HTML §4.8.4.2.3).
fn candidates(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let skipped = |c: char| c.is_ascii_whitespace() || c == ',';
        at += text[at..].find(|c| !skipped(c)).unwrap_or(text.len() - at);
        if at == text.len() {
            return found;
        }
        let length = text[at..].find(|c: char| c.is_ascii_whitespace());
        let end = length.map_or(text.len(), |length| at + length);
        let address = text[at..end].trim_end_matches(',');
        found.push(at..at + address.len());
        let ended = address.len() < end - at;
        at = end;
        let mut depth = 0_usize;
        while !ended && at < text.len() {
            let byte = text.as_bytes()[at];
            at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => break,
                _ => {}
            }
        }
    }
}

/// The addresses in a list of declarations: what stands between the brackets of `url(…)`, quotes excluded. Nothing, if an
/// escape could hide where strings end.
fn addresses_of(css: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if css.contains(['\\', '&']) {
        return found;
    }
    let bytes = css.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"/*") {
            at += css[at..].find("*/").map_or(rest.len(), |end| end + 2);
        } else if matches!(rest[0], b'"' | b'\'') {
            at += 1;
            at += css[at..]
                .find(char::from(rest[0]))
                .map_or(bytes.len() - at, |end| end + 1);
        } else if rest.len() > 4
            && rest[..4].eq_ignore_ascii_case(b"url(")
            && !is_named(&bytes[..at])
        {
            at += 4;
            at += css[at..].len() - css[at..].trim_start().len();
            let quote = css[at..].chars().next().filter(|c| matches!(c, '"' | '\''));
            at += usize::from(quote.is_some());
            let Some(length) = css[at..].find(quote.unwrap_or(')')) else {
                return found;
            };
            let address = css[at..at + length].trim_end();
            found.push(at..at + address.len());
            at += length + 1;
        } else {
            at += 1;
        }
    }
    found
}

/// Whether a name goes on here, as in `image-url(`.
fn is_named(before: &[u8]) -> bool {
    before
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | 0x80..))
}

/// A template as segments, each with its place.
struct Origin {
    segments: Vec<Segment>,
    places: Vec<usize>,
}

impl Origin {
    fn new(source: &str, tokens: &[Token]) -> Self {
        let mut origin = Self {
            segments: Vec::new(),
            places: Vec::new(),
        };
        let shared = source.into();
        let (mut compresses, mut kept) = (false, false);
        for (at, token) in tokens.iter().enumerate() {
            let text = || token.text(source).to_owned();
            let segment = match token.kind {
                TokenKind::Text if kept => Segment::Kept(text()),
                TokenKind::Text => Segment::Text(text()),
                TokenKind::Raw => Segment::Raw {
                    open: String::new(),
                    text: text(),
                    close: String::new(),
                },
                TokenKind::Comment => {
                    kept = switched(source, token).unwrap_or(kept);
                    continue;
                }
                TokenKind::Block if matches!(token.name(source), "raw" | "endraw") => continue,
                // A block is read for itself.
                TokenKind::Block if token.name(source) == "compress" => {
                    compresses = true;
                    continue;
                }
                TokenKind::Block if token.name(source) == "endcompress" => {
                    compresses = false;
                    continue;
                }
                TokenKind::Block | TokenKind::Expr => {
                    Segment::Tag(tag(&shared, tokens, at, Whitespace::Preserve))
                }
            };
            if !compresses {
                origin.segments.push(segment);
                origin.places.push(token.range.start);
            }
        }
        origin
    }

    /// Where in the template a piece of one of the texts stands.
    fn text(&self, piece: &str) -> Option<usize> {
        let at = piece.as_ptr() as usize;
        let found = self.segments.iter().zip(&self.places).find(|(segment, _)| {
            let text = text_of(segment);
            let start = text.as_ptr() as usize;
            !text.is_empty() && (start..start + text.len()).contains(&at)
        });
        found.map(|(segment, place)| place + at - text_of(segment).as_ptr() as usize)
    }

    fn tag(&self, wanted: &Tag) -> Option<usize> {
        let found =
            self.segments.iter().zip(&self.places).find(
                |(segment, _)| matches!(segment, Segment::Tag(tag) if std::ptr::eq(tag, wanted)),
            );
        found.map(|(_, place)| *place)
    }
}

fn text_of(segment: &Segment) -> &str {
    match segment {
        Segment::Text(text) | Segment::Kept(text) | Segment::Raw { text, .. } => text,
        Segment::Tag(_) => "",
    }
}

/// Cuts texts at the ends of the places, so that each is made of whole tokens.
pub(crate) fn cut(tokens: Vec<Token>, places: &[Place]) -> Vec<Token> {
    let mut cut = Vec::with_capacity(tokens.len());
    for mut token in tokens {
        if token.kind == TokenKind::Text {
            let inside = |at: &usize| token.range.start < *at && *at < token.range.end;
            let ends: Vec<usize> = places
                .iter()
                .flat_map(|(range, _)| [range.start, range.end])
                .filter(inside)
                .collect();
            for end in ends {
                cut.push(Token {
                    range: token.range.start..end,
                    ..token.clone()
                });
                token.range.start = end;
            }
        }
        cut.push(token);
    }
    cut
}
