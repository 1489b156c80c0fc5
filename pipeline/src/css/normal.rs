//! A sheet as the cascade sees it: for each longhand the sequence of (condition, selector, value), with what
//! can never win left out. Two sheets with equal sequences style every page alike.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::compact::compact_head;
use super::selector;
use super::shorthand::expand;
use super::token::Kind;
use super::tree::{Item, Tree, What};
use super::value::{Part, parts, write};

/// One selector's value of one longhand.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    key: Key,
    /// Every engine takes it, so that it hides what the same selector said before.
    plain: bool,
    /// The place of the rule it came from: a token index.
    rule: usize,
    /// The prefix of the property; 0 for none.
    vendor: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
struct Key {
    condition: u64,
    selector: u64,
    value: u64,
    important: bool,
}

/// A text's hash stands for it: the sheets are then compared without sharing anything.
fn id(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A sheet as the cascade sees it.
pub(super) struct Normal {
    longhands: HashMap<u64, Vec<Entry>>,
    /// Every rule by the condition and selector it is for, those that can never win included.
    rules: HashMap<(u64, u64), Vec<usize>>,
}

impl Normal {
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let mut reader = Reader {
            tree,
            longhands: HashMap::new(),
            values: HashMap::new(),
        };
        let condition = id("");
        reader.items(&tree.items, condition, "", None);
        let mut longhands = reader.longhands;
        let mut rules: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
        for entry in longhands.values().flatten() {
            let list = rules
                .entry((entry.key.condition, entry.key.selector))
                .or_default();
            if list.last() != Some(&entry.rule) {
                list.push(entry.rule);
            }
        }
        for entries in longhands.values_mut() {
            remove_dead(entries);
            sort_runs(entries);
        }
        longhands.retain(|_, entries| !entries.is_empty());
        // `border` resets it, which means something only where it is ever set.
        let (image, none) = (id("border-image"), id("none"));
        if longhands
            .get(&image)
            .is_some_and(|entries| entries.iter().all(|entry| entry.key.value == none))
        {
            longhands.remove(&image);
        }
        Self { longhands, rules }
    }

    /// The rules of `self` (by token index) that `other` does not give the same meaning, or `None` if `other`
    /// says something that no rule here says.
    pub(super) fn differences(&self, other: &Self) -> HashSet<usize> {
        let mut rules = HashSet::new();
        let empty = Vec::new();
        let names: HashSet<&u64> = self
            .longhands
            .keys()
            .chain(other.longhands.keys())
            .collect();
        let mut foreign: HashSet<(u64, u64)> = HashSet::new();
        for name in names {
            let ours = self.longhands.get(name).unwrap_or(&empty);
            let theirs = other.longhands.get(name).unwrap_or(&empty);
            if ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| a.key == b.key) {
                continue;
            }
            let mut counts: HashMap<Key, i64> = HashMap::new();
            for entry in ours {
                *counts.entry(entry.key).or_default() += 1;
            }
            for entry in theirs {
                *counts.entry(entry.key).or_default() -= 1;
            }
            let mut found = false;
            for entry in ours {
                if counts.get(&entry.key).is_some_and(|count| *count > 0) {
                    rules.insert(entry.rule);
                    found = true;
                }
            }
            for entry in theirs {
                if counts.get(&entry.key).is_some_and(|count| *count < 0) {
                    foreign.insert((entry.key.condition, entry.key.selector));
                    found = true;
                }
            }
            if !found {
                // The same entries in another order.
                let differ = |(a, b): &(&Entry, &Entry)| a.key != b.key;
                for (entry, _) in ours.iter().zip(theirs).filter(differ) {
                    rules.insert(entry.rule);
                }
            }
        }
        for place in foreign {
            rules.extend(self.rules.get(&place).into_iter().flatten());
        }
        rules
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.longhands.len() == other.longhands.len()
            && self.longhands.iter().all(|(name, ours)| {
                other.longhands.get(name).is_some_and(|theirs| {
                    ours.len() == theirs.len()
                        && ours.iter().zip(theirs).all(|(a, b)| a.key == b.key)
                })
            })
    }
}

/// An entry is dead when the same selector says the same longhand again, later and surely.
fn remove_dead(entries: &mut Vec<Entry>) {
    let mut surely: HashSet<(u64, u64, bool)> = HashSet::new();
    let mut again: HashSet<Key> = HashSet::new();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries.drain(..).rev() {
        let place = (entry.key.condition, entry.key.selector, entry.key.important);
        if surely.contains(&place) || again.contains(&entry.key) {
            continue;
        }
        if entry.plain {
            surely.insert(place);
        }
        again.insert(entry.key);
        kept.push(entry);
    }
    kept.reverse();
    *entries = kept;
}

