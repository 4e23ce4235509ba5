//! Fetching tasks as a table.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rush_network::{
    ColumnKind, Error, FailedTask, Failure, FinishedTask, Network, NewTask, Outcome, Parts, State, Table,
    Task, TaskKey, Value, Worker, fields,
};
use rush_test_redis::{Fault, Proxy};

use crate::fixture::{Fixture, behind, new_tasks, soon, xs, ys};

pub(crate) const FINISHED: &[State] = &[State::Finished];

pub(crate) fn finished_tasks(count: usize) -> Vec<FinishedTask> {
    let task = |number| FinishedTask {
        xs: xs(number),
        ys: ys(i64::try_from(number).unwrap()),
        ..FinishedTask::default()
    };
    (0..count).map(task).collect()
}

/// What is fetched is what lies in Redis, in the same order.
pub(crate) async fn matches_what_is_stored(network: &Network, table: &Table, states: &[State]) {
    let shown = |tasks: Vec<Task>| tasks.iter().map(|task| format!("{task:?}")).collect::<Vec<_>>();
    let mut stored = network.tasks(states).await.unwrap();
    let mut rows = table.rows(0, usize::MAX);
    assert_eq!(rows.len(), table.len());
    assert_eq!(rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>(), table.keys());
    if states != FINISHED {
        // Running and failed tasks stand in sets.
        stored.sort_by_key(|task| (task.state, task.key.clone()));
        rows.sort_by_key(|task| (task.state, task.key.clone()));
    }
    assert_eq!(shown(rows), shown(stored));
}

/// A network behind a proxy, and how many requests it has sent.
pub(crate) async fn counted(net: &Fixture) -> (Proxy, Network, Arc<AtomicUsize>) {
    let proxy = Proxy::start(net.redis.socket());
    let network = behind(&proxy).await;
    // The first finds that Redis does not know the script.
    network.fetch(FINISHED, Parts::ALL).await.unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    proxy.once(Fault::LoseReply, move |_| {
        counting.fetch_add(1, Ordering::SeqCst);
        false
    });
    (proxy, network, count)
}

async fn finish_one(worker: &Worker) -> TaskKey {
    let [key] = worker.push_running(&new_tasks(1)).await.unwrap().try_into().unwrap();
    worker.finish(&[Outcome::new(key.clone(), ys(1))]).await.unwrap();
    key
}

#[tokio::test]
async fn tasks_are_fetched_by_state_in_the_order_of_the_states() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    for count in [1, 100] {
        net.network.push(&new_tasks(count), None).await.unwrap();
        net.network.push(&new_tasks(count), Some(worker.id())).await.unwrap();
        worker.pop(Duration::ZERO).await.unwrap().unwrap();
        worker.push_running(&new_tasks(count)).await.unwrap();
        worker.push_finished(&finished_tasks(count)).await.unwrap();
        worker.push_failed(&vec![FailedTask { xs: xs(1), ..FailedTask::default() }; count]).await.unwrap();
        for states in [
            &State::ALL[..],
            &[State::Failed, State::Queued],
            &[State::Running, State::Finished],
            FINISHED,
            &[State::Queued],
            &[],
        ] {
            let table = worker.fetch(states, Parts::ALL).await.unwrap();
            matches_what_is_stored(&net.network, &table, states).await;
            let mut order = table.states();
            order.dedup();
            assert_eq!(order, states);
        }
        let twice = net.network.fetch(&[State::Queued, State::Finished, State::Queued], Parts::ALL).await;
        let once = net.network.fetch(&[State::Queued, State::Finished], Parts::ALL).await.unwrap();
        assert_eq!(twice.unwrap().keys(), once.keys(), "a state that is named twice is one");
    }
}

#[tokio::test]
async fn queued_tasks_come_in_the_order_in_which_they_will_be_popped() {
    let net = Fixture::new().await;
    for count in [10, 200] {
        let keys = net.network.push(&new_tasks(count), None).await.unwrap();
        let fetched = net.network.fetch(&[State::Queued], Parts::NONE).await.unwrap().keys();
        assert_eq!(fetched[fetched.len() - count..], keys);
    }
}

