//! The tokenizer of HTML (§13.2.5) for what pages are made of: text, tags, comments, raw text. Where something rare stands,
//! html5ever's own reads on from there, so that what comes out is always the same as if it had read all.

use html5ever::buffer_queue::BufferQueue;
use html5ever::data::NAMED_ENTITIES;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Data, Plaintext, RawData, RawKind, State};
use html5ever::tokenizer::{
    Doctype, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::{Attribute, LocalName, QualName, TokenizerResult, ns};

/// Gives a page to a sink, which comes back.
pub(super) fn read<S: TokenSink>(page: &str, names: &mut Names, sink: S) -> S {
    let whole = StrTendril::from_slice(page);
    let mut reader = Reader {
        page: &whole,
        at: 0,
        names,
        sink,
        last: None,
    };
    match reader.run() {
        None => reader.sink,
        Some(state) => {
            let options = TokenizerOpts {
                initial_state: Some(state),
                last_start_tag_name: reader.last.as_deref().map(str::to_owned),
                discard_bom: reader.at == 0,
                ..TokenizerOpts::default()
            };
            let rest = StrTendril::from_slice(&page[reader.at..]);
            read_on(rest, Tokenizer::new(reader.sink, options))
        }
    }
}

fn read_on<S: TokenSink>(rest: StrTendril, tokenizer: Tokenizer<S>) -> S {
    let queue = BufferQueue::default();
    if !rest.is_empty() {
        queue.push_back(rest);
    }
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink
}

/// Names of elements and attributes that came before.
pub(super) struct Names(Vec<LocalName>);

impl Default for Names {
    fn default() -> Self {
        Self(vec![LocalName::default(); Self::SLOTS])
    }
}

impl Names {
    const SLOTS: usize = 256;

    fn get(&mut self, written: &str) -> LocalName {
        let bytes = written.as_bytes();
        let end = bytes.len() - 1;
        // Names of one length mostly differ at their ends or in the middle.
        let slot = [end, end / 2, 0].iter().fold(bytes.len(), |sum, at| {
            sum.wrapping_mul(31).wrapping_add(usize::from(bytes[*at]))
        });
        let known = &mut self.0[slot % Self::SLOTS];
        if **known != *written {
            let name = match bytes.iter().any(u8::is_ascii_uppercase) {
                true => return LocalName::from(written.to_ascii_lowercase()),
                false => LocalName::from(written),
            };
            *known = name;
        }
        known.clone()
    }
}

struct Reader<'s, S> {
    page: &'s StrTendril,
    at: usize,
    names: &'s mut Names,
    sink: S,
    /// The name of the last start tag.
    last: Option<LocalName>,
}

