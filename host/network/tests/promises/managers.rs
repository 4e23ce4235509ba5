//! What managers see, and what they find when they come later: nothing of a network is in a program's memory alone.

use std::time::Duration;

use rush_network::{
    Condition, Counts, End, Failure, Heart, LogPosition, Outcome, Registration, State, WorkerState,
};

use crate::fixture::{Fixture, named, new_tasks, only_wakeups, soon, until, ys};

#[tokio::test]
async fn a_new_network_counts_nothing_and_knows_nobody() {
    let net = Fixture::new().await;
    assert_eq!(net.network.counts().await.unwrap(), Counts::default());
    assert!(net.network.task_keys(&State::ALL).await.unwrap().iter().all(|(_, keys)| keys.is_empty()));
    assert_eq!(net.network.worker_counts().await.unwrap().map(|(_, count)| count), [0; 4]);
    assert_eq!(net.network.workers().await.unwrap(), []);
    assert_eq!(net.network.running_workers().await.unwrap(), []);
    assert!(net.network.read_log(None, &LogPosition::default()).await.unwrap().events.is_empty());
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn n_workers_are_n_rows_with_the_ids_that_registered() {
    let net = Fixture::new().await;
    let mut workers = Vec::new();
    for _ in 0..5 {
        workers.push(net.worker().await);
    }
    let rows = net.another().await.workers().await.unwrap();
    let mut ids: Vec<_> = workers.iter().map(|worker| worker.id().clone()).collect();
    let mut found: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    ids.sort();
    found.sort();
    assert_eq!(found, ids);
    assert!(rows.iter().all(|row| row.state == WorkerState::Running && row.pid == Some(std::process::id())));
    // Of these alone, in the order that was asked for; who is unknown is left out.
    let nobody = rush_network::WorkerId::parse("nobody").unwrap();
    let asked = [ids[3].clone(), nobody.clone(), ids[1].clone()];
    let some = net.network.workers_of(&asked).await.unwrap();
    assert_eq!(some.iter().map(|row| &row.id).collect::<Vec<_>>(), [&ids[3], &ids[1]]);
    assert_eq!(net.network.worker(&nobody).await.unwrap(), None);
    assert_eq!(net.network.worker(&ids[0]).await.unwrap().unwrap().id, ids[0]);
}

#[tokio::test]
async fn a_long_expiry_reaches_redis_as_it_is() {
    let net = Fixture::new().await;
    let expire = Duration::from_secs(100_000);
    net.network.register(Registration { expire, ..named("worker-1") }).await.unwrap();
    let left: u64 = net.raw("PTTL promises:worker-1:heartbeat");
    assert!((99_900_000..=100_000_000).contains(&left), "{left}");
}

#[tokio::test]
async fn an_end_takes_the_heartbeat_away_at_once() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("worker-1")).await.unwrap();
    assert!(net.raw::<bool>("EXISTS promises:worker-1:heartbeat"));
    assert!(net.raw::<bool>("SISMEMBER promises:heartbeat_keys promises:worker-1:heartbeat"));
    worker.end(&End::returned()).await.unwrap();
    assert!(!net.raw::<bool>("EXISTS promises:worker-1:heartbeat promises:heartbeat_keys"));
    net.check();
}

#[tokio::test]
async fn when_all_are_terminated_none_is_running() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let workers = [net.worker().await, net.worker().await];
    let ids = workers.each_ref().map(|worker| worker.id().clone());
    assert_eq!(net.another().await.terminate(&ids).await.unwrap(), [true, true]);
    for worker in &workers {
        until(async || worker.terminated()).await;
        worker.end(&End::returned()).await.unwrap();
    }
    assert_eq!(net.network.running_workers().await.unwrap(), []);
    assert_eq!(net.network.worker_counts().await.unwrap().map(|(_, count)| count), [0, 2, 0, 0]);
    assert_eq!(net.raw::<usize>("SCARD promises:terminated_worker_ids"), 2);
    assert_eq!(net.network.terminate(&ids).await.unwrap(), [false, false], "they have ended");
    net.check();
    heart.stop().await;
}

/// Upstream, a task that a crash caught between two steps of a pop was in no state.
#[tokio::test]
async fn who_pops_and_dies_has_the_task() {
    let net = Fixture::new().await;
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    let worker = net.worker().await;
    worker.pop(Duration::ZERO).await.unwrap();
    assert_eq!(net.check().tasks()[keys[0].as_str()].worker_id.as_deref(), Some(worker.id().as_str()));
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    let task = &net.network.tasks(&[State::Failed]).await.unwrap()[0];
    assert_eq!(task.condition, Some(Condition::new("lost", "Worker has crashed or was killed")));
    net.check();
}

#[tokio::test]
async fn an_error_fails_its_task_and_the_others_finish() {
    let net = Fixture::new().await;
    let keys = net.network.push(&new_tasks(4), None).await.unwrap();
    let worker = net.worker().await;
    while let Some(task) = worker.pop(Duration::ZERO).await.unwrap() {
        if task.key == keys[1] {
            let condition = Some(Condition::new("error", "division by zero"));
            assert!(worker.fail(&[Failure { key: task.key, condition }]).await.unwrap().is_empty());
        } else {
            assert!(worker.finish(&[Outcome::new(task.key, ys(1))]).await.unwrap().is_empty());
        }
    }
    assert_eq!(net.check().counts(), [0, 0, 3, 1]);
    assert!(soon(net.network.wait_for_tasks(&keys, None)).await.unwrap());
    assert_eq!(net.network.states(&keys[1..2]).await.unwrap(), [Some(State::Failed)]);
}

#[tokio::test]
async fn another_program_finds_everything() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap();
    worker.log(&[crate::logs::event("hello")]).await.unwrap();
    let other = net.another().await;
    assert_eq!(other.counts().await.unwrap(), Counts { running: 1, finished: 1, ..Counts::default() });
    assert_eq!(other.tasks(&State::ALL).await.unwrap(), net.network.tasks(&State::ALL).await.unwrap());
    assert_eq!(other.workers().await.unwrap(), net.network.workers().await.unwrap());
    assert_eq!(other.read_log(None, &LogPosition::default()).await.unwrap().events.len(), 1);
    other.reconnect().await.unwrap();
}
