//! Cancelling tasks: queued ones leave their queue, running ones are taken from their worker, which hears of it (`cancels.rs`).

use std::collections::{BTreeMap, HashMap};

use redis::Pipeline;

use crate::{
    Condition, Network, Result, State, TaskKey, WorkerId, reply,
    script::{self, token},
    transitions::add_keys,
};

/// What came of cancelling a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancelled {
    /// It was queued, and has failed ("Cancelled").
    Queued,
    /// This worker was running it; it has failed ("Cancelled"), and the worker's evaluation of it ends.
    Running {
        /// The worker, which goes on with its next task.
        worker: WorkerId,
    },
    /// It was settled before, or its worker is one that cannot be told: it is in this state, and nothing has changed.
    Not(State),
    /// There is no such task.
    Unknown,
}

/// A running task changes hands while we look only if its worker is lost. So it is looked at again, but not for ever.
const LOOKS: usize = 10;

impl Network {
    /// Cancels tasks, queued and running ones: they fail (kind `cancelled`, "Cancelled"). Tells for each key what came of it.
    ///
    /// A running task is settled at once, wherever its worker is: what that says of it later is refused, as the loser's always is.
    /// The evaluation is interrupted as soon as the worker's process hears of it; see
    /// [`Worker::cancelled`](crate::Worker::cancelled).
    pub async fn cancel(&self, keys: &[TaskKey]) -> Result<Vec<Cancelled>> {
        let mut found: HashMap<&TaskKey, Cancelled> = HashMap::with_capacity(keys.len());
        // Between two looks a task may be popped, or go back to the queue.
        for _ in 0..LOOKS {
            let rest: Vec<TaskKey> = keys
                .iter()
                .filter(|key| !matches!(found.get(key), Some(known) if known.is_final()))
                .cloned()
                .collect();
            if rest.is_empty() {
                break;
            }
            let states = self.states(&rest).await?;
            let in_state = |wanted: State| -> Vec<TaskKey> {
                let both = rest.iter().zip(&states);
                both.filter(|(_, state)| **state == Some(wanted)).map(|(key, _)| key.clone()).collect()
            };
            let mut cancelled: HashMap<TaskKey, Cancelled> = HashMap::new();
            for key in self.cancel_queued(Some(&in_state(State::Queued))).await? {
                cancelled.insert(key, Cancelled::Queued);
            }
            for (worker, tasks) in self.by_worker(in_state(State::Running)).await? {
                for key in self.cancel_running(&worker, &tasks).await? {
                    cancelled.insert(key, Cancelled::Running { worker: worker.clone() });
                }
            }
            let states: HashMap<&TaskKey, Option<State>> = rest.iter().zip(states).collect();
            for key in keys {
                let Some(state) = states.get(key) else { continue };
                let not = state.map_or(Cancelled::Unknown, Cancelled::Not);
                found.insert(key, cancelled.get(key).cloned().unwrap_or(not));
            }
        }
        Ok(keys.iter().map(|key| found.get(key).cloned().unwrap_or(Cancelled::Unknown)).collect())
    }

    /// Cancels queued tasks, all of them or those of `keys`: they fail ("Cancelled"). Returns the keys of those that were cancelled,
    /// because they were still queued.
    pub async fn cancel_queued(&self, keys: Option<&[TaskKey]>) -> Result<Vec<TaskKey>> {
        if keys.is_some_and(<[TaskKey]>::is_empty) {
            return Ok(Vec::new());
        }
        let queues = self.queues().await?;
        let named = keys.unwrap_or_default();
        let mut call = script::CANCEL_QUEUED.call(4 + queues.len(), 512 + 48 * named.len());
        let keys = &self.inner.keys;
        call.arg(keys.answers())
            .arg(&keys.failed_tasks)
            .arg(&keys.all_tasks)
            .arg(keys.worker_ids())
            .arg(queues);
        call.arg(self.cancelled_condition()).arg(token());
        add_keys(&mut call, named.iter());
        let cancelled = reply::texts(self.inner.bulk().await?.send(&call).await?)?;
        Ok(cancelled.into_iter().map(TaskKey::stored).collect())
    }

    /// Answers those of the tasks that this worker was running.
    async fn cancel_running(&self, worker: &WorkerId, tasks: &[TaskKey]) -> Result<Vec<TaskKey>> {
        let keys = &self.inner.keys;
        let own = keys.worker(worker);
        let mut call = script::CANCEL_RUNNING.call(7 + tasks.len(), 512 + 48 * tasks.len());
        call.arg(keys.answers())
            .arg(&keys.running_tasks)
            .arg(&keys.failed_tasks)
            .arg(&keys.all_tasks)
            .arg(keys.worker_ids())
            .arg(own.info)
            .arg(own.running);
        add_keys(&mut call, tasks.iter());
        call.arg(self.cancelled_condition()).arg(token());
        call.arg(worker.as_str()).arg(self.inner.codec.encode_text(worker.as_str())).arg(&keys.wakeup);
        let cancelled = reply::texts(self.inner.link_for(tasks.len()).await?.send(&call).await?)?;
        Ok(cancelled.into_iter().map(TaskKey::stored).collect())
    }

    /// Who runs these tasks; one that nobody runs any more is left out.
    async fn by_worker(&self, tasks: Vec<TaskKey>) -> Result<BTreeMap<WorkerId, Vec<TaskKey>>> {
        let mut by_worker: BTreeMap<WorkerId, Vec<TaskKey>> = BTreeMap::new();
        if tasks.is_empty() {
            return Ok(by_worker);
        }
        let mut pipeline = Pipeline::with_capacity(tasks.len());
        for key in &tasks {
            pipeline.cmd("HGET").arg(key.as_str()).arg("worker_id");
        }
        let owners = self.inner.link_for(tasks.len()).await?.send_all(&pipeline).await?;
        for (key, owner) in tasks.into_iter().zip(owners) {
            let decode = |bytes: Vec<u8>| self.inner.codec.decode_text(&bytes);
            // One that cannot be read is nobody's: the task stays as it is, and that is told.
            if let Some(Ok(owner)) = reply::bytes(owner)?.map(decode) {
                by_worker.entry(WorkerId::stored(owner)).or_default().push(key);
            }
        }
        Ok(by_worker)
    }

    fn cancelled_condition(&self) -> Vec<u8> {
        self.inner.codec.encode_condition(&Condition::new("cancelled", "Cancelled"))
    }
}

impl Cancelled {
    /// Whether looking again would tell the same.
    fn is_final(&self) -> bool {
        !matches!(self, Self::Not(State::Queued | State::Running))
    }
}
