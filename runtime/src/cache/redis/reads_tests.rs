use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};

use super::*;

const SLOT: Slot = Slot::from_bytes([7; 16]);

/// Reads that end when they are told to. Each gives its number.
#[derive(Clone, Default)]
struct Server {
    reads: Rc<Reads<usize>>,
    begun: Rc<Cell<usize>>,
    open: Rc<RefCell<Vec<oneshot::Sender<()>>>>,
}

impl Server {
    /// A request; it is under way when this is done.
    async fn ask(&self) -> JoinHandle<usize> {
        let server = self.clone();
        let asked = spawn_local(async move {
            let read = || async {
                let number = server.begun.get() + 1;
                server.begun.set(number);
                let (sender, end) = oneshot::channel();
                server.open.borrow_mut().push(sender);
                end.await.ok();
                number
            };
            server.reads.get(SLOT, read).await
        });
        settle().await;
        asked
    }

    /// Ends the read that is under way.
    async fn reply(&self) {
        let end = self.open.borrow_mut().remove(0);
        end.send(()).ok();
        settle().await;
    }
}

/// Lets all go on until they wait.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

fn run(test: impl AsyncFnOnce(Server)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let server = Server::default();
        test(server.clone()).await;
        assert!(server.reads.lock().slots.is_empty(), "a line is left over");
    });
}

#[test]
fn who_comes_while_a_read_is_under_way_shares_the_next_one() {
    run(async |server| {
        let first = server.ask().await;
        let mut others = Vec::new();
        for _ in 0..20 {
            others.push(server.ask().await);
        }
        assert_eq!(server.begun.get(), 1);
        server.reply().await;
        assert_eq!(first.await.unwrap(), 1);
        assert_eq!(server.begun.get(), 2);
        // Too late for the second, too.
        let last = server.ask().await;
        server.reply().await;
        for other in others {
            assert_eq!(other.await.unwrap(), 2);
        }
        server.reply().await;
        assert_eq!(last.await.unwrap(), 3);
    });
}

#[test]
fn reads_of_different_slots_do_not_wait_for_each_other() {
    run(async |server| {
        let first = server.ask().await;
        let other = Slot::from_bytes([8; 16]);
        assert_eq!(server.reads.get(other, async || 40).await, 40);
        server.reply().await;
        assert_eq!(first.await.unwrap(), 1);
    });
}

#[test]
fn one_that_goes_away_holds_nobody_up() {
    run(async |server| {
        // The one that reads.
        let first = server.ask().await;
        let second = server.ask().await;
        let third = server.ask().await;
        first.abort();
        settle().await;
        assert_eq!(server.begun.get(), 2);
        // The one that is to read next.
        let fourth = server.ask().await;
        let fifth = server.ask().await;
        fourth.abort();
        settle().await;
        server.open.borrow_mut().remove(0);
        server.reply().await;
        assert_eq!(second.await.unwrap(), 2);
        assert_eq!(third.await.unwrap(), 2);
        assert_eq!(server.begun.get(), 3);
        server.reply().await;
        assert_eq!(fifth.await.unwrap(), 3);
    });
}
