//! What a network should do, in as few words as possible: who is where, and nothing about Redis.

pub(crate) mod step;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rush_network::TaskKey;
use rush_test_redis as real;

/// The states of a task, with who brought it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskState {
    Queued { own: Option<usize> },
    Running { owner: usize },
    Finished { by: Option<usize> },
    Failed { by: Option<FailedBy> },
}

/// Who failed a task that ran: its worker, or whoever ended that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FailedBy {
    worker: usize,
    itself: bool,
}

struct Worker {
    state: &'static str,
    incarnation: u64,
    queue: VecDeque<TaskKey>,
    counted: (usize, usize),
    /// It was asked to end.
    asked: bool,
    /// It has ended, and may be started again.
    may_come_again: bool,
    /// It is lost, and waits for somebody who claims it.
    to_restart: bool,
    /// How often a task is tried, and how often it may be started again.
    policy: Policy,
}

/// What a worker has said about its loss.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Policy {
    pub(crate) max_attempts: Option<u32>,
    pub(crate) max_restarts: u32,
    pub(crate) managed: bool,
}

/// How a worker ends, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Returned,
    TimeUp,
    Killed,
    Lost,
}

impl Way {
    fn state(self) -> &'static str {
        match self {
            Self::Returned | Self::TimeUp => "terminated",
            Self::Killed => "killed",
            Self::Lost => "lost",
        }
    }
}

/// What becomes of the tasks of a worker that ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) failed: u64,
    pub(crate) requeued: u64,
    pub(crate) restart: bool,
}

pub(crate) struct Model {
    order: Vec<TaskKey>,
    tasks: BTreeMap<TaskKey, TaskState>,
    queue: VecDeque<TaskKey>,
    workers: Vec<Worker>,
    budget: Option<u64>,
    /// How often each task was popped.
    attempts: BTreeMap<TaskKey, u32>,
    /// Those that were not withdrawn.
    launches: BTreeSet<usize>,
}

impl Model {
    pub(crate) fn new(workers: usize) -> Self {
        let nobody = || Worker {
            state: "",
            incarnation: 0,
            queue: VecDeque::new(),
            counted: (0, 0),
            asked: false,
            may_come_again: false,
            to_restart: false,
            policy: Policy::default(),
        };
        let workers = std::iter::repeat_with(nobody).take(workers).collect();
        Self {
            order: Vec::new(),
            tasks: BTreeMap::new(),
            queue: VecDeque::new(),
            workers,
            budget: None,
            attempts: BTreeMap::new(),
            launches: BTreeSet::new(),
        }
    }

    pub(crate) fn key(&self, number: usize) -> Option<TaskKey> {
        self.order.get(number.checked_rem(self.order.len())?).cloned()
    }

    pub(crate) fn runs(&self, worker: usize) -> bool {
        self.workers[worker].state == "running"
    }

    pub(crate) fn register(&mut self, worker: usize, policy: Policy) {
        let worker = &mut self.workers[worker];
        worker.state = "running";
        worker.asked = false;
        worker.may_come_again = false;
        worker.to_restart = false;
        worker.policy = policy;
        worker.incarnation += 1;
    }

    pub(crate) fn add(&mut self, keys: Vec<TaskKey>, state: TaskState) {
        for key in keys {
            match state {
                TaskState::Queued { own: Some(worker) } => self.workers[worker].queue.push_back(key.clone()),
                TaskState::Queued { own: None } => self.queue.push_back(key.clone()),
                _ => {}
            }
            self.order.push(key.clone());
            assert!(self.tasks.insert(key, state).is_none(), "keys are new");
        }
    }

    /// Answers which task, and how often it was popped.
    pub(crate) fn pop(&mut self, worker: usize) -> Option<(TaskKey, u32)> {
        let key = self.workers[worker].queue.pop_front().or_else(|| self.queue.pop_front())?;
        self.tasks.insert(key.clone(), TaskState::Running { owner: worker });
        let attempts = self.attempts.entry(key.clone()).or_default();
        *attempts += 1;
        Some((key, *attempts))
    }

