//! The pieces of a template as a tree of its blocks.

use super::super::rewrite::Tag;
use super::Unsure;
use super::item::Item;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node<'a> {
    Item(Item<'a>),
    Block(Block<'a>),
}

/// `{% if x %} … {% else %} … {% endif %}`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Block<'a> {
    pub(super) arms: Vec<Arm<'a>>,
    pub(super) end: &'a Tag,
}

/// A branch, with the tag that begins it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Arm<'a> {
    pub(super) tag: &'a Tag,
    pub(super) nodes: Vec<Node<'a>>,
}

impl Block<'_> {
    pub(super) fn name(&self) -> &str {
        self.arms.first().map_or("", |arm| &arm.tag.name)
    }

    /// Whether one of the branches is taken for sure.
    pub(super) fn is_total(&self) -> bool {
        self.name() == "match" || self.arms.iter().any(|arm| arm.tag.content() == "else")
    }
}

/// Blocks deeper than this are refused: the passes are recursive.
const DEEPEST: usize = 48;

pub(super) fn tree(items: Vec<Item<'_>>) -> Result<Vec<Node<'_>>, Unsure> {
    let mut open: Vec<Vec<Arm<'_>>> = Vec::new();
    let mut root = Vec::with_capacity(items.len());
    for item in items {
        let Item::Tag(tag) = item else {
            current(&mut open, &mut root).push(Node::Item(item));
            continue;
        };
        let arm = || Arm {
            tag,
            nodes: Vec::with_capacity(16),
        };
        match tag.is_opening() {
            Some(true) if open.len() == DEEPEST => {
                return Err(Unsure::new("blocks are nested too deeply").at(tag));
            }
            Some(true) => open.push(vec![arm()]),
            Some(false) => {
                let Some(arms) = open.pop() else {
                    let message = format!("`{}` closes nothing", tag.name);
                    return Err(Unsure::new(message).at(tag));
                };
                let block = Block { arms, end: tag };
                current(&mut open, &mut root).push(Node::Block(block));
            }
            None if tag.is_branch() => match open.last_mut() {
                Some(arms) => arms.push(arm()),
                None => {
                    let message = format!("`{}` stands outside of a block", tag.name);
                    return Err(Unsure::new(message).at(tag));
                }
            },
            None => current(&mut open, &mut root).push(Node::Item(Item::Tag(tag))),
        }
    }
    match open.last().and_then(|arms| arms.first()) {
        Some(arm) => {
            let message = format!("`{}` is never closed", arm.tag.name);
            Err(Unsure::new(message).at(arm.tag))
        }
        None => Ok(root),
    }
}

fn current<'n, 'a>(
    open: &'n mut [Vec<Arm<'a>>],
    root: &'n mut Vec<Node<'a>>,
) -> &'n mut Vec<Node<'a>> {
    match open.last_mut().and_then(|arms| arms.last_mut()) {
        Some(arm) => &mut arm.nodes,
        None => root,
    }
}
