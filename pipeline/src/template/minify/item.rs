//! A template as HTML: what the tokenizer makes, and what the passes work on.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::super::rewrite::Tag;
use super::super::show::{Element, Flow, Value as Known};

/// A stretch of the template inside of something that is one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bit<'a> {
    /// Literal text.
    Text(&'a str),
    Tag(&'a Tag),
    /// The tags around the text of a `raw` block.
    Raw(&'a str),
    EndRaw(&'a str),
}

/// Mostly so few that they need no memory of their own.
pub(super) type Bits<'a> = SmallVec<[Bit<'a>; 2]>;

/// A piece of the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Item<'a> {
    Text(Text<'a>),
    Start(Box<Start<'a>>),
    End(Box<End<'a>>),
    Comment(Comment<'a>),
    /// The text of a raw-text element (`script`, `style`, `title`, `textarea` …).
    Content(Content<'a>),
    /// What is written as it stands: a doctype, or markup that the branches of a block cut through.
    Other(Bit<'a>),
    /// A tag between the pieces.
    Tag(&'a Tag),
}

/// Character data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) how: How,
}

/// What may be done to a piece, from the place where it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum How {
    #[default]
    Minify,
    /// White space counts, everything else may be written differently.
    Exact,
    /// Written as it stands.
    Keep,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Comment<'a> {
    pub(super) text: &'a str,
    pub(super) how: How,
    /// It stands in the head: white space in it is as little shown as that around it.
    pub(super) is_hidden: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Content<'a> {
    pub(super) bits: Vec<Bit<'a>>,
    pub(super) how: How,
}

/// A start tag that no branch cuts through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Start<'a> {
    pub(super) name: Name<'a>,
    pub(super) parts: SmallVec<[Part<'a>; 2]>,
    /// All of it as written.
    pub(super) source: Bits<'a>,
    /// Too entangled with tags to be taken apart.
    pub(super) is_opaque: bool,
    /// Written with `/>`.
    pub(super) has_slash: bool,
    pub(super) is_foreign: bool,
    pub(super) how: How,
    pub(super) flow: Option<Flow>,
    /// The elements that end before it without an end tag, innermost first.
    pub(super) ends: Ends,
    /// Not written: the parser puts it there.
    pub(super) is_omitted: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct End<'a> {
    pub(super) name: Name<'a>,
    pub(super) source: Bits<'a>,
    pub(super) how: How,
    /// The element that it closes, if that is certain.
    pub(super) closes: Option<Closed>,
    /// The elements inside of it that end here without an end tag, innermost first.
    pub(super) ends: Ends,
    pub(super) is_omitted: bool,
}

/// Elements that end without an end tag: seldom more than one.
pub(super) type Ends = SmallVec<[Ended; 4]>;

/// An element that ends without an end tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ended {
    pub(super) flow: Flow,
    /// A paragraph in which an expression wrote: a block in that has ended it before, and what follows the block stands in
    /// the line around.
    pub(super) is_loose: bool,
}

/// An element at its end tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Closed {
    pub(super) flow: Flow,
    /// Whether an expression inside may have written text, or text and markup.
    pub(super) is_literal: bool,
    pub(super) is_escaped: bool,
    /// The element around it, empty if that is not known.
    pub(super) parent: &'static str,
}

/// The name of an element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name<'a> {
    pub(super) written: &'a str,
    /// The same in lower case if it is an element of HTML, else empty.
    pub(super) known: &'static str,
}

/// What a start tag holds behind its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part<'a> {
    Space,
    Attribute(Attribute<'a>),
    Bit(Bit<'a>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Attribute<'a> {
    /// As written.
    pub(super) name: &'a str,
    pub(super) value: Option<Value<'a>>,
}

/// A value as written, between its quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Value<'a> {
    pub(super) quote: Option<u8>,
    pub(super) bits: SmallVec<[Bit<'a>; 1]>,
}

impl<'a> Value<'a> {
    /// The text, if no tag stands in it.
    pub(super) fn literal(&self) -> Option<Cow<'a, str>> {
        literal(&self.bits)
    }
}

/// Whether there is no tag among bits.
pub(super) fn is_literal(bits: &[Bit<'_>]) -> bool {
    bits.iter().all(|bit| matches!(bit, Bit::Text(_)))
}

/// The text of bits among which there is no tag.
pub(super) fn literal<'a>(bits: &[Bit<'a>]) -> Option<Cow<'a, str>> {
    match bits {
        [] => Some(Cow::Borrowed("")),
        [Bit::Text(text)] => Some(Cow::Borrowed(text)),
        bits if !is_literal(bits) => None,
        bits => bits
            .iter()
            .map(|bit| match bit {
                Bit::Text(text) => Some(*text),
                _ => None,
            })
            .collect::<Option<String>>()
            .map(Cow::Owned),
    }
}

impl<'a> Start<'a> {
    /// The first attribute of a name: a browser ignores later ones.
    pub(super) fn find(&self, name: &str) -> Option<&Attribute<'a>> {
        self.parts.iter().find_map(|part| match part {
            Part::Attribute(attribute) if attribute.name.eq_ignore_ascii_case(name) => {
                Some(attribute)
            }
            _ => None,
        })
    }

    /// The value of an attribute that is there for certain and holds no tag, as written.
    pub(super) fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut depth = 0;
        for part in &self.parts {
            match part {
                Part::Bit(Bit::Tag(tag)) => match tag.is_opening() {
                    Some(true) => depth += 1,
                    Some(false) => depth -= 1,
                    None if tag.is_expr => return None,
                    None => {}
                },
                Part::Attribute(attribute) if attribute.name.eq_ignore_ascii_case(name) => {
                    return match (depth, &attribute.value) {
                        (0, Some(value)) => value.literal(),
                        (0, None) => Some(Cow::Borrowed("")),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        None
    }

    /// Whether a tag stands in it, values apart.
    pub(super) fn has_tags(&self) -> bool {
        self.is_opaque || self.parts.iter().any(|part| matches!(part, Part::Bit(_)))
    }
}

/// How the table of what is shown sees a start tag: values as written, since no reference in them can matter there.
pub(super) struct Seen<'s, 'a> {
    start: &'s Start<'a>,
    /// Values of attributes that hold tags, or whose place is not certain: name and literal parts.
    open: Vec<(&'a str, String)>,
}

impl<'s, 'a> Seen<'s, 'a> {
    pub(super) fn of(start: &'s Start<'a>) -> Self {
        let mut open = Vec::new();
        let uncertain = start.has_tags();
        for part in &start.parts {
            let Part::Attribute(attribute) = part else {
                continue;
            };
            let bits = attribute
                .value
                .as_ref()
                .map_or(&[][..], |value| &value.bits[..]);
            if uncertain || !matches!(bits, [] | [Bit::Text(_)]) {
                let mut text = String::new();
                for bit in bits {
                    match bit {
                        Bit::Text(part) => text.push_str(part),
                        _ => text.push(' '),
                    }
                }
                open.push((attribute.name, text));
            }
        }
        Self { start, open }
    }
}

impl Element for Seen<'_, '_> {
    fn name(&self) -> &str {
        match self.start.is_foreign {
            false if !self.start.name.known.is_empty() => self.start.name.known,
            _ => self.start.name.written,
        }
    }

    fn attribute(&self, name: &str) -> Known<'_> {
        let open = self
            .open
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name));
        if let Some((_, text)) = open {
            return Known::Open(text);
        }
        if self.start.has_tags() {
            // `{{ attributes }}` may write any.
            let writes = self.start.is_opaque
                || self
                    .start
                    .parts
                    .iter()
                    .any(|part| matches!(part, Part::Bit(Bit::Tag(tag)) if tag.writes()));
            return match writes {
                true => Known::Open(""),
                false => Known::Absent,
            };
        }
        match self.start.find(name) {
            None => Known::Absent,
            Some(Attribute { value: None, .. }) => Known::Known(""),
            Some(Attribute {
                value: Some(value), ..
            }) => match value.bits.as_slice() {
                [Bit::Text(text)] => Known::Known(text),
                _ => Known::Known(""),
            },
        }
    }

    fn is_foreign(&self) -> bool {
        self.start.is_foreign
    }
}

impl Tag {
    /// Whether it begins (`Some(true)`) or ends a block.
    pub(super) fn is_opening(&self) -> Option<bool> {
        match &*self.name {
            "if" | "for" | "match" | "block" | "filter" | "macro" => Some(true),
            "call" | "let" | "set" | "decl" | "declare" if self.is_closed_later => Some(true),
            name if name.starts_with("end") => Some(false),
            _ => None,
        }
    }

    /// Whether it begins another branch of the block around it.
    pub(super) fn is_branch(&self) -> bool {
        matches!(&*self.name, "else" | "elif" | "when")
    }

    /// Whether it puts something into the page where it stands.
    pub(super) fn writes(&self) -> bool {
        self.is_expr
            || self.name == "include"
            || self.name == "call" && !self.is_closed_later
            || self.name.starts_with("endcall")
    }

    /// Whether what it writes is text for certain: an expression that Askama escapes.
    pub(super) fn is_escaped(&self) -> bool {
        const WORDS: [&[u8]; 6] = [b"safe", b"escape", b"::", b"!", b"super", b"caller"];
        let content = self.content().as_bytes();
        let begins = |at: usize| WORDS.iter().any(|word| content[at..].starts_with(word));
        let mut may_begin = content
            .iter()
            .enumerate()
            .filter(|(_, byte)| matches!(byte, b's' | b'e' | b':' | b'!' | b'c'));
        self.is_expr && !may_begin.any(|(at, _)| begins(at))
    }
}
