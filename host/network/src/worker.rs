//! A registered worker: how it enters and leaves the network, and what it can ask. What it does with tasks stands in
//! `transitions.rs`.

use std::{fmt, sync::Arc, time::Duration};

use redis::{Cmd, Value};
use tokio::sync::Mutex;

use crate::{
    Counts, End, Error, Network, NetworkId, Result, State, StopReason, TaskKey, Verdict, WorkerId,
    finished_cache::Cursor,
    keys::WorkerKeys,
    local::{LocalWorker, Signals},
    manager::Pusher,
    reply,
    script::{self, token},
};

/// What a worker tells about itself when it registers.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Its id; a new, friendly one if none is given. The id of a worker that ended starts its next incarnation.
    pub id: Option<WorkerId>,
    /// The process that carries it.
    pub pid: u32,
    /// The machine that the process runs on.
    pub hostname: String,
    /// Whether that is another machine than the manager's.
    pub remote: bool,
    /// What started it: `local`, `ssh`, …; empty if nothing is known.
    pub launcher: String,
    /// Time between two beats of the process; see [`HeartSettings`](crate::HeartSettings).
    pub period: Duration,
    /// How long a beat lives.
    pub expire: Duration,
}

impl Default for Registration {
    /// A worker in this process, with the default heartbeat.
    fn default() -> Self {
        let heart = crate::HeartSettings::default();
        Self {
            id: None,
            pid: std::process::id(),
            hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            remote: false,
            launcher: String::new(),
            period: heart.period,
            expire: heart.expire,
        }
    }
}

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
    /// What `fetch_new` has given.
    pub(crate) given: std::sync::Mutex<Cursor>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.network.inner.local.remove(&self.id, self.incarnation);
    }
}

impl Network {
    /// Enters the network as a worker: a new one, or the next incarnation of one that ended.
    ///
    /// [`Error::WorkerTaken`] if a worker of this id is running.
    pub async fn register(&self, registration: Registration) -> Result<Worker> {
        let id = registration.id.unwrap_or_else(WorkerId::random);
        let all = &self.inner.keys;
        let keys = all.worker(&id);
        let mut call = script::REGISTER.call(10, 1024);
        for key in [
            &all.worker_ids(),
            &all.running_worker_ids(),
            &all.terminated_worker_ids(),
            &all.killed_worker_ids(),
            &all.lost_worker_ids(),
            &keys.info,
            &keys.heartbeat,
            &all.heartbeat_keys(),
            &keys.terminate,
            &keys.kill,
        ] {
            call.arg(key);
        }
        call.arg(id.as_str()).arg(token()).arg(registration.period.as_secs_f64());
        call.arg(millis(registration.expire)).arg(&all.wakeup);
        call.arg("pid").arg(registration.pid).arg("hostname").arg(registration.hostname);
        call.arg("remote").arg(u8::from(registration.remote)).arg("launcher").arg(registration.launcher);
        let incarnation = match self.inner.commands.send(&call).await? {
            Value::SimpleString(status) if status == "TAKEN" => {
                return Err(Error::WorkerTaken { worker_id: id.to_string() });
            }
            value => reply::count(&value)?,
        };
        let signals = Arc::new(Signals::new());
        let worker = LocalWorker { id: id.clone(), incarnation, signals: Arc::clone(&signals) };
        self.inner.local.add(worker);
        Ok(Worker {
            inner: Arc::new(Inner {
                network: self.clone(),
                encoded_id: self.inner.codec.encode_text(id.as_str()),
                id,
                incarnation,
                keys,
                signals,
                pops: Mutex::new(0),
                pushes: Mutex::new(0),
                given: std::sync::Mutex::default(),
            }),
        })
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
        match self.inner.network.inner.link_for(tasks).await?.send(call).await? {
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
