//! Taking queued tasks back.

use std::time::Duration;

use rush_network::{Condition, Counts, End, Outcome, State};

use crate::fixture::{Fixture, new_tasks, soon, ys};

#[tokio::test]
async fn cancelled_tasks_fail_whichever_queue_they_wait_in() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut pushed = net.network.push(&new_tasks(3), None).await.unwrap();
    pushed.extend(net.network.push(&new_tasks(2), Some(worker.id())).await.unwrap());
    let cancelled = net.network.cancel_queued(None).await.unwrap();
    assert_eq!(cancelled, pushed, "the oldest of each queue first");
    let tasks = net.network.tasks(&State::ALL).await.unwrap();
    assert_eq!(tasks.len(), 5);
    for task in tasks {
        assert_eq!(
            (task.state, task.condition),
            (State::Failed, Some(Condition::new("cancelled", "Cancelled")))
        );
    }
    assert!(worker.pop(Duration::ZERO).await.unwrap().is_none());
    net.check();
}

#[tokio::test]
async fn of_named_tasks_those_that_still_wait_are_cancelled_and_told() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let common = net.network.push(&new_tasks(4), None).await.unwrap();
    let own = net.network.push(&new_tasks(3), Some(worker.id())).await.unwrap();
    let popped = worker.pop(Duration::ZERO).await.unwrap().unwrap().key;
    assert_eq!(popped, own[0]);
    let unknown = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    let named = [common[1].clone(), popped.clone(), unknown, own[2].clone(), common[1].clone()];
    assert_eq!(net.network.cancel_queued(Some(&named)).await.unwrap(), [common[1].clone(), own[2].clone()]);
    assert_eq!(net.network.cancel_queued(Some(&named)).await.unwrap(), [], "they wait no more");
    net.check();
    worker.finish(&[Outcome::new(popped, ys(1))]).await.unwrap();
    for key in [&own[1], &common[0], &common[2], &common[3]] {
        assert_eq!(
            worker.pop(Duration::ZERO).await.unwrap().unwrap().key,
            *key,
            "the others keep their order"
        );
    }
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 0, running: 4, finished: 1, failed: 2 });
    net.check();
}

#[tokio::test]
async fn cancelling_nothing_leaves_no_key_behind() {
    let net = Fixture::new().await;
    assert_eq!(net.network.cancel_queued(None).await.unwrap(), []);
    assert_eq!(net.network.cancel_queued(Some(&[])).await.unwrap(), []);
    let unknown = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    assert_eq!(net.network.cancel_queued(Some(&[unknown])).await.unwrap(), []);
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn ten_thousand_are_cancelled_in_one_step_and_it_can_be_repeated() {
    let net = Fixture::new().await;
    for _ in 0..2 {
        let pushed = net.network.push(&new_tasks(10_000), None).await.unwrap();
        let half: Vec<_> = pushed.iter().step_by(2).cloned().collect();
        assert_eq!(net.network.cancel_queued(Some(&half)).await.unwrap(), half);
        assert_eq!(net.network.cancel_queued(None).await.unwrap().len(), 5000);
        net.check();
    }
}

#[tokio::test]
async fn who_waits_for_a_task_hears_that_it_was_cancelled() {
    let net = Fixture::new().await;
    let (worker, _other) = (net.worker().await, net.worker().await);
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    let both = async { tokio::join!(worker.wait(&keys, None), net.network.cancel_queued(Some(&keys))) };
    let (waited, cancelled) = soon(both).await;
    assert!(waited.unwrap());
    assert_eq!(cancelled.unwrap(), keys);
    worker.end(&End::returned()).await.unwrap();
}
