//! A TCP proxy that does to a connection what networks and servers do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Each reply comes later by so much.
    Slow(Duration),
    /// Replies come later by between nothing and twice so much.
    Uneven(Duration),
    /// Nothing comes back.
    Hang,
    /// Connections are closed as soon as they are made, and those that there are at the next word.
    Refuse,
    /// Every n-th connection is closed, from the first reply on.
    DropEvery(usize),
    /// A reply stops in the middle, and the connection ends.
    Cut,
    /// Replies are other bytes.
    Garbage,
    /// One byte of each reply is another.
    Corrupt,
}

pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    target: u16,
    fault: Mutex<Fault>,
    connections: AtomicUsize,
    sent: AtomicUsize,
}

impl Proxy {
    /// A proxy for the server on a port.
    pub fn start(target: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            target,
            fault: Mutex::new(Fault::None),
            connections: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
        });
        let accepting = Arc::clone(&shared);
        spawn(move || {
            for client in listener.incoming().flatten() {
                let number = accepting.connections.fetch_add(1, Ordering::SeqCst) + 1;
                accepting.serve(client, number);
            }
        });
        Proxy { port, shared }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn set(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    /// Connections made so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How often something came from clients so far.
    pub fn sent(&self) -> usize {
        self.shared.sent.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }

    fn serve(self: &Arc<Self>, client: TcpStream, number: usize) {
        if self.fault() == Fault::Refuse {
            return;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.target)) else {
            return;
        };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let (Ok(from_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else {
            return;
        };
        let asking = Arc::clone(self);
        spawn(move || {
            pump(from_client, to_server, |_| {
                asking.sent.fetch_add(1, Ordering::SeqCst);
                asking.fault() != Fault::Refuse
            });
        });
        let answering = Arc::clone(self);
        let mut turn = 0_u64;
        spawn(move || {
            pump(server, client, |reply| {
                turn += 1;
                match answering.fault() {
                    Fault::None => {}
                    Fault::Slow(by) => sleep(by),
                    Fault::Uneven(by) => sleep(by * (turn * 7 % 21) as u32 / 10),
                    Fault::Hang => reply.clear(),
                    Fault::Refuse => {
                        reply.clear();
                        return false;
                    }
                    Fault::DropEvery(n) if number.is_multiple_of(n) => {
                        reply.clear();
                        return false;
                    }
                    Fault::DropEvery(_) => {}
                    Fault::Cut => {
                        reply.truncate(reply.len() / 2);
                        return false;
                    }
                    Fault::Garbage => reply
                        .iter_mut()
                        .for_each(|byte| *byte = byte.wrapping_mul(7)),
                    Fault::Corrupt => {
                        let at = (turn as usize * 31) % reply.len().max(1);
                        reply[at] ^= 0x15;
                    }
                }
                true
            });
        });
    }
}

/// Carries bytes from one end to the other until `look` has enough, which may change them first. What it has left of
/// the last ones is still sent.
fn pump(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&mut Vec<u8>) -> bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let mut bytes = buffer[..count].to_vec();
        let goes_on = look(&mut bytes);
        if to.write_all(&bytes).is_err() || !goes_on {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
