//! Deleting all tasks while the workers stay.

use std::time::Duration;

use rush_network::{
    Counts, Error, Failure, FinishedTask, Heart, HeartSettings, LogPosition, Outcome, Parts, State,
    StopConditions, StopReason, Verdict, WorkerState,
};
use rush_test_redis::Proxy;

use crate::{
    fixture::{Fixture, behind, named, new_tasks, only_wakeups, patient, soon, until, ys},
    logs::event,
};

#[tokio::test]
async fn all_tasks_are_gone_and_everything_else_stays() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("worker-1")).await.unwrap();
    net.network.push(&new_tasks(2500), None).await.unwrap();
    net.network.push(&new_tasks(2), Some(worker.id())).await.unwrap();
    worker.push_running(&new_tasks(2)).await.unwrap();
    worker.push_finished(&vec![FinishedTask::default(); 3]).await.unwrap();
    worker.push_failed(&vec![rush_network::FailedTask::default(); 3]).await.unwrap();
    worker.log(&[event("hello")]).await.unwrap();
    let config = net.network.store_config("a").await.unwrap();
    let hashes = worker.write_hashes(&[vec![("model".to_owned(), ys(1))]]).await.unwrap();
    net.network.begin_run().await.unwrap();
    net.network.take_indices(7).await.unwrap();
    assert_eq!(net.network.reset_tasks().await.unwrap(), 2510);
    assert_eq!(net.check().tasks().len(), 0);
    assert_eq!(net.network.counts().await.unwrap(), Counts::default());
    let info = net.network.worker(worker.id()).await.unwrap().unwrap();
    assert_eq!((info.state, info.finished, info.failed), (WorkerState::Running, 0, 0));
    assert_eq!(net.network.config(&config).await.unwrap().unwrap(), "a");
    assert!(net.network.read_hashes(&hashes, &["model".to_owned()]).await.unwrap()[0].is_some());
    assert_eq!(net.network.read_log(None, &LogPosition::default()).await.unwrap().events.len(), 1);
    assert_eq!(net.network.take_indices(1).await.unwrap(), 7, "no random stream is used twice");
    assert!(net.raw::<bool>("HEXISTS promises:run started"));
    assert_eq!(net.network.reset_tasks().await.unwrap(), 0);
    // It works on.
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[0]);
    net.check();
}

#[tokio::test]
async fn where_nothing_is_left_a_reset_of_the_tasks_writes_nothing() {
    let net = Fixture::new().await;
    assert_eq!(net.network.reset_tasks().await.unwrap(), 0);
    assert_eq!(net.dbsize(), 0);
}

/// Both at once, again and again: the one must not leave a key behind where the other has cleaned up.
#[tokio::test]
async fn two_kinds_of_reset_at_once_leave_not_one_key() {
    let net = Fixture::new().await;
    let other = net.another().await;
    for _ in 0..20 {
        net.network.push(&new_tasks(2500), None).await.unwrap();
        let worker = net.worker().await;
        worker.push_running(&new_tasks(2)).await.unwrap();
        let (tasks, all) = tokio::join!(other.reset_tasks(), net.network.reset());
        tasks.unwrap();
        all.unwrap();
        assert_eq!(net.dbsize(), 0);
    }
}

#[tokio::test]
async fn what_a_worker_was_running_is_refused_after_its_tasks_were_reset() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let queued = net.network.push(&new_tasks(1), None).await.unwrap();
    worker.pop(Duration::ZERO).await.unwrap().unwrap();
    let mut keys = worker.push_running(&new_tasks(3)).await.unwrap();
    keys.extend(queued);
    net.network.reset_tasks().await.unwrap();
    let outcome = |index: usize| [Outcome::new(keys[index].clone(), ys(1))];
    assert_eq!(worker.finish(&outcome(0)).await.unwrap(), keys[..1]);
    assert_eq!(worker.finish(&outcome(0)).await.unwrap(), keys[..1], "again and again");
    let failure = Failure { key: keys[1].clone(), condition: None };
    assert_eq!(worker.fail(&[failure]).await.unwrap(), keys[1..2]);
    assert!(worker.finish_and_push_running(&outcome(2), &new_tasks(1)).await.unwrap().is_empty());
    assert_eq!(worker.finish(&outcome(3)).await.unwrap(), keys[3..]);
    assert_eq!(net.check().tasks().len(), 0, "nothing that it wrote is there");
    assert!(!worker.terminated());
}

