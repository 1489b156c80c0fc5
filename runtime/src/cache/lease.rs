//! Taking turns with other processes that share the store.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::allowance::Allowance;
use super::key::Slot;
use super::store::{Lease, Leased, Store};

/// How long to wait before another look whether the page is there that another process renders; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(80);

/// Whose turn it is to render.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Ours.
    Ours,
    /// Ours, but who had it before may have put the page there in the meantime.
    OursNow,
    /// Another process's.
    Theirs,
    /// Another process's, for longer than is waited for.
    TooLong,
    /// Nobody's: the response is not for everybody.
    Unshared,
}

impl Turn {
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Turn::Ours | Turn::OursNow)
    }
}

/// The turns of one request.
pub(crate) struct Turns<'a> {
    store: &'a Arc<dyn Store>,
    deadline: Instant,
    pause: Duration,
    held: Option<HeldLease>,
}

impl<'a> Turns<'a> {
    pub(crate) fn new(store: &'a Arc<dyn Store>, deadline: Instant) -> Turns<'a> {
        Turns {
            store,
            deadline,
            pause: FIRST_PAUSE,
            held: None,
        }
    }

    /// Whether processes take turns at all.
    pub(crate) fn are_taken(&self) -> bool {
        self.store.is_shared()
    }

    /// Asks whether to render the page of a slot.
    pub(crate) async fn ask(&mut self, slot: Slot, allowance: &mut Allowance) -> Turn {
        if self.held.as_ref().is_some_and(|held| held.slot == slot) {
            return Turn::Ours;
        }
        self.held = None;
        if !self.are_taken() {
            return Turn::Ours;
        }
        match allowance.spend(self.store.lease(slot)).await {
            Ok(Leased::Granted(lease)) => {
                self.held = Some(HeldLease::new(self.store, lease));
                Turn::OursNow
            }
            Ok(Leased::Unshared) => Turn::Unshared,
            Ok(Leased::Taken) if Instant::now() >= self.deadline => Turn::TooLong,
            Ok(Leased::Taken) => Turn::Theirs,
            // Pages are rendered without a store.
            Err(_) => Turn::Ours,
        }
    }

    /// Lets the other process get on.
    pub(crate) async fn pause(&mut self) {
        sleep(self.pause).await;
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
    }

    /// The lease, if one was needed and granted.
    pub(crate) fn into_held(self) -> Option<HeldLease> {
        self.held
    }
}

/// A lease that ends when this is dropped, however the render ended.
pub(crate) struct HeldLease {
    slot: Slot,
    held: Option<(Arc<dyn Store>, Lease)>,
}

impl HeldLease {
    fn new(store: &Arc<dyn Store>, lease: Lease) -> HeldLease {
        HeldLease {
            slot: lease.slot,
            held: Some((Arc::clone(store), lease)),
        }
    }

    /// Ends it and tells other processes not to wait for such a response.
    pub(crate) fn end_unshared(mut self) {
        self.end(true);
    }

    fn end(&mut self, unshared: bool) {
        if let Some((store, lease)) = self.held.take() {
            store.release(lease, unshared);
        }
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.end(false);
    }
}
