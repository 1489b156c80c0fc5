//! Looking pages up and putting them down: the store, the flights and the clock at work together.

mod encoding;
mod landing;
mod look;
#[cfg(test)]
mod model;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

use super::allowance::Allowance;
use super::clock::{Clock, Timestamp};
use super::encode::Encoding;
use super::entry::Entry;
use super::fields::Fields;
use super::flight::{Flights, Landing, Leader, Role, Waited};
use super::key::{Key, Slot};
use super::lease::{HeldLease, Turn, Turns};
use super::noted::Noted;
use super::purge::{Purge, Scopes, Stamp};
use super::request::Lookup;
use super::stats::{Counters, Event};
use super::status::{CacheStatus, Miss};
use super::store::{Store, StoreError};

use look::{Seen, Use, good_for};

/// A request that waited for this many flights without finding its page renders by itself.
const MOST_ROUNDS: usize = 8;

/// For a read whose answer does not depend on purges.
const NO_SCOPES: Scopes<'_> = Scopes {
    path: "",
    query: None,
};

/// What all views of one cache share.
pub(crate) struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    flights: Arc<Flights>,
    /// Pages that turned out not to be for everybody: requests for them do not queue up one behind the other. One that
    /// becomes storable again is noticed at once, because such requests still look into the store and still fill it.
    unshared: Noted,
    /// Pages whose view has just failed: while there is a stale one it is served, and the view is left alone.
    failed: Noted,
    encoding: Arc<Encoding>,
    pub(crate) counters: Counters,
}

/// A page that a request wants.
pub(crate) struct Wanted<'a, F: ?Sized> {
    /// The key of the URL, without what `Vary` adds.
    pub(crate) key: &'a Key,
    pub(crate) scopes: Scopes<'a>,
    pub(crate) lookup: Lookup,
    pub(crate) fields: &'a F,
    /// How long to wait for somebody else's render.
    pub(crate) patience: Duration,
}

/// What came of looking for a page.
pub(crate) enum Found {
    /// Serve this.
    Page {
        entry: Arc<Entry>,
        status: CacheStatus,
    },
    /// Serve this, although it is stale, and use the ticket, if there is one, to render it anew behind it.
    Stale {
        entry: Arc<Entry>,
        status: CacheStatus,
        refresh: Option<Ticket>,
    },
    /// Render, and come back with the ticket.
    Nothing(Ticket),
}

/// The right to render a page. Dropping it without [`Engine::keep`] or [`Engine::refuse`] sets those free that wait.
pub(crate) struct Ticket {
    key: Key,
    /// The slot that was found empty: that of the URL, or of the variant as far as it is known.
    slot: Slot,
    render: Render,
    stamp: Stamp,
    /// Whether what comes of it says anything about other requests for the page.
    typical: bool,
    /// A stale page, which may be served if the view fails.
    pub(crate) fallback: Option<Arc<Entry>>,
    /// A page that is not to be served as it is, but is valid if the view says that it has not changed.
    pub(crate) known: Option<Arc<Entry>>,
    pub(crate) miss: Miss,
}

/// On whose behalf a page is rendered.
struct Render {
    /// Those in this process who wait for it.
    leader: Option<Leader>,
    /// Those in others.
    lease: Option<HeldLease>,
    may_store: bool,
    allowance: Allowance,
}

impl Render {
    /// Lets those who wait render for themselves, in other processes too.
    fn end_unshared(mut self) {
        if let Some(lease) = self.lease.take() {
            lease.end_unshared();
        }
        self.end_failed();
    }

    /// Lets those who wait look for a stale page.
    fn end_failed(self) {
        drop(self.lease);
        if let Some(leader) = self.leader {
            leader.land(Landing::Unshared);
        }
    }
}

impl Ticket {
    /// Whether a page rendered by this ticket goes into the store, if it may.
    pub(crate) fn may_store(&self) -> bool {
        self.render.may_store
    }

    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }
}

