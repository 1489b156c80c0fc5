//! Load by wrk, from the core that no server runs on.

use std::process::Command;

/// The core of the load generator.
const CORE: &str = "1";

/// What a second or two of load came to.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Requests that were answered.
    pub requests: f64,
    /// The same in a second.
    pub rate: f64,
    /// The time in which half of them are answered, in microseconds.
    pub p50: f64,
    /// The time in which 99 of 100 are, in microseconds.
    pub p99: f64,
}

/// Asks for one address over and over, on kept connections.
///
/// # Panics
///
/// If wrk is not there, or if an answer is neither 2xx nor 3xx.
pub fn load(url: &str, fields: &[String], connections: u32, seconds: u32) -> Load {
    let mut command = Command::new("taskset");
    command.args(["-c", CORE, "wrk", "--threads", "1", "--latency"]);
    command.args([
        "--connections",
        &connections.to_string(),
        "--duration",
        &format!("{seconds}s"),
    ]);
    for field in fields {
        command.args(["--header", field]);
    }
    let output = command
        .arg(url)
        .output()
        .expect("taskset is installed (Debian: util-linux)");
    let text = String::from_utf8_lossy(&output.stdout);
    let missing = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "is wrk installed (Debian: wrk)? {missing}"
    );
    assert!(
        !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "{url}: {text}"
    );
    // A number stands before or behind the words that say what it is.
    let line = |words: &str| {
        text.lines()
            .find(|line| line.contains(words))
            .expect("wrk says it")
    };
    let behind = |words: &str| {
        line(words)
            .split_whitespace()
            .next_back()
            .unwrap_or_default()
    };
    let before = line("requests in")
        .split_whitespace()
        .next()
        .unwrap_or_default();
    let number = |text: &str| text.parse::<f64>().expect("wrk says a number");
    Load {
        requests: number(before),
        rate: number(behind("Requests/sec:")),
        p50: microseconds(behind(" 50%")),
        p99: microseconds(behind(" 99%")),
    }
}

/// `1.25ms`
fn microseconds(text: &str) -> f64 {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text[..text.len() - unit.len()]
        .parse()
        .expect("wrk says a number and a unit");
    number
        * match unit {
            "us" => 1.0,
            "ms" => 1e3,
            _ => 1e6,
        }
}
