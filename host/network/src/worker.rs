//! A registered worker: how it leaves the network, and what it can ask. How it enters stands in `registration.rs`, what it does
//! with tasks in `transitions.rs`.

use std::{fmt, sync::Arc, time::Duration};

use redis::{Cmd, Value};
use tokio::sync::Mutex;

use crate::{
    Counts, End, Error, Network, NetworkId, Result, State, StopReason, TaskKey, Verdict, WorkerId,
    finished_cache::Cursor, keys::WorkerKeys, link::Link, local::Signals, manager::Pusher,
};

/// A worker that is registered in a network; cheap to clone.
///
/// Somebody has to beat for it ([`Heart`](crate::Heart), one per process), else it will be buried. So will one whose last
/// clone was dropped without [`end`](Self::end): nobody beats for it any more.
#[derive(Clone)]
pub struct Worker {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) network: Network,
    pub(crate) id: WorkerId,
    pub(crate) incarnation: u64,
    /// As it stands in `worker_id` of its tasks.
    pub(crate) encoded_id: Vec<u8>,
    pub(crate) keys: WorkerKeys,
    pub(crate) signals: Arc<Signals>,
    /// Number of the last pop that was answered. Held while one is on its way: the script remembers one request a worker.
    pub(crate) pops: Mutex<u64>,
    /// Number of the last push within a budget; see `budget.rs`.
    pub(crate) pushes: Mutex<u64>,
    /// Number of the last call that stored log events; see `log/writing.rs`.
    pub(crate) logs: Mutex<u64>,
    /// What `fetch_new` has given.
    pub(crate) given: std::sync::Mutex<Cursor>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.network.inner.local.remove(&self.id, self.incarnation);
    }
}

impl Worker {
    /// Its id.
    pub fn id(&self) -> &WorkerId {
        &self.inner.id
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.inner.network
    }

    /// The name of its network.
    pub fn network_id(&self) -> &NetworkId {
        self.inner.network.id()
    }

    /// Which registration of this id it is, counted from 1.
    pub fn incarnation(&self) -> u64 {
        self.inner.incarnation
    }

    /// Whether the loop should end: somebody asked for it, or a stop condition of the run is met. Costs no round trip.
    pub fn terminated(&self) -> bool {
        self.inner.signals.terminated()
    }

    /// Resolves when the worker was killed, lost or removed. Nothing that it writes counts from then on.
    pub async fn verdict(&self) -> Verdict {
        self.inner.signals.verdict().await
    }

    /// Takes a task's key that somebody gave as text; see [`TaskKey::parse`].
    pub fn parse_key(&self, key: impl Into<String>) -> Result<TaskKey> {
        self.inner.network.parse_key(key)
    }

    /// Leaves the network: the state of the worker and its running tasks are settled in one step.
    ///
    /// [`Error::LostOwnership`] if somebody else has ended it before.
    pub async fn end(&self, end: &End) -> Result<()> {
        let network = &self.inner.network;
        let ended = network
            .end_worker(&network.inner.commands, &self.inner.id, Some(self.inner.incarnation), end, false)
            .await;
        network.inner.local.remove(&self.inner.id, self.inner.incarnation);
        match ended? {
            crate::Burial::Ended { .. } => Ok(()),
            crate::Burial::NotRunning { state } => Err(self.lost(&state)),
        }
    }

    /// How many tasks are in each state.
    pub async fn count(&self) -> Result<Counts> {
        self.inner.network.counts().await
    }

    /// The keys of the tasks in each of the given states.
    pub async fn keys(&self, states: &[State]) -> Result<Vec<(State, Vec<TaskKey>)>> {
        self.inner.network.task_keys(states).await
    }

    /// Whether each of these tasks is in this state.
    pub async fn has_state(&self, keys: &[TaskKey], state: State) -> Result<Vec<bool>> {
        self.inner.network.has_state(keys, state).await
    }

    /// Waits until all of these tasks are finished or failed; false when time is up, when no other worker is running, or as soon
    /// as this worker should end. See [`Network::wait_for_tasks`].
    pub async fn wait(&self, keys: &[TaskKey], timeout: Option<Duration>) -> Result<bool> {
        let terminated = async {
            loop {
                let changed = self.inner.signals.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if self.terminated() {
                    return;
                }
                changed.await;
            }
        };
        tokio::select! {
            done = self.inner.network.wait_for_others(keys, timeout, Some(self.id())) => done,
            () = terminated => Ok(false),
        }
    }

    /// Fails every queued task ("Removed from queue"). Returns how many.
    pub async fn empty_queue(&self) -> Result<u64> {
        self.inner.network.empty_queue_as(self.pusher()).await
    }

    /// The ids of the workers that are running.
    pub async fn running_workers(&self) -> Result<Vec<WorkerId>> {
        self.inner.network.running_workers().await
    }

    /// Why this process asks its workers to end, if it does.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.inner.network.inner.local.stop_reason()
    }

    pub(crate) fn pusher(&self) -> Pusher<'_> {
        Pusher::Worker { worker: self, info: &self.inner.keys.info, incarnation: self.inner.incarnation }
    }

    /// Sends a script of this worker with so many tasks; `LOST …` becomes an error and the worker's verdict.
    pub(crate) async fn send(&self, call: &Cmd, tasks: usize) -> Result<Value> {
        self.send_over(self.inner.network.inner.link_for(tasks).await?, call).await
    }

    pub(crate) async fn send_over(&self, link: &Link, call: &Cmd) -> Result<Value> {
        self.registered(link.send(call).await?)
    }

    /// Passes the answer of a script of this worker on, unless it is `LOST …`.
    pub(crate) fn registered(&self, answer: Value) -> Result<Value> {
        match answer {
            Value::SimpleString(status) => match status.strip_prefix("LOST ") {
                Some(state) => Err(self.lost(state)),
                None => Ok(Value::SimpleString(status)),
            },
            value => Ok(value),
        }
    }

    fn lost(&self, state: &str) -> Error {
        let (verdict, reason) = match state {
            "killed" => (Verdict::Killed, "it was killed"),
            "lost" => (Verdict::Lost, "it was declared lost, because its heartbeat was missing"),
            "restarted" => (Verdict::Removed, "it was restarted, and another incarnation runs in its place"),
            "terminated" => (Verdict::Removed, "it has ended"),
            _ => (Verdict::Removed, "the network was reset"),
        };
        self.inner.signals.decide(verdict);
        Error::LostOwnership { worker_id: self.inner.id.to_string(), reason }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Worker")
            .field("id", self.id())
            .field("incarnation", &self.incarnation())
            .field("network", self.network_id())
            .finish_non_exhaustive()
    }
}
