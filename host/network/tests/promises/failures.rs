//! Why tasks failed.

use std::collections::BTreeMap;

use rush_network::{Condition, End, FailedTask, Failure, fields};

use crate::fixture::{Fixture, new_tasks};

fn counted<const N: usize>(kinds: [(&str, u64); N]) -> BTreeMap<String, u64> {
    kinds.map(|(kind, count)| (kind.to_owned(), count)).into()
}

#[tokio::test]
async fn failed_tasks_are_counted_by_their_kinds_whoever_failed_them() {
    let net = Fixture::new().await;
    assert_eq!(net.network.failures_by_kind().await.unwrap(), counted([]));
    let (worker, other) = (net.worker().await, net.worker().await);
    let keys = worker.push_running(&new_tasks(4)).await.unwrap();
    let mut limit = Condition::new("time-limit", "It ran for longer than 5s");
    limit.details = fields! { "backtrace" => vec!["0: spin".to_owned(), "1: evaluate".to_owned()] };
    let failures = [Some(limit), None].into_iter().zip(&keys);
    let failures: Vec<_> = failures.map(|(condition, key)| Failure { key: key.clone(), condition }).collect();
    worker.fail(&failures).await.unwrap();
    net.network.cancel(&keys[2..3]).await.unwrap();
    other.push_running(&new_tasks(2)).await.unwrap();
    net.network.bury(other.id(), None, "gone").await.unwrap();
    let own = Condition::new("my own kind", "");
    let failed = FailedTask { condition: Some(own), ..FailedTask::default() };
    net.network.push_failed(&[failed]).await.unwrap();
    net.network.push(&new_tasks(1), None).await.unwrap();
    net.network.empty_queue().await.unwrap();
    let mut expected = counted([
        ("cancelled", 1),
        ("error", 1),
        ("lost", 2),
        ("my own kind", 1),
        ("removed", 1),
        ("time-limit", 1),
    ]);
    assert_eq!(net.network.failures_by_kind().await.unwrap(), expected);
    worker.end(&End::returned()).await.unwrap();
    *expected.get_mut("error").unwrap() += 1;
    assert_eq!(net.network.failures_by_kind().await.unwrap(), expected);
}

#[tokio::test]
async fn thousands_of_failures_are_counted_and_what_cannot_be_read_is_named() {
    let net = Fixture::new().await;
    let keys = net.network.push_failed(&vec![FailedTask::default(); 5000]).await.unwrap();
    for (number, key) in keys[..4].iter().enumerate() {
        let command = if number == 0 { format!("DEL {key}") } else { format!("HSET {key} condition R") };
        let _: usize = net.raw(&command);
    }
    let found = net.network.failures_by_kind().await.unwrap();
    assert_eq!(found, counted([("error", 4996), ("unknown", 3)]));
}
