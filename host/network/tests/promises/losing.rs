//! What becomes of the tasks of a lost worker: they fail, or go back to where they came from.

use std::time::Duration;

use rush_network::{
    Burial, Condition, End, EndKind, Error, Heart, OnLost, Outcome, Registration, State, TaskKey, Worker,
};

use crate::fixture::{Fixture, NEVER, named, new_tasks, only_wakeups, patient, soon, ys};

pub(crate) fn requeueing(max_attempts: u32) -> Registration {
    Registration { on_lost: OnLost::Requeue { max_attempts }, ..patient() }
}

fn ended(failed: u64, requeued: u64) -> Burial {
    Burial::Ended { failed, requeued, restart: false }
}

async fn pop(worker: &Worker) -> (TaskKey, u32) {
    let task = worker.pop(Duration::ZERO).await.unwrap().unwrap();
    (task.key, task.attempt)
}

#[tokio::test]
async fn what_a_lost_worker_had_popped_goes_back_to_the_front_and_the_next_one_takes_it() {
    let net = Fixture::new().await;
    let keys = net.network.push(&new_tasks(3), None).await.unwrap();
    let lost = net.network.register(requeueing(3)).await.unwrap();
    let heir = net.worker().await;
    assert_eq!(pop(&lost).await, (keys[0].clone(), 1));
    assert_eq!(net.network.bury(lost.id(), None, "gone").await.unwrap(), ended(0, 1));
    let snapshot = net.check();
    assert_eq!(snapshot.counts(), [3, 0, 0, 0]);
    assert_eq!(snapshot.tasks()[keys[0].as_str()].worker_id, None, "it belongs to nobody");
    assert_eq!(pop(&heir).await, (keys[0].clone(), 2), "the oldest first, and its second attempt");
    assert_eq!(pop(&heir).await, (keys[1].clone(), 1));
    assert!(heir.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap().is_empty());
    net.check();
}

#[tokio::test]
async fn what_a_lost_worker_had_created_itself_fails_whatever_it_said() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(1), None).await.unwrap();
    let lost = net.network.register(requeueing(3)).await.unwrap();
    pop(&lost).await;
    let own = lost.push_running(&new_tasks(2)).await.unwrap();
    assert_eq!(net.network.bury(lost.id(), None, "gone").await.unwrap(), ended(2, 1));
    assert_eq!(net.network.states(&own).await.unwrap(), [Some(State::Failed); 2]);
    let failed = net.network.tasks(&[State::Failed]).await.unwrap();
    let expected = Condition::new("lost", "Worker has crashed or was killed");
    assert!(failed.iter().all(|task| task.condition.as_ref() == Some(&expected)));
    net.check();
}

#[tokio::test]
async fn a_task_that_loses_every_worker_fails_after_max_attempts() {
    let net = Fixture::new().await;
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    for attempt in 1..=3 {
        let worker = net.network.register(requeueing(3)).await.unwrap();
        assert_eq!(pop(&worker).await, (keys[0].clone(), attempt));
        let expected = if attempt < 3 { ended(0, 1) } else { ended(1, 0) };
        assert_eq!(net.network.bury(worker.id(), None, "gone").await.unwrap(), expected);
        net.check();
    }
    let failed = &net.network.tasks(&[State::Failed]).await.unwrap()[0];
    assert_eq!(failed.condition, Some(Condition::new("lost", "Worker has crashed or was killed")));
    assert_eq!(failed.attempt, 3);
}

#[tokio::test]
async fn only_who_is_lost_lets_its_tasks_go_back() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(3), None).await.unwrap();
    for end in [None, Some(EndKind::Returned), Some(EndKind::Trap)] {
        let worker = net.network.register(requeueing(3)).await.unwrap();
        pop(&worker).await;
        match end {
            None => assert_eq!(net.network.kill(worker.id()).await.unwrap(), ended(1, 0)),
            Some(kind) => worker.end(&End::new(kind, "")).await.unwrap(),
        }
        net.check();
    }
    assert_eq!(net.check().counts(), [0, 0, 0, 3]);
}

#[tokio::test]
async fn a_worker_that_said_nothing_lets_its_tasks_fail() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(1), None).await.unwrap();
    let worker = net.worker().await;
    pop(&worker).await;
    assert_eq!(net.network.bury(worker.id(), None, "gone").await.unwrap(), ended(1, 0));
    net.check();
}

#[tokio::test]
async fn what_went_back_wakes_whoever_waits_for_it() {
    let net = Fixture::new().await;
    let process = net.another().await;
    let heart = Heart::start(&process, only_wakeups()).await.unwrap();
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    let lost = net.network.register(requeueing(3)).await.unwrap();
    pop(&lost).await;
    let waiter = process.register(patient()).await.unwrap();
    let waiting = tokio::spawn(async move { waiter.pop(NEVER).await });
    net.network.bury(lost.id(), None, "gone").await.unwrap();
    let task = soon(waiting).await.unwrap().unwrap().unwrap();
    assert_eq!((&task.key, task.attempt), (&keys[0], 2));
    net.check();
    heart.stop().await;
}

