use std::collections::BTreeSet;
use std::sync::Arc;

use crushed_manifest::{AssetPath, Markup, content_type, percent_encode};
use serde_json::{Map, Value};

use super::name::Modules;
use super::resolve::{Member, To, World, json_fault, page_address};
use crate::diagnostic::{Diagnostic, ErrorKind, SourceText};
use crate::digest::integrity;
use crate::fault::Fault;
use crate::js::Goal;
use crate::reference::{Target, target};
use crate::tags::{Attributes, push_attributes, push_prefixed};
use crate::template::compress::{has_scheme, position};
use crate::transform::PREFIX;

/// A `<script type=importmap>` of a block. What it maps to sources is mapped to their assets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ImportMap {
    pub(crate) text: String,
    /// Where each stretch of the text begins, in the text and in the template.
    pub(crate) origin: Vec<(usize, usize)>,
    pub(crate) template: Arc<SourceText>,
    pub(crate) attributes: Attributes,
}

/// Bare specifiers and the addresses behind the prefix that they are mapped to.
type Below = Vec<(String, String)>;

/// How the parts of a map are written anew.
struct Rewrite<'a> {
    /// The address behind the prefix for one that names a source.
    name: &'a dyn Fn(&str) -> Option<String>,
    /// What is mapped besides, for a key and an address that end in `/`.
    below: &'a dyn Fn(&str, &str) -> Below,
    /// The integrity of what an address names.
    integrity: &'a dyn Fn(&str) -> Option<String>,
    static_url: &'a str,
}

impl ImportMap {
    /// What makes the map differ from others.
    pub(crate) fn shown(&self) -> String {
        format!("map {:?} {:?}\n", self.text, self.attributes)
    }

    /// What the map leads to: all that its addresses name, and of what lies below a directory that which some script
    /// asks for by a literal.
    pub(super) fn targets(
        &self,
        bare: &BTreeSet<String>,
        world: World<'_>,
    ) -> Result<Vec<To>, Box<Diagnostic>> {
        let map = self.parse()?;
        let mut targets = Vec::new();
        for (key, value) in imports(&map) {
            let Some(address) = value.as_str() else {
                continue;
            };
            if address.ends_with('/') {
                let below = below(key, address, bare, world).into_iter();
                targets.extend(below.map(|(_, to, _)| to));
                continue;
            }
            for address in [address, key] {
                match look(address, world) {
                    Target::Source(path, _) => targets.push(to(path)),
                    Target::Missing(message, help) => {
                        let at = self
                            .text
                            .find(&format!("\"{address}\""))
                            .unwrap_or_default();
                        let mut error = self.fault(Fault::new(at, message)).maybe_help(help);
                        error.kind = ErrorKind::Reference;
                        return Err(Box::new(error));
                    }
                    Target::Keep => {}
                }
            }
        }
        Ok(targets)
    }

    /// The element with sources mapped to their assets.
    pub(crate) fn compiled(&self, modules: &Modules<'_>, world: World<'_>) -> Markup {
        let find = |address: &str| match look(address, world) {
            Target::Source(path, suffix) => Some((to(path), suffix)),
            _ => None,
        };
        let name = |to: &To, suffix: &str| percent_encode(modules.asset(to).as_str()) + suffix;
        self.markup(&Rewrite {
            name: &|address| find(address).map(|(to, suffix)| name(&to, &suffix)),
            below: &|key, address| {
                let below = below(key, address, &modules.graph.bare, world).into_iter();
                below
                    .map(|(bare, to, suffix)| (bare, name(&to, &suffix)))
                    .collect()
            },
            integrity: &|address| match find(address)?.0 {
                To::Script(member) => {
                    let shipped = modules.named.get(&member)?;
                    Some(integrity(shipped.text.as_bytes()))
                }
                To::File(_) => None,
            },
            static_url: world.static_url,
        })
    }

    /// The element with sources behind the prefix: what the page gets when compression is off.
    pub(crate) fn original(&self, exists: &dyn Fn(&AssetPath) -> bool, static_url: &str) -> Markup {
        self.markup(&Rewrite {
            name: &|address| match is_address(address) {
                true => page_address(address, exists, static_url),
                false => None,
            },
            below: &|_, _| Vec::new(),
            integrity: &|_| None,
            static_url,
        })
    }

    fn markup(&self, rewrite: &Rewrite<'_>) -> Markup {
        let text = match self.parse() {
            // In a string of JSON, this is what keeps `</script` and `<!--` from being seen.
            Ok(map) => rewrite.map(map).to_string().replace('<', "\\u003c"),
            Err(_) => self.text.clone(),
        };
        let mut markup = Markup::default();
        markup.push_text("<script type=importmap");
        push_attributes(&self.attributes, &mut markup, |_| true);
        markup.push_text(">");
        push_prefixed(&text, &mut markup);
        markup.push_text("</script>");
        markup
    }

