//! Where pages are kept, behind one trait.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use super::key::Slot;
use super::purge::{Purge, Purges, Scopes};
use super::vary::VaryRecord;

/// What an operation of a store gives, in the end.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store of pages.
///
/// A store need not be reliable: what it loses is rendered again, and what it gives back is checked against the key
/// before it is served. It must come back within its own time limit; the cache adds none. An error counts as a miss.
pub trait Store: Send + Sync + 'static {
    /// The value in a slot, if any, and the state of purges as of now.
    ///
    /// [`Purges::covering`] counts every scope of the page: those that follow from `scopes` and, if a page was found,
    /// those of its tags ([`Scopes::each`]). A remote store reads the value and the first of these at once, and needs a
    /// second round for the tags of a page that has any. [`Purges::latest`] must have been read before the others.
    ///
    /// # Errors
    /// If the store cannot be asked; the page is then rendered.
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read>;

    /// The same where there is nothing to wait for, as in a store in memory; `None` if there is. Cheaper than a future, and
    /// tried first.
    fn get_now(&self, slot: Slot, scopes: Scopes<'_>) -> Option<Read> {
        let _ = (slot, scopes);
        None
    }

    /// Keeps a value for about `keep`, in place of what was in the slot.
    ///
    /// # Errors
    /// If the value could not be kept.
    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()>;

    /// Empties a slot.
    ///
    /// # Errors
    /// If the value may still be there.
    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()>;

    /// Makes every page that the scope covers void, those in the making included.
    ///
    /// # Errors
    /// If such pages may still be served.
    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()>;

    /// Whether several processes use the store, so that they have to take turns in rendering a page.
    fn is_shared(&self) -> bool {
        false
    }

    /// Asks for the right to render the page of a slot, which one process has at a time, and not for long: a lease runs
    /// out by itself. Only asked of a store that is shared.
    ///
    /// # Errors
    /// If there are no leases to be had; the page is then rendered without.
    fn lease(&self, slot: Slot) -> StoreFuture<'_, Leased> {
        let _ = slot;
        Box::pin(ready(Err(StoreError::new("the store gives no leases"))))
    }

    /// Gives a lease back, without waiting for it. If the response was `unshared`, as it was not for everybody, other
    /// processes shall not wait for their turns for a while.
    fn release(&self, lease: Lease, unshared: bool) {
        let _ = (lease, unshared);
    }

    /// The longest that a request shall wait for this store in all, or `None` for one that is always quick.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Whether the store is being asked at all, as far as it knows.
    fn is_up(&self) -> bool {
        true
    }
}

/// The right to render the page of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The slot.
    pub slot: Slot,
    /// What tells it from everybody else's leases.
    pub token: u128,
}

impl Lease {
    /// A lease with a token that no other has.
    pub const fn new(slot: Slot, token: u128) -> Lease {
        Lease { slot, token }
    }
}

/// What came of asking for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Leased {
    /// Render.
    Granted(Lease),
    /// Another process is rendering the page: it will be in the store soon.
    Taken,
    /// It is of no use to wait: the last response was not for everybody.
    Unshared,
}

/// What a slot holds. Cloning it copies no body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A page.
    Page(Arc<Entry>),
    /// By which headers a URL's pages vary; they are in slots of their own.
    Varies(Arc<VaryRecord>),
}

impl Value {
    /// Bytes that the value takes up in memory, roughly.
    pub fn weight(&self) -> usize {
        match self {
            Value::Page(entry) => entry.weight(),
            Value::Varies(record) => record.weight(),
        }
    }
}

/// What reading a slot gave.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The value, unless there is none.
    pub value: Option<Value>,
    /// Purges as of the read.
    pub purges: Purges,
}

/// A store that could not do what it was asked to.
#[derive(Debug)]
pub struct StoreError {
    what: String,
}

impl StoreError {
    /// An error with a message: lower case, without a final period, without secrets.
    pub fn new(what: impl Into<String>) -> StoreError {
        StoreError { what: what.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for StoreError {}
