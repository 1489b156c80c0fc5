//! What stylesheets do to the standing of elements: which rules can put a block into a line, keep white space, or add
//! text. Read without the cascade: a rule counts if it can match, whatever overrides it.

use std::collections::{BTreeMap, BTreeSet};

use super::show::{Element, Value};

/// What is known of the stylesheets that pages are shown with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Styles {
    /// Whether pages also use stylesheets that were not read.
    pub(crate) unseen: bool,
    /// Elements that a rule shows in a line (`display: inline-block`, `contents` …).
    pub(crate) inline: Selected,
    /// Elements in which a rule keeps white space (`white-space: pre-wrap`).
    pub(crate) exact: Selected,
    /// Elements to which a rule adds text (`li::before { content: "/" }`).
    pub(crate) generated: Selected,
    /// Attributes that a rule selects by.
    pub(crate) attributes: BTreeSet<String>,
}

/// The elements that some rules select.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selected {
    by_class: BTreeMap<String, BTreeSet<Compound>>,
    by_name: BTreeMap<String, BTreeSet<Compound>>,
    others: BTreeSet<Compound>,
}

impl Selected {
    fn add(&mut self, compound: &Compound) {
        let set = match (compound.classes.first(), &compound.name) {
            (Some(class), _) => self.by_class.entry(class.clone()).or_default(),
            (None, Some(name)) => self.by_name.entry(name.clone()).or_default(),
            (None, None) => &mut self.others,
        };
        set.insert(compound.clone());
    }

    fn extend(&mut self, more: Self) {
        for (class, compounds) in more.by_class {
            self.by_class.entry(class).or_default().extend(compounds);
        }
        for (name, compounds) in more.by_name {
            self.by_name.entry(name).or_default().extend(compounds);
        }
        self.others.extend(more.others);
    }

    /// Whether the element can be one of them. `open`: also by a class that comes at run time.
    pub(crate) fn can_hold(&self, element: &impl Element, open: bool) -> bool {
        // Most sets are empty, and each element is asked about.
        if self.by_class.is_empty() && self.by_name.is_empty() && self.others.is_empty() {
            return false;
        }
        let any =
            |set: &BTreeSet<Compound>| set.iter().any(|compound| compound.can_match(element, open));
        let by_class = match element.attribute("class") {
            Value::Absent => false,
            Value::Open(_) if open => self.by_class.values().any(any),
            Value::Known(value) | Value::Open(value) => {
                value.split_ascii_whitespace().any(|class| {
                    self.by_class
                        .get(class.to_ascii_lowercase().as_str())
                        .is_some_and(any)
                })
            }
        };
        by_class || self.by_name.get(element.name()).is_some_and(any) || any(&self.others)
    }
}

/// The last part of a selector, `li.item[hidden]` of `ul > li.item[hidden]:hover`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Compound {
    name: Option<String>,
    classes: Vec<String>,
    id: Option<String>,
    attributes: Vec<String>,
}

impl Compound {
    /// Whether the element can be one that this selects. `open`: also by a class that comes at run time.
    fn can_match(&self, element: &impl Element, open: bool) -> bool {
        let word = |name: &str, word: &str| match element.attribute(name) {
            Value::Absent => false,
            Value::Known(value) => value
                .split_ascii_whitespace()
                .any(|given| given.eq_ignore_ascii_case(word)),
            Value::Open(value) => {
                open || value
                    .split_ascii_whitespace()
                    .any(|given| given.eq_ignore_ascii_case(word))
            }
        };
        self.name
            .as_deref()
            .is_none_or(|name| name.eq_ignore_ascii_case(element.name()))
            && self.classes.iter().all(|class| word("class", class))
            && self.id.iter().all(|id| word("id", id))
            && self
                .attributes
                .iter()
                .all(|name| element.attribute(name) != Value::Absent)
    }
}

/// Whether a declaration can put a block into a line.
pub(crate) fn shows_inline(name: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| value.contains(word));
    match name.to_ascii_lowercase().as_str() {
        "display" => any(&[
            "inline", "contents", "ruby", "run-in", "initial", "unset", "inherit", "var(", "env(",
        ]),
        "all" => any(&["initial", "unset", "inherit"]),
        _ => false,
    }
}

