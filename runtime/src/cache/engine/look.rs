//! Looking into the store: what there is for a request, and what it is good for.

use std::sync::Arc;

use tracing::debug;

use super::super::allowance::Allowance;
use super::super::clock::Timestamp;
use super::super::entry::Entry;
use super::super::fields::Fields;
use super::super::key::{Key, Slot};
use super::super::purge::{Purges, Scopes};
use super::super::request::Lookup;
use super::super::stats::Event;
use super::super::status::{CacheStatus, Miss};
use super::super::store::{Read, Value};
use super::super::vary::VaryRecord;
use super::{Engine, NO_SCOPES, Wanted};

/// One look into the store.
pub(super) struct Seen {
    /// That of the variant, as far as one is known.
    pub(super) key: Option<Key>,
    pub(super) purges: Purges,
    /// What is stored and not void, and what it is good for.
    pub(super) entry: Option<(Arc<Entry>, Use)>,
    pub(super) known: Option<Arc<Entry>>,
    pub(super) miss: Miss,
    /// Nothing is known, as the store could not be read.
    pub(super) failed: bool,
}

impl Seen {
    /// The slot that was looked into last.
    pub(super) fn slot<F: ?Sized>(&self, wanted: &Wanted<'_, F>) -> Slot {
        self.key.as_ref().unwrap_or(wanted.key).slot()
    }

    pub(super) fn take(&mut self, wanted: Use) -> Option<Arc<Entry>> {
        let (entry, _) = self.entry.take_if(|(_, good_for)| *good_for == wanted)?;
        Some(entry)
    }
}

/// What an entry is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// To be served.
    Fresh,
    /// To be served while it is rendered anew.
    Refresh,
    /// To be served in place of an error.
    Fallback,
}

impl Engine {
    /// A fresh page that the store has at hand. If there is none, nothing has been counted and [`find`](Self::find) is next.
    pub(crate) fn find_now<F: Fields + ?Sized>(
        &self,
        wanted: &Wanted<'_, F>,
        now: Timestamp,
    ) -> Option<(Arc<Entry>, CacheStatus)> {
        let mut read = self.store.get_now(wanted.key.slot(), wanted.scopes)?;
        let mut variant = None;
        if let Some(Value::Varies(record)) = &read.value
            && record.is_for(wanted.key)
        {
            let key = record.variant(wanted.key, wanted.fields);
            read = self.store.get_now(key.slot(), wanted.scopes)?;
            variant = Some(key);
        }
        let Some(Value::Page(entry)) = read.value else {
            return None;
        };
        let key = variant.as_ref().unwrap_or(wanted.key);
        let good_for = good_for(&entry, key, wanted.lookup, read.purges, now)?;
        (good_for == Use::Fresh).then(|| self.hit(entry, now))
    }

    /// Looks into the slot of the URL and, if its pages vary, into that of the variant.
    pub(super) async fn look<F: Fields + ?Sized>(
        &self,
        wanted: &Wanted<'_, F>,
        allowance: &mut Allowance,
    ) -> Seen {
        let mut variant = None;
        let mut miss = Miss::Uri;
        let mut read = self.get(wanted.key.slot(), wanted.scopes, allowance).await;
        if let Some(Read {
            value: Some(Value::Varies(record)),
            ..
        }) = &read
            && record.is_for(wanted.key)
        {
            let key = record.variant(wanted.key, wanted.fields);
            miss = Miss::Vary;
            read = self.get(key.slot(), wanted.scopes, allowance).await;
            variant = Some(key);
        }
        let key = variant.as_ref().unwrap_or(wanted.key);
        let now = self.now();
        let failed = read.is_none();
        let read = read.unwrap_or_default();
        let entry = match read.value {
            Some(Value::Page(entry)) if entry.is_for(key) => Some(entry),
            _ => None,
        };
        if let Some(entry) = &entry {
            miss = match entry.fresh_for(now).is_zero() || entry.stamp() < read.purges.covering {
                true => Miss::Stale,
                false => Miss::Request,
            };
        }
        let known = entry.clone().filter(|entry| {
            entry.stamp() >= read.purges.covering
                && !wanted.lookup.head
                && !wanted.lookup.authorized
        });
        let entry = entry.and_then(|entry| {
            let good_for = good_for(&entry, key, wanted.lookup, read.purges, now)?;
            Some((entry, good_for))
        });
        Seen {
            purges: read.purges,
            entry,
            known,
            key: variant,
            miss,
            failed,
        }
    }

    /// The record of a URL's variants as it stands now, or a new one.
    pub(super) async fn record(&self, key: &Key, allowance: &mut Allowance) -> VaryRecord {
        let read = self.get(key.slot(), NO_SCOPES, allowance).await;
        match read.and_then(|read| read.value) {
            Some(Value::Varies(record)) if record.is_for(key) => VaryRecord::clone(&record),
            _ => VaryRecord::new(key),
        }
    }

    /// Reads a slot, unless that fails.
    pub(super) async fn get(
        &self,
        slot: Slot,
        scopes: Scopes<'_>,
        allowance: &mut Allowance,
    ) -> Option<Read> {
        match allowance.spend(self.store.get(slot, scopes)).await {
            Ok(read) => Some(read),
            Err(error) => {
                self.counters.count(Event::Error);
                debug!(%slot, %error, "page store failed to read");
                None
            }
        }
    }
}

/// What an entry is good for when a request has this key (RFC 9111 §4).
pub(super) fn good_for(
    entry: &Entry,
    key: &Key,
    lookup: Lookup,
    purges: Purges,
    now: Timestamp,
) -> Option<Use> {
    let demand = lookup.demand;
    let age = entry.age(now);
    let parts = entry.parts();
    let least_fresh = |least| parts.lifetime.saturating_sub(age) >= least;
    let may_be_served = entry.is_for(key)
        && entry.stamp() >= purges.covering
        && (entry.is_public() || !lookup.authorized)
        && !demand.fresh_render
        && demand.max_age.is_none_or(|most| age <= most)
        && demand.min_fresh.is_none_or(least_fresh);
    if !may_be_served {
        return None;
    }
    if age < parts.lifetime {
        return Some(Use::Fresh);
    }
    match age - parts.lifetime {
        stale_for if stale_for < parts.stale_while_revalidate => Some(Use::Refresh),
        stale_for if stale_for < parts.stale_if_error => Some(Use::Fallback),
        _ => None,
    }
}
