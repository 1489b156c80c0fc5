//! What the engine does not get to see: it reads placeholders, and what they stand for is put back, white space
//! apart, in what it prints.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::compact::{compact_item, compact_printed};
use super::differ::Difference;
use super::digits::Digits;
use super::engine;
use super::selector::is_known_pseudo;
use super::token::{Kind, Token};
use super::tree::{Item, Tree, What};

/// What is hidden of a sheet. Everything is named by its first token.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Hidden {
    /// Rules, at-rules and declarations.
    items: FxHashSet<usize>,
    /// Rules whose newer pseudo-classes and elements get names that the engine does not know either.
    selectors: FxHashSet<usize>,
    /// The rules that are left as written.
    pub rules: BTreeSet<usize>,
}

impl Hidden {
    /// What the engine is known to lose of some items.
    pub(super) fn hazards(tree: &Tree<'_>, items: &[Item]) -> Self {
        let mut hidden = Self::default();
        hidden.hazards_of(tree, items);
        hidden
    }

    fn hazards_of(&mut self, tree: &Tree<'_>, items: &[Item]) {
        let fallbacks: FxHashSet<&str> = items
            .iter()
            .filter_map(|item| fallback(tree, item))
            .collect();
        for item in items {
            let hazard = match item.what {
                What::Declaration(_)
                    if fallbacks.contains(tree.tokens[item.head.start].text(tree.text)) =>
                {
                    true
                }
                What::Junk => true,
                What::Declaration(colon) => is_hazard(tree, item, colon),
                _ => false,
            };
            if hazard {
                self.items.insert(item.tokens.start);
            }
            self.hazards_of(tree, &item.children);
        }
    }

    /// Hides what differs, a little more each time that the same rule comes back. `false` if there is no more.
    pub(super) fn add(&mut self, tree: &Tree<'_>, difference: &Difference) -> bool {
        let rule = difference.rule;
        if self.items.contains(&rule) {
            let behind = tree.items.partition_point(|item| item.tokens.start <= rule);
            let top = behind.checked_sub(1).map(|at| &tree.items[at]);
            return top.is_some_and(|item| {
                self.rules.insert(item.tokens.start);
                self.items.insert(item.tokens.start)
            });
        }
        if difference.selector && self.selectors.insert(rule) {
            return true;
        }
        let before = self.items.len();
        self.items.extend(&difference.declarations);
        if self.items.len() == before {
            self.rules.insert(rule);
            self.items.insert(rule);
        }
        true
    }
}

/// A sheet and what is needed to hide some of it.
pub(super) struct Sheet<'a, 't> {
    pub tree: &'a Tree<'t>,
    digits: Digits<'t>,
    /// Begins the names of placeholders: the sheet does not use it.
    mark: String,
}

impl<'a, 't> Sheet<'a, 't> {
    pub(super) fn of(tree: &'a Tree<'t>) -> Self {
        let mut mark = "-crushed-".to_owned();
        while tree.text.contains(&mark) {
            mark.insert(1, 'x');
        }
        Self {
            tree,
            digits: Digits::of(tree),
            mark,
        }
    }

    /// What the engine makes of some top-level items, with what is hidden put back.
    pub(super) fn minified(&self, items: &[Item], hidden: &Hidden) -> Option<String> {
        let tree = self.tree;
        let start = items.first().map_or(0, |first| tree.start(first));
        let end = items.last().map_or(0, |last| tree.end(last));
        let mut mask = Mask {
            tree,
            hidden,
            mark: &self.mark,
            out: String::with_capacity(end - start),
            copied: start,
            forms: Vec::new(),
            numbers: FxHashMap::default(),
        };
        mask.items(items, false);
        mask.out.push_str(&tree.text[mask.copied..end]);
        let printed = engine::minify(&mask.out)?;
        let printed = compact_printed(&Tree::parse(&printed).ok()?, &self.digits);
        mask.unmasked(&printed)
    }
}

/// A declaration that the engine would lose, or take for another one.
fn is_hazard(tree: &Tree<'_>, item: &Item, colon: usize) -> bool {
    let name = tree.tokens[item.head.start].text(tree.text);
    // The flexible boxes of Explorer 10, and twins that it makes one of.
    let lost = name.starts_with("-ms-flex") || name == "-ms-text-size-adjust";
    lost || tree.tokens[colon + 1..item.head.end]
        .iter()
        .any(|token| match token.kind {
            // A value for old engines only, such as `red\9`.
            Kind::Ident | Kind::Dimension => token.text(tree.text).contains('\\'),
            _ => false,
        })
}

