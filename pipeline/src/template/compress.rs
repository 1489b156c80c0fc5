use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{AssetPath, Kind, Markup, Mode, PathError, percent_encode};

use super::html::{self, Attribute, Element, Node};
use super::scan::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::discover::Missing;
use crate::rust_scan::{MacroCall, parse_call};
use crushed_manifest::nearest;

/// What a `compress` asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) name: Option<String>,
    pub(crate) items: Vec<Item>,
    /// The contents as they were written, source names behind the prefix: what the page gets when compression is off.
    pub(crate) original: Markup,
}

/// One thing in a block, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    /// A tag that names a source.
    Source {
        source: AssetPath,
        /// The reference in the template.
        at: Range<usize>,
        attributes: Vec<(String, Option<Markup>)>,
    },
    /// The text of a `<style>` or `<script>`.
    Fragment {
        text: String,
        /// Where each stretch of the text begins, in the text and in the template.
        origin: Vec<(usize, usize)>,
        attributes: Vec<(String, Option<Markup>)>,
    },
    /// What a bundle cannot take, kept in its place.
    Markup(Markup),
}

/// A stretch of template with its tags replaced by single characters, so that it can be read as HTML.
struct Flat {
    text: String,
    /// Start of each stretch, in `text` and in the template.
    origin: Vec<(usize, usize)>,
    /// The template source behind each replacement character, and where it stands.
    tags: Vec<(String, Range<usize>)>,
    base: u32,
}

/// Two planes of private use, of which one that the template does not use stands for its tags.
const PLANES: [u32; 2] = [0xF_0000, 0x10_0000];

impl Flat {
    fn new(source: &str, tokens: &[Token]) -> Option<Self> {
        let texts = || {
            tokens
                .iter()
                .filter(|token| matches!(token.kind, TokenKind::Text | TokenKind::Raw))
        };
        let base = PLANES.into_iter().find(|base| {
            !texts().any(|token| {
                token
                    .text(source)
                    .chars()
                    .any(|c| u32::from(c) & !0xFFFF == *base)
            })
        })?;
        let mut flat = Self {
            text: String::new(),
            origin: Vec::new(),
            tags: Vec::new(),
            base,
        };
        for token in tokens {
            flat.origin.push((flat.text.len(), token.range.start));
            match token.kind {
                TokenKind::Text | TokenKind::Raw => flat.text.push_str(token.text(source)),
                TokenKind::Comment => {}
                TokenKind::Block if matches!(token.name(source), "raw" | "endraw") => {}
                TokenKind::Expr | TokenKind::Block => {
                    flat.text
                        .push(char::from_u32(base + u32::try_from(flat.tags.len()).ok()?)?);
                    flat.tags
                        .push((token.text(source).to_owned(), token.range.clone()));
                }
            }
        }
        Some(flat)
    }

    fn tag(&self, c: char) -> Option<&(String, Range<usize>)> {
        self.tags.get(u32::from(c).checked_sub(self.base)? as usize)
    }

    /// The place in the template of a place in the text.
    fn position(&self, at: usize) -> usize {
        position(&self.origin, at)
    }

    fn markup(&self, range: Range<usize>) -> Markup {
        let mut markup = Markup::default();
        let mut text = String::new();
        for c in self.text[range].chars() {
            match self.tag(c) {
                None => text.push(c),
                Some((source, _)) => {
                    markup.push_text(&std::mem::take(&mut text));
                    markup.push_template(source);
                }
            }
        }
        markup.push_text(&text);
        markup
    }

    /// The first template tag within a range.
    fn first_tag(&self, range: Range<usize>) -> Option<&(String, Range<usize>)> {
        self.text[range].chars().find_map(|c| self.tag(c))
    }
}

/// The place in the template of a place in a text whose stretches begin at `origin`.
pub(crate) fn position(origin: &[(usize, usize)], at: usize) -> usize {
    let index = origin
        .partition_point(|(start, _)| *start <= at)
        .saturating_sub(1);
    origin
        .get(index)
        .map_or(at, |(start, place)| place + (at - start))
}

