//! Addresses in custom properties, over the sheets of a bundle.
//!
//! A browser that sees `--dot: url(dot.png)` keeps it as text. When another sheet uses `var(--dot)`, some engines take the
//! address relative to the sheet that declares it, and others relative to the one that uses it. Where these are in one
//! directory that is the same, else nobody can tell what was meant.

use std::collections::{BTreeMap, BTreeSet};

use crushed_manifest::{Kind, percent_encode};

use crate::css::CustomProperties;
use crate::diagnostic::Diagnostic;
use crate::fault::Fault;
use crate::load::Loaded;
use crate::reference::{Target, target};
use crate::transform::Context;
use crate::urls::Reference;

/// The directory of a sheet; none for a fragment of a page.
type Directory = Option<String>;

/// Which sheets declare addresses in custom properties, and which use them.
#[derive(Debug, Default)]
pub(crate) struct Properties {
    declared: Vec<Declared>,
    /// By the property's name: where it is used, and by which other property.
    used: BTreeMap<String, BTreeSet<(Directory, Option<String>)>>,
}

#[derive(Debug)]
struct Declared {
    name: String,
    directory: Directory,
    problem: Diagnostic,
}

fn directory(input: &Loaded) -> Directory {
    input.path.as_ref().map(|path| path.directory().to_owned())
}

impl Properties {
    /// Takes note of what a sheet uses.
    pub(crate) fn uses(&mut self, input: &Loaded, properties: &CustomProperties) {
        for (name, by) in &properties.used {
            let uses = by.iter().map(|by| (directory(input), by.clone()));
            self.used.entry(name.clone()).or_default().extend(uses);
        }
    }

    /// Takes note of an address in a custom property, if it is a relative one.
    pub(crate) fn declares(
        &mut self,
        input: &Loaded,
        name: &str,
        reference: &Reference,
        context: &Context<'_>,
    ) {
        let Context {
            sources,
            static_url,
            ..
        } = context;
        let value = reference.value.trim();
        let path = input.path.as_ref();
        let found = target(value, path, sources, static_url);
        if matches!(found, Target::Keep) || value.starts_with(static_url) {
            return;
        }
        let message = format!(
            "browsers differ in what \"{value}\" is relative to, since `{name}` is used in another directory"
        );
        let mut fault = Fault::new(reference.range.start, message);
        fault.help = Some(match found {
            Target::Source(path, suffix) => {
                let path = percent_encode(path.as_str());
                format!("write `url(\"{static_url}{path}{suffix}\")`")
            }
            _ => format!("write an address that begins with \"{static_url}\""),
        });
        self.declared.push(Declared {
            name: name.to_owned(),
            directory: directory(input),
            problem: input.fault(Kind::Css, fault),
        });
    }

    /// Adds what was noted of other sheets of the bundle.
    pub(crate) fn extend(&mut self, other: Self) {
        self.declared.extend(other.declared);
        for (name, uses) in other.used {
            self.used.entry(name).or_default().extend(uses);
        }
    }

    /// An error for each address whose property is used in another directory.
    pub(crate) fn ambiguous(&mut self) -> Vec<Diagnostic> {
        let declared = std::mem::take(&mut self.declared);
        let ambiguous = declared
            .into_iter()
            .filter(|declared| self.is_used_outside(&declared.name, &declared.directory));
        ambiguous.map(|declared| declared.problem).collect()
    }

    /// Whether a property is used in another directory than this, by way of other properties, too.
    fn is_used_outside(&self, name: &str, directory: &Directory) -> bool {
        let mut seen = BTreeSet::from([name]);
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            for (user, by) in self.used.get(name).into_iter().flatten() {
                match by {
                    // A custom property only hands the text on.
                    Some(by) if seen.insert(by) => open.push(by),
                    Some(_) => {}
                    None if user != directory => return true,
                    None => {}
                }
            }
        }
        false
    }
}
