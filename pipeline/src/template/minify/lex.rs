//! The HTML tokenizer (HTML §13.2.5), over the literal stretches of a template. It follows every branch, and knows of each
//! tag whether it stands between pieces of the page, in a start tag, in a value or in the text of a script.

use std::borrow::Cow;

use memchr::memchr;

use super::super::html::{comment_end, raw_text_end};
use super::super::rewrite::{Segment, Tag};
use super::Unsure;
use super::building::Building;
use super::item::{Bit, Bits, Comment, Content, End, Ends, How, Item, Name, Text};
use super::modes::{Frame, Mode, NO_NAME, Reading, Space, State, ends_name, holds_html, merge};
use super::names::{is_raw_text, is_void, known, may_be_special};
use super::text::trimmed;

pub(super) struct Lexer<'a> {
    state: State<'a>,
    frames: Vec<Frame<'a>>,
    items: Vec<Item<'a>>,
    /// The start or end tag that is being read, unless a branch cut through it.
    building: Option<Building<'a>>,
    content: Option<Reading<'a>>,
    how: How,
}

/// The pieces of a template.
pub(super) fn items(segments: &[Segment]) -> Result<Vec<Item<'_>>, Unsure> {
    let mut lexer = Lexer {
        state: State {
            mode: Mode::Data,
            name: NO_NAME,
            is_end: false,
            spaces: Vec::new(),
        },
        frames: Vec::new(),
        items: Vec::with_capacity(4 * segments.len()),
        building: None,
        content: None,
        how: How::Minify,
    };
    for (index, segment) in segments.iter().enumerate() {
        // What is wrong in a text shows at the tag behind it, or before it.
        let near = |unsure: Unsure| {
            let tag = segments[index..]
                .iter()
                .chain(segments[..index].iter().rev())
                .find_map(|segment| match segment {
                    Segment::Tag(tag) => Some(tag),
                    _ => None,
                });
            match tag {
                Some(tag) => unsure.at(tag),
                None => unsure,
            }
        };
        match segment {
            Segment::Text(text) => {
                let before = index.checked_sub(1).map(|before| &segments[before]);
                let text = trimmed(text, before, segments.get(index + 1));
                lexer.how = How::Minify;
                lexer.text(text).map_err(near)?;
            }
            Segment::Kept(text) => {
                lexer.how = How::Keep;
                lexer.text(text).map_err(near)?;
                lexer.how = How::Minify;
            }
            Segment::Raw { open, text, close } => {
                lexer.bit(Bit::Raw(open)).map_err(near)?;
                lexer.text(text).map_err(near)?;
                lexer.bit(Bit::EndRaw(close)).map_err(near)?;
            }
            Segment::Tag(tag) => {
                if lexer.state.mode == Mode::TagName && ends_name(&segments[index..]) {
                    lexer.state.mode = Mode::Tag;
                }
                lexer.tag(tag).map_err(|unsure| unsure.at(tag))?;
            }
        }
    }
    lexer.finish()
}

