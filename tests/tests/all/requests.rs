//! A hundred thousand odd requests over real sockets, and after each fifty of them something that is hardly a request.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use crushed_tests::app::App;
use crushed_tests::generate::request::{Request, request};
use crushed_tests::generate::{Choices, noise};

/// Threads that ask at the same time.
const THREADS: u64 = 4;
/// What each of them has to say, one after the other.
const CONVERSATIONS: u64 = 500;
/// Requests of a conversation.
const REQUESTS: usize = 50;
/// So many are sent before their answers are read.
const PIPELINED: usize = 10;

/// Far beyond what an answer takes.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn odd_requests_get_an_answer_and_never_a_server_error() {
    let app = App::start(&[("RUST_LOG", "off")]);
    let address = app.url("").replace("http://", "");
    let golden = include_str!("../../golden/demo-assets.txt");
    let mut paths: Vec<String> = golden
        .lines()
        .map(|path| format!("/static/{path}"))
        .collect();
    let before: Vec<_> = paths.iter().map(|path| app.get(path)).collect();
    let page = app.get("/coupons");
    let etags: Vec<&str> = before.iter().map(|reply| reply.header("etag")).collect();
    assert!(etags.iter().all(|etag| etag.len() == 18), "{etags:?}");
    // Most are for the smallest two, so that it is the requests that take the time.
    let small = |path: &&String| path.contains("perforation") || path.contains("licences");
    let small: Vec<String> = paths.iter().filter(small).cloned().collect();
    paths.extend(small.iter().cycle().take(60).cloned());
    paths.extend([
        "/static/x".to_owned(),
        "/static/".to_owned(),
        "/coupons".to_owned(),
    ]);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();

    let answered: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (address, paths, etags) = (&address, &paths, &etags);
                scope.spawn(move || {
                    let conversations =
                        (0..CONVERSATIONS).map(|number| thread * CONVERSATIONS + number);
                    conversations
                        .map(|seed| conversation(address, paths, etags, seed))
                        .sum::<usize>()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("every answer is right"))
            .sum()
    });
    assert_eq!(answered, 100_000);

    for (path, before) in paths.iter().zip(&before) {
        let after = app.get(path);
        assert_eq!(
            (after.status, &after.headers["etag"]),
            (before.status, &before.headers["etag"])
        );
        assert!(after.body == before.body, "{path} is another");
    }
    assert_eq!(app.get("/coupons").body, page.body);
    assert!(app.terminate(), "the demo does not end well");
}

/// Sends the requests of this seed and checks their answers; how many there were.
fn conversation(address: &str, paths: &[&str], etags: &[&str], seed: u64) -> usize {
    let bytes = noise(seed, 8_000);
    let mut choices = Choices::new(&bytes);
    let requests: Vec<Request> = (0..REQUESTS)
        .map(|_| {
            let mut request = request(&mut choices, paths, etags);
            request
                .fields
                .push(("Host".to_owned(), b"127.0.0.1".to_vec()));
            request
        })
        .collect();
    let (mut stream, mut answered) = (connect(address), 0);
    while answered < requests.len() {
        // A HEAD goes alone: while a page is waited for, actix-http reads on, and forgets which of them was one.
        let left = requests[answered..].iter().take(PIPELINED);
        let others = left.take_while(|request| request.method != "HEAD").count();
        let batch = &requests[answered..answered + others.max(1)];
        let sent: Vec<u8> = batch.iter().flat_map(Request::wire).collect();
        stream.get_mut().write_all(&sent).expect("the server reads");
        for request in batch {
            let answer = Answer::read(&mut stream, request.method == "HEAD")
                .and_then(|answer| answer.check(request).map(|()| answer));
            let answer = answer.unwrap_or_else(|fault| {
                panic!(
                    "{fault} to {:?} of seed {seed}",
                    String::from_utf8_lossy(&request.wire())
                )
            });
            answered += 1;
            // What the server cannot read ends the connection, whatever followed.
            if answer.status == 400 || answer.field("connection") == Some("close") {
                stream = connect(address);
                break;
            }
        }
    }
    let odd = spoiled(&requests[choices.below(REQUESTS)], &mut choices);
    // The server may refuse it before it is all there.
    let _ = stream.get_mut().write_all(&odd);
    let _ = stream.get_mut().shutdown(Shutdown::Write);
    let mut rest = Vec::new();
    if let Err(error) = stream.read_to_end(&mut rest) {
        let reset = error.kind() == std::io::ErrorKind::ConnectionReset;
        assert!(
            reset,
            "{error} after {:?} of seed {seed}",
            String::from_utf8_lossy(&odd)
        );
    }
    let failed = rest.windows(10).any(|window| window == b"HTTP/1.1 5");
    assert!(
        !failed,
        "a server error to {:?} of seed {seed}",
        String::from_utf8_lossy(&odd)
    );
    answered
}

