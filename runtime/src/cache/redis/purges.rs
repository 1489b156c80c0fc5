//! Purges over all processes that share a server.
//!
//! The server keeps the number of the last purge, and for each purged scope the number of its last one. A read brings
//! the page and the first number in one round trip. Only when that has changed does a process ask for the purges that
//! it has not heard of; it keeps them in a [`Table`], so that a read costs the same however many there were, and
//! however many scopes its page belongs to.
//!
//! Numbers are microseconds of the server's clock, or one more than the last: they go on rising when the server loses
//! its memory. What it lost is then unknown, so everything is purged; the same if it comes back with an older memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use redis::{Pipeline, Value};
use tokio::time::sleep;
use tracing::{debug, info};

use super::super::key::Slot;
use super::super::purge::{Purge, Scopes, Stamp};
use super::super::store::StoreError;
use super::super::tags::Tags;
use super::link::{Kind, Link};
use super::table::{MOST_SCOPES, Table};

/// How often purges are tried again that the server could not be told.
const AGAIN_EVERY: Duration = Duration::from_millis(500);

/// More scopes than this are not remembered one by one until the server can be told, but as everything.
const MOST_UNTOLD: usize = 512;

/// Purges scopes and gives their number.
///
/// `KEYS`: the last number, the sorted set of scopes. `ARGV`: the name of everything, a number to exceed, how many
/// scopes to remember, the scopes; without any, it purges everything if the memory is gone or older than the number,
/// and nothing otherwise. A value that something else has put there is thrown away.
const PURGE: &str = "\
local function own(key, kind)
  local is = redis.call('TYPE', key).ok
  if is ~= kind and is ~= 'none' then redis.call('DEL', key) end
end
own(KEYS[1], 'string')
own(KEYS[2], 'zset')
local last = tonumber(redis.call('GET', KEYS[1])) or 0
local top = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local lost = last == 0 or tonumber(top[2]) ~= last or last < tonumber(ARGV[2])
if #ARGV == 3 and not lost then return string.format('%.0f', last) end
local time = redis.call('TIME')
local number = math.max(last + 1, tonumber(ARGV[2]) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', number)
if lost then
  redis.call('DEL', KEYS[2])
  redis.call('ZADD', KEYS[2], text, ARGV[1])
end
for i = 4, #ARGV do redis.call('ZADD', KEYS[2], text, ARGV[i]) end
local most = tonumber(ARGV[3])
local count = redis.call('ZCARD', KEYS[2])
if count > most then
  local end_of_old = count - math.floor(most / 2) - 1
  local border = redis.call('ZRANGE', KEYS[2], end_of_old, end_of_old, 'WITHSCORES')[2]
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, end_of_old)
  local all = redis.call('ZSCORE', KEYS[2], ARGV[1])
  if not all or tonumber(all) < tonumber(border) then redis.call('ZADD', KEYS[2], border, ARGV[1]) end
end
redis.call('SET', KEYS[1], text)
return text";

/// The purges as this process knows them, and those that it has still to tell the server.
pub(super) struct SharedPurges {
    number_key: String,
    scopes_key: String,
    table: RwLock<Table>,
    /// One process asks once, however many of its reads find that there is something new.
    asking: tokio::sync::Mutex<()>,
    untold: Mutex<Vec<Slot>>,
    telling: AtomicBool,
}

impl SharedPurges {
    pub(super) fn new(namespace: &str) -> SharedPurges {
        SharedPurges {
            number_key: format!("{namespace}:purged"),
            scopes_key: format!("{namespace}:purges"),
            table: RwLock::default(),
            asking: tokio::sync::Mutex::default(),
            untold: Mutex::default(),
            telling: AtomicBool::default(),
        }
    }

    /// The key of the last number, to be read together with a page, and after it.
    pub(super) fn number_key(&self) -> &str {
        &self.number_key
    }

    /// Brings the table up to the number that was read, and gives it as a stamp.
    pub(super) async fn catch_up(
        &self,
        link: &Link,
        read: Option<u64>,
    ) -> Result<Stamp, StoreError> {
        if read.is_some_and(|read| read == self.latest()) {
            return Ok(stamp(read));
        }
        let _asking = self.asking.lock().await;
        let known = self.latest();
        if read == Some(known) {
            return Ok(stamp(read));
        }
        // Asked for anew: what was read may be older than what another has brought since.
        let mut commands = Pipeline::new();
        commands.cmd("GET").arg(&self.number_key);
        commands
            .cmd("ZRANGEBYSCORE")
            .arg(&self.scopes_key)
            .arg(format!("({known}"))
            .arg("+inf")
            .arg("WITHSCORES");
        let replies = link.ask(Kind::Read, &commands).await?;
        let latest = replies.first().and_then(number);
        let news = replies.get(1).map_or_else(Vec::new, numbered_scopes);
        let newest = news.iter().map(|&(_, number)| number).max();
        match latest {
            Some(latest) if latest == known => Ok(stamp(read)),
            Some(latest) if latest > known && newest >= Some(latest) => {
                self.change(|table| table.learn(news, latest));
                Ok(stamp(read))
            }
            _ => {
                // Its memory is gone, or older than ours: nobody knows what was purged.
                let number = self.tell(link, &[], known).await?;
                self.change(|table| table.learn([(Purge::All.slot(), number)], number));
                if known != 0 {
                    info!("the page store has lost its memory of purges, everything is purged");
                }
                Ok(Stamp(read.map_or(number, |read| read.min(number))))
            }
        }
    }

