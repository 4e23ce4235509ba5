//! Requests that were given up come late, after what others have done since.

use std::time::{Duration, SystemTime};

use redis::ConnectionLike as _;
use rush_network::{
    Burial, End, Error, FailedTask, Failure, FinishedTask, LogEvent, LogLevel, LogPosition, Registration,
    fields, script_name_of,
};
use rush_test_redis::Fault;

use crate::{NETWORK, Stage, outcomes, tasks};

/// The network of a worker keeps requests that were given up: they come late, after what the worker has done since.
#[tokio::test]
async fn a_request_that_comes_twice_and_late_changes_nothing() {
    let stage = Stage::new(Fault::LoseReply).await;
    let mut connection = stage.redis.connection();
    let recorded = record(&stage, async {
        let worker = stage.worker().await;
        let popped = stage.network.push(&tasks(2), None).await.unwrap();
        stage.network.push(&tasks(1), Some(worker.id())).await.unwrap();
        let task = worker.pop(Duration::ZERO).await.unwrap().unwrap();
        let keys = worker.push_running(&tasks(2)).await.unwrap();
        let next = worker.finish_and_push_running(&outcomes(&keys[..1]), &tasks(1)).await.unwrap();
        worker.finish(&outcomes(&next)).await.unwrap();
        worker.fail(&[Failure { key: keys[1].clone(), condition: None }]).await.unwrap();
        worker.finish(&outcomes(&[task.key])).await.unwrap();
        stage.network.push_finished(&[FinishedTask::default()]).await.unwrap();
        stage.network.push_failed(&[FailedTask::default()]).await.unwrap();
        worker.pop(Duration::ZERO).await.unwrap().unwrap();
        worker.write_hashes(&[vec![("model".to_owned(), fields! { "slope" => 1.5 })]]).await.unwrap();
        worker.log(&[event("first")]).await.unwrap();
        worker.log(&[event("second")]).await.unwrap();
        stage.network.cancel_queued(Some(&popped)).await.unwrap();
        assert_eq!(popped.len(), 2);
        let running = worker.push_running(&tasks(2)).await.unwrap();
        stage.network.cancel(&running[..1]).await.unwrap();
        worker
    })
    .await;
    let (worker, requests) = recorded;
    let before = stage.check();
    let log = async || stage.calm.read_log(None, &LogPosition::default()).await.unwrap().events.len();
    assert_eq!(log().await, 2);
    assert!(requests.len() >= 13, "{} requests", requests.len());
    for request in &requests {
        connection.req_packed_command(request).unwrap();
        let now = stage.check();
        assert_eq!((now.tasks(), now.workers()), (before.tasks(), before.workers()));
    }
    worker.end(&End::returned()).await.unwrap();
    let before = stage.check();
    for request in &requests {
        connection.req_packed_command(request).unwrap();
        let now = stage.check();
        assert_eq!((now.tasks(), now.workers()), (before.tasks(), before.workers()), "after its end");
    }
    assert_eq!(log().await, 2);
}

/// Whoever empties or cancels in between must not make a call run a second time, which would take what was pushed since.
#[tokio::test]
async fn an_answer_is_known_again_also_after_the_calls_of_others() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    let push = async || stage.calm.push(&tasks(2), None).await.unwrap();
    let ((), requests) = record(&stage, async {
        push().await;
        assert_eq!(stage.network.empty_queue().await.unwrap(), 2);
        let keys = push().await;
        assert_eq!(stage.network.cancel_queued(None).await.unwrap(), keys);
        push().await;
        assert_eq!(worker.empty_queue().await.unwrap(), 2);
    })
    .await;
    let mut connection = stage.redis.connection();
    push().await;
    stage.calm.empty_queue().await.unwrap();
    push().await;
    stage.calm.cancel_queued(None).await.unwrap();
    push().await;
    let before = stage.check();
    assert_eq!(before.counts(), [2, 0, 0, 10]);
    for request in &requests {
        connection.req_packed_command(request).unwrap();
        assert_eq!(stage.check().tasks(), before.tasks());
    }
    let forgotten: i64 = redis::cmd("PTTL").arg(format!("{NETWORK}:answers")).query(&mut connection).unwrap();
    assert!((1..=600_000).contains(&forgotten), "{forgotten}");
}

