//! An order of properties under which a sheet compresses well, found step by step.
//!
//! Every rule has its declarations by one order of all properties. A property is moved next to another one that it
//! shares a rule with; what makes the sheet lighter stays. A compressor copies what has stood behind each other before, so
//! that first only neighbours are counted, in microseconds a step where compressing takes milliseconds. Texts are weighed
//! where that led.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::arrange::{Longhands, free_order, loose_rules};
use super::tree::Tree;
use crate::encode::Weight;

/// A sheet whose rules can have their declarations in another order.
pub(super) struct Loose<'t> {
    text: &'t str,
    rules: Vec<Rule<'t>>,
    /// How many names of properties there are.
    names: usize,
}

struct Rule<'t> {
    /// Where the declarations stand.
    range: Range<usize>,
    declarations: Vec<&'t str>,
    /// Of each declaration, which one of the sheet it is: equal ones are one.
    ids: Vec<u32>,
    /// Of each, which name it has.
    names: Vec<usize>,
    /// Of each, the bits of those before it that have to stay before it.
    held: Vec<u64>,
}

impl<'t> Loose<'t> {
    pub(super) fn of(tree: &'t Tree<'t>) -> Self {
        let mut longhands = Longhands::default();
        let mut rules = Vec::new();
        let mut spelled = Vec::new();
        let mut known = FxHashMap::default();
        loose_rules(tree, &tree.items, &mut |range, declarations, names| {
            let ids = declarations.iter().map(|text| {
                let next = known.len() as u32;
                *known.entry(*text).or_insert(next)
            });
            rules.push(Rule {
                range,
                held: longhands.held(&names),
                ids: ids.collect(),
                declarations,
                names: Vec::new(),
            });
            spelled.push(names);
        });
        let mut names = spelled.concat();
        names.sort_unstable();
        names.dedup();
        let places: FxHashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        for (rule, spelled) in rules.iter_mut().zip(spelled) {
            rule.names = spelled.iter().map(|name| places[name]).collect();
        }
        Self {
            text: tree.text,
            rules,
            names: names.len(),
        }
    }

    /// The lightest text that some steps lead to, if any order can be chosen.
    pub(super) fn climbed(&self, weight: Weight) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let patience = Patience::of(weight);
        let mut chance = Chance(SEED);
        let weighed = |places: &[usize]| {
            let text = self.printed(places);
            (weight.rough(&text), text)
        };
        let tries: Vec<u64> = (0..patience.tries).map(|_| chance.next()).collect();
        let found = tries.into_par_iter().map(|seed| {
            let places = self.by_neighbours(patience, &mut Chance(seed));
            (weighed(&places), places)
        });
        let (mut best, mut places) = found.min()?;
        let steps = (patience.bytes / self.text.len().max(1)).min(STEPS);
        for _ in 0..steps {
            let (one, other) = self.neighbour(&mut chance);
            let (from, to) = (places[one], places[other]);
            shift(&mut places, one, to);
            let moved = weighed(&places);
            match moved.0 <= best.0 {
                true => best = moved,
                false => shift(&mut places, one, from),
            }
        }
        Some(best.1)
    }

    /// Two properties of a rule.
    fn neighbour(&self, chance: &mut Chance) -> (usize, usize) {
        let names = &self.rules[chance.below(self.rules.len())].names;
        let mut name = || names[chance.below(names.len())];
        (name(), name())
    }

    /// The places of all properties under which the fewest different ones stand next to each other.
    fn by_neighbours(&self, patience: Patience, chance: &mut Chance) -> Vec<usize> {
        let mut holders = vec![Vec::new(); self.names];
        for (index, rule) in self.rules.iter().enumerate() {
            for name in &rule.names {
                if holders[*name].last() != Some(&index) {
                    holders[*name].push(index);
                }
            }
        }
        let mut places: Vec<usize> = (0..self.names).collect();
        let mut orders: Vec<Vec<usize>> = self.orders(&places).collect();
        let mut neighbours = Neighbours::default();
        for (rule, order) in self.rules.iter().zip(&orders) {
            neighbours.change(rule, order, 0..order.len(), true);
        }
        let declarations: usize = self.rules.iter().map(|rule| rule.ids.len()).sum();
        let looks = patience.looks.min(declarations * patience.looks_each);
        let mut looked_at = 0;
        while looked_at < looks {
            looked_at += 1;
            let (one, other) = self.neighbour(chance);
            if one == other {
                continue;
            }
            let before = neighbours.different;
            let (from, to) = (places[one], places[other]);
            shift(&mut places, one, to);
            let mut changed = Vec::new();
            for index in &holders[one] {
                let rule = &self.rules[*index];
                looked_at += rule.ids.len();
                if rule.is_ordered(&orders[*index], &places) {
                    continue;
                }
                let order = rule.ordered(&places);
                if order != orders[*index] {
                    neighbours.replace(rule, &orders[*index], &order);
                    let was = std::mem::replace(&mut orders[*index], order);
                    changed.push((*index, was));
                }
            }
            if neighbours.different > before {
                shift(&mut places, one, from);
                for (index, was) in changed {
                    neighbours.replace(&self.rules[index], &orders[index], &was);
                    orders[index] = was;
                }
            }
        }
        places
    }

    fn orders(&self, places: &[usize]) -> impl Iterator<Item = Vec<usize>> {
        self.rules.iter().map(|rule| rule.ordered(places))
    }

    fn printed(&self, places: &[usize]) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut copied = 0;
        for (rule, order) in self.rules.iter().zip(self.orders(places)) {
            out.push_str(&self.text[copied..rule.range.start]);
            for (index, at) in order.iter().enumerate() {
                if index > 0 {
                    out.push(';');
                }
                out.push_str(rule.declarations[*at]);
            }
            copied = rule.range.end;
        }
        out.push_str(&self.text[copied..]);
        out
    }
}

