use super::token::{Kind, Token, tokens};
use super::tree::{Item, Tree, What};

/// Puts stylesheets behind each other so that each means what it meant alone.
///
/// The end of a file closes what is open, and ends a rule that has no block yet: both are made explicit. A
/// byte order mark and `@charset` go. Between two sheets stands a newline; a `;` would become part of the
/// next selector.
pub(crate) fn join(sheets: &[&str]) -> String {
    let mut out = String::with_capacity(sheets.iter().map(|sheet| sheet.len() + 1).sum());
    for sheet in sheets {
        let start = out.len();
        let text = sheet.strip_prefix('\u{feff}').unwrap_or(sheet);
        match Tree::parse(text) {
            Ok(tree) => complete(&tree, &mut out),
            // Such a sheet was refused when it was checked.
            Err(_) => {
                out.push_str(text);
                close(text, &tokens(text), &mut out);
            }
        }
        if out.len() > start && !out.ends_with('\n') {
            out.push('\n');
        }
    }
    unmarked(&mut out);
    out
}

/// Keeps a text from beginning with what would be taken for a byte order mark: there it is a character, part of a selector.
pub(super) fn unmarked(text: &mut String) {
    if text.starts_with('\u{feff}') {
        text.insert(0, '\n');
    }
}

/// A complete sheet as it means the same inside a block: what a browser drops at the top level can close the block there
/// (`}`), be skipped instead of spoiling the rule behind it (`;`), or spoil it instead of being skipped (`<!--`).
pub(crate) fn enclosed(text: &str) -> String {
    let Ok(tree) = Tree::parse(text) else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len());
    let mut items = tree.items.iter().peekable();
    let mut index = 0;
    while let Some(token) = tree.tokens.get(index) {
        match items.next_if(|item| item.tokens.start == index) {
            Some(item) => {
                if !is_spoilt(&tree, item) {
                    out.push_str(tree.text_of(&item.tokens));
                }
                index = item.tokens.end;
            }
            None => {
                if !matches!(token.kind, Kind::Cdo | Kind::Cdc) {
                    out.push_str(token.text(text));
                }
                index += 1;
            }
        }
    }
    out
}

/// Whether the selector or prelude holds what only the top level takes as a part of it.
fn is_spoilt(tree: &Tree<'_>, item: &Item) -> bool {
    let mut open: Vec<Kind> = Vec::new();
    tree.tokens[item.head.clone()].iter().any(|token| {
        if let Some(close) = token.opens() {
            open.push(close);
        } else if open.last() == Some(&token.kind) {
            open.pop();
        } else {
            return open.is_empty() && matches!(token.kind, Kind::CloseCurly | Kind::Semicolon);
        }
        false
    })
}

/// Writes one sheet with its end made explicit.
pub(super) fn complete(tree: &Tree<'_>, out: &mut String) {
    let text = tree.text;
    let mut copied = 0;
    let mut last_dropped = false;
    for item in &tree.items {
        let dropped = match &item.what {
            What::At(name) => name == "charset",
            What::Unfinished => true,
            _ => false,
        };
        last_dropped = dropped;
        if dropped {
            let start = tree.start(item);
            out.push_str(&text[copied..start]);
            copied = item
                .tokens
                .end
                .checked_sub(1)
                .map_or(text.len(), |last| tree.tokens[last].end);
        }
    }
    let rest = &text[copied..];
    out.push_str(rest);
    match copied {
        0 => close(rest, &tree.tokens, out),
        _ => close(rest, &tokens(rest), out),
    }
    if let Some(last) = tree.items.last().filter(|_| !last_dropped) {
        // One in brackets that the end of the text left open is of the prelude.
        let ended = tree.tokens[last.head.end..last.tokens.end]
            .iter()
            .any(|token| token.kind == Kind::Semicolon);
        if matches!(last.what, What::At(_)) && last.block.is_none() && !ended {
            out.push(';');
        }
    }
}

/// Writes what closes the constructs that the end of the text left open.
fn close(text: &str, tokens: &[Token], out: &mut String) {
    let Some(last) = tokens.last() else { return };
    if last.open {
        match last.kind {
            Kind::Comment => {
                if text.len() - last.start > 2 && text.ends_with('*') {
                    out.push('/');
                } else {
                    out.push_str("*/");
                }
            }
            Kind::String => {
                // A backslash at the very end means nothing and must not escape the quote.
                if ends_in_escape(text) {
                    out.pop();
                }
                out.push_str(&text[last.start..=last.start]);
            }
            Kind::Url | Kind::BadUrl => {
                if ends_in_escape(text) {
                    out.pop();
                    out.push('\u{fffd}');
                }
                out.push(')');
            }
            _ => {}
        }
    } else if ends_in_escape(text) && last.kind != Kind::Comment {
        out.pop();
        out.push('\u{fffd}');
    }
    let mut open = Vec::new();
    for token in tokens {
        if let Some(close) = token.opens() {
            open.push(close);
        } else if open.last() == Some(&token.kind) {
            open.pop();
        }
    }
    while let Some(kind) = open.pop() {
        out.push(match kind {
            Kind::CloseParen => ')',
            Kind::CloseSquare => ']',
            _ => '}',
        });
    }
}

fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}
