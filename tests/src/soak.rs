//! A day in a minute: four processes on one Redis that is restarted again and again, while pages are asked for and purged
//! at random and two of the processes go from release to release.
//!
//! Every page says its release, its address and when its render began. A client checks the first two, and that the render
//! did not begin before a purge of the page that had been acknowledged before it asked.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::http::{agent, get_with};
use crate::processes::{HOST, PageServer};
use crate::redis_server::Server;

const PROCESSES: usize = 4;
/// These stay as they are, so that their memory can be compared; the others change their release.
const STAYING: usize = 2;
const CLIENTS: usize = 4;
const DEADLINE: Duration = Duration::from_millis(100);

/// How long, and how often things happen.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How long in all.
    pub length: Duration,
    /// Redis is killed and started anew as often.
    pub restart_every: Duration,
    /// A process is replaced by one of another release as often.
    pub switch_every: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Requests for pages.
    pub requests: usize,
    /// Those answered from the store.
    pub hits: usize,
    /// Purges that were acknowledged, and those that were not, as Redis was away.
    pub purges: (usize, usize),
    /// Restarts of Redis.
    pub restarts: usize,
    /// Changes of release.
    pub switches: usize,
    /// Answers that were not the page asked for, each with what was wrong; also those with another status than 200.
    pub wrong: Vec<String>,
    /// Kilobytes of each process that stayed, a quarter of the way and at the end.
    pub memory: Vec<(usize, usize)>,
}