#[tokio::test]
async fn arbitrary_values_are_fetched_as_they_were() {
    let net = Fixture::new().await;
    let everything = fields! {
        "" => 1_i64, "größe €🦀\n\"" => "naïve \u{0} text", "missing" => Value::Null, "yes" => true, "nan" => f64::NAN,
        "least" => i64::MIN, "minus zero" => -0.0, "bytes" => (0..=255_u8).collect::<Vec<u8>>(),
        "integers" => vec![i64::MIN, i64::MAX], "numbers" => vec![f64::NAN, 0.1, f64::NEG_INFINITY],
        "texts" => vec![String::new(), "ä".to_owned()], "no numbers" => Vec::<f64>::new(),
        "nested" => Value::Json(r#"{"a":[1,{"b":null}]}"#.into()),
    };
    let task = FinishedTask {
        xs: everything.clone(),
        ys: everything.clone(),
        xs_extra: everything.clone(),
        ys_extra: everything,
    };
    net.network.push_finished(&[task]).await.unwrap();
    let table = net.network.fetch(FINISHED, Parts::ALL).await.unwrap();
    matches_what_is_stored(&net.network, &table, FINISHED).await;
    assert_eq!(table.values("xs.").unwrap(), [1_i64.into()]);
    assert_eq!(table.columns()[0], ("xs.".to_owned(), ColumnKind::Integer));
}

#[tokio::test]
async fn vector_parameters_become_list_columns() {
    let net = Fixture::new().await;
    let task =
        NewTask { xs: fields! { "x" => vec![1.0, 2.0] }, extra: fields! { "tags" => vec!["a".to_owned()] } };
    net.network.push(&[task.clone(), task], None).await.unwrap();
    let table = net.network.fetch(&[State::Queued], Parts::ALL).await.unwrap();
    assert_eq!(table.values("x").unwrap(), vec![Value::Numbers(vec![1.0, 2.0]); 2]);
    let batch = table.record_batch().unwrap();
    assert!(batch.schema().field_with_name("tags").unwrap().data_type().to_string().starts_with("List"));
}

/// Other workers move tasks all the time; each stands in every snapshot once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_task_is_fetched_once_while_others_move_them() {
    const TASKS: usize = 400;
    let net = Fixture::new().await;
    let pushed: HashSet<TaskKey> =
        net.network.push(&new_tasks(TASKS), None).await.unwrap().into_iter().collect();
    let mut movers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let worker = net.another().await.register(crate::fixture::patient()).await.unwrap();
        movers.spawn(async move {
            while let Some(task) = worker.pop(Duration::ZERO).await.unwrap() {
                tokio::task::yield_now().await;
                if task.xs[0].value == Value::Integer(7) {
                    worker.fail(&[Failure { key: task.key, condition: None }]).await.unwrap();
                } else {
                    worker.finish(&[Outcome::new(task.key, ys(1))]).await.unwrap();
                }
            }
        });
    }
    let mut fetchers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (network, pushed) = (net.network.clone(), pushed.clone());
        fetchers.spawn(async move {
            loop {
                let table = network.fetch(&State::ALL, Parts::ALL).await.unwrap();
                let keys = table.keys();
                assert_eq!(keys.len(), TASKS);
                assert_eq!(keys.into_iter().collect::<HashSet<_>>(), pushed);
                for task in table.rows(0, TASKS) {
                    let finished = task.state == State::Finished;
                    assert_eq!((task.xs.len(), task.ys.len()), (2, usize::from(finished)));
                    assert_eq!(task.condition.is_some(), task.state == State::Failed);
                    assert_eq!(task.worker_id.is_none(), task.state == State::Queued);
                }
                if !table.states().iter().any(|state| matches!(state, State::Queued | State::Running)) {
                    return;
                }
            }
        });
    }
    while let Some(done) = soon(fetchers.join_next()).await {
        done.unwrap();
    }
    while let Some(done) = soon(movers.join_next()).await {
        done.unwrap();
    }
}

#[tokio::test]
async fn what_came_after_the_moment_is_left_out() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let [key] = worker.push_running(&new_tasks(1)).await.unwrap().try_into().unwrap();
    let _: () = net.raw(&format!("HSET {key} ys {} condition {}", "\u{80}", "\u{80}"));
    let table = net.network.fetch(&[State::Running], Parts::ALL).await.unwrap();
    assert!(table.rows(0, 1)[0].ys.is_empty());
}