/// Neighbours that say the same under the same condition may stand in any order.
fn sort_runs(entries: &mut [Entry]) {
    let like = |a: &Entry, b: &Entry| {
        a.key.condition == b.key.condition
            && a.key.value == b.key.value
            && a.key.important == b.key.important
    };
    // No engine knows the prefixes of two others.
    let mut sorted = false;
    while !sorted {
        sorted = true;
        for at in 1..entries.len() {
            let (a, b) = (&entries[at - 1], &entries[at]);
            let same = a.key.condition == b.key.condition && a.key.selector == b.key.selector;
            if same && a.vendor > b.vendor && b.vendor != 0 {
                entries.swap(at - 1, at);
                sorted = false;
            }
        }
    }
    for run in entries.chunk_by_mut(like) {
        run.sort_by_key(|entry| entry.key);
    }
}

struct Reader<'a, 't> {
    tree: &'a Tree<'t>,
    longhands: HashMap<u64, Vec<Entry>>,
    /// Declarations seen before, by their text.
    values: HashMap<&'t str, std::rc::Rc<Sets>>,
}

/// A declaration ready for many selectors.
struct Sets {
    sets: Vec<Set>,
    important: bool,
}

struct Set {
    longhand: u64,
    value: u64,
    plain: bool,
    vendor: u8,
}

impl Sets {
    fn of(declared: Declared) -> Self {
        Self {
            sets: declared
                .longhands
                .iter()
                .map(|longhand| Set {
                    longhand: id(&longhand.name),
                    value: id(&longhand.value),
                    plain: longhand.plain,
                    vendor: vendor(&longhand.value),
                })
                .collect(),
            important: declared.important,
        }
    }
}

struct Declared {
    longhands: Vec<super::shorthand::Longhand>,
    important: bool,
}