impl<S: TokenSink> Reader<'_, S> {
    /// Reads to the end; or gives the state in which another must read on from `at`.
    fn run(&mut self) -> Option<State> {
        let bytes = self.page.as_bytes();
        // These are made into others on the way.
        if self.page.starts_with('\u{feff}') || self.page.contains(['\0', '\r']) {
            return Some(Data);
        }
        while self.at < bytes.len() {
            let next = match bytes[self.at] {
                b'<' => self.markup(),
                _ => {
                    // Most stretches are short.
                    let length = bytes[self.at..].iter().position(|byte| *byte == b'<');
                    let end = length.map_or(bytes.len(), |length| self.at + length);
                    self.characters(end, true).err()
                }
            };
            if next.is_some() {
                return next;
            }
        }
        let _ = self.give(Token::EOFToken);
        None
    }

    fn give(&mut self, token: Token) -> TokenSinkResult<S::Handle> {
        self.sink.process_token(token, 1)
    }

    /// Text up to a place.
    fn characters(&mut self, end: usize, references: bool) -> Result<(), State> {
        let text = &self.page[self.at..end];
        let token = match references && has_reference(text) {
            true => decoded(text).ok_or(Data)?,
            false => self.slice(self.at, end),
        };
        self.at = end;
        if !token.is_empty() {
            let _ = self.give(Token::CharacterTokens(token));
        }
        Ok(())
    }

    /// A stretch of the page, which shares its memory.
    fn slice(&self, from: usize, end: usize) -> StrTendril {
        // A page that is longer than 4 GB is none.
        self.page.subtendril(from as u32, (end - from) as u32)
    }

    /// What begins with `<`.
    fn markup(&mut self) -> Option<State> {
        let rest = &self.page.as_bytes()[self.at + 1..];
        match rest {
            [b'/', letter, ..] | [letter, ..] if letter.is_ascii_alphabetic() => self.tag(),
            [b'!', b'-', b'-', ..] => self.comment(),
            [b'!', ..] => self.doctype(),
            _ => Some(Data),
        }
    }

    fn comment(&mut self) -> Option<State> {
        let from = self.at + 4;
        let rest = &self.page[from..];
        let Some(length) = rest.find("-->") else {
            return Some(Data);
        };
        if rest.starts_with('>') || rest.starts_with("->") || rest[..length + 2].contains("--!") {
            return Some(Data);
        }
        let text = self.slice(from, from + length);
        self.at = from + length + 3;
        let _ = self.give(Token::CommentToken(text));
        None
    }

    fn doctype(&mut self) -> Option<State> {
        const HTML: &str = "<!doctype html>";
        let rest = &self.page.as_bytes()[self.at..];
        let is_html = rest
            .get(..HTML.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(HTML.as_bytes()));
        if !is_html {
            return Some(Data);
        }
        self.at += HTML.len();
        let _ = self.give(Token::DoctypeToken(Doctype {
            name: Some(StrTendril::from_slice("html")),
            ..Doctype::default()
        }));
        None
    }

    fn tag(&mut self) -> Option<State> {
        let Some((tag, end)) = self.tag_at(self.at + 1) else {
            return Some(Data);
        };
        self.at = end;
        if tag.kind == TagKind::StartTag {
            self.last = Some(tag.name.clone());
        }
        match self.give(Token::TagToken(tag)) {
            TokenSinkResult::Plaintext => Some(Plaintext),
            TokenSinkResult::RawData(kind) => self.raw(kind),
            TokenSinkResult::Continue
            | TokenSinkResult::Script(_)
            | TokenSinkResult::EncodingIndicator(_) => None,
        }
    }

    /// A tag from behind its `<`, and where it ends.
    fn tag_at(&mut self, start: usize) -> Option<(Tag, usize)> {
        let bytes = self.page.as_bytes();
        let is_end = bytes[start] == b'/';
        let from = start + usize::from(is_end);
        let until = |at: usize, ends: fn(u8) -> bool| {
            let length = bytes.get(at..)?.iter().position(|byte| ends(*byte))?;
            Some(at + length)
        };
        let mut at = until(from, |byte| is_space(byte) || matches!(byte, b'/' | b'>'))?;
        let mut tag = Tag {
            kind: match is_end {
                true => TagKind::EndTag,
                false => TagKind::StartTag,
            },
            name: self.names.get(&self.page[from..at]),
            self_closing: false,
            attrs: Vec::new(),
            had_duplicate_attributes: false,
        };
        loop {
            match *bytes.get(at)? {
                b'>' => return Some((tag, at + 1)),
                b'/' => {
                    at += 1;
                    tag.self_closing = *bytes.get(at)? == b'>';
                }
                // The name of an attribute may begin with it.
                b'=' => return None,
                byte if is_space(byte) => at += 1,
                _ => {
                    let end = until(at, |byte| {
                        is_space(byte) || matches!(byte, b'/' | b'>' | b'=')
                    })?;
                    let name = self.names.get(&self.page[at..end]);
                    at = until(end, |byte| !is_space(byte))?;
                    let mut value = StrTendril::new();
                    if bytes[at] == b'=' {
                        at = until(at + 1, |byte| !is_space(byte))?;
                        (value, at) = self.value(at)?;
                    }
                    let known = tag.attrs.iter().any(|given| given.name.local == name);
                    tag.had_duplicate_attributes |= known;
                    if !known {
                        let name = QualName::new(None, ns!(), name);
                        tag.attrs.push(Attribute { name, value });
                    }
                }
            }
        }
    }

    /// The value that begins at a place, and where it ends.
    fn value(&self, at: usize) -> Option<(StrTendril, usize)> {
        let bytes = self.page.as_bytes();
        let (from, end, behind) = match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let length = bytes[at + 1..].iter().position(|byte| *byte == quote)?;
                (at + 1, at + 1 + length, at + 2 + length)
            }
            _ => {
                let ends = |byte: &u8| is_space(*byte) || *byte == b'>';
                let end = at + bytes[at..].iter().position(ends)?;
                (at, end, end)
            }
        };
        let value = &self.page[from..end];
        match has_reference(value) {
            true => Some((decoded(value)?, behind)),
            false => Some((self.slice(from, end), behind)),
        }
    }

    /// The text of an element that holds nothing else.
    fn raw(&mut self, kind: RawKind) -> Option<State> {
        let rest = &self.page[self.at..];
        let name = self.last.as_deref().unwrap_or("");
        let ends = |at: &usize| {
            let tag = &rest.as_bytes()[at + 2..];
            let (start, behind) = tag.split_at_checked(name.len()).unwrap_or_default();
            let ended = |byte: &u8| is_space(*byte) || matches!(byte, b'/' | b'>');
            start.eq_ignore_ascii_case(name.as_bytes()) && behind.first().is_some_and(ended)
        };
        let mut ways_out = rest.match_indices("</").map(|(at, _)| at);
        let Some(length) = ways_out.find(ends) else {
            return Some(RawData(kind));
        };
        let rare = kind == RawKind::ScriptData && rest[..length].contains("<!--");
        let read = match rare {
            true => Err(Data),
            false => self.characters(self.at + length, kind == RawKind::Rcdata),
        };
        read.err().map(|_| RawData(kind))
    }
}