#[tokio::test]
async fn parts_that_are_not_wanted_are_not_read() {
    let net = Fixture::new().await;
    for count in [1, 100] {
        net.network.reset().await.unwrap();
        let tasks = vec![NewTask { xs: xs(1), extra: fields! { "a" => 1_i64 } }; count];
        let keys = net.network.push(&tasks, None).await.unwrap();
        let _: () = net.raw(&format!("HSET {} xs_extra broken", keys[0]));
        let queued = [State::Queued];
        let table = net.network.fetch(&queued, Parts { xs: true, ..Parts::NONE }).await.unwrap();
        assert_eq!(table.columns().len(), 2);
        assert!(net.network.fetch(&queued, Parts::NONE).await.unwrap().columns().is_empty());
        let broken = net.network.fetch(&queued, Parts { xs_extra: true, ..Parts::NONE }).await;
        assert!(matches!(broken, Err(Error::Corrupt { .. })));
    }
    net.network.push_finished(&finished_tasks(2)).await.unwrap();
    let table = net.network.fetch(FINISHED, Parts { ys: true, ..Parts::NONE }).await.unwrap();
    assert_eq!(table.columns(), [("y".to_owned(), ColumnKind::Integer)]);
}

#[tokio::test]
async fn vanished_hashes_are_left_out_of_every_state_with_rows_and_keys_aligned() {
    let net = Fixture::new().await;
    for count in [4, 100] {
        net.network.reset().await.unwrap();
        let worker = net.worker().await;
        let mut keys = vec![net.network.push(&new_tasks(count), None).await.unwrap()];
        keys.push(worker.push_running(&new_tasks(count)).await.unwrap());
        keys.push(worker.push_finished(&finished_tasks(count)).await.unwrap());
        keys.push(worker.push_failed(&vec![FailedTask::default(); count]).await.unwrap());
        for keys in &keys {
            let _: () = net.raw(&format!("DEL {} {}", keys[0], keys[2]));
        }
        for parts in [Parts::ALL, Parts::NONE, Parts { xs: true, ..Parts::NONE }] {
            let table = net.network.fetch(&State::ALL, parts).await.unwrap();
            assert_eq!(table.len(), 4 * (count - 2));
            let left: HashSet<_> = table.keys().into_iter().collect();
            assert!(keys.iter().all(|keys| !left.contains(&keys[0]) && left.contains(&keys[1])));
            if parts == Parts::ALL {
                matches_what_is_stored(&net.network, &table, &State::ALL).await;
            }
        }
    }
}

#[tokio::test]
async fn the_cache_goes_from_10_rows_to_10_to_20() {
    let net = Fixture::new().await;
    for (pushed, rows) in [(10, 10), (0, 10), (10, 20)] {
        net.network.push_finished(&finished_tasks(pushed)).await.unwrap();
        let table = net.network.fetch(FINISHED, Parts::ALL).await.unwrap();
        assert_eq!(table.len(), rows);
        matches_what_is_stored(&net.network, &table, FINISHED).await;
    }
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was() {
    let net = Fixture::new().await;
    net.network.push_finished(&finished_tasks(3)).await.unwrap();
    let table = net.network.fetch(FINISHED, Parts::ALL).await.unwrap();
    let json = table.json();
    net.network.push_finished(&finished_tasks(5)).await.unwrap();
    assert_eq!(net.network.fetch(FINISHED, Parts::ALL).await.unwrap().len(), 8);
    net.network.reset().await.unwrap();
    assert!(net.network.fetch(FINISHED, Parts::ALL).await.unwrap().is_empty());
    assert_eq!(table.json(), json);
}

#[tokio::test]
async fn one_new_task_costs_one_round_trip_and_so_does_none() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.push_finished(&finished_tasks(300)).await.unwrap();
    let (_proxy, network, requests) = counted(&net).await;
    for new in [1, 0, 3, 64] {
        worker.push_finished(&finished_tasks(new)).await.unwrap();
        let before = requests.load(Ordering::SeqCst);
        let table = network.fetch(FINISHED, Parts::ALL).await.unwrap();
        assert_eq!(requests.load(Ordering::SeqCst) - before, 1);
        matches_what_is_stored(&net.network, &table, FINISHED).await;
    }
}

