//! A sheet's rules as entries of the cascade: for each longhand what is said, under which condition, for which
//! selector, in order.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::compact::{compact_head, compact_item};
use super::declared::{Declared, declared, hack};
use super::normal::{Entry, Ids, Key, Seen, id, id_of_pair};
use super::selector;
use super::shorthand::expand;
use super::token::Kind;
use super::tree::{Item, Tree, What};
use super::value::{parts, unprefixed, write};

/// What a sheet says, nothing left out.
pub(super) struct Said {
    pub longhands: Ids<Vec<Entry>>,
    /// How many entries more may be said; `None` if there were too many, so that some are missing.
    pub room: Option<usize>,
    /// The texts that the ids stand for, if they were asked for.
    pub names: Option<Ids<String>>,
}

/// So many entries are kept: rules of many selectors and declarations say one for each pair of them.
pub(super) const MOST: usize = 1 << 20;

/// What texts were found to mean. Most of them recur, in one sheet and in what becomes of it.
#[derive(Default)]
pub(super) struct Known {
    declarations: Ids<Rc<Sets>>,
    /// Lists of selectors, as written and without white space.
    lists: Ids<Rc<[u64]>>,
}

/// Reads some of a sheet's top-level items.
pub(super) fn read(tree: &Tree<'_>, items: &[Item], known: &mut Known) -> Said {
    said(tree, items, known, None)
}

/// The same with the names, which are for messages: the comparison does without them.
pub(super) fn read_named(tree: &Tree<'_>, items: &[Item]) -> Said {
    said(tree, items, &mut Known::default(), Some(Ids::default()))
}

fn said(tree: &Tree<'_>, items: &[Item], known: &mut Known, names: Option<Ids<String>>) -> Said {
    let mut reader = Reader {
        tree,
        said: Said {
            longhands: Ids::default(),
            room: Some(MOST),
            names,
        },
        known,
        layers: Seen::default(),
    };
    let top = reader.id("");
    reader.items(items, top, None);
    reader.said
}

struct Reader<'a, 't> {
    tree: &'a Tree<'t>,
    said: Said,
    known: &'a mut Known,
    /// Layers mentioned before.
    layers: Seen<u64>,
}

/// The style rule around.
#[derive(Clone, Copy)]
struct Around<'s> {
    selectors: &'s [u64],
    rule: usize,
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
    bare: u64,
    prefix: u8,
}

impl Reader<'_, '_> {
    fn id(&mut self, text: &str) -> u64 {
        let id = id(text);
        if let Some(names) = &mut self.said.names {
            names.entry(id).or_insert_with(|| text.to_owned());
        }
        id
    }

    /// Items under a condition: the at-rules around and, for nested rules, the selectors.
    fn items(&mut self, items: &[Item], condition: u64, around: Option<Around<'_>>) {
        for item in items {
            match &item.what {
                What::Declaration(colon) => {
                    if let Some(around) = around {
                        self.declaration(item, *colon, condition, around);
                    }
                }
                What::Junk if self.starred(item, condition, around) => {}
                What::Junk => {
                    let text = self.tree.text_of(&item.head).trim_ascii();
                    let selector = around.and_then(|around| around.selectors.first().copied());
                    let rule = around.map_or(item.tokens.start, |around| around.rule);
                    self.single("junk", text, condition, selector.unwrap_or(0), rule);
                }
                What::Unfinished => {}
                What::Rule => self.rule(item, condition, around),
                What::At(name) => self.at_rule(item, name, condition, around),
            }
        }
    }