impl Engine {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Engine {
        Engine {
            store,
            clock,
            flights: Arc::default(),
            unshared: Noted::lasting(Duration::from_secs(10)),
            failed: Noted::lasting(Duration::from_secs(2)),
            encoding: Arc::default(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Finds the page, or waits for one who renders it, or gives the right to render it.
    pub(crate) async fn find<F: Fields + ?Sized>(&self, wanted: &Wanted<'_, F>) -> Found {
        let mut allowance = Allowance::new(&self.store);
        let landed = self.flights.landed();
        let mut seen = self.look(wanted, &mut allowance).await;
        match seen.take(Use::Fresh) {
            Some(entry) => self.found(entry),
            // Apart: what hits move about is the smaller for it.
            None => Box::pin(self.wait_or_lead(wanted, allowance, landed, seen)).await,
        }
    }

    fn hit(&self, entry: Arc<Entry>, now: Timestamp) -> (Arc<Entry>, CacheStatus) {
        let ttl = entry.fresh_for(now);
        self.counters.count(Event::Hit);
        (entry, CacheStatus::Hit { ttl })
    }

    fn found(&self, entry: Arc<Entry>) -> Found {
        let (entry, status) = self.hit(entry, self.now());
        Found::Page { entry, status }
    }

    /// What there is to do where no fresh page was seen; `landed` is from before it was looked for.
    async fn wait_or_lead<F: Fields + ?Sized>(
        &self,
        wanted: &Wanted<'_, F>,
        mut allowance: Allowance,
        landed: u64,
        seen: Seen,
    ) -> Found {
        let deadline = Instant::now() + wanted.patience;
        let mut turns = Turns::new(&self.store, deadline);
        let mut leader: Option<Leader> = None;
        let mut rounds = 0;
        let mut first = Some((landed, seen));
        let (seen, leader, may_store) = loop {
            let (landed, mut seen) = match first.take() {
                Some(first) => first,
                None => {
                    let landed = self.flights.landed();
                    (landed, self.look(wanted, &mut allowance).await)
                }
            };
            if let Some(entry) = seen.take(Use::Fresh) {
                return self.found(entry);
            }
            let slot = seen.slot(wanted);
            let leads = leader.as_ref().is_some_and(|leader| leader.slot() == slot);
            if let Some(entry) = seen.take(Use::Refresh) {
                if !leads {
                    leader = self.lead_refresh(wanted, slot);
                    if leader.is_some() && self.flights.landed() != landed {
                        // Another refresh landed between looking and joining: look once more, leading already.
                        continue;
                    }
                }
                let may_render = match &leader {
                    Some(_) => turns.ask(slot, &mut allowance).await.is_ours(),
                    None => false,
                };
                let render = Render {
                    leader,
                    lease: turns.into_held(),
                    may_store: true,
                    allowance,
                };
                let refresh = may_render.then(|| self.ticket(wanted, seen, render));
                return self.stale(entry, refresh);
            }
            if leads {
                match turns.ask(slot, &mut allowance).await {
                    Turn::Ours => break (seen, leader, true),
                    Turn::OursNow => continue,
                    Turn::Theirs => {
                        turns.pause().await;
                        continue;
                    }
                    Turn::TooLong => break (seen, leader, false),
                    Turn::Unshared => {
                        if let Some(leader) = leader {
                            leader.land(Landing::Unshared);
                        }
                        break (seen, None, true);
                    }
                }
            }
            leader = None;
            if self.failed.contains(slot, self.now())
                && let Some(entry) = seen.take(Use::Fallback)
            {
                return self.stale(entry, None);
            }
            if !is_typical(wanted.lookup) || self.unshared.contains(slot, self.now()) {
                break (seen, None, true);
            }
            rounds += 1;
            if rounds > MOST_ROUNDS || Instant::now() >= deadline {
                break (seen, None, false);
            }
            match self.flights.join(slot, wanted.patience) {
                Role::Lead(new)
                    if seen.failed || self.flights.landed() == landed && !turns.are_taken() =>
                {
                    break (seen, Some(new), true);
                }
                // Another flight landed between looking and joining, or another process may have rendered the page: look
                // once more, leading already.
                Role::Lead(new) => {
                    leader = Some(new);
                    turns.ask(slot, &mut allowance).await;
                }
                Role::Follow(follower) => match follower.wait(deadline).await {
                    Waited::Landed(Landing::Shared(entry, names)) => {
                        let key = wanted.key.variant(&names, wanted.fields);
                        // After a purge that may cover one of its tags, which were not known, the store is asked again.
                        // If that cannot be, only a page will do whose render has known no better.
                        let may_be_void = match seen.failed {
                            true => entry.stamp() != Stamp::default(),
                            false => entry.stamp() < seen.purges.latest,
                        };
                        if !may_be_void
                            && good_for(&entry, &key, wanted.lookup, seen.purges, self.now())
                                == Some(Use::Fresh)
                        {
                            self.counters.count(Event::Shared);
                            let status = CacheStatus::Collapsed { miss: seen.miss };
                            return Found::Page { entry, status };
                        }
                    }
                    // With a page to fall back to, what happened is seen by looking once more.
                    Waited::Landed(Landing::Unshared) if seen.entry.is_some() => {}
                    Waited::Landed(Landing::Unshared) => break (seen, None, true),
                    Waited::Abandoned => {}
                    Waited::TooLong => match seen.take(Use::Fallback) {
                        Some(entry) => return self.stale(entry, None),
                        None => break (seen, None, false),
                    },
                },
            }
        };
        self.counters.count(Event::Miss);
        let render = Render {
            leader,
            lease: turns.into_held(),
            may_store,
            allowance,
        };
        Found::Nothing(self.ticket(wanted, seen, render))
    }

    fn ticket<F: Fields + ?Sized>(
        &self,
        wanted: &Wanted<'_, F>,
        mut seen: Seen,
        mut render: Render,
    ) -> Ticket {
        // What was purged is not known then, so nobody can tell when the page is void.
        render.may_store &= !seen.failed;
        Ticket {
            slot: seen.slot(wanted),
            key: wanted.key.clone(),
            render,
            stamp: seen.purges.latest,
            typical: is_typical(wanted.lookup),
            known: seen.known.take(),
            fallback: seen.take(Use::Fallback),
            miss: seen.miss,
        }
    }

    fn stale(&self, entry: Arc<Entry>, refresh: Option<Ticket>) -> Found {
        self.counters.count(Event::Stale);
        let by = entry.stale_for(self.now());
        let status = CacheStatus::Stale { by };
        Found::Stale {
            entry,
            status,
            refresh,
        }
    }

    /// The lead of a refresh, unless one is under way, has just failed, or this request cannot bring one about.
    fn lead_refresh<F: Fields + ?Sized>(
        &self,
        wanted: &Wanted<'_, F>,
        slot: Slot,
    ) -> Option<Leader> {
        if !is_typical(wanted.lookup) || self.failed.contains(slot, self.now()) {
            return None;
        }
        match self.flights.join(slot, wanted.patience) {
            Role::Lead(leader) => Some(leader),
            Role::Follow(_) => None,
        }
    }

    pub(crate) fn is_store_up(&self) -> bool {
        self.store.is_up()
    }

    pub(crate) async fn purge(&self, scope: Purge<'_>) -> Result<(), StoreError> {
        self.store.purge(scope).await
    }

    /// Notes a write that failed; `true` if it did not.
    fn settle(&self, result: Result<(), StoreError>) -> bool {
        if let Err(error) = &result {
            self.counters.count(Event::Error);
            // A store that goes on failing says so itself, once.
            debug!(%error, "page store failed to write");
        }
        result.is_ok()
    }
}

/// Whether a request is like all others for its page: it may wait for another, and another for it.
fn is_typical(lookup: Lookup) -> bool {
    !lookup.head && !lookup.authorized && !lookup.demand.fresh_render
}
