//! White space and comments taken out by token; nothing else changes.
//!
//! This is the form a rule keeps when nothing smaller could be proven, and the last pass over what the engine
//! prints: it leaves spaces beside commas and behind escapes that a quarter of some sheets is made of.

use super::digits::Digits;
use super::token::{Kind, Token, is_white};
use super::tree::{Item, Tree, What};

/// The sheet without the white space and comments that mean nothing. Licence comments go too: they are
/// [collected](licences) separately.
pub(super) fn compact(tree: &Tree<'_>) -> String {
    compact_items(tree, &tree.items)
}

/// The same of what the engine printed, with the digits that it dropped.
pub(super) fn compact_printed(tree: &Tree<'_>, digits: &Digits<'_>) -> String {
    let mut writer = Writer::new(tree);
    writer.digits = Some(digits);
    writer.out.reserve(tree.text.len());
    writer.items(&tree.items);
    writer.out
}

/// Some top-level items of a sheet in the same form.
pub(super) fn compact_items(tree: &Tree<'_>, items: &[Item]) -> String {
    let mut writer = Writer::new(tree);
    let ends = items.first().zip(items.last());
    writer
        .out
        .reserve(ends.map_or(0, |(first, last)| tree.end(last) - tree.start(first)));
    writer.items(items);
    writer.out
}

/// One item of a sheet in the same form.
pub(super) fn compact_item(tree: &Tree<'_>, item: &Item) -> String {
    let mut writer = Writer::new(tree);
    writer.item(item);
    writer.out
}

/// A selector or at-rule prelude, white space out.
pub(super) fn compact_head(tree: &Tree<'_>, item: &Item) -> String {
    let mut writer = Writer::new(tree);
    match &item.what {
        What::At(name) => writer.prelude(item, name),
        _ => writer.selector(item.head.clone()),
    }
    writer.out
}

/// A declaration's value, white space out.
pub(super) fn compact_value(tree: &Tree<'_>, item: &Item, colon: usize) -> String {
    let mut writer = Writer::new(tree);
    writer.value(item, colon);
    writer.out
}

/// The licence comments of a range of tokens.
pub(super) fn licences<'t>(tree: &Tree<'t>, tokens: std::ops::Range<usize>) -> Vec<&'t str> {
    tree.tokens[tokens]
        .iter()
        .filter(|token| token.kind == Kind::Comment && !token.open)
        .map(|token| token.text(tree.text))
        .filter(|text| text.starts_with("/*!"))
        .collect()
}

/// What decides about a space: which grammar the tokens belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grammar {
    Selector,
    Value,
    Custom,
    Prelude,
    /// Unknown: single spaces for runs, nothing more.
    Raw,
}

struct Writer<'a> {
    tree: &'a Tree<'a>,
    out: String,
    /// What the text lacks of its numbers.
    digits: Option<&'a Digits<'a>>,
}

impl<'a> Writer<'a> {
    fn new(tree: &'a Tree<'a>) -> Self {
        Self {
            tree,
            out: String::new(),
            digits: None,
        }
    }

    fn items(&mut self, items: &[Item]) {
        let mut unended = false;
        for item in items {
            if item.what == What::Unfinished {
                continue;
            }
            if unended {
                self.out.push(';');
            }
            self.item(item);
            unended = matches!(item.what, What::Declaration(_) | What::Junk);
        }
    }

    fn item(&mut self, item: &Item) {
        match &item.what {
            What::Unfinished => {}
            What::Junk => {
                let text = self.tree.text_of(&item.head).trim_ascii();
                self.out.push_str(text);
            }
            What::Declaration(colon) => {
                let name = self.tree.tokens[item.head.start];
                self.token(&name, Some(b':'));
                self.out.push(':');
                self.value(item, *colon);
            }
            What::Rule => {
                self.selector(item.head.clone());
                self.block(item);
            }
            What::At(name) => {
                let keyword = self.tree.tokens[item.tokens.start];
                let start = self.out.len();
                self.prelude(item, name);
                let prelude = self.out.split_off(start);
                let joins = prelude.is_empty()
                    || (prelude.starts_with(['"', '\'']) && !self.spaced(item.head.start));
                self.token(&keyword, Some(if joins { b'{' } else { b' ' }));
                if !joins {
                    self.out.push(' ');
                }
                self.out.push_str(&prelude);
                match item.block {
                    Some(_) => self.block(item),
                    None => self.out.push(';'),
                }
            }
        }
    }