    /// `*width: 1px` is a declaration of `width` to old engines.
    fn starred(&mut self, item: &Item, condition: u64, around: Option<Around<'_>>) -> bool {
        let tokens = &self.tree.tokens[item.head.clone()];
        let (Some(around), [mark, name, rest @ ..]) = (around, tokens) else {
            return false;
        };
        let colon = rest.iter().find(|token| !token.is_blank());
        let starred = matches!(mark.kind, Kind::Delim(_))
            && name.kind == Kind::Ident
            && colon.is_some_and(|token| token.kind == Kind::Colon);
        if starred {
            let text = self.tree.text_of(&item.head).trim_ascii();
            let name = name.text(self.tree.text).to_ascii_lowercase();
            let sets = self.sets(Declared {
                longhands: expand(&name, &[hack(text)]),
                important: false,
            });
            self.set(&sets, item, condition, around);
        }
        starred
    }

    fn rule(&mut self, item: &Item, condition: u64, around: Option<Around<'_>>) {
        let rule = around.map_or(item.tokens.start, |around| around.rule);
        let nested = around.is_some();
        let list = || selector::canonical(&compact_head(self.tree, item), nested);
        let key = |text: &str| id(text).wrapping_add(u64::from(nested));
        let written = key(self.tree.text_of(&item.head));
        let selectors = match self.known.lists.get(&written) {
            Some(known) => known.clone(),
            None => {
                let head = compact_head(self.tree, item);
                let compact = key(&head);
                let made = match self.known.lists.get(&compact) {
                    Some(known) => known.clone(),
                    None => {
                        let list = selector::canonical(&head, nested);
                        list.iter().map(|selector| self.id(selector)).collect()
                    }
                };
                self.known.lists.insert(compact, made.clone());
                self.known.lists.insert(written, made.clone());
                made
            }
        };
        let around = Around {
            selectors: &selectors,
            rule,
        };
        if item.children.iter().all(|child| child.block.is_none()) {
            return self.items(&item.children, condition, Some(around));
        }
        let below = self.id(&format!("{condition:x}\u{4}{}", list().join(",")));
        let and = [self.id("&")];
        let nested = Around {
            selectors: &and,
            rule,
        };
        for child in item.children.chunks(1) {
            if child[0].block.is_none() {
                self.items(child, condition, Some(around));
            } else {
                self.items(child, below, Some(nested));
            }
        }
    }

    fn at_rule(&mut self, item: &Item, name: &str, condition: u64, around: Option<Around<'_>>) {
        let rule = around.map_or(item.tokens.start, |around| around.rule);
        let head = selector::condition(name, &compact_head(self.tree, item));
        if item.block.is_some() && is_group(name) {
            let path = format!("{condition:x}\u{5}{name} {head}");
            let below = self.id(&path);
            if name == "layer" {
                self.layer(&path, condition, rule);
            }
            return self.items(&item.children, below, around);
        }
        match name {
            "layer" => {
                for layer in head.split(',') {
                    let path = format!("{condition:x}\u{5}layer {}", layer.trim_ascii());
                    self.layer(&path, condition, rule);
                }
                return;
            }
            // The text is no longer bytes.
            "charset" => return,
            _ => {}
        }
        let mut text = format!("{name} {head}");
        if item.block.is_some() {
            text.push('{');
            self.body(item, &mut text);
            text.push('}');
        }
        let plain = unprefixed(name);
        let selector = self.id(&format!("@{plain} {head}"));
        let slot = match plain {
            "import" | "namespace" => "@first".to_owned(),
            // Each name is a thing of its own.
            "keyframes" | "property" | "counter-style" => format!("@{plain} {head}"),
            _ => format!("@{name}"),
        };
        let bare = id(&text[name.len()..]);
        self.prefixed(&slot, &text, bare, (condition, selector), rule);
    }

    /// The first mention of a layer gives it its place.
    fn layer(&mut self, path: &str, condition: u64, rule: usize) {
        if self.layers.insert(id(path)) {
            self.single("@layer", path, condition, 0, rule);
        }
    }

