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
use super::{Engine, Ticket};

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
        for noted in [&self.unshared, &self.failed] {
            noted.forget(key.slot());
            noted.forget(ticket.slot);
        }
        if let Some(leader) = ticket.leader {
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
        if let Some(leader) = ticket.leader {
            leader.land(Landing::Unshared);
        }
    }

    /// Notes that the view failed, and lets those who wait have the stale page or render for themselves.
    pub(crate) fn fail(&self, ticket: Ticket) {
        self.note_failure(ticket.slot);
        if ticket.typical && ticket.miss != Miss::Stale {
            self.unshared.note(ticket.slot, self.now());
        }
        if let Some(leader) = ticket.leader {
            leader.land(Landing::Unshared);
        }
    }

    pub(crate) fn note_failure(&self, slot: Slot) {
        self.failed.note(slot, self.now());
    }
}
