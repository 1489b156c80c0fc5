//! An order of properties under which a sheet compresses well, found step by step.
//!
//! Every rule has its declarations by one order of all properties. A property is moved next to another one that it
//! shares a rule with; what makes the sheet lighter stays.

use std::collections::HashMap;
use std::ops::Range;

use super::arrange::{Longhands, free_order, loose_rules};
use super::tree::Tree;

/// A sheet whose rules can have their declarations in another order.
pub(super) struct Loose<'t> {
    text: &'t str,
    rules: Vec<Rule<'t>>,
    /// The names of properties, by alphabet.
    names: Vec<&'t str>,
}

struct Rule<'t> {
    /// Where the declarations stand.
    range: Range<usize>,
    declarations: Vec<&'t str>,
    /// Of each, the place of its name in the list.
    names: Vec<usize>,
    /// Of each, the bits of those before it that have to stay before it.
    held: Vec<u64>,
}

impl<'t> Loose<'t> {
    pub(super) fn of(tree: &'t Tree<'t>) -> Self {
        let mut longhands = Longhands::default();
        let mut rules = Vec::new();
        let mut spelled = Vec::new();
        loose_rules(tree, &tree.items, &mut |range, declarations, names| {
            rules.push(Rule {
                range,
                held: longhands.held(&names),
                declarations,
                names: Vec::new(),
            });
            spelled.push(names);
        });
        let mut names = spelled.concat();
        names.sort_unstable();
        names.dedup();
        let places: HashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        for (rule, spelled) in rules.iter_mut().zip(spelled) {
            rule.names = spelled.iter().map(|name| places[name]).collect();
        }
        Self {
            text: tree.text,
            rules,
            names,
        }
    }

    /// The lightest text that some steps lead to, if any order can be chosen.
    pub(super) fn climbed(&self, weigh: impl Fn(&str) -> usize) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let weighed = |order: Vec<usize>| {
            let text = self.printed(&order);
            (weigh(&text), order, text)
        };
        let mut chance = Chance(SEED);
        let mut best = weighed((0..self.names.len()).collect());
        let steps = (BYTES / self.text.len().max(1)).min(STEPS);
        for _ in 0..steps {
            let moved = weighed(self.moved(&best.1, &mut chance));
            if moved.0 <= best.0 {
                best = moved;
            }
        }
        Some(best.2)
    }

    /// The order with one of two properties of a rule next to the other, on its other side.
    fn moved(&self, order: &[usize], chance: &mut Chance) -> Vec<usize> {
        let names = &self.rules[chance.below(self.rules.len())].names;
        let (one, other) = (
            names[chance.below(names.len())],
            names[chance.below(names.len())],
        );
        let was_before = order[one] < order[other];
        let to = order[other];
        let from = order[one];
        order
            .iter()
            .map(|place| match *place {
                place if place == from => to,
                place if was_before && (from..=to).contains(&place) => place - 1,
                place if !was_before && (to..=from).contains(&place) => place + 1,
                place => place,
            })
            .collect()
    }

    fn printed(&self, order: &[usize]) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut copied = 0;
        for rule in &self.rules {
            out.push_str(&self.text[copied..rule.range.start]);
            let by_order = |a: usize, b: usize| order[rule.names[a]].cmp(&order[rule.names[b]]);
            for (index, at) in free_order(&rule.held, by_order).into_iter().enumerate() {
                if index > 0 {
                    out.push(';');
                }
                out.push_str(rule.declarations[at]);
            }
            copied = rule.range.end;
        }
        out.push_str(&self.text[copied..]);
        out
    }
}

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // xorshift64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Beyond, steps find next to nothing.
const STEPS: usize = 500;

/// So much text is weighed at most, in bytes: half a second's work, or a second and a half as gzip has it.
const BYTES: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::css::same;
    use crate::encode::Weight;

    fn climbed(text: &str) -> String {
        let tree = Tree::parse(text).unwrap();
        let weigh = |text: &str| Weight::Asset.rough(text);
        Loose::of(&tree).climbed(weigh).unwrap()
    }

    #[test]
    fn a_sheet_gets_lighter_and_means_the_same() {
        let orders = [
            "color:red;top:0;left:1px;margin:0",
            "left:1px;margin:0;color:red;top:0",
            "margin:0;top:0;color:red;left:1px",
        ];
        let rule = |number: usize| format!(".c{number}{{{}}}", orders[number % 3]);
        let sheet: String = (0..60).map(rule).collect();
        let made = climbed(&sheet);
        assert!(
            Weight::Asset.rough(&made) < Weight::Asset.rough(&sheet),
            "{made}"
        );
        assert!(same(&sheet, &made), "{made}");
        assert_eq!(made, climbed(&sheet));
    }

    #[test]
    fn what_overlaps_keeps_its_order() {
        let rule = |number: usize| {
            format!(
                ".c{number}{{border-image-slice:{number};color:red;border:0;margin-top:1px;margin:0 2px}}"
            )
        };
        let sheet: String = (0..40).map(rule).collect();
        let made = climbed(&sheet);
        for rule in made.split_terminator('}') {
            let at = |text: &str| rule.find(text).unwrap();
            assert!(at("border-image-slice:") < at("border:0"), "{rule}");
            assert!(at("margin-top:") < at("margin:0"), "{rule}");
        }
    }

    #[test]
    fn rules_of_one_declaration_leave_nothing_to_do() {
        let tree = Tree::parse("a{color:red}b{top:0}").unwrap();
        assert!(Loose::of(&tree).climbed(str::len).is_none());
    }
}