/// Reads the words of `{% compress KIND [MODE] [NAME] %}`.
pub(crate) fn header(
    text: &Arc<SourceText>,
    open: &Token,
) -> Result<(Kind, Mode, Option<String>), Box<Diagnostic>> {
    let content = &text.text[open.inner.clone()];
    let words: Vec<(Range<usize>, &str)> = content
        .split_whitespace()
        .map(|word| {
            let start = open.inner.start + (word.as_ptr() as usize - content.as_ptr() as usize);
            (start..start + word.len(), word)
        })
        .skip(1)
        .collect();
    let error = |range: &Range<usize>, message: String| {
        Box::new(Diagnostic::at(
            ErrorKind::Template,
            text,
            range.clone(),
            message,
        ))
    };
    let Some((kind_at, kind)) = words.first() else {
        return Err(Box::new(
            Diagnostic::at(
                ErrorKind::Template,
                text,
                open.range.clone(),
                "`compress` needs a kind",
            )
            .help("write `compress css` or `compress js`"),
        ));
    };
    let kind: Kind = kind.parse().map_err(|_| {
        let help = match nearest(kind, ["css", "js"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the kind is `css` or `js`".to_owned(),
        };
        Box::new(error(kind_at, format!("unknown kind `{kind}`")).help(help))
    })?;
    let mode = match words.get(1) {
        None => Mode::File,
        Some((at, word)) => word.parse().map_err(|_| {
            let help = match nearest(word, ["file", "inline", "preload"]) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "the mode is `file`, `inline` or `preload`; a name comes after it".to_owned()
                }
            };
            Box::new(error(at, format!("unknown mode `{word}`")).help(help))
        })?,
    };
    let name = match words.get(2) {
        None => None,
        Some((at, word)) => {
            let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !word.chars().all(fine) || word.starts_with('.') {
                return Err(Box::new(
                    error(at, format!("`{word}` cannot be part of a file name"))
                        .help("a name has letters, digits, `-`, `_` and `.`"),
                ));
            }
            Some((*word).to_owned())
        }
    };
    if let Some((at, word)) = words.get(3) {
        return Err(Box::new(
            error(at, format!("`{word}` is one word too many"))
                .help("write `compress KIND [MODE] [NAME]`"),
        ));
    }
    Ok((kind, mode, name))
}

/// What reading a block needs to know of the world outside of it.
pub(crate) struct Place<'a> {
    pub(crate) text: &'a Arc<SourceText>,
    /// The prefix as templates may write it.
    pub(crate) static_url: &'a str,
    pub(crate) exists: &'a dyn Fn(&AssetPath) -> bool,
}

/// Reads the contents of a block.
pub(crate) fn block(
    place: &Place<'_>,
    (kind, mode, name): (Kind, Mode, Option<String>),
    tokens: &[Token],
) -> Result<Block, Vec<Diagnostic>> {
    let source = &place.text.text;
    let at = |range: Range<usize>, message: String| {
        Diagnostic::at(ErrorKind::Template, place.text, range, message)
    };
    let Some(flat) = Flat::new(source, tokens) else {
        let range = tokens.first().map_or(0..0, |token| token.range.clone());
        return Err(vec![at(
            range,
            "the block uses characters of both private planes of Unicode".to_owned(),
        )]);
    };
    let nodes = html::nodes(&flat.text).map_err(|fault| {
        let offset = flat.position(fault.offset);
        vec![at(offset..offset, fault.message).maybe_help(fault.help)]
    })?;

    let mut errors = Vec::new();
    let mut items = Vec::new();
    let mut original = Markup::default();
    for node in nodes {
        match node {
            Node::Other(range) => {
                original.append(&flat.markup(range.clone()));
                if let Some((tag, tag_range)) = flat.first_tag(range.clone()) {
                    match text_call(tag) {
                        Some(_) => {}
                        None => errors.push(dynamic(place.text, tag, tag_range)),
                    }
                }
                if !flat.text[range.clone()].trim().is_empty() {
                    items.push(Item::Markup(flat.markup(range)));
                }
            }
            Node::Comment(range) => {
                let markup = flat.markup(range.clone());
                original.append(&markup);
                if super::minify::keeps_comment(&flat.text[range]) {
                    items.push(Item::Markup(markup));
                }
            }
            Node::Element(element) => match element_item(place, &flat, kind, &element) {
                Ok((item, shown)) => {
                    original.append(&shown);
                    items.push(item);
                }
                Err(error) => errors.push(*error),
            },
        }
    }
    match errors.is_empty() {
        true => Ok(Block {
            kind,
            mode,
            name,
            items,
            original,
        }),
        false => Err(errors),
    }
}

fn text_call(tag: &str) -> Option<MacroCall> {
    parse_call(expression(tag)?)
}

/// What stands between the delimiters of an expression in any syntax: all but its first and last two bytes or so.
fn expression(tag: &str) -> Option<&str> {
    let start = tag.find(|c: char| c.is_alphabetic() || c == '_')?;
    let end = tag.rfind(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | '"' | ']'))?;
    tag.get(start..=end)
}

