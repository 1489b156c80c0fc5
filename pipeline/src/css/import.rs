use std::ops::Range;

use super::engine;
use super::token::{Kind, unescape};
use super::tree::{Item, Tree, What};
use crate::urls::{string_inside, write_string};

/// An `@import` of a stylesheet (<https://drafts.csswg.org/css-cascade/#at-import>).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Import {
    /// All of the rule, its `;` included.
    pub range: Range<usize>,
    /// The address it means, unescaped.
    pub address: String,
    pub conditions: Conditions,
    /// It stands behind a rule, or behind a statement of layers that follows an import, so that browsers ignore it.
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

    /// The rule that imports what lies at an address under these conditions.
    pub(crate) fn import(&self, address: &str) -> String {
        let mut rule = "@import ".to_owned();
        write_string(address, '"', &mut rule);
        match self.layer.as_deref() {
            None => {}
            Some("") => rule.push_str(" layer"),
            Some(name) => rule.push_str(&format!(" layer({name})")),
        }
        if let Some(supports) = &self.supports {
            rule.push_str(&format!(" supports({supports})"));
        }
        if !self.media.is_empty() {
            rule.push(' ');
            rule.push_str(&self.media);
        }
        rule.push_str(";\n");
        rule
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
    if !may_have(text, "import") {
        return Vec::new();
    }
    let Ok(tree) = Tree::parse(text) else {
        return Vec::new();
    };
    // Statements of layers may stand in front of imports and not between them.
    let (mut late, mut begun) = (false, false);
    let mut found = Vec::new();
    for item in &tree.items {
        match &item.what {
            What::At(name) if name == "import" && item.block.is_none() => {
                found.extend(import(&tree, item, late));
                begun = true;
            }
            What::At(name) if name == "layer" && item.block.is_none() => late |= begun,
            _ => late = late || counts(&tree, item),
        }
    }
    found
}

/// Whether a browser takes the item for a rule; what it drops stands in no import's way.
fn counts(tree: &Tree<'_>, item: &Item) -> bool {
    match &item.what {
        What::At(name) => is_known(name) && (item.block.is_some() || name == "namespace"),
        What::Rule => {
            let head = &tree.text[tree.tokens[item.head.start].start..];
            let selector = &head[..tree.text_of(&item.head).len()];
            engine::warnings(&format!("{selector}{{}}")).is_empty()
        }
        _ => false,
    }
}

/// At-rules with blocks that browsers know, and `@namespace`.
fn is_known(name: &str) -> bool {
    let plain = name
        .strip_prefix("-webkit-")
        .or(name.strip_prefix("-moz-"))
        .unwrap_or(name);
    matches!(
        plain,
        "media"
            | "supports"
            | "layer"
            | "container"
            | "scope"
            | "starting-style"
            | "font-face"
            | "font-feature-values"
            | "font-palette-values"
            | "keyframes"
            | "page"
            | "property"
            | "counter-style"
            | "view-transition"
            | "position-try"
            | "function"
            | "namespace"
    )
}

/// Whether a sheet names a namespace, which holds for all rules of its file.
pub(crate) fn has_namespace(text: &str) -> bool {
    may_have(text, "namespace")
        && Tree::parse(text).is_ok_and(|tree| {
            let is = |item: &Item| matches!(&item.what, What::At(name) if name == "namespace");
            tree.items.iter().any(is)
        })
}

/// Whether an at-rule of this name can be in the text, which is not taken apart for that.
fn may_have(text: &str, name: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let behind = &text.as_bytes()[at + 1..];
        let begin = &behind[..behind.len().min(name.len())];
        begin.contains(&b'\\') || begin.eq_ignore_ascii_case(name.as_bytes())
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
            unescape(inside.trim_ascii())
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
            // What is no name of a layer is a media query that no browser knows: it never applies.
            if let Some(name) = layer_name(&tokens[at + 1..end], text) {
                conditions.layer = Some(name);
                at = end + 1;
            }
        }
    }
    skip(&mut at);
    if let Some(token) = tokens.get(at)
        && token.kind == Kind::Function
        && token.text(text).eq_ignore_ascii_case("supports(")
    {
        let end = closing(tokens, at)?;
        conditions.supports = Some(
            text[tokens[at].end..tokens[end].start]
                .trim_ascii()
                .to_owned(),
        );
        at = end + 1;
    }
    skip(&mut at);
    if let (Some(from), Some(to)) = (tokens.get(at), tokens.last()) {
        conditions.media = text[from.start..to.end].trim_ascii().to_owned();
    }
    let start = tree.start(item);
    let last = item.tokens.end.checked_sub(1)?;
    Some(Import {
        range: start..tree.tokens[last].end,
        address: address.into_owned(),
        conditions,
        late,
    })
}

/// `a.b`, without white space in it.
fn layer_name(tokens: &[super::token::Token], text: &str) -> Option<String> {
    let start = tokens.iter().position(|token| !token.is_blank())?;
    let end = tokens.iter().rposition(|token| !token.is_blank())? + 1;
    let named = &tokens[start..end];
    let fine = named
        .iter()
        .enumerate()
        .all(|(index, token)| match index % 2 {
            0 => token.kind == Kind::Ident,
            _ => token.kind == Kind::Delim(b'.'),
        });
    (fine && named.len() % 2 == 1)
        .then(|| text[named[0].start..named[named.len() - 1].end].to_owned())
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

    #[test]
    fn what_stands_in_an_imports_way() {
        for (before, late) in [
            ("@charset \"x\";@layer a,b;", false),
            ("@import 'b.css';", false),
            ("@import 'b.css';@layer a;", true),
            ("@layer a{}", true),
            (".a{}", true),
            ("a:hover,b>c{top:0}", true),
            (":::{top:0}", false),
            ("@unknown x;@unknown{.a{}}", false),
            ("@media print{}", true),
            ("@namespace 'x';", true),
            ("<!-- /* .a{} */ -->", false),
        ] {
            let found = imports(&format!("{before}@import 'a.css';"));
            assert_eq!(
                found.last().map(|import| import.late),
                Some(late),
                "{before}"
            );
        }
    }

    #[test]
    fn what_is_no_layer_is_a_query_that_never_applies() {
        for conditions in ["layer( )", "layer(a b)", "layer(a.)", "layer(a, b)"] {
            let found = imports(&format!("@import 'a.css' {conditions};"));
            let wanted = format!("@media {conditions}{{R}}");
            assert_eq!(found[0].conditions.wrap("R").replace('\n', ""), wanted);
            assert_eq!(
                found[0].conditions.import("a.css"),
                format!("@import \"a.css\" {conditions};\n")
            );
        }
    }
}
