//! The walk from end to start: white space that what follows hides, and tags that the parser puts there by itself.

use super::super::show::{Inside, Neighbour, Outside};
use super::exact::Exact;
use super::front::{First, first_neighbour, first_of};
use super::item::{Bit, End, Ended, How, Item, Start};
use super::names::is_void;
use super::optional::{Event, Next, may_leave_out_end, may_leave_out_start};
use super::text::{is_blank, is_space, without_end};
use super::tree::{Block, Node};

/// What stands behind a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Behind {
    pub(super) after: Neighbour,
    /// White space that stays follows, with the same neighbours.
    kept: bool,
    pub(super) next: Next,
    /// The same for the elements around, behind their end; innermost last.
    outer: Vec<(Neighbour, bool)>,
}

impl Behind {
    pub(super) fn unknown() -> Self {
        Self {
            after: Neighbour::Unknown,
            kept: false,
            next: Next::unknown(),
            outer: Vec::new(),
        }
    }

    /// The end of a page.
    pub(super) fn page() -> Self {
        Self {
            after: Neighbour::Edge,
            next: Next::one(Event::Finish),
            ..Self::unknown()
        }
    }

    fn content(&mut self, neighbour: Neighbour) {
        self.after = neighbour;
        self.kept = false;
    }

    fn write(&mut self) {
        self.content(Neighbour::Unknown);
        self.next = Next::unknown();
    }

    fn merge(&mut self, other: &Self) {
        if self.after != other.after {
            self.after = Neighbour::Unknown;
        }
        self.kept &= other.kept;
        self.next.merge(&other.next);
        if self.outer != other.outer {
            self.outer.clear();
        }
    }
}

pub(super) struct Back<'e> {
    pub(super) behind: Behind,
    pub(super) exact: &'e Exact,
    pub(super) is_page: bool,
    pub(super) extends: bool,
}