#[tokio::test]
async fn what_it_was_running_is_refused_after_any_number_of_resets() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut keys = Vec::new();
    for _ in 0..5 {
        keys.extend(worker.push_running(&new_tasks(300)).await.unwrap());
        net.network.reset_tasks().await.unwrap();
    }
    // Of so many of one call none is forgotten.
    keys.drain(..600);
    let outcomes: Vec<_> = keys.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    assert_eq!(worker.finish(&outcomes).await.unwrap(), keys);
    assert!(!worker.terminated());
    assert_eq!(net.check().tasks().len(), 0);
}

/// Upstream, a task that was pending came back to life when its worker was lost.
#[tokio::test]
async fn losing_a_worker_after_its_tasks_were_reset_brings_nothing_back() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(1), None).await.unwrap();
    let worker = net.network.register(crate::losing::requeueing(3)).await.unwrap();
    net.network.push(&new_tasks(2), Some(worker.id())).await.unwrap();
    worker.pop(Duration::ZERO).await.unwrap().unwrap();
    worker.push_running(&new_tasks(1)).await.unwrap();
    net.network.reset_tasks().await.unwrap();
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    assert_eq!(net.check().counts(), [0; 4]);
}

#[tokio::test]
async fn who_fetches_what_is_new_begins_anew() {
    let net = Fixture::new().await;
    let there = net.another().await;
    let workers = [net.worker().await, there.register(patient()).await.unwrap()];
    net.network.push_finished(&vec![FinishedTask::default(); 3]).await.unwrap();
    for worker in &workers {
        assert_eq!(worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap().len(), 3);
    }
    net.network.reset_tasks().await.unwrap();
    for worker in &workers {
        assert!(worker.fetch(&State::ALL, Parts::ALL).await.unwrap().is_empty());
        assert!(worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap().is_empty());
    }
    net.network.push_finished(&vec![FinishedTask::default(); 2]).await.unwrap();
    for worker in &workers {
        assert_eq!(worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_run_counts_from_nothing_again_in_every_process() {
    let net = Fixture::new().await;
    let there = net.another().await;
    let stop = StopConditions { finished: Some(3), ..StopConditions::default() };
    let heart = Heart::start(&there, HeartSettings { stop, ..only_wakeups() }).await.unwrap();
    let worker = there.register(patient()).await.unwrap();
    worker.push_finished(&vec![FinishedTask::default(); 2]).await.unwrap();
    net.network.reset_tasks().await.unwrap();
    worker.push_finished(&vec![FinishedTask::default(); 2]).await.unwrap();
    assert_eq!(worker.stop_reason(), None);
    worker.push_finished(&[FinishedTask::default()]).await.unwrap();
    assert_eq!(soon(there.stopping()).await, StopReason::Finished { tasks: 3 });
    heart.stop().await;
}

/// The hashes go bit by bit; for whoever looks the tasks are gone at once.
#[tokio::test]
async fn a_reset_of_the_tasks_that_was_interrupted_goes_on_and_leaves_nothing() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = net.network.push(&new_tasks(3500), None).await.unwrap();
    let own = worker.push_running(&new_tasks(1)).await.unwrap();
    let proxy = Proxy::start(net.redis.socket());
    let slow = behind(&proxy).await;
    proxy.delay(Duration::from_millis(200));
    let reset = tokio::spawn(async move { slow.reset_tasks().await });
    until(async || net.raw::<bool>("EXISTS promises:discarded")).await;
    reset.abort();
    proxy.cut();
    net.check();
    assert_eq!(net.network.counts().await.unwrap(), Counts::default());
    assert!(net.raw::<bool>(&format!("EXISTS {}", keys[3499])), "it is in the middle of its work");
    let outcome = [Outcome::new(own[0].clone(), ys(1))];
    assert_eq!(worker.finish(&outcome).await.unwrap(), own, "refused, although its hash is still there");
    net.network.push(&new_tasks(1), None).await.unwrap();
    net.check();
    assert_eq!(net.network.reset_tasks().await.unwrap(), 1, "what came since");
    net.check();
    assert!(!net.raw::<bool>("EXISTS promises:discarded"));
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}

/// It has a queue and tasks of its own, of which whoever resets has not heard.
#[tokio::test]
async fn who_registers_between_two_steps_of_a_reset_of_the_tasks_keeps_none() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(2), None).await.unwrap();
    let proxy = Proxy::start(net.redis.socket());
    let slow = behind(&proxy).await;
    proxy.delay(Duration::from_millis(200));
    let reset = tokio::spawn(async move { slow.reset_tasks().await });
    until(async || net.raw::<String>("INFO commandstats").contains("cmdstat_smembers")).await;
    let worker = net.worker().await;
    net.network.push(&new_tasks(2), Some(worker.id())).await.unwrap();
    worker.push_running(&new_tasks(2)).await.unwrap();
    assert_eq!(soon(reset).await.unwrap().unwrap(), 6);
    assert_eq!(net.check().tasks().len(), 0);
}