#[tokio::test]
async fn workers_of_one_process_that_fetch_at_once_read_once() {
    let net = Fixture::new().await;
    let (_proxy, network, requests) = counted(&net).await;
    let workers = net.worker().await;
    workers.push_finished(&finished_tasks(10)).await.unwrap();
    let fetches = (0..64).map(|_| network.fetch(FINISHED, Parts::ALL));
    for table in futures_util::future::join_all(fetches).await {
        assert_eq!(table.unwrap().len(), 10);
    }
    // One that had begun when the others came, and one for all of them.
    assert!(requests.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn more_than_100_000_tasks_are_fetched_in_their_order() {
    let net = Fixture::new().await;
    let mut keys = Vec::new();
    for count in [50_000, 50_000, 1] {
        keys.extend(net.network.push_finished(&finished_tasks(count)).await.unwrap());
    }
    let worker = net.worker().await;
    let table = worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap();
    assert_eq!(table.keys(), keys);
    let expected: Vec<i64> = (0..50_000).chain(0..50_000).chain(0..1).collect();
    assert_eq!(table.integers("y").unwrap(), expected);
    keys.extend(net.network.push_finished(&finished_tasks(1)).await.unwrap());
    assert_eq!(worker.fetch(FINISHED, Parts::NONE).await.unwrap().keys(), keys);
    assert_eq!(worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap().keys(), keys[100_001..]);
}

#[tokio::test]
async fn a_reset_in_between_starts_the_cache_anew() {
    let net = Fixture::new().await;
    let other = net.another().await;
    for (before, after) in [(10, 20), (20, 10), (10, 10), (200, 300), (10, 0)] {
        net.network.push_finished(&finished_tasks(before)).await.unwrap();
        assert_eq!(net.network.fetch(FINISHED, Parts::ALL).await.unwrap().len(), before);
        other.reset().await.unwrap();
        let keys = other.push_finished(&finished_tasks(after)).await.unwrap();
        assert_eq!(net.network.fetch(FINISHED, Parts::ALL).await.unwrap().keys(), keys);
        other.reset().await.unwrap();
    }
}

#[tokio::test]
async fn a_vanished_hash_is_dropped_nothing_comes_twice_and_resetting_the_cache_rebuilds() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut keys = worker.push_finished(&finished_tasks(5)).await.unwrap();
    let _: () = net.raw(&format!("DEL {} {}", keys[1], keys[4]));
    for index in [4, 1] {
        keys.remove(index);
    }
    for _ in 0..2 {
        assert_eq!(worker.fetch(FINISHED, Parts::ALL).await.unwrap().keys(), keys);
    }
    keys.push(finish_one(&worker).await);
    let table = worker.fetch(FINISHED, Parts::ALL).await.unwrap();
    assert_eq!(table.keys(), keys, "new ones are still found");
    matches_what_is_stored(&net.network, &table, FINISHED).await;
    // What is cached stays until somebody asks for it anew.
    let _: () = net.raw(&format!("DEL {}", keys[0]));
    assert_eq!(worker.fetch(FINISHED, Parts::ALL).await.unwrap().keys(), keys);
    worker.reset_cache();
    assert_eq!(worker.fetch(FINISHED, Parts::ALL).await.unwrap().keys(), keys[1..]);
}

/// Whatever moment a fetch is given up at, the next one gives every task once.
#[tokio::test]
async fn a_fetch_that_is_given_up_leaves_the_cache_whole() {
    let net = Fixture::new().await;
    net.network.push_finished(&finished_tasks(3000)).await.unwrap();
    let worker = net.worker().await;
    let mut given_up = 0;
    for round in 0..60_u64 {
        if round % 10 == 0 {
            worker.reset_cache();
        }
        finish_one(&worker).await;
        let limit = Duration::from_micros(200 * (round % 20));
        let states: &[State] = if round % 3 == 0 { &State::ALL } else { FINISHED };
        if tokio::time::timeout(limit, worker.fetch(states, Parts::ALL)).await.is_err() {
            given_up += 1;
        }
    }
    assert!(given_up > 0);
    let table = worker.fetch(FINISHED, Parts::ALL).await.unwrap();
    assert_eq!(table.len(), 3060);
    matches_what_is_stored(&net.network, &table, FINISHED).await;
    assert_eq!(worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap().len(), 3060);
}

#[tokio::test]
async fn a_connection_that_breaks_while_pages_are_read_costs_nothing() {
    let net = Fixture::new().await;
    net.network.push_finished(&finished_tasks(3000)).await.unwrap();
    for fault in [Fault::LoseRequest, Fault::LoseReply, Fault::CutReply] {
        let proxy = Proxy::start(net.redis.socket());
        let network = behind(&proxy).await;
        proxy.once(fault, |request| request.windows(5).any(|word| word == b"HMGET"));
        let table = soon(network.fetch(FINISHED, Parts::ALL)).await.unwrap();
        assert!(!proxy.pending(), "the fault has not happened");
        matches_what_is_stored(&net.network, &table, FINISHED).await;
    }
}
