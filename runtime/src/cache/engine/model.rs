//! Every order in which two requests and a purge can take turns, and many of those in which more can, with requests that
//! go away at any moment and views that fail: nobody waits for ever, nobody renders what another is rendering, and nobody
//! gets a page that was purged before they asked.
//!
//! Requests are futures that are polled one at a time by a scheduler; where several can go on, it chooses, and a run is
//! repeated with the next choice until there is none left. The store takes two turns for each operation.

mod choices;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http::StatusCode;

use super::super::clock::ManualClock;
use super::super::entry::Page;
use super::super::fields::{Lines, lines};
use super::super::key::Target;
use super::super::purge::Purges;
use super::super::response::Terms;
use super::super::store::{Read, StoreFuture, Value};
use super::super::tags::Tags;
use super::super::vary::VaryNames;
use super::*;
use choices::{Choices, Exhaustive, Seeded};

const PATH: &str = "/p";
const TAG: &str = "t";

/// Lets the others have a turn.
async fn turn() {
    let mut been = false;
    std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        match std::mem::replace(&mut been, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

/// A store whose operations take a turn before and a turn after they have their effect.
#[derive(Default)]
struct Slow {
    values: Mutex<HashMap<Slot, Value>>,
    purges: Mutex<HashMap<Slot, u64>>,
}

impl Slow {
    fn purged(&self, scope: Purge<'_>) -> Stamp {
        let purges = self.purges.lock().unwrap();
        Stamp(purges.get(&scope.slot()).copied().unwrap_or_default())
    }

    /// The number of the last purge of all is kept under a scope that no page has.
    fn latest(&self) -> Stamp {
        self.purged(Purge::Path(""))
    }
}

impl Store for Slow {
    fn get<'a>(&'a self, slot: Slot, scopes: Scopes<'a>) -> StoreFuture<'a, Read> {
        Box::pin(async move {
            turn().await;
            let latest = self.latest();
            let value = self.values.lock().unwrap().get(&slot).cloned();
            let tags = match &value {
                Some(Value::Page(entry)) => entry.tags().clone(),
                _ => Tags::default(),
            };
            let covering = scopes.each(&tags).map(|scope| self.purged(scope)).max();
            let covering = covering.unwrap_or_default();
            turn().await;
            let purges = Purges { latest, covering };
            Ok(Read { value, purges })
        })
    }

    fn put(&self, slot: Slot, value: Value, _: Duration) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            turn().await;
            self.values.lock().unwrap().insert(slot, value);
            turn().await;
            Ok(())
        })
    }

    fn remove(&self, slot: Slot) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.values.lock().unwrap().remove(&slot);
            Ok(())
        })
    }

    fn purge<'a>(&'a self, scope: Purge<'a>) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            turn().await;
            {
                let Stamp(latest) = self.latest();
                let mut purges = self.purges.lock().unwrap();
                purges.insert(Purge::Path("").slot(), latest + 1);
                purges.insert(scope.slot(), latest + 1);
            }
            turn().await;
            Ok(())
        })
    }
}

/// What a request's view does.
#[derive(Clone, Copy, PartialEq)]
enum View {
    Renders,
    Fails,
    /// Its client goes away at some moment, which the scheduler chooses.
    GoesAway,
}

struct World {
    engine: Engine,
    /// What pages are made of; a purge follows each change.
    content: Cell<u64>,
    /// The content of which a purge has ended.
    purged: Cell<u64>,
    rendering: Cell<usize>,
    renders: Cell<usize>,
    served: RefCell<Vec<u64>>,
}

async fn ask(world: Rc<World>, view: View) {
    let target = Target {
        release: "r",
        scheme: "http",
        host: b"a.test",
        path: PATH,
        query: None,
    };
    let fields: Lines = lines(&[]);
    let wanted = Wanted {
        key: &Key::new(&target),
        scopes: Scopes {
            path: PATH,
            query: None,
        },
        lookup: Lookup::default(),
        fields: &fields,
        patience: Duration::from_secs(5),
    };
    let purged = world.purged.get();
    let served = match world.engine.find(&wanted).await {
        Found::Page { entry, .. } | Found::Stale { entry, .. } => number(&entry),
        Found::Nothing(ticket) => {
            let _here = Rendering::begin(&world, ticket.render.leader.is_some());
            let content = world.content.get();
            turn().await;
            if view == View::Fails {
                world.engine.fail(ticket);
                return;
            }
            let page = Page {
                status: StatusCode::OK,
                fields: Lines::new(),
                body: Bytes::from(content.to_string()),
            };
            let terms = Terms {
                lifetime: Duration::from_secs(60),
                age: Duration::ZERO,
                vary: VaryNames::default(),
                stale_while_revalidate: Duration::ZERO,
                stale_if_error: Duration::ZERO,
                public: false,
                tags: Tags::new([TAG]),
            };
            let entry = world.engine.keep(ticket, page, &terms, &fields).await;
            number(&entry)
        }
    };
    assert!(
        served >= purged,
        "a page of {served} after a purge of {purged}"
    );
    world.served.borrow_mut().push(served);
}

fn number(entry: &Entry) -> u64 {
    std::str::from_utf8(entry.body()).unwrap().parse().unwrap()
}