    /// The block of an at-rule that counts as a whole: keyframes, font faces, the unknown.
    fn body(&self, item: &Item, out: &mut String) {
        if item.children.is_empty() {
            if let Some(block) = &item.block {
                out.push_str(&write(&parts(self.tree, "--", block.clone())));
            }
            return;
        }
        let mut longhands: BTreeMap<String, Vec<String>> = BTreeMap::new();
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
                        slot.push(longhand.value + mark);
                    }
                }
                What::Rule => {
                    let mut list: Vec<String> = selector::frames(&compact_head(self.tree, child));
                    list.sort();
                    let mut body = String::new();
                    self.body(child, &mut body);
                    let slot = format!("\u{4}{}", list.join(","));
                    longhands.entry(slot).or_default().push(body);
                }
                What::Unfinished => {}
                What::At(_) | What::Junk => {
                    let text = compact_item(self.tree, child);
                    longhands.entry("junk".to_owned()).or_default().push(text);
                }
            }
        }
        for (name, values) in longhands {
            for value in values {
                out.push_str(&name);
                out.push(':');
                out.push_str(&value);
                out.push(';');
            }
        }
    }

    /// What is no declaration.
    fn single(&mut self, slot: &str, text: &str, condition: u64, selector: u64, rule: usize) {
        let bare = self.id(text);
        self.prefixed(slot, text, bare, (condition, selector), rule);
    }

    /// The same with the id of what it is without its prefix.
    fn prefixed(&mut self, slot: &str, text: &str, bare: u64, place: (u64, u64), rule: usize) {
        let (condition, selector) = place;
        let key = Key {
            condition,
            selector,
            value: self.id(text),
            important: false,
        };
        let slot = self.id(slot);
        self.said.longhands.entry(slot).or_default().push(Entry {
            key,
            plain: false,
            rule,
            declaration: rule,
            bare,
            prefix: 0,
        });
    }

    fn declaration(&mut self, item: &Item, colon: usize, condition: u64, around: Around<'_>) {
        // White space at the ends of a value means nothing, and the engine leaves it out.
        let name = self.tree.tokens[item.head.start].text(self.tree.text);
        let value = self.tree.text_of(&(colon + 1..item.head.end)).trim_ascii();
        // What a custom property holds is read in another way where the sheet asks for it.
        let key = id_of_pair(name, value).wrapping_add(u64::from(self.tree.style_queries));
        let declared = match self.known.declarations.get(&key) {
            Some(known) => known.clone(),
            None => {
                let made = Rc::new(self.sets(declared(self.tree, item, colon)));
                self.known.declarations.insert(key, made.clone());
                made
            }
        };
        self.set(&declared, item, condition, around);
    }

    fn sets(&mut self, declared: Declared) -> Sets {
        let sets = declared.longhands.iter().map(|longhand| {
            let value = &longhand.value;
            let (prefix, bare) = value.split_once('\u{2}').unwrap_or(("", value));
            Set {
                longhand: self.id(&longhand.name),
                value: self.id(value),
                plain: longhand.plain,
                bare: id(bare),
                prefix: prefix.len() as u8,
            }
        });
        Sets {
            sets: sets.collect(),
            important: declared.important,
        }
    }

    fn set(&mut self, declared: &Sets, item: &Item, condition: u64, around: Around<'_>) {
        let many = declared.sets.len() * around.selectors.len();
        self.said.room = self.said.room.and_then(|room| room.checked_sub(many));
        if self.said.room.is_none() {
            return;
        }
        for set in &declared.sets {
            let entries = self.said.longhands.entry(set.longhand).or_default();
            entries.extend(around.selectors.iter().map(|selector| Entry {
                key: Key {
                    condition,
                    selector: *selector,
                    value: set.value,
                    important: declared.important,
                },
                plain: set.plain,
                rule: around.rule,
                declaration: item.tokens.start,
                bare: set.bare,
                prefix: set.prefix,
            }));
        }
    }
}

/// At-rules that put a condition on the rules inside.
pub(super) fn is_group(name: &str) -> bool {
    matches!(
        name,
        "media"
            | "supports"
            | "layer"
            | "container"
            | "scope"
            | "starting-style"
            | "-moz-document"
            | "document"
    )
}
