//! Fetching what is large, or could be.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rush_network::{FinishedTask, LogPosition, NewTask, Parts, State, fields};
use rush_test_redis::{Fault, Proxy};

use crate::{
    fetching::{FINISHED, counted, finished_tasks, matches_what_is_stored},
    fixture::{Fixture, behind, soon, ys},
};

fn large_tasks(count: usize, bytes: usize) -> Vec<FinishedTask> {
    let task = |number| FinishedTask {
        xs: fields! { "text" => "x".repeat(bytes), "number" => i64::try_from(number).unwrap() },
        ys: ys(1),
        ..FinishedTask::default()
    };
    (0..count).map(task).collect()
}

/// A large reply would keep short commands waiting.
#[tokio::test]
async fn few_but_large_tasks_do_not_come_in_one_reply() {
    let net = Fixture::new().await;
    let (_proxy, network, requests) = counted(&net).await;
    // A single one comes at once, however large; of several only what is small in all.
    for (count, bytes, at_once) in [(1, 2 << 20, true), (40, 2000, true), (40, 100_000, false)] {
        let tasks = large_tasks(count, bytes);
        net.network.push_finished(&tasks).await.unwrap();
        let before = requests.load(Ordering::SeqCst);
        let table = network.fetch(FINISHED, Parts::ALL).await.unwrap();
        assert_eq!(requests.load(Ordering::SeqCst) - before == 1, at_once);
        matches_what_is_stored(&net.network, &table, FINISHED).await;
    }
}

#[tokio::test]
async fn few_but_large_tasks_of_several_states_and_queues_are_each_fetched_once() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let new =
        |bytes| large_tasks(5, bytes).into_iter().map(|task| NewTask::from(task.xs)).collect::<Vec<_>>();
    let common = net.network.push(&new(100_000), None).await.unwrap();
    let own = net.network.push(&new(10), Some(worker.id())).await.unwrap();
    worker.push_running(&new(100_000)).await.unwrap();
    worker.push_finished(&large_tasks(5, 100_000)).await.unwrap();
    let table = net.network.fetch(&State::ALL, Parts::ALL).await.unwrap();
    assert_eq!(table.len(), 20);
    matches_what_is_stored(&net.network, &table, &State::ALL).await;
    let queued = net.network.fetch(&[State::Queued], Parts::ALL).await.unwrap();
    assert_eq!(queued.keys(), [common, own].concat());
    matches_what_is_stored(&net.network, &queued, &[State::Queued]).await;
}

#[tokio::test]
async fn until_the_size_of_a_page_is_known_only_a_short_one_is_asked_for() {
    let net = Fixture::new().await;
    net.network.push_finished(&finished_tasks(3000)).await.unwrap();
    let proxy = Proxy::start(net.redis.socket());
    let network = behind(&proxy).await;
    let first = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&first);
    proxy.once(Fault::LoseReply, move |request| {
        let asked = request.windows(5).filter(|word| *word == b"HMGET").count();
        let calls_script = rush_network::script_name_of(request).is_some();
        if asked > 0 && !calls_script {
            let _ = seen.compare_exchange(0, asked, Ordering::SeqCst, Ordering::SeqCst);
        }
        false
    });
    assert_eq!(network.fetch(FINISHED, Parts::ALL).await.unwrap().len(), 3000);
    let first = first.load(Ordering::SeqCst);
    assert!((1..=16).contains(&first), "{first} hashes were asked for at once");
}

/// Redis ends a connection whose replies take more than it was told to keep for one.
#[tokio::test]
async fn rows_and_logs_are_read_in_replies_of_about_a_megabyte_however_large_each_is() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let events: Vec<_> = (0..300).map(|_| crate::logs::event(&"x".repeat(100_000))).collect();
    for events in events.chunks(50) {
        worker.log(events).await.unwrap();
    }
    for tasks in large_tasks(300, 100_000).chunks(50) {
        net.network.push_finished(tasks).await.unwrap();
    }
    let mut limit = redis::cmd("CONFIG");
    limit.arg("SET").arg("client-output-buffer-limit").arg("normal 8mb 8mb 0");
    limit.exec(&mut net.redis.connection()).unwrap();
    let network = net.another().await;
    assert_eq!(soon(network.tasks(FINISHED)).await.unwrap().len(), 300);
    let log = soon(network.read_log(None, &LogPosition::default())).await.unwrap();
    assert_eq!(log.events.len(), 300);
}
