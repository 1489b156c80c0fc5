//! Servers measured in rounds: in each round every one of them is loaded once, so that a machine that is busy for a while
//! is so for all.

use std::collections::BTreeMap;
use std::thread;

use crate::load::{Load, load};
use crate::server::Server;
use crate::table::median;

/// What a round measured of one server.
pub struct Round {
    /// What the load generator says.
    pub load: Load,
    /// Requests in a second of the server's processor time; not a number for one whose time is not known.
    pub per_cpu: f64,
}

impl Round {
    /// Loads a server for some seconds.
    pub fn of(
        server: &Server,
        url: &str,
        fields: &[String],
        connections: u32,
        seconds: u32,
    ) -> Self {
        let before = server.cpu_seconds();
        let load = load(url, fields, connections, seconds);
        let per_cpu = load.requests / (server.cpu_seconds() - before);
        Self { load, per_cpu }
    }

    /// Requests in a second.
    pub fn rate(&self) -> f64 {
        self.load.rate
    }
}

/// What one server came to in parts of another that was loaded at the same time, on the same core and from the same one.
/// The two share every moment of a machine whose speed changes from one second to the next, and in a second of processor
/// time each does what it can.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Of the other's requests in a second.
    pub rate: f64,
    /// Of the other's requests in a second of processor time.
    pub per_cpu: f64,
}

impl Beside {
    /// Loads both for some seconds: each server with the address and the fields that it is asked by.
    pub fn of(
        one: (&Server, &str, &[String]),
        other: (&Server, &str, &[String]),
        connections: u32,
        seconds: u32,
    ) -> Self {
        let round = |(server, url, fields)| Round::of(server, url, fields, connections, seconds);
        let [one, other] = thread::scope(|scope| {
            [one, other]
                .map(|asked| scope.spawn(move || round(asked)))
                .map(|thread| thread.join().expect("the load generator says what it did"))
        });
        Self {
            rate: one.rate() / other.rate(),
            per_cpu: one.per_cpu / other.per_cpu,
        }
    }
}

/// The order in which servers are loaded in a round: another one begins each time, and every second round goes backwards.
/// One that always came after the same other would be measured with what that left behind.
pub fn in_turn<T: Copy>(servers: &[T], round: usize) -> Vec<T> {
    let mut order = servers.to_vec();
    order.rotate_left(round % servers.len().max(1));
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

/// The rounds of each server, by its kind and the round's number.
#[derive(Default)]
pub struct Rounds<'k>(BTreeMap<&'k str, BTreeMap<usize, Round>>);

impl<'k> Rounds<'k> {
    /// Adds what a round measured of a server.
    pub fn add(&mut self, kind: &'k str, number: usize, round: Round) {
        self.0.entry(kind).or_default().insert(number, round);
    }

    /// The servers that were measured.
    pub fn kinds(&self) -> impl Iterator<Item = &'k str> {
        self.0.keys().copied()
    }

    /// The median over a server's rounds.
    pub fn middle(&self, kind: &str, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.0[kind].values().map(of).collect())
    }

    /// The least over a server's rounds.
    pub fn least(&self, kind: &str, of: impl Fn(&Round) -> f64) -> f64 {
        self.0[kind].values().map(of).fold(f64::INFINITY, f64::min)
    }

    /// The median of one server's value in parts of another's, over the rounds in which both were. Within a round: the
    /// machine's own speed changes from minute to minute.
    pub fn ratio(&self, kind: &str, other: &str, of: impl Fn(&Round) -> f64) -> f64 {
        let others = &self.0[other];
        let ratio = |(number, round)| Some(of(round) / of(others.get(number)?));
        median(self.0[kind].iter().filter_map(ratio).collect())
    }
}
