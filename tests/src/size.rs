//! Sizes as they go over the wire.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

/// The size under `gzip -6`, of which the budgets for pages speak.
///
/// # Panics
///
/// If there is no gzip.
pub fn gzip6(bytes: &[u8]) -> usize {
    let mut gzip = Command::new("gzip")
        .args(["-6", "-n", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip is missing, install the Debian package gzip");
    let mut stdin = gzip.stdin.take().expect("its input is piped");
    thread::scope(|scope| {
        // Fed beside reading: both pipes hold less than a page may be long.
        scope.spawn(move || stdin.write_all(bytes).expect("gzip takes its input"));
        let output = gzip.wait_with_output().expect("gzip was started here");
        assert!(output.status.success(), "gzip ended with {}", output.status);
        output.stdout.len()
    })
}

#[cfg(test)]
mod tests {
    use super::gzip6;

    #[test]
    fn is_what_gzip_gives() {
        // The header has 10 bytes, the trailer 8, an empty deflate stream 2 (RFC 1952, RFC 1951).
        assert_eq!(gzip6(b""), 20);
        assert!(gzip6(&[b'a'; 1 << 20]) < 2000);
    }
}
