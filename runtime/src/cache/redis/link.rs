//! The connection to the server: made and mended by a thread of its own, with a deadline round every exchange.
//!
//! The thread is apart from the app's workers, so that a handler that blocks its worker neither holds up the others'
//! replies nor makes the server look slow. Requests never connect by themselves: while there is no connection they
//! wait for one until their deadline, and once the breaker is open they do not even wait.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, Pipeline, RedisError, Value};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, timeout};
use tracing::{info, warn};

use super::super::env::RedisUrlError;
use super::super::store::StoreError;
use super::breaker::{Breaker, WriteGate};
use super::options::RedisOptions;

/// How often a server is tried that has failed.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// How long to wait after a failed attempt to connect, before the breaker opens; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// What an exchange does, and so what a refusal of the server means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A refused read is a failure of the server.
    Read,
    /// A refused write leaves reads as they are.
    Write,
}

/// What everybody who talks to the server shares.
pub(super) struct Link {
    client: Client,
    /// Where it is, without a password.
    server: String,
    options: RedisOptions,
    /// What must be readable for the server to count as available.
    probe: Pipeline,
    state: watch::Sender<State>,
    breaker: Breaker,
    writes: WriteGate,
}

#[derive(Clone)]
enum State {
    /// It will not be long.
    Connecting,
    Live(Live),
    /// The breaker is open, for this reason.
    Down(Arc<str>),
}

/// The present connection, numbered so that only it is given up when it breaks.
#[derive(Clone)]
struct Live {
    number: u64,
    connection: MultiplexedConnection,
}

/// The thread that keeps the connection. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) tasks: Handle,
    _stop: oneshot::Sender<()>,
}