async fn change_and_purge(world: Rc<World>, scope: Purge<'static>) {
    let content = world.content.get() + 1;
    world.content.set(content);
    world.engine.purge(scope).await.unwrap();
    world.purged.set(content);
}

/// Counts renders at a time by leaders.
struct Rendering(Rc<World>, bool);

impl Rendering {
    fn begin(world: &Rc<World>, leads: bool) -> Rendering {
        world.renders.set(world.renders.get() + 1);
        if leads {
            world.rendering.set(world.rendering.get() + 1);
            assert_eq!(world.rendering.get(), 1, "two render at once");
        }
        Rendering(Rc::clone(world), leads)
    }
}

impl Drop for Rendering {
    fn drop(&mut self) {
        self.0
            .rendering
            .set(self.0.rendering.get() - usize::from(self.1));
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Actor {
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    woken: Arc<Woken>,
    may_go_away: bool,
}

fn run(views: &[View], purge: Option<Purge<'static>>, choices: &mut impl Choices) -> Rc<World> {
    let clock = ManualClock::new(Timestamp::from_millis(1));
    let world = Rc::new(World {
        engine: Engine::new(Arc::new(Slow::default()), Arc::new(clock)),
        content: Cell::new(0),
        purged: Cell::new(0),
        rendering: Cell::new(0),
        renders: Cell::new(0),
        served: RefCell::default(),
    });
    let actor = |future: Pin<Box<dyn Future<Output = ()>>>, may_go_away| Actor {
        future: Some(future),
        woken: Arc::new(Woken(AtomicBool::new(true))),
        may_go_away,
    };
    let mut actors: Vec<Actor> = views
        .iter()
        .map(|&view| {
            actor(
                Box::pin(ask(Rc::clone(&world), view)),
                view == View::GoesAway,
            )
        })
        .collect();
    if let Some(scope) = purge {
        let purge = change_and_purge(Rc::clone(&world), scope);
        actors.push(actor(Box::pin(purge), false));
    }
    loop {
        let ready: Vec<usize> = (0..actors.len())
            .filter(|&at| actors[at].future.is_some() && actors[at].woken.0.load(Ordering::SeqCst))
            .collect();
        let leaving: Vec<usize> = (0..actors.len())
            .filter(|&at| actors[at].future.is_some() && actors[at].may_go_away)
            .collect();
        if ready.is_empty() {
            let waiting = actors.iter().any(|actor| actor.future.is_some());
            assert!(!waiting, "somebody waits for nobody");
            return world;
        }
        let choice = choices.choose(ready.len() + leaving.len());
        match ready.get(choice) {
            Some(&at) => {
                let actor = &mut actors[at];
                actor.woken.0.store(false, Ordering::SeqCst);
                let waker = Waker::from(Arc::clone(&actor.woken));
                let future = actor.future.as_mut().unwrap();
                if future
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_ready()
                {
                    actor.future = None;
                }
            }
            None => actors[leaving[choice - ready.len()]].future = None,
        }
    }
}

/// Flights look at tokio's clock, which stands still here.
fn with_time(test: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let _entered = runtime.enter();
    test();
}

fn every_run(views: &[View], purge: Option<Purge<'static>>, check: impl Fn(&World)) -> usize {
    let mut runs = 0;
    with_time(|| {
        let mut choices = Exhaustive::default();
        loop {
            check(&run(views, purge, &mut choices));
            runs += 1;
            if !choices.next() {
                return;
            }
        }
    });
    runs
}

#[test]
fn two_requests_in_every_order_render_once() {
    let runs = every_run(&[View::Renders; 2], None, |world| {
        assert_eq!(world.renders.get(), 1);
        assert_eq!(world.served.borrow().len(), 2);
    });
    assert!(runs > 500, "{runs}");
}

#[test]
fn one_that_goes_away_at_any_moment_costs_one_render_at_most() {
    every_run(&[View::GoesAway, View::Renders], None, |world| {
        assert!((1..=2).contains(&world.renders.get()));
        assert!(!world.served.borrow().is_empty());
    });
}

#[test]
fn one_whose_view_fails_does_not_take_the_other_along() {
    every_run(&[View::Fails, View::Renders], None, |world| {
        assert!((1..=2).contains(&world.renders.get()));
        assert!(!world.served.borrow().is_empty());
    });
}

#[test]
fn a_request_and_a_purge_in_every_order() {
    for scope in [
        Purge::All,
        Purge::Path(PATH),
        Purge::Prefix("/"),
        Purge::Tag(TAG),
    ] {
        every_run(&[View::Renders], Some(scope), |world| {
            assert_eq!(world.renders.get(), 1);
        });
    }
}

#[test]
fn many_requests_failures_and_a_purge_in_some_orders() {
    use View::{Fails, GoesAway, Renders};
    let views = [Renders, GoesAway, Renders, Fails, GoesAway, Renders];
    with_time(|| {
        for seed in 1..=2_000_u64 {
            let scope = [None, Some(Purge::Tag(TAG)), Some(Purge::Path(PATH))][seed as usize % 3];
            let mut choices = Seeded(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let world = run(&views, scope, &mut choices);
            assert!(world.served.borrow().len() >= 3, "seed {seed}");
        }
    });
}
