//! The tokens of CSS Syntax 3 (<https://drafts.csswg.org/css-syntax/#tokenization>), each with its place.
//!
//! A flat list and no allocation per token: nesting depth costs nothing, and every pass that must leave the
//! text it does not touch exactly as it was works on these places.

use std::borrow::Cow;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Ident,
    /// A name with its `(`, also `url(` before a quoted string.
    Function,
    AtKeyword,
    Hash,
    String,
    /// A string that a line end cut off.
    BadString,
    /// `url(…)` without quotes, up to its `)`.
    Url,
    BadUrl,
    Delim(u8),
    Number,
    Percentage,
    Dimension,
    Whitespace,
    Comment,
    Colon,
    Semicolon,
    Comma,
    OpenParen,
    CloseParen,
    OpenSquare,
    CloseSquare,
    OpenCurly,
    CloseCurly,
    /// `<!--`
    Cdo,
    /// `-->`
    Cdc,
}

/// One token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset behind its last byte.
    pub end: usize,
    /// The text ended inside it.
    pub open: bool,
}

impl Token {
    pub(crate) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// White space or a comment, which the grammar does not see.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.kind, Kind::Whitespace | Kind::Comment)
    }

    /// `(`, `[`, `{` or a function.
    pub(crate) fn opens(&self) -> Option<Kind> {
        match self.kind {
            Kind::Function | Kind::OpenParen => Some(Kind::CloseParen),
            Kind::OpenSquare => Some(Kind::CloseSquare),
            Kind::OpenCurly => Some(Kind::CloseCurly),
            _ => None,
        }
    }

    /// `)`, `]` or `}`.
    pub(crate) fn closes(&self) -> bool {
        matches!(
            self.kind,
            Kind::CloseParen | Kind::CloseSquare | Kind::CloseCurly
        )
    }
}

/// The tokens of a text, one behind the other without gaps.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 3);
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    while scanner.at < scanner.bytes.len() {
        let start = scanner.at;
        let (kind, open) = scanner.next();
        tokens.push(Token {
            kind,
            start,
            end: scanner.at,
            open,
        });
    }
    tokens
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0x0c)
}

pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// NUL is one of them: it stands for U+FFFD.
fn starts_name(byte: u8) -> bool {
    continues_name(byte) && !byte.is_ascii_digit() && byte != b'-'
}

pub(crate) fn continues_name(byte: u8) -> bool {
    IN_NAMES[usize::from(byte)]
}

