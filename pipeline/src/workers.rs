//! The threads of a build script: as many as cargo lets it have.
//!
//! Cargo runs compilers and build scripts side by side and hands out tokens, one for each thread that works (GNU make's
//! jobserver). A build script has one when it starts. A thread of this pool begins once it has got another one, whenever
//! that is, and all go back at the end. Nothing ever waits for a token: one thread does all the work if there is none.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rayon::ThreadPoolBuilder;

/// How long it takes to see that a token was given back.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Runs work on at most so many threads, which take tokens of the server if there is one.
pub(crate) fn run<T: Send>(
    most: usize,
    server: Option<Server>,
    work: impl FnOnce() -> T + Send,
) -> T {
    let tokens = Arc::new(Tokens::new(server));
    let back = GiveBack(tokens.clone());
    let pool = ThreadPoolBuilder::new()
        .num_threads(most)
        .spawn_handler(|worker| {
            let tokens = tokens.clone();
            let begin = move || {
                // rayon takes one that has not begun for one that is busy.
                if worker.index() == 0 || tokens.take() {
                    worker.run();
                }
            };
            thread::Builder::new()
                .name("crushed".to_owned())
                .spawn(begin)
                .map(drop)
        })
        .build();
    let result = match pool {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    };
    drop(back);
    result
}

/// The jobs that cargo was told to run at once, as it tells build scripts.
pub(crate) fn most() -> usize {
    let told = std::env::var("NUM_JOBS").ok();
    told.and_then(|jobs| jobs.parse().ok())
        .filter(|jobs| *jobs > 0)
        .or_else(|| thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1)
}

/// The tokens of this process, besides the one that it was started with.
struct Tokens {
    server: Option<Server>,
    held: Mutex<Held>,
    over: Condvar,
}

#[derive(Default)]
struct Held {
    /// A token is a byte, and goes back as it came.
    tokens: Vec<u8>,
    over: bool,
}

