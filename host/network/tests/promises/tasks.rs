//! Tasks and their four states.

use std::time::Duration;

use rush_network::{
    Condition, Counts, Error, FailedTask, Failure, FinishedTask, Invalid, NewTask, Outcome, State, WorkerId,
    fields,
};

use crate::fixture::{Fixture, new_tasks, xs, ys};

fn counts(queued: u64, running: u64, finished: u64, failed: u64) -> Counts {
    Counts { queued, running, finished, failed }
}

#[tokio::test]
async fn pushed_tasks_are_queued_with_their_extras() {
    let net = Fixture::new().await;
    for count in [1, 10] {
        let extra = fields! { "timestamp" => "2026-07-01T12:00:00Z" };
        let tasks: Vec<_> =
            (0..count).map(|number| NewTask { xs: xs(number), extra: extra.clone() }).collect();
        let keys = net.network.push(&tasks, None).await.unwrap();
        assert_eq!(keys.len(), count);
        assert_eq!(net.network.counts().await.unwrap(), counts(keys.len() as u64, 0, 0, 0));
        let stored = net.network.tasks(&[State::Queued]).await.unwrap();
        for (number, (task, key)) in stored.iter().zip(&keys).enumerate() {
            assert_eq!((&task.key, task.state, &task.xs), (key, State::Queued, &xs(number)));
            assert_eq!((&task.xs_extra, &task.worker_id, task.attempt), (&extra, &None, 0));
        }
        net.check();
        net.network.reset().await.unwrap();
    }
}

#[tokio::test]
async fn tasks_come_out_in_the_order_in_which_they_went_in() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut keys = net.network.push(&new_tasks(3), None).await.unwrap();
    keys.extend(worker.push(&new_tasks(3), None).await.unwrap());
    for key in keys {
        assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, key);
    }
    assert!(worker.pop(Duration::ZERO).await.unwrap().is_none());
    net.check();
}

#[tokio::test]
async fn a_popped_task_runs_and_belongs_to_who_popped_it() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let task = NewTask { xs: xs(7), extra: fields! { "a" => "b" } };
    let keys = net.network.push(&[task], None).await.unwrap();
    let task = worker.pop(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(
        (task.key.clone(), task.xs.clone(), task.xs_extra.clone()),
        (keys[0].clone(), xs(7), fields! { "a" => "b" })
    );
    assert_eq!(
        (task.state, task.worker_id.clone(), task.attempt),
        (State::Running, Some(worker.id().clone()), 1)
    );
    assert_eq!(net.network.tasks(&[State::Running]).await.unwrap(), [task]);
    assert_eq!(net.network.counts().await.unwrap(), counts(0, 1, 0, 0));
    net.check();
}

#[tokio::test]
async fn a_walk_through_all_states_leaves_each_key_in_one() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = net.network.push(&new_tasks(4), None).await.unwrap();
    let popped = [
        worker.pop(Duration::ZERO).await.unwrap().unwrap(),
        worker.pop(Duration::ZERO).await.unwrap().unwrap(),
        worker.pop(Duration::ZERO).await.unwrap().unwrap(),
    ];
    net.check();
    let outcome = Outcome { key: popped[0].key.clone(), ys: ys(1), extra: fields! { "seconds" => 0.1 } };
    assert!(worker.finish(&[outcome]).await.unwrap().is_empty());
    net.check();
    let condition =
        Condition { details: fields! { "line" => 3_i64 }, ..Condition::new("error", "singular matrix") };
    let failure = Failure { key: popped[1].key.clone(), condition: Some(condition.clone()) };
    assert!(worker.fail(&[failure]).await.unwrap().is_empty());
    net.check();

    let by_state = net.network.task_keys(&State::ALL).await.unwrap();
    let expected: Vec<_> = [3, 2, 0, 1].into_iter().map(|index: usize| vec![keys[index].clone()]).collect();
    assert_eq!(by_state, State::ALL.into_iter().zip(expected).collect::<Vec<_>>());
    let order = [State::Failed, State::Queued];
    let some = net.network.task_keys(&order).await.unwrap();
    assert_eq!(
        some,
        [(State::Failed, vec![keys[1].clone()]), (State::Queued, vec![keys[3].clone()])],
        "subset and order"
    );

    let tasks = net.network.tasks(&[State::Finished, State::Failed]).await.unwrap();
    assert_eq!(
        (&tasks[0].ys, &tasks[0].ys_extra, &tasks[0].condition),
        (&ys(1), &fields! { "seconds" => 0.1 }, &None)
    );
    assert_eq!((&tasks[1].ys, &tasks[1].condition), (&vec![], &Some(condition)));
    assert!(tasks.iter().all(|task| task.worker_id.as_ref() == Some(worker.id())));
}

