use std::collections::HashMap;

use super::flow::Choice;
use super::follow::hash;

/// Values for expressions, one after the other: nothing; a word with what is escaped, as Askama escapes it; words with
/// spaces around; and markup, for what is written as it is.
pub(super) const VALUES: [&str; 4] = [
    "",
    "&#34;&#39;&#38;&#60;\u{e000}",
    " a b\u{e000} ",
    "<p> c\u{e000} </p>",
];

/// Which way to go at each choice, for one page.
pub(super) struct Plan {
    strategy: Strategy,
    /// What has been decided about conditions: by key, and by the turn of the loop that they depend on.
    pub(super) decided: HashMap<(u64, u64), usize>,
    number: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    /// Every first way: all branches taken, loops run twice.
    First,
    /// Every last way: nothing taken, no loop runs.
    Last,
    /// First and last by turns.
    Even,
    Odd,
    /// What has not been gone.
    New,
}

/// What of a template has been seen in some page.
pub(super) struct Coverage {
    /// A bit for each way of each choice, set while it has not been gone.
    ways: Vec<u64>,
    /// A bit for each value of each tag, set when it has stood there.
    values: Vec<u8>,
}

impl Coverage {
    pub(super) fn new(choices: &[Choice], tags: usize) -> Self {
        let ways = choices
            .iter()
            .map(|choice| match choice.ways {
                64.. => u64::MAX,
                ways => (1 << ways) - 1,
            })
            .collect();
        Self {
            ways,
            values: vec![0; tags],
        }
    }

    /// How many ways have not been gone.
    pub(super) fn missing(&self) -> usize {
        self.ways
            .iter()
            .map(|ways| ways.count_ones() as usize)
            .sum()
    }

    pub(super) fn go(&mut self, choice: usize, way: usize) {
        if way < 64 {
            self.ways[choice] &= !(1 << way);
        }
    }

    /// The value for an expression: one that has not stood there, if there is one.
    pub(super) fn value(&mut self, tag: usize, plan: &Plan) -> usize {
        let start = tag + plan.number as usize;
        let value = (0..VALUES.len())
            .map(|step| (start + step) % VALUES.len())
            .find(|value| self.values[tag] & (1 << value) == 0)
            .unwrap_or(start % VALUES.len());
        self.values[tag] |= 1 << value;
        value
    }

    /// Whether some expression that has been seen has not had every value.
    pub(super) fn wants_values(&self) -> bool {
        self.values.iter().any(|seen| !matches!(seen, 0 | 0b1111))
    }

    fn is_new(&self, choices: &[Choice], choice: usize, way: usize) -> bool {
        let inside = &choices[choice].inside;
        way < 64 && self.ways[choice] & (1 << way) != 0
            || inside
                .get(way + 1)
                .is_some_and(|end| self.ways[inside[way]..*end].iter().any(|ways| *ways != 0))
    }
}

impl Plan {
    /// The plan of this number: the first four are the same for every template.
    pub(super) fn new(number: usize) -> Self {
        Self {
            strategy: match number {
                0 => Strategy::First,
                1 => Strategy::Last,
                2 => Strategy::Even,
                3 => Strategy::Odd,
                _ => Strategy::New,
            },
            decided: HashMap::new(),
            number: number as u64,
        }
    }

    /// The way at a choice of the template that is being proven; `open` are those that nothing decided yet excludes.
    pub(super) fn way(
        &self,
        choices: &[Choice],
        coverage: &Coverage,
        choice: usize,
        open: &[usize],
    ) -> usize {
        let first = open.first().copied().unwrap_or(0);
        let last = open.last().copied().unwrap_or(0);
        match self.strategy {
            Strategy::First => first,
            Strategy::Last => last,
            Strategy::Even | Strategy::Odd => {
                let even = choice % 2 == usize::from(self.strategy == Strategy::Odd);
                match choices[choice].ways {
                    // A loop of one turn.
                    3 if !even && open.len() == 3 => open[1],
                    _ if even => first,
                    _ => last,
                }
            }
            Strategy::New => open
                .iter()
                .copied()
                .find(|way| coverage.is_new(choices, choice, *way))
                .unwrap_or_else(|| self.any(choice as u64, open)),
        }
    }

    /// The way at a choice of another template.
    pub(super) fn way_elsewhere(&self, key: u64, open: &[usize]) -> usize {
        match self.strategy {
            Strategy::First => open.first().copied().unwrap_or(0),
            Strategy::Last => open.last().copied().unwrap_or(0),
            _ => self.any(key, open),
        }
    }

    /// The value for an expression of another template.
    pub(super) fn value_elsewhere(&self, tag: usize) -> usize {
        (tag + self.number as usize) % VALUES.len()
    }

    fn any(&self, key: u64, open: &[usize]) -> usize {
        match open.len() {
            0 => 0,
            length => open[(hash((key, self.number)) % length as u64) as usize],
        }
    }
}