impl Tokens {
    fn new(server: Option<Server>) -> Self {
        Self {
            server,
            held: Mutex::default(),
            over: Condvar::new(),
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a token once there is one; false if the work is over before, or the server is gone.
    fn take(&self) -> bool {
        let Some(server) = &self.server else {
            return true;
        };
        let mut held = self.held();
        while !held.over {
            match server.take() {
                Ok(Some(token)) => {
                    held.tokens.push(token);
                    return true;
                }
                Ok(None) => {}
                Err(_) => return false,
            }
            let waited = self.over.wait_timeout(held, LOOK_EVERY);
            held = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}

/// At the end of the work, also if it panics.
struct GiveBack(Arc<Tokens>);

impl Drop for GiveBack {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.over = true;
        let tokens = std::mem::take(&mut held.tokens);
        if let Some(server) = &self.0.server {
            server.give_back(&tokens);
        }
        self.0.over.notify_all();
    }
}

pub(crate) use server::Server;

#[cfg(target_os = "linux")]
mod server {
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read as _, Write as _};
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
    use std::path::PathBuf;

    /// A pipe that holds a byte for each token.
    pub(crate) struct Server {
        read: File,
        write: File,
    }

    impl Server {
        /// The one that cargo tells build scripts of.
        pub(crate) fn of_cargo() -> Option<Self> {
            Self::open(&std::env::var("CARGO_MAKEFLAGS").ok()?)
        }

        /// `--jobserver-auth=READ,WRITE`, file descriptors that were inherited, or `--jobserver-auth=fifo:PATH`. The last
        /// one counts.
        pub(super) fn open(flags: &str) -> Option<Self> {
            let words = flags.split_ascii_whitespace();
            let told = words
                .filter_map(|word| {
                    word.strip_prefix("--jobserver-auth=")
                        .or_else(|| word.strip_prefix("--jobserver-fds="))
                })
                .next_back()?;
            let (read, write) = match told.strip_prefix("fifo:") {
                Some(path) => (PathBuf::from(path), PathBuf::from(path)),
                None => {
                    let (read, write) = told.split_once(',')?;
                    let opened = |descriptor: &str| {
                        let number: u32 = descriptor.parse().ok()?;
                        Some(PathBuf::from(format!("/proc/self/fd/{number}")))
                    };
                    (opened(read)?, opened(write)?)
                }
            };
            // Opened anew and not only used: whether reading waits is a property of what was opened, and for the other
            // processes it must.
            let mut options = OpenOptions::new();
            options.custom_flags(libc::O_NONBLOCK);
            let is_pipe = |file: &File| {
                file.metadata()
                    .is_ok_and(|metadata| metadata.file_type().is_fifo())
            };
            let read = options.read(true).open(read).ok().filter(is_pipe)?;
            let write = options.read(false).write(true).open(write).ok();
            let write = write.filter(is_pipe)?;
            Some(Self { read, write })
        }

        pub(super) fn take(&self) -> io::Result<Option<u8>> {
            let mut token = [0];
            match (&self.read).read(&mut token) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => Ok(Some(token[0])),
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
                    _ => Err(error),
                },
            }
        }

        pub(super) fn give_back(&self, tokens: &[u8]) {
            // What was taken out has room. If the server is gone, so is everybody who waits.
            let _ = (&self.write).write_all(tokens);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod server {
    use std::io;

    /// Elsewhere an inherited pipe cannot be asked without waiting, and the number of jobs alone is kept to.
    pub(crate) struct Server(std::convert::Infallible);

    impl Server {
        pub(crate) fn of_cargo() -> Option<Self> {
            None
        }

        pub(super) fn take(&self) -> io::Result<Option<u8>> {
            match self.0 {}
        }

        pub(super) fn give_back(&self, _: &[u8]) {
            match self.0 {}
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
    use std::os::fd::AsRawFd as _;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use rayon::prelude::*;

    use super::*;

    fn server(tokens: &[u8]) -> (PipeReader, PipeWriter, Server) {
        let (read, mut write) = pipe().unwrap();
        write.write_all(tokens).unwrap();
        let (r, w) = (read.as_raw_fd(), write.as_raw_fd());
        let flags = format!("-j --jobserver-fds=7,7 --jobserver-auth={r},{w}");
        (read, write, Server::open(&flags).unwrap())
    }

    fn left(mut read: PipeReader, write: PipeWriter) -> Vec<u8> {
        drop(write);
        let mut left = Vec::new();
        read.read_to_end(&mut left).unwrap();
        left.sort_unstable();
        left
    }

    /// The most that ever ran at once, of work that takes a while.
    fn at_once(server: Option<Server>) -> usize {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let sum: u64 = run(4, server, || {
            let work = |number: u64| {
                most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                let made = (0..20_000).fold(number, |a, b| a.wrapping_mul(31) ^ b);
                now.fetch_sub(1, SeqCst);
                made & 1
            };
            (0..2_000).into_par_iter().map(work).sum()
        });
        assert!(sum <= 2_000);
        most.into_inner()
    }

    #[test]
    fn no_more_threads_work_than_there_are_tokens() {
        for tokens in [b"" as &[u8], b"+", b"ab"] {
            let (read, write, server) = server(tokens);
            let most = at_once(Some(server));
            assert!((1..=1 + tokens.len()).contains(&most), "{most}");
            assert_eq!(left(read, write), tokens, "all went back");
        }
        assert!((1..=4).contains(&at_once(None)));
    }

    /// Two that wait for each other, on a second thread that could begin only then.
    #[test]
    fn a_token_that_is_given_back_later_is_taken() {
        let (read, mut write, server) = server(b"");
        let both = Barrier::new(2);
        run(2, Some(server), || {
            write.write_all(b"x").unwrap();
            rayon::join(|| both.wait(), || both.wait());
        });
        assert_eq!(left(read, write), b"x");
    }

    #[test]
    fn tokens_go_back_when_the_work_panics() {
        let (read, write, server) = server(b"ab");
        let both = Barrier::new(2);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(2, Some(server), || {
                rayon::join(|| both.wait(), || both.wait());
                panic!("as it is meant to");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!(left(read, write), b"ab");
    }

    #[test]
    fn a_server_that_is_gone_is_done_without() {
        let (read, write, server) = server(b"");
        drop((read, write));
        assert_eq!(at_once(Some(server)), 1);
    }

    #[test]
    fn what_is_no_server_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let number = file.as_file().as_raw_fd();
        for flags in [
            "".to_owned(),
            "-j8".to_owned(),
            "--jobserver-auth=-2,-2".to_owned(),
            "--jobserver-auth=1000,1001".to_owned(),
            format!("--jobserver-auth={number},{number}"),
            "--jobserver-auth=fifo:/nowhere".to_owned(),
            "--jobserver-auth=x".to_owned(),
        ] {
            assert!(Server::open(&flags).is_none(), "{flags}");
        }
    }

    #[test]
    fn a_named_pipe_is_a_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        // Opened for both, since a pipe forgets what it holds when the last one closes it.
        let mut both = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        both.write_all(b"z").unwrap();
        let server = Server::open(&format!("--jobserver-auth=fifo:{}", path.display())).unwrap();
        assert!(at_once(Some(server)) <= 2);
        let mut token = [0];
        both.read_exact(&mut token).unwrap();
        assert_eq!(&token, b"z");
    }
}
