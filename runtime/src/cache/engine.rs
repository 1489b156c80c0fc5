//! Looking pages up and putting them down: the store, the flights and the clock at work together.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

use super::clock::{Clock, Timestamp};
use super::entry::{Entry, Page};
use super::fields::Fields;
use super::flight::{Flights, Landing, Leader, Role, Waited};
use super::key::{Key, Slot};
use super::purge::{Purge, Purges, Scopes, Stamp};
use super::request::Lookup;
use super::response::Terms;
use super::stats::{Counters, Event};
use super::status::{CacheStatus, Miss};
use super::store::{Read, Store, StoreError, Value};
use super::unshared::Unshared;
use super::vary::VaryRecord;

/// A request that waited for this many flights without finding its page renders by itself.
const MOST_ROUNDS: usize = 8;

/// What all views of one cache share.
pub(crate) struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    flights: Arc<Flights>,
    unshared: Unshared,
    pub(crate) counters: Counters,
}

/// A page that a request wants.
pub(crate) struct Wanted<'a, F: ?Sized> {
    /// The key of the URL, without what `Vary` adds.
    pub(crate) key: Key,
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
    /// Render, and come back with the ticket.
    Nothing(Ticket),
}

/// The right to render a page. Dropping it without [`Engine::keep`] or [`Engine::refuse`] sets those free that wait.
pub(crate) struct Ticket {
    key: Key,
    /// The slot that was found empty: that of the URL, or of the variant as far as it is known.
    slot: Slot,
    leader: Option<Leader>,
    stamp: Stamp,
    may_store: bool,
    /// Whether what comes of it says anything about other requests for the page.
    typical: bool,
    pub(crate) miss: Miss,
}

impl Ticket {
    /// Whether a page rendered by this ticket goes into the store, if it may.
    pub(crate) fn may_store(&self) -> bool {
        self.may_store
    }
}

/// One look into the store.
struct Seen {
    key: Key,
    purges: Purges,
    entry: Option<Arc<Entry>>,
    miss: Miss,
}

