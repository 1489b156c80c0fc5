use std::ops::Range;
use std::sync::Arc;

use crushed_manifest::{AssetPath, Kind, Markup, Mode, percent_encode};

use super::attributes::{attributes, claim, shown};
use super::flat::Flat;
pub(crate) use super::flat::position;
pub(crate) use super::header::header;
use super::html::{self, Element, Node};
use super::mime::{is_css, is_script, is_sheet_type, is_stylesheet};
use super::scan::Token;
use super::source::{dynamic, is_prefix, source_of};
pub(crate) use super::source::{has_scheme, percent_decode, text_call};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::modules::{ImportMap, ModuleTag};
use crate::rust_scan::MacroCall;
use crate::tags::Attributes;

/// What a `compress` asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) name: Option<String>,
    pub(crate) items: Vec<Item>,
    /// What `asset!` names in markup that stays, and where.
    pub(crate) assets: Vec<(String, Range<usize>)>,
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
        /// The encoding that the tag names for it.
        charset: Option<String>,
        /// What the tag says of the bytes, and where.
        integrity: Option<(String, Range<usize>)>,
        attributes: Attributes,
    },
    /// The text of a `<style>` or `<script>`.
    Fragment {
        text: String,
        /// Where each stretch of the text begins, in the text and in the template.
        origin: Vec<(usize, usize)>,
        attributes: Attributes,
    },
    /// The tag of a module.
    Module(ModuleTag),
    /// An import map.
    Map(ImportMap),
    /// What a bundle cannot take, kept in its place.
    Markup(Markup),
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

    let mut reader = Reader {
        place,
        flat: &flat,
        kind,
        closed: None,
        items: Vec::new(),
        assets: Vec::new(),
        original: Markup::default(),
        errors: Vec::new(),
    };
    for node in &nodes {
        reader.node(node);
    }
    match reader.errors.is_empty() {
        true => Ok(Block {
            kind,
            mode,
            name,
            items: reader.items,
            assets: reader.assets,
            original: reader.original,
        }),
        false => Err(reader.errors),
    }
}

/// Elements whose contents are text, of another language or of another tree: nothing in them is taken.
const CLOSED: [&str; 9] = [
    "svg", "math", "template", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
];

/// Collects what a block holds.
struct Reader<'a> {
    place: &'a Place<'a>,
    flat: &'a Flat,
    kind: Kind,
    /// The element of [`CLOSED`] that is open, and how many of its name.
    closed: Option<(String, usize)>,
    items: Vec<Item>,
    assets: Vec<(String, Range<usize>)>,
    original: Markup,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn node(&mut self, node: &Node) {
        let range = node.range();
        if let Some((name, depth)) = &mut self.closed {
            let text = &self.flat.text[range.clone()];
            match node {
                Node::Other(_) if ends(text, name) => *depth -= 1,
                Node::Element(element) if element.name == *name && !text.ends_with("/>") => {
                    *depth += 1;
                }
                _ => {}
            }
            if *depth == 0 {
                self.closed = None;
            }
            return self.keep(range);
        }
        match node {
            Node::Other(_) => {
                for (tag, at) in self.flat.tags(range.clone()) {
                    if !is_prefix(tag) && text_call(tag).is_none() {
                        self.errors.push(dynamic(self.place.text, tag, at));
                    }
                }
                match self.flat.text[range.clone()].trim().is_empty() {
                    true => self.original.append(&self.flat.markup(range)),
                    false => self.keep(range),
                }
            }
            Node::Comment(_) => match super::show::keeps_comment(&self.flat.text[range.clone()]) {
                true => self.keep(range),
                false => self.original.append(&self.flat.markup(range)),
            },
            Node::Element(element) => {
                if CLOSED.contains(&element.name.as_str())
                    && !self.flat.text[range.clone()].ends_with("/>")
                {
                    self.closed = Some((element.name.clone(), 1));
                }
                match element_item(self.place, self.flat, self.kind, element) {
                    Ok((Item::Markup(_), _)) => self.keep(range),
                    Ok((item, shown)) => {
                        let values = element
                            .attributes
                            .iter()
                            .filter(|attribute| !matches!(&*attribute.name, "href" | "src"))
                            .filter_map(|attribute| attribute.value.clone());
                        values.for_each(|value| self.note_assets(value));
                        self.original.append(&shown);
                        self.items.push(item);
                    }
                    Err(error) => self.errors.push(*error),
                }
            }
        }
    }

    /// Passes on what stands there.
    fn keep(&mut self, range: Range<usize>) {
        let markup = self.flat.markup(range.clone());
        self.original.append(&markup);
        self.items.push(Item::Markup(markup));
        self.note_assets(range);
    }

    fn note_assets(&mut self, range: Range<usize>) {
        for (tag, at) in self.flat.tags(range) {
            match text_call(tag) {
                Some(MacroCall::Asset(written) | MacroCall::Module(written)) => {
                    self.assets.push((written, at.clone()))
                }
                Some(MacroCall::Compress { .. }) => {
                    let error = Diagnostic::at(
                        ErrorKind::Template,
                        self.place.text,
                        at.clone(),
                        "`compress!` inside a `compress` block",
                    );
                    let help = "name its sources in the block, or move it out";
                    self.errors.push(error.help(help));
                }
                None => {}
            }
        }
    }
}

