use std::ops::Range;

use super::token::{Kind, unescape};
use super::tree::{Item, Tree, What};
use crate::urls::string_inside;

/// An `@import` of a stylesheet (<https://drafts.csswg.org/css-cascade/#at-import>).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Import {
    /// All of the rule, its `;` included.
    pub range: Range<usize>,
    /// The address it means, unescaped.
    pub address: String,
    pub conditions: Conditions,
    /// It stands behind a rule, so that browsers ignore it.
    pub late: bool,
}

/// Under which conditions an import applies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Conditions {
    /// `layer` is `Some("")`, `layer(a.b)` is `Some("a.b")`.
    layer: Option<String>,
    supports: Option<String>,
    media: String,
}

impl Conditions {
    /// Whether the import applies always and in no layer.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts the imported rules under their conditions.
    pub(crate) fn wrap(&self, rules: &str) -> String {
        let mut text = rules.to_owned();
        if let Some(layer) = &self.layer {
            text = format!("@layer {layer}{{\n{text}\n}}");
        }
        if let Some(supports) = &self.supports {
            // A bare declaration is allowed in `supports()` and needs brackets in `@supports`.
            text = format!("@supports ({supports}){{\n{text}\n}}");
        }
        if !self.media.is_empty() {
            text = format!("@media {}{{\n{text}\n}}", self.media);
        }
        text
    }
}

/// Every `@import` at the top level of a sheet, in order. One that cannot be read is no import.
pub(crate) fn imports(text: &str) -> Vec<Import> {
    let Ok(tree) = Tree::parse(text) else {
        return Vec::new();
    };
    let mut late = false;
    let mut found = Vec::new();
    for item in &tree.items {
        match &item.what {
            What::At(name) if name == "import" && item.block.is_none() => {
                found.extend(import(&tree, item, late));
            }
            What::At(name) if name == "charset" => {}
            What::At(name) if name == "layer" && item.block.is_none() => {}
            _ => late = true,
        }
    }
    found
}

/// Whether a sheet names a namespace, which holds for all rules of its file.
pub(crate) fn has_namespace(text: &str) -> bool {
    Tree::parse(text).is_ok_and(|tree| {
        tree.items
            .iter()
            .any(|item| matches!(&item.what, What::At(name) if name == "namespace"))
    })
}

fn import(tree: &Tree<'_>, item: &Item, late: bool) -> Option<Import> {
    let text = tree.text;
    let tokens = &tree.tokens[item.head.clone()];
    let mut at = 0;
    let skip = |at: &mut usize| {
        while tokens.get(*at).is_some_and(|token| token.is_blank()) {
            *at += 1;
        }
    };
    skip(&mut at);
    let first = tokens.get(at)?;
    let address = match first.kind {
        Kind::String => unescape(string_inside(first, text)),
        Kind::Url => {
            let shown = first.text(text);
            let inside = shown[shown.find('(')? + 1..].trim_end_matches(')');
            unescape(inside.trim())
        }
        Kind::Function => {
            at += 1;
            skip(&mut at);
            let string = tokens.get(at).filter(|token| token.kind == Kind::String)?;
            at += 1;
            skip(&mut at);
            tokens
                .get(at)
                .filter(|token| token.kind == Kind::CloseParen)?;
            unescape(string_inside(string, text))
        }
        _ => return None,
    };
    at += 1;
    skip(&mut at);
    let mut conditions = Conditions::default();
    if let Some(token) = tokens.get(at) {
        let name = token.text(text).to_ascii_lowercase();
        if token.kind == Kind::Ident && name == "layer" {
            conditions.layer = Some(String::new());
            at += 1;
        } else if token.kind == Kind::Function && name == "layer(" {
            let end = closing(tokens, at)?;
            conditions.layer = Some(text[tokens[at].end..tokens[end].start].trim().to_owned());
            at = end + 1;
        }
    }
    skip(&mut at);
    if let Some(token) = tokens.get(at)
        && token.kind == Kind::Function
        && token.text(text).eq_ignore_ascii_case("supports(")
    {
        let end = closing(tokens, at)?;
        conditions.supports = Some(text[tokens[at].end..tokens[end].start].trim().to_owned());
        at = end + 1;
    }
    skip(&mut at);
    if let (Some(from), Some(to)) = (tokens.get(at), tokens.last()) {
        conditions.media = text[from.start..to.end].trim().to_owned();
    }
    let start = tree.start(item);
    let last = item.tokens.end.checked_sub(1)?;
    Some(Import {
        range: start..tree.tokens[last].end,
        address,
        conditions,
        late,
    })
}

fn closing(tokens: &[super::token::Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.opens().is_some() {
            depth += 1;
        } else if token.closes() {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_conditions_of_every_form() {
        let text = "@charset \"utf-8\";@layer a;@import 'a.css';@import url( b.css ) layer screen and (min-width:1px);\
                    @import url(\"c.css\") layer(x.y) supports(display:grid) print;p{}@import 'late.css';";
        let shown: Vec<_> = imports(text)
            .into_iter()
            .map(|import| {
                (
                    import.address.clone(),
                    import.conditions.wrap("R").replace('\n', ""),
                    import.late,
                )
            })
            .collect();
        let want =
            |address: &str, wrapped: &str, late| (address.to_owned(), wrapped.to_owned(), late);
        assert_eq!(
            shown,
            [
                want("a.css", "R", false),
                want(
                    "b.css",
                    "@media screen and (min-width:1px){@layer {R}}",
                    false
                ),
                want(
                    "c.css",
                    "@media print{@supports (display:grid){@layer x.y{R}}}",
                    false
                ),
                want("late.css", "R", true),
            ]
        );
    }
}