#[tokio::test]
async fn workers_push_in_every_state() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.push(&new_tasks(1), None).await.unwrap();
    let running = worker.push_running(&new_tasks(2)).await.unwrap();
    let finished = FinishedTask {
        xs: xs(1),
        ys: ys(2),
        xs_extra: fields! { "a" => 1_i64 },
        ys_extra: fields! { "b" => 2_i64 },
    };
    worker.push_finished(&[finished.clone(), finished.clone(), finished]).await.unwrap();
    let failed = FailedTask { xs: xs(1), xs_extra: fields! { "a" => 1_i64 }, condition: None };
    worker.push_failed(&[failed.clone(), failed.clone(), failed.clone(), failed]).await.unwrap();
    assert_eq!(worker.count().await.unwrap(), counts(1, 2, 3, 4));
    net.check();
    let tasks = net.network.tasks(&State::ALL).await.unwrap();
    assert_eq!(
        tasks.iter().filter(|task| task.worker_id.as_ref() == Some(worker.id())).count(),
        running.len()
    );
    let finished = tasks.iter().find(|task| task.state == State::Finished).unwrap();
    assert_eq!(
        (&finished.xs_extra, &finished.ys_extra),
        (&fields! { "a" => 1_i64 }, &fields! { "b" => 2_i64 })
    );
    let failed = tasks.iter().find(|task| task.state == State::Failed).unwrap();
    assert_eq!(
        (&failed.xs_extra, &failed.condition),
        (&fields! { "a" => 1_i64 }, &Some(Condition::task_failed()))
    );
}

#[tokio::test]
async fn each_kind_of_push_stores_its_extras_and_managers_have_the_same_kinds() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let (x, y) = (fields! { "timestamp" => "2026-07-01" }, fields! { "seconds" => 0.5 });
    let new = [NewTask { xs: xs(1), extra: x.clone() }];
    let finished = [FinishedTask { xs: xs(1), ys: ys(1), xs_extra: x.clone(), ys_extra: y.clone() }];
    let failed = [FailedTask { xs: xs(1), xs_extra: x.clone(), condition: None }];
    net.network.push(&new, None).await.unwrap();
    net.network.push(&new, Some(worker.id())).await.unwrap();
    net.network.push_finished(&finished).await.unwrap();
    net.network.push_failed(&failed).await.unwrap();
    worker.push(&new, None).await.unwrap();
    worker.push(&new, Some(worker.id())).await.unwrap();
    worker.push_finished(&finished).await.unwrap();
    worker.push_failed(&failed).await.unwrap();
    let keys = worker.push_running(&new).await.unwrap();
    let outcome = Outcome { key: keys[0].clone(), ys: ys(1), extra: y.clone() };
    worker.finish_and_push_running(&[outcome], &new).await.unwrap();
    assert_eq!(worker.count().await.unwrap(), counts(4, 1, 3, 2));
    for task in net.network.tasks(&State::ALL).await.unwrap() {
        assert_eq!(task.xs_extra, x);
        assert_eq!(task.ys_extra, if task.state == State::Finished { y.clone() } else { vec![] });
    }
    net.check();
}

#[tokio::test]
async fn managers_push_finished_and_failed_tasks() {
    let net = Fixture::new().await;
    let finished = FinishedTask { xs: xs(1), ys: ys(2), ..FinishedTask::default() };
    assert_eq!(net.network.push_finished(&[finished]).await.unwrap().len(), 1);
    let condition = Some(Condition::new("cancelled", "not needed"));
    let failed = FailedTask { xs: xs(1), condition: condition.clone(), ..FailedTask::default() };
    assert_eq!(net.network.push_failed(&[failed]).await.unwrap().len(), 1);
    net.check();
    assert_eq!(net.network.counts().await.unwrap(), counts(0, 0, 1, 1));
    assert_eq!(net.network.tasks(&[State::Failed]).await.unwrap()[0].condition, condition);
}

