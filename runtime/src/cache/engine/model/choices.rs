//! Which one goes on, where several can.

/// Makes a run's choices: `choose(n)` is below `n`.
pub(super) trait Choices {
    fn choose(&mut self, among: usize) -> usize;
}

/// Every run there is, the last choice that can be another one changed each time.
#[derive(Default)]
pub(super) struct Exhaustive {
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Choices for Exhaustive {
    fn choose(&mut self, among: usize) -> usize {
        if self.at == self.taken.len() {
            self.taken.push((0, among));
        }
        self.at += 1;
        self.taken[self.at - 1].0
    }
}

impl Exhaustive {
    /// Whether there is another run.
    pub(super) fn next(&mut self) -> bool {
        self.at = 0;
        while let Some((choice, among)) = self.taken.pop() {
            if choice + 1 < among {
                self.taken.push((choice + 1, among));
                return true;
            }
        }
        false
    }
}

/// Choices from a seed.
pub(super) struct Seeded(pub(super) u64);

impl Choices for Seeded {
    fn choose(&mut self, among: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % among as u64).unwrap()
    }
}
