use std::collections::BTreeSet;

use swc_core::ecma::ast::{AssignPatProp, IdentName, Prop, Str, TplElement};
use swc_core::ecma::visit::{Visit, VisitWith};

use super::Goal;
use super::parse::{isolated, parse};

/// The names of properties in a text that can be read, with strings, which may be names too.
pub(crate) struct Words {
    named: BTreeSet<String>,
    strings: BTreeSet<String>,
}

impl Words {
    /// Reads a file; `None` if it cannot be read.
    pub(crate) fn of(text: &str, goal: Goal) -> Option<Self> {
        let words = isolated(|| {
            let parsed = parse(text, goal).ok()?;
            let mut words = Self {
                named: BTreeSet::new(),
                strings: BTreeSet::new(),
            };
            parsed.program.visit_with(&mut words);
            Some(words)
        });
        words.flatten()
    }

    /// Whether every property here is named by the others too, be it as a string.
    pub(crate) fn are_among(&self, others: &Self) -> bool {
        let mut names = self.named.iter();
        names.all(|name| others.named.contains(name) || others.strings.contains(name))
    }
}

impl Visit for Words {
    fn visit_ident_name(&mut self, name: &IdentName) {
        self.named.insert(name.sym.to_string());
    }

    fn visit_prop(&mut self, property: &Prop) {
        // `{ a }` may be written `{ a: b }`.
        if let Prop::Shorthand(name) = property {
            self.named.insert(name.sym.to_string());
        }
        property.visit_children_with(self);
    }

    fn visit_assign_pat_prop(&mut self, property: &AssignPatProp) {
        self.named.insert(property.key.sym.to_string());
        property.visit_children_with(self);
    }

    fn visit_tpl_element(&mut self, text: &TplElement) {
        self.strings.insert(text.raw.to_string());
    }

    fn visit_str(&mut self, string: &Str) {
        self.strings
            .insert(string.value.to_string_lossy().into_owned());
    }
}
