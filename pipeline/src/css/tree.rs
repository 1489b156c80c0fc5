//! The rules and declarations of a stylesheet as token ranges: what a browser's parser sees, before it knows
//! any property or selector (<https://drafts.csswg.org/css-syntax/#parsing>).

use std::ops::Range;

use super::token::{Kind, Token, tokens, unescape};

/// Brackets deeper than this are refused: nobody writes them, and the engines recurse.
pub(super) const DEEPEST: usize = 256;

/// A stylesheet taken apart.
pub(super) struct Tree<'t> {
    pub text: &'t str,
    pub tokens: Vec<Token>,
    pub items: Vec<Item>,
    /// It asks for what custom properties hold, so that their spelling matters.
    pub style_queries: bool,
}

/// What an item is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// `prelude { … }`
    Rule,
    /// `@name prelude;` or `@name prelude { … }`; the name in lower case.
    At(String),
    /// `name: value`, the index of the colon's token.
    Declaration(usize),
    /// Something else up to a `;` or the end of the block: a hack or a slip.
    Junk,
    /// A rule that the text ended in front of the block of.
    Unfinished,
}

/// A rule, an at-rule or a declaration. Ranges are of token indices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub what: What,
    /// Everything, the closing `;` or `}` included.
    pub tokens: Range<usize>,
    /// Selector, at-rule prelude without its name, or the whole declaration without its `;`.
    pub head: Range<usize>,
    /// What stands between the braces.
    pub block: Option<Range<usize>>,
    /// The block's items; empty where the block is not made of rules or declarations.
    pub children: Vec<Item>,
}

impl<'t> Tree<'t> {
    /// Takes a text apart. `Err` is the byte offset where it nests too deeply.
    pub(super) fn parse(text: &'t str) -> Result<Self, usize> {
        let tokens = tokens(text);
        let mut depth = 0usize;
        for token in &tokens {
            if token.opens().is_some() {
                depth += 1;
                if depth > DEEPEST {
                    return Err(token.start);
                }
            } else if token.closes() {
                depth = depth.saturating_sub(1);
            }
        }
        let mut reader = Reader {
            text,
            tokens: &tokens,
            at: 0,
        };
        let items = reader.items(true);
        let style_queries = tokens.iter().any(|token| {
            token.kind == Kind::Function && token.text(text).eq_ignore_ascii_case("style(")
        });
        Ok(Self {
            text,
            tokens,
            items,
            style_queries,
        })
    }

