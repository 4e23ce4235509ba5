//! Waiting for tasks to be settled.

use std::time::Duration;

use rush_network::{End, Error, Failure, Invalid, Outcome, TaskKey};

use crate::fixture::{Fixture, new_tasks, soon, ys};

#[tokio::test]
async fn waiting_ends_when_all_are_settled_or_time_is_up_or_nobody_runs() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    assert!(!net.network.wait_for_tasks(&keys, Some(Duration::from_millis(20))).await.unwrap(), "time is up");
    let waiting = net.network.wait_for_tasks(&keys, None);
    let settling = async {
        worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap();
        worker.fail(&[Failure { key: keys[1].clone(), condition: None }]).await.unwrap();
    };
    assert!(soon(async { tokio::join!(waiting, settling).0 }).await.unwrap(), "settled");
    let queued = worker.push(&new_tasks(1), None).await.unwrap();
    worker.end(&End::returned()).await.unwrap();
    assert!(!soon(net.network.wait_for_tasks(&queued, None)).await.unwrap(), "nobody runs");
    assert!(
        soon(net.network.wait_for_tasks(&keys, None)).await.unwrap(),
        "nobody needs to run for what is settled"
    );
}

#[tokio::test]
async fn waiting_ends_when_the_task_is_lost_with_its_worker() {
    let net = Fixture::new().await;
    let (dead, alive) = (net.worker().await, net.worker().await);
    let lost = dead.push_running(&new_tasks(1)).await.unwrap();
    let waiting = async { tokio::join!(net.network.wait_for_tasks(&lost, None), alive.wait(&lost, None)) };
    let burying = net.network.bury(dead.id(), None, "gone");
    let ((manager, worker), _) = soon(Box::pin(async { tokio::join!(waiting, burying) })).await;
    assert!(manager.unwrap() && worker.unwrap(), "it has failed, and others run on");
    let running = alive.push_running(&new_tasks(1)).await.unwrap();
    let waiting = net.network.wait_for_tasks(&running, None);
    let (waited, _) = soon(async { tokio::join!(waiting, net.network.kill(alive.id())) }).await;
    assert!(waited.unwrap(), "also if its worker was the last");
}

#[tokio::test]
async fn a_worker_that_waits_does_not_count_itself_among_those_who_run() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push(&new_tasks(1), None).await.unwrap();
    assert!(!soon(worker.wait(&keys, None)).await.unwrap(), "nobody else could evaluate it");
    let other = net.worker().await;
    let evaluated = async {
        let task = other.pop(Duration::ZERO).await.unwrap().unwrap();
        other.finish(&[Outcome::new(task.key, ys(1))]).await.unwrap();
    };
    assert!(soon(async { tokio::join!(worker.wait(&keys, None), evaluated).0 }).await.unwrap());
    other.end(&End::returned()).await.unwrap();
    assert!(soon(worker.wait(&keys, None)).await.unwrap(), "what is settled is settled");
}

#[tokio::test]
async fn waiting_for_a_task_that_does_not_exist_any_more_is_an_error() {
    let net = Fixture::new().await;
    let (worker, _other) = (net.worker().await, net.worker().await);
    let nobody = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    let keys = [worker.push(&new_tasks(1), None).await.unwrap(), vec![nobody.clone()]].concat();
    let unknown = |answer: Result<bool, Error>, key: &TaskKey| match answer {
        Err(Error::Invalid(Invalid::UnknownTask { key: named })) => assert_eq!(named, key.as_str()),
        other => panic!("{other:?}"),
    };
    unknown(soon(net.network.wait_for_tasks(&keys, None)).await, &nobody);
    unknown(soon(worker.wait(&keys, None)).await, &nobody);
    let running = worker.push_running(&new_tasks(1)).await.unwrap();
    let waiting = net.network.wait_for_tasks(&running, None);
    let other = net.another().await;
    let (waited, reset) = soon(Box::pin(async { tokio::join!(waiting, other.reset()) })).await;
    reset.unwrap();
    unknown(waited, &running[0]);
}

/// Whoever waits asks again and again, and the tasks may be large.
#[tokio::test]
async fn asking_for_states_reads_no_values() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(3)).await.unwrap();
    worker.finish(&[Outcome::new(keys[1].clone(), ys(1))]).await.unwrap();
    let _: () = net.raw("CONFIG RESETSTAT");
    net.network.states(&keys).await.unwrap();
    let stats: String = net.raw("INFO commandstats");
    for reading in ["cmdstat_hmget", "cmdstat_hget:", "cmdstat_hgetall"] {
        assert!(!stats.contains(reading), "{stats}");
    }
}
