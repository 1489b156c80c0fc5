//! When a server that fails is let alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// After as many failures in a row nothing is asked of the server any more.
const MOST_FAILURES: u32 = 5;

/// For how long writes are let alone that the server refuses, while it still answers reads.
const WRITES_REST: Duration = Duration::from_secs(1);

/// Opens after some failures in a row; who probes the server closes it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Odd while it is open; grows by one with each change. What began before a change does not count after it.
    era: AtomicU64,
    failures: Mutex<u32>,
}

/// A run of the closed breaker, which an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Era(u64);

impl Breaker {
    /// The present era, unless the breaker is open.
    pub(super) fn admits(&self) -> Option<Era> {
        let era = self.era.load(Ordering::SeqCst);
        era.is_multiple_of(2).then_some(Era(era))
    }

    /// Counts what became of an operation. `true` if it opened the breaker.
    pub(super) fn count(&self, era: Era, success: bool) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if self.admits() != Some(era) {
            return false;
        }
        *failures = if success { 0 } else { *failures + 1 };
        let opens = *failures >= MOST_FAILURES;
        if opens {
            self.era.fetch_add(1, Ordering::SeqCst);
        }
        opens
    }

    /// Notes that the server answers again. `true` if that closed the breaker.
    pub(super) fn close(&self) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let closes = self.admits().is_none();
        if closes {
            *failures = 0;
            self.era.fetch_add(1, Ordering::SeqCst);
        }
        closes
    }
}

/// The same for writes alone: a server that is full, or a replica, still answers reads. One write per rest tries.
#[derive(Debug, Default)]
pub(super) struct WriteGate(Mutex<Refusals>);

#[derive(Debug, Default)]
struct Refusals {
    in_a_row: u32,
    rest_until: Option<Instant>,
}

impl WriteGate {
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match refusals.rest_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                refusals.rest_until = Some(now + WRITES_REST);
                true
            }
        }
    }

    /// `true` if writes rest from now on.
    pub(super) fn refused(&self, now: Instant) -> bool {
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.in_a_row = refusals.in_a_row.saturating_add(1);
        if refusals.in_a_row < MOST_FAILURES {
            return false;
        }
        refusals.rest_until.replace(now + WRITES_REST).is_none()
    }

    /// `true` if writes rested until now.
    pub(super) fn accepted(&self) -> bool {
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.in_a_row = 0;
        refusals.rest_until.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_open_it_and_no_fewer() {
        let breaker = Breaker::default();
        let era = breaker.admits().unwrap();
        for success in [false, false, false, false, true, false, false, false, false] {
            assert!(!breaker.count(era, success));
        }
        assert!(breaker.count(era, false));
        assert_eq!(breaker.admits(), None);
        // What was under way then neither opens it again nor closes it.
        assert!(!breaker.count(era, false));
        assert!(!breaker.count(era, true));
        assert_eq!(breaker.admits(), None);
    }

    #[test]
    fn what_began_before_it_opened_does_not_count_once_it_is_closed() {
        let breaker = Breaker::default();
        let before = breaker.admits().unwrap();
        assert!((0..5).any(|_| breaker.count(before, false)));
        assert!(breaker.close());
        assert!(!breaker.close());
        assert!((0..50).all(|_| !breaker.count(before, false)));
        let after = breaker.admits().unwrap();
        assert_ne!(before, after);
        assert!((0..4).all(|_| !breaker.count(after, false)));
        assert!(breaker.count(after, false));
    }

    #[test]
    fn refused_writes_rest_and_one_tries_from_time_to_time() {
        let gate = WriteGate::default();
        let now = Instant::now();
        assert!((0..4).all(|_| !gate.refused(now)));
        assert!(gate.admits(now));
        assert!(gate.refused(now));
        assert!(!gate.refused(now), "the change is told once");
        assert!(!gate.admits(now));
        let later = now + WRITES_REST;
        assert!(gate.admits(later));
        assert!(!gate.admits(later), "one is enough");
        assert!(gate.accepted());
        assert!(gate.admits(later));
        assert!(!gate.accepted());
    }
}