#[tokio::test]
async fn empty_lists_change_nothing() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let before = net.dbsize();
    assert!(net.network.push(&[], None).await.unwrap().is_empty());
    assert!(net.network.push(&[], Some(worker.id())).await.unwrap().is_empty());
    assert!(net.network.push_finished(&[]).await.unwrap().is_empty());
    assert!(net.network.push_failed(&[]).await.unwrap().is_empty());
    assert!(worker.push(&[], None).await.unwrap().is_empty());
    assert!(worker.push_running(&[]).await.unwrap().is_empty());
    assert!(worker.finish(&[]).await.unwrap().is_empty());
    assert!(worker.fail(&[]).await.unwrap().is_empty());
    assert!(worker.finish_and_push_running(&[], &[]).await.unwrap().is_empty());
    assert!(net.network.has_state(&[], State::Queued).await.unwrap().is_empty());
    assert!(net.network.wait_for_tasks(&[], None).await.unwrap());
    assert!(net.network.terminate(&[]).await.unwrap().is_empty());
    assert_eq!(net.dbsize(), before);
}

#[tokio::test]
async fn a_network_that_nobody_used_has_no_key() {
    let net = Fixture::new().await;
    assert_eq!(net.network.counts().await.unwrap(), Counts::default());
    assert!(net.network.tasks(&State::ALL).await.unwrap().is_empty());
    assert_eq!(net.network.empty_queue().await.unwrap(), 0);
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn emptying_the_queue_fails_what_waits_and_can_be_repeated() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    for _ in 0..2 {
        net.network.push(&new_tasks(3), None).await.unwrap();
        net.network.push(&new_tasks(2), Some(worker.id())).await.unwrap();
        assert_eq!(net.network.empty_queue().await.unwrap(), 5);
        assert_eq!(worker.empty_queue().await.unwrap(), 0);
        net.check();
    }
    let tasks = net.network.tasks(&State::ALL).await.unwrap();
    assert_eq!(tasks.len(), 10);
    for task in tasks {
        assert_eq!(
            (task.state, task.condition.unwrap().message.as_str()),
            (State::Failed, "Removed from queue")
        );
    }
}

#[tokio::test]
async fn states_of_tasks_are_told() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let running = worker.push_running(&new_tasks(3)).await.unwrap();
    worker.finish(&[Outcome::new(running[1].clone(), ys(1))]).await.unwrap();
    worker.fail(&[Failure { key: running[2].clone(), condition: None }]).await.unwrap();
    let queued = worker.push(&new_tasks(1), None).await.unwrap();
    let nobody = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    let keys = [running[0].clone(), running[1].clone(), running[2].clone(), queued[0].clone(), nobody];
    let states = net.network.states(&keys).await.unwrap();
    let expected =
        [Some(State::Running), Some(State::Finished), Some(State::Failed), Some(State::Queued), None];
    assert_eq!(states, expected);
    assert_eq!(
        net.network.has_state(&keys, State::Failed).await.unwrap(),
        [false, false, true, false, false]
    );
}

#[tokio::test]
async fn a_condition_for_another_number_of_tasks_cannot_be_given_and_each_task_keeps_its_own() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(3)).await.unwrap();
    let failures: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(number, key)| {
            let condition = Condition::new("error", format!("error {number}"));
            Failure { key: key.clone(), condition: Some(condition) }
        })
        .collect();
    worker.fail(&failures).await.unwrap();
    let tasks = net.network.tasks(&[State::Failed]).await.unwrap();
    for Failure { key, condition } in failures {
        assert_eq!(tasks.iter().find(|task| task.key == key).unwrap().condition, condition);
    }
}

#[tokio::test]
async fn a_task_for_one_worker_is_popped_first_and_by_nobody_else() {
    let net = Fixture::new().await;
    let (ann, bob) = (net.worker().await, net.worker().await);
    let common = net.network.push(&new_tasks(1), None).await.unwrap();
    let own = net.network.push(&new_tasks(2), Some(ann.id())).await.unwrap();
    net.check();
    assert_eq!(bob.pop(Duration::ZERO).await.unwrap().unwrap().key, common[0]);
    assert!(bob.pop(Duration::ZERO).await.unwrap().is_none());
    net.network.push(&new_tasks(1), None).await.unwrap();
    for key in own {
        assert_eq!(ann.pop(Duration::ZERO).await.unwrap().unwrap().key, key);
    }
    net.check();
}

