//! Waiting for tasks.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use rush_network::{Heart, HeartSettings, State, StopConditions};
use tokio::task::JoinSet;

use crate::fixture::{Fixture, NEVER, new_tasks, only_wakeups, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_that_wait_in_two_processes_each_task_wakes_one() {
    const TASKS: usize = 1000;
    let net = Fixture::new().await;
    let mut poppers = JoinSet::new();
    let mut hearts = Vec::new();
    for _ in 0..2 {
        let network = net.another().await;
        hearts.push(Heart::start(&network, only_wakeups()).await.unwrap());
        for _ in 0..32 {
            let worker = network.register(crate::fixture::patient()).await.unwrap();
            poppers.spawn(async move {
                let mut keys = Vec::new();
                while let Some(task) = worker.pop(NEVER).await.unwrap() {
                    keys.push(task.key);
                }
                keys
            });
        }
    }
    // Some at once, some one by one: nobody may sleep through either.
    let mut pushed = net.network.push(&new_tasks(TASKS / 2), None).await.unwrap();
    for _ in 0..TASKS / 2 {
        pushed.extend(net.network.push(&new_tasks(1), None).await.unwrap());
    }
    crate::fixture::until(async || net.network.counts().await.unwrap().queued == 0).await;
    let ids = net.network.running_workers().await.unwrap();
    net.network.terminate(&ids).await.unwrap();
    let mut popped = Vec::new();
    while let Some(keys) = soon(poppers.join_next()).await {
        popped.extend(keys.unwrap());
    }
    assert_eq!(popped.len(), TASKS);
    assert_eq!(popped.into_iter().collect::<HashSet<_>>(), pushed.into_iter().collect());
    for heart in hearts {
        soon(heart.stop()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_64_workers_each_of_10_000_tasks_is_popped_once() {
    const TASKS: usize = 10_000;
    let net = Fixture::new().await;
    let pushed = net.network.push(&new_tasks(TASKS), None).await.unwrap();
    let mut poppers = JoinSet::new();
    for _ in 0..2 {
        let network = net.another().await;
        for _ in 0..32 {
            let worker = network.register(crate::fixture::patient()).await.unwrap();
            poppers.spawn(async move {
                let mut keys = Vec::new();
                while let Some(task) = worker.pop(Duration::ZERO).await.unwrap() {
                    assert_eq!(task.attempt, 1);
                    keys.push(task.key);
                }
                keys
            });
        }
    }
    let mut popped = Vec::new();
    while let Some(keys) = soon(poppers.join_next()).await {
        popped.extend(keys.unwrap());
    }
    assert_eq!(popped.len(), TASKS);
    assert_eq!(popped.into_iter().collect::<HashSet<_>>(), pushed.into_iter().collect());
    assert_eq!(net.check().counts(), [0, TASKS, 0, 0]);
}

#[tokio::test]
async fn a_push_to_one_worker_wakes_it() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let (worker, other) = (net.worker().await, net.worker().await);
    let (manager, id) = (net.another().await, worker.id().clone());
    let waiting = tokio::spawn(async move { other.pop(NEVER).await });
    let tasks = new_tasks(1);
    let both = async { tokio::join!(worker.pop(NEVER), manager.push(&tasks, Some(&id))) };
    let (task, keys) = soon(both).await;
    assert_eq!(task.unwrap().unwrap().key, keys.unwrap()[0]);
    assert!(!waiting.is_finished());
    heart.stop().await;
}

#[tokio::test]
async fn what_nobody_announced_is_found_with_the_next_beat() {
    let net = Fixture::new().await;
    let settings =
        HeartSettings { period: Duration::from_millis(20), expire: NEVER, stop: StopConditions::default() };
    let heart = Heart::start(&net.network, settings).await.unwrap();
    let (worker, other) = (net.worker().await, net.worker().await);
    let keys = net.network.push(&new_tasks(2), None).await.unwrap();
    // As a push by R rush, which publishes nothing; and one to a worker's own queue.
    let all: Vec<String> = net.raw("LRANGE promises:queued_tasks 0 -1");
    let _: () = net.raw("DEL promises:queued_tasks");
    let popping = async { tokio::join!(worker.pop(NEVER), other.pop(NEVER)) };
    let pushing = async {
        let _: () = net.raw(&format!("LPUSH promises:queued_tasks {}", all[0]));
        let _: () = net.raw(&format!("SADD promises:own_queues {}", other.id()));
        let _: () = net.raw(&format!("LPUSH promises:{}:queued_tasks {}", other.id(), all[1]));
    };
    let ((first, second), ()) = soon(Box::pin(async { tokio::join!(popping, pushing) })).await;
    let popped = HashSet::from([first.unwrap().unwrap().key, second.unwrap().unwrap().key]);
    assert_eq!(popped, keys.into_iter().collect());
    net.check();
    heart.stop().await;
}

#[tokio::test]
async fn time_is_up_when_it_was_said() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let begun = Instant::now();
    assert!(worker.pop(Duration::from_millis(30)).await.unwrap().is_none());
    assert!((30..2000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert!(soon(worker.pop(Duration::ZERO)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_pop_that_was_dropped_on_its_way_strands_no_task() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = net.network.push(&new_tasks(2), None).await.unwrap();
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[0]);
    net.redis.pause();
    let dropped = tokio::time::timeout(Duration::from_millis(50), worker.pop(NEVER)).await;
    assert!(dropped.is_err(), "Redis cannot answer");
    net.redis.resume();
    let task = soon(worker.pop(Duration::ZERO)).await.unwrap().unwrap();
    assert_eq!((task.key, task.attempt), (keys[1].clone(), 1), "popped once, and told once");
    assert!(worker.pop(Duration::ZERO).await.unwrap().is_none());
    let running = net.network.task_keys(&[State::Running]).await.unwrap();
    assert_eq!(running[0].1.len(), 2);
    net.check();
}

#[tokio::test]
async fn several_pops_of_one_worker_get_different_tasks() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let mut pops = JoinSet::new();
    for _ in 0..10 {
        let worker = worker.clone();
        pops.spawn(async move { worker.pop(NEVER).await.unwrap().unwrap().key });
    }
    let keys = net.network.push(&new_tasks(10), None).await.unwrap();
    let mut popped = HashSet::new();
    while let Some(key) = soon(pops.join_next()).await {
        popped.insert(key.unwrap());
    }
    assert_eq!(popped, keys.into_iter().collect());
    heart.stop().await;
}

/// A process holds one such future for each worker that waits.
#[tokio::test]
async fn waiting_costs_little_memory() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let pop = size_of_val(&worker.pop(NEVER));
    let finish = size_of_val(&worker.finish(&[]));
    assert!(pop < 4096 && finish < 4096, "{pop} bytes to pop, {finish} to finish");
}
