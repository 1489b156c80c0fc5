//! Remembers something about pages for a short while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Timestamp;
use super::key::Slot;

/// More than this many are not remembered at a time.
const MOST: usize = 4096;

/// Slots of which something is noted, with the time when it was.
#[derive(Debug)]
pub(crate) struct Noted {
    lasts: Duration,
    slots: Mutex<HashMap<Slot, Timestamp>>,
}

impl Noted {
    /// Notes that are forgotten after this time.
    pub(crate) fn lasting(lasts: Duration) -> Noted {
        Noted {
            lasts,
            slots: Mutex::default(),
        }
    }

    pub(crate) fn contains(&self, slot: Slot, now: Timestamp) -> bool {
        self.lock()
            .get(&slot)
            .is_some_and(|&noted| now.since(noted) < self.lasts)
    }

    pub(crate) fn note(&self, slot: Slot, now: Timestamp) {
        let mut noted = self.lock();
        if noted.len() >= MOST && !noted.contains_key(&slot) {
            noted.retain(|_, &mut at| now.since(at) < self.lasts);
            if noted.len() >= MOST {
                // Forgetting costs a few renders or waits; growing without bound costs the process.
                noted.clear();
            }
        }
        noted.insert(slot, now);
    }

    pub(crate) fn forget(&self, slot: Slot) {
        self.lock().remove(&slot);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Slot, Timestamp>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{Key, Target};
    use super::*;

    fn slot(path: &str) -> Slot {
        Key::new(&Target {
            release: "r",
            scheme: "http",
            host: b"",
            path,
            query: None,
        })
        .slot()
    }

    #[test]
    fn it_is_remembered_for_a_while() {
        let noted = Noted::lasting(Duration::from_secs(10));
        let at = |secs: u64| Timestamp::from_millis(secs * 1000);
        noted.note(slot("/a"), at(100));
        assert!(noted.contains(slot("/a"), at(109)));
        assert!(!noted.contains(slot("/a"), at(110)));
        assert!(!noted.contains(slot("/b"), at(100)));
        noted.forget(slot("/a"));
        assert!(!noted.contains(slot("/a"), at(100)));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let noted = Noted::lasting(Duration::from_secs(10));
        for n in 0..3 * MOST {
            noted.note(slot(&n.to_string()), Timestamp::from_millis(0));
        }
        assert!(noted.lock().len() <= MOST);
    }
}
