//! One of three processes dies while all their workers are busy, again and again.
//!
//! A process is all that one has of a network here: a handle, a heart, workers at work, connections. When it dies its connections
//! break in the middle of whatever was on its way, and nothing of it is ever heard again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use rush_network::{
    Burial, Heart, HeartSettings, Network, OnLost, Outcome, Registration, State, Worker, WorkerId,
    WorkerState,
};
use rush_test_redis::Proxy;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, behind, new_tasks, until, ys};

const KILLS: usize = 50;
const WORKERS: usize = 4;
/// Of so many deaths one is noticed by the missing heartbeat alone; of the others the parent tells.
const SILENT: usize = 10;
const BEATS: HeartSettings = HeartSettings {
    period: Duration::from_millis(50),
    expire: Duration::from_secs(1),
    stop: rush_network::StopConditions { finished: None, exact: false, failed: None, after: None },
};

struct Process {
    proxy: Proxy,
    heart: Heart,
    workers: Vec<WorkerId>,
    work: JoinSet<()>,
}

impl Process {
    /// Starts workers under these ids: as often as they are lost.
    async fn start(net: &Fixture, ids: Vec<WorkerId>, done: &Arc<AtomicUsize>) -> Self {
        let proxy = Proxy::start(net.redis.socket());
        let network = behind(&proxy).await;
        let heart = Heart::start(&network, BEATS).await.unwrap();
        let mut work = JoinSet::new();
        for (number, id) in ids.iter().enumerate() {
            let registration = Registration {
                id: Some(id.clone()),
                period: BEATS.period,
                expire: BEATS.expire,
                on_lost: if number % 2 == 0 { OnLost::Requeue { max_attempts: 1000 } } else { OnLost::Fail },
                max_restarts: 1000,
                ..Registration::default()
            };
            let worker = network.register(registration).await.unwrap();
            work.spawn(busy(worker, Arc::clone(done)));
        }
        Self { proxy, heart, workers: ids, work }
    }

    /// As `kill -9` does: nothing is told to anybody.
    async fn die(mut self) -> Vec<WorkerId> {
        drop(self.proxy);
        self.work.abort_all();
        while let Some(ended) = self.work.join_next().await {
            // Nothing goes wrong for a worker as long as it lives.
            assert!(ended.is_err_and(|error| error.is_cancelled()));
        }
        self.heart.stop().await;
        self.workers
    }
}

/// Works off the queue, and makes tasks of its own.
async fn busy(worker: Worker, done: Arc<AtomicUsize>) {
    loop {
        let Some(task) = worker.pop(Duration::from_millis(100)).await.unwrap() else { continue };
        let own = worker.push_running(&new_tasks(2)).await.unwrap();
        let outcome = |key| Outcome::new(key, ys(1));
        let refused = worker.finish(&[outcome(task.key), outcome(own[0].clone())]).await.unwrap();
        assert!(refused.is_empty(), "what a living worker is running is nobody else's: {refused:?}");
        assert!(worker.finish(&[outcome(own[1].clone())]).await.unwrap().is_empty());
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn are_lost(network: &Network, ids: &[WorkerId]) -> bool {
    let workers = network.workers_of(ids).await.unwrap();
    workers.iter().all(|worker| worker.state == WorkerState::Lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_busy_processes_one_dies_fifty_times_and_only_its_tasks_are_settled() {
    let net = Fixture::new().await;
    let manager = net.another().await;
    let judge = Heart::start(&manager, BEATS).await.unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let mut processes = Vec::new();
    for process in 0..3 {
        let ids = (0..WORKERS).map(|worker| format!("worker-{process}-{worker}"));
        let ids = ids.map(|id| WorkerId::parse(id).unwrap()).collect();
        processes.push(Process::start(&net, ids, &done).await);
    }
    let mut pushed = 0;
    for kill in 1..=KILLS {
        // All are busy: there is work for each, and some of it is done.
        let before = done.load(Ordering::Relaxed);
        pushed += manager.push(&new_tasks(20), None).await.unwrap().len();
        until(async || done.load(Ordering::Relaxed) >= before + 10).await;
        let ids = processes.remove(0).die().await;
        let others: Vec<WorkerId> = processes.iter().flat_map(|process| process.workers.clone()).collect();
        if kill % SILENT == 0 {
            until(async || are_lost(&manager, &ids).await).await;
        } else {
            let burials = join_all(ids.iter().map(|id| manager.bury(id, None, "killed"))).await;
            let told = burials.iter().map(|burial| matches!(burial, Ok(Burial::Ended { restart: true, .. })));
            assert!(told.into_iter().all(|told| told), "{burials:?}");
        }
        net.check();
        assert!(are_lost(&manager, &ids).await);
        for worker in manager.workers_of(&others).await.unwrap() {
            assert_eq!(worker.state, WorkerState::Running, "{worker:?}");
        }
        processes.push(Process::start(&net, ids, &done).await);
    }
    // What was pushed is finished, or has failed with one of those that said so; each exactly once.
    until(async || manager.counts().await.unwrap().queued == 0).await;
    until(async || manager.counts().await.unwrap().running == 0).await;
    let mut finished_of_queue = 0;
    let mut failed_of_queue = 0;
    for task in manager.tasks(&State::ALL).await.unwrap() {
        match task.state {
            State::Finished => finished_of_queue += usize::from(task.attempt > 0),
            State::Failed => {
                failed_of_queue += usize::from(task.attempt > 0);
                let condition = task.condition.unwrap();
                assert_eq!(condition.message, "Worker has crashed or was killed");
            }
            State::Queued | State::Running => panic!("{task:?}"),
        }
    }
    assert_eq!(finished_of_queue + failed_of_queue, pushed);
    assert!(finished_of_queue > pushed / 2, "{finished_of_queue} of {pushed}");
    let lives: u64 = manager.workers().await.unwrap().iter().map(|worker| worker.incarnation).sum();
    assert_eq!(lives, (3 * WORKERS + KILLS * WORKERS) as u64);
    net.check();
    for process in processes {
        process.die().await;
    }
    judge.stop().await;
}
