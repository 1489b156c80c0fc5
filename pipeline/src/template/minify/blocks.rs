//! The walk through the branches of a block, and what it is behind them.

use std::mem;

use super::item::Item;
use super::names::ends_by_itself;
use super::stack::{Phase, State};
use super::tree::{Block, Node};
use super::walk::Walk;

impl<'a> Walk<'a, '_> {
    pub(super) fn block(&mut self, block: &mut Block<'a>) {
        let tag = block.arms[0].tag;
        if self.state.exact > 0 || self.state.keep > 0 {
            self.exact.uses(tag);
        }
        match block.name() {
            "for" => self.repeated(block),
            "if" | "match" => self.branches(block),
            "block" => self.named(block),
            "macro" => {
                let kept = tag
                    .second_word()
                    .is_some_and(|name| self.exact.macros.contains(name));
                self.elsewhere(block, kept);
            }
            "filter" => {
                self.state.keep += 1;
                self.nodes(&mut block.arms[0].nodes);
                self.state.keep = self.state.keep.saturating_sub(1);
                self.state.wrote_markup();
            }
            // What these hold is used somewhere else.
            name => {
                let writes = name == "call";
                self.elsewhere(block, true);
                if writes {
                    self.state.wrote_markup();
                }
            }
        }
    }

    /// What is not written where it stands.
    fn elsewhere(&mut self, block: &mut Block<'a>, kept: bool) {
        let mut inside = State::unknown();
        inside.keep = usize::from(kept) + self.state.keep;
        inside.texts = self.state.texts;
        inside.markups = self.state.markups;
        let outside = mem::replace(&mut self.state, inside);
        let saw_body = self.saw_body;
        let closes = mem::replace(&mut self.closes_others, false);
        let blocks = mem::take(&mut self.blocks);
        for arm in &mut block.arms {
            self.nodes(&mut arm.nodes);
        }
        self.blocks = blocks;
        if (self.closes_others || self.leaves_open(0))
            && let Some(name) = block.arms[0].tag.second_word()
        {
            self.exact.open_macros.insert(name);
        }
        self.closes_others = closes;
        self.saw_body = saw_body;
        self.state = outside;
    }

    /// Whether elements stay open that were not at this depth.
    pub(super) fn leaves_open(&self, depth: usize) -> bool {
        self.state.stack.len() < depth
            || self.state.stack[depth..]
                .iter()
                .any(|open| !ends_by_itself(open.name.known) || !open.maybe.is_empty())
    }

    fn branches(&mut self, block: &mut Block<'a>) {
        let start = self.state.clone();
        let mut ends = Vec::new();
        if !block.is_total() {
            ends.push(start.clone());
        }
        let first = usize::from(block.name() == "match");
        for (index, arm) in block.arms.iter_mut().enumerate() {
            self.state = start.clone();
            self.nodes(&mut arm.nodes);
            if index >= first {
                ends.push(self.state.clone());
            }
        }
        self.merge(ends);
    }

    fn merge(&mut self, ends: Vec<State<'a>>) {
        let mut ends = ends.into_iter();
        if let Some(first) = ends.next() {
            self.state = first;
        }
        for end in ends {
            self.state.merge(&end);
        }
    }

    fn repeated(&mut self, block: &mut Block<'a>) {
        let start = self.state.clone();
        let Some((body, rest)) = block.arms.split_first_mut() else {
            return;
        };
        let leaves = body.nodes.iter().any(leaves_loop);
        // Without touching anything: does a round that begins as the first one does end as it began? If not, does one that
        // begins in either way?
        let mut first = start.clone();
        let mut balanced = true;
        let mut settled = false;
        let dry = mem::replace(&mut self.dry, true);
        for _ in 0..2 {
            self.state = first.clone();
            self.nodes(&mut body.nodes);
            balanced = self.state.stack.len() == first.stack.len()
                && self
                    .state
                    .stack
                    .iter()
                    .zip(&first.stack)
                    .all(|(one, two)| one.name == two.name && one.flow == two.flow);
            if !balanced {
                break;
            }
            let mut merged = start.clone();
            merged.merge(&self.state);
            settled = (merged.before, merged.kept, merged.phase)
                == (first.before, first.kept, first.phase);
            first = merged;
            if settled {
                break;
            }
        }
        self.dry = dry;
        if !balanced {
            self.state = start.clone();
            self.cut();
            first = self.state.clone();
        }
        if leaves || !settled {
            first.forget_line();
            if first.phase == Phase::Head {
                first.phase = Phase::Unknown;
            }
        }
        self.state = first;
        self.nodes(&mut body.nodes);
        let mut ends = vec![self.state.clone()];
        if !balanced || leaves {
            ends[0].forget_line();
        }
        let mut none = start;
        if !balanced {
            none.forget_stack();
        }
        match rest {
            [] => ends.push(none),
            rest => {
                for arm in rest {
                    self.state = none.clone();
                    self.nodes(&mut arm.nodes);
                    ends.push(self.state.clone());
                }
            }
        }
        self.merge(ends);
    }

    /// `{% block %}`: what it holds is written where it stands, unless a child replaces it.
    fn named(&mut self, block: &mut Block<'a>) {
        let name = block.arms[0].tag.second_word().unwrap_or_default();
        let kept = self.exact.blocks.contains(name);
        let moved =
            self.exact.moved_blocks.contains(name) || self.extends && self.blocks.is_empty();
        let start = self.state.clone();
        if moved {
            self.state.forget_stack();
        }
        self.state.keep += usize::from(kept);
        let floor = self.state.stack.len();
        self.blocks.push((name, floor));
        let outer = mem::replace(&mut self.saw_body, false);
        for arm in &mut block.arms {
            self.nodes(&mut arm.nodes);
        }
        self.blocks.pop();
        if self.leaves_open(floor) {
            self.exact.open_blocks.insert(name);
        }
        if self.saw_body {
            self.exact.body_blocks.insert(name);
        }
        self.saw_body = outer || self.exact.body_blocks.contains(name);
        let end = mem::replace(&mut self.state, start);
        self.state.texts = end.texts;
        self.state.markups = end.markups;
        match end.stack == self.state.stack || moved {
            true => {
                self.state.phase = if end.phase == self.state.phase || moved {
                    self.state.phase
                } else {
                    Phase::Unknown
                }
            }
            false => self.state.merge(&end),
        }
        let phase = self.state.phase;
        self.state.exact = self.state.exact.max(end.exact);
        self.state.wrote_markup();
        if phase == Phase::Head && !self.exact.body_blocks.contains(name) {
            self.state.phase = Phase::Head;
        }
        if self.exact.open_blocks.contains(name) {
            self.state.forget_stack();
        }
    }
}

fn leaves_loop(node: &Node<'_>) -> bool {
    match node {
        Node::Item(Item::Tag(tag)) => matches!(&*tag.name, "break" | "continue"),
        Node::Item(_) => false,
        Node::Block(block) => {
            block.name() != "for"
                && block
                    .arms
                    .iter()
                    .any(|arm| arm.nodes.iter().any(leaves_loop))
        }
    }
}