impl<'a> Lexer<'a> {
    fn finish(self) -> Result<Vec<Item<'a>>, Unsure> {
        if let Some(frame) = self.frames.last() {
            return Err(Unsure::new(format!("`{}` is never closed", frame.name)));
        }
        match self.state.mode {
            Mode::Data => Ok(self.items),
            _ => Err(Unsure::new("the template ends inside a tag")),
        }
    }

    fn other(&mut self, text: &'a str) {
        if !text.is_empty() {
            self.items.push(Item::Other(Bit::Text(text)));
        }
    }

    /// A tag or the edge of a raw block, wherever it stands.
    fn bit(&mut self, bit: Bit<'a>) -> Result<(), Unsure> {
        if self.state.mode == Mode::TagName {
            if may_be_special(self.state.name.written) {
                return Err(Unsure::new("a tag writes the name of an element"));
            }
            self.state.mode = Mode::Name;
            if let Some(building) = &mut self.building {
                building.has_open_name();
            }
            self.state.name = NO_NAME;
        }
        let control = matches!(bit, Bit::Tag(tag) if !tag.is_expr);
        if let Some(building) = &mut self.building {
            building.start.bit(bit, self.state.mode, control);
        } else if let Some(content) = &mut self.content {
            content.bits.push(bit);
        } else {
            self.items.push(match bit {
                Bit::Tag(tag) => Item::Tag(tag),
                bit => Item::Other(bit),
            });
        }
        // The value of an attribute began with an expression: unquoted.
        if self.state.mode == Mode::BeforeValue && !control {
            self.state.mode = Mode::Unquoted;
        }
        Ok(())
    }

    fn tag(&mut self, tag: &'a Tag) -> Result<(), Unsure> {
        let name = &*tag.name;
        let opening = tag.is_opening();
        if tag.is_branch() || opening == Some(false) {
            self.cut();
        }
        if tag.is_branch() {
            let Some(frame) = self.frames.last_mut() else {
                return Err(Unsure::new(format!("`{name}` stands outside of a block")));
            };
            frame.ends.push(self.state.clone());
            frame.is_total |= frame.name == "if" && tag.content() == "else";
            if self.state.mode != frame.start.mode
                && let Some(building) = &mut self.building
            {
                building.has_ended_apart(self.state.mode, frame.start.mode);
            }
            self.state = frame.start.clone();
        } else if opening == Some(false) {
            let Some(frame) = self.frames.pop() else {
                return Err(Unsure::new(format!("`{name}` closes nothing")));
            };
            if self.state.mode != frame.start.mode
                && let Some(building) = &mut self.building
            {
                building.has_ended_apart(self.state.mode, frame.start.mode);
            }
            let mut end = self.state.clone();
            if !frame.is_total {
                merge(&mut end, &frame.start, frame.name)?;
            }
            for other in &frame.ends {
                merge(&mut end, other, frame.name)?;
            }
            self.state = end;
        } else if matches!(name, "break" | "continue") {
            let outer = self.frames.iter().rev().find(|frame| frame.name == "for");
            if outer.is_none_or(|frame| frame.start != self.state) {
                return Err(Unsure::new(format!(
                    "`{name}` leaves the loop at another place than it began"
                )));
            }
        }
        self.bit(Bit::Tag(tag))?;
        if opening == Some(true) {
            self.frames.push(Frame {
                name,
                start: self.state.clone(),
                ends: Vec::new(),
                is_total: name == "match",
            });
        }
        Ok(())
    }

    /// A branch ends: what began before its block and is not done is written as it stands.
    fn cut(&mut self) {
        let depth = self.frames.len();
        if let Some(building) = self.building.take_if(|building| building.depth >= depth) {
            self.spill(building.start.source);
        }
        if let Some(content) = self.content.take_if(|content| content.depth >= depth) {
            self.spill(content.bits);
        }
    }

    fn spill(&mut self, bits: impl IntoIterator<Item = Bit<'a>>) {
        self.items.extend(bits.into_iter().map(|bit| match bit {
            Bit::Tag(tag) => Item::Tag(tag),
            bit => Item::Other(bit),
        }));
    }

    fn text(&mut self, text: &'a str) -> Result<(), Unsure> {
        let mut at = 0;
        while at < text.len() {
            at = match self.state.mode {
                Mode::Data => self.data(text, at)?,
                Mode::Comment => self.until(text, at, "-->"),
                Mode::Bogus => self.until(text, at, ">"),
                Mode::Content => self.content(text, at),
                _ => self.in_tag(text, at)?,
            };
        }
        Ok(())
    }

    fn data(&mut self, text: &'a str, at: usize) -> Result<usize, Unsure> {
        let bytes = text.as_bytes();
        let mut next = at;
        // A lone `<` is text.
        while let Some(length) = memchr(b'<', &bytes[next..]) {
            next += length;
            if bytes
                .get(next + 1)
                .is_none_or(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?'))
            {
                break;
            }
            next += 1;
        }
        if !text[next..].starts_with('<') {
            next = text.len();
        }
        if next > at {
            self.items.push(Item::Text(Text {
                text: Cow::Borrowed(&text[at..next]),
                how: self.how,
            }));
            return Ok(next);
        }
        let rest = &text[at..];
        if rest.starts_with("<!--") {
            let Some(end) = comment_end(text, at) else {
                self.state.mode = Mode::Comment;
                self.other(rest);
                return Ok(text.len());
            };
            self.items.push(Item::Comment(Comment {
                text: &text[at..end],
                how: self.how,
                is_hidden: false,
            }));
            return Ok(end);
        }
        if rest.starts_with("<![CDATA[") && self.state.is_foreign() {
            let Some(end) = rest.find("]]>") else {
                return Err(Unsure::new("a tag stands in a CDATA section"));
            };
            self.other(&rest[..end + 3]);
            return Ok(at + end + 3);
        }
        let is_end = bytes.get(at + 1) == Some(&b'/');
        let start = at + 1 + usize::from(is_end);
        match bytes.get(start) {
            None => Err(Unsure::new("a tag writes the name of an element")),
            Some(byte) if byte.is_ascii_alphabetic() => {
                let length = bytes[start..]
                    .iter()
                    .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
                let end = length.map_or(text.len(), |length| start + length);
                let written = &text[start..end];
                let name = Name {
                    written,
                    known: known(written),
                };
                self.state.name = name;
                self.state.is_end = is_end;
                if is_end && bytes.get(end) == Some(&b'>') {
                    let source = Bits::from_slice(&[Bit::Text(&text[at..=end])]);
                    self.leave(false);
                    self.end(name, source, self.how);
                    return Ok(end + 1);
                }
                self.state.mode = match length {
                    Some(_) => Mode::Tag,
                    None => Mode::TagName,
                };
                let mut building = Building::new(name, self.frames.len(), self.how);
                building.start.source.push(Bit::Text(&text[at..end]));
                self.building = Some(building);
                Ok(end)
            }
            _ => {
                self.state.mode = Mode::Bogus;
                Ok(at)
            }
        }
    }

    fn until(&mut self, text: &'a str, at: usize, close: &str) -> usize {
        let end = match text[at..].find(close) {
            Some(end) => {
                self.state.mode = Mode::Data;
                at + end + close.len()
            }
            None => text.len(),
        };
        self.other(&text[at..end]);
        end
    }

    fn content(&mut self, text: &'a str, at: usize) -> usize {
        let name = self.state.name.known;
        let end = match name {
            "plaintext" => None,
            _ => raw_text_end(text, at, name).map(|(end, _)| end),
        };
        let piece = &text[at..end.unwrap_or(text.len())];
        match &mut self.content {
            Some(content) if !piece.is_empty() => {
                content.bits.push(Bit::Text(piece));
                if self.how == How::Keep {
                    content.how = How::Keep;
                }
            }
            Some(_) => {}
            None => self.other(piece),
        }
        if end.is_some() {
            self.state.mode = Mode::Data;
            self.state.name = NO_NAME;
            if let Some(Reading { bits, depth, how }) = self.content.take() {
                match depth == self.frames.len() {
                    true => self.items.push(Item::Content(Content { bits, how })),
                    false => self.spill(bits),
                }
            }
        }
        end.unwrap_or(text.len())
    }

    fn in_tag(&mut self, text: &'a str, at: usize) -> Result<usize, Unsure> {
        let mut mode = self.state.mode;
        let mut scratch = None;
        let building = match &mut self.building {
            Some(building) => building,
            None => scratch.insert(Building::new(self.state.name, usize::MAX, self.how)),
        };
        let (end, closed) = building.start.read(text, at, &mut mode, self.how);
        self.state.mode = mode;
        if scratch.is_some() {
            self.other(&text[at..end]);
        }
        if closed {
            let slash = text[..end].ends_with("/>");
            self.close(slash)?;
        }
        Ok(end)
    }

    /// What is read behind the `>` of a tag. Tells whether its element is one of svg or math, and whether its text holds no
    /// tags.
    fn leave(&mut self, has_slash: bool) -> (bool, bool) {
        let State { name, is_end, .. } = self.state;
        self.state.mode = Mode::Data;
        let foreign = self.state.is_foreign() && !self.state.breaks_out(name.known, is_end);
        let mut is_foreign = foreign;
        if is_end {
            let inner = self.state.spaces.last();
            if inner.is_some_and(|(_, opener)| opener.eq_ignore_ascii_case(name.written)) {
                is_foreign = true;
                self.state.spaces.pop();
            }
        } else if matches!(name.known, "svg" | "math") && !foreign {
            is_foreign = true;
            if !has_slash {
                self.state.spaces.push((Space::Foreign, name.written));
            }
        } else if foreign && !has_slash && holds_html(name.written) {
            self.state.spaces.push((Space::Html, name.written));
        }
        let reads_text = !is_end && !foreign && is_raw_text(name.known) && !is_void(name.known);
        match reads_text {
            true => self.state.mode = Mode::Content,
            false => {
                self.state.name = NO_NAME;
                self.state.is_end = false;
            }
        }
        (is_foreign, reads_text)
    }

    fn end(&mut self, name: Name<'a>, source: Bits<'a>, how: How) {
        self.items.push(Item::End(Box::new(End {
            name,
            source,
            how,
            closes: None,
            ends: Ends::new(),
            is_omitted: false,
        })));
    }

    /// Behind the `>` of a tag.
    fn close(&mut self, has_slash: bool) -> Result<(), Unsure> {
        let State { name, is_end, .. } = self.state;
        let (is_foreign, reads_text) = self.leave(has_slash);
        let depth = self.frames.len();
        let is_cut = self
            .building
            .as_ref()
            .is_none_or(|building| building.depth != depth);
        if is_cut && matches!(name.known, "pre" | "listing") {
            return Err(Unsure::new(format!(
                "`{}` is opened in one branch of a block only",
                name.known
            )));
        }
        if let Some(Building { mut start, .. }) = self.building.take() {
            if is_cut {
                self.spill(start.source);
            } else if is_end {
                self.end(start.name, start.source, start.how);
            } else {
                start.is_foreign = is_foreign;
                start.has_slash = has_slash;
                self.items.push(Item::Start(start));
            }
        }
        if reads_text {
            self.content = Some(Reading {
                bits: Vec::new(),
                depth,
                how: self.how,
            });
        }
        Ok(())
    }
}
