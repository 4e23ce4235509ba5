//! What a network should do, in as few words as possible: who is where, and nothing about Redis.

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
}

pub(crate) struct Model {
    order: Vec<TaskKey>,
    tasks: BTreeMap<TaskKey, TaskState>,
    queue: VecDeque<TaskKey>,
    workers: Vec<Worker>,
    budget: Option<u64>,
}

impl Model {
    pub(crate) fn new(workers: usize) -> Self {
        let nobody = || Worker { state: "", incarnation: 0, queue: VecDeque::new(), counted: (0, 0) };
        let workers = std::iter::repeat_with(nobody).take(workers).collect();
        Self { order: Vec::new(), tasks: BTreeMap::new(), queue: VecDeque::new(), workers, budget: None }
    }

    pub(crate) fn key(&self, number: usize) -> Option<TaskKey> {
        self.order.get(number.checked_rem(self.order.len())?).cloned()
    }

    pub(crate) fn runs(&self, worker: usize) -> bool {
        self.workers[worker].state == "running"
    }

    pub(crate) fn register(&mut self, worker: usize) {
        let worker = &mut self.workers[worker];
        worker.state = "running";
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

    pub(crate) fn pop(&mut self, worker: usize) -> Option<TaskKey> {
        let key = self.workers[worker].queue.pop_front().or_else(|| self.queue.pop_front())?;
        self.tasks.insert(key.clone(), TaskState::Running { owner: worker });
        Some(key)
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

    /// Answers how many tasks failed with it.
    pub(crate) fn end(&mut self, worker: usize, state: &'static str) -> u64 {
        let mut failed = 0;
        for task in self.tasks.values_mut().filter(|task| **task == TaskState::Running { owner: worker }) {
            *task = TaskState::Failed { by: Some(FailedBy { worker, itself: false }) };
            failed += 1;
        }
        let worker = &mut self.workers[worker];
        worker.state = state;
        worker.counted.1 += failed;
        for key in worker.queue.drain(..) {
            self.tasks.insert(key.clone(), TaskState::Queued { own: None });
            self.queue.push_back(key);
        }
        failed as u64
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
        };
        self.workers.iter().enumerate().map(|(number, it)| (name(number), worker(it))).collect()
    }
}

fn name(worker: usize) -> String {
    format!("worker-{worker}")
}
