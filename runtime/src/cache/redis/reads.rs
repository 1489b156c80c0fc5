//! Requests for one page that read it together.
//!
//! While a read of a slot is under way, requests for the same page wait for the next one, which one of them makes for all.
//! None is given what was read before it came: a purge that ended by then is seen by it. So a page that everybody asks for at
//! once costs two reads at a time, however many ask.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::key::Slot;

/// The reads that are under way, and those that come after them. `T` is what a read gives.
pub(super) struct Reads<T>(Mutex<Lines<T>>);

struct Lines<T> {
    slots: HashMap<Slot, Line<T>>,
    /// Numbers turns, so that each takes only itself out of its line.
    next: u64,
}

/// The reads of one slot.
struct Line<T> {
    present: Place<T>,
    next: Option<Place<T>>,
}

/// A read, as those see it who wait for it. It has ended when there is an outcome, or nobody left to have one.
struct Place<T> {
    number: u64,
    outcome: watch::Receiver<Option<T>>,
}

/// A request's part.
enum Role<'r, T> {
    /// Read, as soon as the one before has ended.
    Lead(Turn<'r, T>, Option<watch::Receiver<Option<T>>>),
    Follow(watch::Receiver<Option<T>>),
}

impl<T> Default for Reads<T> {
    fn default() -> Reads<T> {
        Reads(Mutex::new(Lines {
            slots: HashMap::new(),
            next: 0,
        }))
    }
}

impl<T: Clone> Reads<T> {
    /// What `read` gives for a slot, read by this request or by another that asked with it; never before this is called.
    pub(super) async fn get<R: Future<Output = T>>(
        &self,
        slot: Slot,
        read: impl FnOnce() -> R,
    ) -> T {
        loop {
            match self.join(slot) {
                Role::Lead(turn, before) => {
                    if let Some(mut before) = before {
                        // An error says that it has ended without an outcome.
                        let _ = before.wait_for(Option::is_some).await;
                    }
                    let outcome = read().await;
                    turn.end(outcome.clone());
                    return outcome;
                }
                Role::Follow(mut outcome) => {
                    let outcome = outcome.wait_for(Option::is_some).await;
                    if let Some(outcome) = outcome.ok().and_then(|outcome| outcome.clone()) {
                        return outcome;
                    }
                    // The one that led is gone, its client perhaps; there is another read then.
                }
            }
        }
    }

    fn join(&self, slot: Slot) -> Role<'_, T> {
        let mut lines = self.lock();
        if let Some(next) = lines.slots.get(&slot).and_then(|line| line.next.as_ref()) {
            return Role::Follow(next.outcome.clone());
        }
        let (sender, outcome) = watch::channel(None);
        let number = lines.next;
        lines.next += 1;
        let place = Place { number, outcome };
        let before = match lines.slots.get_mut(&slot) {
            Some(line) => {
                line.next = Some(place);
                Some(line.present.outcome.clone())
            }
            None => {
                let line = Line {
                    present: place,
                    next: None,
                };
                lines.slots.insert(slot, line);
                None
            }
        };
        let turn = Turn {
            reads: self,
            slot,
            number,
            sender,
        };
        Role::Lead(turn, before)
    }
}

impl<T> Reads<T> {
    fn lock(&self) -> MutexGuard<'_, Lines<T>> {
        // Nothing that holds the lock can panic half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to read, or to be the next to; it ends when this is dropped.
struct Turn<'r, T> {
    reads: &'r Reads<T>,
    slot: Slot,
    number: u64,
    sender: watch::Sender<Option<T>>,
}

impl<T> Turn<'_, T> {
    fn end(self, outcome: T) {
        self.sender.send_replace(Some(outcome));
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let mut lines = self.reads.lock();
        let Some(line) = lines.slots.get_mut(&self.slot) else {
            return;
        };
        if line.present.number == self.number {
            match line.next.take() {
                Some(next) => line.present = next,
                None => {
                    lines.slots.remove(&self.slot);
                }
            }
        } else if line
            .next
            .as_ref()
            .is_some_and(|next| next.number == self.number)
        {
            line.next = None;
        }
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod tests;
