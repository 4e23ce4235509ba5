//! What workers of a network in memory share.

use std::{cell::RefCell, collections::HashMap, fmt, rc::Rc};

use super::memory_hashes::{Hashes, names_are_unique};
use crate::bindings::rush::worker::types::{Condition, Counts, Error, Fields, NewTask, Outcome, State, Task};

/// What a test sets before its workers start.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) args: String,
    pub(crate) seed: u64,
    pub(crate) data: HashMap<String, Vec<u8>>,
    pub(crate) objective: Option<Objective>,
    /// `terminated` is true from here on.
    pub(crate) stop_when_finished: Option<u64>,
    /// No more tasks than this exist.
    pub(crate) budget: Option<u64>,
}

/// What takes the place of the objective's component.
#[derive(Clone)]
pub(crate) struct Objective(pub(crate) Rc<RefCell<Evaluate>>);

type Evaluate = dyn FnMut(Fields) -> Result<Fields, Condition>;

impl fmt::Debug for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Objective")
    }
}

#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) settings: Settings,
    pub(crate) terminated: bool,
    /// All tasks ever created, in that order.
    pub(crate) tasks: Vec<Task>,
    /// Keys of queued tasks: of one worker, or of all.
    pub(super) queue: Vec<(Option<String>, String)>,
    /// Keys of finished tasks, in the order in which they were finished.
    pub(super) finished: Vec<String>,
    /// How many of those each worker was given by `fetch_new`.
    pub(super) given: HashMap<String, usize>,
    pub(super) hashes: Hashes,
    pub(crate) workers: Vec<String>,
    pub(super) lost: Vec<String>,
    /// Will be lost as soon as somebody waits.
    pub(crate) dying: Vec<String>,
}

impl Network {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            terminated: false,
            tasks: Vec::new(),
            queue: Vec::new(),
            finished: Vec::new(),
            given: HashMap::new(),
            hashes: Hashes::default(),
            workers: Vec::new(),
            lost: Vec::new(),
            dying: Vec::new(),
        }
    }

    pub(crate) fn count(&self) -> Counts {
        let count = |state| self.tasks.iter().filter(|task| task.state == state).count() as u64;
        Counts {
            queued: count(State::Queued),
            running: count(State::Running),
            finished: count(State::Finished),
            failed: count(State::Failed),
        }
    }

    /// Buries a worker: its running tasks fail.
    pub(crate) fn lose(&mut self, worker_id: String) {
        for task in &mut self.tasks {
            if task.state == State::Running && task.worker_id.as_ref() == Some(&worker_id) {
                task.state = State::Failed;
                task.condition = Some(Condition {
                    kind: "lost".into(),
                    message: "Worker has crashed or was killed".into(),
                    details: Fields::new(),
                });
            }
        }
        self.lost.push(worker_id);
    }

    pub(super) fn check_budget(&self, new: usize) -> Result<(), Error> {
        let Some(budget) = self.settings.budget else { return Ok(()) };
        // As the host counts: what has failed may be tried again.
        let Counts { queued, running, finished, .. } = self.count();
        let remaining = budget.saturating_sub(queued + running + finished);
        if new as u64 > remaining { Err(Error::BudgetExhausted(remaining)) } else { Ok(()) }
    }

    pub(super) fn create(&mut self, task: Task) -> String {
        // The form of a real key, and the same in every run.
        let key = format!("00000000-0000-4000-8000-{:012x}", self.tasks.len() + 1);
        self.tasks.push(Task { key: key.clone(), ..task });
        key
    }

    pub(super) fn task(&mut self, key: &str) -> Result<&mut Task, Error> {
        self.tasks
            .iter_mut()
            .find(|task| task.key == key)
            .ok_or_else(|| Error::Invalid(format!("there is no task `{key}`")))
    }

    /// Ends a running task of this worker; false when it is not (any more).
    pub(super) fn settle(
        &mut self,
        worker: &str,
        key: &str,
        settle: impl FnOnce(&mut Task),
    ) -> Result<bool, Error> {
        let task = self.task(key)?;
        let owned = task.state == State::Running && task.worker_id.as_deref() == Some(worker);
        if owned {
            settle(task);
        }
        Ok(owned)
    }

    pub(super) fn push_running(&mut self, worker: &str, tasks: &[NewTask]) -> Vec<String> {
        tasks
            .iter()
            .map(|new| self.create(Task { worker_id: Some(worker.to_owned()), ..running(new) }))
            .collect()
    }

    pub(super) fn finish(&mut self, worker: &str, outcomes: &[Outcome]) -> Result<Vec<String>, Error> {
        outcomes.iter().try_for_each(|outcome| names_are_unique(&outcome.ys))?;
        let mut refused = Vec::new();
        for Outcome { key, ys, extra } in outcomes {
            let settled = self.settle(worker, key, |task| {
                task.state = State::Finished;
                (task.ys, task.ys_extra) = (ys.clone(), extra.clone());
            })?;
            if settled {
                self.finished.push(key.clone());
            } else {
                refused.push(key.clone());
            }
        }
        Ok(refused)
    }

    /// Copies of the tasks of these keys.
    pub(super) fn tasks_of(&self, keys: &[String]) -> Vec<Task> {
        let by_key: HashMap<_, _> = self.tasks.iter().map(|task| (task.key.as_str(), task)).collect();
        keys.iter().filter_map(|key| by_key.get(key.as_str()).map(|&task| task.clone())).collect()
    }

    pub(super) fn keys(&self, state: State) -> Vec<String> {
        if state == State::Finished {
            return self.finished.clone();
        }
        let tasks = self.tasks.iter().filter(|task| task.state == state);
        tasks.map(|task| task.key.clone()).collect()
    }
}

pub(super) fn running(NewTask { xs, extra }: &NewTask) -> Task {
    Task {
        key: String::new(),
        state: State::Running,
        xs: xs.clone(),
        ys: Fields::new(),
        xs_extra: extra.clone(),
        ys_extra: Fields::new(),
        condition: None,
        worker_id: None,
        attempt: 0,
    }
}

pub(super) fn failed(condition: Option<Condition>) -> Condition {
    condition.unwrap_or_else(|| Condition {
        kind: "error".into(),
        message: "Task failed".into(),
        details: Fields::new(),
    })
}
