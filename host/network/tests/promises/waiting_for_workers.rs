//! Waiting until workers have registered.

use std::time::{Duration, Instant};

use rush_network::{End, Error, Invalid, WaitedFor, WorkerId, WorkersGoal};

use crate::fixture::{Fixture, NEVER, named, soon};

fn id(name: &str) -> WorkerId {
    WorkerId::parse(name).unwrap()
}

fn ids(names: &[&str]) -> Vec<WorkerId> {
    names.iter().map(|name| id(name)).collect()
}

#[tokio::test]
async fn waiting_for_workers_ends_as_soon_as_enough_have_registered() {
    let net = Fixture::new().await;
    let two = ["worker-1", "worker-2"];
    for goal in [WorkersGoal::Any(2), WorkersGoal::All(ids(&two)), WorkersGoal::SomeOf(2, ids(&two))] {
        let network = net.another().await;
        let waiting = tokio::spawn(async move { network.wait_for_workers(&goal, Some(NEVER)).await });
        let first = net.network.register(named(two[0])).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        net.network.register(named(two[1])).await.unwrap();
        assert!(soon(waiting).await.unwrap().unwrap().is_reached());
        drop(first);
        net.network.reset().await.unwrap();
    }
}

#[tokio::test]
async fn waiting_for_workers_with_no_time_looks_once() {
    let net = Fixture::new().await;
    net.network.register(named("real")).await.unwrap();
    let look = async |goal| net.network.wait_for_workers(&goal, Some(Duration::ZERO)).await.unwrap();
    let begun = Instant::now();
    assert!(look(WorkersGoal::Any(1)).await.is_reached());
    assert!(look(WorkersGoal::All(ids(&["real"]))).await.is_reached());
    assert_eq!(look(WorkersGoal::Any(3)).await, WaitedFor { missing: 2, unknown: Vec::new() });
    assert_eq!(
        look(WorkersGoal::All(ids(&["real", "x"]))).await,
        WaitedFor { missing: 1, unknown: ids(&["x"]) }
    );
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn one_of_a_known_and_an_unknown_worker_is_enough_if_one_is_wanted() {
    let net = Fixture::new().await;
    net.network.register(named("real")).await.unwrap();
    let goal = WorkersGoal::SomeOf(1, ids(&["real", "x"]));
    let waited = net.network.wait_for_workers(&goal, Some(Duration::ZERO)).await.unwrap();
    assert!(waited.is_reached());
    assert_eq!(waited.unknown, ids(&["x"]));
}

#[tokio::test]
async fn waiting_for_workers_that_do_not_come_ends_with_what_is_missing() {
    let net = Fixture::new().await;
    net.network.register(named("real")).await.unwrap();
    let begun = Instant::now();
    let time = Duration::from_millis(150);
    let goal = WorkersGoal::SomeOf(2, ids(&["real", "x", "y"]));
    let waited = net.network.wait_for_workers(&goal, Some(time)).await.unwrap();
    assert!(begun.elapsed() >= time, "{:?}", begun.elapsed());
    assert_eq!(waited, WaitedFor { missing: 1, unknown: ids(&["x", "y"]) });
}

#[tokio::test]
async fn a_worker_that_has_ended_has_registered_all_the_same() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("real")).await.unwrap();
    worker.end(&End::returned()).await.unwrap();
    let goal = WorkersGoal::All(ids(&["real"]));
    assert!(net.network.wait_for_workers(&goal, Some(Duration::ZERO)).await.unwrap().is_reached());
}

#[tokio::test]
async fn waiting_for_nobody_or_for_more_than_are_named_makes_no_sense() {
    let net = Fixture::new().await;
    let refused = async |goal| match net.network.wait_for_workers(&goal, None).await {
        Err(Error::Invalid(invalid)) => invalid,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(WorkersGoal::Any(0)).await, Invalid::NoWorkers);
    assert_eq!(refused(WorkersGoal::All(Vec::new())).await, Invalid::NoWorkers);
    assert_eq!(
        refused(WorkersGoal::SomeOf(3, ids(&["a", "b"]))).await,
        Invalid::TooManyWorkers { wanted: 3, named: 2 }
    );
}
