//! What becomes of a render: its page is kept, or it was not for everybody, or it failed.

use std::sync::Arc;

use super::super::entry::{Entry, Page};
use super::super::fields::Fields;
use super::super::flight::Landing;
use super::super::key::Slot;
use super::super::response::Terms;
use super::super::stats::Event;
use super::super::status::Miss;
use super::super::store::Value;
use super::super::vary::VaryRecord;
use super::{Engine, Render, Ticket};

impl Engine {
    /// Stores a rendered page and hands it to those who wait for it.
    pub(crate) async fn keep<F: Fields + ?Sized>(
        &self,
        ticket: Ticket,
        page: Page,
        terms: &Terms,
        fields: &F,
    ) -> Arc<Entry> {
        let now = self.now();
        let Render {
            leader,
            lease,
            may_store,
            mut allowance,
        } = ticket.render;
        let mut record = match may_store {
            true => self.record(&ticket.key, &mut allowance).await,
            false => VaryRecord::new(&ticket.key),
        };
        record.learn(&terms.vary);
        let names = record.names().clone();
        let key = record.variant(&ticket.key, fields);
        let entry = Arc::new(Entry::new(&key, ticket.stamp, page, terms, now));
        if may_store {
            let leaves = match names.is_empty() {
                true => None,
                false => record.note(key.slot()),
            };
            let record = (!names.is_empty()).then_some((ticket.key.slot(), record));
            let (store, slot) = (Arc::clone(&self.store), key.slot());
            let (page, time) = (Value::Page(Arc::clone(&entry)), entry.keep_for(now));
            let write = async move {
                store.put(slot, page, time).await?;
                if let Some((slot, record)) = record {
                    let record = Value::Varies(Arc::new(record));
                    store.put(slot, record, time).await?;
                }
                match leaves {
                    Some(slot) => store.remove(slot).await,
                    None => Ok(()),
                }
            };
            if self.settle(allowance.spend_on_write(write).await) {
                self.counters.count(Event::Stored);
            }
        }
        for noted in [&self.unshared, &self.failed] {
            noted.forget(key.slot());
            noted.forget(ticket.slot);
        }
        // Not before the page is there for who gets the next lease.
        drop(lease);
        if let Some(leader) = leader {
            leader.land(Landing::Shared(Arc::clone(&entry), names));
        }
        entry
    }

    /// Notes that the response was not for everybody, and lets those who wait render for themselves. A page that is
    /// stored for such requests is superseded, and not served stale any more.
    pub(crate) async fn refuse(&self, ticket: Ticket) {
        if ticket.typical {
            self.unshared.note(ticket.slot, self.now());
            if ticket.miss == Miss::Stale {
                self.settle(self.store.remove(ticket.slot).await);
            }
        }
        ticket.render.end_unshared();
    }

    /// Notes that the view failed, and lets those who wait have the stale page or render for themselves.
    pub(crate) fn fail(&self, ticket: Ticket) {
        self.note_failure(ticket.slot);
        if ticket.miss == Miss::Stale {
            // Other processes have the stale page as well, and take turns in asking the view again.
            ticket.render.end_failed();
            return;
        }
        if ticket.typical {
            self.unshared.note(ticket.slot, self.now());
        }
        ticket.render.end_unshared();
    }

    pub(crate) fn note_failure(&self, slot: Slot) {
        self.failed.note(slot, self.now());
    }
}