impl Link {
    /// A link to the server of `url`, which nothing has been sent to so far.
    pub(super) fn new(
        url: &str,
        options: RedisOptions,
        probe: Pipeline,
    ) -> Result<Link, RedisUrlError> {
        // The details of a wrong URL are left out: they may quote it.
        let client = Client::open(url).map_err(|error| RedisUrlError::new(error.category()))?;
        let info = client.get_connection_info();
        if info.redis_settings().db() < 0 {
            return Err(RedisUrlError::new(
                "the number of a database is not negative",
            ));
        }
        if let ConnectionAddr::TcpTls { insecure, .. } = info.addr() {
            if *insecure {
                return Err(RedisUrlError::new(
                    "certificates are always checked, `#insecure` is not supported",
                ));
            }
            // An app that has chosen its cryptography before keeps it.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let server = format!("{}/{}", info.addr(), info.redis_settings().db());
        Ok(Link {
            client,
            server,
            options,
            probe,
            state: watch::Sender::new(State::Connecting),
            breaker: Breaker::default(),
            writes: WriteGate::default(),
        })
    }

    pub(super) fn options(&self) -> &RedisOptions {
        &self.options
    }

    /// Whether the server is being asked at all.
    pub(super) fn is_up(&self) -> bool {
        self.breaker.admits().is_some()
    }

    /// Starts the thread.
    pub(super) fn keep(self: &Arc<Self>) -> Result<Keeper, RedisUrlError> {
        let failed = |error: std::io::Error| RedisUrlError::new(error.to_string());
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let tasks = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let link = Arc::clone(self);
        std::thread::Builder::new()
            .name("crushed-redis".to_owned())
            .spawn(move || {
                runtime.spawn(async move { link.keep_connected().await });
                // An error says that the store is gone, which is what is waited for.
                let _ = runtime.block_on(stopped);
            })
            .map_err(failed)?;
        Ok(Keeper { tasks, _stop: stop })
    }

    /// Sends commands and gives a reply for each, within the deadline.
    pub(super) async fn ask(
        &self,
        kind: Kind,
        commands: &Pipeline,
    ) -> Result<Vec<Value>, StoreError> {
        let Some(era) = self.breaker.admits() else {
            return Err(StoreError::new("redis has failed and is let alone for now"));
        };
        if kind == Kind::Write && !self.writes.admits(Instant::now()) {
            return Err(StoreError::new(
                "redis has refused writes, which rest for now",
            ));
        }
        let outcome = timeout(self.options.deadline, self.send(commands)).await;
        let failure = match outcome {
            Ok(Ok(replies)) => match (kind, refusal(&replies)) {
                (_, None) => {
                    self.breaker.count(era, true);
                    if kind == Kind::Write && self.writes.accepted() {
                        info!(server = self.server, "the page store takes pages again");
                    }
                    return Ok(replies);
                }
                (Kind::Write, Some(refusal)) => {
                    if self.writes.refused(Instant::now()) {
                        warn!(server = self.server, %refusal, "the page store takes no pages for now");
                    }
                    return Err(StoreError::new(refusal));
                }
                (Kind::Read, Some(refusal)) => refusal,
            },
            Ok(Err(failure)) => failure,
            Err(_) => self.too_late(),
        };
        if self.breaker.count(era, false) {
            self.opened(&failure);
        }
        Err(StoreError::new(failure))
    }

    /// Waits for a read that others may wait for too, within the deadline. Each of them counts what became of it: the server
    /// is let alone as soon as if they had asked one by one.
    pub(super) async fn watch<T>(
        &self,
        reading: impl Future<Output = Result<T, Arc<str>>>,
    ) -> Result<T, StoreError> {
        let Some(era) = self.breaker.admits() else {
            return Err(StoreError::new("redis has failed and is let alone for now"));
        };
        let failure = match timeout(self.options.deadline, reading).await {
            Ok(Ok(read)) => {
                self.breaker.count(era, true);
                return Ok(read);
            }
            Ok(Err(failure)) => failure,
            Err(_) => self.too_late().into(),
        };
        if self.breaker.count(era, false) {
            self.opened(&failure);
        }
        Err(StoreError::new(&*failure))
    }

    /// Sends commands that read and gives a reply for each; [`watch`](Self::watch) has to be round it.
    pub(super) async fn exchange(&self, commands: &Pipeline) -> Result<Vec<Value>, Arc<str>> {
        let replies = self.send(commands).await?;
        match refusal(&replies) {
            None => Ok(replies),
            Some(refusal) => Err(refusal.into()),
        }
    }

    fn too_late(&self) -> String {
        format!("no reply within {:?}", self.options.deadline)
    }

    /// One that finds its connection broken tries once more: it may have been idle since the server was restarted.
    async fn send(&self, commands: &Pipeline) -> Result<Vec<Value>, String> {
        let count = commands.len();
        let mut again = true;
        loop {
            let mut live = self.live().await?;
            match live
                .connection
                .send_packed_commands(commands, 0, count)
                .await
            {
                Ok(replies) => return Ok(replies),
                Err(error) => {
                    if is_broken(&error) {
                        self.lost(live.number);
                    }
                    if !is_broken(&error) || !std::mem::take(&mut again) {
                        return Err(error.to_string());
                    }
                }
            }
        }
    }

    /// The connection, as soon as there is one, or why there will be none soon.
    async fn live(&self) -> Result<Live, String> {
        loop {
            match &*self.state.borrow() {
                State::Live(live) => return Ok(live.clone()),
                State::Down(reason) => return Err(reason.to_string()),
                State::Connecting => {}
            }
            let settled = |state: &State| !matches!(state, State::Connecting);
            // Cannot fail, since the sender lives in `self`.
            let _ = self.state.subscribe().wait_for(settled).await;
        }
    }

    fn lost(&self, number: u64) {
        self.state.send_if_modified(|state| {
            let present = matches!(state, State::Live(live) if live.number == number);
            if present {
                *state = State::Connecting;
            }
            present
        });
    }

    /// A connection that replies come too late on is given up with it: none of them can be taken for another's.
    fn opened(&self, reason: &str) {
        warn!(server = self.server, %reason, "the page store is not available, pages are rendered without it");
        self.state.send_replace(State::Down(reason.into()));
    }

    async fn keep_connected(&self) {
        let mut number = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let era = self.breaker.admits();
            if era.is_none() {
                sleep(PROBE_EVERY).await;
            }
            match self.connect().await {
                Ok(connection) => {
                    number += 1;
                    pause = FIRST_PAUSE;
                    self.state
                        .send_replace(State::Live(Live { number, connection }));
                    if self.breaker.close() {
                        info!(server = self.server, "the page store is available again");
                    }
                    let over = |state: &State| !matches!(state, State::Live(_));
                    // Cannot fail, since the sender lives in `self`.
                    let _ = self.state.subscribe().wait_for(over).await;
                }
                Err(reason) => {
                    if era.is_some_and(|era| self.breaker.count(era, false)) {
                        self.opened(&reason);
                    }
                    if self.is_up() {
                        sleep(pause).await;
                        pause *= 2;
                    }
                }
            }
        }
    }

    /// Connects, and sees that the server answers what will be asked of it.
    async fn connect(&self) -> Result<MultiplexedConnection, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.options.connect_timeout))
            .set_response_timeout(Some(self.options.response_timeout));
        let mut connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(|error| error.to_string())?;
        let probing = connection.send_packed_commands(&self.probe, 0, self.probe.len());
        let replies = timeout(self.options.deadline, probing)
            .await
            .map_err(|_| format!("no reply within {:?}", self.options.deadline))?
            .map_err(|error| error.to_string())?;
        refusal(&replies).map_or(Ok(connection), Err)
    }
}

/// The first error that the server replied with, unless it only says that a value is of another type.
fn refusal(replies: &[Value]) -> Option<String> {
    replies.iter().find_map(|reply| match reply {
        Value::ServerError(error) if error.code() != "WRONGTYPE" => Some(error.to_string()),
        _ => None,
    })
}

/// Whether a connection is of no more use after this.
fn is_broken(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || (error.is_io_error() && !error.is_timeout())
}
