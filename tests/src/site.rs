//! A site of a few answers that are known beforehand, on a free port.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use percent_encoding::percent_decode_str;

/// One answer: header lines and body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The lines of the header without line ends, `Content-Type: text/html`.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of this type.
    pub fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            headers: vec![format!("Content-Type: {content_type}")],
            body: body.into(),
        }
    }

    /// The same with one more line in its header.
    pub fn header(mut self, line: impl Into<String>) -> Self {
        self.headers.push(line.into());
        self
    }
}

/// A running site; ends with the process.
pub struct Site {
    base: String,
}

impl Site {
    /// Answers these paths, escaped or not; any other is 404.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub fn start(answers: BTreeMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let answers = Arc::new(answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = Arc::clone(&answers);
                // A browser opens connections before it needs them, so that each waits on its own.
                thread::spawn(move || answer(stream, &answers));
            }
        });
        Self {
            base: format!("http://{address}"),
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// Answers one request. A browser that went away meanwhile is no fault.
fn answer(mut stream: TcpStream, answers: &BTreeMap<String, Answer>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let path = request.split(' ').nth(1)?.split('?').next()?;
    // Browsers differ from servers, and from each other, in which characters of a path they escape.
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let (status, answer) = match answers.get(path).or_else(|| answers.get(&*decoded)) {
        Some(answer) => ("200 OK", answer.clone()),
        None => ("404 Not Found", Answer::new("text/plain", "not found")),
    };
    let length = answer.body.len();
    let mut head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for line in &answer.headers {
        head += line;
        head += "\r\n";
    }
    head += "\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&answer.body).ok()?;
    stream.shutdown(Shutdown::Write).ok()
}