/// There was nothing to do, and that is an answer, too.
#[tokio::test]
async fn what_found_nothing_to_do_finds_nothing_when_it_comes_again_late() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    let ((), requests) = record(&stage, async {
        assert_eq!(stage.network.empty_queue().await.unwrap(), 0);
        assert_eq!(worker.empty_queue().await.unwrap(), 0);
        assert!(stage.network.cancel_queued(None).await.unwrap().is_empty());
        assert_eq!(stage.network.reset_tasks().await.unwrap(), 0);
    })
    .await;
    assert!(requests.len() >= 4, "{} requests", requests.len());
    stage.network.push(&tasks(2), None).await.unwrap();
    let before = stage.check();
    assert_eq!(before.counts(), [2, 0, 0, 0]);
    let mut connection = stage.redis.connection();
    for request in &requests {
        connection.req_packed_command(request).unwrap();
        assert_eq!(stage.check().tasks(), before.tasks());
    }
}

/// A pop that found nothing was given up, and comes again when there is something: the worker gets that with its next one.
#[tokio::test]
async fn what_a_pop_takes_that_comes_late_is_what_the_next_one_gets() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    let (nothing, requests) = record(&stage, worker.pop(Duration::ZERO)).await;
    assert!(nothing.unwrap().is_none());
    let keys = stage.network.push(&tasks(2), None).await.unwrap();
    let mut connection = stage.redis.connection();
    for request in &requests {
        connection.req_packed_command(request).unwrap();
    }
    assert_eq!(stage.check().counts(), [1, 1, 0, 0]);
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[0]);
    change_nothing(&stage, &requests);
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[1]);
    change_nothing(&stage, &requests);
}

/// Nobody heard of the task, and it is settled: the next pop looks for another at once.
#[tokio::test]
async fn a_pop_whose_task_was_cancelled_before_anybody_heard_of_it_gets_another() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    let (nothing, requests) = record(&stage, worker.pop(Duration::ZERO)).await;
    assert!(nothing.unwrap().is_none());
    let keys = stage.network.push(&tasks(2), None).await.unwrap();
    for request in &requests {
        stage.redis.connection().req_packed_command(request).unwrap();
    }
    stage.calm.cancel(&keys[..1]).await.unwrap();
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, keys[1]);
    change_nothing(&stage, &requests);
}

#[tokio::test]
async fn only_the_last_hundred_answers_are_kept() {
    let stage = Stage::new(Fault::LoseReply).await;
    for _ in 0..120 {
        stage.calm.push(&tasks(1), None).await.unwrap();
        assert_eq!(stage.calm.cancel_queued(None).await.unwrap().len(), 1);
    }
    let fields: usize =
        redis::cmd("HLEN").arg(format!("{NETWORK}:answers")).query(&mut stage.redis.connection()).unwrap();
    assert_eq!(fields, 2 * 100 + 1);
}

/// These requests come once more, and leave tasks and workers as they are.
fn change_nothing(stage: &Stage, requests: &[Vec<u8>]) {
    let before = stage.check();
    for request in requests {
        stage.redis.connection().req_packed_command(request).unwrap();
        let now = stage.check();
        assert_eq!((now.tasks(), now.workers()), (before.tasks(), before.workers()));
    }
}

/// A reset that was given up and comes late must not take apart what others have begun meanwhile.
#[tokio::test]
async fn a_reset_that_comes_late_leaves_the_next_network_alone() {
    let stage = Stage::new(Fault::LoseReply).await;
    stage.worker().await;
    let (reset, requests) = record(&stage, stage.network.reset()).await;
    reset.unwrap();
    stage.worker().await.push_running(&tasks(2)).await.unwrap();
    change_nothing(&stage, &requests);
}

