//! Fetching many running tasks again and again: each is read once, as far as it cannot change.

use std::time::Duration;

use rush_network::{Burial, Failure, NewTask, Outcome, Parts, State, Table, TaskKey, Worker, fields};

use crate::{
    fixture::{Fixture, new_tasks, ys},
    losing::requeueing,
};

const RUNNING: &[State] = &[State::Running];
const XS: Parts = Parts { xs: true, ..Parts::NONE };

async fn pop(worker: &Worker) -> TaskKey {
    worker.pop(Duration::ZERO).await.unwrap().unwrap().key
}

/// How many hashes are read meanwhile.
async fn read<T>(net: &Fixture, call: impl Future<Output = T>) -> usize {
    let _: () = net.raw("CONFIG RESETSTAT");
    call.await;
    let stats: String = net.raw("INFO commandstats");
    let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_hmget:calls="));
    line.map_or(0, |calls| calls.split(',').next().unwrap().parse().unwrap())
}

/// All that a table shows.
fn shown(table: &Table) -> String {
    let rows: Vec<_> = table.rows(0, usize::MAX);
    format!("{:?}\n{:?}\n{rows:?}\n{:?}", table.columns(), table.keys(), table.record_batch().unwrap())
}

/// Who has fetched before sees what somebody sees who fetches for the first time.
async fn sees_what_is_there(net: &Fixture, states: &[State], parts: Parts) -> Table {
    let table = net.network.fetch(states, parts).await.unwrap();
    let fresh = net.another().await.fetch(states, parts).await.unwrap();
    assert_eq!(shown(&table), shown(&fresh));
    table
}

#[tokio::test]
async fn of_tasks_that_were_made_as_running_only_new_ones_are_read() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut keys = worker.push_running(&new_tasks(200)).await.unwrap();
    for parts in [Parts::ALL, XS, Parts::NONE] {
        assert_eq!(
            read(&net, net.network.fetch(RUNNING, parts)).await,
            200,
            "other parts are read themselves"
        );
        assert_eq!(read(&net, net.network.fetch(RUNNING, parts)).await, 0);
        sees_what_is_there(&net, RUNNING, parts).await;
    }
    net.network.fetch(&[State::Finished, State::Running], Parts::ALL).await.unwrap();
    keys.extend(worker.push_running(&new_tasks(3)).await.unwrap());
    let done: Vec<_> = keys.drain(..5).map(|key| Outcome::new(key, ys(1))).collect();
    worker.finish(&done).await.unwrap();
    assert_eq!(read(&net, net.network.fetch(RUNNING, Parts::ALL)).await, 3);
    let table = sees_what_is_there(&net, &[State::Finished, State::Running], Parts::ALL).await;
    assert_eq!(table.len(), 203);
}

/// Whoever is lost gives back what it has popped: then the next attempt is another worker's.
#[tokio::test]
async fn of_a_popped_task_the_attempts_and_the_worker_are_those_of_now() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.push_running(&new_tasks(100)).await.unwrap();
    net.network.push(&new_tasks(1), None).await.unwrap();
    for attempt in 1..4 {
        let popping = net.network.register(requeueing(9)).await.unwrap();
        let key = pop(&popping).await;
        for parts in [Parts::ALL, XS] {
            net.network.fetch(RUNNING, parts).await.unwrap();
            assert_eq!(read(&net, net.network.fetch(RUNNING, parts)).await, 1, "the popped one");
            let table = sees_what_is_there(&net, RUNNING, parts).await;
            let rows = table.rows(0, usize::MAX);
            let popped = rows.iter().find(|task| task.key == key).unwrap();
            assert_eq!(popped.attempt, attempt);
            assert_eq!(popped.worker_id.as_ref(), parts.worker_id.then(|| popping.id()));
        }
        let burial = net.network.bury(popping.id(), None, "gone").await.unwrap();
        assert!(matches!(burial, Burial::Ended { requeued: 1, .. }));
    }
}

#[tokio::test]
async fn a_running_task_whose_hash_vanishes_is_left_out_at_once() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(100)).await.unwrap();
    net.network.fetch(RUNNING, Parts::ALL).await.unwrap();
    let _: () = net.raw(&format!("DEL {}", keys[7]));
    for _ in 0..2 {
        let table = sees_what_is_there(&net, RUNNING, Parts::ALL).await;
        assert_eq!(table.len(), 99);
        assert!(!table.keys().contains(&keys[7]));
    }
}