fn has_reference(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'&')
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\x0c')
}

/// A text with the characters that its references stand for. `None` if it takes the whole of the rules to know.
fn decoded(text: &str) -> Option<StrTendril> {
    let mut out = StrTendril::new();
    out.reserve(text.len() as u32);
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let begun = rest.strip_prefix('#').unwrap_or(rest);
        let length = begun
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric())
            .unwrap_or(begun.len());
        let (name, behind) = begun.split_at(length);
        let ended = behind.strip_prefix(';');
        if begun.len() < rest.len() {
            out.push_char(numbered(name)?);
            rest = ended?;
            continue;
        }
        let named = ended.and_then(|_| NAMED_ENTITIES.get(&rest[..length + 1]));
        match named.filter(|(first, _)| *first != 0) {
            Some((first, second)) => {
                out.push_char(char::from_u32(*first)?);
                if *second != 0 {
                    out.push_char(char::from_u32(*second)?);
                }
                rest = ended?;
            }
            None if begins_with_old(name) => return None,
            None => out.push_char('&'),
        }
    }
    out.push_slice(rest);
    Some(out)
}

/// The character of a number that stands for itself.
fn numbered(number: &str) -> Option<char> {
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    let is_plain = |c: &char| matches!(c, '\t' | '\n' | ' '..='\x7e' | '\u{a0}'..);
    number.ok().and_then(char::from_u32).filter(is_plain)
}

/// Whether some reference may be written at the start of a name without a `;`.
fn begins_with_old(name: &str) -> bool {
    (2..=name.len().min(6)).any(|length| {
        NAMED_ENTITIES
            .get(&name[..length])
            .is_some_and(|(first, _)| *first != 0)
    })
}
