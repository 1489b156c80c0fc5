//! What the fuzz targets ask about sheets.

use super::tree::{Item, Tree, What};

/// The rules and declarations of a sheet, each with its depth, in order: what joining must not change.
pub(crate) fn outline(sheet: &str) -> Vec<String> {
    let tree = tree(sheet);
    let mut lines = Vec::new();
    add(&tree, &tree.items, 0, &mut lines);
    lines
}

fn add(tree: &Tree<'_>, items: &[Item], depth: usize, lines: &mut Vec<String>) {
    for item in items {
        let kind = match &item.what {
            What::At(name) if name == "charset" && depth == 0 => continue,
            What::Unfinished => continue,
            What::At(name) => name,
            What::Rule => "rule",
            What::Declaration(_) => "declaration",
            What::Junk => "junk",
        };
        let block = if item.block.is_some() { "{" } else { "" };
        lines.push(format!("{depth} {kind} {block} {}", tokens(tree, item)));
        add(tree, &item.children, depth + 1, lines);
    }
}

/// The tokens of a head; what the end of the text left open may be closed.
fn tokens(tree: &Tree<'_>, item: &Item) -> String {
    tree.tokens[item.head.clone()]
        .iter()
        .filter(|token| !token.is_blank() && !token.closes())
        .map(|token| match token.open {
            true => "(open)",
            false => token.text(tree.text),
        })
        .collect()
}

fn tree(sheet: &str) -> Tree<'_> {
    Tree::parse(sheet.strip_prefix('\u{feff}').unwrap_or(sheet)).expect("the sheet can be parsed")
}