#[tokio::test]
async fn resets_let_running_tasks_be_read_anew() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.push_running(&new_tasks(100)).await.unwrap();
    net.network.fetch(RUNNING, Parts::ALL).await.unwrap();
    worker.reset_cache();
    assert_eq!(read(&net, net.network.fetch(RUNNING, Parts::ALL)).await, 100);
    net.network.reset_tasks().await.unwrap();
    assert!(net.network.fetch(RUNNING, Parts::ALL).await.unwrap().is_empty());
    worker.push_running(&new_tasks(100)).await.unwrap();
    assert_eq!(sees_what_is_there(&net, RUNNING, Parts::ALL).await.len(), 100);
    net.another().await.reset().await.unwrap();
    assert!(sees_what_is_there(&net, RUNNING, Parts::ALL).await.is_empty());
}

#[tokio::test]
async fn what_is_cached_of_running_tasks_counts_as_bytes_too() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.push_running(&new_tasks(1000)).await.unwrap();
    for _ in 0..3 {
        assert!(net.network.fetch_within(RUNNING, XS, 10_000).await.unwrap().is_none());
        assert_eq!(net.network.fetch_within(RUNNING, XS, 1 << 20).await.unwrap().unwrap().len(), 1000);
    }
}

/// A task with elements of its own, or with the same ones in another order, or of another kind.
fn odd(number: usize) -> NewTask {
    let mut task = NewTask::from(match number % 5 {
        0 => fields! { "x2" => 0.5, "x1" => 1_i64 },
        1 => fields! { "x1" => 1_i64, "x2" => 0.5, "x3" => "third" },
        2 => fields! { "x1" => "one", "x2" => rush_network::Value::Null },
        3 => fields! { "x1" => vec![0.5, 1.5], "x2" => 2_i64 },
        _ => fields! { "x1" => 1.5, "x2" => true },
    });
    task.extra = if number.is_multiple_of(2) {
        fields! { "x1" => 7_i64 }
    } else {
        vec![]
    };
    task
}

#[tokio::test]
async fn whatever_happens_in_between_running_tasks_are_shown_as_they_are() {
    for seed in 0..6_u32 {
        let net = Fixture::new().await;
        let mut state = u64::from(seed);
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        let worker = net.worker().await;
        let mut running = worker.push_running(&new_tasks(150)).await.unwrap();
        for _ in 0..40 {
            match random(12) {
                0..3 => running.extend(worker.push_running(&new_tasks(random(30) + 1)).await.unwrap()),
                3..6 => {
                    let done = running.split_off(running.len() - random(20).min(running.len()));
                    let done: Vec<_> = done.into_iter().map(|key| Outcome::new(key, ys(1))).collect();
                    worker.finish(&done).await.unwrap();
                }
                6 if !running.is_empty() => {
                    let key = running.swap_remove(random(running.len()));
                    worker.fail(&[Failure { key, condition: None }]).await.unwrap();
                }
                7 | 8 => {
                    let lost = net.network.register(requeueing(3)).await.unwrap();
                    net.network.push(&new_tasks(random(4) + 2), None).await.unwrap();
                    pop(&lost).await;
                    pop(&worker).await;
                    sees_what_is_there(&net, RUNNING, Parts::ALL).await;
                    net.network.bury(lost.id(), None, "gone").await.unwrap();
                    pop(&worker).await;
                }
                9 => {
                    // Odd ones of one kind mostly; of several kinds in some runs.
                    let kind = usize::try_from(seed).unwrap();
                    let odd = [odd(if seed < 4 { kind } else { random(10) })];
                    running.extend(worker.push_running(&odd).await.unwrap());
                }
                10 => worker.reset_cache(),
                11 if random(3) == 0 => {
                    net.network.reset_tasks().await.unwrap();
                    running = worker.push_running(&new_tasks(100)).await.unwrap();
                }
                _ => {}
            }
            let parts = [Parts::ALL, XS][random(4) / 3];
            sees_what_is_there(&net, RUNNING, parts).await;
            if random(5) == 0 {
                sees_what_is_there(&net, &State::ALL, parts).await;
            }
        }
        net.check();
    }
}
