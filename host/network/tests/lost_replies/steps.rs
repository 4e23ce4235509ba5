//! Steps and pops: a call of one worker, and one of many that go together.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use rush_network::{Error, Failure, Worker};

use crate::{Stage, outcomes, tasks};

/// So many of one process ask at the same moment.
const WORKERS: usize = 8;

pub(crate) async fn pushing_running(stage: &Stage) {
    let worker = stage.worker().await;
    stage.network.set_budget(Some(3));
    stage.arm("steps");
    let keys = worker.push_running(&tasks(3)).await.unwrap();
    stage.expect([0, 3, 0, 0]);
    assert!(worker.finish(&outcomes(&keys)).await.unwrap().is_empty());
    stage.arm("steps");
    let refused = worker.push_running(&tasks(1)).await;
    assert!(matches!(refused, Err(Error::BudgetExhausted { left: 0 })), "{refused:?}");
    stage.expect([0, 0, 3, 0]);
}

pub(crate) async fn finishing(stage: &Stage) {
    let worker = stage.worker().await;
    let keys = worker.push_running(&tasks(3)).await.unwrap();
    let failure = Failure { key: keys[2].clone(), condition: None };
    worker.fail(&[failure]).await.unwrap();
    stage.arm("steps");
    assert_eq!(worker.finish(&outcomes(&keys)).await.unwrap(), [keys[2].clone()], "the same are refused");
    stage.expect([0, 0, 2, 1]);
}

pub(crate) async fn finishing_and_pushing(stage: &Stage) {
    let worker = stage.worker().await;
    let keys = worker.push_running(&tasks(2)).await.unwrap();
    stage.network.set_budget(Some(5));
    stage.arm("steps");
    let next = worker.finish_and_push_running(&outcomes(&keys), &tasks(3)).await.unwrap();
    assert_eq!(next.len(), 3);
    stage.expect([0, 3, 2, 0]);
    stage.arm("steps");
    assert!(worker.finish_and_push_running(&outcomes(&next), &tasks(1)).await.unwrap().is_empty());
    stage.expect([0, 0, 5, 0]);
}

async fn workers(stage: &Stage) -> Vec<Worker> {
    join_all((0..WORKERS).map(|_| stage.worker())).await
}

pub(crate) async fn of_many_workers(stage: &Stage) {
    let workers = workers(stage).await;
    stage.arm("steps");
    let (one, two) = (tasks(1), tasks(2));
    let pushed = join_all(workers.iter().map(|worker| worker.push_running(&one))).await;
    stage.expect([0, WORKERS, 0, 0]);
    let pushed: Vec<_> = pushed.into_iter().map(|keys| outcomes(&keys.unwrap())).collect();
    stage.arm("steps");
    let all = workers.iter().zip(&pushed);
    let next = join_all(all.map(|(worker, done)| worker.finish_and_push_running(done, &two))).await;
    let next: Vec<_> = next.into_iter().map(|keys| outcomes(&keys.unwrap())).collect();
    stage.expect([0, 2 * WORKERS, WORKERS, 0]);
    // One of them gives its tasks up, and one finishes what is another's: that is refused or unknown for these alone.
    let cancelled: Vec<_> = next[0].iter().map(|outcome| outcome.key.clone()).collect();
    stage.calm.cancel(&cancelled).await.unwrap();
    stage.arm("steps");
    let finished = join_all(workers.iter().enumerate().map(|(at, worker)| {
        let done = &next[if at == 1 { 2 } else { at }];
        worker.finish(done)
    }))
    .await;
    assert_eq!(*finished[0].as_ref().unwrap(), cancelled);
    assert_eq!(finished[1].as_ref().unwrap().len(), 2);
    assert!(finished[2..].iter().all(|refused| refused.as_ref().unwrap().is_empty()), "{finished:?}");
    stage.expect([0, 2, WORKERS + 2 * (WORKERS - 2), 2]);
}

pub(crate) async fn popping_of_many_workers(stage: &Stage) {
    let workers = workers(stage).await;
    let keys = stage.network.push(&tasks(WORKERS + 1), None).await.unwrap();
    stage.arm("pop");
    let popped = join_all(workers.iter().map(|worker| worker.pop(Duration::ZERO))).await;
    let popped: HashSet<_> = popped.into_iter().map(|task| task.unwrap().unwrap().key).collect();
    assert_eq!(popped, keys[..WORKERS].iter().cloned().collect());
    stage.expect([1, WORKERS, 0, 0]);
}