/// A table, since most bytes of a sheet are asked about.
const IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, 0 | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | 0x80..);
        byte += 1;
    }
    table
};

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> (Kind, bool) {
        let byte = self.bytes[self.at];
        match byte {
            _ if starts_name(byte) => self.ident_like(),
            _ if is_white(byte) => {
                self.skip(is_white);
                (Kind::Whitespace, false)
            }
            b'/' if self.peek(1) == Some(b'*') => self.comment(),
            b'"' | b'\'' => self.string(byte),
            b'#' if self.peek(1).is_some_and(continues_name) || self.escape_at(1) => {
                self.at += 1;
                self.name();
                (Kind::Hash, false)
            }
            b'(' => self.one(Kind::OpenParen),
            b')' => self.one(Kind::CloseParen),
            b'[' => self.one(Kind::OpenSquare),
            b']' => self.one(Kind::CloseSquare),
            b'{' => self.one(Kind::OpenCurly),
            b'}' => self.one(Kind::CloseCurly),
            b',' => self.one(Kind::Comma),
            b':' => self.one(Kind::Colon),
            b';' => self.one(Kind::Semicolon),
            b'0'..=b'9' => self.numeric(),
            b'+' | b'-' | b'.' if self.number_at(0) => self.numeric(),
            b'-' if self.bytes[self.at..].starts_with(b"-->") => {
                self.at += 3;
                (Kind::Cdc, false)
            }
            b'<' if self.bytes[self.at..].starts_with(b"<!--") => {
                self.at += 4;
                (Kind::Cdo, false)
            }
            b'@' if self.ident_at(1) => {
                self.at += 1;
                self.name();
                (Kind::AtKeyword, false)
            }
            _ if self.ident_at(0) => self.ident_like(),
            _ => self.one(Kind::Delim(byte)),
        }
    }

    /// Goes over the bytes that are of a kind.
    fn skip(&mut self, is: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !is(*byte));
        self.at += length.unwrap_or(rest.len());
    }

    fn one(&mut self, kind: Kind) -> (Kind, bool) {
        self.at += 1;
        (kind, false)
    }

    fn comment(&mut self) -> (Kind, bool) {
        self.at += 2;
        let rest = &self.bytes[self.at..];
        match rest.windows(2).position(|pair| pair == b"*/") {
            Some(length) => {
                self.at += length + 2;
                (Kind::Comment, false)
            }
            None => {
                self.at = self.bytes.len();
                (Kind::Comment, true)
            }
        }
    }

    fn string(&mut self, quote: u8) -> (Kind, bool) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                _ if byte == quote => {
                    self.at += 1;
                    return (Kind::String, false);
                }
                _ if is_newline(byte) => return (Kind::BadString, false),
                b'\\' => match self.peek(1) {
                    None => self.at += 1,
                    Some(b'\r') if self.peek(2) == Some(b'\n') => self.at += 3,
                    Some(_) => self.at += 2,
                },
                _ => self.at += 1,
            }
        }
        // An escape may have ended in the middle of a character.
        self.at = self.bytes.len().min(self.at);
        (Kind::String, true)
    }

    fn escape_at(&self, ahead: usize) -> bool {
        self.peek(ahead) == Some(b'\\') && self.peek(ahead + 1).is_some_and(|b| !is_newline(b))
    }

    fn ident_at(&self, ahead: usize) -> bool {
        match self.peek(ahead) {
            Some(b'-') => {
                self.peek(ahead + 1)
                    .is_some_and(|b| starts_name(b) || b == b'-')
                    || self.escape_at(ahead + 1)
            }
            Some(b'\\') => self.escape_at(ahead),
            Some(byte) => starts_name(byte),
            None => false,
        }
    }

    fn number_at(&self, ahead: usize) -> bool {
        let digit = |ahead: usize| self.peek(ahead).is_some_and(|b| b.is_ascii_digit());
        match self.peek(ahead) {
            Some(b'+' | b'-') => {
                digit(ahead + 1) || (self.peek(ahead + 1) == Some(b'.') && digit(ahead + 2))
            }
            Some(b'.') => digit(ahead + 1),
            _ => digit(ahead),
        }
    }

    /// Goes over a name, escapes included.
    fn name(&mut self) {
        self.skip(continues_name);
        while self.escape_at(0) {
            self.escape();
            self.skip(continues_name);
        }
    }

    /// Goes over `\` and what it escapes: up to six hex digits and one white space, or one character.
    fn escape(&mut self) {
        self.at += 1;
        let digits = self.bytes[self.at..]
            .iter()
            .take(6)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        self.at += digits;
        if digits == 0 {
            self.at += 1;
            while self.peek(0).is_some_and(|byte| byte & 0xc0 == 0x80) {
                self.at += 1;
            }
        } else if self.bytes[self.at..].starts_with(b"\r\n") {
            self.at += 2;
        } else if self.peek(0).is_some_and(is_white) {
            self.at += 1;
        }
    }

    fn digits(&mut self) {
        self.skip(|byte| byte.is_ascii_digit());
    }

    fn numeric(&mut self) -> (Kind, bool) {
        if matches!(self.peek(0), Some(b'+' | b'-')) {
            self.at += 1;
        }
        self.digits();
        if self.peek(0) == Some(b'.') && self.peek(1).is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(1 + sign).is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        if self.peek(0) == Some(b'%') {
            self.at += 1;
            return (Kind::Percentage, false);
        }
        if self.ident_at(0) {
            self.name();
            return (Kind::Dimension, false);
        }
        (Kind::Number, false)
    }

    fn ident_like(&mut self) -> (Kind, bool) {
        let start = self.at;
        self.name();
        if self.peek(0) != Some(b'(') {
            return (Kind::Ident, false);
        }
        let is_url = is_url(&self.bytes[start..self.at]);
        self.at += 1;
        if !is_url {
            return (Kind::Function, false);
        }
        let mut ahead = 0;
        while self.peek(ahead).is_some_and(is_white) {
            ahead += 1;
        }
        if matches!(self.peek(ahead), Some(b'"' | b'\'')) {
            return (Kind::Function, false);
        }
        self.at += ahead;
        self.url()
    }

    fn url(&mut self) -> (Kind, bool) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b')' => return self.one(Kind::Url),
                _ if is_white(byte) => {
                    while self.peek(0).is_some_and(is_white) {
                        self.at += 1;
                    }
                    match self.peek(0) {
                        Some(b')') => return self.one(Kind::Url),
                        None => return (Kind::Url, true),
                        Some(_) => return self.bad_url(),
                    }
                }
                b'"' | b'\'' | b'(' | 0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f => {
                    return self.bad_url();
                }
                b'\\' if self.escape_at(0) => self.escape(),
                b'\\' => return self.bad_url(),
                _ => self.at += 1,
            }
        }
        (Kind::Url, true)
    }

    fn bad_url(&mut self) -> (Kind, bool) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b')' => return self.one(Kind::BadUrl),
                b'\\' if self.escape_at(0) => self.escape(),
                _ => self.at += 1,
            }
        }
        (Kind::BadUrl, true)
    }
}

fn is_url(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"url")
        || (name.contains(&b'\\')
            && std::str::from_utf8(name)
                .is_ok_and(|name| unescape(name).eq_ignore_ascii_case("url")))
}

/// The meaning of a name, a string's inside or an unquoted URL's inside.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'\\' | 0)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\0' => out.push('\u{fffd}'),
            '\\' => match chars.next() {
                // At the end of a string it means nothing, at the end of a name it cannot stand.
                None => {}
                Some('\r') => {
                    chars.next_if_eq(&'\n');
                }
                Some('\n' | '\x0c') => {}
                Some(first) => match first.to_digit(16) {
                    None => out.push(first),
                    Some(mut code) => {
                        for _ in 0..5 {
                            let Some(digit) = chars.peek().and_then(|c| c.to_digit(16)) else {
                                break;
                            };
                            chars.next();
                            code = code * 16 + digit;
                        }
                        match chars.peek() {
                            Some('\r') => {
                                chars.next();
                                chars.next_if_eq(&'\n');
                            }
                            Some(' ' | '\t' | '\n' | '\x0c') => {
                                chars.next();
                            }
                            _ => {}
                        }
                        let known = char::from_u32(code).filter(|char| *char != '\0');
                        out.push(known.unwrap_or('\u{fffd}'));
                    }
                },
            },
            _ => out.push(char),
        }
    }
    Cow::Owned(out)
}
