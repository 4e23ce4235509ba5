//! Finishing and failing: who is first, and what becomes of who is not.

use std::collections::HashSet;

use rush_network::{Condition, Counts, Failure, Outcome, State, TaskKey};

use crate::fixture::{Fixture, new_tasks, ys};

fn counts(queued: u64, running: u64, finished: u64, failed: u64) -> Counts {
    Counts { queued, running, finished, failed }
}

#[tokio::test]
async fn who_comes_second_changes_nothing() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    let finish = |key: &TaskKey, number| Outcome::new(key.clone(), ys(number));
    let fail = |key: &TaskKey| Failure { key: key.clone(), condition: Some(Condition::new("error", "no")) };
    worker.fail(&[fail(&keys[0])]).await.unwrap();
    worker.finish(&[finish(&keys[1], 1)]).await.unwrap();
    let before = net.network.tasks(&State::ALL).await.unwrap();

    assert_eq!(worker.finish(&[finish(&keys[0], 5)]).await.unwrap(), [keys[0].clone()], "finish after fail");
    assert_eq!(worker.fail(&[fail(&keys[1])]).await.unwrap(), [keys[1].clone()], "fail after finish");
    assert!(
        worker.finish(&[finish(&keys[1], 9)]).await.unwrap().is_empty(),
        "its own finish, again, is success"
    );
    assert_eq!(net.network.tasks(&State::ALL).await.unwrap(), before, "and no field has changed");

    let other = net.worker().await;
    assert_eq!(other.finish(&[finish(&keys[1], 5)]).await.unwrap(), [keys[1].clone()], "another worker");
    assert_eq!(other.fail(&[fail(&keys[0])]).await.unwrap(), [keys[0].clone()]);
    assert_eq!(net.network.tasks(&State::ALL).await.unwrap(), before);
    net.check();
}

#[tokio::test]
async fn of_many_outcomes_only_the_refused_come_back() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(5)).await.unwrap();
    let failures = [1, 3].map(|index: usize| Failure { key: keys[index].clone(), condition: None });
    worker.fail(&failures).await.unwrap();
    let all: Vec<_> = keys.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    assert_eq!(worker.finish(&all).await.unwrap(), [keys[1].clone(), keys[3].clone()]);
    assert_eq!(net.network.counts().await.unwrap(), counts(0, 0, 3, 2));
    net.check();
}

#[tokio::test]
async fn what_a_manager_of_r_rush_settled_stays_as_it_is() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(3)).await.unwrap();
    // It does not know of the set of the worker's own.
    for key in &keys {
        let _: () = net.raw(&format!("SMOVE promises:running_tasks promises:failed_tasks {key}"));
    }
    for key in &keys[..2] {
        let _: () = net.raw(&format!("HSET {key} condition theirs"));
    }
    let fail = |index: usize| Failure { key: keys[index].clone(), condition: None };
    assert_eq!(worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap(), [keys[0].clone()]);
    assert_eq!(worker.fail(&[fail(1), fail(2)]).await.unwrap(), [keys[1].clone(), keys[2].clone()]);
    for key in &keys[..2] {
        let fields: Vec<String> = net.raw(&format!("HKEYS {key}"));
        assert_eq!(HashSet::from_iter(fields), ["xs", "worker_id", "condition"].map(String::from).into());
        assert_eq!(net.raw::<String>(&format!("HGET {key} condition")), "theirs");
    }
    assert!(!net.raw::<bool>(&format!("HEXISTS {} condition", keys[2])));
    assert_eq!(net.raw::<usize>(&format!("EXISTS promises:{}:running_tasks", worker.id())), 0);
}

#[tokio::test]
async fn one_condition_serves_several_tasks_and_the_default_is_rush_s() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(4)).await.unwrap();
    let condition = Some(Condition::new("time-limit", "took too long"));
    let failures: Vec<_> =
        keys[..3].iter().map(|key| Failure { key: key.clone(), condition: condition.clone() }).collect();
    worker.fail(&failures).await.unwrap();
    worker.fail(&[Failure { key: keys[3].clone(), condition: None }]).await.unwrap();
    let tasks = net.network.tasks(&[State::Failed]).await.unwrap();
    let default = tasks.iter().find(|task| task.key == keys[3]).unwrap().condition.clone().unwrap();
    assert_eq!((default.kind.as_str(), default.message.as_str()), ("error", "Task failed"));
    assert_eq!(tasks.iter().filter(|task| task.condition == condition).count(), 3);
}

#[tokio::test]
async fn finishing_and_pushing_in_one_trip() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let first = worker.push_running(&new_tasks(1)).await.unwrap();
    let done = [Outcome::new(first[0].clone(), ys(1))];
    let second = worker.finish_and_push_running(&done, &new_tasks(2)).await.unwrap();
    assert_eq!(second.len(), 2);
    assert_eq!(net.network.counts().await.unwrap(), counts(0, 2, 1, 0));
    net.check();

    worker.fail(&[Failure { key: second[0].clone(), condition: None }]).await.unwrap();
    let both: Vec<_> = second.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    assert!(
        worker.finish_and_push_running(&both, &new_tasks(2)).await.unwrap().is_empty(),
        "one finish was refused"
    );
    assert_eq!(net.network.counts().await.unwrap(), counts(0, 0, 2, 1), "so nothing was created");
    net.check();
}
