//! Tags that the parser puts there by itself (HTML §13.1.2.4), where what follows is certain in every branch.

use smallvec::{SmallVec, smallvec};

use super::item::{Closed, How, Item};
use super::names::{ends_paragraph_everywhere, is_metadata};
use super::tree::Node;

/// The next thing that the parser sees.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Event {
    Text,
    Space,
    Comment,
    /// The name is empty for an element that is not one of HTML.
    Start(&'static str),
    End(&'static str),
    /// White space perhaps, and then the start tag of something that only a body holds.
    Flow,
    /// The end of the page.
    Finish,
}

/// Everything that may come next; `None` if that is not certain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Next(Option<SmallVec<[Event; 2]>>);

impl Next {
    pub(super) fn unknown() -> Self {
        Self(None)
    }

    pub(super) fn one(event: Event) -> Self {
        Self(Some(smallvec![event]))
    }

    pub(super) fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Some(events), Some(others)) => {
                for event in others {
                    if !events.contains(event) {
                        events.push(*event);
                    }
                }
            }
            _ => self.0 = None,
        }
    }

    pub(super) fn is_only(&self, event: Event) -> bool {
        self.all(|given| given == event)
    }

    fn all(&self, mut is: impl FnMut(Event) -> bool) -> bool {
        self.0
            .as_ref()
            .is_some_and(|events| events.iter().all(|event| is(*event)))
    }
}

/// Whether an end tag may be left out. `is_page`: the template is a whole page.
pub(super) fn may_leave_out_end(name: &str, closed: Closed, next: &Next, is_page: bool) -> bool {
    use Event::{End, Finish, Start};
    match name {
        "html" | "body" => is_page && next.is_only(Finish),
        "head" => next.all(|event| match event {
            Start(name) => name == "body" || begins_body(name),
            Event::Flow => true,
            _ => false,
        }),
        // An expression in it may have ended it, and then its end tag makes another.
        "p" => {
            closed.is_literal
                && next.all(|event| match event {
                    Start(name) => ends_paragraph_everywhere(name),
                    Finish => is_page,
                    End(name) => name == closed.parent && shows_paragraphs(name),
                    _ => false,
                })
        }
        _ if !closed.is_escaped => false,
        "li" => next.all(|event| match event {
            Start(name) => name == "li",
            End(name) => name == closed.parent && matches!(name, "ul" | "ol" | "menu"),
            _ => false,
        }),
        "dt" => next.all(|event| matches!(event, Start("dt" | "dd"))),
        "dd" => next.all(|event| match event {
            Start(name) => matches!(name, "dt" | "dd"),
            End(name) => name == closed.parent && name == "dl",
            _ => false,
        }),
        "option" => next.all(|event| match event {
            Start(name) => matches!(name, "option" | "optgroup"),
            End(name) => {
                name == closed.parent && matches!(name, "select" | "optgroup" | "datalist")
            }
            _ => false,
        }),
        "optgroup" => next.all(|event| match event {
            Start(name) => name == "optgroup",
            End(name) => name == closed.parent && name == "select",
            _ => false,
        }),
        "td" | "th" => next.all(|event| match event {
            Start(name) => matches!(name, "td" | "th" | "tr" | "tbody" | "tfoot" | "thead"),
            End(name) => matches!(name, "tr" | "tbody" | "tfoot" | "thead" | "table"),
            _ => false,
        }),
        "tr" => next.all(|event| match event {
            Start(name) => matches!(name, "tr" | "tbody" | "tfoot" | "thead"),
            End(name) => matches!(name, "tbody" | "tfoot" | "thead" | "table"),
            _ => false,
        }),
        "tbody" | "tfoot" => next.all(|event| match event {
            Start(name) => matches!(name, "tbody" | "tfoot"),
            End(name) => name == "table",
            _ => false,
        }),
        "thead" => next.all(|event| matches!(event, Start("tbody" | "tfoot"))),
        "rt" | "rp" => next.all(|event| match event {
            Start(name) => matches!(name, "rt" | "rp"),
            End(name) => name == closed.parent && name == "ruby",
            _ => false,
        }),
        _ => false,
    }
}

/// Whether a start tag without attributes may be left out. `before`: what stands in front of it in its branch.
pub(super) fn may_leave_out_start(name: &str, next: &Next, before: &[Node<'_>]) -> bool {
    use Event::Start;
    match name {
        "html" => next.all(|event| matches!(event, Start(name) if !name.is_empty())),
        "head" => next.all(|event| {
            matches!(
                event,
                Start("base" | "link" | "meta" | "script" | "style" | "title")
            )
        }),
        "body" => next.all(|event| match event {
            Start(name) => begins_body(name),
            Event::Text | Event::Flow => true,
            _ => false,
        }),
        // Directly behind `<table>`, so that no end tag that was left out stands before.
        "tbody" => {
            next.is_only(Start("tr"))
                && matches!(
                    last_written(before),
                    Some(Item::Start(start)) if start.name.known == "table"
                )
        }
        _ => false,
    }
}

/// Start tags of which the parser makes a body if there is none.
pub(super) fn begins_body(name: &str) -> bool {
    !is_metadata(name) && !matches!(name, "" | "html" | "head" | "body" | "frame" | "frameset")
}

fn last_written<'n, 'a>(before: &'n [Node<'a>]) -> Option<&'n Item<'a>> {
    for node in before.iter().rev() {
        match node {
            Node::Item(Item::Text(text)) if text.text.is_empty() => {}
            Node::Item(Item::Comment(comment)) if comment.how == How::Minify => {}
            Node::Item(item) => return Some(item),
            Node::Block(_) => return None,
        }
    }
    None
}

/// Elements whose end tag ends a paragraph in them.
fn shows_paragraphs(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "div"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "header"
            | "li"
            | "main"
            | "nav"
            | "section"
            | "td"
            | "th"
    )
}
