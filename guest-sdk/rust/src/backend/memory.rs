//! A network in memory, for tests of loops. One thread, no waiting: what a call would wait for cannot happen.

use std::{cell::RefCell, rc::Rc};

use super::{
    BackendTable, Calls,
    memory_hashes::names_are_unique,
    memory_network::{Network, Objective, failed, running},
};
use crate::bindings::rush::worker::{
    hashes::Entry,
    tasks::Parts,
    types::{
        Condition, Counts, Error, FailedTask, Failure, Fields, FinishedTask, NewTask, Outcome, State, Task,
    },
};

/// One worker's side of a network.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    pub(crate) network: Rc<RefCell<Network>>,
    pub(crate) worker_id: String,
}

impl Memory {
    /// The network, unless this worker does not belong to it any more.
    fn writable(&self) -> Result<std::cell::RefMut<'_, Network>, Error> {
        let network = self.network.borrow_mut();
        if network.lost.contains(&self.worker_id) {
            return Err(Error::LostOwnership(format!("`{}` was declared lost", self.worker_id)));
        }
        Ok(network)
    }
}

impl Calls for Memory {
    fn push(&self, tasks: &[NewTask], worker: Option<&str>) -> Result<Vec<String>, Error> {
        let mut network = self.writable()?;
        tasks.iter().try_for_each(|task| names_are_unique(&task.xs))?;
        network.check_budget(tasks.len())?;
        Ok(tasks
            .iter()
            .map(|new| {
                let key = network.create(Task { state: State::Queued, ..running(new) });
                network.queue.push((worker.map(str::to_owned), key.clone()));
                key
            })
            .collect())
    }

    fn push_running(&self, tasks: &[NewTask]) -> Result<Vec<String>, Error> {
        let mut network = self.writable()?;
        tasks.iter().try_for_each(|task| names_are_unique(&task.xs))?;
        network.check_budget(tasks.len())?;
        Ok(network.push_running(&self.worker_id, tasks))
    }

    fn push_finished(&self, tasks: &[FinishedTask]) -> Result<Vec<String>, Error> {
        let mut network = self.writable()?;
        network.check_budget(tasks.len())?;
        Ok(tasks
            .iter()
            .map(|FinishedTask { xs, ys, xs_extra, ys_extra }| {
                let (xs, extra) = (xs.clone(), xs_extra.clone());
                let key = network.create(Task {
                    state: State::Finished,
                    ys: ys.clone(),
                    ys_extra: ys_extra.clone(),
                    ..running(&NewTask { xs, extra })
                });
                network.finished.push(key.clone());
                key
            })
            .collect())
    }

    fn push_failed(&self, tasks: &[FailedTask]) -> Result<Vec<String>, Error> {
        let mut network = self.writable()?;
        Ok(tasks
            .iter()
            .map(|FailedTask { xs, xs_extra, condition }| {
                let (xs, extra) = (xs.clone(), xs_extra.clone());
                network.create(Task {
                    state: State::Failed,
                    condition: Some(failed(condition.clone())),
                    ..running(&NewTask { xs, extra })
                })
            })
            .collect())
    }

    fn pop(&self, _: u32) -> Result<Option<Task>, Error> {
        let mut network = self.writable()?;
        // Its own queue first.
        let own = network.queue.iter().position(|(worker, _)| worker.as_ref() == Some(&self.worker_id));
        let Some(index) = own.or_else(|| network.queue.iter().position(|(worker, _)| worker.is_none()))
        else {
            return Ok(None);
        };
        let (_, key) = network.queue.remove(index);
        let task = network.task(&key)?;
        task.state = State::Running;
        task.worker_id = Some(self.worker_id.clone());
        task.attempt += 1;
        Ok(Some(task.clone()))
    }

    fn finish(&self, outcomes: &[Outcome]) -> Result<Vec<String>, Error> {
        self.writable()?.finish(&self.worker_id, outcomes)
    }

    fn fail(&self, failures: &[Failure]) -> Result<Vec<String>, Error> {
        let mut network = self.writable()?;
        let mut refused = Vec::new();
        for Failure { key, condition } in failures {
            let settled = network.settle(&self.worker_id, key, |task| {
                task.state = State::Failed;
                task.condition = Some(failed(condition.clone()));
            })?;
            if !settled {
                refused.push(key.clone());
            }
        }
        Ok(refused)
    }

