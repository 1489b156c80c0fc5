//! A client that sends what it is told and reads what comes, byte by byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::case::{Answer, Request};

/// Sends a request on a connection of its own and reads until the server closes it.
pub fn ask(server: SocketAddr, request: &Request) -> Vec<Answer> {
    let (bytes, is_head) = match request {
        Request::Raw(bytes) => (bytes.clone(), false),
        Request::Plain {
            method,
            target,
            version,
            fields,
        } => {
            let mut text = format!("{method} {target} {version}\r\n");
            // A field with an empty name stands for the lack of a host.
            if !fields.iter().any(|(name, _)| name == "No-Host") {
                text += &format!("Host: {server}\r\n");
            }
            if !fields.iter().any(|(name, _)| name == "Connection") {
                text += "Connection: close\r\n";
            }
            for (name, value) in fields.iter().filter(|(name, _)| name != "No-Host") {
                text += &format!("{name}: {value}\r\n");
            }
            (format!("{text}\r\n").into_bytes(), method == "HEAD")
        }
    };
    parse(&exchange(server, &bytes), is_head)
}

/// Sends bytes and reads until the server closes the connection or says nothing for a while.
pub fn exchange(server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    // The server may have answered and closed before it has read all.
    let _ = stream.write_all(bytes);
    let mut received = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        received.extend_from_slice(&buffer[..count]);
    }
    received
}

/// The answers in what was received. That of a HEAD has a length and no body, and is the last.
pub fn parse(mut received: &[u8], mut is_head: bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        received = &received[end + 4..];
        let mut lines = head.split("\r\n");
        let status: u16 = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let fields: Vec<(String, String)> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_ascii_lowercase(), value.trim().to_owned())
            })
            .collect();
        // "Go on" is no answer.
        if status < 200 {
            continue;
        }
        let length = fields.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
        // Behind a HEAD nothing follows; a server that sends its body anyway is found out by it.
        let body = match is_head && received.is_empty() {
            true => Vec::new(),
            false => {
                let (body, rest) = received.split_at(length.min(received.len()));
                received = rest;
                body.to_vec()
            }
        };
        is_head = false;
        answers.push(Answer {
            status,
            fields,
            body,
        });
    }
    answers
}
