//! Pages that a thread found in a store not long ago, so that it need not look each time: the store's map reads a clock,
//! notes each read for its eviction and keeps other threads from freeing what is read, at ten times the cost.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::entry::Entry;
use super::key::Slot;
use super::store::Value;

/// So many times a page is found here; then the store is looked into again, which thereby learns what is in demand.
const MOST_USES: u32 = 8;

const PLACES: usize = 16;

thread_local! {
    static PLACES_OF_THREAD: RefCell<[Option<Place>; PLACES]> =
        const { RefCell::new([const { None }; PLACES]) };
}

/// A page of some store. It is held weakly: what the store lets go of is gone, and its memory with it.
struct Place {
    store: u64,
    change: u64,
    slot: Slot,
    entry: Weak<Entry>,
    uses: u32,
}

/// What a store knows of the pages that threads have found in it.
#[derive(Debug)]
pub(super) struct Near {
    /// No other store of this process has this number.
    store: u64,
    /// How often the store was changed: what was found before the last change is not looked at again.
    changes: AtomicU64,
}

impl Near {
    pub(super) fn new() -> Near {
        static STORES: AtomicU64 = AtomicU64::new(0);
        Near {
            store: STORES.fetch_add(1, Ordering::Relaxed),
            changes: AtomicU64::new(0),
        }
    }

    /// To be called whenever something was put into the store or taken out, before that is said to be done.
    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// The value in a slot, which `find` finds in the store. Only pages are kept at hand.
    pub(super) fn value(&self, slot: Slot, find: impl FnOnce() -> Option<Value>) -> Option<Value> {
        // Read before the store is: a change in between makes what is found there too old, never too new.
        let change = self.changes.load(Ordering::Acquire);
        let at = usize::from(slot.as_bytes()[15]) % PLACES;
        let known = PLACES_OF_THREAD.with_borrow_mut(|places| {
            let place = places[at].as_mut()?;
            let is_known = (place.store, place.change, place.slot) == (self.store, change, slot);
            if !is_known || place.uses == MOST_USES {
                return None;
            }
            place.uses += 1;
            place.entry.upgrade()
        });
        if let Some(entry) = known {
            return Some(Value::Page(entry));
        }
        let found = find();
        let place = match &found {
            Some(Value::Page(entry)) => Some(Place {
                store: self.store,
                change,
                slot,
                entry: Arc::downgrade(entry),
                uses: 0,
            }),
            _ => None,
        };
        // Dropped outside, as that may run more than a little.
        drop(PLACES_OF_THREAD.with_borrow_mut(|places| std::mem::replace(&mut places[at], place)));
        found
    }
}
