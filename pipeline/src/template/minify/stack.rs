//! What is known of the place that the walk has come to: the elements around it and what stands before it in the line.

use super::super::show::{Flow, Inside, Neighbour, Outside};
use super::item::{Ended, Name};
use super::names::{ends_by_itself, ends_paragraph};

/// Which part of the page it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Not known: a fragment, or behind something that may have left the head.
    Unknown,
    /// Before the body: white space between elements is not shown.
    Head,
    Body,
}

/// An open element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Open<'a> {
    pub(super) name: Name<'a>,
    pub(super) flow: Flow,
    /// What stands before in the line around it, once it is closed.
    pub(super) before: Neighbour,
    pub(super) kept: bool,
    /// Whether its contents are written as they stand.
    pub(super) is_kept: bool,
    /// How much expressions had written where it was opened.
    pub(super) texts: u32,
    pub(super) markups: u32,
    /// Elements of which it is not known whether they are open; then the rest says nothing.
    pub(super) maybe: Vec<Name<'a>>,
}

impl Open<'_> {
    /// How it ends where expressions have written so much.
    pub(super) fn ended(&self, texts: u32) -> Ended {
        Ended {
            flow: self.flow,
            is_loose: self.name.known == "p" && self.texts != texts,
        }
    }

    fn is_maybe(&self) -> bool {
        !self.maybe.is_empty()
    }
}

#[derive(PartialEq, Eq, Debug)]
pub(super) struct State<'a> {
    /// From the outermost known one; what is around it is not known.
    pub(super) stack: Vec<Open<'a>>,
    pub(super) phase: Phase,
    pub(super) before: Neighbour,
    /// Whether white space stays that has the same neighbours as what would stand here.
    pub(super) kept: bool,
    /// How many elements around let white space count, or are written as they stand.
    pub(super) exact: usize,
    pub(super) keep: usize,
    /// How often expressions have written text, and what may be markup.
    pub(super) texts: u32,
    pub(super) markups: u32,
}

impl Clone for State<'_> {
    fn clone(&self) -> Self {
        // A branch begins there: it opens more.
        let mut stack = Vec::with_capacity(self.stack.len() + 4);
        stack.extend_from_slice(&self.stack);
        Self { stack, ..*self }
    }
}

