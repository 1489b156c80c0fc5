//! Remembers for a short while which pages turned out not to be for everybody, so that requests for them do not queue
//! up one behind the other.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Timestamp;
use super::key::Slot;

/// How long it is remembered. A page that becomes storable again is noticed at once, because such requests still look
/// into the store and still fill it; they only do not wait for each other.
const REMEMBERED: Duration = Duration::from_secs(10);

/// More than this many are not remembered at a time.
const MOST: usize = 4096;

/// Slots whose latest response was unstorable, with the time it was made.
#[derive(Debug, Default)]
pub(crate) struct Unshared(Mutex<HashMap<Slot, Timestamp>>);

impl Unshared {
    pub(crate) fn contains(&self, slot: Slot, now: Timestamp) -> bool {
        self.lock()
            .get(&slot)
            .is_some_and(|&noted| now.since(noted) < REMEMBERED)
    }

    pub(crate) fn note(&self, slot: Slot, now: Timestamp) {
        let mut noted = self.lock();
        if noted.len() >= MOST && !noted.contains_key(&slot) {
            noted.retain(|_, &mut at| now.since(at) < REMEMBERED);
            if noted.len() >= MOST {
                // Forgetting costs at most one queue per page; growing without bound costs the process.
                noted.clear();
            }
        }
        noted.insert(slot, now);
    }

    pub(crate) fn forget(&self, slot: Slot) {
        self.lock().remove(&slot);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Slot, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
            host: "",
            path,
            query: None,
        })
        .slot()
    }

    #[test]
    fn it_is_remembered_for_a_while() {
        let unshared = Unshared::default();
        let at = |secs: u64| Timestamp::from_millis(secs * 1000);
        unshared.note(slot("/a"), at(100));
        assert!(unshared.contains(slot("/a"), at(109)));
        assert!(!unshared.contains(slot("/a"), at(110)));
        assert!(!unshared.contains(slot("/b"), at(100)));
        unshared.forget(slot("/a"));
        assert!(!unshared.contains(slot("/a"), at(100)));
    }

    #[test]
    fn it_does_not_grow_without_bound() {
        let unshared = Unshared::default();
        for n in 0..3 * MOST {
            unshared.note(slot(&n.to_string()), Timestamp::from_millis(0));
        }
        assert!(unshared.lock().len() <= MOST);
    }
}
