use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{
    ElementFlags, NodeOrText, QuirksMode, TreeBuilder, TreeBuilderOpts, TreeSink,
};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, local_name, ns, parse_document};

use super::reader::{Names, read};

/// Where pages are parsed. What one page needed is at hand for the next.
pub(super) struct Desk {
    names: Names,
    known: Known,
    nodes: Vec<Node>,
}

/// A page as a browser's parser reads it.
pub(super) struct Dom {
    pub(super) nodes: Vec<Node>,
    pub(super) quirks: QuirksMode,
}

/// The number of a node in its page.
pub(super) type Id = u32;

/// The document itself.
pub(super) const ROOT: Id = 0;

/// Stands for no node.
pub(super) const NONE: Id = Id::MAX;

pub(super) struct Node {
    pub(super) data: Data,
    pub(super) parent: Id,
    pub(super) first: Id,
    last: Id,
    pub(super) next: Id,
    previous: Id,
    /// How much of the page had been read when it was made, of a page that was read piece by piece.
    pub(super) origin: u32,
}

pub(super) enum Data {
    /// The document, and what a `template` holds.
    Root,
    Doctype,
    Text(StrTendril),
    Comment(StrTendril),
    Element {
        name: Rc<QualName>,
        attributes: Vec<Attribute>,
        /// What a `template` holds, else `NONE`.
        content: Id,
    },
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            names: Names::default(),
            known: Known::new(),
            nodes: Vec::with_capacity(256),
        }
    }

    /// Parses a page. `scripting` decides how `noscript` reads.
    pub(super) fn parse(&mut self, html: &str, scripting: bool) -> Dom {
        let sink = Sink::new(
            std::mem::take(&mut self.nodes),
            std::mem::take(&mut self.known),
            Rc::default(),
        );
        let builder = TreeBuilder::new(sink, options(scripting));
        let sink = read(html, &mut self.names, builder).sink;
        self.known = sink.known.into_inner();
        Dom {
            nodes: sink.nodes.into_inner(),
            quirks: sink.quirks.get(),
        }
    }

    /// Takes a page away that was read.
    pub(super) fn clear(&mut self, dom: Dom) {
        self.nodes = dom.nodes;
        self.nodes.clear();
    }
}

/// Parses a page by html5ever alone, in pieces: at the offsets it stops and notes for the nodes how far the page was read.
pub(super) fn parse_in_pieces(html: &str, scripting: bool, pieces: &[usize]) -> Dom {
    let options = ParseOpts {
        tree_builder: options(scripting),
        ..ParseOpts::default()
    };
    let read = Rc::new(Cell::new(0));
    let sink = Sink::new(Vec::new(), Known::new(), read.clone());
    let mut parser = parse_document(sink, options);
    let mut from = 0;
    for end in pieces.iter().copied().chain([html.len()]) {
        if end > from {
            read.set(u32::try_from(from).unwrap_or(u32::MAX));
            parser.process(StrTendril::from_slice(&html[from..end]));
            from = end;
        }
    }
    parser.finish()
}

fn options(scripting: bool) -> TreeBuilderOpts {
    TreeBuilderOpts {
        scripting_enabled: scripting,
        ..TreeBuilderOpts::default()
    }
}

impl Dom {
    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }
}

#[derive(Clone)]
struct Handle {
    id: Id,
    name: Rc<QualName>,
}

struct Sink {
    nodes: RefCell<Vec<Node>>,
    quirks: Cell<QuirksMode>,
    known: RefCell<Known>,
    /// The name of what has none.
    nameless: Rc<QualName>,
    read: Rc<Cell<u32>>,
}

/// Names of elements that came before, each once.
#[derive(Default)]
struct Known {
    names: Vec<Rc<QualName>>,
}

impl Known {
    const SLOTS: usize = 64;

    fn new() -> Self {
        Self {
            // All of them the one that stands for none.
            names: std::iter::repeat_n(
                Rc::new(QualName::new(None, ns!(), local_name!(""))),
                Self::SLOTS,
            )
            .collect(),
        }
    }