/// Whether a declaration keeps white space.
pub(crate) fn shows_space(name: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    match name.to_ascii_lowercase().as_str() {
        "white-space" => ["pre", "break-spaces", "var("]
            .iter()
            .any(|word| value.contains(word)),
        "white-space-collapse" => !value.starts_with("collapse"),
        _ => false,
    }
}

/// The declarations of a block, names and values trimmed; nested rules left out.
pub(crate) fn declarations(block: &str) -> impl Iterator<Item = (&str, &str)> {
    Split::new(block, b';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        Some((name.trim(), value.trim()))
    })
}

impl Styles {
    /// Adds a stylesheet. What cannot be read in it is passed over, as a browser does.
    pub(crate) fn add(&mut self, css: &str) {
        let css = without_comments(css);
        self.rules(&css, &[]);
    }

    /// Both together.
    pub(crate) fn and(mut self, more: Self) -> Self {
        self.unseen |= more.unseen;
        self.inline.extend(more.inline);
        self.exact.extend(more.exact);
        self.generated.extend(more.generated);
        self.attributes.extend(more.attributes);
        self
    }

    /// `parents`: the selectors that `&` stands for.
    fn rules(&mut self, css: &str, parents: &[Compound]) {
        let mut rest = css;
        while let Some(open) = find(rest, b"{;") {
            if rest.as_bytes()[open] == b';' {
                rest = &rest[open + 1..];
                continue;
            }
            let prelude = rest[..open].trim();
            let body = &rest[open + 1..];
            let end = find(body, b"}").unwrap_or(body.len());
            let block = &body[..end];
            match prelude.strip_prefix('@') {
                Some(at) if at.starts_with("font-face") || at.contains("keyframes") => {}
                // Conditions and layers: what they hold may apply.
                Some(_) => {
                    self.block(block, parents, false);
                    self.rules(block, parents);
                }
                None => self.rule(prelude, block, parents),
            }
            rest = body.get(end + 1..).unwrap_or("");
        }
    }

    fn rule(&mut self, selectors: &str, block: &str, parents: &[Compound]) {
        if !may_say_something(block) {
            return self.note_attributes(selectors);
        }
        let mut subjects = Vec::new();
        let mut pseudo = Vec::new();
        for selector in Split::new(selectors, b',') {
            self.note_attributes(selector);
            match subject(selector, parents) {
                (compound, false) => subjects.extend(compound),
                (compound, true) => pseudo.extend(compound),
            }
        }
        self.block(block, &pseudo, true);
        self.block(block, &subjects, false);
        self.rules(block, &subjects);
    }

    fn block(&mut self, block: &str, subjects: &[Compound], pseudo: bool) {
        if subjects.is_empty() {
            return;
        }
        let mut generated = false;
        let mut apart = false;
        for (name, value) in declarations(block) {
            if pseudo {
                generated |=
                    name.eq_ignore_ascii_case("content") && !matches!(value, "none" | "normal");
                apart |= stands_apart(name, value);
            } else if shows_inline(name, value) {
                subjects.iter().for_each(|subject| self.inline.add(subject));
            } else if shows_space(name, value) {
                subjects.iter().for_each(|subject| self.exact.add(subject));
            }
        }
        if generated && !apart {
            subjects
                .iter()
                .for_each(|subject| self.generated.add(subject));
        }
    }

    fn note_attributes(&mut self, selector: &str) {
        for part in selector.split('[').skip(1) {
            self.attributes
                .insert(word(part.trim_start()).to_ascii_lowercase());
        }
    }
}