impl Engine {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Engine {
        Engine {
            store,
            clock,
            flights: Arc::default(),
            unshared: Unshared::default(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Finds the page, or waits for one who renders it, or gives the right to render it.
    pub(crate) async fn find<F: Fields + ?Sized>(&self, wanted: &Wanted<'_, F>) -> Found {
        let deadline = Instant::now() + wanted.patience;
        let mut leader: Option<Leader> = None;
        let mut rounds = 0;
        let (seen, leader, may_store) = loop {
            let landed = self.flights.landed();
            let mut seen = self.look(wanted).await;
            if let Some(entry) = seen.entry.take() {
                let ttl = entry.fresh_for(self.now());
                self.counters.count(Event::Hit);
                let status = CacheStatus::Hit { ttl };
                return Found::Page { entry, status };
            }
            let slot = seen.key.slot();
            if leader.as_ref().is_some_and(|leader| leader.slot() == slot) {
                break (seen, leader, true);
            }
            leader = None;
            if !is_typical(wanted.lookup) || self.unshared.contains(slot, self.now()) {
                break (seen, None, true);
            }
            rounds += 1;
            if rounds > MOST_ROUNDS || Instant::now() >= deadline {
                break (seen, None, false);
            }
            match self.flights.join(slot, wanted.patience) {
                Role::Lead(new) if self.flights.landed() == landed => {
                    break (seen, Some(new), true);
                }
                // Another flight landed between looking and joining: look once more, leading already.
                Role::Lead(new) => leader = Some(new),
                Role::Follow(follower) => match follower.wait(deadline).await {
                    Waited::Landed(Landing::Shared(entry, names)) => {
                        let key = wanted.key.variant(&names, wanted.fields);
                        // After a purge that may cover one of its tags, which were not known, the store is asked again.
                        if entry.stamp() >= seen.purges.latest
                            && self.serves(&entry, &key, wanted.lookup, seen.purges)
                        {
                            self.counters.count(Event::Shared);
                            let status = CacheStatus::Collapsed { miss: seen.miss };
                            return Found::Page { entry, status };
                        }
                    }
                    Waited::Landed(Landing::Unshared) => break (seen, None, true),
                    Waited::Abandoned => {}
                    Waited::TooLong => break (seen, None, false),
                },
            }
        };
        self.counters.count(Event::Miss);
        Found::Nothing(Ticket {
            slot: seen.key.slot(),
            key: wanted.key.clone(),
            leader,
            stamp: seen.purges.latest,
            may_store,
            typical: is_typical(wanted.lookup),
            miss: seen.miss,
        })
    }

    /// Stores a rendered page and hands it to those who wait for it.
    pub(crate) async fn keep<F: Fields + ?Sized>(
        &self,
        ticket: Ticket,
        page: Page,
        terms: &Terms,
        fields: &F,
    ) -> Arc<Entry> {
        let now = self.now();
        let mut record = self.record(&ticket.key).await;
        record.learn(&terms.vary);
        let names = record.names().clone();
        let key = record.variant(&ticket.key, fields);
        let entry = Arc::new(Entry::new(&key, ticket.stamp, page, terms, now));
        if ticket.may_store {
            let time = entry.keep_for(now);
            let page = Value::Page(Arc::clone(&entry));
            if self.settle(self.store.put(key.slot(), page, time).await) {
                self.counters.count(Event::Stored);
            }
            if !names.is_empty() {
                let leaves = record.note(key.slot());
                let record = Value::Varies(Arc::new(record));
                self.settle(self.store.put(ticket.key.slot(), record, time).await);
                if let Some(slot) = leaves {
                    self.settle(self.store.remove(slot).await);
                }
            }
        }
        self.unshared.forget(key.slot());
        self.unshared.forget(ticket.slot);
        if let Some(leader) = ticket.leader {
            leader.land(Landing::Shared(Arc::clone(&entry), names));
        }
        entry
    }

    /// Notes that the response was not for everybody, and lets those who wait render for themselves.
    pub(crate) fn refuse(&self, ticket: Ticket) {
        if ticket.typical {
            self.unshared.note(ticket.slot, self.now());
        }
        if let Some(leader) = ticket.leader {
            leader.land(Landing::Unshared);
        }
    }

    pub(crate) async fn purge(&self, scope: Purge<'_>) -> Result<(), StoreError> {
        self.store.purge(scope).await
    }

    /// Looks into the slot of the URL and, if its pages vary, into that of the variant.
    async fn look<F: Fields + ?Sized>(&self, wanted: &Wanted<'_, F>) -> Seen {
        let mut key = wanted.key.clone();
        let mut miss = Miss::Uri;
        let mut read = self.get(key.slot(), wanted.scopes).await;
        if let Some(Value::Varies(record)) = &read.value
            && record.is_for(&key)
        {
            key = record.variant(&key, wanted.fields);
            miss = Miss::Vary;
            read = self.get(key.slot(), wanted.scopes).await;
        }
        let entry = match read.value {
            Some(Value::Page(entry)) if entry.is_for(&key) => Some(entry),
            _ => None,
        };
        if let Some(entry) = &entry {
            miss = match entry.fresh_for(self.now()).is_zero()
                || entry.stamp() < read.purges.covering
            {
                true => Miss::Stale,
                false => Miss::Request,
            };
        }
        Seen {
            purges: read.purges,
            entry: entry.filter(|entry| self.serves(entry, &key, wanted.lookup, read.purges)),
            key,
            miss,
        }
    }

    /// Whether an entry may be served to a request with this key (RFC 9111 §4).
    fn serves(&self, entry: &Entry, key: &Key, lookup: Lookup, purges: Purges) -> bool {
        let now = self.now();
        let demand = lookup.demand;
        let fresh_for = entry.fresh_for(now);
        entry.is_for(key)
            && entry.stamp() >= purges.covering
            && !fresh_for.is_zero()
            && (entry.is_public() || !lookup.authorized)
            && !demand.fresh_render
            && demand.max_age.is_none_or(|most| entry.age(now) <= most)
            && demand.min_fresh.is_none_or(|least| fresh_for >= least)
    }

    /// The record of a URL's variants as it stands now, or a new one.
    async fn record(&self, key: &Key) -> VaryRecord {
        let scopes = Scopes {
            path: "",
            query: None,
        };
        match self.get(key.slot(), scopes).await.value {
            Some(Value::Varies(record)) if record.is_for(key) => VaryRecord::clone(&record),
            _ => VaryRecord::new(key),
        }
    }

    async fn get(&self, slot: Slot, scopes: Scopes<'_>) -> Read {
        match self.store.get(slot, scopes).await {
            Ok(read) => read,
            Err(error) => {
                self.counters.count(Event::Error);
                debug!(%slot, %error, "page store failed to read");
                Read::default()
            }
        }
    }

    /// Notes a write that failed; `true` if it did not.
    fn settle(&self, result: Result<(), StoreError>) -> bool {
        if let Err(error) = &result {
            self.counters.count(Event::Error);
            warn!(%error, "page store failed to write");
        }
        result.is_ok()
    }
}

/// Whether a request is like all others for its page: it may wait for another, and another for it.
fn is_typical(lookup: Lookup) -> bool {
    !lookup.head && !lookup.authorized && !lookup.demand.fresh_render
}
