//! One renders, the others wait, and nobody waits for somebody who is gone. Time is tokio's, paused.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::key::{Key, Target};
use super::*;

const PATIENCE: Duration = Duration::from_secs(5);

fn slot(path: &str) -> Slot {
    Key::new(&Target {
        release: "r",
        scheme: "http",
        host: b"a.test",
        path,
        query: None,
    })
    .slot()
}

/// Later than any wait in these tests.
fn never() -> Instant {
    Instant::now() + PATIENCE * 100
}

fn lead(flights: &Arc<Flights>, slot: Slot) -> Leader {
    match flights.join(slot, PATIENCE) {
        Role::Lead(leader) => leader,
        Role::Follow(_) => panic!("somebody leads already"),
    }
}

fn follow(flights: &Arc<Flights>, slot: Slot) -> Follower {
    match flights.join(slot, PATIENCE) {
        Role::Follow(follower) => follower,
        Role::Lead(_) => panic!("nobody leads"),
    }
}

#[tokio::test(start_paused = true)]
async fn one_leads_per_slot_and_all_others_follow() {
    let flights = Arc::new(Flights::default());
    let leader = lead(&flights, slot("/a"));
    let _other = lead(&flights, slot("/b"));
    let followers: Vec<_> = (0..100)
        .map(|_| tokio::spawn(follow(&flights, slot("/a")).wait(never())))
        .collect();
    tokio::task::yield_now().await;
    leader.land(Landing::Unshared);
    for follower in followers {
        assert!(matches!(
            follower.await.unwrap(),
            Waited::Landed(Landing::Unshared)
        ));
    }
    drop(lead(&flights, slot("/a")));
    assert_eq!(flights.landed(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_landing_reaches_a_follower_that_polls_late() {
    let flights = Arc::new(Flights::default());
    let leader = lead(&flights, slot("/"));
    let follower = follow(&flights, slot("/"));
    leader.land(Landing::Unshared);
    assert!(matches!(follower.wait(never()).await, Waited::Landed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_leader_releases_its_followers() {
    let flights = Arc::new(Flights::default());
    let leader = lead(&flights, slot("/"));
    let render = tokio::spawn(async move {
        tokio::time::sleep(PATIENCE / 2).await;
        leader.land(Landing::Unshared);
    });
    let waiting = tokio::spawn(follow(&flights, slot("/")).wait(never()));
    tokio::task::yield_now().await;
    let began = Instant::now();
    render.abort();
    assert!(matches!(waiting.await.unwrap(), Waited::Abandoned));
    assert_eq!(began.elapsed(), Duration::ZERO);
    // And the next one leads.
    drop(lead(&flights, slot("/")));
}

#[tokio::test(start_paused = true)]
async fn a_panicking_leader_releases_its_followers() {
    let flights = Arc::new(Flights::default());
    let leader = lead(&flights, slot("/"));
    let follower = follow(&flights, slot("/"));
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _leader = leader;
        std::panic::resume_unwind(Box::new("render"));
    }));
    assert!(panicked.is_err());
    assert!(matches!(follower.wait(never()).await, Waited::Abandoned));
    drop(lead(&flights, slot("/")));
}

#[tokio::test(start_paused = true)]
async fn a_follower_can_bring_a_deadline_of_its_own() {
    let flights = Arc::new(Flights::default());
    let _stuck = lead(&flights, slot("/"));
    let began = Instant::now();
    let waited = follow(&flights, slot("/")).wait(began + PATIENCE / 5).await;
    assert!(matches!(waited, Waited::TooLong));
    assert_eq!(began.elapsed(), PATIENCE / 5);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_bound_counted_from_the_start_of_the_render() {
    let flights = Arc::new(Flights::default());
    let stuck = lead(&flights, slot("/"));
    let began = Instant::now();
    let early = tokio::spawn(follow(&flights, slot("/")).wait(never()));
    tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
    let late = tokio::spawn(follow(&flights, slot("/")).wait(never()));
    assert!(matches!(early.await.unwrap(), Waited::TooLong));
    assert!(matches!(late.await.unwrap(), Waited::TooLong));
    assert_eq!(began.elapsed(), PATIENCE);

    // A stuck flight is taken over, and its end does not end the one that took over.
    let successor = lead(&flights, slot("/"));
    drop(stuck);
    let follower = follow(&flights, slot("/"));
    successor.land(Landing::Unshared);
    assert!(matches!(follower.wait(never()).await, Waited::Landed(_)));
}
