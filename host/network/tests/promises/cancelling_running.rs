//! Cancelling what a worker evaluates: the task is settled at once, and the evaluation ends as soon as its process hears of it.

use std::time::Duration;

use futures_util::FutureExt as _;
use rush_network::{
    Cancelled, Condition, Counts, End, Error, Failure, Fields, Heart, HeartSettings, NewTask, Outcome, State,
    TaskKey, Worker,
};

use crate::fixture::{Fixture, NEVER, named, new_tasks, only_wakeups, soon, until, xs, ys};

fn outcome(key: &TaskKey) -> Outcome {
    Outcome::new(key.clone(), ys(1))
}

fn failure(key: &TaskKey) -> Failure {
    Failure { key: key.clone(), condition: None }
}

fn running(worker: &Worker) -> Cancelled {
    Cancelled::Running { worker: worker.id().clone() }
}

/// Whether an evaluation is of the task with this number.
fn of(number: usize) -> impl Fn(&Fields) -> bool {
    move |found| *found == xs(number)
}

fn tasks_from(first: usize, count: usize) -> Vec<NewTask> {
    (first..first + count).map(|number| NewTask::from(xs(number))).collect()
}

#[tokio::test]
async fn a_running_task_fails_at_once_and_nothing_that_its_worker_says_of_it_counts() {
    let net = Fixture::new().await;
    let (worker, neighbour) = (net.worker().await, net.worker().await);
    net.network.push(&new_tasks(1), None).await.unwrap();
    let popped = worker.pop(Duration::ZERO).await.unwrap().unwrap().key;
    let created = worker.push_running(&new_tasks(3)).await.unwrap();
    let neighbours = neighbour.push_running(&new_tasks(1)).await.unwrap();
    let named = [popped.clone(), created[0].clone(), created[1].clone()];
    assert_eq!(net.another().await.cancel(&named).await.unwrap(), vec![running(&worker); 3]);
    net.check();
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 0, running: 2, finished: 0, failed: 3 });

    assert_eq!(worker.finish(&[outcome(&popped)]).await.unwrap(), std::slice::from_ref(&popped));
    assert_eq!(worker.fail(&[failure(&created[0])]).await.unwrap(), [created[0].clone()]);
    assert_eq!(worker.finish_and_push_running(&[outcome(&created[1])], &new_tasks(1)).await.unwrap(), []);
    net.check();
    for task in net.network.tasks(&[State::Failed]).await.unwrap() {
        assert_eq!(task.condition, Some(Condition::new("cancelled", "Cancelled")));
        assert_eq!((task.ys, task.worker_id.as_ref()), (Fields::new(), Some(worker.id())));
    }
    let info = net.network.worker(worker.id()).await.unwrap().unwrap();
    assert_eq!((info.finished, info.failed), (0, 3));

    assert_eq!(worker.finish(&[outcome(&created[2])]).await.unwrap(), []);
    assert_eq!(neighbour.finish(&[outcome(&neighbours[0])]).await.unwrap(), []);
    net.check();
}

#[tokio::test]
async fn one_call_tells_of_each_key_what_came_of_it() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let own = net.network.push(&new_tasks(1), Some(worker.id())).await.unwrap();
    let queued = net.network.push(&new_tasks(2), None).await.unwrap();
    let tasks = worker.push_running(&new_tasks(3)).await.unwrap();
    worker.finish(&[outcome(&tasks[1])]).await.unwrap();
    worker.fail(&[failure(&tasks[2])]).await.unwrap();
    let unknown = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    let keys = [&queued[1], &tasks[0], &unknown, &tasks[1], &own[0], &tasks[2], &queued[1]].map(Clone::clone);
    let expected = [
        Cancelled::Queued,
        running(&worker),
        Cancelled::Unknown,
        Cancelled::Not(State::Finished),
        Cancelled::Queued,
        Cancelled::Not(State::Failed),
        Cancelled::Queued,
    ];
    assert_eq!(net.network.cancel(&keys).await.unwrap(), expected);
    let again = net.network.cancel(&keys[..2]).await.unwrap();
    assert_eq!(again, vec![Cancelled::Not(State::Failed); 2], "it is done once");
    assert_eq!(net.network.cancel(&[]).await.unwrap(), []);
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 1, running: 0, finished: 1, failed: 4 });
    net.check();
}

#[tokio::test]
async fn a_network_that_nobody_used_has_nothing_to_cancel_and_stays_so() {
    let net = Fixture::new().await;
    let unknown = net.network.parse_key("00000000-0000-4000-8000-000000000000").unwrap();
    assert_eq!(net.network.cancel(&[unknown]).await.unwrap(), [Cancelled::Unknown]);
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn ten_thousand_running_tasks_are_cancelled_at_once() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(10_000)).await.unwrap();
    let cancelled = net.network.cancel(&keys).await.unwrap();
    assert!(cancelled.iter().all(|cancelled| *cancelled == running(&worker)));
    net.check();
    let notes: String = net.raw(&format!("HGET promises:{} cancels", worker.id()));
    assert_eq!(notes.split(' ').count(), 1000, "should nobody hear them");
    assert!(notes.ends_with(&format!("{}=10000", keys[9999])), "the last ones are kept");
}

