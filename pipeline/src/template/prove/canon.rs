use html5ever::tree_builder::QuirksMode;
use html5ever::{Attribute, QualName, ns};

use super::super::mime::{is_css, is_script};
use super::super::show::{
    Element, Flow, Inside, Neighbour, Outside, Value, is_space, joins_lines, keeps_comment,
    vanishes,
};
use super::super::styles::Styles;
use super::attributes;
use super::dom::{Data, Desk, Dom, Id, NONE, ROOT};
use super::equal::{Equal, Side};
use super::lines;
use crate::js::Goal;

/// Stands in every value that a plan puts for an expression, so that an attribute which holds one is known to be open.
pub(super) const PROBE: char = '\u{e000}';

/// A page written down so that two pages which a browser shows alike, and in which scripts and stylesheets find the same,
/// are the same text. `\u{1}` begins an element, `\u{3}` ends an attribute, `\u{4}` a start tag, `\u{5}` an element.
#[derive(Default)]
pub(super) struct Canon {
    pub(super) text: String,
    /// Where the nodes begin in it, with their origins. Noted only if asked for.
    pub(super) marks: Vec<(usize, u32)>,
}

/// A start tag in a page.
pub(super) struct Start<'a> {
    name: &'a QualName,
    attributes: &'a [Attribute],
}

impl Start<'_> {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| &*attribute.name.local == name)
            .map(|attribute| &*attribute.value)
    }
}

impl Element for Start<'_> {
    fn name(&self) -> &str {
        &self.name.local
    }

    fn attribute(&self, name: &str) -> Value<'_> {
        match self.value(name) {
            None => Value::Absent,
            Some(value) if value.contains(PROBE) => Value::Open(value),
            Some(value) => Value::Known(value),
        }
    }

    fn is_foreign(&self) -> bool {
        self.name.ns != ns!(html)
    }
}

/// What was written last in a line, and the white space since.
#[derive(Clone, Copy)]
struct Line {
    /// Whether text or a part of the line stands before; else an edge.
    begun: bool,
    space: bool,
    /// The space holds a line break, and text that joins lines stands before it.
    joins: bool,
    broken: bool,
}

impl Line {
    const EDGE: Self = Self {
        begun: false,
        space: false,
        joins: false,
        broken: false,
    };
    const BEGUN: Self = Self {
        begun: true,
        ..Self::EDGE
    };
}

pub(super) struct Writer<'a> {
    dom: &'a Dom,
    desk: &'a mut Desk,
    styles: &'a Styles,
    equal: (&'a Equal, Side),
    scripting: bool,
    mark: bool,
    line: Line,
    /// Sorted attributes of the element at hand, by index.
    order: Vec<usize>,
    out: Canon,
}

/// Writes a page down.
pub(super) fn canon(
    dom: &Dom,
    desk: &mut Desk,
    styles: &Styles,
    equal: (&Equal, Side),
    scripting: bool,
    mark: bool,
) -> Canon {
    // About as long as the markup.
    let length = 24 * dom.nodes.len();
    let mut writer = Writer {
        dom,
        desk,
        styles,
        equal,
        scripting,
        mark,
        line: Line::EDGE,
        order: Vec::new(),
        out: Canon {
            text: String::with_capacity(length),
            marks: Vec::new(),
        },
    };
    writer.out.text.push_str(match dom.quirks {
        QuirksMode::Quirks => "quirks",
        QuirksMode::LimitedQuirks => "limited quirks",
        QuirksMode::NoQuirks => "",
    });
    writer.children(ROOT, Inside::Bare, false);
    writer.out
}

/// Writes a text that a stage has made, by what it was made of.
pub(super) fn push_text_of((class, values): &(usize, Vec<&str>), out: &mut String) {
    out.push('#');
    out.push_str(&class.to_string());
    for value in values {
        out.push('\u{6}');
        out.push_str(value);
    }
}

