//! Where pages are kept, behind one trait.

use std::fmt;
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