    /// Answers who is refused: whose task does not run here, unless this worker has finished it before.
    pub(crate) fn finish(&mut self, worker: usize, keys: &[TaskKey]) -> Vec<TaskKey> {
        let done = TaskState::Finished { by: Some(worker) };
        self.settle(worker, keys, done)
    }

    pub(crate) fn fail(&mut self, worker: usize, keys: &[TaskKey]) -> Vec<TaskKey> {
        let done = TaskState::Failed { by: Some(FailedBy { worker, itself: true }) };
        self.settle(worker, keys, done)
    }

    fn settle(&mut self, worker: usize, keys: &[TaskKey], done: TaskState) -> Vec<TaskKey> {
        let mut refused = Vec::new();
        for key in keys {
            let state = self.tasks.get_mut(key).expect("the key was chosen from these");
            if *state == (TaskState::Running { owner: worker }) {
                *state = done;
                let (finished, failed) = &mut self.workers[worker].counted;
                *(if matches!(done, TaskState::Finished { .. }) { finished } else { failed }) += 1;
            } else if *state != done {
                refused.push(key.clone());
            }
        }
        refused
    }

    pub(crate) fn empty_queue(&mut self) -> u64 {
        let own = self.workers.iter_mut().flat_map(|worker| worker.queue.drain(..));
        let removed: Vec<_> = own.chain(self.queue.drain(..)).collect();
        for key in &removed {
            self.tasks.insert(key.clone(), TaskState::Failed { by: None });
        }
        removed.len() as u64
    }

    pub(crate) fn cancel(&mut self, named: Option<&[TaskKey]>) -> BTreeSet<TaskKey> {
        let queued = |state: &TaskState| matches!(state, TaskState::Queued { .. });
        let meant = |key: &TaskKey| named.is_none_or(|named| named.contains(key));
        let cancelled: BTreeSet<TaskKey> = self
            .tasks
            .iter()
            .filter(|(key, state)| queued(state) && meant(key))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &cancelled {
            self.tasks.insert(key.clone(), TaskState::Failed { by: None });
        }
        let own = self.workers.iter_mut().map(|worker| &mut worker.queue);
        for queue in own.chain([&mut self.queue]) {
            queue.retain(|key| !cancelled.contains(key));
        }
        cancelled
    }

    /// Queued and running ones. Answers in which state each was.
    pub(crate) fn cancel_any(&mut self, named: &[TaskKey]) -> Vec<TaskState> {
        let was = named.iter().map(|key| self.tasks[key]).collect();
        self.cancel(Some(named));
        for key in named {
            if let TaskState::Running { owner } = self.tasks[key] {
                let by = FailedBy { worker: owner, itself: false };
                self.tasks.insert(key.clone(), TaskState::Failed { by: Some(by) });
                self.workers[owner].counted.1 += 1;
            }
        }
        was
    }

    /// How many tasks count for the budget: what has failed does not.
    fn counting(&self) -> u64 {
        self.tasks.values().filter(|state| !matches!(state, TaskState::Failed { .. })).count() as u64
    }

    pub(crate) fn set_budget(&mut self, more: Option<u64>) {
        self.budget = more.map(|more| self.counting() + more);
    }

    pub(crate) fn budget(&self) -> Option<u64> {
        self.budget
    }

    /// How many tasks more the budget has room for; any number without one.
    pub(crate) fn left(&self) -> Option<u64> {
        self.budget.map(|budget| budget.saturating_sub(self.counting()))
    }

