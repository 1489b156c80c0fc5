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
    /// The same with loops that run once, for a page that would be too long otherwise.
    Once,
    /// Every last way: nothing taken, no loop runs.
    Last,
    /// First and last by turns.
    Even,
    Odd,
    /// What has not been gone, or where an expression has not had every value.
    New,
    /// The same, though conditions that read the same came out otherwise before.
    Free,
}

/// What of a template has been seen in some page.
pub(super) struct Coverage {
    /// For each way of each choice, whether it has not been gone.
    ways: Vec<bool>,
    /// Where the ways of each choice begin, and where those of the last end.
    starts: Vec<usize>,
    /// Which bodies have been written out.
    bodies: Vec<bool>,
    /// A bit for each value of each tag, set when it has stood there.
    values: Vec<u8>,
}

impl Coverage {
    pub(super) fn new(choices: &[Choice], tags: usize, bodies: usize) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for choice in choices {
            end += choice.ways;
            starts.push(end);
        }
        Self {
            ways: vec![true; end],
            starts,
            bodies: vec![false; bodies],
            values: vec![0; tags],
        }
    }

    /// How many ways there are.
    pub(super) fn ways(&self) -> usize {
        self.ways.len()
    }

    /// How many ways have not been gone.
    pub(super) fn missing(&self) -> usize {
        self.ways.iter().filter(|way| **way).count()
    }

    pub(super) fn gone(&mut self, choice: usize, way: usize) {
        self.ways[self.starts[choice] + way] = false;
    }

    pub(super) fn writes(&mut self, body: usize) {
        self.bodies[body] = true;
    }

    pub(super) fn has_written(&self, body: usize) -> bool {
        self.bodies[body]
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
        self.wants_some(&self.values)
    }

    fn wants_some(&self, values: &[u8]) -> bool {
        values.iter().any(|seen| !matches!(seen, 0 | 0b1111))
    }

    /// The same, of the expressions inside of a way.
    fn wants_values_of(&self, choice: &Choice, way: usize) -> bool {
        self.wants_some(&self.values[choice.spans[way].clone()])
    }

    fn is_new(&self, choices: &[Choice], choice: usize, way: usize) -> bool {
        let inside = &choices[choice].inside;
        self.ways[self.starts[choice] + way]
            || inside.get(way + 1).is_some_and(|end| {
                self.ways[self.starts[inside[way]]..self.starts[*end]]
                    .iter()
                    .any(|way| *way)
            })
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

    /// The first one with loops that run once.
    pub(super) fn once() -> Self {
        Self {
            strategy: Strategy::Once,
            ..Self::new(0)
        }
    }

    /// One for what no page shows in which conditions that read the same come out the same.
    pub(super) fn free(number: usize) -> Self {
        Self {
            strategy: Strategy::Free,
            decided: HashMap::new(),
            number: number as u64,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.strategy == Strategy::Free
    }

    pub(super) fn runs_loops_once(&self) -> bool {
        self.strategy == Strategy::Once
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
            Strategy::First | Strategy::Once => first,
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
            Strategy::New | Strategy::Free => {
                let mut ways = open.iter().copied();
                let new = ways
                    .clone()
                    .find(|way| coverage.is_new(choices, choice, *way));
                new.or_else(|| ways.find(|way| coverage.wants_values_of(&choices[choice], *way)))
                    .unwrap_or_else(|| self.any(choice as u64, open))
            }
        }
    }

    /// The way at a choice of another template.
    pub(super) fn way_elsewhere(&self, key: u64, open: &[usize]) -> usize {
        match self.strategy {
            Strategy::First | Strategy::Once => open.first().copied().unwrap_or(0),
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