    fn get(&mut self, name: QualName) -> Rc<QualName> {
        let slot = name.local.get_hash() as usize % Self::SLOTS;
        let known = &mut self.names[slot];
        if **known != name {
            *known = Rc::new(name);
        }
        known.clone()
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

impl Sink {
    fn new(nodes: Vec<Node>, known: Known, read: Rc<Cell<u32>>) -> Self {
        let sink = Self {
            nodes: RefCell::new(nodes),
            quirks: Cell::new(QuirksMode::NoQuirks),
            nameless: Rc::new(QualName::new(None, ns!(), local_name!(""))),
            known: RefCell::new(known),
            read,
        };
        sink.add(Data::Root);
        sink
    }

    fn add(&self, data: Data) -> Id {
        let mut nodes = self.nodes.borrow_mut();
        let id = Id::try_from(nodes.len()).unwrap_or(NONE);
        nodes.push(Node {
            data,
            parent: NONE,
            first: NONE,
            last: NONE,
            next: NONE,
            previous: NONE,
            origin: self.read.get(),
        });
        id
    }

    fn nameless(&self, id: Id) -> Handle {
        Handle {
            id,
            name: self.nameless.clone(),
        }
    }

    fn detach(&self, id: Id) {
        let nodes = &mut *self.nodes.borrow_mut();
        let (parent, previous, next) = {
            let node = &mut nodes[id as usize];
            let around = (node.parent, node.previous, node.next);
            (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
            around
        };
        if previous != NONE {
            nodes[previous as usize].next = next;
        } else if parent != NONE {
            nodes[parent as usize].first = next;
        }
        if next != NONE {
            nodes[next as usize].previous = previous;
        } else if parent != NONE {
            nodes[parent as usize].last = previous;
        }
    }

    /// Puts a node below `parent`, before `before` or last.
    fn insert(&self, parent: Id, id: Id, before: Id) {
        self.detach(id);
        let nodes = &mut *self.nodes.borrow_mut();
        let previous = match before {
            NONE => nodes[parent as usize].last,
            _ => nodes[before as usize].previous,
        };
        nodes[id as usize].parent = parent;
        nodes[id as usize].previous = previous;
        nodes[id as usize].next = before;
        match previous {
            NONE => nodes[parent as usize].first = id,
            _ => nodes[previous as usize].next = id,
        }
        match before {
            NONE => nodes[parent as usize].last = id,
            _ => nodes[before as usize].previous = id,
        }
    }

    fn put(&self, parent: Id, child: NodeOrText<Handle>, before: Id) {
        match child {
            NodeOrText::AppendNode(handle) => self.insert(parent, handle.id, before),
            NodeOrText::AppendText(text) => {
                let previous = match before {
                    NONE => self.nodes.borrow()[parent as usize].last,
                    _ => self.nodes.borrow()[before as usize].previous,
                };
                if previous != NONE
                    && let Data::Text(last) = &mut self.nodes.borrow_mut()[previous as usize].data
                {
                    last.push_tendril(&text);
                    return;
                }
                let id = self.add(Data::Text(text));
                self.insert(parent, id, before);
            }
        }
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Dom;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Dom {
        Dom {
            nodes: self.nodes.into_inner(),
            quirks: self.quirks.get(),
        }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        self.nameless(ROOT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Handle {
        let content = match flags.template {
            true => self.add(Data::Root),
            false => NONE,
        };
        let name = self.known.borrow_mut().get(name);
        let id = self.add(Data::Element {
            name: name.clone(),
            attributes,
            content,
        });
        Handle { id, name }
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.nameless(self.add(Data::Comment(text)))
    }

    fn create_pi(&self, _: StrTendril, data: StrTendril) -> Handle {
        self.create_comment(data)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.put(parent.id, child, NONE);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        previous: &Handle,
        child: NodeOrText<Handle>,
    ) {
        let has_parent = self.nodes.borrow()[element.id as usize].parent != NONE;
        match has_parent {
            true => self.append_before_sibling(element, child),
            false => self.append(previous, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {
        let id = self.add(Data::Doctype);
        self.insert(ROOT, id, NONE);
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let content = match &self.nodes.borrow()[target.id as usize].data {
            Data::Element { content, .. } => *content,
            _ => target.id,
        };
        self.nameless(content)
    }

    fn same_node(&self, a: &Handle, b: &Handle) -> bool {
        a.id == b.id
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.quirks.set(mode);
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let parent = self.nodes.borrow()[sibling.id as usize].parent;
        if parent != NONE {
            self.put(parent, child, sibling.id);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, more: Vec<Attribute>) {
        if let Data::Element { attributes, .. } =
            &mut self.nodes.borrow_mut()[target.id as usize].data
        {
            for attribute in more {
                if !attributes.iter().any(|given| given.name == attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        loop {
            let first = self.nodes.borrow()[node.id as usize].first;
            if first == NONE {
                return;
            }
            self.insert(new_parent.id, first, NONE);
        }
    }

    fn allow_declarative_shadow_roots(&self, _: &Handle) -> bool {
        false
    }
}