    /// The last purge that covered a page with this stamp, as far as it matters.
    pub(super) fn covering(&self, scopes: Scopes<'_>, tags: &Tags, stamp: Stamp) -> Stamp {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        // If nothing at all was purged since, its scopes need not be looked up.
        match stamp.0 >= table.highest() {
            true => Stamp(table.latest()),
            false => Stamp(table.covering(scopes, tags)),
        }
    }

    /// Purges a scope: in all processes, or if the server cannot be told, in this one, and in the others as soon as it
    /// can.
    pub(super) async fn purge(
        self: Arc<Self>,
        link: Arc<Link>,
        scope: Slot,
    ) -> Result<(), StoreError> {
        self.note_untold([scope]);
        let told = self.tell_untold(&link).await;
        if told.is_err() && !self.telling.swap(true, Ordering::SeqCst) {
            tokio::spawn(self.tell_in_the_end(link));
        }
        told
    }

    async fn tell_in_the_end(self: Arc<Self>, link: Arc<Link>) {
        while !self.untold().is_empty() {
            sleep(AGAIN_EVERY).await;
            if let Err(error) = self.tell_untold(&link).await {
                debug!(%error, "a purge has still to be told");
            }
            if self.untold().is_empty() {
                self.telling.store(false, Ordering::SeqCst);
                // One that failed just now has seen this task at work and begun none.
                if self.untold().is_empty() || self.telling.swap(true, Ordering::SeqCst) {
                    return;
                }
            }
        }
    }

    async fn tell_untold(&self, link: &Link) -> Result<(), StoreError> {
        let scopes = std::mem::take(&mut *self.untold());
        if scopes.is_empty() {
            return Ok(());
        }
        match self.tell(link, &scopes, self.latest()).await {
            Ok(_) => Ok(()),
            Err(error) => {
                // Later than all that this process has read, so that at least it serves none of it.
                self.change(|table| {
                    let (latest, number) = (table.latest(), table.highest() + 1);
                    table.learn(scopes.iter().map(|&scope| (scope, number)), latest);
                });
                self.note_untold(scopes);
                Err(error)
            }
        }
    }

    /// Has the server number a purge of `scopes`, or without any, of everything unless its memory is sound.
    async fn tell(&self, link: &Link, scopes: &[Slot], known: u64) -> Result<u64, StoreError> {
        let mut commands = Pipeline::new();
        commands
            .cmd("EVAL")
            .arg(PURGE)
            .arg(2)
            .arg(&self.number_key)
            .arg(&self.scopes_key)
            .arg(Purge::All.slot().as_bytes())
            .arg(known)
            .arg(MOST_SCOPES);
        for scope in scopes {
            commands.arg(scope.as_bytes());
        }
        let replies = link.ask(Kind::Write, &commands).await?;
        replies
            .first()
            .and_then(number)
            .ok_or_else(|| StoreError::new("redis has given a purge no number"))
    }

    fn latest(&self) -> u64 {
        self.table
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .latest()
    }

    fn change(&self, change: impl FnOnce(&mut Table)) {
        change(&mut self.table.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn untold(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_untold(&self, scopes: impl IntoIterator<Item = Slot>) {
        let mut untold = self.untold();
        untold.extend(scopes);
        untold.sort_unstable();
        untold.dedup();
        if untold.len() > MOST_UNTOLD {
            *untold = vec![Purge::All.slot()];
        }
    }
}

fn stamp(read: Option<u64>) -> Stamp {
    Stamp(read.unwrap_or_default())
}

/// A number in a reply, unless there is none.
pub(super) fn number(reply: &Value) -> Option<u64> {
    match reply {
        Value::BulkString(text) => str::from_utf8(text).ok()?.parse().ok(),
        Value::SimpleString(text) => text.parse().ok(),
        _ => None,
    }
}

/// Members and scores, one after the other.
fn numbered_scopes(reply: &Value) -> Vec<(Slot, u64)> {
    let Value::Array(items) = reply else {
        return Vec::new();
    };
    let (pairs, _) = items.as_chunks();
    pairs
        .iter()
        .filter_map(|[scope, score]| match scope {
            Value::BulkString(scope) => {
                Some((Slot::from_bytes(scope[..].try_into().ok()?), number(score)?))
            }
            _ => None,
        })
        .collect()
}
