//! A start or end tag while it is being read.

use memchr::memchr;
use smallvec::SmallVec;

use super::item::{Attribute, Bit, Bits, Ends, How, Name, Part, Start, Value};
use super::modes::Mode;

pub(super) struct Building<'a> {
    /// How many blocks were open at its `<`.
    pub(super) depth: usize,
    /// What is read of it; an end tag is read as a start tag, too.
    pub(super) start: Box<Start<'a>>,
}

impl<'a> Building<'a> {
    pub(super) fn new(name: Name<'a>, depth: usize, how: How) -> Self {
        let start = Start {
            name,
            parts: SmallVec::new(),
            source: Bits::new(),
            is_opaque: false,
            has_slash: false,
            is_foreign: false,
            how,
            flow: None,
            ends: Ends::new(),
            is_omitted: false,
        };
        Self {
            depth,
            start: Box::new(start),
        }
    }

    /// A tag writes a part of the element's name.
    pub(super) fn has_open_name(&mut self) {
        self.start.is_opaque = true;
        self.start.name.known = "";
    }

    /// A branch ended in another state than it began in.
    pub(super) fn has_ended_apart(&mut self, end: Mode, start: Mode) {
        let between = |mode| {
            matches!(
                mode,
                Mode::Tag | Mode::Name | Mode::AfterName | Mode::Unquoted
            )
        };
        self.start.is_opaque |= !between(end) || !between(start) || start == Mode::Unquoted;
    }
}

impl<'a> Start<'a> {
    /// A tag stands here.
    pub(super) fn bit(&mut self, bit: Bit<'a>, mode: Mode, control: bool) {
        self.source.push(bit);
        match mode {
            Mode::Quoted(_) | Mode::Unquoted => self.push_value(bit),
            Mode::BeforeValue if !control => {
                self.begin_value(None);
                self.push_value(bit);
            }
            Mode::Tag => self.parts.push(Part::Bit(bit)),
            // The end of a branch behind `checked`, as in `{% if x %}checked{% endif %}`.
            Mode::Name | Mode::AfterName if matches!(bit, Bit::Tag(tag) if tag.is_branch() || tag.is_opening() == Some(false)) =>
            {
                self.parts.push(Part::Bit(bit));
            }
            Mode::AfterName => self.parts.push(Part::Bit(bit)),
            _ => self.is_opaque = true,
        }
    }

    fn begin_value(&mut self, quote: Option<u8>) {
        if let Some(Part::Attribute(attribute)) = self
            .parts
            .iter_mut()
            .rev()
            .find(|part| !matches!(part, Part::Space))
        {
            attribute.value = Some(Value {
                quote,
                bits: SmallVec::new(),
            });
        }
    }

    fn push_value(&mut self, bit: Bit<'a>) {
        match self.parts.last_mut() {
            Some(Part::Attribute(Attribute {
                value: Some(value), ..
            })) => value.bits.push(bit),
            _ => self.is_opaque = true,
        }
    }

