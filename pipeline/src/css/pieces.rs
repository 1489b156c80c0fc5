//! A long sheet cut between its rules. Each piece is minified and compared alone: where no rule says something about
//! the others, pieces that mean the same one by one do so together, and one that has to be tried again is short.

use super::token::{Kind, unescape};
use super::tree::{Item, Tree, What};

/// In bytes. What the engine could bring together from two pieces stays apart; of a piece that fails all is done again.
const SIZE: usize = if cfg!(fuzzing) { 64 } else { 4 * 1024 };

/// The top-level items of a sheet in runs of about equal length: all in one where the sheet cannot be cut.
pub(super) fn pieces<'a>(tree: &'a Tree<'_>) -> Vec<&'a [Item]> {
    let mut pieces = Vec::new();
    let (mut rest, mut length) = (&tree.items[..], 0);
    if can_be_cut(tree) {
        while let Some(item) = rest.get(length) {
            length += 1;
            if tree.end(item) - tree.start(&rest[0]) >= SIZE {
                let (piece, behind) = rest.split_at(length);
                pieces.push(piece);
                (rest, length) = (behind, 0);
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Whether no rule says something about others: how prefixes in selectors are read, that the spelling of custom
/// properties counts, or that the `border-image` which each `border` resets was ever set.
fn can_be_cut(tree: &Tree<'_>) -> bool {
    let namespace = |item: &Item| matches!(&item.what, What::At(name) if name == "namespace");
    let is_image = |name: &[u8]| name.eq_ignore_ascii_case(b"border-image");
    let image = tree.tokens.iter().any(|token| {
        let length = token.end - token.start;
        token.kind == Kind::Ident
            && length >= "border-image".len()
            && unescape(token.text(tree.text))
                .as_bytes()
                .windows("border-image".len())
                .any(is_image)
    });
    !tree.style_queries && !image && !tree.items.iter().any(namespace)
}

/// Whether what follows this sheet would be read as it is read alone.
pub(super) fn is_closed(tree: &Tree<'_>) -> bool {
    let (Some(last), Some(end)) = (tree.items.last(), tree.tokens.last()) else {
        return tree.text.is_empty();
    };
    let closed = match &last.block {
        Some(block) => end.kind == Kind::CloseCurly && block.end + 1 == last.tokens.end,
        None => end.kind == Kind::Semicolon && matches!(last.what, What::At(_)),
    };
    closed && last.tokens.end == tree.tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_cut_between_rules_unless_one_speaks_of_others() {
        let rules = "a{color:red}".repeat(1_000);
        let cut = |first: &str| pieces(&Tree::parse(&format!("{first}{rules}")).unwrap()).len();
        assert_eq!(cut(""), 3);
        assert_eq!(cut("@namespace svg url(x);"), 1);
        assert_eq!(cut("@container style(--a: b){c{d:e}}"), 1);
        assert_eq!(cut("a{border-image:none}"), 1);
        assert_eq!(cut("a{border-im\\61 ge-width:1px}"), 1);
        assert!(pieces(&Tree::parse("/* a */").unwrap()).is_empty());
    }

    #[test]
    fn what_is_closed() {
        for (text, want) in [
            ("", true),
            ("a{b:c}", true),
            ("@layer a;", true),
            ("@layer a", false),
            ("a{b:c", false),
            ("a{b:c}}", false),
            ("a{b:c}d", false),
            ("a{b:c}<!--", false),
            ("a{b:\"c}", false),
            ("a{b:(c}", false),
            ("a;", false),
        ] {
            assert_eq!(is_closed(&Tree::parse(text).unwrap()), want, "{text}");
        }
    }
}
