use std::ops::Range;

use memchr::{memchr, memchr3};

use super::syntax::{Syntax, Whitespace};
use crate::fault::Fault;

/// What a stretch of a template is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// Literal text.
    Text,
    /// `{{ … }}`
    Expr,
    /// `{% … %}`
    Block,
    /// `{# … #}`
    Comment,
    /// The literal text between `{% raw %}` and `{% endraw %}`.
    Raw,
}

/// A stretch of a template. The tokens of a template cover it without gap or overlap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// All of it, delimiters included.
    pub(crate) range: Range<usize>,
    /// How long the delimiters at its start and end are, with their white-space marks; nothing for text.
    pub(super) open: u32,
    pub(super) close: u32,
    /// The white-space mark at the start, if there is one.
    pub(crate) left: Option<Whitespace>,
    /// The white-space mark at the end.
    pub(crate) right: Option<Whitespace>,
}

impl Token {
    /// The text that the token covers.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.range.clone()]
    }

    /// Where what stands between delimiters and white-space marks is; for text the same as `range`.
    pub(crate) fn inner(&self) -> Range<usize> {
        self.range.start + self.open as usize..self.range.end - self.close as usize
    }

    /// The trimmed text between the delimiters.
    pub(crate) fn content<'a>(&self, source: &'a str) -> &'a str {
        let inner = &source[self.inner()];
        let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        // Mostly there is one space at both ends.
        match inner
            .strip_prefix(' ')
            .and_then(|inner| inner.strip_suffix(' '))
        {
            Some(content)
                if is_plain(content.as_bytes().first()) && is_plain(content.as_bytes().last()) =>
            {
                content
            }
            _ => inner.trim(),
        }
    }

    /// Whether it is a block of this name.
    pub(crate) fn is_named(&self, source: &str, name: &str) -> bool {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        self.kind == TokenKind::Block
            && (self
                .trimmed(source)
                .as_bytes()
                .strip_prefix(name.as_bytes()))
            .is_some_and(|rest| !rest.first().is_some_and(is_word))
    }

    /// What stands between the delimiters, from the first word on.
    fn trimmed<'a>(&self, source: &'a str) -> &'a str {
        let inner = &source[self.inner()];
        // Mostly there is one space.
        match inner.strip_prefix(' ') {
            Some(word) if word.starts_with(|c: char| c.is_ascii_lowercase()) => word,
            _ => inner.trim_start(),
        }
    }

    /// The first word of a block, `if` of `{% if x %}`; empty for other tokens.
    pub(crate) fn name<'a>(&self, source: &'a str) -> &'a str {
        if self.kind != TokenKind::Block {
            return "";
        }
        let content = self.trimmed(source);
        let end = content
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_')
            .unwrap_or(content.len());
        &content[..end]
    }
}

/// Splits a template into its tokens.
///
/// Follows Askama 0.16: the end of an expression or block is searched outside of strings, characters and brackets,
/// comments nest, and `{% raw %}` ends at the first `{% endraw %}`.
pub(crate) fn scan(source: &str, syntax: &Syntax) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::with_capacity(32);
    let mut at = 0;
    while at < source.len() {
        let Some((start, kind)) = next_tag(source, at, syntax) else {
            text(&mut tokens, TokenKind::Text, at..source.len());
            break;
        };
        text(&mut tokens, TokenKind::Text, at..start);
        let token = match kind {
            TokenKind::Comment => comment(source, start, syntax)?,
            TokenKind::Expr => tag(source, start, kind, &syntax.expr_start, &syntax.expr_end)?,
            _ => tag(source, start, kind, &syntax.block_start, &syntax.block_end)?,
        };
        at = token.range.end;
        let raw = token.is_named(source, "raw");
        tokens.push(token);
        if raw {
            let end = raw_end(source, at, syntax).ok_or_else(|| {
                Fault::new(start, "`raw` block is never closed").help("add `endraw`")
            })?;
            text(&mut tokens, TokenKind::Raw, at..end.range.start);
            at = end.range.end;
            tokens.push(end);
        }
    }
    Ok(tokens)
}

fn text(tokens: &mut Vec<Token>, kind: TokenKind, range: Range<usize>) {
    if !range.is_empty() {
        tokens.push(Token {
            kind,
            range,
            open: 0,
            close: 0,
            left: None,
            right: None,
        });
    }
}