fn connect(address: &str) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).expect("the server takes connections");
    stream
        .set_read_timeout(Some(DEADLINE))
        .expect("a timeout can be set");
    stream
        .set_write_timeout(Some(DEADLINE))
        .expect("a timeout can be set");
    BufReader::new(stream)
}

/// Bytes that few servers would call a request.
fn spoiled(request: &Request, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = request.wire();
    if choices.below(8) == 0 {
        return choices.rest().iter().copied().take(500).collect();
    }
    for _ in 0..=choices.below(4) {
        let at = choices.below(bytes.len().clamp(1, 60_000));
        let piece: &[u8] = choices.pick(&[
            &b"\r\n"[..],
            b"\n",
            b"\r",
            b" ",
            b":",
            b"\0",
            b"\xff",
            b"\x7f",
            b"\r\n\r\n",
            b"HTTP/1.0",
            b"HTTP/9.9",
            b"Content-Length: 5\r\n",
            b"Content-Length: -1\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: odd\r\n",
            b"Host: b\r\n",
            b"Connection: upgrade\r\nUpgrade: h2c\r\n",
            b"Connection: close\r\n",
            b"Expect: 100-continue\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"http://h/",
        ]);
        match choices.below(4) {
            0 => bytes.truncate(at),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            // Whole lines make sense at the start of one.
            2 => {
                let line = bytes
                    .windows(2)
                    .position(|window| window == b"\r\n")
                    .map_or(0, |end| end + 2);
                bytes.splice(line..line, piece.iter().copied());
            }
            _ => drop(bytes.splice(at..at, piece.iter().copied())),
        }
    }
    // More fields, and longer ones, than a server takes.
    match choices.below(20) {
        0 => bytes.splice(
            0..0,
            format!("GET /static/x HTTP/1.1\r\n{}", "A: b\r\n".repeat(200)).into_bytes(),
        ),
        1 => bytes.splice(
            0..0,
            format!("GET /{} HTTP/1.1\r\n", "x".repeat(150_000)).into_bytes(),
        ),
        2 => bytes.splice(
            0..0,
            format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(150_000)).into_bytes(),
        ),
        _ => return bytes,
    };
    bytes
}

/// What came back for one request.
struct Answer {
    status: u16,
    /// Names in lower case.
    fields: Vec<(String, String)>,
    length: usize,
}

impl Answer {
    fn read(stream: &mut impl BufRead, is_head: bool) -> Result<Self, String> {
        let first = line(stream)?;
        let status = first
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3));
        let status = status
            .and_then(|status| status.parse().ok())
            .ok_or(format!("the answer {first:?}"))?;
        let mut fields = Vec::new();
        loop {
            let line = line(stream)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").ok_or(format!("the field {line:?}"))?;
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Self {
            status,
            fields,
            length: 0,
        };
        if !is_head && !matches!(status, 204 | 304) {
            let length = answer
                .field("content-length")
                .ok_or("an answer without a length")?;
            answer.length = length
                .parse()
                .map_err(|_| format!("the length {length:?}"))?;
            let read = std::io::copy(&mut stream.take(answer.length as u64), &mut std::io::sink());
            let read = read.map_err(|error| error.to_string())?;
            if read != answer.length as u64 {
                return Err(format!("{read} of {} bytes", answer.length));
            }
        }
        Ok(answer)
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut named = self.fields.iter().filter(|(given, _)| given == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// What holds for every answer, whatever was asked.
    fn check(&self, request: &Request) -> Result<(), String> {
        let fault = |what: &str| Err(format!("{what} in {} {:?}", self.status, self.fields));
        let has = |name| self.field(name).is_some();
        let caching = self.field("cache-control").unwrap_or_default();
        if !has("date") && self.status != 400 {
            return fault("no date");
        }
        match self.status {
            200 if !has("content-type") => fault("no type"),
            204 | 405 if !has("allow") => fault("no methods"),
            206 if request.method != "GET" => fault("a part"),
            206 if !has("content-range") && self.length > 200_000 => fault("too long parts"),
            304 if has("content-type") || has("content-encoding") || has("content-length") => {
                fault("content")
            }
            304 if !has("etag") || caching.is_empty() => fault("no validator"),
            416 if !self
                .field("content-range")
                .is_some_and(|range| range.starts_with("bytes */")) =>
            {
                fault("no length")
            }
            400.. if caching.contains("immutable") || caching.contains("max-age") => {
                fault("an error that keeps")
            }
            200 | 204 | 206 | 304 | 400 | 404 | 405 | 406 | 412 | 416 => Ok(()),
            _ => fault("an unexpected status"),
        }
    }
}

fn line(stream: &mut impl BufRead) -> Result<String, String> {
    let mut line = Vec::new();
    stream
        .read_until(b'\n', &mut line)
        .map_err(|error| error.to_string())?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None => Err(format!(
            "no answer, but {:?}",
            String::from_utf8_lossy(&line)
        )),
    }
}
