//! The cache's notion of time.
//!
//! Everything that compares ages asks a [`Clock`], so that a test can move time by hand and a wall clock that is set
//! back cannot make a page live longer.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: u64) -> Timestamp {
        Timestamp(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time that went by since `earlier`; zero if `earlier` lies ahead.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The same moment as the standard library's type, for HTTP dates.
    pub(crate) fn to_system_time(self) -> SystemTime {
        UNIX_EPOCH
            .checked_add(Duration::from_millis(self.0))
            .unwrap_or(UNIX_EPOCH)
    }

    /// A time read from an HTTP date; times before 1970 count as 1970.
    pub(crate) fn from_system_time(time: SystemTime) -> Timestamp {
        let millis = time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        Timestamp(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

/// Tells the time. The cache reads ages from nothing else.
pub trait Clock: Send + Sync + 'static {
    /// The present moment. Must never be earlier than a moment it gave before.
    fn now(&self) -> Timestamp;
}

/// The machine's wall clock, except that it never runs backwards.
///
/// It adds the monotonic clock to the furthest wall-clock reading seen: a jump ahead expires pages early, a jump back
/// changes nothing, so that no page outlives its time.
pub struct SystemClock {
    start: Instant,
    /// Milliseconds between the Unix epoch and `start`, by the furthest reading so far.
    offset: AtomicU64,
    /// When the wall clock is to be read next, in milliseconds since `start`.
    next: AtomicU64,
}

/// Between two readings of the wall clock, in milliseconds: a jump ahead shows after this at the latest.
const WALL_EVERY: u64 = 100;

impl SystemClock {
    /// A clock that starts from the machine's present wall-clock time.
    pub fn new() -> SystemClock {
        SystemClock {
            start: Instant::now(),
            offset: AtomicU64::new(Timestamp::from_system_time(SystemTime::now()).0),
            next: AtomicU64::new(0),
        }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl fmt::Debug for SystemClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SystemClock").field(&self.now()).finish()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if elapsed >= self.next.load(Ordering::Relaxed) {
            self.next
                .store(elapsed.saturating_add(WALL_EVERY), Ordering::Relaxed);
            let wall = Timestamp::from_system_time(SystemTime::now()).0;
            self.offset
                .fetch_max(wall.saturating_sub(elapsed), Ordering::Relaxed);
        }
        Timestamp(self.offset.load(Ordering::Relaxed).saturating_add(elapsed))
    }
}

/// A clock that moves only when told to, for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at `start`.
    pub const fn new(start: Timestamp) -> ManualClock {
        ManualClock(AtomicU64::new(start.0))
    }

    /// Moves the clock ahead.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_moment_has_no_negative_age() {
        let (early, late) = (Timestamp::from_millis(1_000), Timestamp::from_millis(3_500));
        assert_eq!(late.since(early), Duration::from_millis(2_500));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn the_system_clock_survives_a_wall_clock_set_back() {
        let clock = SystemClock::new();
        let an_hour = 3_600_000;
        // As if the wall clock had been an hour further when it was last read.
        clock.offset.fetch_add(an_hour, Ordering::Relaxed);
        let before = clock.now();
        let after = clock.now();
        assert!(after >= before);
        assert!(
            before.as_millis()
                >= Timestamp::from_system_time(SystemTime::now()).as_millis() + an_hour - 1_000
        );
    }
}