/// It is stopped, buried, started again under its id, and its first life continues: the task belongs to whoever popped it since.
#[tokio::test]
async fn who_comes_back_from_the_dead_cannot_settle_what_went_back_to_the_queue() {
    let net = Fixture::new().await;
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    let again = || Registration { on_lost: OnLost::Requeue { max_attempts: 3 }, ..named("worker-1") };
    let first = net.network.register(again()).await.unwrap();
    pop(&first).await;
    assert_eq!(net.network.bury(first.id(), Some(1), "stopped").await.unwrap(), ended(0, 1));
    let outcome = [Outcome::new(keys[0].clone(), ys(666))];
    let lost = |refused: Result<Vec<TaskKey>, Error>| {
        assert!(matches!(refused, Err(Error::LostOwnership { .. })), "{refused:?}");
    };
    lost(first.finish(&outcome).await);
    net.check();
    let second = net.another().await.register(again()).await.unwrap();
    lost(first.finish(&outcome).await);
    assert_eq!(second.finish(&outcome).await.unwrap(), keys, "its next life has not popped it yet");
    assert_eq!(pop(&second).await, (keys[0].clone(), 2));
    lost(first.finish(&outcome).await);
    lost(first.finish_and_push_running(&outcome, &new_tasks(1)).await);
    assert!(second.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap().is_empty());
    assert_eq!(net.network.tasks(&[State::Finished]).await.unwrap()[0].ys, ys(1));
    net.check();
}

#[tokio::test]
async fn of_two_managers_that_bury_at_once_one_puts_the_tasks_back_and_is_to_start_the_worker_again() {
    let net = Fixture::new().await;
    let other = net.another().await;
    for round in 1..=20 {
        net.network.push(&new_tasks(2), None).await.unwrap();
        let worker = net.network.register(Registration { max_restarts: 1, ..requeueing(100) }).await.unwrap();
        for _ in 0..2 {
            pop(&worker).await;
        }
        let (first, second) =
            tokio::join!(net.network.bury(worker.id(), None, "gone"), other.bury(worker.id(), None, "gone"));
        let mut burials = [first.unwrap(), second.unwrap()];
        burials.sort_by_key(|burial| matches!(burial, Burial::NotRunning { .. }));
        assert_eq!(burials[0], Burial::Ended { failed: 0, requeued: 2, restart: true });
        assert_eq!(burials[1], Burial::NotRunning { state: "lost".into() });
        assert_eq!(net.check().counts(), [2 * round, 0, 0, 0]);
    }
}

/// Somebody has written into the hashes: an end that breaks off in the middle would do so each time.
#[tokio::test]
async fn a_worker_whose_numbers_are_none_is_buried_all_the_same() {
    let net = Fixture::new().await;
    for field in ["registered", "max_attempts", "max_restarts", "failed", "attempts"] {
        net.network.push(&new_tasks(1), None).await.unwrap();
        let worker = net.network.register(Registration { max_restarts: 1, ..requeueing(3) }).await.unwrap();
        let (key, _) = pop(&worker).await;
        let hash = if field == "attempts" { key.to_string() } else { format!("promises:{}", worker.id()) };
        let _: () = net.raw(&format!("HSET {hash} {field} often"));
        let burial = net.network.bury(worker.id(), None, "gone").await.unwrap();
        let failed = u64::from(["max_attempts", "attempts"].contains(&field));
        let restart = !["registered", "max_restarts"].contains(&field);
        assert_eq!(burial, Burial::Ended { failed, requeued: 1 - failed, restart }, "{field}");
        net.check();
        net.network.empty_queue().await.unwrap();
    }
    // What it counts that fails.
    let worker = net.worker().await;
    worker.push_running(&new_tasks(2)).await.unwrap();
    let _: () = net.raw(&format!("HSET promises:{} failed often", worker.id()));
    assert_eq!(net.network.bury(worker.id(), None, "gone").await.unwrap(), ended(2, 0));
    net.check();
}

#[tokio::test]
async fn a_full_redis_lets_a_burial_put_tasks_back() {
    let net = Fixture::new().await;
    let keys = net.network.push(&new_tasks(2), None).await.unwrap();
    let worker = net.network.register(requeueing(2)).await.unwrap();
    let own = net.network.push(&new_tasks(1), Some(worker.id())).await.unwrap();
    pop(&worker).await;
    pop(&worker).await;
    worker.push_running(&new_tasks(1)).await.unwrap();
    let heir = net.worker().await;
    let _: () = net.raw("CONFIG SET maxmemory 1");
    assert_eq!(net.network.bury(worker.id(), None, "gone").await.unwrap(), ended(1, 2));
    assert_eq!(net.check().counts(), [3, 0, 0, 1]);
    let mut popped = vec![pop(&heir).await, pop(&heir).await];
    popped.sort();
    let mut expected = vec![(own[0].clone(), 2), (keys[0].clone(), 2)];
    expected.sort();
    assert_eq!(popped, expected);
    assert_eq!(pop(&heir).await, (keys[1].clone(), 1));
    net.check();
}