/// The property of a declaration whose value is a keyword of one engine: the engine would keep the last of those
/// that fall back on one another.
fn fallback<'t>(tree: &Tree<'t>, item: &Item) -> Option<&'t str> {
    let What::Declaration(colon) = item.what else {
        return None;
    };
    let name = tree.tokens[item.head.start].text(tree.text);
    let mut value = tree.tokens[colon + 1..item.head.end]
        .iter()
        .filter(|token| !token.is_blank());
    let first = value.next()?;
    let keyword = first.kind == Kind::Ident && first.text(tree.text).starts_with('-');
    let size = name.ends_with("width") || name.ends_with("height");
    (keyword && size).then_some(name)
}

struct Mask<'a> {
    tree: &'a Tree<'a>,
    hidden: &'a Hidden,
    mark: &'a str,
    out: String,
    /// Up to here the text is written.
    copied: usize,
    /// What the numbers of the placeholders stand for.
    forms: Vec<String>,
    numbers: FxHashMap<String, usize>,
}

impl Mask<'_> {
    /// `newer`: whether newer pseudo-classes are hidden here.
    fn items(&mut self, items: &[Item], newer: bool) {
        for item in items {
            let newer = newer || self.hidden.selectors.contains(&item.tokens.start);
            if self.hidden.items.contains(&item.tokens.start) {
                self.item(item);
                continue;
            }
            match item.what {
                What::Rule => self.selector(item, newer),
                What::Declaration(colon) => self.doubles(item, colon),
                _ => {}
            }
            self.items(&item.children, newer);
        }
    }

    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.out.push_str(&self.tree.text[self.copied..start]);
        self.out.push_str(with);
        self.copied = end;
    }

    fn item(&mut self, item: &Item) {
        let form = compact_item(self.tree, item);
        let important = form.ends_with("!important");
        let number = *self.numbers.entry(form).or_insert_with_key(|form| {
            self.forms.push(form.clone());
            self.forms.len() - 1
        });
        let mark = self.mark;
        let declaration = matches!(item.what, What::Declaration(_) | What::Junk);
        let placeholder = match (declaration, important) {
            (true, true) => format!("{mark}{number}:0!important;"),
            (true, false) => format!("{mark}{number}:0;"),
            _ => format!("@{mark}{number};"),
        };
        let end = self.tree.end(item);
        self.replace(self.tree.start(item), end, &placeholder);
    }

    /// Gives pseudo-classes and elements of one vendor names that the engine passes through.
    fn selector(&mut self, rule: &Item, newer: bool) {
        let tree = self.tree;
        for at in rule.head.clone().skip(1) {
            let token = &tree.tokens[at];
            let name = token.text(tree.text);
            let pseudo = tree.tokens[at - 1].kind == Kind::Colon
                && matches!(token.kind, Kind::Ident | Kind::Function)
                && !name.contains('\\');
            let vendor = name.starts_with('-')
                && token.kind == Kind::Ident
                && !name.starts_with("-webkit-scrollbar");
            if pseudo && (vendor || (newer && !is_known_pseudo(name))) {
                let masked = format!("{}{name}", self.mark);
                self.replace(token.start, token.end, &masked);
            }
        }
    }

    /// The second of two equal generic families, which the engine would drop. The pair is a way of saying
    /// "monospace, at the size of the text around it".
    fn doubles(&mut self, item: &Item, colon: usize) {
        let tree = self.tree;
        let is = |token: &Token| {
            token.kind == Kind::Ident && token.text(tree.text).eq_ignore_ascii_case("monospace")
        };
        let tokens = &tree.tokens[colon + 1..item.head.end];
        let mut before = None;
        for token in tokens.iter().filter(|token| !token.is_blank()) {
            match token.kind {
                Kind::Comma => continue,
                _ if is(token) && before == Some(true) => {
                    let masked = format!("{}monospace", self.mark);
                    self.replace(token.start, token.end, &masked);
                }
                _ => {}
            }
            before = Some(is(token));
        }
    }

    /// What was masked, put back.
    fn unmasked(&self, printed: &str) -> Option<String> {
        let mut out = String::with_capacity(printed.len());
        let mut rest = printed;
        while let Some(at) = rest.find(self.mark) {
            let behind = &rest[at + self.mark.len()..];
            let end = behind
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(behind.len());
            out.push_str(&rest[..at]);
            rest = behind;
            if let Ok(number) = behind[..end].parse::<usize>() {
                let form = self.forms.get(number)?;
                rest = &behind[end..];
                match rest.strip_prefix(":0") {
                    Some(declared) => {
                        rest = declared.strip_prefix("!important").unwrap_or(declared);
                    }
                    None => {
                        rest = rest.strip_prefix(';')?;
                        out.pop();
                    }
                }
                out.push_str(form);
            }
        }
        out.push_str(rest);
        Some(out)
    }
}