impl Back<'_> {
    pub(super) fn nodes(&mut self, nodes: &mut [Node<'_>]) {
        for index in (0..nodes.len()).rev() {
            let (before, rest) = nodes.split_at_mut(index);
            let Some(node) = rest.first_mut() else {
                continue;
            };
            match node {
                Node::Item(item) => self.item(item, before),
                Node::Block(block) => self.block(block),
            }
        }
    }

    fn item(&mut self, item: &mut Item<'_>, before: &[Node<'_>]) {
        match item {
            Item::Text(text) if text.text.is_empty() => {}
            Item::Text(text) if text.how != How::Minify => {
                self.behind.content(Neighbour::Line);
                self.behind.next = Next::one(match text.text.starts_with(is_space) {
                    true => Event::Space,
                    false => Event::Text,
                });
            }
            Item::Text(text) => {
                if text.text.ends_with(is_space)
                    && (self.behind.kept || self.behind.after == Neighbour::Edge)
                {
                    let length = without_end(&text.text).len();
                    text.text.to_mut().truncate(length);
                } else if text.text.ends_with(is_space) {
                    self.behind.kept = true;
                }
                if text.text.is_empty() {
                    return;
                }
                if !is_blank(&text.text) {
                    self.behind.content(Neighbour::Line);
                    self.behind.kept = text.text.starts_with(is_space);
                }
                self.behind.next = Next::one(match text.text.starts_with(is_space) {
                    true => Event::Space,
                    false => Event::Text,
                });
            }
            Item::Start(start) => self.start(start, before),
            Item::End(end) => self.end(end),
            Item::Comment(comment) => {
                if comment.how != How::Minify {
                    self.behind.content(Neighbour::Unknown);
                    self.behind.next = Next::one(Event::Comment);
                }
            }
            Item::Content(_) => self.behind.content(Neighbour::Line),
            Item::Other(Bit::Text(text)) => {
                if !text.starts_with("<!") {
                    self.behind.outer.clear();
                }
                self.behind.write();
            }
            Item::Other(_) => self.behind.write(),
            Item::Tag(tag) => {
                if tag.writes() {
                    self.behind.write();
                    if !tag.is_escaped() {
                        self.behind.outer.clear();
                    }
                }
            }
        }
    }

    /// Behind the end of an element, going inwards.
    fn enter(&mut self, flow: super::super::show::Flow) {
        let outer = match flow.outside {
            Outside::Line => (Neighbour::Line, false),
            Outside::Apart => (self.behind.after, self.behind.kept),
        };
        self.behind.outer.push(outer);
        self.behind.content(match flow.inside {
            Inside::Edge | Inside::Bare => Neighbour::Edge,
            Inside::Line | Inside::Exact => Neighbour::Line,
        });
    }

    /// The same of one that may have ended before: then what stands at its end stands in the line around, and what stands
    /// before it has other neighbours.
    fn enter_ended(&mut self, ended: Ended) {
        let (after, kept) = (self.behind.after, self.behind.kept);
        self.enter(ended.flow);
        if !ended.is_loose {
            return;
        }
        if ended.flow.inside == Inside::Edge {
            self.behind.after = after;
            self.behind.kept = kept;
        }
        if let Some(outer) = self.behind.outer.last_mut() {
            *outer = (Neighbour::Unknown, false);
        }
    }

    /// Before the start of an element, going outwards.
    fn leave(&mut self, outside: Outside) {
        let outer = self.behind.outer.pop();
        match (outer, outside) {
            (Some((after, kept)), _) => {
                self.behind.after = after;
                self.behind.kept = kept;
            }
            (None, Outside::Line) => self.behind.content(Neighbour::Line),
            (None, Outside::Apart) => self.behind.content(Neighbour::Unknown),
        }
    }

    fn end(&mut self, end: &mut End<'_>) {
        let minifies = end.how == How::Minify || end.how == How::Exact;
        match end.closes {
            Some(closed) => {
                end.is_omitted = minifies
                    && super::item::is_literal(&end.source)
                    && may_leave_out_end(end.name.known, closed, &self.behind.next, self.is_page);
                self.enter_ended(Ended {
                    flow: closed.flow,
                    is_loose: end.name.known == "p" && !closed.is_literal,
                });
            }
            // Behind it is nothing but the end of the page, which ends all that is open.
            None if self.is_page
                && minifies
                && matches!(end.name.known, "body" | "html")
                && super::item::is_literal(&end.source)
                && self.behind.next.is_only(Event::Finish) =>
            {
                end.is_omitted = true;
                self.behind.outer.clear();
            }
            None => {
                self.behind.outer.clear();
                self.behind.content(Neighbour::Unknown);
            }
        }
        // What ends without an end tag ends before this one, the innermost first.
        for ended in end.ends.iter().rev() {
            self.enter_ended(*ended);
        }
        if !end.is_omitted {
            self.behind.next = Next::one(Event::End(end.name.known));
        }
    }

    fn start(&mut self, start: &mut Start<'_>, before: &[Node<'_>]) {
        let name = start.name.known;
        let is_empty = match start.is_foreign {
            true => start.has_slash,
            false => is_void(name),
        };
        let outside = start.flow.map_or(Outside::Line, |flow| flow.outside);
        match is_empty {
            true if outside == Outside::Line => self.behind.content(Neighbour::Line),
            true => {}
            false => self.leave(outside),
        }
        start.is_omitted = start.how == How::Minify
            && start
                .parts
                .iter()
                .all(|part| matches!(part, super::item::Part::Space))
            && !start.is_opaque
            && may_leave_out_start(name, &self.behind.next, before);
        for ended in start.ends.iter().rev() {
            self.enter_ended(*ended);
        }
        if !start.is_omitted {
            self.behind.next = Next::one(match start.is_foreign {
                true => Event::Start(""),
                false => Event::Start(name),
            });
        }
    }

    fn block(&mut self, block: &mut Block<'_>) {
        let behind = self.behind.clone();
        match block.name() {
            "if" | "match" => {
                let total = block.is_total();
                let first = usize::from(block.name() == "match");
                let mut fronts = Vec::new();
                for (index, arm) in block.arms.iter_mut().enumerate() {
                    if index < first {
                        blank_out(&mut arm.nodes);
                        continue;
                    }
                    self.behind = behind.clone();
                    self.nodes(&mut arm.nodes);
                    fronts.push(self.behind.clone());
                }
                if !total {
                    fronts.push(behind);
                }
                let mut fronts = fronts.into_iter();
                if let Some(front) = fronts.next() {
                    self.behind = front;
                }
                for front in fronts {
                    self.behind.merge(&front);
                }
            }
            "for" => self.repeated(block, behind),
            "block" => {
                let name = block.arms[0].tag.second_word().unwrap_or_default();
                let stays = !self.extends && !self.exact.moved_blocks.contains(name);
                if !stays {
                    self.behind = Behind::unknown();
                }
                for arm in &mut block.arms {
                    self.nodes(&mut arm.nodes);
                }
                let outer = match stays && !self.exact.open_blocks.contains(name) {
                    true => behind.outer,
                    false => Vec::new(),
                };
                self.behind = Behind {
                    outer,
                    ..Behind::unknown()
                };
                if stays && self.exact.is_flow(name) {
                    self.behind.next = Next::one(Event::Flow);
                }
            }
            name => {
                let writes = matches!(name, "call" | "filter");
                for arm in &mut block.arms {
                    self.behind = Behind::unknown();
                    self.nodes(&mut arm.nodes);
                }
                self.behind = behind;
                if writes {
                    self.behind.write();
                }
            }
        }
    }

    fn repeated(&mut self, block: &mut Block<'_>, behind: Behind) {
        let Some((body, rest)) = block.arms.split_first_mut() else {
            return;
        };
        // Behind a round stands another or what follows the loop: of the next round only its first piece is looked at.
        let mut first = behind.clone();
        first.next.merge(&first_of(&body.nodes));
        let space = first_of(&body.nodes).is_only(Event::Space);
        first.kept &= space;
        first.after = match (first.after, first_neighbour(&body.nodes)) {
            // Nothing in the loop stands in the line.
            (one, First::Nothing) => one,
            (one, First::Neighbour(two)) if one == two => one,
            _ => Neighbour::Unknown,
        };
        self.behind = first;
        self.nodes(&mut body.nodes);
        let mut front = self.behind.clone();
        let mut none = behind;
        for arm in rest {
            self.behind = none;
            self.nodes(&mut arm.nodes);
            none = self.behind.clone();
        }
        front.merge(&none);
        self.behind = front;
    }
}

/// Between `match` and its first branch nothing is written.
fn blank_out(nodes: &mut [Node<'_>]) {
    for node in nodes {
        if let Node::Item(Item::Text(text)) = node
            && text.how == How::Minify
            && is_blank(&text.text)
        {
            text.text = "".into();
        }
    }
}
