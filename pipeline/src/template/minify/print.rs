//! Writes the pieces down again.

use std::borrow::Cow;
use std::mem;

use super::super::rewrite::{Segment, Tag};
use super::super::syntax::Whitespace;
use super::attributes;
use super::embedded;
use super::entities;
use super::item::{Bit, Content, End, How, Item, Start, is_literal};
use super::tree::Node;
use super::{Changed, Minified, Options};

/// A stretch of what an embedded language became.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece<'a> {
    Text(String),
    Tag(&'a Tag),
}

pub(super) struct Printer<'o> {
    pub(super) options: &'o Options,
    pub(super) is_utf8: bool,
    segments: Vec<Segment>,
    /// What was written since the last tag.
    text: String,
    /// The opening tag of the raw block that is being written.
    raw: Option<String>,
    changed: Vec<Changed>,
}

impl<'o> Printer<'o> {
    pub(super) fn new(options: &'o Options, is_utf8: bool) -> Self {
        Self {
            options,
            is_utf8,
            segments: Vec::with_capacity(16),
            text: String::with_capacity(256),
            raw: None,
            changed: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> Minified {
        self.end_text();
        settle(&mut self.segments);
        Minified {
            segments: self.segments,
            changed: self.changed,
        }
    }

    /// A stage made `after` of `before`.
    pub(super) fn changed(&mut self, before: Vec<String>, after: Vec<String>) {
        let [before, after] = [before, after].map(as_read);
        if before != after {
            self.changed.push(Changed { before, after });
        }
    }

    /// Whether a stylesheet selects by an attribute.
    pub(super) fn selects(&self, attribute: &str) -> bool {
        self.options.styles.attributes.contains(attribute)
    }

    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn texts(&mut self, texts: &[&str]) {
        texts.iter().for_each(|text| self.text.push_str(text));
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.segments.push(Segment::Text(self.text.clone()));
            self.text.clear();
        }
    }

    pub(super) fn bit(&mut self, bit: Bit<'_>) {
        match bit {
            Bit::Text(text) => self.text(text),
            Bit::Tag(tag) => {
                self.end_text();
                self.segments.push(Segment::Tag(tag.clone()));
            }
            Bit::Raw(open) => {
                self.end_text();
                self.raw = Some(open.to_owned());
            }
            Bit::EndRaw(close) => {
                if let Some(open) = self.raw.take() {
                    self.segments.push(Segment::Raw {
                        open,
                        text: mem::take(&mut self.text),
                        close: close.to_owned(),
                    });
                }
            }
        }
    }

    fn bits(&mut self, bits: &[Bit<'_>]) {
        for bit in bits {
            self.bit(*bit);
        }
    }

    pub(super) fn piece(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Text(text) => self.text(text),
            Piece::Tag(tag) => self.bit(Bit::Tag(tag)),
        }
    }

    pub(super) fn nodes(&mut self, nodes: &[Node<'_>]) {
        let mut last: Option<&Start<'_>> = None;
        for node in nodes {
            match node {
                Node::Item(item) => {
                    self.item(item, last);
                    last = match item {
                        Item::Start(start) => Some(start),
                        _ => None,
                    };
                }
                Node::Block(block) => {
                    for arm in &block.arms {
                        self.bit(Bit::Tag(arm.tag));
                        self.nodes(&arm.nodes);
                    }
                    self.bit(Bit::Tag(block.end));
                    last = None;
                }
            }
        }
    }

    fn item(&mut self, item: &Item<'_>, last: Option<&Start<'_>>) {
        match item {
            Item::Text(text) => match text.how {
                How::Keep => self.text(&text.text),
                _ => {
                    let utf8 = self.is_utf8;
                    let short = entities::text(&text.text, utf8);
                    self.text(&short);
                }
            },
            Item::Start(start) if start.is_omitted => {}
            Item::Start(start) => match start.how {
                How::Keep => self.bits(&start.source),
                _ => attributes::print(start, self),
            },
            Item::End(end) if end.is_omitted => {}
            Item::End(end) => self.end(end),
            Item::Comment(comment) => match comment.how {
                How::Minify => {}
                _ => self.text(&embedded::comment(comment.text, comment.is_hidden)),
            },
            Item::Content(content) => self.content(content, last),
            Item::Other(Bit::Text(text)) => self.text(&doctype(text)),
            Item::Other(bit) => self.bit(*bit),
            Item::Tag(tag) => self.bit(Bit::Tag(tag)),
        }
    }

    fn end(&mut self, end: &End<'_>) {
        let plain = is_literal(&end.source) && !end.name.known.is_empty();
        if end.how == How::Keep || !plain {
            self.bits(&end.source);
            return;
        }
        self.texts(&["</", end.name.known, ">"]);
    }

    fn content(&mut self, content: &Content<'_>, start: Option<&Start<'_>>) {
        let pieces = match (start, content.how) {
            (_, How::Keep) | (None, _) => None,
            (Some(start), _) => embedded::content(start, &content.bits, self),
        };
        match pieces {
            Some(pieces) => {
                self.changed(texts(&content.bits), piece_texts(&pieces));
                for piece in &pieces {
                    self.piece(piece);
                }
            }
            None => self.bits(&content.bits),
        }
    }
}

/// The texts with the line breaks that a browser makes of them (HTML §13.2.3.5).
fn as_read(mut texts: Vec<String>) -> Vec<String> {
    for text in &mut texts {
        if text.contains('\r') {
            *text = text.replace("\r\n", "\n").replace('\r', "\n");
        }
    }
    texts
}

/// What stands between the tags, and before and behind them.
pub(super) fn texts(bits: &[Bit<'_>]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for bit in bits {
        match (bit, texts.last_mut()) {
            (Bit::Text(text), Some(last)) => last.push_str(text),
            (Bit::Tag(_), _) => texts.push(String::new()),
            _ => {}
        }
    }
    texts
}

pub(super) fn piece_texts(pieces: &[Piece<'_>]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for piece in pieces {
        match (piece, texts.last_mut()) {
            (Piece::Text(text), Some(last)) => last.push_str(text),
            _ => texts.push(String::new()),
        }
    }
    texts
}

/// `<!doctype html>` in one spelling; any other says which mode the page is in and stays.
fn doctype(text: &str) -> Cow<'_, str> {
    let words = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    match words.eq_ignore_ascii_case("<!doctype html>")
        || words.eq_ignore_ascii_case("<!doctype html >")
    {
        true => Cow::Borrowed("<!doctype html>"),
        false => Cow::Borrowed(text),
    }
}

/// What the marks of tags take from the text beside them is gone already. What stands there now, since a piece between them
/// went, is to stay.
fn settle(segments: &mut [Segment]) {
    let space = |c: char| c.is_ascii_whitespace();
    for at in 0..segments.len() {
        let after = |segment: Option<&Segment>| matches!(segment, Some(Segment::Text(text)) if text.starts_with(space));
        let keeps_right = after(segments.get(at + 1));
        let keeps_left =
            at > 0 && matches!(&segments[at - 1], Segment::Text(text) if text.ends_with(space));
        if let Segment::Tag(tag) = &mut segments[at] {
            if keeps_left && tag.left == Whitespace::Suppress {
                tag.keep_left();
            }
            if keeps_right && tag.right == Whitespace::Suppress {
                tag.keep_right();
            }
        }
    }
}