/// Whether the text begins with the end tag of an element.
fn ends(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix("</").unwrap_or_default();
    rest.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && !rest[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
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
            .map(|range| html_escape::decode_html_entities(&flat.text[range]).into_owned())
    };
    refuse_dynamic(place, flat, kind, element)?;
    if kind == Kind::Js
        && let Some(found) = super::module::item(place, flat, element)?
    {
        return Ok(found);
    }
    let is_script = || match value("type") {
        Some(kind) => is_script(Some(&kind)),
        // An attribute of the time before `type`.
        None => match value("language") {
            Some(language) if !language.is_empty() => is_script(Some(&format!("text/{language}"))),
            _ => true,
        },
    };
    let reference = match (kind, element.name.as_str()) {
        (Kind::Css, "link")
            if is_stylesheet(&value("rel").unwrap_or_default())
                && is_sheet_type(value("type").as_deref()) =>
        {
            element.attribute("href")
        }
        (Kind::Js, "script") if is_script() => element.attribute("src"),
        (Kind::Css, "style") if is_css(value("type").as_deref()) => None,
        _ => return left_alone(),
    };
    // A part of a tag that only the run time knows of: the tag may carry any attribute.
    if let Some(attribute) = element
        .attributes
        .iter()
        .find(|attribute| flat.tags_in(&attribute.name))
        && let Some((tag, at)) = flat.first_tag(attribute.range.clone())
    {
        return Err(Box::new(dynamic(place.text, tag, at)));
    }
    let Some(reference) = reference else {
        return fragment(place, flat, element);
    };
    // Without an address nothing is loaded, and the text of a script that has one is not run.
    let Some(range) = reference
        .value
        .clone()
        .filter(|range| !flat.text[range.clone()].trim().is_empty())
    else {
        return left_alone();
    };
    let Some((source, at)) = source_of(place, flat, range.clone())? else {
        return left_alone();
    };
    let integrity = claim(flat, element);
    let shown = shown(flat, element, range, &percent_encode(source.as_str()));
    let item = Item::Source {
        source,
        at,
        charset: value("charset").filter(|label| !label.trim().is_empty()),
        integrity,
        attributes: attributes(flat, element),
    };
    Ok((item, shown))
}

/// What decides about an element must be known when the block is compiled.
fn refuse_dynamic(
    place: &Place<'_>,
    flat: &Flat,
    kind: Kind,
    element: &Element,
) -> Result<(), Box<Diagnostic>> {
    let deciding: &[&str] = match (kind, element.name.as_str()) {
        (Kind::Css, "link") => &["rel", "type", "charset", "integrity"],
        (Kind::Css, "style") => &["type"],
        (Kind::Js, "script") => &["type", "language", "charset", "integrity"],
        _ => &[],
    };
    let found = deciding.iter().find_map(|name| {
        let value = element.attribute(name)?.value.clone()?;
        flat.first_tag(value)
    });
    match found {
        Some((tag, at)) => {
            let help = "write the value itself, or move the tag out of the block";
            Err(Box::new(dynamic(place.text, tag, at).help(help)))
        }
        None => Ok(()),
    }
}

/// The text of a `<style>` or `<script>`.
fn fragment(
    place: &Place<'_>,
    flat: &Flat,
    element: &Element,
) -> Result<(Item, Markup), Box<Diagnostic>> {
    let whole = flat.markup(element.range.clone());
    let Some(text) = element.text.clone() else {
        return Ok((Item::Markup(whole.clone()), whole));
    };
    if let Some((tag, range)) = flat.first_tag(text.clone()) {
        return Err(Box::new(dynamic(place.text, tag, range)));
    }
    let item = Item::Fragment {
        origin: flat.origin_of(&text),
        text: flat.text[text].to_owned(),
        attributes: attributes(flat, element),
    };
    Ok((item, whole))
}
