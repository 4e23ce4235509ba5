//! Random interleavings of what managers and workers do, against a real Redis. After each step the answer is what a model of the
//! network predicts, each task is where the model has it, and everything holds that must always hold.
//!
//! `PROPTEST_CASES` sets how many interleavings are tried.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod model;

use std::{collections::BTreeSet, time::Duration};

use model::{
    Ended, Model, Policy, TaskState, Way,
    step::{Step, WORKERS, step},
};
use proptest::prelude::*;
use rush_network::{
    Burial, Cancelled, End, EndKind, Error, FailedTask, Failure, FinishedTask, LaunchId, LaunchRecord,
    LaunchedProcess, LaunchedWorker, Network, NetworkId, NewTask, OnLost, Outcome, Registration, Settings,
    State, TaskKey, Worker, WorkerId, fields,
};
use rush_test_redis::{Snapshot, TestRedis};

const NETWORK: &str = "machine";

fn id(worker: usize) -> WorkerId {
    WorkerId::parse(format!("worker-{worker}")).unwrap()
}

fn launch_id(launch: usize) -> LaunchId {
    LaunchId::parse(format!("{launch:012x}")).unwrap()
}

fn record(launch: usize) -> LaunchRecord {
    let workers = (0..WORKERS).map(|worker| LaunchedWorker { id: id(worker), before: 0 }).collect();
    LaunchRecord {
        id: launch_id(launch),
        launcher: "slurm".to_owned(),
        from: "here".to_owned(),
        at: 0,
        name: String::new(),
        job: None,
        processes: vec![LaunchedProcess { place: String::new(), first_index: 0, workers, failure: None }],
    }
}

fn new_tasks(count: usize) -> Vec<NewTask> {
    vec![NewTask::from(fields! { "x" => 1_i64 }); count]
}

/// The real network, and what we think of it.
struct Run {
    network: Network,
    model: Model,
    /// The last incarnation of each worker, registered or not.
    workers: Vec<Worker>,
    /// The one before.
    ghosts: Vec<Option<Worker>>,
}

impl Run {
    async fn begin(network: Network) -> Self {
        let mut run =
            Self { network, model: Model::new(WORKERS), workers: Vec::new(), ghosts: vec![None; WORKERS] };
        for worker in 0..WORKERS {
            // Two of them let go what they popped, the one never, because it was tried often enough.
            let max_attempts = [Some(1), None, Some(2), None][worker];
            let policy = Policy { max_attempts, max_restarts: 1, managed: worker == 0 };
            let registered = run.register(worker, policy, None, None).await.unwrap();
            run.workers.push(registered);
            run.model.register(worker, policy);
        }
        run
    }

    async fn register(
        &self,
        worker: usize,
        policy: Policy,
        launch: Option<usize>,
        after: Option<u64>,
    ) -> Result<Worker, Error> {
        let long = Duration::from_hours(1);
        let registration = Registration {
            id: Some(id(worker)),
            period: long,
            expire: long,
            on_lost: policy
                .max_attempts
                .map_or(OnLost::Fail, |max_attempts| OnLost::Requeue { max_attempts }),
            max_restarts: policy.max_restarts,
            managed: policy.managed,
            launch: launch.map(launch_id),
            after,
            ..Registration::default()
        };
        self.network.register(registration).await
    }

    /// The keys that are meant, each once.
    fn chosen(&self, tasks: &[usize]) -> Vec<TaskKey> {
        let mut keys: Vec<TaskKey> = Vec::new();
        for number in tasks {
            if let Some(key) = self.model.key(*number).filter(|key| !keys.contains(key)) {
                keys.push(key);
            }
        }
        keys
    }

    /// What a worker's call must answer: refused as a whole if the worker is not registered.
    fn judge<T: std::fmt::Debug>(&self, worker: usize, answer: Result<T, Error>) -> Option<T> {
        match (self.model.runs(worker), answer) {
            (true, Ok(answer)) => Some(answer),
            (false, Err(Error::LostOwnership { .. })) => None,
            (runs, answer) => panic!("worker {worker} (running: {runs}) was answered {answer:?}"),
        }
    }

    /// The same for what creates so many tasks: refused as a whole if the budget has no room for all of them.
    fn judge_push(
        &self,
        worker: usize,
        count: usize,
        answer: Result<Vec<TaskKey>, Error>,
    ) -> Option<Vec<TaskKey>> {
        if self.model.runs(worker) { self.admit(count, answer) } else { self.judge(worker, answer) }
    }