/// The next opening delimiter; of several at one place the longest.
fn next_tag(source: &str, at: usize, syntax: &Syntax) -> Option<(usize, TokenKind)> {
    let opens = [
        (syntax.block_start.as_bytes(), TokenKind::Block),
        (syntax.comment_start.as_bytes(), TokenKind::Comment),
        (syntax.expr_start.as_bytes(), TokenKind::Expr),
    ];
    // Most delimiters differ in their second byte.
    let begins = |rest: &[u8], open: &[u8]| {
        (open.len() < 2 || rest.get(1) == open.get(1)) && rest.starts_with(open)
    };
    // Looked for together: a delimiter that does not come again is not to be searched up to the end at every tag.
    let bytes = source.as_bytes();
    let firsts = opens.map(|(open, _)| open.first().copied().unwrap_or(0));
    let mut start = at;
    loop {
        start += next_of(&bytes[start..], firsts)?;
        let rest = &bytes[start..];
        let kind = opens
            .iter()
            .filter(|(open, _)| begins(rest, open))
            .max_by_key(|(open, _)| open.len());
        if let Some((_, kind)) = kind {
            return Some((start, *kind));
        }
        start += 1;
    }
}

/// How far it is to the next of three bytes.
pub(super) fn next_of(text: &[u8], [one, two, three]: [u8; 3]) -> Option<usize> {
    match one == two && two == three {
        true => memchr(one, text),
        false => memchr3(one, two, three, text),
    }
}

fn mark_at(source: &str, at: usize) -> Option<Whitespace> {
    source
        .as_bytes()
        .get(at)
        .copied()
        .and_then(Whitespace::of_mark)
}

/// The token from `start` to the end delimiter that begins at `end`, white-space marks split off.
fn token(
    source: &str,
    kind: TokenKind,
    start: usize,
    open: &str,
    end: usize,
    close: &str,
) -> Token {
    let body = start + open.len();
    let left = mark_at(source, body).filter(|_| body < end);
    let inner_start = body + usize::from(left.is_some());
    let right = mark_at(source, end.wrapping_sub(1)).filter(|_| end > inner_start);
    Token {
        kind,
        range: start..end + close.len(),
        open: (inner_start - start) as u32,
        close: (close.len() + usize::from(right.is_some())) as u32,
        left,
        right,
    }
}

fn comment(source: &str, start: usize, syntax: &Syntax) -> Result<Token, Fault> {
    let (open, close) = (syntax.comment_start.as_str(), syntax.comment_end.as_str());
    let mut depth = 1;
    let mut at = start + open.len();
    loop {
        let rest = &source[at..];
        let end = rest.find(close).ok_or_else(|| {
            Fault::new(start, "comment is never closed").help(format!("add `{close}`"))
        })?;
        match rest.find(open) {
            Some(nested) if nested < end => {
                depth += 1;
                at += nested + open.len();
            }
            _ => {
                depth -= 1;
                if depth == 0 {
                    return Ok(token(
                        source,
                        TokenKind::Comment,
                        start,
                        open,
                        at + end,
                        close,
                    ));
                }
                at += end + close.len();
            }
        }
    }
}

