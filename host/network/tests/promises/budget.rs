//! The exact budget of a run: not one task more, and a failed one is replaced.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rush_network::{
    Counts, End, Error, Failure, FinishedTask, Heart, HeartSettings, Invalid, Network, Outcome,
    StopConditions, StopReason, Worker,
};
use rush_test_redis::Snapshot;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, NETWORK, new_tasks, only_wakeups, patient, soon, ys};

pub(crate) fn exactly(tasks: u64) -> HeartSettings {
    let stop = StopConditions { finished: Some(tasks), exact: true, ..StopConditions::default() };
    HeartSettings { stop, ..only_wakeups() }
}

fn left<T: std::fmt::Debug>(refused: Result<T, Error>) -> u64 {
    match refused {
        Err(Error::BudgetExhausted { left }) => left,
        other => panic!("{other:?}"),
    }
}

fn fail(key: &rush_network::TaskKey) -> [Failure; 1] {
    [Failure { key: key.clone(), condition: None }]
}

/// A loop that makes one task after the other, in both ways, and fails some. Answers how it ended.
pub(crate) async fn search(worker: Worker, number: usize) -> Error {
    let mut round = number;
    let mut next = None;
    loop {
        let key = match next.take() {
            Some(key) => key,
            None => match worker.push_running(&new_tasks(1)).await {
                Ok(mut keys) => keys.remove(0),
                Err(error) => return error,
            },
        };
        round += 1;
        let outcome = [Outcome::new(key.clone(), ys(1))];
        match round % 4 {
            0 => assert!(worker.fail(&fail(&key)).await.unwrap().is_empty()),
            1 => assert!(worker.finish(&outcome).await.unwrap().is_empty()),
            _ => next = worker.finish_and_push_running(&outcome, &new_tasks(1)).await.unwrap().pop(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_in_two_processes_that_race_to_100_finish_exactly_100() {
    let net = Fixture::new().await;
    let done = Arc::new(AtomicBool::new(false));
    let watching = {
        let (mut connection, done) = (net.redis.connection(), Arc::clone(&done));
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                let [queued, running, finished, _] = Snapshot::check(&mut connection, NETWORK).counts();
                assert!(queued + running + finished <= 100, "{queued} + {running} + {finished}");
            }
        })
    };
    let mut hearts = Vec::new();
    let mut workers = JoinSet::new();
    for process in 0..2 {
        let network = net.another().await;
        hearts.push(Heart::start(&network, exactly(100)).await.unwrap());
        for number in 0..4 {
            let worker = network.register(patient()).await.unwrap();
            workers.spawn(search(worker, process + number));
        }
    }
    while let Some(end) = soon(workers.join_next()).await {
        assert!(matches!(end.unwrap(), Error::BudgetExhausted { left: 0 }));
    }
    done.store(true, Ordering::Relaxed);
    watching.join().unwrap();
    let [queued, running, finished, failed] = net.check().counts();
    assert_eq!([queued, running, finished], [0, 0, 100]);
    assert!(failed > 0, "some failed, and were replaced");
    for heart in hearts {
        heart.stop().await;
    }
}

#[tokio::test]
async fn when_the_budget_is_used_up_and_nothing_runs_every_process_stops() {
    let net = Fixture::new().await;
    let there = net.another().await;
    let hearts = [
        Heart::start(&net.network, exactly(3)).await.unwrap(),
        Heart::start(&there, exactly(3)).await.unwrap(),
    ];
    let (worker, other) = (net.worker().await, there.register(patient()).await.unwrap());
    let keys = worker.push_running(&new_tasks(3)).await.unwrap();
    assert_eq!(left(other.push_running(&new_tasks(1)).await), 0);
    assert!(!other.terminated(), "what runs may fail, and then there is a place");
    worker.fail(&fail(&keys[0])).await.unwrap();
    let replaced = other.push_running(&new_tasks(1)).await.unwrap();
    other.finish(&[Outcome::new(replaced[0].clone(), ys(1))]).await.unwrap();
    let rest: Vec<_> = keys[1..].iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    worker.finish(&rest).await.unwrap();
    for network in [&net.network, &there] {
        assert_eq!(soon(network.stopping()).await, StopReason::Finished { tasks: 3 });
    }
    assert!(worker.terminated() && other.terminated());
    for heart in hearts {
        heart.stop().await;
    }
}

#[tokio::test]
async fn a_list_that_fits_only_in_part_is_refused_as_a_whole_and_told_what_is_left() {
    let net = Fixture::new().await;
    net.network.set_budget(Some(10));
    let worker = net.worker().await;
    worker.push_running(&new_tasks(4)).await.unwrap();
    let before = net.dbsize();
    assert_eq!(left(worker.push_running(&new_tasks(7)).await), 6);
    assert_eq!(left(worker.push(&new_tasks(2000), None).await), 6);
    assert_eq!(net.dbsize(), before);
    assert_eq!(worker.push_running(&new_tasks(6)).await.unwrap().len(), 6);
    let refused = worker.push_running(&new_tasks(1)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the budget of this run allows 0 more tasks");
    net.check();
}

#[tokio::test]
async fn whatever_waits_runs_or_is_finished_counts_and_what_failed_does_not() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    net.network.set_budget(Some(6));
    net.network.push(&new_tasks(1), None).await.unwrap();
    net.network.push(&new_tasks(1), Some(worker.id())).await.unwrap();
    worker.push_finished(&[FinishedTask::default()]).await.unwrap();
    worker.push_failed(&vec![rush_network::FailedTask::default(); 10]).await.unwrap();
    let running = worker.push_running(&new_tasks(2)).await.unwrap();
    assert_eq!(
        net.network.counts().await.unwrap(),
        Counts { queued: 2, running: 2, finished: 1, failed: 10 }
    );
    let two = new_tasks(2);
    assert_eq!(left(net.network.push(&two, None).await), 1, "a manager that knows of the budget, too");
    assert_eq!(left(net.network.push(&two, Some(worker.id())).await), 1);
    assert_eq!(left(worker.push(&two, None).await), 1);
    assert_eq!(left(worker.push(&two, Some(worker.id())).await), 1);
    assert_eq!(left(worker.push_running(&two).await), 1);
    assert_eq!(left(worker.push_finished(&vec![FinishedTask::default(); 2]).await), 1);
    worker.pop(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(left(worker.push_running(&two).await), 1, "a pop changes nothing");
    worker.fail(&fail(&running[0])).await.unwrap();
    assert_eq!(left(worker.push_running(&new_tasks(3)).await), 2, "its place is free");
    assert_eq!(net.network.empty_queue().await.unwrap(), 1);
    assert_eq!(left(worker.push_running(&new_tasks(4)).await), 3, "so is that of what was removed");
    net.network.kill(worker.id()).await.unwrap();
    assert_eq!(
        left(net.network.push(&new_tasks(6), None).await),
        5,
        "and that of what its worker left behind"
    );
    net.check();
}

#[tokio::test]
async fn a_finish_stands_when_the_budget_has_no_room_for_the_next() {
    let net = Fixture::new().await;
    net.network.set_budget(Some(2));
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    let outcomes: Vec<_> = keys.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    assert!(worker.finish_and_push_running(&outcomes[..1], &new_tasks(1)).await.unwrap().is_empty());
    assert_eq!(net.check().counts(), [0, 1, 1, 0]);
    worker.fail(&fail(&keys[1])).await.unwrap();
    assert!(
        worker.finish_and_push_running(&outcomes, &new_tasks(1)).await.unwrap().is_empty(),
        "one is refused"
    );
    assert_eq!(worker.finish_and_push_running(&[], &new_tasks(1)).await.unwrap().len(), 1);
    assert!(worker.finish_and_push_running(&[], &new_tasks(1)).await.unwrap().is_empty());
    assert_eq!(net.check().counts(), [0, 1, 1, 1]);
}

#[tokio::test]
async fn a_manager_that_knows_of_no_budget_is_admitted_and_leaves_less_room() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, exactly(10)).await.unwrap();
    let worker = net.worker().await;
    net.another().await.push(&new_tasks(12), None).await.unwrap();
    assert_eq!(left(worker.push_running(&new_tasks(1)).await), 0);
    assert!(worker.pop(Duration::ZERO).await.unwrap().is_some(), "what was pushed can be popped");
    net.network.set_budget(None);
    assert_eq!(worker.push_running(&new_tasks(1)).await.unwrap().len(), 1);
    heart.stop().await;
}

