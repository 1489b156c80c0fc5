//! Single flight: of the requests for one page that nobody has, one renders and the others wait for it.
//!
//! The one is a [`Leader`]; dropping it, by a panic or because its client went away, sets the waiters free. They ask
//! again, and one of them leads next.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::entry::Entry;
use super::key::Slot;
use super::vary::VaryNames;

/// What became of a render.
#[derive(Clone, Debug)]
pub(crate) enum Landing {
    /// A page that others may be served, if their request's headers with these names are the same.
    Shared(Arc<Entry>, VaryNames),
    /// A response that is for its own request only. The waiters render for themselves, all at once.
    Unshared,
}

/// The renders that are under way.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    aloft: Mutex<HashMap<Slot, Aloft>>,
    /// Numbers flights, so that one that was taken over does not remove its successor.
    next: AtomicU64,
    landed: AtomicU64,
}

#[derive(Debug)]
struct Aloft {
    number: u64,
    since: Instant,
    landing: watch::Receiver<Option<Landing>>,
}

/// A request's part in a flight.
pub(crate) enum Role {
    /// Render, then [`land`](Leader::land).
    Lead(Leader),
    /// [`wait`](Follower::wait) for the leader.
    Follow(Follower),
}

impl Flights {
    /// Joins the flight for `slot`, or begins it. One that has been under way for longer than `patience` is given up:
    /// it may be stuck, and its page is not waited for any more.
    pub(crate) fn join(self: &Arc<Self>, slot: Slot, patience: Duration) -> Role {
        let mut aloft = self.lock();
        let now = Instant::now();
        if let Some(flight) = aloft.get(&slot)
            && now.duration_since(flight.since) < patience
        {
            return Role::Follow(Follower {
                until: flight.since + patience,
                landing: flight.landing.clone(),
            });
        }
        let (sender, landing) = watch::channel(None);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        aloft.insert(
            slot,
            Aloft {
                number,
                since: now,
                landing,
            },
        );
        Role::Lead(Leader {
            flights: Arc::clone(self),
            slot,
            number,
            sender,
        })
    }

    /// How many flights have ended. If the number has not changed since a store was found empty, no flight can have
    /// filled it in between.
    pub(crate) fn landed(&self) -> u64 {
        self.landed.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Slot, Aloft>> {
        // Nothing that holds the lock can panic half way through a change.
        self.aloft.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that renders.
#[derive(Debug)]
pub(crate) struct Leader {
    flights: Arc<Flights>,
    slot: Slot,
    number: u64,
    sender: watch::Sender<Option<Landing>>,
}

impl Leader {
    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// Ends the flight and tells the waiters what came of it.
    pub(crate) fn land(self, landing: Landing) {
        self.sender.send_replace(Some(landing));
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let mut aloft = self.flights.lock();
        // Counted before the flight is gone: who finds it gone finds it counted.
        self.flights.landed.fetch_add(1, Ordering::SeqCst);
        if aloft
            .get(&self.slot)
            .is_some_and(|flight| flight.number == self.number)
        {
            aloft.remove(&self.slot);
        }
        // Dropping the sender wakes the waiters, with a landing or without.
    }
}

/// One that waits.
#[derive(Debug)]
pub(crate) struct Follower {
    until: Instant,
    landing: watch::Receiver<Option<Landing>>,
}

/// How waiting ended.
#[derive(Clone, Debug)]
pub(crate) enum Waited {
    Landed(Landing),
    /// The leader is gone without a result.
    Abandoned,
    /// It took too long.
    TooLong,
}

impl Follower {
    /// Waits for the leader, but not longer than until `deadline` nor than the patience that the flight was joined
    /// with.
    pub(crate) async fn wait(mut self, deadline: Instant) -> Waited {
        let landing = timeout_at(
            self.until.min(deadline),
            self.landing.wait_for(Option::is_some),
        )
        .await;
        match landing {
            Ok(Ok(landing)) => match landing.as_ref() {
                Some(landing) => Waited::Landed(landing.clone()),
                None => Waited::Abandoned,
            },
            Ok(Err(_)) => Waited::Abandoned,
            Err(_) => Waited::TooLong,
        }
    }
}

#[cfg(test)]
#[path = "flight_tests.rs"]
mod tests;