impl<'t> Reader<'_, 't> {
    fn add(&mut self, longhand: u64, entry: Entry) {
        self.longhands.entry(longhand).or_default().push(entry);
    }

    /// `selectors` are those of the style rule around, if any.
    fn items(
        &mut self,
        items: &[Item],
        condition: u64,
        path: &str,
        selectors: Option<(&[u64], usize)>,
    ) {
        for item in items {
            match &item.what {
                What::Declaration(colon) => {
                    if let Some((selectors, rule)) = selectors {
                        self.declaration(item, *colon, condition, selectors, rule);
                    }
                }
                What::Junk => {
                    let rule = selectors.map_or(item.tokens.start, |(_, rule)| rule);
                    let text = self.tree.text_of(&item.head).trim().to_owned();
                    let selector = selectors.and_then(|(s, _)| s.first().copied()).unwrap_or(0);
                    self.single("junk", text, condition, selector, rule);
                }
                What::Unfinished => {}
                What::Rule => {
                    let rule = selectors.map_or(item.tokens.start, |(_, rule)| rule);
                    let list = selector::canonical(&compact_head(self.tree, item));
                    let whole = list.join(",");
                    let ids: Vec<u64> = list.iter().map(|selector| id(selector)).collect();
                    let nested = item.children.iter().any(|child| child.block.is_some());
                    if nested {
                        let inner = format!("{path}\u{4}{whole}");
                        let (plain, others): (Vec<_>, Vec<_>) = item
                            .children
                            .iter()
                            .partition(|child| child.block.is_none());
                        let _ = (plain, others);
                        for child in &item.children {
                            let child = std::slice::from_ref(child);
                            if child[0].block.is_none() {
                                self.items(child, condition, path, Some((&ids, rule)));
                            } else {
                                let below = id(&inner);
                                let and = id("&");
                                self.items(child, below, &inner, Some((&[and], rule)));
                            }
                        }
                    } else {
                        self.items(&item.children, condition, path, Some((&ids, rule)));
                    }
                }
                What::At(name) => self.at_rule(item, name, condition, path, selectors),
            }
        }
    }

    fn at_rule(
        &mut self,
        item: &Item,
        name: &str,
        condition: u64,
        path: &str,
        selectors: Option<(&[u64], usize)>,
    ) {
        let rule = selectors.map_or(item.tokens.start, |(_, rule)| rule);
        let head = selector::condition(name, &compact_head(self.tree, item));
        let group = item.block.is_some()
            && matches!(
                name,
                "media"
                    | "supports"
                    | "layer"
                    | "container"
                    | "scope"
                    | "starting-style"
                    | "-moz-document"
                    | "document"
            );
        if group {
            let inner = format!("{path}\u{5}{name} {head}");
            let below = id(&inner);
            if name == "layer" {
                self.single("@layer", inner.clone(), condition, 0, rule);
            }
            self.items(&item.children, below, &inner, selectors);
            return;
        }
        let mut text = format!("{name} {head}");
        if item.block.is_some() {
            text.push('{');
            self.body(item, &mut text);
            text.push('}');
        }
        if name == "layer" {
            for layer in head.split(',') {
                let inner = format!("{path}\u{5}layer {}", layer.trim());
                self.single("@layer", inner, condition, 0, rule);
            }
            return;
        }
        if name == "charset" {
            // The text is no longer bytes.
            return;
        }
        let slot = match name {
            "import" | "namespace" => "@first".to_owned(),
            _ => format!("@{name}"),
        };
        let selector = id(&format!("@{name} {head}"));
        self.single(&slot, text, condition, selector, rule);
    }

    /// The block of an at-rule that counts as a whole: keyframes, font faces, the unknown.
    fn body(&self, item: &Item, out: &mut String) {
        if item.children.is_empty() {
            if let Some(block) = &item.block {
                out.push_str(&write(&parts(self.tree, "--", block.clone())));
            }
            return;
        }
        let mut longhands: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
        for child in &item.children {
            match &child.what {
                What::Declaration(colon) => {
                    let declared = declared(self.tree, child, *colon);
                    for longhand in declared.longhands {
                        let slot = longhands.entry(longhand.name).or_default();
                        // A font face's sources fall back on one another.
                        if longhand.plain && item.what != What::At("font-face".to_owned()) {
                            slot.clear();
                        }
                        let mark = if declared.important { "!" } else { "" };
                        slot.push((format!("{}{mark}", longhand.value), longhand.plain));
                    }
                }
                What::Rule => {
                    let mut list: Vec<String> = selector::frames(&compact_head(self.tree, child));
                    list.sort();
                    let mut body = String::new();
                    self.body(child, &mut body);
                    longhands
                        .entry(format!("\u{4}{}", list.join(",")))
                        .or_default()
                        .push((body, false));
                }
                _ => {
                    let text = self.tree.text_of(&child.tokens).trim().to_owned();
                    longhands
                        .entry("junk".to_owned())
                        .or_default()
                        .push((text, false));
                }
            }
        }
        for (name, values) in longhands {
            for (value, _) in values {
                out.push_str(&name);
                out.push(':');
                out.push_str(&value);
                out.push(';');
            }
        }
    }

    fn single(&mut self, longhand: &str, text: String, condition: u64, selector: u64, rule: usize) {
        let value = id(&text);
        let key = Key {
            condition,
            selector,
            value,
            important: false,
        };
        let entry = Entry {
            key,
            plain: false,
            rule,
            vendor: 0,
        };
        if longhand == "@layer" {
            // The first mention counts.
            let known = self.longhands.get(&id(longhand));
            if known.is_some_and(|entries| entries.iter().any(|entry| entry.key == key)) {
                return;
            }
        }
        self.add(id(longhand), entry);
    }

    fn declaration(
        &mut self,
        item: &Item,
        colon: usize,
        condition: u64,
        selectors: &[u64],
        rule: usize,
    ) {
        let text = self.tree.text_of(&item.head);
        let declared = match self.values.get(text) {
            Some(known) => known.clone(),
            None => {
                let made = std::rc::Rc::new(Sets::of(declared(self.tree, item, colon)));
                self.values.insert(text, made.clone());
                made
            }
        };
        for set in &declared.sets {
            for selector in selectors {
                let key = Key {
                    condition,
                    selector: *selector,
                    value: set.value,
                    important: declared.important,
                };
                self.add(
                    set.longhand,
                    Entry {
                        key,
                        plain: set.plain,
                        rule,
                        vendor: set.vendor,
                    },
                );
            }
        }
    }
}

fn vendor(value: &str) -> u8 {
    match value.split_once('\u{2}') {
        Some((prefix, _)) => prefix.as_bytes().get(1).copied().unwrap_or(0),
        None => 0,
    }
}

fn declared(tree: &Tree<'_>, item: &Item, colon: usize) -> Declared {
    let written = super::token::unescape(tree.tokens[item.head.start].text(tree.text));
    let name = if written.starts_with("--") {
        written
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
    let hack = tree.tokens[colon + 1..item.head.end].iter().any(|token| {
        matches!(token.kind, Kind::Ident | Kind::Dimension | Kind::Delim(_))
            && token.text(tree.text).contains('\\')
    });
    if hack {
        let text = tree.text_of(&(colon + 1..item.head.end)).trim();
        list = vec![Part {
            text: format!("\u{6}{text}"),
            space: false,
            plain: false,
        }];
    }
    Declared {
        longhands: expand(&name, &list),
        important,
    }
}
