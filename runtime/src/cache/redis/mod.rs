//! The store in Redis, for pages that several processes or machines share.
//!
//! Only `mod`, `link` and `purges` of this folder know the library redis-rs. `link` keeps the connection and decides when
//! the server is let alone (`breaker`), `codec` writes and reads values, `purges` shares purges between processes
//! (`table`), `reads` has requests for one page read it together, `lease` lets one process at a time render a page.

mod breaker;
mod codec;
mod lease;
mod link;
mod options;
mod purges;
mod reads;
mod table;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::{Pipeline, Value as Reply};

use super::env::RedisUrlError;
use super::key::Slot;
use super::purge::{Purge, Purges, Scopes};
use super::store::{Lease, Leased, Read, Store, StoreError, StoreFuture, Value};
use super::tags::Tags;

use link::{Keeper, Kind, Link};
use purges::SharedPurges;
use reads::Reads;

pub use options::RedisOptions;

/// Keeps pages in Redis (6 or later, or what speaks its protocol).
///
/// The server need not be there: it is connected to in the background, by a thread of the store's own, and as long as
/// it fails, pages are rendered. No operation takes longer than [`RedisOptions::deadline`]; after five failures in a row
/// the server is let alone but for a try each second, in the background, and each change is logged in one line.
///
/// Names in Redis: `crushed:p:…` for pages and `crushed:l:…` for leases, which expire, and `crushed:purged` and
/// `crushed:purges`, which do not. Nothing is scanned for.
pub struct Redis {
    link: Arc<Link>,
    purges: Arc<SharedPurges>,
    reads: Reads<Result<Fetched, Arc<str>>>,
    keeper: Keeper,
}

/// What one read brings.
#[derive(Clone)]
struct Fetched {
    value: Option<Value>,
    /// The number of the last purge, read after the value.
    number: Option<u64>,
}

impl Redis {
    /// A store on the server of a URL: `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss://…` for TLS with
    /// certificates that the system trusts, or `unix:///PATH`. Succeeds without the server.
    ///
    /// # Errors
    /// If the URL is none, or the system refuses a thread.
    pub fn open(url: &str, options: RedisOptions) -> Result<Redis, RedisUrlError> {
        let purges = Arc::new(SharedPurges::new(&options.namespace));
        let mut probe = Pipeline::new();
        probe.cmd("GET").arg(purges.number_key());
        let link = Arc::new(Link::new(url, options, probe)?);
        let keeper = link.keep()?;
        Ok(Redis {
            link,
            purges,
            reads: Reads::default(),
            keeper,
        })
    }

    fn key(&self, kind: char, slot: Slot) -> String {
        format!("{}:{kind}:{slot}", self.link.options().namespace)
    }

    async fn read(&self, slot: Slot, scopes: Scopes<'_>) -> Result<Read, StoreError> {
        let reading = self.reads.get(slot, || self.fetch(slot));
        let Fetched { value, number } = self.link.watch(reading).await?;
        let latest = self.purges.catch_up(&self.link, number).await?;
        let covering = match &value {
            Some(Value::Page(entry)) => self.purges.covering(scopes, entry.tags(), entry.stamp()),
            _ => self.purges.covering(scopes, &Tags::default(), latest),
        };
        Ok(Read {
            value,
            purges: Purges { latest, covering },
        })
    }

    /// One read, whoever it is for.
    async fn fetch(&self, slot: Slot) -> Result<Fetched, Arc<str>> {
        let most = self.link.options().max_value;
        let mut commands = Pipeline::with_capacity(2);
        // Not `GET`: whatever lies there, no more than the largest value is brought.
        commands
            .cmd("GETRANGE")
            .arg(self.key('p', slot))
            .arg(0)
            .arg(most);
        commands.cmd("GET").arg(self.purges.number_key());
        let mut replies = self.link.exchange(&commands).await?.into_iter();
        let page = replies.next();
        let number = replies.next().as_ref().and_then(purges::number);
        let value = match page {
            Some(Reply::BulkString(bytes)) if bytes.len() <= most => codec::decode(slot, bytes),
            _ => None,
        };
        Ok(Fetched { value, number })
    }

    async fn write(&self, slot: Slot, value: Value, keep: Duration) -> Result<(), StoreError> {
        let bytes = codec::encode(slot, &value);
        if bytes.len() > self.link.options().max_value {
            return Err(StoreError::new("a page is larger than the store takes"));
        }
        let mut commands = Pipeline::new();
        commands
            .cmd("SET")
            .arg(self.key('p', slot))
            .arg(bytes)
            .arg("PX")
            .arg(millis(keep));
        self.link.ask(Kind::Write, &commands).await.map(drop)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("options", self.link.options())
            .field("is_up", &self.link.is_up())
            .finish_non_exhaustive()
    }
}

impl Store for Redis {
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read> {
        Box::pin(self.read(slot, scopes))
    }

    fn put(&self, slot: Slot, value: Value, keep: Duration) -> StoreFuture<'_, ()> {
        Box::pin(self.write(slot, value, keep))
    }

    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        let mut commands = Pipeline::new();
        commands.cmd("UNLINK").arg(self.key('p', slot));
        Box::pin(async move { self.link.ask(Kind::Write, &commands).await.map(drop) })
    }

    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        let purging = Arc::clone(&self.purges).purge(Arc::clone(&self.link), scope.slot());
        // In a task of its own: a client that goes away does not undo the purge that it asked for.
        let told = self.keeper.tasks.spawn(purging);
        Box::pin(async move {
            told.await
                .unwrap_or_else(|_| Err(StoreError::new("the page store has been closed")))
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn lease(&self, slot: Slot) -> StoreFuture<'_, Leased> {
        Box::pin(self.take_lease(slot))
    }

    fn release(&self, lease: Lease, unshared: bool) {
        self.end_lease(lease, unshared);
    }

    fn patience(&self) -> Option<Duration> {
        Some(self.link.options().deadline)
    }

    fn is_up(&self) -> bool {
        self.link.is_up()
    }
}

/// What a time to live is in Redis: milliseconds, at least one, and less than what it takes for none.
fn millis(time: Duration) -> u64 {
    const LONGEST: u128 = 10 * 365 * 24 * 3600 * 1000;
    u64::try_from(time.as_millis().clamp(1, LONGEST)).unwrap_or(1)
}