impl<'a> State<'a> {
    /// A place of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self {
            stack: Vec::new(),
            phase: Phase::Unknown,
            before: Neighbour::Unknown,
            kept: false,
            exact: 0,
            keep: 0,
            texts: 0,
            markups: 0,
        }
    }

    pub(super) fn forget_line(&mut self) {
        self.before = Neighbour::Unknown;
        self.kept = false;
    }

    pub(super) fn line(&mut self) {
        self.before = Neighbour::Line;
        self.kept = false;
    }

    /// Something was written that may be any markup.
    pub(super) fn wrote_markup(&mut self) {
        self.texts += 1;
        self.markups += 1;
        self.phase = match self.phase {
            Phase::Body => Phase::Body,
            _ => Phase::Unknown,
        };
        self.forget_line();
    }

    /// The elements around are not certain any more. White space that counted still does.
    pub(super) fn forget_stack(&mut self) {
        self.stack.clear();
        self.forget_line();
        if self.phase == Phase::Head {
            self.phase = Phase::Unknown;
        }
    }

    pub(super) fn top(&self) -> Option<&Open<'a>> {
        self.stack.last().filter(|open| !open.is_maybe())
    }

    /// Whether white space directly here is never shown.
    pub(super) fn is_bare(&self) -> bool {
        let top = self.stack.last();
        self.phase == Phase::Head
            && top.is_none_or(|open| matches!(open.name.known, "html" | "head" | "noscript"))
            || self
                .top()
                .is_some_and(|open| open.flow.inside == Inside::Bare)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.stack.iter().any(|open| {
            open.name.known == name || open.maybe.iter().any(|name_| name_.known == name)
        })
    }

    pub(super) fn push(&mut self, name: Name<'a>, flow: Flow, is_kept: bool) {
        let (before, kept) = match flow.outside {
            Outside::Line => (Neighbour::Line, false),
            Outside::Apart => (self.before, self.kept),
        };
        self.stack.push(Open {
            name,
            flow,
            before,
            kept,
            is_kept,
            texts: self.texts,
            markups: self.markups,
            maybe: Vec::new(),
        });
        self.exact += usize::from(flow.inside == Inside::Exact);
        self.keep += usize::from(is_kept);
        self.before = match flow.inside {
            _ if name.known == "template" => Neighbour::Unknown,
            Inside::Edge | Inside::Bare => Neighbour::Edge,
            Inside::Line | Inside::Exact => Neighbour::Line,
        };
        self.kept = false;
    }

    /// Closes the innermost element, which has no end tag.
    pub(super) fn end(&mut self) -> Option<Ended> {
        let texts = self.texts;
        self.pop().map(|open| open.ended(texts))
    }

    /// Closes the innermost element.
    pub(super) fn pop(&mut self) -> Option<Open<'a>> {
        let open = self.stack.pop()?;
        if open.is_maybe() {
            self.forget_line();
            return Some(open);
        }
        self.exact = self
            .exact
            .saturating_sub(usize::from(open.flow.inside == Inside::Exact));
        self.keep = self.keep.saturating_sub(usize::from(open.is_kept));
        self.before = open.before;
        self.kept = open.kept;
        // A block that an expression wrote has ended it, and what follows that stands in the line around.
        if open.name.known == "p" && open.texts != self.texts {
            self.forget_line();
        }
        Some(open)
    }

    /// How many elements above the one that an end tag of this name closes, if that is certain.
    pub(super) fn find(&self, name: Name<'_>) -> Option<usize> {
        for (above, open) in self.stack.iter().rev().enumerate() {
            if open.is_maybe() {
                let same = |maybe: &Name<'_>| same(*maybe, name);
                if open.maybe.iter().any(same) {
                    return None;
                }
            } else if same(open.name, name) {
                return Some(above);
            } else if !ends_by_itself(open.name.known) {
                return None;
            }
        }
        None
    }

    /// Whether the start tag closes an element that is not the innermost one.
    pub(super) fn ends_further_out(&self, name: &str) -> bool {
        let mut paragraph = ends_paragraph(name) || name == "table";
        let mut item = matches!(name, "li" | "dd" | "dt");
        for open in self.stack.iter().rev() {
            if !paragraph && !item {
                return false;
            }
            for inner in open.maybe.iter().chain([&open.name]) {
                let known = inner.known;
                if paragraph && known == "p"
                    || item
                        && (known == "li" && name == "li"
                            || name != "li" && matches!(known, "dd" | "dt"))
                {
                    return true;
                }
                paragraph &= !matches!(
                    known,
                    "applet"
                        | "button"
                        | "caption"
                        | "html"
                        | "marquee"
                        | "object"
                        | "table"
                        | "td"
                        | "template"
                        | "th"
                );
                item &= !ends_paragraph(known)
                    && !matches!(known, "td" | "th" | "table" | "template")
                    || matches!(known, "address" | "div");
            }
        }
        false
    }

    /// Two ways lead here.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.before != other.before {
            self.before = Neighbour::Unknown;
        }
        self.kept &= other.kept;
        if self.phase != other.phase {
            self.phase = Phase::Unknown;
        }
        self.exact = self.exact.max(other.exact);
        self.keep = self.keep.max(other.keep);
        self.texts = self.texts.max(other.texts);
        self.markups = self.markups.max(other.markups);
        if self.stack == other.stack {
            return;
        }
        let mut common = 0;
        for (one, two) in self.stack.iter_mut().zip(&other.stack) {
            if one.is_maybe() || two.is_maybe() || !same(one.name, two.name) {
                break;
            }
            if one.flow.outside != two.flow.outside {
                one.flow.outside = Outside::Line;
            }
            if one.flow.inside != two.flow.inside {
                one.flow.inside = match (one.flow.inside, two.flow.inside) {
                    (Inside::Exact, _) | (_, Inside::Exact) => Inside::Exact,
                    _ => Inside::Line,
                };
            }
            if one.before != two.before {
                one.before = Neighbour::Unknown;
            }
            one.kept &= two.kept;
            one.is_kept |= two.is_kept;
            one.texts = one.texts.min(two.texts);
            one.markups = one.markups.min(two.markups);
            common += 1;
        }
        let rest = |stack: &[Open<'a>]| -> Vec<Name<'a>> {
            stack[common..]
                .iter()
                .flat_map(|open| match open.is_maybe() {
                    true => open.maybe.clone(),
                    false => vec![open.name],
                })
                .collect()
        };
        let mut maybe = rest(&self.stack);
        maybe.extend(rest(&other.stack));
        self.stack.truncate(common);
        if let Some(first) = maybe.first().copied() {
            self.forget_line();
            self.stack.push(Open {
                name: first,
                flow: UNKNOWN_FLOW,
                before: Neighbour::Unknown,
                kept: false,
                is_kept: false,
                texts: 0,
                markups: 0,
                maybe,
            });
        }
    }
}

/// The flow of which the least follows.
pub(super) const UNKNOWN_FLOW: Flow = Flow {
    outside: Outside::Line,
    inside: Inside::Line,
};

pub(super) fn same(one: Name<'_>, two: Name<'_>) -> bool {
    match one.known.is_empty() && two.known.is_empty() {
        true => !one.written.is_empty() && one.written.eq_ignore_ascii_case(two.written),
        false => one.known == two.known,
    }
}
