//! A Redis that is full.

use std::time::Duration;

use rush_network::{
    Burial, Cancelled, Counts, End, Error, FailedTask, Failure, FinishedTask, Heart, HeartSettings, Outcome,
    State, Verdict,
};

use crate::fixture::{Fixture, named, new_tasks, only_wakeups, soon, until, ys};

impl Fixture {
    fn fill(&self) {
        let _: () = self.raw("CONFIG SET maxmemory 1");
    }

    fn make_room(&self) {
        let _: () = self.raw("CONFIG SET maxmemory 0");
    }
}

fn full<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(matches!(error, Error::StorageFull { .. }), "{error:?}");
}

#[tokio::test]
async fn what_would_be_stored_is_refused_and_nothing_is_written() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    let outcomes: Vec<_> = keys.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
    let failures: Vec<_> = keys.iter().map(|key| Failure { key: key.clone(), condition: None }).collect();
    let before = net.check().tasks();
    net.fill();
    full(net.network.push(&new_tasks(2), None).await);
    full(net.network.push(&new_tasks(2), Some(worker.id())).await);
    full(net.network.push_finished(&[FinishedTask::default()]).await);
    full(net.network.push_failed(&[FailedTask::default()]).await);
    full(worker.push_running(&new_tasks(300)).await);
    full(worker.finish(&outcomes).await);
    full(worker.fail(&failures).await);
    full(worker.finish_and_push_running(&outcomes, &new_tasks(1)).await);
    let hash = vec![("model".to_owned(), ys(1)), ("meta".to_owned(), ys(2))];
    full(worker.write_hashes(&[hash.clone(), hash.clone()]).await);
    full(net.network.write_hashes(std::slice::from_ref(&hash)).await);
    net.network.set_budget(Some(100));
    full(worker.push_running(&new_tasks(2)).await);
    full(net.network.push(&new_tasks(2), None).await);
    full(worker.finish_and_push_running(&outcomes, &new_tasks(1)).await);
    full(net.network.register(named("one-more")).await);
    full(net.network.store_config("a").await);
    full(net.network.store_blob(b"b", None).await);
    assert_eq!(net.check().tasks(), before);
    net.make_room();
    assert!(worker.finish(&outcomes).await.unwrap().is_empty());
    assert_eq!(worker.write_hashes(&[hash]).await.unwrap().len(), 1);
    assert_eq!(worker.push_running(&new_tasks(98)).await.unwrap().len(), 98);
    net.check();
}

#[tokio::test]
async fn it_can_still_be_looked_at_and_worked_off() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let queued = net.network.push(&new_tasks(4), None).await.unwrap();
    let hashes = worker.write_hashes(&[vec![("model".to_owned(), ys(1))]]).await.unwrap();
    net.fill();
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 4, ..Counts::default() });
    assert_eq!(net.network.tasks(&State::ALL).await.unwrap().len(), 4);
    assert_eq!(net.network.states(&queued).await.unwrap(), [Some(State::Queued); 4]);
    assert!(worker.read_hashes(&hashes, &["model".to_owned()]).await.unwrap()[0].is_some());
    assert_eq!(net.network.worker_counts().await.unwrap()[0].1, 1);
    assert_eq!(net.network.workers().await.unwrap().len(), 1);
    assert_eq!(worker.pop(Duration::ZERO).await.unwrap().unwrap().key, queued[0]);
    assert_eq!(net.network.cancel_queued(Some(&queued[2..3])).await.unwrap(), queued[2..3]);
    assert_eq!(net.network.cancel_queued(None).await.unwrap().len(), 2);
    assert_eq!(net.network.empty_queue().await.unwrap(), 0);
    net.check();
}

#[tokio::test]
async fn ends_and_burials_pass_and_so_does_whatever_makes_room() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let mut workers = Vec::new();
    for _ in 0..4 {
        let worker = net.worker().await;
        worker.push_running(&new_tasks(2)).await.unwrap();
        net.network.push(&new_tasks(1), Some(worker.id())).await.unwrap();
        workers.push(worker);
    }
    net.fill();
    assert_eq!(net.network.terminate(&[workers[0].id().clone()]).await.unwrap(), [true]);
    until(async || workers[0].terminated()).await;
    workers[0].end(&End::returned()).await.unwrap();
    let ended = Burial::Ended { failed: 2, requeued: 0, restart: false };
    assert_eq!(net.network.kill(workers[1].id()).await.unwrap(), ended);
    assert_eq!(net.network.bury(workers[2].id(), None, "gone").await.unwrap(), ended);
    assert_eq!(soon(workers[1].verdict()).await, Verdict::Killed);
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 4, running: 2, failed: 6, finished: 0 });
    let running = net.network.task_keys(&[State::Running]).await.unwrap().remove(0).1;
    let cancelled = [Cancelled::Running { worker: workers[3].id().clone() }];
    assert_eq!(net.network.cancel(&running[..1]).await.unwrap(), cancelled);
    assert_eq!(soon(workers[3].cancelled(|_| true)).await, running[0]);
    net.check();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
    heart.stop().await;
}

#[tokio::test]
async fn hearts_beat_on_also_when_a_beat_was_lost() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    net.fill();
    let heartbeat = format!("promises:{}:heartbeat", worker.id());
    let _: () = net.raw(&format!("DEL {heartbeat}"));
    let settings =
        HeartSettings { period: Duration::from_millis(20), expire: Duration::from_secs(5), ..only_wakeups() };
    let heart = Heart::start(&net.network, settings).await.unwrap();
    until(async || net.raw::<bool>(&format!("EXISTS {heartbeat}"))).await;
    net.check();
    heart.stop().await;
}