    fn admit(&self, count: usize, answer: Result<Vec<TaskKey>, Error>) -> Option<Vec<TaskKey>> {
        match (self.model.left(), answer) {
            (Some(expected), Err(Error::BudgetExhausted { left })) if expected < count as u64 => {
                assert_eq!(left, expected);
                None
            }
            (None, Ok(keys)) => Some(keys),
            (Some(left), Ok(keys)) if left >= count as u64 => Some(keys),
            (left, answer) => panic!("with room for {left:?}, {count} tasks were answered {answer:?}"),
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Push { count } => {
                let answer = self.network.push(&new_tasks(*count), None).await;
                if let Some(keys) = self.admit(*count, answer) {
                    self.model.add(keys, TaskState::Queued { own: None });
                }
            }
            Step::PushToWorker { target, count } => {
                let answer = self.network.push(&new_tasks(*count), Some(&id(*target))).await;
                if let Some(keys) = self.admit(*count, answer) {
                    let own = self.model.runs(*target).then_some(*target);
                    self.model.add(keys, TaskState::Queued { own });
                }
            }
            Step::WorkerPushes { worker, target, count } if *count > 0 => {
                let target_id = target.map(id);
                let answer = self.workers[*worker].push(&new_tasks(*count), target_id.as_ref()).await;
                if let Some(keys) = self.judge_push(*worker, *count, answer) {
                    let own = target.filter(|target| self.model.runs(*target));
                    self.model.add(keys, TaskState::Queued { own });
                }
            }
            Step::PushRunning { worker, count } if *count > 0 => {
                let answer = self.workers[*worker].push_running(&new_tasks(*count)).await;
                if let Some(keys) = self.judge_push(*worker, *count, answer) {
                    self.model.add(keys, TaskState::Running { owner: *worker });
                }
            }
            Step::PushFinished { count } => {
                let answer = self.network.push_finished(&vec![FinishedTask::default(); *count]).await;
                if let Some(keys) = self.admit(*count, answer) {
                    self.model.add(keys, TaskState::Finished { by: None });
                }
            }
            Step::PushFailed { worker, count } if *count > 0 => {
                let answer = self.workers[*worker].push_failed(&vec![FailedTask::default(); *count]).await;
                if let Some(keys) = self.judge(*worker, answer) {
                    self.model.add(keys, TaskState::Failed { by: None });
                }
            }
            Step::Pop { worker } => {
                let answer = self.workers[*worker].pop(Duration::ZERO).await;
                if let Some(task) = self.judge(*worker, answer) {
                    let task = task.map(|task| (task.key, task.attempt));
                    assert_eq!(task, self.model.pop(*worker));
                }
            }
            Step::Finish { worker, tasks } => {
                let outcomes: Vec<_> = self.chosen(tasks).into_iter().map(outcome).collect();
                if !outcomes.is_empty() {
                    let answer = self.workers[*worker].finish(&outcomes).await;
                    if let Some(refused) = self.judge(*worker, answer) {
                        assert_eq!(refused, self.model.finish(*worker, &self.chosen(tasks)));
                    }
                }
            }
            Step::Fail { worker, tasks } => {
                let keys = self.chosen(tasks);
                let failures: Vec<_> =
                    keys.iter().map(|key| Failure { key: key.clone(), condition: None }).collect();
                if !failures.is_empty() {
                    let answer = self.workers[*worker].fail(&failures).await;
                    if let Some(refused) = self.judge(*worker, answer) {
                        assert_eq!(refused, self.model.fail(*worker, &keys));
                    }
                }
            }
            Step::FinishAndPush { worker, tasks, count } => {
                let keys = self.chosen(tasks);
                if !keys.is_empty() && *count > 0 {
                    let outcomes: Vec<_> = keys.iter().cloned().map(outcome).collect();
                    let answer =
                        self.workers[*worker].finish_and_push_running(&outcomes, &new_tasks(*count)).await;
                    if let Some(created) = self.judge(*worker, answer) {
                        let refused = self.model.finish(*worker, &keys);
                        let fits = self.model.left().is_none_or(|left| *count as u64 <= left);
                        assert_eq!(created.len(), if refused.is_empty() && fits { *count } else { 0 });
                        self.model.add(created, TaskState::Running { owner: *worker });
                    }
                }
            }
            Step::EmptyQueue => {
                assert_eq!(self.network.empty_queue().await.unwrap(), self.model.empty_queue());
            }
            Step::Cancel { tasks } => {
                let named = tasks.as_deref().map(|tasks| self.chosen(tasks));
                let cancelled = self.network.cancel_queued(named.as_deref()).await.unwrap();
                assert_eq!(BTreeSet::from_iter(cancelled), self.model.cancel(named.as_deref()));
            }
            Step::CancelAny { tasks } => {
                let keys = self.chosen(tasks);
                let expected = self.model.cancel_any(&keys).into_iter().map(|was| match was {
                    TaskState::Queued { .. } => Cancelled::Queued,
                    TaskState::Running { owner } => Cancelled::Running { worker: id(owner) },
                    TaskState::Finished { .. } => Cancelled::Not(State::Finished),
                    TaskState::Failed { .. } => Cancelled::Not(State::Failed),
                });
                let expected: Vec<_> = expected.collect();
                assert_eq!(self.network.cancel(&keys).await.unwrap(), expected);
            }
            Step::Budget { more } => {
                self.model.set_budget(*more);
                self.network.set_budget(self.model.budget());
            }
            Step::End { worker, time_up } => {
                let (end, way) = if *time_up {
                    (End::new(EndKind::TimeUp, ""), Way::TimeUp)
                } else {
                    (End::returned(), Way::Returned)
                };
                let answer = self.workers[*worker].end(&end).await;
                if self.judge(*worker, answer).is_some() {
                    self.model.end(*worker, way, &[]);
                }
            }
            Step::Kill { worker } => {
                let burial = self.network.kill(&id(*worker)).await.unwrap();
                self.expect_burial(*worker, &burial, Way::Killed).await;
            }
            Step::Bury { worker } => {
                let incarnation = Some(self.workers[*worker].incarnation());
                let burial = self.network.bury(&id(*worker), incarnation, "gone").await.unwrap();
                self.expect_burial(*worker, &burial, Way::Lost).await;
            }
            Step::Terminate { worker } => {
                let asked = self.network.terminate(&[id(*worker)]).await.unwrap();
                assert_eq!(asked, [self.model.terminate(*worker)]);
            }
            Step::ResetTasks => {
                assert_eq!(self.network.reset_tasks().await.unwrap(), self.model.reset_tasks());
            }
            Step::Restart { worker, policy, launch, after } => {
                let answer = self.register(*worker, *policy, *launch, *after).await;
                let last = self.workers[*worker].incarnation();
                let permitted = launch.is_none_or(|launch| self.model.has_launch(launch));
                match (self.model.runs(*worker), answer) {
                    (_, Err(Error::LaunchWithdrawn { .. })) if !permitted => {}
                    (_, Err(Error::WorkerRemoved { .. }))
                        if permitted && after.is_some_and(|it| it > last) => {}
                    (_, Err(Error::WorkerTaken { .. })) if permitted && after.is_some_and(|it| it < last) => {
                    }
                    (true, Err(Error::WorkerTaken { .. })) if permitted => {}
                    (false, Ok(registered)) if permitted && after.is_none_or(|it| it == last) => {
                        assert_eq!(registered.incarnation(), last + 1);
                        self.ghosts[*worker] =
                            Some(std::mem::replace(&mut self.workers[*worker], registered));
                        self.model.register(*worker, *policy);
                    }
                    (runs, answer) => panic!("worker {worker} (running: {runs}) registered: {answer:?}"),
                }
            }
            Step::Forgo { worker } => {
                self.network.forgo_restarts(&[id(*worker)]).await.unwrap();
                self.model.forgo(*worker);
            }
            Step::Launch { launch } => {
                self.network.record_launch(&record(*launch)).await.unwrap();
                self.model.record(*launch);
            }
            Step::Amend { launch } => {
                let more = LaunchRecord { job: Some("7".to_owned()), ..record(*launch) };
                assert_eq!(self.network.amend_launch(&more).await.unwrap(), self.model.has_launch(*launch));
            }
            Step::Withdraw { launch } => {
                let withdrawn = self.network.withdraw_launches(&[launch_id(*launch)]).await.unwrap();
                assert_eq!(withdrawn == 1, self.model.withdraw(*launch));
            }
            Step::Ghost { worker, tasks } => {
                let keys = self.chosen(tasks);
                if let (Some(ghost), [first, ..]) = (&self.ghosts[*worker], keys.as_slice()) {
                    let failure = Failure { key: first.clone(), condition: None };
                    for refused in [
                        ghost.finish(&[outcome(first.clone())]).await.err(),
                        ghost.fail(&[failure]).await.err(),
                        ghost.pop(Duration::ZERO).await.err(),
                        ghost.push_running(&new_tasks(1)).await.err(),
                        ghost.end(&End::returned()).await.err(),
                    ] {
                        assert!(matches!(refused, Some(Error::LostOwnership { .. })), "{refused:?}");
                    }
                }
            }
            Step::WorkerPushes { .. } | Step::PushRunning { .. } | Step::PushFailed { .. } => {}
        }
    }

