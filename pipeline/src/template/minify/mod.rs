//! Removes what a browser does not show from the literal stretches of a template. Tags are neither moved nor touched.
//!
//! | file | what |
//! |---|---|
//! | `lex`, `modes`, `building` | text and tags to the pieces of a page, through every branch |
//! | `item`, `names` | those pieces, and what the parser does at them |
//! | `tree` | the pieces by the blocks they stand in |
//! | `stack`, `walk`, `blocks` | from start to end: which elements are open, which white space what stands before keeps |
//! | `exact` | what other templates do with this one's blocks and macros |
//! | `back`, `front`, `optional` | from end to start: white space that what follows hides, tags that the parser makes itself |
//! | `text`, `entities`, `references`, `attributes` | how each piece is written shortest |
//! | `embedded`, `placeholders`, `lines` | styles, scripts and JSON, with tags in them too |
//! | `print` | the pieces to text and tags |
//! | `plain` | addresses in attributes that name sources, for the rewriter |
//!
//! Which white space a browser does not show is said in one place, [`super::show`].

mod attributes;
mod back;
mod blocks;
mod building;
mod embedded;
mod entities;
mod exact;
mod front;
mod item;
mod lex;
mod lines;
mod modes;
mod names;
mod optional;
mod options;
mod placeholders;
mod plain;
mod print;
mod references;
mod stack;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod walk;

use super::prove::Equal;
use super::rewrite::{Segment, Tag};
use back::{Back, Behind};
use item::{How, Item};
use print::Printer;
use tree::Node;
use walk::Walk;

pub(crate) use exact::{Apart, Exact, exact_uses};
pub(crate) use options::{Options, has_digests};
pub(crate) use plain::{Plain, cut};

/// Why a template is left as it is.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Unsure {
    pub(crate) message: String,
    /// Where, in the source; `None` if it is the template as a whole.
    pub(crate) at: Option<usize>,
}

impl Unsure {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: None,
        }
    }

    /// At a tag, unless it has a place already.
    fn at(mut self, tag: &Tag) -> Self {
        self.at = self.at.or(tag.at);
        self
    }
}

/// A minified template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Minified {
    pub(crate) segments: Vec<Segment>,
    pub(crate) changed: Vec<Changed>,
}

/// A script, stylesheet, handler or list of declarations that its own stage made smaller, as a browser reads it; cut at the
/// tags in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Changed {
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}

impl Changed {
    /// Tells the proof that both mean the same: the stage has proven it.
    pub(crate) fn note(&self, equal: &mut Equal) {
        let before: Vec<&str> = self.before.iter().map(String::as_str).collect();
        let after: Vec<&str> = self.after.iter().map(String::as_str).collect();
        equal.add(&before, &after);
    }
}

/// The same template, smaller.
pub(crate) fn minify(
    segments: &[Segment],
    exact: &Exact,
    options: &Options,
) -> Result<Minified, Unsure> {
    minify_apart(Apart::read(segments), exact, options)
}

/// The same of one that is taken apart already.
pub(crate) fn minify_apart(
    apart: Apart<'_>,
    exact: &Exact,
    options: &Options,
) -> Result<Minified, Unsure> {
    let mut nodes = apart.0?;
    let is_page = options.is_page || begins_page(&nodes);
    let ends_in_break = !options.is_page && drop_last_break(&mut nodes);
    let mut walk = Walk::new(exact.clone(), options);
    walk.extends = extends(&nodes);
    walk.nests_links = nests_links(&nodes, &mut false);
    if is_page {
        walk.begins_page();
    }
    walk.nodes(&mut nodes);
    let is_utf8 = walk.is_utf8;
    let mut back = Back {
        // What begins a page may be the head that others include.
        behind: match options.is_page || is_page && ends_page(&nodes) {
            true => Behind::page(),
            false => Behind::unknown(),
        },
        exact: &walk.exact,
        is_page,
        extends: walk.extends,
    };
    back.nodes(&mut nodes);
    if ends_in_break
        && let Some(Node::Item(Item::Text(text))) = nodes.last_mut()
        && text.how != How::Minify
    {
        text.text.to_mut().push('\n');
    }
    let mut printer = Printer::new(options, is_utf8);
    printer.nodes(&nodes);
    Ok(printer.finish())
}

/// A template that is a script, without the white space and comments at the ends of its lines; `None` if it gets no smaller.
/// It may be used in the middle of a line.
pub(crate) fn minify_script(segments: &[Segment]) -> Option<Vec<Segment>> {
    lines::shorter_script(segments)
}

/// Whether only the blocks of a template are written.
fn extends(nodes: &[Node<'_>]) -> bool {
    nodes
        .iter()
        .any(|node| matches!(node, Node::Item(Item::Tag(tag)) if tag.name == "extends"))
}

/// Whether a link begins where another is open: the parser then puts one round what stands in the blocks between (HTML
/// §13.2.6.4.7, the adoption agency).
fn nests_links(nodes: &[Node<'_>], open: &mut bool) -> bool {
    nodes.iter().any(|node| match node {
        Node::Item(Item::Start(start)) if start.name.known == "a" && !start.is_foreign => {
            std::mem::replace(open, true)
        }
        Node::Item(Item::End(end)) if end.name.known == "a" => {
            *open = false;
            false
        }
        Node::Item(_) => false,
        Node::Block(block) => (block.arms.iter()).any(|arm| nests_links(&arm.nodes, open)),
    })
}

/// Takes the line break away that Askama drops at the end of a template.
fn drop_last_break(nodes: &mut [Node<'_>]) -> bool {
    let Some(Node::Item(Item::Text(text))) = nodes.last_mut() else {
        return false;
    };
    let ends = text.text.ends_with('\n');
    if ends {
        text.text.to_mut().pop();
    }
    ends
}

/// Whether nothing of a page can stand behind the template: it ends with `</body>` or `</html>`.
fn ends_page(nodes: &[Node<'_>]) -> bool {
    let shows = |node: &&Node<'_>| match node {
        Node::Item(Item::Text(text)) => !text::is_blank(&text.text),
        Node::Item(Item::Comment(_)) => false,
        _ => true,
    };
    let last = nodes.iter().rev().find(shows);
    matches!(last, Some(Node::Item(Item::End(end))) if matches!(end.name.known, "body" | "html"))
}

/// Whether nothing of a page can stand before the template: it begins with a doctype or `<html>`.
fn begins_page(nodes: &[Node<'_>]) -> bool {
    for node in nodes {
        match node {
            Node::Item(Item::Text(text)) if text::is_blank(&text.text) => {}
            Node::Item(Item::Comment(_)) => {}
            Node::Item(Item::Tag(tag)) if !tag.writes() && tag.name != "extends" => {}
            Node::Item(Item::Start(start)) => {
                return start.name.known == "html" && start.how != How::Keep;
            }
            Node::Item(Item::Other(item::Bit::Text(text))) => {
                return text
                    .get(..9)
                    .is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
            }
            _ => return false,
        }
    }
    false
}