#[tokio::test]
async fn who_is_not_registered_hears_that_and_not_of_the_budget() {
    let net = Fixture::new().await;
    net.network.set_budget(Some(0));
    let worker = net.worker().await;
    worker.end(&End::returned()).await.unwrap();
    let refused = worker.push_running(&new_tasks(1)).await;
    assert!(matches!(refused, Err(Error::LostOwnership { .. })), "{refused:?}");
}

#[tokio::test]
async fn an_exact_run_needs_a_number() {
    let net = Fixture::new().await;
    let stop = StopConditions { exact: true, ..StopConditions::default() };
    let refused = Heart::start(&net.network, HeartSettings { stop, ..only_wakeups() }).await;
    assert!(matches!(refused, Err(Error::Invalid(Invalid::Budget))));
}

/// The number of commands that one call makes Redis carry out.
async fn commands<T>(net: &Fixture, call: impl Future<Output = T>) -> usize {
    let _: () = net.raw("CONFIG RESETSTAT");
    call.await;
    let stats: String = net.raw("INFO commandstats");
    let calls = |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<usize>().ok();
    stats.lines().filter(|line| !line.contains("config|resetstat")).filter_map(calls).sum()
}

#[tokio::test]
async fn without_a_budget_a_push_costs_no_command_more() {
    async fn push(worker: &Worker) {
        worker.push_running(&new_tasks(1)).await.unwrap();
    }
    let net = Fixture::new().await;
    let worker = net.worker().await;
    // So that the script is known.
    push(&worker).await;
    let without = commands(&net, push(&worker)).await;
    assert_eq!(without, 7, "EVALSHA: HGET, EXISTS, HSET, SADD twice, RPUSH; and no other");
    net.network.set_budget(Some(100));
    assert_eq!(commands(&net, push(&worker)).await, without + 2, "LLEN, SCARD; HMGET instead of HGET");
}

/// Only so that a manager finds it where it looks for it.
#[tokio::test]
async fn conditions_tell_the_budget() {
    let exact = exactly(7).stop;
    assert_eq!(exact.budget(), Some(7));
    assert_eq!(StopConditions { exact: false, ..exact }.budget(), None);
    let _: fn(&Network, Option<u64>) = Network::set_budget;
}