    /// Reads literal text from `at` on: to the end of the tag, or of the text. Tells where it stopped, and whether behind
    /// the `>`.
    pub(super) fn read(
        &mut self,
        text: &'a str,
        at: usize,
        mode: &mut Mode,
        how: How,
    ) -> (usize, bool) {
        if how == How::Keep {
            self.how = How::Keep;
        }
        let bytes = text.as_bytes();
        let mut here = at;
        let mut closed = false;
        while here < bytes.len() && !closed {
            let from = here;
            let byte = bytes[here];
            match *mode {
                Mode::Quoted(quote) => {
                    let end = memchr(quote, &bytes[here..]);
                    here = end.map_or(text.len(), |end| here + end);
                    if here > from {
                        self.push_value(Bit::Text(&text[from..here]));
                    }
                    if end.is_some() {
                        here += 1;
                        *mode = Mode::Tag;
                    }
                }
                Mode::Unquoted => {
                    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'>';
                    let end = bytes[here..].iter().position(ends);
                    here = end.map_or(text.len(), |end| here + end);
                    if here > from {
                        self.push_value(Bit::Text(&text[from..here]));
                    }
                    if end.is_some() {
                        *mode = Mode::Tag;
                    }
                }
                Mode::Name
                    if !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'=') =>
                {
                    // A tag stands before, perhaps with the start of this name.
                    self.is_opaque = true;
                    here = name_end(text, here);
                }
                _ if byte == b'>' && *mode != Mode::BeforeValue => {
                    here += 1;
                    closed = true;
                }
                Mode::BeforeValue => match byte {
                    b'"' | b'\'' => {
                        self.begin_value(Some(byte));
                        *mode = Mode::Quoted(byte);
                        here += 1;
                    }
                    b'>' => {
                        self.is_opaque = true;
                        *mode = Mode::Tag;
                    }
                    byte if byte.is_ascii_whitespace() => here += 1,
                    _ => {
                        self.begin_value(None);
                        *mode = Mode::Unquoted;
                    }
                },
                _ if byte.is_ascii_whitespace() || byte == b'/' => {
                    here += 1;
                    if !matches!(self.parts.last(), Some(Part::Space)) {
                        self.parts.push(Part::Space);
                    }
                    *mode = match *mode {
                        Mode::Name | Mode::AfterName if byte != b'/' => Mode::AfterName,
                        _ => Mode::Tag,
                    };
                }
                Mode::Name | Mode::AfterName if byte == b'=' => {
                    // Its name may be the one that a branch ended with.
                    self.is_opaque |= !self.ends_in_name();
                    while matches!(self.parts.last(), Some(Part::Space)) {
                        self.parts.pop();
                    }
                    *mode = Mode::BeforeValue;
                    here += 1;
                }
                _ => {
                    // `{{ a }}b`
                    self.is_opaque |= match self.parts.last() {
                        Some(Part::Bit(Bit::Tag(tag))) => tag.writes(),
                        Some(Part::Bit(_)) => true,
                        _ => false,
                    };
                    here = name_end(text, here);
                    let name = &text[from..here];
                    let quoted = quoted(text, here);
                    let value = quoted.map(|(value, end)| {
                        here = end;
                        value
                    });
                    *mode = match value {
                        Some(_) => Mode::Tag,
                        None => Mode::Name,
                    };
                    self.parts.push(Part::Attribute(Attribute { name, value }));
                }
            }
        }
        self.source.push(Bit::Text(&text[at..here]));
        (here, closed)
    }

    fn ends_in_name(&self) -> bool {
        let last = self
            .parts
            .iter()
            .rev()
            .find(|part| !matches!(part, Part::Space));
        matches!(last, Some(Part::Attribute(Attribute { value: None, .. })))
    }
}

/// The value behind the name of an attribute, where all of it stands in this text and in quotes, as most do; and its end.
fn quoted(text: &str, at: usize) -> Option<(Value<'_>, usize)> {
    let [b'=', quote @ (b'"' | b'\''), rest @ ..] = &text.as_bytes()[at..] else {
        return None;
    };
    let length = memchr(*quote, rest)?;
    let value = &text[at + 2..at + 2 + length];
    let mut bits = SmallVec::new();
    if !value.is_empty() {
        bits.push(Bit::Text(value));
    }
    let quote = Some(*quote);
    Some((Value { quote, bits }, at + length + 3))
}

/// What ends the name of an attribute, by the byte.
static ENDS_NAME: [bool; 256] = {
    let mut ends = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let at = byte as u8;
        ends[byte] = at.is_ascii_whitespace() || matches!(at, b'/' | b'>' | b'=');
        byte += 1;
    }
    ends
};

/// The end of an attribute's name; a `=` at its start belongs to it.
fn name_end(text: &str, at: usize) -> usize {
    text.as_bytes()[at + 1..]
        .iter()
        .position(|byte| ENDS_NAME[usize::from(*byte)])
        .map_or(text.len(), |end| at + 1 + end)
}
