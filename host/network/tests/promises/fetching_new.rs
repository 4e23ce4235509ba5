//! Fetching what a worker has not seen yet.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rush_network::{FinishedTask, Network, Outcome, Parts, State, TaskKey, Worker};
use rush_test_redis::{Fault, Proxy};

use crate::fixture::{Fixture, NEVER, behind, new_tasks, soon, xs, ys};

async fn push_finished(network: &Network, count: usize) -> Vec<TaskKey> {
    let task = FinishedTask { xs: xs(1), ys: ys(1), ..FinishedTask::default() };
    network.push_finished(&vec![task; count]).await.unwrap()
}

async fn new(worker: &Worker) -> Vec<TaskKey> {
    worker.fetch_new(Parts::NONE, Duration::ZERO).await.unwrap().keys()
}

#[tokio::test]
async fn only_what_is_unseen_is_given_then_nothing() {
    let net = Fixture::new().await;
    let (ann, bob) = (net.worker().await, net.worker().await);
    assert!(new(&ann).await.is_empty());
    let first = push_finished(&net.network, 10).await;
    assert_eq!(new(&ann).await, first);
    assert!(new(&ann).await.is_empty());
    let second = push_finished(&net.network, 3).await;
    assert_eq!(new(&ann).await, second);
    assert_eq!(new(&bob).await, [first, second].concat(), "everybody has a cursor of their own");
}

#[tokio::test]
async fn fetching_does_not_count_as_given() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = push_finished(&net.network, 10).await;
    worker.fetch(&[State::Finished], Parts::ALL).await.unwrap();
    worker.fetch(&State::ALL, Parts::ALL).await.unwrap();
    assert_eq!(new(&worker).await, keys);
}

#[tokio::test]
async fn resetting_the_cache_gives_everything_again_to_this_worker_alone() {
    let net = Fixture::new().await;
    let (ann, bob) = (net.worker().await, net.worker().await);
    let keys = push_finished(&net.network, 10).await;
    assert_eq!((new(&ann).await, new(&bob).await), (keys.clone(), keys.clone()));
    ann.reset_cache();
    assert!(new(&bob).await.is_empty());
    assert_eq!(new(&ann).await, keys);
    assert!(new(&ann).await.is_empty());
}

#[tokio::test]
async fn after_a_reset_of_the_network_the_cursor_starts_anew() {
    let net = Fixture::new().await;
    let other = net.another().await;
    for count in [10, 5, 20] {
        let worker = net.worker().await;
        let before = push_finished(&other, 10).await;
        assert_eq!(new(&worker).await, before);
        // The worker is removed with it, but may still look.
        other.reset().await.unwrap();
        let after = push_finished(&other, count).await;
        assert_eq!(new(&worker).await, after);
        other.reset().await.unwrap();
    }
}

#[tokio::test]
async fn it_waits_until_time_is_up() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    assert!(soon(worker.fetch_new(Parts::ALL, Duration::from_millis(30))).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_this_process_finishes_ends_the_waiting() {
    let net = Fixture::new().await;
    let (ann, bob) = (net.worker().await, net.worker().await);
    let keys = bob.push_running(&new_tasks(1)).await.unwrap();
    let finish = async {
        bob.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap();
    };
    let (table, ()) = tokio::join!(soon(ann.fetch_new(Parts::ALL, NEVER)), finish);
    assert_eq!(table.unwrap().keys(), keys);
}

#[tokio::test]
async fn what_another_process_finishes_ends_the_waiting_of_all() {
    let net = Fixture::new().await;
    let other = net.another().await;
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let worker = net.worker().await;
        waiting.spawn(async move { worker.fetch_new(Parts::ALL, NEVER).await.unwrap().keys() });
    }
    let keys = push_finished(&other, 1).await;
    while let Some(new) = soon(waiting.join_next()).await {
        assert_eq!(new.unwrap(), keys);
    }
}

#[tokio::test]
async fn a_dropped_task_does_not_end_the_waiting() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = push_finished(&net.network, 2).await;
    let _: () = net.raw(&format!("DEL {} {}", keys[0], keys[1]));
    assert!(worker.fetch_new(Parts::ALL, Duration::from_millis(30)).await.unwrap().is_empty());
    let other = net.another().await;
    let (table, keys) = tokio::join!(soon(worker.fetch_new(Parts::ALL, NEVER)), push_finished(&other, 1));
    assert_eq!(table.unwrap().keys(), keys);
}

#[tokio::test]
async fn a_worker_that_should_end_waits_no_longer() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let stop = async { net.network.stop_local_workers() };
    let (table, ()) = tokio::join!(soon(worker.fetch_new(Parts::ALL, NEVER)), stop);
    assert!(table.unwrap().is_empty());
    let keys = push_finished(&net.network, 1).await;
    assert_eq!(
        soon(worker.fetch_new(Parts::ALL, NEVER)).await.unwrap().keys(),
        keys,
        "what is there is given"
    );
    assert!(soon(worker.fetch_new(Parts::ALL, NEVER)).await.unwrap().is_empty());
}

/// Each by itself would look about 25 times in that time; together they look hardly more often than one.
#[tokio::test]
async fn those_that_wait_look_in_turns() {
    const WORKERS: usize = 64;
    let net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let network = behind(&proxy).await;
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..WORKERS {
        let worker = network.register(crate::fixture::patient()).await.unwrap();
        waiting.spawn(async move { worker.fetch_new(Parts::ALL, Duration::from_millis(400)).await });
    }
    let looks = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&looks);
    proxy.once(Fault::LoseReply, move |_| {
        counting.fetch_add(1, Ordering::SeqCst);
        false
    });
    while let Some(table) = soon(waiting.join_next()).await {
        assert!(table.unwrap().unwrap().is_empty());
    }
    let looks = looks.load(Ordering::SeqCst);
    assert!((1..5 * WORKERS).contains(&looks), "{looks} looks");
}

/// Whatever is fetched while the network comes and goes, no task stands in it twice, and afterwards everything is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetching_holds_against_resets() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut fetchers = tokio::task::JoinSet::new();
    for number in 0..4 {
        let (worker, stopped) = (worker.clone(), stopped.clone());
        fetchers.spawn(async move {
            while !*stopped.borrow() {
                let mut keys = match number {
                    0 => worker.fetch_new(Parts::ALL, Duration::from_millis(1)).await.unwrap().keys(),
                    1 => worker.fetch(&State::ALL, Parts::ALL).await.unwrap().keys(),
                    _ => worker.fetch(&[State::Finished], Parts::ALL).await.unwrap().keys(),
                };
                let all = keys.len();
                keys.sort();
                keys.dedup();
                assert_eq!(keys.len(), all);
            }
        });
    }
    let other = net.another().await;
    let mut keys = Vec::new();
    for round in 0..30 {
        soon(other.reset()).await.unwrap();
        keys = push_finished(&other, 37 * round).await;
        keys.extend(push_finished(&other, 1).await);
    }
    assert_eq!(soon(worker.fetch(&[State::Finished], Parts::ALL)).await.unwrap().keys(), keys);
    stop.send(true).unwrap();
    while let Some(done) = soon(fetchers.join_next()).await {
        done.unwrap();
    }
}