    fn block(&mut self, item: &Item) {
        let Some(block) = item.block.clone() else {
            return;
        };
        self.out.push('{');
        if item.children.is_empty() {
            self.run(block, Grammar::Raw);
        } else {
            self.items(&item.children);
        }
        self.out.push('}');
    }

    /// Whether white space or a comment stands there.
    fn spaced(&self, index: usize) -> bool {
        self.tree.tokens.get(index).is_some_and(Token::is_blank)
    }

    fn selector(&mut self, head: std::ops::Range<usize>) {
        self.run(head, Grammar::Selector);
    }

    fn prelude(&mut self, item: &Item, name: &str) {
        let grammar = match name {
            "media" | "supports" | "container" | "layer" | "import" | "keyframes" | "page"
            | "-webkit-keyframes" | "-moz-keyframes" | "-o-keyframes" => Grammar::Prelude,
            _ => Grammar::Raw,
        };
        self.run(item.head.clone(), grammar);
    }

    fn value(&mut self, item: &Item, colon: usize) {
        let range = colon + 1..item.head.end;
        let name = self.tree.tokens[item.head.start].text(self.tree.text);
        if name.starts_with("--") {
            let start = self.out.len();
            self.run(range.clone(), Grammar::Custom);
            if self.out.len() == start && self.spaced(range.start) {
                // `--x: ;` is an empty value everywhere, `--x:;` only in newer engines.
                self.out.push(' ');
            }
            return;
        }
        let old = self.tree.tokens[range.clone()].iter().any(|token| {
            let text = token.text(self.tree.text);
            match token.kind {
                Kind::Ident => text.eq_ignore_ascii_case("progid"),
                Kind::Function => text.eq_ignore_ascii_case("expression("),
                _ => false,
            }
        });
        if old {
            let text = self.tree.text_of(&range).trim_ascii();
            self.out.push_str(text);
        } else {
            self.run(range, Grammar::Value);
        }
    }

    /// Writes tokens with the spaces between them that mean something.
    fn run(&mut self, range: std::ops::Range<usize>, grammar: Grammar) {
        let tree = self.tree;
        // A style query asks how these are spelled.
        let spelling = tree.style_queries && matches!(grammar, Grammar::Custom | Grammar::Raw);
        let mut previous: Option<Token> = None;
        let (mut space, mut comment) = (false, false);
        let mut functions: Vec<bool> = Vec::new();
        for index in range.clone() {
            let token = tree.tokens[index];
            match token.kind {
                Kind::Whitespace => {
                    space = true;
                    continue;
                }
                Kind::Comment => {
                    comment = true;
                    continue;
                }
                _ => {}
            }
            let following = (index + 1..range.end).find(|next| !tree.tokens[*next].is_blank());
            if let Some(before) = previous {
                let inside = functions.last().copied();
                if before.kind == Kind::BadString {
                    // A space would make it a string that goes on to the next quote.
                    self.out.push('\n');
                } else if space {
                    if self.needs_space(&before, &token, grammar, inside, functions.len()) {
                        self.out.push(' ');
                    }
                } else if comment && joins(&before, &token) {
                    self.out.push_str("/**/");
                }
            }
            let spaced_after = self.spaced(index + 1);
            let next = if spaced_after {
                let wanted = following.is_some_and(|next| {
                    self.needs_space(
                        &token,
                        &tree.tokens[next],
                        grammar,
                        functions.last().copied(),
                        functions.len(),
                    )
                });
                if wanted {
                    Some(b' ')
                } else {
                    following.map(|next| tree.text.as_bytes()[tree.tokens[next].start])
                }
            } else {
                following.map(|next| tree.text.as_bytes()[tree.tokens[next].start])
            };
            match spelling {
                true => self.spelled(&token),
                false => self.token(&token, next),
            }
            if token.opens().is_some() {
                functions.push(
                    token.kind == Kind::Function
                        && token
                            .text(tree.text)
                            .to_ascii_lowercase()
                            .starts_with("nth-"),
                );
            } else if token.closes() {
                functions.pop();
            }
            previous = Some(token);
            (space, comment) = (false, false);
        }
    }