    fn parse(&self) -> Result<Map<String, Value>, Box<Diagnostic>> {
        if let Some(fault) = json_fault(&self.text) {
            return Err(Box::new(self.fault(fault)));
        }
        match serde_json::from_str(&self.text) {
            Ok(Value::Object(map)) => Ok(map),
            _ => {
                let fault = Fault::new(0, "an import map is an object")
                    .help("write `{ \"imports\": { … } }`");
                Err(Box::new(self.fault(fault)))
            }
        }
    }

    fn fault(&self, fault: Fault) -> Diagnostic {
        let offset = position(&self.origin, fault.offset);
        Diagnostic::fault(ErrorKind::Js, &self.template, 0, Fault { offset, ..fault })
    }
}

/// Every mapping, those of scopes too.
fn imports(map: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let scopes = map.get("scopes").and_then(Value::as_object).into_iter();
    let scopes = scopes.flat_map(|scopes| scopes.values());
    let all = map.get("imports").into_iter().chain(scopes);
    all.filter_map(Value::as_object)
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

impl Rewrite<'_> {
    fn map(&self, mut map: Map<String, Value>) -> Value {
        for (key, value) in &mut map {
            let Value::Object(entries) = value else {
                continue;
            };
            let entries = std::mem::take(entries);
            *value = Value::Object(match key.as_str() {
                "imports" => self.imports(entries),
                "scopes" => entries
                    .into_iter()
                    .map(|(scope, value)| {
                        let value = match value {
                            Value::Object(entries) => Value::Object(self.imports(entries)),
                            other => other,
                        };
                        (self.address(&scope), value)
                    })
                    .collect(),
                "integrity" => entries
                    .into_iter()
                    .map(|(address, value)| {
                        let value = (self.integrity)(&address).map_or(value, Value::String);
                        (self.address(&address), value)
                    })
                    .collect(),
                _ => entries,
            });
        }
        Value::Object(map)
    }

    fn imports(&self, entries: Map<String, Value>) -> Map<String, Value> {
        let mut rewritten = Map::new();
        for (key, value) in &entries {
            if let Some(address) = value.as_str().filter(|address| address.ends_with('/')) {
                for (bare, name) in (self.below)(key, address) {
                    // What the map itself says of a name comes first.
                    if !entries.contains_key(&bare) {
                        rewritten.insert(bare, Value::String(format!("{PREFIX}{name}")));
                    }
                }
            }
        }
        for (key, value) in entries {
            let value = match value {
                Value::String(address) => Value::String(self.address(&address)),
                other => other,
            };
            rewritten.insert(self.address(&key), value);
        }
        rewritten
    }

    /// An address behind the prefix, if it is one of ours; anything else, bare names too, as it is.
    fn address(&self, written: &str) -> String {
        if let Some(name) = (self.name)(written) {
            return format!("{PREFIX}{name}");
        }
        let below = written
            .strip_prefix(self.static_url)
            .filter(|_| self.static_url.len() > 1);
        let directory = || {
            written
                .strip_prefix("./")
                .filter(|rest| rest.ends_with('/'))
        };
        match below.or_else(directory) {
            Some(rest) => format!("{PREFIX}{rest}"),
            None => written.to_owned(),
        }
    }
}

/// Keys are bare as a rule; addresses are as in a script.
fn is_address(written: &str) -> bool {
    ["./", "../", "/"]
        .iter()
        .any(|start| written.starts_with(start))
        || has_scheme(written)
}

fn look(written: &str, world: World<'_>) -> Target {
    match is_address(written) && !written.ends_with('/') {
        true => target(written, None, world.sources, world.static_url),
        false => Target::Keep,
    }
}

fn to(path: AssetPath) -> To {
    match content_type(path.as_str()).starts_with("text/javascript") {
        true => To::Script(Member {
            path,
            goal: Goal::Module,
        }),
        false => To::File(path),
    }
}

/// The bare specifiers that a key maps into a directory, what each names, and its query.
fn below(
    key: &str,
    directory: &str,
    bare: &BTreeSet<String>,
    world: World<'_>,
) -> Vec<(String, To, String)> {
    if !key.ends_with('/') {
        return Vec::new();
    }
    let found = bare.iter().filter_map(|specifier| {
        let rest = specifier
            .strip_prefix(key)
            .filter(|rest| !rest.is_empty())?;
        match look(&format!("{directory}{rest}"), world) {
            Target::Source(path, suffix) => Some((specifier.clone(), to(path), suffix)),
            _ => None,
        }
    });
    found.collect()
}