    /// What it popped goes back to the front of the queue if it is lost and has said so, the rest fails. Of several that go
    /// back nobody says which comes first: the order is taken from `queue`, if it is one of them.
    pub(crate) fn end(&mut self, worker: usize, way: Way, queue: &[TaskKey]) -> Ended {
        let state = way.state();
        let policy = self.workers[worker].policy;
        let limit = policy.max_attempts.filter(|_| state == "lost").unwrap_or(0);
        let (mut failed, mut requeued) = (0, BTreeSet::new());
        for (key, task) in &mut self.tasks {
            if *task != (TaskState::Running { owner: worker }) {
                continue;
            }
            let attempts = self.attempts.get(key).copied().unwrap_or(0);
            if attempts > 0 && attempts < limit {
                *task = TaskState::Queued { own: None };
                requeued.insert(key.clone());
            } else {
                *task = TaskState::Failed { by: Some(FailedBy { worker, itself: false }) };
                failed += 1;
            }
        }
        let front = &queue[..requeued.len()];
        assert_eq!(front.iter().cloned().collect::<BTreeSet<_>>(), requeued, "the oldest stand in front");
        front.iter().rev().for_each(|key| self.queue.push_front(key.clone()));
        let worker = &mut self.workers[worker];
        worker.state = state;
        worker.counted.1 += failed;
        for key in worker.queue.drain(..) {
            self.tasks.insert(key.clone(), TaskState::Queued { own: None });
            self.queue.push_back(key);
        }
        let taken = matches!(way, Way::Lost | Way::TimeUp);
        let restart = taken && !worker.asked && worker.incarnation <= policy.max_restarts.into();
        worker.may_come_again = restart;
        worker.to_restart = restart && way == Way::Lost && !policy.managed;
        Ended { failed: failed as u64, requeued: requeued.len() as u64, restart }
    }

    /// Answers whether it was running.
    pub(crate) fn terminate(&mut self, worker: usize) -> bool {
        let runs = self.runs(worker);
        self.workers[worker].asked |= runs;
        runs
    }

    /// One that was to be started again is not.
    pub(crate) fn forgo(&mut self, worker: usize) {
        self.workers[worker].may_come_again = false;
        self.workers[worker].to_restart = false;
    }

    pub(crate) fn record(&mut self, launch: usize) {
        self.launches.insert(launch);
    }

    /// Answers whether it was there.
    pub(crate) fn withdraw(&mut self, launch: usize) -> bool {
        self.launches.remove(&launch)
    }

    pub(crate) fn has_launch(&self, launch: usize) -> bool {
        self.launches.contains(&launch)
    }

    pub(crate) fn launches(&self) -> &BTreeSet<usize> {
        &self.launches
    }

    pub(crate) fn to_restart(&self) -> BTreeSet<String> {
        let waits = |(number, worker): (usize, &Worker)| worker.to_restart.then(|| name(number));
        self.workers.iter().enumerate().filter_map(waits).collect()
    }

    /// Answers how many tasks there were.
    pub(crate) fn reset_tasks(&mut self) -> u64 {
        self.tasks.clear();
        self.queue.clear();
        self.attempts.clear();
        for worker in &mut self.workers {
            worker.queue.clear();
            worker.counted = (0, 0);
        }
        self.order.drain(..).count() as u64
    }

    pub(crate) fn tasks(&self) -> BTreeMap<String, real::Task> {
        let task = |state: &TaskState| {
            let (state, owner) = match *state {
                TaskState::Queued { .. } => ("queued", None),
                TaskState::Running { owner } => ("running", Some(owner)),
                TaskState::Finished { by } => ("finished", by),
                TaskState::Failed { by } => ("failed", by.map(|by| by.worker)),
            };
            real::Task { states: vec![state], worker_id: owner.map(name) }
        };
        self.tasks.iter().map(|(key, state)| (key.to_string(), task(state))).collect()
    }

    pub(crate) fn workers(&self) -> BTreeMap<String, real::Worker> {
        let worker = |worker: &Worker| real::Worker {
            state: worker.state,
            incarnation: worker.incarnation,
            counted: worker.counted,
            may_come_again: worker.may_come_again,
        };
        self.workers.iter().enumerate().map(|(number, it)| (name(number), worker(it))).collect()
    }
}

fn name(worker: usize) -> String {
    format!("worker-{worker}")
}