    async fn expect_burial(&mut self, worker: usize, burial: &Burial, way: Way) {
        if self.model.runs(worker) {
            let (_, queue) = self.network.task_keys(&[State::Queued]).await.unwrap().remove(0);
            let Ended { failed, requeued, restart } = self.model.end(worker, way, &queue);
            assert_eq!(*burial, Burial::Ended { failed, requeued, restart });
        } else {
            assert!(matches!(burial, Burial::NotRunning { .. }), "{burial:?}");
        }
    }
}

fn outcome(key: TaskKey) -> Outcome {
    Outcome::new(key, fields! { "y" => 1_i64 })
}

#[test]
fn no_interleaving_breaks_a_network() {
    let redis = TestRedis::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256);
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..60))| {
        let mut connection = redis.connection();
        redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
        runtime.block_on(async {
            let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &Settings::new(redis.url())).await.unwrap();
            let mut run = Run::begin(network).await;
            for step in &steps {
                run.take(step).await;
                let snapshot = Snapshot::check(&mut connection, NETWORK);
                assert_eq!(run.model.tasks(), snapshot.tasks(), "after {step:?}");
                assert_eq!(run.model.workers(), snapshot.workers(), "after {step:?}");
                assert_eq!(run.model.to_restart(), *snapshot.to_restart(), "after {step:?}");
                let launches: BTreeSet<_> = run.model.launches().iter().map(|it| launch_id(*it).to_string()).collect();
                assert_eq!(launches, snapshot.launches(), "after {step:?}");
            }
        });
    });
}
