//! Several processes of `page_server` on one Redis.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::built::binary;
use crate::http::get;

/// What requests to any of them name as their host, as behind a load balancer: a page is kept per host.
pub const HOST: (&str, &str) = ("host", "shop.test");

/// One process; ends when dropped.
pub struct PageServer {
    child: Child,
    base: String,
    /// What it was started as.
    pub release: String,
}

impl PageServer {
    /// Starts a process of a release, on a free port.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(release: &str, redis: &str, deadline: Duration) -> Self {
        let mut child = Command::new(binary("page_server"))
            .args([release, redis, &deadline.as_millis().to_string()])
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("page_server can be executed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output is piped"))
            .read_line(&mut line)
            .expect("its output is text");
        let base = line.trim_end().to_owned();
        if !base.starts_with("http://") {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the first line of page_server is {line:?}, not its address");
        }
        Self {
            child,
            base,
            release: release.to_owned(),
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// How many pages it has rendered.
    ///
    /// # Panics
    ///
    /// If it does not say.
    pub fn renders(&self) -> usize {
        let reply = get(&self.url("/renders"), &[]);
        reply.text().parse().expect("a number")
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Kilobytes of memory in use.
    ///
    /// # Panics
    ///
    /// If the system does not tell.
    pub fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let status =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        number
            .and_then(|number| number.parse().ok())
            .expect("kilobytes")
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.kill();
    }
}