fn tag(
    source: &str,
    start: usize,
    kind: TokenKind,
    open: &str,
    close: &str,
) -> Result<Token, Fault> {
    let bytes = source.as_bytes();
    let close_bytes = close.as_bytes();
    let close_first = close_bytes.first().copied().unwrap_or(0);
    let mut depth = 0_usize;
    let mut at = start + open.len();
    loop {
        // Most of what stands in a tag.
        let plain = |byte: &u8| !MATTERS[usize::from(*byte)] && *byte != close_first;
        at += bytes[at..].iter().take_while(|byte| plain(byte)).count();
        let Some(byte) = bytes.get(at).copied() else {
            break;
        };
        if byte == close_first && depth == 0 && bytes[at..].starts_with(close_bytes) {
            return Ok(token(source, kind, start, open, at, close));
        }
        match byte {
            b'"' => at = string_end(bytes, at, start)?,
            b'\'' => at = character_end(source, at),
            b'r' if !identifier_before(bytes, at) && raw_string(bytes, at).is_some() => {
                let hashes = raw_string(bytes, at).unwrap_or(0);
                at = raw_string_end(source, at, hashes, start)?;
            }
            b'(' | b'[' | b'{' => {
                depth += 1;
                at += 1;
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ => at += 1,
        }
    }
    Err(Fault::new(start, format!("`{open}` is never closed")).help(format!("add `{close}`")))
}

/// What may begin a string, or a bracket, or end one, by the byte.
static MATTERS: [bool; 256] = {
    let mut matters = [false; 256];
    let mut at = 0;
    while at < 9 {
        matters[b"\"'r([{)]}"[at] as usize] = true;
        at += 1;
    }
    matters
};

fn string_end(bytes: &[u8], open: usize, tag: usize) -> Result<usize, Fault> {
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err(Fault::new(open.max(tag), "string is never closed").help("add `\"`"))
}

/// The end of a character literal, or of the lone quote of a lifetime.
fn character_end(source: &str, open: usize) -> usize {
    let rest = &source[open + 1..];
    let mut chars = rest.char_indices();
    match chars.next() {
        Some((_, '\\')) => match rest.get(2..).and_then(|tail| tail.find('\'')) {
            Some(end) if end < 10 => open + 1 + 2 + end + 1,
            _ => open + 1,
        },
        Some(_) => match chars.next() {
            Some((at, '\'')) => open + 1 + at + 1,
            _ => open + 1,
        },
        None => open + 1,
    }
}

fn identifier_before(bytes: &[u8], at: usize) -> bool {
    at > 0
        && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
        && bytes[at - 1] != b'b'
}

/// How many hashes follow if a raw string starts here.
fn raw_string(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at + 1..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    (bytes.get(at + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_string_end(source: &str, at: usize, hashes: usize, tag: usize) -> Result<usize, Fault> {
    let body = at + 1 + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    match source[body..].find(&close) {
        Some(end) => Ok(body + end + close.len()),
        None => {
            Err(Fault::new(at.max(tag), "raw string is never closed")
                .help(format!("add `{close}`")))
        }
    }
}

/// The `{% endraw %}` that closes a raw block whose text starts at `at`.
fn raw_end(source: &str, at: usize, syntax: &Syntax) -> Option<Token> {
    let (open, close) = (syntax.block_start.as_str(), syntax.block_end.as_str());
    let mut from = at;
    while let Some(found) = source[from..].find(open) {
        let start = from + found;
        let body = source[start + open.len()..]
            .trim_start_matches(['-', '+', '~'])
            .trim_start();
        if let Some(rest) = body.strip_prefix("endraw") {
            let rest = rest.trim_start();
            let rest = rest.trim_start_matches(['-', '+', '~']);
            if rest.starts_with(close) {
                let end = source.len() - rest.len();
                return Some(token(source, TokenKind::Block, start, open, end, close));
            }
        }
        from = start + open.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::line_column;
    use crate::fixture::{Case, cases};

    /// The delimiters of `--- syntax`, a pair a line: blocks, expressions, comments.
    fn syntax(case: &Case) -> Syntax {
        let Some(lines) = case.optional("syntax") else {
            return Syntax::default();
        };
        let pair = |at: usize| {
            let (open, close) = lines.lines().nth(at).unwrap().split_once(' ').unwrap();
            (open.to_owned(), close.to_owned())
        };
        let ((block_start, block_end), (expr_start, expr_end)) = (pair(0), pair(1));
        let (comment_start, comment_end) = pair(2);
        Syntax {
            block_start,
            block_end,
            expr_start,
            expr_end,
            comment_start,
            comment_end,
        }
    }

    /// A line a token: where it begins, its kind, its content between its marks.
    fn shown(source: &str, tokens: &[Token]) -> String {
        let mark = |mark| match mark {
            None => "",
            Some(Whitespace::Preserve) => "+",
            Some(Whitespace::Suppress) => "-",
            Some(Whitespace::Minimize) => "~",
        };
        let mut at = 0;
        let mut shown = String::new();
        for token in tokens {
            assert_eq!(token.range.start, at, "no gap and no overlap");
            at = token.range.end;
            let (line, column) = line_column(source, token.range.start);
            let content = match token.kind {
                TokenKind::Text | TokenKind::Raw => token.text(source),
                _ => token.content(source),
            };
            let (left, right) = (mark(token.left), mark(token.right));
            shown.push_str(&format!(
                "{line}:{column} {:?} {left}{content:?}{right}\n",
                token.kind
            ));
        }
        assert_eq!(at, source.len(), "all of the source");
        shown
    }

    #[test]
    fn fixtures() {
        for case in cases("template/scan") {
            let input = case.section("input");
            let source = input.strip_suffix('\n').unwrap_or(input);
            match scan(source, &syntax(&case)) {
                Ok(tokens) => case.expect("tokens", &shown(source, &tokens)),
                Err(fault) => {
                    let (line, column) = line_column(source, fault.offset);
                    let help = fault.help.unwrap_or_default();
                    case.expect(
                        "error",
                        &format!("{line}:{column}: {}; {help}\n", fault.message),
                    );
                }
            }
        }
    }
}