#[tokio::test]
async fn the_evaluation_of_a_cancelled_task_ends_and_no_other() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let (worker, neighbour) = (net.worker().await, net.worker().await);
    let keys = worker.push_running(&new_tasks(3)).await.unwrap();
    neighbour.push_running(&new_tasks(3)).await.unwrap();
    let evaluation = worker.cancelled(of(0));
    let neighbours = neighbour.cancelled(of(0));
    tokio::pin!(neighbours);
    assert!(!worker.has_cancels());
    let (key, cancelled) = soon(async { tokio::join!(evaluation, net.network.cancel(&keys[..1])) }).await;
    assert_eq!((key, cancelled.unwrap()), (keys[0].clone(), vec![running(&worker)]));
    assert!(!worker.has_cancels(), "it was consumed");

    let later = worker.cancelled(of(1));
    tokio::pin!(later);
    assert!(later.as_mut().now_or_never().is_none());
    net.network.cancel(&keys[2..]).await.unwrap();
    until(async || worker.has_cancels()).await;
    assert!(later.now_or_never().is_none(), "that is another task");
    assert_eq!(soon(worker.cancelled(of(2))).await, keys[2], "the evaluation began after its cancel");
    assert!(neighbours.now_or_never().is_none() && !neighbour.has_cancels());
    heart.stop().await;
}

#[tokio::test]
async fn a_point_that_cannot_be_read_holds_up_no_other_cancel() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(4)).await.unwrap();
    let _: usize = net.raw(&format!("HSET {} xs damaged", keys[0]));
    net.network.cancel(&keys[..2]).await.unwrap();
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    assert_eq!(soon(worker.cancelled(of(1))).await, keys[1], "it was cancelled together with it");
    net.network.cancel(&keys[2..3]).await.unwrap();
    assert_eq!(soon(worker.cancelled(of(2))).await, keys[2], "and this one later");
    heart.stop().await;
}

/// A loop may hand its objective something else than the task.
#[tokio::test]
async fn with_its_only_task_whatever_a_worker_evaluates_ends_but_nothing_that_it_begins_later() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    let evaluation = worker.cancelled(|_| false);
    net.network.cancel(&keys).await.unwrap();
    assert_eq!(soon(evaluation).await, keys[0]);

    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    net.network.cancel(&keys).await.unwrap();
    until(async || worker.has_cancels()).await;
    assert!(worker.cancelled(|_| false).now_or_never().is_none());
    heart.stop().await;
}

#[tokio::test]
async fn a_cancelled_task_whose_evaluation_is_over_ends_no_other() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    net.network.cancel(&keys).await.unwrap();
    // Nobody has heard of the cancels when the worker is refused.
    assert_eq!(worker.finish(&[outcome(&keys[0])]).await.unwrap(), keys[..1]);
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    until(async || worker.has_cancels()).await;
    assert!(worker.cancelled(of(0)).now_or_never().is_none(), "the same point may be tried again");
    // And here it has heard.
    assert_eq!(worker.fail(&[failure(&keys[1])]).await.unwrap(), keys[1..]);
    assert!(!worker.has_cancels());
    heart.stop().await;
}

#[tokio::test]
async fn a_message_that_nobody_heard_costs_a_beat_and_no_cancel() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&tasks_from(0, 2)).await.unwrap();
    net.network.cancel(&keys[..1]).await.unwrap();
    let period = Duration::from_millis(10);
    let settings = HeartSettings { period, expire: NEVER, ..HeartSettings::default() };
    let heart = Heart::start(&net.network, settings).await.unwrap();
    assert_eq!(soon(worker.cancelled(of(0))).await, keys[0]);
    let left = async || net.raw::<usize>(&format!("HEXISTS promises:{} cancels", worker.id()));
    until(async || left().await == 0).await;
    assert!(!worker.has_cancels(), "it was heard once, however many beats have brought it");
    heart.stop().await;
}

#[tokio::test]
async fn a_beat_takes_away_only_what_its_process_has_heard() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    net.network.cancel(&keys).await.unwrap();
    let notes = async || net.raw::<Option<String>>(&format!("HGET promises:{} cancels", worker.id()));
    let both = Some(format!("{}=1 {}=2", keys[0], keys[1]));
    // The first beat has only brought them.
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    until(async || worker.has_cancels()).await;
    assert_eq!(notes().await, both);
    heart.stop().await;
    let more = worker.push_running(&new_tasks(1)).await.unwrap();
    net.network.cancel(&more).await.unwrap();
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    until(async || notes().await == Some(format!("{}=3", more[0]))).await;
    heart.stop().await;
}

#[tokio::test]
async fn a_cancelled_task_frees_its_place_in_an_exact_budget() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    net.network.set_budget(Some(2));
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    let full = worker.push_running(&new_tasks(1)).await;
    assert!(matches!(full, Err(Error::BudgetExhausted { left: 0 })), "{full:?}");
    net.network.cancel(&keys[..1]).await.unwrap();
    assert_eq!(worker.push_running(&new_tasks(1)).await.unwrap().len(), 1);
    net.check();
}

#[tokio::test]
async fn the_next_life_of_a_worker_hears_nothing_of_the_cancels_of_the_last() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("calm_otter")).await.unwrap();
    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    net.network.cancel(&keys).await.unwrap();
    worker.end(&End::returned()).await.unwrap();
    net.check();
    let worker = net.network.register(named("calm_otter")).await.unwrap();
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    assert!(worker.cancelled(of(0)).now_or_never().is_none() && !worker.has_cancels());
    net.network.cancel(&keys).await.unwrap();
    assert_eq!(soon(worker.cancelled(of(0))).await, keys[0], "its own it does hear");
    heart.stop().await;
}

#[tokio::test]
async fn who_waits_for_a_running_task_hears_that_it_was_cancelled() {
    let net = Fixture::new().await;
    let (worker, other) = (net.worker().await, net.worker().await);
    let keys = other.push_running(&new_tasks(1)).await.unwrap();
    let both = async { tokio::join!(worker.wait(&keys, None), net.network.cancel(&keys)) };
    assert!(soon(both).await.0.unwrap());
}