fn dynamic(text: &Arc<SourceText>, tag: &str, range: &Range<usize>) -> Diagnostic {
    let shown = tag.split_whitespace().collect::<Vec<_>>().join(" ");
    Diagnostic::at(
        ErrorKind::Template,
        text,
        range.clone(),
        format!("`{shown}` inside a `compress` block has no value at build time"),
    )
    .help("name the source itself, or move the tag out of the block")
}

/// The item that an element becomes, and what the page gets when compression is off.
fn element_item(
    place: &Place<'_>,
    flat: &Flat,
    kind: Kind,
    element: &Element,
) -> Result<(Item, Markup), Box<Diagnostic>> {
    let whole = || flat.markup(element.range.clone());
    let left_alone = || Ok((Item::Markup(whole()), whole()));
    let value = |name: &str| {
        element
            .attribute(name)
            .and_then(|attribute| attribute.value.clone())
            .map(|range| flat.text[range].to_owned())
    };
    let is_module = value("type").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("module"));
    if kind == Kind::Js
        && is_module
        && let Some(range) = element.attribute("src").and_then(|src| src.value.clone())
        && let Some((source, at)) = source_of(place, flat, range)?
    {
        return Err(Box::new(
            Diagnostic::at(
                ErrorKind::Template,
                place.text,
                at,
                format!("\"{source}\" is a module, and a bundle holds classic scripts"),
            )
            .help("modules are not compiled yet: move the tag out of the block"),
        ));
    }
    let reference = match (kind, element.name.as_str()) {
        (Kind::Css, "link") if is_stylesheet(&value("rel").unwrap_or_default()) => {
            element.attribute("href")
        }
        (Kind::Js, "script") if is_script(value("type").as_deref()) => element.attribute("src"),
        (Kind::Css, "style") if is_css(value("type").as_deref()) => None,
        _ => return left_alone(),
    };
    let dropped: &[&str] = match element.name.as_str() {
        "link" => &["href", "charset"],
        "script" => &["src", "charset", "language"],
        _ => &[],
    };
    let attributes = || {
        element
            .attributes
            .iter()
            .filter(|attribute| {
                !dropped.contains(&attribute.name.as_str()) && !is_default(flat, attribute)
            })
            .map(|attribute| {
                (
                    attribute.name.clone(),
                    attribute.value.clone().map(|range| flat.markup(range)),
                )
            })
            .collect()
    };
    if let Some(Attribute {
        value: Some(range), ..
    }) = reference
    {
        let Some((source, at)) = source_of(place, flat, range.clone())? else {
            return left_alone();
        };
        let mut shown = flat.markup(element.range.start..range.start);
        shown.push_prefix();
        shown.push_text(&percent_encode(source.as_str()));
        shown.append(&flat.markup(range.end..element.range.end));
        let item = Item::Source {
            source,
            at,
            attributes: attributes(),
        };
        return Ok((item, shown));
    }
    let Some(text) = element.text.clone() else {
        return left_alone();
    };
    if let Some((tag, range)) = flat.first_tag(text.clone()) {
        return Err(Box::new(dynamic(place.text, tag, range)));
    }
    let start = text.start;
    let mut origin = vec![(0, flat.position(start))];
    origin.extend(
        flat.origin
            .iter()
            .filter(|(at, _)| *at > start && *at < text.end)
            .map(|(at, to)| (at - start, *to)),
    );
    let item = Item::Fragment {
        text: flat.text[text].to_owned(),
        origin,
        attributes: attributes(),
    };
    Ok((item, whole()))
}

/// `rel` is a set of words, in any case.
fn is_stylesheet(rel: &str) -> bool {
    rel.split_ascii_whitespace()
        .any(|word| word.eq_ignore_ascii_case("stylesheet"))
}

fn is_css(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css"))
}

/// Whether the type is a JavaScript MIME type (HTML §4.12.1, MIME Sniffing §4.6), so that the script is a classic one.
fn is_script(kind: Option<&str>) -> bool {
    let Some(kind) = kind else { return true };
    let kind = kind.trim().to_ascii_lowercase();
    kind.is_empty()
        || matches!(kind.as_str(), "text/jscript" | "text/livescript")
        || kind
            .strip_prefix("text/")
            .or_else(|| kind.strip_prefix("application/"))
            .is_some_and(|name| {
                let name = name.strip_prefix("x-").unwrap_or(name);
                matches!(name, "javascript" | "ecmascript")
                    || name
                        .strip_prefix("javascript1.")
                        .is_some_and(|minor| ["0", "1", "2", "3", "4", "5"].contains(&minor))
            })
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

/// The source that a value names and where it stands; `None` for what lies on another host.
fn source_of(
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
        let prefix = expression(tag).is_some_and(|text| {
            matches!(
                text.trim_end_matches("()"),
                "STATIC_URL" | "crushed::static_url" | "static_url"
            )
        });
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
