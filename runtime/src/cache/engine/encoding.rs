//! Encoding what was stored, off the threads that answer requests.

use std::sync::Arc;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::Coding;

use super::super::allowance::Allowance;
use super::super::encode::{encode, has_codings};
use super::super::entry::Entry;
use super::super::key::Slot;
use super::super::store::Value;
use super::{Engine, NO_SCOPES};

impl Engine {
    /// Has a stored page's body encoded, off the thread that answers requests, and stored again with the result.
    pub(crate) fn encode_later(self: &Arc<Self>, entry: &Arc<Entry>) {
        if entry.parts().encoded.is_some() || !has_codings(entry) {
            return;
        }
        let slot = Slot::digest(&entry.parts().key);
        let Some(turn) = self.encoding.begin(slot) else {
            return;
        };
        let (engine, entry) = (Arc::clone(self), Arc::clone(entry));
        tokio::spawn(async move {
            let body = entry.body().clone();
            if let Ok(encoded) = spawn_blocking(move || encode(&body)).await {
                engine.add_encoded(slot, &entry, encoded).await;
            }
            drop(turn);
        });
    }

    async fn add_encoded(&self, slot: Slot, entry: &Entry, encoded: Vec<(Coding, Bytes)>) {
        let mut allowance = Allowance::new(&self.store);
        let Some(read) = self.get(slot, NO_SCOPES, &mut allowance).await else {
            return;
        };
        // What took its place in the meantime stays.
        if matches!(read.value, Some(Value::Page(stored)) if *stored == *entry) {
            let page = Value::Page(Arc::new(entry.with_encoded(encoded)));
            let time = entry.keep_for(self.now());
            self.settle(self.store.put(slot, page, time).await);
        }
    }
}
