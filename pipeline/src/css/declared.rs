//! One declaration as the longhands it sets.

use super::compact::compact_value;
use super::shorthand::{Longhand, expand};
use super::token::{Kind, unescape};
use super::tree::{Item, Tree};
use super::value::{Part, parts};

/// What a declaration says.
pub(super) struct Declared {
    pub longhands: Vec<Longhand>,
    pub important: bool,
}

/// What only old engines take, as it is written.
pub(super) fn hack(text: &str) -> Part {
    Part {
        text: format!("\u{6}{text}"),
        space: false,
        plain: false,
    }
}

/// Reads a declaration.
pub(super) fn declared(tree: &Tree<'_>, item: &Item, colon: usize) -> Declared {
    let written = unescape(tree.tokens[item.head.start].text(tree.text));
    let name = if written.starts_with("--") {
        written.into_owned()
    } else {
        written.to_ascii_lowercase()
    };
    let mut list: Vec<Part> = parts(tree, &name, colon + 1..item.head.end);
    let important = match &list[..] {
        [.., bang, word] if bang.text == "!" && word.text.eq_ignore_ascii_case("important") => {
            list.truncate(list.len() - 2);
            true
        }
        _ => false,
    };
    if let Some(first) = list.first_mut() {
        first.space = false;
    }
    // `\9` and its like make a value that only old engines take.
    let old = tree.tokens[colon + 1..item.head.end].iter().any(|token| {
        matches!(token.kind, Kind::Ident | Kind::Dimension | Kind::Delim(_))
            && token.text(tree.text).contains('\\')
    });
    if old {
        list = vec![hack(&compact_value(tree, item, colon))];
    }
    Declared {
        longhands: expand(&name, &list),
        important,
    }
}
