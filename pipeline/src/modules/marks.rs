use std::ops::Range;

use super::resolve::Reference;

/// Stands for the references of a script while it is minified: whatever becomes of the literals, each is found again and
/// gets its address afterwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// Begins every mark; no text that gets marks holds it.
    stem: String,
    references: Vec<Reference>,
}

impl Marks {
    /// Marks for scripts that will be minified and maybe joined.
    pub(crate) fn for_texts<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Self {
        let mut stem = String::from("crushed:");
        let mut number = 0;
        while texts.clone().any(|text| text.contains(&stem)) {
            stem = format!("crushed{number}:");
            number += 1;
        }
        Self {
            stem,
            references: Vec::new(),
        }
    }

    /// The text with a mark in place of each literal. Equal references get equal marks, so that the minifier sees that
    /// they are equal.
    pub(crate) fn put(&mut self, text: &str, found: &[(Range<usize>, Reference)]) -> String {
        let mut marked = String::with_capacity(text.len());
        let mut copied = 0;
        for (range, reference) in found {
            let known = self.references.iter().position(|known| known == reference);
            let number = known.unwrap_or_else(|| {
                self.references.push(reference.clone());
                self.references.len() - 1
            });
            marked.push_str(&text[copied..range.start]);
            marked.push_str(&format!("\"{}{number};\"", self.stem));
            copied = range.end;
        }
        marked.push_str(&text[copied..]);
        marked
    }

    /// The text with addresses in place of the marks. An address must be fit for any quotes.
    pub(crate) fn resolve(&self, text: &str, address: &dyn Fn(&Reference) -> String) -> String {
        if self.references.is_empty() {
            return text.to_owned();
        }
        let mut resolved = String::with_capacity(text.len());
        let mut stretches = text.split(&self.stem);
        resolved.push_str(stretches.next().unwrap_or_default());
        for stretch in stretches {
            let found = stretch.split_once(';').and_then(|(number, rest)| {
                Some((self.references.get(number.parse::<usize>().ok()?)?, rest))
            });
            match found {
                Some((reference, rest)) => {
                    resolved.push_str(&address(reference));
                    resolved.push_str(rest);
                }
                None => resolved.push_str(stretch),
            }
        }
        resolved
    }

    /// What the marks stand for, in the order of their first places.
    pub(crate) fn references(&self) -> &[Reference] {
        &self.references
    }
}