/// Whether a block can hold a declaration that counts, or another rule. Most do not.
fn may_say_something(block: &str) -> bool {
    let counts = |declaration: &str| {
        let name = declaration.trim_ascii_start().as_bytes();
        ["all", "content", "display", "white-space"]
            .iter()
            .any(|word| {
                name.get(..word.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
            })
    };
    block.contains(['{', '\\']) || block.split(';').any(counts)
}

/// Whether generated content leaves the line.
fn stands_apart(name: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    match name.to_ascii_lowercase().as_str() {
        "display" => !shows_inline(name, &value),
        "position" => value.starts_with("absolute") || value.starts_with("fixed"),
        "float" => value.starts_with("left") || value.starts_with("right"),
        _ => false,
    }
}

/// What the last part of a selector selects, and whether it is text that the stylesheet adds to it.
fn subject(selector: &str, parents: &[Compound]) -> (Vec<Compound>, bool) {
    let selector = selector.trim();
    let mut at = 0;
    let mut start = 0;
    while let Some(found) = find(&selector[at..], b" \t\n\r\x0c>+~") {
        at += found + 1;
        start = at;
    }
    let mut rest = &selector[start..];
    let mut compound = Compound::default();
    let mut own = false;
    let mut nested = false;
    while let Some(first) = rest.chars().next() {
        let tail = &rest[first.len_utf8()..];
        match first {
            '.' | '#' => {
                let name = word(tail);
                match first {
                    '.' => compound.classes.push(name.to_ascii_lowercase()),
                    _ => compound.id = Some(name.to_owned()),
                }
                rest = &tail[name.len()..];
            }
            '[' => {
                let name = word(tail.trim_start());
                compound.attributes.push(name.to_ascii_lowercase());
                rest = tail.split_once(']').map_or("", |(_, rest)| rest);
            }
            ':' => {
                let name = word(tail.trim_start_matches(':'));
                match name {
                    "before" | "after" | "marker" => own = true,
                    // No element of the page.
                    "root" | "host" => return (Vec::new(), false),
                    _ if tail.starts_with(':') => return (Vec::new(), false),
                    _ => {}
                }
                rest = &tail.trim_start_matches(':')[name.len()..];
                if let Some(inner) = rest.strip_prefix('(') {
                    rest = inner
                        .get(find(inner, b")").map_or(inner.len(), |end| end + 1)..)
                        .unwrap_or("");
                }
            }
            '&' => {
                nested = true;
                rest = tail;
            }
            '*' => rest = tail,
            _ => {
                let name = word(rest);
                if !name.is_empty() {
                    compound.name = Some(name.to_ascii_lowercase());
                }
                rest = &rest[name.len().max(first.len_utf8())..];
            }
        }
    }
    if nested && compound == Compound::default() {
        return (parents.to_vec(), own);
    }
    (vec![compound], own)
}

fn word(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let part = escaped || c.is_alphanumeric() || matches!(c, '-' | '_' | '\\') || !c.is_ascii();
        escaped = c == '\\' && !escaped;
        !part
    });
    &text[..end.unwrap_or(text.len())]
}

/// The first of `wanted` outside of strings and brackets.
fn find(text: &str, wanted: &[u8]) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        // Most bytes are those of words.
        at += bytes[at..]
            .iter()
            .position(|byte| SPECIAL[usize::from(*byte)])?;
        let byte = bytes[at];
        if depth == 0 && wanted.contains(&byte) {
            return Some(at);
        }
        match byte {
            b'\\' => at += 1,
            b'"' | b'\'' => {
                at += 1;
                while at < bytes.len() && bytes[at] != byte {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = (at + 1).min(bytes.len());
    }
}

/// What [`find`] looks for, and what it goes over as a whole.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut bytes: &[u8] = b"\\\"'()[]{};,: \t\n\r\x0c>+~";
    while let [byte, rest @ ..] = bytes {
        special[*byte as usize] = true;
        bytes = rest;
    }
    special
};

/// The parts of a text between separators that stand outside of strings and brackets.
struct Split<'a> {
    rest: Option<&'a str>,
    by: u8,
}

impl<'a> Split<'a> {
    fn new(text: &'a str, by: u8) -> Self {
        Self {
            rest: Some(text),
            by,
        }
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        match find(rest, &[self.by]) {
            Some(end) => {
                self.rest = Some(&rest[end + 1..]);
                Some(&rest[..end])
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        out.push(' ');
        rest = rest[start + 2..]
            .split_once("*/")
            .map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}
