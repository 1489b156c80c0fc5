//! What a branch begins with.

use super::super::rewrite::Tag;
use super::super::show::{Neighbour, Outside};
use super::exact::Exact;
use super::item::{How, Item};
use super::names::is_void;
use super::optional::{Event, Next, begins_body};
use super::text::{is_blank, is_space};
use super::tree::Node;

fn writes_nothing(item: &Item<'_>) -> bool {
    match item {
        Item::Text(text) => text.text.is_empty(),
        Item::Comment(comment) => comment.how == How::Minify,
        Item::Tag(tag) => !Tag::writes(tag),
        _ => false,
    }
}

/// The first piece of a branch, if that is certain.
pub(super) fn first_of(nodes: &[Node<'_>]) -> Next {
    for node in nodes {
        let item = match node {
            Node::Item(item) if writes_nothing(item) => continue,
            Node::Item(item) => item,
            Node::Block(_) => return Next::unknown(),
        };
        return match item {
            Item::Text(text) if text.text.starts_with(is_space) => Next::one(Event::Space),
            Item::Text(_) => Next::one(Event::Text),
            Item::Start(start) if !start.is_foreign => Next::one(Event::Start(start.name.known)),
            Item::End(end) => Next::one(Event::End(end.name.known)),
            _ => Next::unknown(),
        };
    }
    Next::unknown()
}

/// Whether the first thing that is written, white space apart, is certainly the start tag of what only a body holds.
pub(super) fn begins_flow(nodes: &[Node<'_>], exact: &Exact) -> bool {
    for node in nodes {
        match node {
            Node::Item(Item::Text(text)) if is_blank(&text.text) => {}
            Node::Item(Item::Tag(tag)) if tag.name == "include" => return exact.begins_flow(tag),
            Node::Item(item) if writes_nothing(item) => {}
            Node::Item(Item::Start(start)) => {
                return !start.is_foreign && begins_body(start.name.known);
            }
            _ => return false,
        }
    }
    false
}

/// What stands first in the line.
pub(super) enum First {
    Neighbour(Neighbour),
    /// Everything stands apart.
    Nothing,
}

pub(super) fn first_neighbour(nodes: &[Node<'_>]) -> First {
    const UNKNOWN: First = First::Neighbour(Neighbour::Unknown);
    // How many elements that stand apart are open.
    let mut depth = 0_usize;
    for node in nodes {
        let item = match node {
            Node::Item(item) => item,
            Node::Block(_) if depth > 0 => continue,
            Node::Block(_) => return UNKNOWN,
        };
        match item {
            Item::Start(start) => {
                let closed = start.ends.len();
                let Some(left) = depth.checked_sub(closed) else {
                    return UNKNOWN;
                };
                depth = left;
                let outside = start.flow.map(|flow| flow.outside);
                if depth == 0 && outside != Some(Outside::Apart) {
                    return match outside {
                        Some(_) => First::Neighbour(Neighbour::Line),
                        None => UNKNOWN,
                    };
                }
                let is_empty = match start.is_foreign {
                    true => start.has_slash,
                    false => is_void(start.name.known),
                };
                depth += usize::from(!is_empty);
            }
            Item::End(end) => {
                let closed = end.ends.len() + 1;
                match (end.closes, depth.checked_sub(closed)) {
                    (Some(_), Some(left)) => depth = left,
                    _ => return UNKNOWN,
                }
            }
            _ if depth > 0 => {}
            Item::Text(text) if is_blank(&text.text) && text.how == How::Minify => {}
            Item::Text(_) => return First::Neighbour(Neighbour::Line),
            item if writes_nothing(item) => {}
            _ => return UNKNOWN,
        }
    }
    match depth {
        0 => First::Nothing,
        _ => UNKNOWN,
    }
}