#[tokio::test]
async fn a_whole_reset_takes_what_a_reset_of_the_tasks_has_left() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(3500), None).await.unwrap();
    let _: () = net.raw("RENAME promises:all_tasks promises:discarded");
    let _: () = net.raw("DEL promises:queued_tasks");
    net.check();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn a_full_redis_lets_the_tasks_go() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    net.network.push(&new_tasks(10), None).await.unwrap();
    let own = worker.push_running(&new_tasks(2)).await.unwrap();
    let _: () = net.raw("CONFIG SET maxmemory 1");
    assert_eq!(net.network.reset_tasks().await.unwrap(), 12);
    net.check();
    let _: () = net.raw("CONFIG SET maxmemory 0");
    assert_eq!(worker.finish(&[Outcome::new(own[0].clone(), ys(1))]).await.unwrap(), own[..1]);
}

/// Workers push, pop and come anew all the time; whatever they do, it ends, and what is left is a whole network.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resetting_the_tasks_holds_against_workers_that_never_rest() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(5000), None).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut restless = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (network, stopped) = (net.another().await, stopped.clone());
        restless.spawn(async move {
            while !*stopped.borrow() {
                let worker = network.register(patient()).await.unwrap();
                for _ in 0..20 {
                    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
                    worker.push(&new_tasks(1), Some(worker.id())).await.unwrap();
                    worker.pop(Duration::ZERO).await.unwrap();
                    let outcome = [Outcome::new(keys[0].clone(), ys(1))];
                    worker.finish(&outcome).await.unwrap();
                }
                worker.end(&rush_network::End::returned()).await.unwrap();
            }
        });
    }
    for _ in 0..10 {
        soon(net.network.reset_tasks()).await.unwrap();
        net.check();
    }
    stop.send(true).unwrap();
    while let Some(done) = restless.join_next().await {
        done.unwrap();
    }
    net.network.reset_tasks().await.unwrap();
    assert_eq!(net.check().tasks().len(), 0);
}

#[tokio::test]
async fn a_worker_is_not_ended_by_a_reset_of_the_tasks() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let worker = net.worker().await;
    net.another().await.reset_tasks().await.unwrap();
    net.another().await.terminate(&[worker.id().clone()]).await.unwrap();
    until(async || worker.terminated()).await;
    let verdict: Result<Verdict, _> = tokio::time::timeout(Duration::from_millis(50), worker.verdict()).await;
    assert!(verdict.is_err(), "{verdict:?}");
    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    assert!(worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap().is_empty());
    assert!(!matches!(worker.push(&new_tasks(1), None).await, Err(Error::LostOwnership { .. })));
    net.check();
    heart.stop().await;
}