    /// The text of a range of tokens.
    pub(super) fn text_of(&self, range: &Range<usize>) -> &'t str {
        match (self.tokens.get(range.start), range.is_empty()) {
            (Some(first), false) => &self.text[first.start..self.tokens[range.end - 1].end],
            _ => "",
        }
    }

    /// Byte offset of an item.
    pub(super) fn start(&self, item: &Item) -> usize {
        self.tokens
            .get(item.tokens.start)
            .map_or(self.text.len(), |token| token.start)
    }

    /// Byte offset behind an item.
    pub(super) fn end(&self, item: &Item) -> usize {
        let last = item.tokens.end.checked_sub(1);
        last.map_or(0, |last| self.tokens[last].end)
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// The items up to the end of the block (or of the text, at the top).
    fn items(&mut self, top: bool) -> Vec<Item> {
        let mut items = Vec::new();
        while let Some(kind) = self.kind() {
            match kind {
                Kind::Whitespace | Kind::Comment => self.at += 1,
                Kind::Cdo | Kind::Cdc if top => self.at += 1,
                Kind::Semicolon if !top => self.at += 1,
                Kind::CloseCurly if !top => break,
                Kind::AtKeyword => items.push(self.at_rule(top)),
                _ => items.push(self.other(top)),
            }
        }
        items
    }

    /// Goes over what stands before a `{`, a `;` or the end of the block; brackets go as a whole.
    fn skip_head(&mut self, stop_at_semicolon: bool, top: bool) {
        let mut open: Vec<Kind> = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            if open.is_empty() {
                match token.kind {
                    Kind::OpenCurly => return,
                    Kind::Semicolon if stop_at_semicolon => return,
                    Kind::CloseCurly if !top => return,
                    _ => {}
                }
            }
            if let Some(close) = token.opens() {
                open.push(close);
            } else if open.last() == Some(&token.kind) {
                open.pop();
            }
            self.at += 1;
        }
    }

    fn at_rule(&mut self, top: bool) -> Item {
        let start = self.at;
        let name = unescape(&self.tokens[start].text(self.text)[1..]).to_ascii_lowercase();
        self.at += 1;
        let head = self.at;
        self.skip_head(true, top);
        let head = head..self.at;
        let (mut block, mut children) = (None, Vec::new());
        match self.kind() {
            Some(Kind::OpenCurly) => {
                let (range, items) = self.block(has_items(&name));
                block = Some(range);
                children = items;
            }
            Some(Kind::Semicolon) => self.at += 1,
            _ => {}
        }
        Item {
            what: What::At(name),
            tokens: start..self.at,
            head,
            block,
            children,
        }
    }

    /// From `{` to behind its `}`.
    fn block(&mut self, with_items: bool) -> (Range<usize>, Vec<Item>) {
        self.at += 1;
        let start = self.at;
        let mut items = Vec::new();
        if with_items {
            items = self.items(false);
        } else {
            let mut open: Vec<Kind> = Vec::new();
            while let Some(token) = self.tokens.get(self.at) {
                if open.is_empty() && token.kind == Kind::CloseCurly {
                    break;
                }
                if let Some(close) = token.opens() {
                    open.push(close);
                } else if open.last() == Some(&token.kind) {
                    open.pop();
                }
                self.at += 1;
            }
        }
        let end = self.at;
        if self.kind().is_some() {
            self.at += 1;
        }
        (start..end, items)
    }

    fn other(&mut self, top: bool) -> Item {
        let start = self.at;
        let colon = (!top).then(|| self.colon_of_declaration()).flatten();
        let custom = colon.is_some() && self.tokens[start].text(self.text).starts_with("--");
        self.skip_head(!top, top);
        if custom {
            // `--x: {a:b}` is one value.
            while self.kind() == Some(Kind::OpenCurly) {
                self.block(false);
                self.skip_head(true, false);
            }
        }
        if self.kind() == Some(Kind::OpenCurly) {
            let head = start..self.at;
            let (block, children) = self.block(true);
            return Item {
                what: What::Rule,
                tokens: start..self.at,
                head,
                block: Some(block),
                children,
            };
        }
        let head = start..self.at;
        let what = match colon {
            _ if top => What::Unfinished,
            Some(colon) => What::Declaration(colon),
            None => What::Junk,
        };
        if self.kind() == Some(Kind::Semicolon) {
            self.at += 1;
        }
        Item {
            what,
            tokens: start..self.at,
            head,
            block: None,
            children: Vec::new(),
        }
    }

    fn colon_of_declaration(&self) -> Option<usize> {
        if self.tokens[self.at].kind != Kind::Ident {
            return None;
        }
        let next = (self.at + 1..self.tokens.len()).find(|i| !self.tokens[*i].is_blank())?;
        (self.tokens[next].kind == Kind::Colon).then_some(next)
    }
}

/// Whether an at-rule's block is made of rules and declarations. What is unknown is left alone as a whole.
fn has_items(name: &str) -> bool {
    let plain = name
        .strip_prefix('-')
        .and_then(|name| name.split_once('-'))
        .map_or(name, |(_, name)| name);
    matches!(
        plain,
        "media"
            | "supports"
            | "layer"
            | "container"
            | "scope"
            | "starting-style"
            | "document"
            | "keyframes"
            | "font-face"
            | "page"
            | "property"
            | "counter-style"
            | "viewport"
            | "font-palette-values"
            | "view-transition"
            | "position-try"
            | "nest"
    )
}