impl Outcome {
    /// Whether a process that stayed has grown by more than a quarter and 8 MB since its first quarter.
    pub fn grown(&self) -> bool {
        let grown = |&(early, late): &(usize, usize)| late > early + early / 4 + 8_000;
        self.memory.iter().any(grown)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (told, untold) = self.purges;
        write!(
            f,
            "{} requests, {} of them hits; {told} purges told and {untold} not; {} restarts of Redis; {} changes of \
             release; {} wrong answers",
            self.requests,
            self.hits,
            self.restarts,
            self.switches,
            self.wrong.len()
        )?;
        for (early, late) in &self.memory {
            write!(f, "; memory {early} kB, then {late} kB")?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Counts {
    requests: AtomicUsize,
    hits: AtomicUsize,
    told: AtomicUsize,
    untold: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

/// Runs the plan.
///
/// # Panics
///
/// If a process or Redis does not start.
pub fn soak(folder: &Path, plan: Plan) -> Outcome {
    let mut redis = Server::start(folder, &[]);
    let url = redis.url();
    let servers: Vec<RwLock<PageServer>> = (0..PROCESSES)
        .map(|_| RwLock::new(PageServer::start("release-0", &url, DEADLINE)))
        .collect();
    let counts = Counts::default();
    let purged = Mutex::new(HashMap::new());
    let over = AtomicBool::new(false);
    let (mut restarts, mut switches) = (0, 0);
    let mut early = Vec::new();
    let memory = || -> Vec<usize> {
        let staying = servers[..STAYING].iter();
        staying
            .map(|server| server.read().unwrap().memory())
            .collect()
    };
    scope(|threads| {
        for client in 0..CLIENTS {
            let (servers, counts, purged, over) = (&servers, &counts, &purged, &over);
            threads.spawn(move || {
                let mut client = Client::new(client, counts, purged);
                while !over.load(Ordering::Relaxed) {
                    let server = &servers[client.random(PROCESSES)];
                    client.turn(&server.read().unwrap());
                }
            });
        }
        let start = Instant::now();
        while start.elapsed() < plan.length {
            sleep(Duration::from_millis(20));
            let gone = |every: Duration| (start.elapsed().as_millis() / every.as_millis()) as usize;
            if early.is_empty() && start.elapsed() > plan.length / 4 {
                early = memory();
            }
            if gone(plan.restart_every) > restarts {
                restarts += 1;
                redis.kill();
                sleep(Duration::from_millis(300));
                redis.start_again();
            }
            if gone(plan.switch_every) > switches {
                switches += 1;
                let at = STAYING + switches % (PROCESSES - STAYING);
                let mut server = servers[at].write().unwrap();
                // Every other time it goes back to a release that has been there: a rollback.
                let release = format!("release-{}", switches % 5);
                *server = PageServer::start(&release, &url, DEADLINE);
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    let late = memory();
    Outcome {
        requests: counts.requests.into_inner(),
        hits: counts.hits.into_inner(),
        purges: (counts.told.into_inner(), counts.untold.into_inner()),
        restarts,
        switches,
        wrong: counts.wrong.into_inner().unwrap(),
        memory: early.into_iter().zip(late).collect(),
    }
}

struct Client<'a> {
    agent: ureq::Agent,
    seed: u64,
    counts: &'a Counts,
    /// When the last purge of a path began that was acknowledged.
    purged: &'a Mutex<HashMap<String, u128>>,
}

impl<'a> Client<'a> {
    fn new(number: usize, counts: &'a Counts, purged: &'a Mutex<HashMap<String, u128>>) -> Self {
        Self {
            agent: agent(),
            seed: number as u64 + 1,
            counts,
            purged,
        }
    }

    /// A number below `below` (xorshift).
    fn random(&mut self, below: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed % below as u64) as usize
    }

    fn turn(&mut self, server: &PageServer) {
        let folder = self.random(4);
        let path = format!("/{folder}/{}", self.random(10));
        match self.random(50) {
            0 => self.purge(server, &path, |other| *other == path),
            1 => {
                let prefix = format!("/{folder}/");
                self.purge(server, &format!("{prefix}*"), |other| {
                    other.starts_with(&prefix)
                });
            }
            _ => {
                let query = match self.random(10) {
                    0 => "ms=3".to_owned(),
                    number => format!("n={number}"),
                };
                self.ask(server, &path, &query);
            }
        }
    }

    fn purge(&self, server: &PageServer, what: &str, covers: impl Fn(&String) -> bool) {
        let began = micros();
        let reply = get_with(&self.agent, &server.url(&format!("/purge?{what}")), &[]);
        if reply.status != 200 {
            self.counts.untold.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.counts.told.fetch_add(1, Ordering::Relaxed);
        let all = (0..4).flat_map(|folder| (0..10).map(move |page| format!("/{folder}/{page}")));
        let mut purged = self.purged.lock().unwrap();
        for path in all.filter(covers) {
            let last = purged.entry(path).or_default();
            *last = began.max(*last);
        }
    }

    fn ask(&self, server: &PageServer, path: &str, query: &str) {
        let floor = self
            .purged
            .lock()
            .unwrap()
            .get(path)
            .copied()
            .unwrap_or_default();
        let reply = get_with(
            &self.agent,
            &server.url(&format!("{path}?{query}")),
            &[HOST],
        );
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        if reply.header("cache-status").contains("; hit") {
            self.counts.hits.fetch_add(1, Ordering::Relaxed);
        }
        let wanted = format!("{} {path}?{query} ", server.release);
        let filler = " ".to_owned() + &"x".repeat(query.len() * 997 % 20_000);
        let body = String::from_utf8_lossy(&reply.body);
        let began = body
            .strip_prefix(&wanted)
            .and_then(|rest| rest.strip_suffix(&filler));
        let what = match began.and_then(|began| began.parse::<u128>().ok()) {
            _ if reply.status != 200 => format!("status {}", reply.status),
            None => format!("{:?}", body.chars().take(80).collect::<String>()),
            Some(began) if began < floor => format!(
                "rendered {} µs before a purge, {:?}",
                floor - began,
                reply.header("cache-status")
            ),
            Some(_) => return,
        };
        let mut wrong = self.counts.wrong.lock().unwrap();
        wrong.push(format!("{wanted}: {what}"));
    }
}

fn micros() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_micros()
}
