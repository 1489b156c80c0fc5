//! How Redis is used.

use std::time::Duration;

/// How a [`Redis`](super::Redis) store behaves. The defaults suit a server in the same network.
#[derive(Clone, Debug)]
pub struct RedisOptions {
    pub(super) namespace: String,
    pub(super) deadline: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) response_timeout: Duration,
    pub(super) lease: Duration,
    pub(super) max_value: usize,
}

impl Default for RedisOptions {
    fn default() -> RedisOptions {
        RedisOptions {
            namespace: "crushed".to_owned(),
            deadline: Duration::from_millis(100),
            connect_timeout: Duration::from_millis(250),
            response_timeout: Duration::from_millis(250),
            lease: Duration::from_secs(3),
            max_value: 4 << 20,
        }
    }
}

impl RedisOptions {
    /// What all names in Redis begin with; `crushed` by default. Apps with different namespaces do not purge each
    /// other's pages.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// The longest that one operation may take, waiting for a connection included; 100 ms by default. It is also what
    /// a request spends on the store at most.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The longest that connecting may take, which no request waits for longer than the deadline; 250 ms by default.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The longest that a reply may take on a connection, the greeting (`AUTH`, `SELECT`) included; 250 ms by default.
    #[must_use]
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// How long one process has the sole right to render a page; 3 s by default. If it dies, the others wait for no
    /// longer than this.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// The largest value that is written or read, in bytes; 4 MiB by default, which a body of 1 MiB fits in together with its
    /// encoded forms.
    #[must_use]
    pub fn max_value(mut self, bytes: usize) -> Self {
        self.max_value = bytes;
        self
    }
}