    fn finish_and_push_running(&self, outcomes: &[Outcome], next: &[NewTask]) -> Result<Vec<String>, Error> {
        let mut network = self.writable()?;
        next.iter().try_for_each(|task| names_are_unique(&task.xs))?;
        let refused = network.finish(&self.worker_id, outcomes)?;
        if !refused.is_empty() || network.check_budget(next.len()).is_err() {
            return Ok(Vec::new());
        }
        Ok(network.push_running(&self.worker_id, next))
    }

    fn fetch(&self, states: &[State], parts: Parts) -> Result<BackendTable, Error> {
        let network = self.network.borrow();
        let first = |(index, state): &(usize, &State)| !states[..*index].contains(state);
        let states = states.iter().enumerate().filter(first);
        let tasks = states.flat_map(|(_, &state)| network.tasks_of(&network.keys(state))).collect();
        Ok(BackendTable::new(tasks, parts))
    }

    fn fetch_new(&self, parts: Parts, _: u32) -> Result<BackendTable, Error> {
        let mut network = self.network.borrow_mut();
        let all = network.finished.len();
        let given = network.given.insert(self.worker_id.clone(), all).unwrap_or(0);
        Ok(BackendTable::new(network.tasks_of(&network.finished[given..]), parts))
    }

    fn reset_cache(&self) {
        self.network.borrow_mut().given.remove(&self.worker_id);
    }

    fn count(&self) -> Result<Counts, Error> {
        Ok(self.network.borrow().count())
    }

    fn keys(&self, states: &[State]) -> Result<Vec<(State, Vec<String>)>, Error> {
        let network = self.network.borrow();
        Ok(states.iter().map(|&state| (state, network.keys(state))).collect())
    }

    fn has_state(&self, keys: &[String], state: State) -> Result<Vec<bool>, Error> {
        let mut network = self.network.borrow_mut();
        keys.iter().map(|key| Ok(network.task(key)?.state == state)).collect()
    }

    fn wait(&self, keys: &[String], _: Option<u32>) -> Result<bool, Error> {
        let mut network = self.network.borrow_mut();
        let mut all = true;
        for key in keys {
            all &= matches!(network.task(key)?.state, State::Finished | State::Failed);
        }
        Ok(all)
    }

    fn empty_queue(&self) -> Result<u64, Error> {
        let mut network = self.writable()?;
        let queue = std::mem::take(&mut network.queue);
        for (_, key) in &queue {
            let task = network.task(key)?;
            task.state = State::Failed;
            task.condition = Some(Condition {
                kind: "removed".into(),
                message: "Removed from queue".into(),
                details: Fields::new(),
            });
        }
        Ok(queue.len() as u64)
    }

    /// Nobody else does anything meanwhile, but for those that die; so who waits for more waits for ever, and is told to end.
    fn refused(&self) {
        let mut network = self.network.borrow_mut();
        let dying = std::mem::take(&mut network.dying);
        network.terminated |= dying.is_empty() && network.count().running > 0;
        for worker_id in dying {
            network.lose(worker_id);
        }
    }

    fn write_hashes(&self, hashes: &[Vec<Entry>]) -> Result<Vec<String>, Error> {
        self.writable()?.hashes.write(hashes)
    }

    fn read_hashes(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Vec<Entry>>>, Error> {
        self.network.borrow().hashes.read(keys, names)
    }

    fn id(&self) -> String {
        self.worker_id.clone()
    }

    fn network_id(&self) -> String {
        "test".into()
    }

    fn terminated(&self) -> bool {
        let network = self.network.borrow();
        let reached = |goal| network.count().finished >= goal;
        network.terminated || network.settings.stop_when_finished.is_some_and(reached)
    }

    fn running_workers(&self) -> Result<Vec<String>, Error> {
        let network = self.network.borrow();
        Ok(network.workers.iter().filter(|id| !network.lost.contains(id)).cloned().collect())
    }

    fn evaluate(&self, xs: &Fields) -> Result<Fields, Condition> {
        // Nothing is borrowed while it runs: it may look at the network, as tests do.
        let objective = self.network.borrow().settings.objective.clone();
        let Some(Objective(objective)) = objective else {
            panic!("this test network has no objective: give it one with `TestNetwork::objective`");
        };
        (objective.borrow_mut())(xs.clone())
    }

    fn args(&self) -> String {
        self.network.borrow().settings.args.clone()
    }

    fn data(&self, name: &str) -> Option<Vec<u8>> {
        self.network.borrow().settings.data.get(name).cloned()
    }

    fn seed(&self) -> u64 {
        self.network.borrow().settings.seed
    }
}