#[tokio::test]
async fn a_task_for_a_worker_that_is_not_running_goes_to_everybody() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let nobody = WorkerId::parse("nobody").unwrap();
    let keys = net.network.push(&new_tasks(1), Some(&nobody)).await.unwrap();
    net.check();
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[0]);
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let info = format!("{}:{}", net.network.id(), worker.id());
    for key in [
        "",
        "promises:all_tasks",
        info.as_str(),
        "00000000-0000-4000-8000-00000000000",
        "{tag}00000000-0000-4000-8000-000000000000",
    ] {
        assert!(worker.parse_key(key).is_err(), "{key}");
    }
    // One that looks like a key, of a task that does not exist: nothing is written, not even for the task beside it.
    let strange = worker.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    let [mine] = worker.push_running(&[xs(1).into()]).await.unwrap().try_into().unwrap();
    let before = net.dbsize();
    let unknown = |error| match error {
        Error::Invalid(Invalid::UnknownTask { key }) => assert_eq!(key, strange.as_str()),
        other => panic!("{other}"),
    };
    let both = [Outcome::new(mine.clone(), ys(1)), Outcome::new(strange.clone(), ys(1))];
    unknown(worker.finish(&both).await.unwrap_err());
    unknown(worker.finish_and_push_running(&both, &[xs(2).into()]).await.unwrap_err());
    let both = [mine.clone(), strange.clone()].map(|key| Failure { key, condition: None });
    unknown(worker.fail(&both).await.unwrap_err());
    assert_eq!(net.dbsize(), before);
    assert_eq!(worker.has_state(&[mine], State::Running).await.unwrap(), [true]);
    let twice = [Outcome::new(strange.clone(), ys(1)), Outcome::new(strange, ys(2))];
    assert!(matches!(worker.finish(&twice).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn a_vanished_hash_is_left_out_and_never_popped() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = net.network.push(&new_tasks(2), None).await.unwrap();
    let _: () = net.raw(&format!("DEL {}", keys[0]));
    let tasks = net.network.tasks(&State::ALL).await.unwrap();
    assert_eq!(tasks.iter().map(|task| &task.key).collect::<Vec<_>>(), [&keys[1]]);
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[1]);
}

/// Whoever deletes a task's hash must not get back half a one, without `xs`.
#[tokio::test]
async fn no_transition_brings_a_vanished_hash_back() {
    let net = Fixture::new().await;
    let (worker, dead) = (net.worker().await, net.worker().await);
    let finishing = worker.push_running(&new_tasks(2)).await.unwrap();
    let failing = worker.push_running(&new_tasks(2)).await.unwrap();
    let going_on = worker.push_running(&new_tasks(1)).await.unwrap();
    let dying = dead.push_running(&new_tasks(2)).await.unwrap();
    let waiting = net.network.push(&new_tasks(2), None).await.unwrap();
    let vanished = [&finishing[0], &failing[0], &going_on[0], &dying[0], &waiting[0]];
    for key in vanished {
        let _: () = net.raw(&format!("DEL {key}"));
    }
    let outcomes: Vec<_> = finishing.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    assert_eq!(worker.finish(&outcomes).await.unwrap(), finishing[..1]);
    let failures: Vec<_> = failing.iter().map(|key| Failure { key: key.clone(), condition: None }).collect();
    assert_eq!(worker.fail(&failures).await.unwrap(), failing[..1]);
    let outcome = Outcome::new(going_on[0].clone(), ys(1));
    assert!(worker.finish_and_push_running(&[outcome], &new_tasks(1)).await.unwrap().is_empty());
    let burial = net.network.bury(dead.id(), None, "gone").await.unwrap();
    assert_eq!(burial, rush_network::Burial::Ended { failed: 1, requeued: 0, restart: false });
    assert_eq!(net.network.empty_queue().await.unwrap(), 1);
    assert_eq!(net.network.counts().await.unwrap(), counts(0, 0, 1, 3), "and none runs on");
    for key in vanished {
        assert!(!net.raw::<bool>(&format!("EXISTS {key}")), "{key}");
    }
    assert!(!net.raw::<bool>(&format!("EXISTS promises:{}:running_tasks", worker.id())));
}

#[tokio::test]
async fn named_tasks_are_read_whole_in_the_order_of_their_keys() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(40)).await.unwrap();
    worker.finish(&[Outcome::new(keys[3].clone(), ys(3))]).await.unwrap();
    worker.fail(&[Failure { key: keys[20].clone(), condition: None }]).await.unwrap();
    let unknown = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    let mut named: Vec<_> = keys.iter().rev().cloned().collect();
    named.insert(5, unknown);
    let mut tasks = net.network.tasks_by_key(&named).await.unwrap();
    assert_eq!(tasks.remove(5), None);
    let tasks: Vec<_> = tasks.into_iter().map(Option::unwrap).rev().collect();
    assert_eq!(tasks.iter().map(|task| task.key.clone()).collect::<Vec<_>>(), keys);
    assert_eq!((tasks[3].state, &tasks[3].ys), (State::Finished, &ys(3)));
    assert_eq!((tasks[20].state, &tasks[20].condition), (State::Failed, &Some(Condition::task_failed())));
    assert_eq!((tasks[39].state, &tasks[39].xs), (State::Running, &xs(39)));
}
