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
    /// What may stand next to each other, by number.
    pairs: Vec<Pair>,
    /// How many things are counted of pairs.
    counted: usize,
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
    /// No declaration holds another.
    is_free: bool,
    /// The number of the pair that each declaration makes with each behind it, a row for each; the last row and the last
    /// column are the ends of the rule.
    pairs: Vec<u32>,
}

impl<'t> Loose<'t> {
    pub(super) fn of(tree: &'t Tree<'t>) -> Self {
        let mut longhands = Longhands::default();
        let mut rules = Vec::new();
        let mut spelled = Vec::new();
        let mut known = FxHashMap::default();
        let mut room = MOST_PAIRS;
        loose_rules(tree, &tree.items, &mut |range, declarations, names| {
            // A rule for which there is no room keeps its order.
            let Some(left) = room.checked_sub((names.len() + 1).pow(2)) else {
                return;
            };
            room = left;
            let ids = declarations.iter().map(|text| {
                let next = known.len() as u32;
                *known.entry(*text).or_insert(next)
            });
            let held = longhands.held(&names);
            rules.push(Rule {
                range,
                is_free: held.iter().all(|held| *held == 0),
                held,
                ids: ids.collect(),
                declarations,
                names: Vec::new(),
                pairs: Vec::new(),
            });
            spelled.push(names);
        });
        let mut names = spelled.concat();
        names.sort_unstable();
        names.dedup();
        let places: FxHashMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let mut numbered = Numbered::default();
        for (rule, spelled) in rules.iter_mut().zip(spelled) {
            rule.names = spelled.iter().map(|name| places[name]).collect();
            rule.pairs = numbered.pairs_of(rule);
        }
        Self {
            text: tree.text,
            rules,
            names: names.len(),
            pairs: numbered.pairs,
            counted: numbered.counted.len(),
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
        let mut neighbours = Neighbours {
            pairs: &self.pairs,
            counts: vec![0; self.counted],
            different: 0,
        };
        for (rule, order) in self.rules.iter().zip(&orders) {
            neighbours.change(rule, order, 0..order.len(), true);
        }
        let declarations: usize = self.rules.iter().map(|rule| rule.ids.len()).sum();
        let looks = patience.looks.min(declarations * patience.looks_each);
        let mut looked_at = 0;
        let mut changed = Vec::new();
        while looked_at < looks {
            looked_at += 1;
            let (one, other) = self.neighbour(chance);
            if one == other {
                continue;
            }
            let before = neighbours.different;
            let (from, to) = (places[one], places[other]);
            shift(&mut places, one, to);
            for index in &holders[one] {
                let rule = &self.rules[*index];
                looked_at += rule.ids.len();
                let order = &mut orders[*index];
                let change = rule.change(order, one, &places);
                neighbours.follow(rule, order, &change);
                changed.push((*index, change));
            }
            if neighbours.different > before {
                shift(&mut places, one, from);
                for (index, change) in changed.drain(..) {
                    neighbours.follow(&self.rules[index], &mut orders[index], &change.back());
                }
            }
            changed.clear();
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

/// From one order of a rule to another.
enum Change {
    None,
    /// One declaration goes from a place to another one; those between make room.
    Move(usize, usize),
    /// The one and the other order.
    Whole(Vec<usize>, Vec<usize>),
}

impl Change {
    fn back(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Move(from, to) => Self::Move(to, from),
            Self::Whole(was, order) => Self::Whole(order, was),
        }
    }
}

impl Rule<'_> {
    fn ordered(&self, places: &[usize]) -> Vec<usize> {
        free_order(&self.held, |a, b| {
            places[self.names[a]].cmp(&places[self.names[b]])
        })
    }

    /// What becomes of the order of other places, of which one name has got another.
    fn change(&self, order: &[usize], name: usize, places: &[usize]) -> Change {
        let place = |at: usize| places[self.names[at]];
        // Most steps change nothing in a rule.
        if order.is_sorted_by(|one, other| place(*one) < place(*other)) {
            return Change::None;
        }
        if self.is_free {
            let is = |at: &usize| self.names[*at] == name;
            let from = order.iter().position(is).unwrap_or_default();
            let to = order.iter().filter(|at| place(**at) < places[name]).count();
            return Change::Move(from, to);
        }
        match self.ordered(places) {
            new if new == order => Change::None,
            new => Change::Whole(order.to_vec(), new),
        }
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

/// What is counted of two that stand next to each other: the declarations, the names of their properties, and the name
/// behind the declaration. A compressor copies both what is the same and what begins alike.
type Pair = [u32; 3];

/// Pairs and what is counted of them, each numbered when it is first met.
#[derive(Default)]
struct Numbered {
    known: FxHashMap<(u32, u32), u32>,
    pairs: Vec<Pair>,
    counted: FxHashMap<(u32, u32), u32>,
}

/// In all rules, ten times as many as the longest public sheets make: some 60 MB.
const MOST_PAIRS: usize = 1 << 20;

/// The beginning and the end of a rule.
const EDGE: u32 = u32::MAX;
/// Marks a name instead of a declaration.
const NAME: u32 = 1 << 31;

impl Numbered {
    fn pairs_of(&mut self, rule: &Rule<'_>) -> Vec<u32> {
        let all: Vec<(u32, u32)> = rule
            .ids
            .iter()
            .zip(&rule.names)
            .map(|(id, name)| (*id, *name as u32 | NAME))
            .chain([(EDGE, EDGE)])
            .collect();
        let both = all
            .iter()
            .flat_map(|one| all.iter().map(move |other| (one, other)));
        both.map(|(one, other)| self.pair(*one, *other)).collect()
    }

    fn pair(&mut self, one: (u32, u32), other: (u32, u32)) -> u32 {
        let Self {
            known,
            pairs,
            counted,
        } = self;
        *known.entry((one.0, other.0)).or_insert_with(|| {
            let number = |of| {
                let next = counted.len() as u32;
                *counted.entry(of).or_insert(next)
            };
            pairs.push([(one.0, other.0), (one.0, other.1), (one.1, other.1)].map(number));
            pairs.len() as u32 - 1
        })
    }
}

/// How often things stand next to each other.
struct Neighbours<'p> {
    pairs: &'p [Pair],
    counts: Vec<u32>,
    /// How many there are, each counted once.
    different: usize,
}

impl Neighbours<'_> {
    /// Puts a rule's declarations in another order.
    fn follow(&mut self, rule: &Rule<'_>, order: &mut Vec<usize>, change: &Change) {
        match change {
            Change::None => {}
            Change::Move(from, to) => {
                let at = order[*from];
                self.take(rule, order, *from, false);
                order.remove(*from);
                order.insert(*to, at);
                self.take(rule, order, *to, true);
            }
            Change::Whole(was, new) => {
                let differ = |(one, other): (&usize, &usize)| one != other;
                let start = was.iter().zip(new).position(differ).unwrap_or(0);
                let end = was.iter().zip(new).rposition(differ);
                let differing = start..end.map_or(was.len(), |end| end + 1);
                self.change(rule, was, differing.clone(), false);
                self.change(rule, new, differing, true);
                order.clone_from(new);
            }
        }
    }

    /// Counts the pairs in a part of an order and at its ends, or counts them no more.
    fn change(&mut self, rule: &Rule<'_>, order: &[usize], part: Range<usize>, adds: bool) {
        for at in part.start..=part.end {
            self.count(rule, beside(order, at, -1), beside(order, at, 0), adds);
        }
    }

    /// Counts one declaration that came between two, or counts it no more.
    fn take(&mut self, rule: &Rule<'_>, order: &[usize], at: usize, adds: bool) {
        let [before, one, behind] = [-1, 0, 1].map(|by| beside(order, at, by));
        self.count(rule, before, one, adds);
        self.count(rule, one, behind, adds);
        self.count(rule, before, behind, !adds);
    }

    /// Counts a pair; `None` is an end of the rule.
    fn count(&mut self, rule: &Rule<'_>, one: Option<usize>, other: Option<usize>, adds: bool) {
        let edge = rule.ids.len();
        let [row, column] = [one, other].map(|at| at.unwrap_or(edge));
        let pair = rule.pairs[row * (edge + 1) + column];
        for number in self.pairs[pair as usize] {
            let count = &mut self.counts[number as usize];
            if adds {
                self.different += usize::from(*count == 0);
                *count += 1;
            } else {
                *count -= 1;
                self.different -= usize::from(*count == 0);
            }
        }
    }
}

/// What stands in an order so many places from another; `None` at its ends.
fn beside(order: &[usize], at: usize, by: isize) -> Option<usize> {
    at.checked_add_signed(by)
        .and_then(|at| order.get(at))
        .copied()
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
            // Four times as long gains less than a thousandth; and how an asset is weighed tells orders of a large sheet apart
            // no better than their neighbours do.
            Weight::Asset => Self {
                tries: 4,
                looks: 60_000,
                looks_each: 50,
                bytes: 96 << 10,
            },
            // What is in a page is sent with each: two thousandths are worth it.
            Weight::Page => Self {
                tries: 5,
                looks: 100_000,
                looks_each: 250,
                bytes: 400 << 10,
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
    fn pairs_are_bounded() {
        let mut sheet = String::new();
        for rule in 0..400 {
            let declarations = (0..60).map(|number| format!("--p{rule}-{number}:0"));
            sheet += &format!("a{{{}}}", Vec::from_iter(declarations).join(";"));
        }
        let tree = Tree::parse(&sheet).unwrap();
        let loose = Loose::of(&tree);
        assert!((200..400).contains(&loose.rules.len()));
        assert!(loose.pairs.len() <= MOST_PAIRS);
    }

    #[test]
    fn rules_of_one_declaration_leave_nothing_to_do() {
        let tree = Tree::parse("a{color:red}b{top:0}").unwrap();
        assert!(Loose::of(&tree).climbed(Weight::Asset).is_none());
    }
}