/// The same for one that takes the tasks alone.
#[tokio::test]
async fn a_reset_of_the_tasks_that_comes_late_leaves_the_next_ones_alone() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    worker.push_running(&tasks(2)).await.unwrap();
    let (reset, requests) = record(&stage, stage.network.reset_tasks()).await;
    assert_eq!(reset.unwrap(), 2);
    worker.push_running(&tasks(2)).await.unwrap();
    stage.network.push(&tasks(2), None).await.unwrap();
    change_nothing(&stage, &requests);
}

/// The first burial was given up, and comes when the worker was started again: that is another life.
#[tokio::test]
async fn a_burial_that_comes_late_does_not_end_the_next_life() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    let (burial, requests) = record(&stage, stage.network.bury(worker.id(), None, "gone")).await;
    assert!(matches!(burial.unwrap(), Burial::Ended { .. }));
    let again = Registration { id: Some(worker.id().clone()), ..Registration::default() };
    let again = stage.network.register(again).await.unwrap();
    again.push_running(&tasks(1)).await.unwrap();
    change_nothing(&stage, &requests);
}

/// What was refused must stay refused when there is room later: nobody would know of the tasks.
#[tokio::test]
async fn a_push_that_the_budget_refused_creates_nothing_when_it_comes_again_late() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    stage.network.set_budget(Some(2));
    let keys = worker.push_running(&tasks(2)).await.unwrap();
    let refused = |answer: Result<Vec<rush_network::TaskKey>, Error>| {
        assert!(matches!(answer, Err(Error::BudgetExhausted { left: 0 })), "{answer:?}");
    };
    let ((), requests) = record(&stage, async {
        refused(worker.push(&tasks(1), None).await);
        refused(worker.push(&tasks(1), Some(worker.id())).await);
        refused(worker.push_finished(&[FinishedTask::default()]).await);
        refused(worker.push_running(&tasks(1)).await);
        let next = worker.finish_and_push_running(&outcomes(&keys[..1]), &tasks(1)).await.unwrap();
        assert!(next.is_empty());
    })
    .await;
    assert!(requests.len() >= 5, "{} requests", requests.len());
    worker.fail(&[Failure { key: keys[1].clone(), condition: None }]).await.unwrap();
    let before = stage.check();
    let mut connection = stage.redis.connection();
    for request in &requests {
        connection.req_packed_command(request).unwrap();
        assert_eq!(stage.check().tasks(), before.tasks());
    }
    assert_eq!(worker.push_running(&tasks(1)).await.unwrap().len(), 1, "a new one is granted");
    worker.end(&End::returned()).await.unwrap();
    let again = Registration { id: Some(worker.id().clone()), ..Registration::default() };
    let again = stage.network.register(again).await.unwrap();
    assert_eq!(again.push_running(&tasks(1)).await.unwrap().len(), 1, "its next life counts anew");
    stage.check();
}

pub(crate) fn event(message: &str) -> LogEvent {
    LogEvent {
        time: SystemTime::UNIX_EPOCH,
        level: LogLevel::Info,
        logger: "test".into(),
        caller: String::new(),
        message: message.into(),
    }
}

/// All calls of scripts that go through the proxy meanwhile, as their bytes.
pub(crate) async fn record<T>(stage: &Stage, calls: impl Future<Output = T>) -> (T, Vec<Vec<u8>>) {
    let requests = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&requests);
    stage.proxy.once(Fault::LoseReply, move |request| {
        if script_name_of(request).is_some() {
            seen.lock().unwrap().push(request.to_vec());
        }
        false
    });
    let value = calls.await;
    let requests = requests.lock().unwrap().clone();
    (value, requests)
}