impl Rule<'_> {
    /// Whether an order that it had by other places is for certain the one by these: most steps change nothing in a rule.
    fn is_ordered(&self, order: &[usize], places: &[usize]) -> bool {
        order.is_sorted_by(|one, other| places[self.names[*one]] < places[self.names[*other]])
    }

    fn ordered(&self, places: &[usize]) -> Vec<usize> {
        free_order(&self.held, |a, b| {
            places[self.names[a]].cmp(&places[self.names[b]])
        })
    }
}

/// Gives a name another place; those between make room.
fn shift(places: &mut [usize], name: usize, to: usize) {
    let from = places[name];
    for place in places.iter_mut() {
        if *place > from && *place <= to {
            *place -= 1;
        } else if *place < from && *place >= to {
            *place += 1;
        }
    }
    places[name] = to;
}

/// How often things stand next to each other: declarations, names of properties, and a name behind a declaration. A
/// compressor copies both what is the same and what begins alike.
#[derive(Default)]
struct Neighbours {
    counts: FxHashMap<u64, u32>,
    /// How many there are, each counted once.
    different: usize,
}

/// The beginning and the end of a rule.
const EDGE: u32 = u32::MAX;
/// Marks a name instead of a declaration.
const NAME: u32 = 1 << 31;

impl Neighbours {
    /// One order of a rule for another.
    fn replace(&mut self, rule: &Rule<'_>, was: &[usize], order: &[usize]) {
        let differ = |(one, other): (&usize, &usize)| one != other;
        let start = was.iter().zip(order).position(differ).unwrap_or(0);
        let end = was.iter().zip(order).rposition(differ);
        let differing = start..end.map_or(was.len(), |end| end + 1);
        self.change(rule, was, differing.clone(), false);
        self.change(rule, order, differing, true);
    }

    /// Counts the pairs in a part of an order and at its ends, or counts them no more.
    fn change(&mut self, rule: &Rule<'_>, order: &[usize], part: Range<usize>, adds: bool) {
        let both = |at: Option<&usize>| {
            at.map_or((EDGE, EDGE), |at| {
                (rule.ids[*at], rule.names[*at] as u32 | NAME)
            })
        };
        let mut before = both(part.start.checked_sub(1).and_then(|at| order.get(at)));
        for at in part.start..=part.end {
            let (id, name) = both(order.get(at));
            for pair in [(before.0, id), (before.0, name), (before.1, name)] {
                self.count(pair, adds);
            }
            before = (id, name);
        }
    }

    fn count(&mut self, (one, other): (u32, u32), adds: bool) {
        let pair = u64::from(one) << 32 | u64::from(other);
        let count = self.counts.entry(pair).or_default();
        if adds {
            *count += 1;
            self.different += usize::from(*count == 1);
        } else {
            *count -= 1;
            self.different -= usize::from(*count == 0);
        }
    }
}

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn next(&mut self) -> u64 {
        // xorshift64 (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// From the lightest of them so many steps are weighed; beyond, they find next to nothing.
const STEPS: usize = 500;

/// How long an order is sought.
#[derive(Clone, Copy)]
struct Patience {
    /// Ways by neighbours from one order: where they lead differs by half a hundredth.
    tries: usize,
    /// On each, so many declarations are looked at.
    looks: usize,
    /// In a small sheet, each so often.
    looks_each: usize,
    /// So much text is weighed at most on the steps behind them, in bytes.
    bytes: usize,
}

impl Patience {
    const fn of(weight: Weight) -> Self {
        match weight {
            // Four times as long gains less than a thousandth.
            Weight::Asset => Self {
                tries: 4,
                looks: 125_000,
                looks_each: 50,
                bytes: 2 << 20,
            },
            // What is in a page is sent with each: two thousandths are worth it.
            Weight::Page => Self {
                tries: 8,
                looks: 250_000,
                looks_each: 250,
                bytes: 8 << 20,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::css::same;

    fn climbed(text: &str) -> String {
        let tree = Tree::parse(text).unwrap();
        Loose::of(&tree).climbed(Weight::Asset).unwrap()
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
        assert!(Loose::of(&tree).climbed(Weight::Asset).is_none());
    }
}