impl Writer<'_> {
    fn note(&mut self, id: Id) {
        if self.mark {
            self.out
                .marks
                .push((self.out.text.len(), self.dom.node(id).origin));
        }
    }

    /// `hidden`: in the head, where nothing is shown.
    fn children(&mut self, parent: Id, inside: Inside, hidden: bool) {
        let mut id = self.dom.node(parent).first;
        while id != NONE {
            let node = self.dom.node(id);
            match &node.data {
                Data::Root | Data::Doctype => {}
                Data::Text(text) => self.text(id, text, inside),
                Data::Comment(text) => self.comment(id, text, inside, hidden),
                Data::Element {
                    name,
                    attributes,
                    content,
                } => {
                    let start = Start { name, attributes };
                    self.element(id, &start, *content, inside, hidden);
                }
            }
            id = node.next;
        }
    }

    /// White space that something in the line ends.
    fn flush(&mut self, first: Option<char>) {
        let Line {
            begun,
            space,
            joins,
            broken,
        } = self.line;
        let before = match begun {
            true => Neighbour::Line,
            false => Neighbour::Edge,
        };
        if space && !vanishes(before, Neighbour::Line, false) {
            let breaks = broken && joins && first.is_some_and(joins_lines);
            self.out.text.push(if breaks { '\n' } else { ' ' });
        }
    }

    fn text(&mut self, id: Id, text: &str, inside: Inside) {
        if inside == Inside::Exact {
            self.note(id);
            self.out.text.push_str(text);
            return;
        }
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
            if word > 0 && inside != Inside::Bare {
                self.line.space = true;
                self.line.broken |= rest[..word].contains('\n');
            }
            rest = &rest[word..];
            let end = rest.find(is_space).unwrap_or(rest.len());
            if end > 0 {
                self.flush(rest.chars().next());
                self.note(id);
                self.out.text.push_str(&rest[..end]);
                self.line = Line::BEGUN;
                self.line.joins = rest[..end].chars().next_back().is_some_and(joins_lines);
            }
            rest = &rest[end..];
        }
    }

    fn comment(&mut self, id: Id, text: &str, inside: Inside, hidden: bool) {
        let whole = format!("<!--{text}-->");
        if !keeps_comment(&whole) {
            return;
        }
        if inside != Inside::Bare && inside != Inside::Exact {
            self.flush(None);
            self.line = Line::BEGUN;
        }
        self.note(id);
        self.out.text.push_str("\u{1}!--");
        match conditional(text) {
            Some((open, body, close)) => {
                self.out.text.push_str(open);
                // In the head its white space shows as little as that around it; in the body words may stand there.
                let around = match hidden {
                    true => "<!doctype html>",
                    false => "<!doctype html><body>\u{e002}",
                };
                let page = format!("{around}{body}");
                let dom = self.desk.parse(&page, self.scripting);
                let Self {
                    styles,
                    equal,
                    scripting,
                    ..
                } = *self;
                let written = canon(&dom, self.desk, styles, equal, scripting, false);
                self.out.text.push_str(&written.text);
                self.out.text.push_str(close);
            }
            None => self.out.text.push_str(text),
        }
        self.out.text.push('\u{5}');
    }

    fn element(&mut self, id: Id, start: &Start<'_>, content: Id, around: Inside, hidden: bool) {
        let Flow {
            outside,
            mut inside,
        } = self.styles.flow(start);
        let html = !start.is_foreign();
        let name = start.name();
        let hidden = hidden || html && name == "head";
        let outside = match around {
            // Nothing in there stands in a line.
            Inside::Bare => Outside::Apart,
            _ if hidden => Outside::Apart,
            _ => outside,
        };
        if around == Inside::Exact {
            inside = Inside::Exact;
        } else if hidden && inside == Inside::Line {
            inside = Inside::Bare;
        }
        if outside == Outside::Line {
            self.flush(None);
        }
        let before = self.line;
        self.note(id);
        self.start(start);
        self.line = match inside {
            Inside::Line => Line::BEGUN,
            Inside::Edge | Inside::Bare | Inside::Exact => Line::EDGE,
        };
        match name {
            "script" | "style" => self.raw(id, start),
            "noscript" if self.scripting => {}
            "title" if html => self.children(id, Inside::Edge, hidden),
            _ => self.children(id, inside, hidden),
        }
        if content != NONE {
            self.line = Line::BEGUN;
            self.children(content, Inside::Line, false);
        }
        if inside == Inside::Line || content != NONE {
            self.flush(None);
        }
        self.out.text.push('\u{5}');
        self.line = match outside {
            Outside::Line => Line::BEGUN,
            Outside::Apart => before,
        };
    }

    fn start(&mut self, start: &Start<'_>) {
        self.out.text.push('\u{1}');
        if start.is_foreign() {
            self.out.text.push_str(match start.name.ns {
                ns!(svg) => "svg:",
                _ => "math:",
            });
        }
        self.out.text.push_str(start.name());
        self.order.clear();
        self.order.extend(0..start.attributes.len());
        let attributes = start.attributes;
        self.order.sort_by_key(|at| &attributes[*at].name.local);
        for at in &self.order {
            let attribute = &attributes[*at];
            attributes::write(
                start,
                &attribute.name.local,
                &attribute.value,
                self.styles,
                self.equal,
                &mut self.out.text,
            );
        }
        self.out.text.push('\u{4}');
    }

    /// What a script or stylesheet holds.
    fn raw(&mut self, id: Id, start: &Start<'_>) {
        let mut child = self.dom.node(id).first;
        while child != NONE {
            let node = self.dom.node(child);
            if let Data::Text(text) = &node.data
                && !self.equal.0.is_nothing(text)
            {
                self.note(child);
                match self.equal.0.find(text, self.equal.1) {
                    Some(found) => push_text_of(&found, &mut self.out.text),
                    None => push_raw(start, text, &mut self.out.text),
                }
            }
            child = node.next;
        }
    }
}

/// What no stage has made smaller, or only by its lines.
fn push_raw(start: &Start<'_>, text: &str, out: &mut String) {
    let kind = start.value("type");
    let is = |other: &str| kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(other));
    let json = kind.is_some_and(|kind| kind.trim().to_ascii_lowercase().ends_with("json"));
    match start.name() {
        "style" if !start.is_foreign() && is_css(kind) => lines::push_style(text, out),
        "script" if json || is("importmap") => push_json(text, out),
        "script" if is("module") => lines::push_script(text, Goal::Module, out),
        "script" if is_script(kind) => lines::push_script(text, Goal::Script, out),
        _ => out.push_str(text.trim_ascii()),
    }
}

/// JSON without the white space outside of its strings.
fn push_json(text: &str, out: &mut String) {
    let mut string = false;
    let mut escaped = false;
    for c in text.chars() {
        if string || !c.is_ascii_whitespace() {
            out.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if string => escaped = true,
            '"' => string = !string,
            _ => {}
        }
    }
}

/// The condition, what it holds, and the end of a conditional comment.
fn conditional(comment: &str) -> Option<(&str, &str, &str)> {
    let open = comment
        .find("]>")
        .filter(|_| comment.trim_start().starts_with("[if"))?
        + 2;
    let close = comment.rfind("<![endif]")?;
    (open <= close).then(|| (&comment[..open], &comment[open..close], &comment[close..]))
}
