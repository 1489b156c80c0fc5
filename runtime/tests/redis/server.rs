//! A `redis-server` of the test's own, on a private port and in a folder that goes with it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The server; ends when dropped.
pub struct Server {
    child: Option<Child>,
    folder: PathBuf,
    arguments: Vec<String>,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Server {
    /// Starts a server, with these arguments besides those that keep it to itself. `folder` is where it may put a folder
    /// of its own.
    pub fn start(folder: &Path, arguments: &[&str]) -> Server {
        let mut server = Server::stopped(folder, arguments);
        server.start_again();
        server
    }

    /// A server that speaks TLS only. Its certificate is for `localhost` and signed by itself, see
    /// [`certificate`](Self::certificate).
    pub fn start_tls(folder: &Path) -> Server {
        let mut server = Server::stopped(folder, &[]);
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
            .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
"-addext",
"basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(&server.folder)
            .stderr(Stdio::null())
            .status()
            .unwrap_or_else(|error| {
                panic!("openssl does not start ({error}): install it, on Debian by `apt-get install openssl`")
            });
        assert!(made.success(), "{made}");
        let port = server.port.to_string();
        for argument in [
            "--port",
            "0",
            "--tls-port",
            &port,
            "--tls-cert-file",
            "cert.pem",
            "--tls-key-file",
            "key.pem",
            "--tls-ca-cert-file",
            "cert.pem",
            "--tls-auth-clients",
            "no",
        ] {
            server.arguments.push(argument.to_owned());
        }
        server.start_again();
        server
    }

    /// The certificate of a server that speaks TLS.
    #[allow(dead_code, reason = "the tests across crates have trust in it")]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// A server that has still to be started.
    pub fn stopped(folder: &Path, arguments: &[&str]) -> Server {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = folder.join(format!("redis-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Server {
            child: None,
            folder,
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
            port: free_port(),
        }
    }

    /// Its first database, without TLS.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it on the port that it had.
    pub fn start_again(&mut self) {
        let child = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .args(["--enable-debug-command", "yes"])
            .args(&self.arguments)
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("redis-server does not start ({error}): install it, on Debian by `apt-get install redis-server`")
            });
        self.child = Some(child);
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let child = self.child.as_mut().unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                panic!("redis-server ended with {status}");
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "redis-server does not listen"
            );
            sleep(Duration::from_millis(5));
        }
    }

    /// Ends it without warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stops it in its tracks: connections stay open, and nothing is answered.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self
            .child
            .as_ref()
            .expect("a running server")
            .id()
            .to_string();
        let status = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(status.success(), "{status}");
    }

    /// A connection of one's own, which stays whatever happens to others.
    pub fn control(&self) -> Control {
        Control(BufReader::new(
            TcpStream::connect(("127.0.0.1", self.port)).unwrap(),
        ))
    }

    /// Runs a command on a new connection, see [`Control::run`].
    pub fn run(&self, command: &str) -> String {
        self.control().run(command)
    }

    /// The keys of a pattern, in order.
    pub fn keys(&self, pattern: &str) -> Vec<String> {
        let mut keys: Vec<String> = self
            .run(&format!("KEYS {pattern}"))
            .lines()
            .map(str::to_owned)
            .collect();
        keys.sort();
        keys
    }
}

/// A connection to a server.
pub struct Control(BufReader<TcpStream>);

impl Control {
    /// Runs a command and gives the reply: items of lists one per line, an error with `-` before it.
    pub fn send(&mut self, words: &[&[u8]]) -> Vec<u8> {
        let mut message = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            message.extend(format!("${}\r\n", word.len()).bytes());
            message.extend_from_slice(word);
            message.extend(b"\r\n");
        }
        self.0.get_mut().write_all(&message).unwrap();
        let mut reply = Vec::new();
        read_reply(&mut self.0, &mut reply);
        reply
    }

    /// The same for words with spaces between them; an error of the server is one of the test.
    pub fn run(&mut self, command: &str) -> String {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        let reply = String::from_utf8(self.send(&words)).unwrap();
        assert!(!reply.starts_with('-'), "{command}: {reply}");
        reply
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn read_reply(from: &mut impl BufRead, reply: &mut Vec<u8>) {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    let (kind, rest) = line.trim_end().split_at(1);
    match kind {
        "+" | ":" => reply.extend(rest.bytes()),
        "$" if rest == "-1" => {}
        "$" => {
            let mut text = vec![0; rest.parse::<usize>().unwrap() + 2];
            from.read_exact(&mut text).unwrap();
            reply.extend_from_slice(&text[..text.len() - 2]);
        }
        "*" => {
            for item in 0..rest.parse::<i64>().unwrap().max(0) {
                if item > 0 {
                    reply.push(b'\n');
                }
                read_reply(from, reply);
            }
        }
        _ => reply.extend(line.trim_end().bytes()),
    }
}