    /// Whether the white space between two tokens has to stay.
    fn needs_space(
        &self,
        before: &Token,
        after: &Token,
        grammar: Grammar,
        in_nth: Option<bool>,
        depth: usize,
    ) -> bool {
        let text = self.tree.text;
        if grammar == Grammar::Raw {
            return true;
        }
        if before.kind == Kind::Comma || after.kind == Kind::Comma {
            return false;
        }
        if grammar == Grammar::Custom {
            return true;
        }
        if (before.opens().is_some() && before.kind != Kind::OpenCurly)
            || matches!(after.kind, Kind::CloseParen | Kind::CloseSquare)
        {
            return false;
        }
        let is =
            |token: &Token, set: &[u8]| matches!(token.kind, Kind::Delim(b) if set.contains(&b));
        // `/ *` would begin a comment.
        let comment = before.text(text).ends_with('/') && after.text(text).starts_with('*');
        match grammar {
            Grammar::Selector => {
                let combinators: &[u8] = if in_nth == Some(true) { b"+-" } else { b">+~" };
                !(is(before, combinators) || is(after, combinators))
            }
            Grammar::Value => comment || !(is(before, b"/!") || is(after, b"/!")),
            Grammar::Prelude => {
                let colon = depth > 0 && (before.kind == Kind::Colon || after.kind == Kind::Colon);
                comment || !(colon || is(before, b"/") || is(after, b"/"))
            }
            Grammar::Custom | Grammar::Raw => true,
        }
    }

    /// Writes a token; `next` is the byte that will stand behind it.
    fn token(&mut self, token: &Token, next: Option<u8>) {
        let text = self.number(token);
        let named = matches!(
            token.kind,
            Kind::Ident | Kind::Function | Kind::AtKeyword | Kind::Hash | Kind::Dimension
        );
        if named && text.contains('\\') {
            unspaced_escapes(text, next, &mut self.out);
        } else if token.kind == Kind::Url {
            url(text, token.open, &mut self.out);
        } else {
            self.out.push_str(text);
        }
    }

    /// Writes a token as it is spelled.
    fn spelled(&mut self, token: &Token) {
        let text = self.number(token);
        self.out.push_str(text);
    }

    /// Writes the number that a token begins with, if it lacks digits, and gives the rest of the token.
    fn number(&mut self, token: &Token) -> &'a str {
        let text = token.text(self.tree.text);
        let written = self
            .digits
            .map_or(0, |digits| digits.put_back(token, text, &mut self.out));
        &text[written..]
    }
}

/// Whether two tokens would become one, or others, without the comment between them.
fn joins(before: &Token, after: &Token) -> bool {
    let plain = |kind| {
        matches!(
            kind,
            Kind::Comma
                | Kind::Semicolon
                | Kind::String
                | Kind::CloseParen
                | Kind::CloseSquare
                | Kind::OpenCurly
                | Kind::CloseCurly
        )
    };
    !(plain(before.kind) || plain(after.kind) || before.kind == Kind::OpenParen)
}

/// `url( a.png )` without its inner white space.
fn url(text: &str, open: bool, out: &mut String) {
    let start = text.find('(').map_or(0, |at| at + 1);
    out.push_str(&text[..start]);
    let inner = text[start..].trim_start_matches(|c: char| c.is_ascii() && is_white(c as u8));
    let inner = if open {
        inner
    } else {
        &inner[..inner.len() - 1]
    };
    let ended = inner.trim_end_matches(|c: char| c.is_ascii() && is_white(c as u8));
    out.push_str(ended);
    let slashes = ended.bytes().rev().take_while(|b| *b == b'\\').count();
    // The white space ends an escape.
    let escape = ended.len() < inner.len() && ended.len() >= 2 && {
        // By bytes: it may begin within a character.
        let tail = &ended.as_bytes()[ended.len().saturating_sub(7)..];
        slashes % 2 == 1 || tail.contains(&b'\\')
    };
    if escape {
        out.push(inner.as_bytes()[ended.len()] as char);
    }
    out.push(')');
}

/// A name whose hex escapes keep the white space behind them only where what follows would be read as part of
/// the escape.
fn unspaced_escapes(text: &str, next: Option<u8>, out: &mut String) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            let end = text[at..]
                .find('\\')
                .map_or(text.len(), |length| at + length);
            out.push_str(&text[at..end]);
            at = end;
            continue;
        }
        let digits = bytes[at + 1..]
            .iter()
            .take(6)
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if digits == 0 {
            let length = text[at + 1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&text[at..at + 1 + length]);
            at += 1 + length;
            continue;
        }
        out.push_str(&text[at..at + 1 + digits]);
        at += 1 + digits;
        let white = match &bytes[at..] {
            [b'\r', b'\n', ..] => 2,
            [byte, ..] if is_white(*byte) => 1,
            _ => 0,
        };
        at += white;
        let follows = bytes.get(at).copied().or(next);
        let needed =
            follows.is_some_and(|byte| is_white(byte) || (digits < 6 && byte.is_ascii_hexdigit()));
        if white > 0 && needed {
            out.push(' ');
        }
    }
}
