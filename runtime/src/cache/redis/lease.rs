//! The right to render a page, which one process has at a time.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::{Pipeline, Value as Reply};

use super::super::key::Slot;
use super::super::store::{Lease, Leased, StoreError};
use super::link::Kind;
use super::{Redis, millis};

/// What stands in place of a token where a response turned out not to be for everybody.
const UNSHARED: &str = "-";

/// For how long other processes do not wait for each other's renders after that.
const UNSHARED_FOR: Duration = Duration::from_secs(2);

/// `ARGV`: token, milliseconds. Gives the token that is in the way, or nothing.
const TAKE: &str = "\
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false";

/// `ARGV`: token, and if other processes shall not wait, what stands in its place and for how many milliseconds.
const END: &str = "\
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] then return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return redis.call('DEL', KEYS[1])";

impl Redis {
    pub(super) async fn take_lease(&self, slot: Slot) -> Result<Leased, StoreError> {
        let lease = Lease::new(slot, token());
        let mut commands = Pipeline::new();
        commands
            .cmd("EVAL")
            .arg(TAKE)
            .arg(1)
            .arg(self.key('l', slot))
            .arg(text(&lease))
            .arg(millis(self.link.options().lease));
        let replies = self.link.ask(Kind::Write, &commands).await?;
        Ok(match replies.first() {
            Some(Reply::Nil) => Leased::Granted(lease),
            Some(Reply::BulkString(held)) if held == UNSHARED.as_bytes() => Leased::Unshared,
            _ => Leased::Taken,
        })
    }

    /// Does not wait. If the server is not told, the lease runs out by itself.
    pub(super) fn end_lease(&self, lease: Lease, unshared: bool) {
        let mut commands = Pipeline::new();
        commands
            .cmd("EVAL")
            .arg(END)
            .arg(1)
            .arg(self.key('l', lease.slot))
            .arg(text(&lease));
        if unshared {
            commands.arg(UNSHARED).arg(millis(UNSHARED_FOR));
        }
        let link = Arc::clone(&self.link);
        self.keeper
            .tasks
            .spawn(async move { link.ask(Kind::Write, &commands).await.map(drop) });
    }
}

fn text(lease: &Lease) -> String {
    format!("{:032x}", lease.token)
}

/// A number that no other process has: random per process, counted in it.
fn token() -> u128 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let random = |salt: u8| RandomState::new().hash_one((count, salt));
    (u128::from(random(0)) << 64) | u128::from(random(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_repeated() {
        let mut tokens: Vec<u128> = (0..1_000).map(|_| token()).collect();
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), 1_000);
    }
}
