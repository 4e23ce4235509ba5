//! A registered worker, and what it does with tasks.
//!
//! Every call is one round trip, whatever its length, and an empty list is a no-op without one. Keys of new tasks are made
//! here, so that a call can be sent again when its reply was lost.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{Cmd, Value};
use tokio::time::Instant;

use crate::{
    Counts, End, Error, FailedTask, Failure, FinishedTask, Network, NetworkId, NewTask, Outcome, Result, State, StopReason,
    Task, TaskKey, Verdict, WorkerId,
    check::distinct,
    keys::WorkerKeys,
    local::{LocalWorker, Signals},
    manager::Pusher,
    reply, script,
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
/// Somebody has to beat for it ([`Heart`](crate::Heart), one per process), else it will be buried.
#[derive(Clone)]
pub struct Worker {
    inner: Arc<Inner>,
}

struct Inner {
    network: Network,
    id: WorkerId,
    incarnation: u64,
    /// As it stands in `worker_id` of its tasks.
    encoded_id: Vec<u8>,
    keys: WorkerKeys,
    signals: Arc<Signals>,
    pops: AtomicU64,
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
            &all.worker_ids(), &all.running_worker_ids(), &all.terminated_worker_ids(), &all.killed_worker_ids(),
            &all.lost_worker_ids(), &keys.info, &keys.heartbeat, &all.heartbeat_keys(), &keys.terminate, &keys.kill,
        ] {
            call.arg(key);
        }
        let token = format!("{:032x}", rand::random::<u128>());
        call.arg(id.as_str()).arg(token).arg(registration.period.as_secs_f64());
        call.arg(millis(registration.expire)).arg(all.wakeup());
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
                pops: AtomicU64::new(0),
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
        let ended =
            network.end_worker(&network.inner.commands, &self.inner.id, Some(self.inner.incarnation), end, false).await;
        network.inner.local.remove(&self.inner.id, self.inner.incarnation);
        match ended? {
            crate::Burial::Ended { .. } => Ok(()),
            crate::Burial::NotRunning { state } => Err(self.lost(&state)),
        }
    }

    /// Creates queued tasks; with `worker`, in that worker's own queue, which it pops first. Returns their keys.
    pub async fn push(&self, tasks: &[NewTask], worker: Option<&WorkerId>) -> Result<Vec<TaskKey>> {
        self.inner.network.push_as(self.pusher(), tasks, worker).await
    }

    /// Creates tasks with their results. Returns their keys.
    pub async fn push_finished(&self, tasks: &[FinishedTask]) -> Result<Vec<TaskKey>> {
        self.inner.network.push_finished_as(self.pusher(), tasks).await
    }

    /// Creates tasks as failed. Returns their keys.
    pub async fn push_failed(&self, tasks: &[FailedTask]) -> Result<Vec<TaskKey>> {
        self.inner.network.push_failed_as(self.pusher(), tasks).await
    }

    /// Creates tasks that this worker evaluates now. Returns their keys.
    pub async fn push_running(&self, tasks: &[NewTask]) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.network.inner.keys;
        let created: Vec<TaskKey> = tasks.iter().map(|_| keys.new_task()).collect();
        let mut call = script::PUSH_RUNNING.call(4 + tasks.len(), 256 + 128 * tasks.len());
        call.arg(&self.inner.keys.info).arg(&keys.all_tasks).arg(&keys.running_tasks).arg(&self.inner.keys.running);
        add_keys(&mut call, created.iter());
        call.arg(self.inner.incarnation).arg(&self.inner.encoded_id);
        self.inner.network.add_new_tasks(&mut call, tasks)?;
        self.send(&call).await?;
        Ok(created)
    }

    /// Takes the oldest queued task, of this worker's own queue before the common one, and marks it as running.
    ///
    /// Waits for up to `timeout`; none after that, or as soon as the worker should end.
    pub async fn pop(&self, timeout: Duration) -> Result<Option<Task>> {
        let deadline = Instant::now().checked_add(timeout);
        let request = self.inner.pops.fetch_add(1, Ordering::Relaxed) + 1;
        loop {
            // Listening begins before looking, so that a push in between is heard.
            let common = self.inner.network.inner.local.queue.notified();
            let own = self.inner.signals.changed.notified();
            tokio::pin!(common, own);
            common.as_mut().enable();
            own.as_mut().enable();
            if let Some(task) = self.pop_now(request).await? {
                return Ok(Some(task));
            }
            if timeout.is_zero() || self.terminated() {
                return Ok(None);
            }
            let time_is_up = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = common => {}
                () = own => {}
                () = time_is_up => return Ok(None),
            }
        }
    }

    async fn pop_now(&self, request: u64) -> Result<Option<Task>> {
        let keys = &self.inner.network.inner.keys;
        let own = &self.inner.keys;
        let mut call = script::POP.call(5, 384);
        call.arg(&own.info).arg(&own.queue).arg(&keys.queued_tasks).arg(&keys.running_tasks).arg(&own.running);
        call.arg(self.inner.incarnation).arg(request).arg(&self.inner.encoded_id);
        let Value::Array(values) = self.send(&call).await? else { return Ok(None) };
        let [key, xs, xs_extra, attempts]: [Value; 4] =
            values.try_into().map_err(|values| reply::unexpected(&Value::Array(values)))?;
        let key = TaskKey::stored(reply::text(key)?.unwrap_or_default());
        let attempt = u32::try_from(reply::count(&attempts)?).unwrap_or(u32::MAX);
        let network = &self.inner.network;
        Ok(Some(Task {
            state: State::Running,
            xs: network.decode_fields(&key, "xs", xs)?,
            ys: Vec::new(),
            xs_extra: network.decode_fields(&key, "xs_extra", xs_extra)?,
            ys_extra: Vec::new(),
            condition: None,
            worker_id: Some(self.inner.id.clone()),
            attempt,
            key,
        }))
    }

    /// Saves results and marks the tasks as finished. Returns the keys that were refused, because somebody settled them
    /// first; their fields are untouched.
    pub async fn finish(&self, outcomes: &[Outcome]) -> Result<Vec<TaskKey>> {
        if outcomes.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.network.inner.keys;
        let own = &self.inner.keys;
        distinct(outcomes.iter().map(|outcome| &outcome.key))?;
        let mut call = script::FINISH.call(4 + outcomes.len(), 256 + 128 * outcomes.len());
        call.arg(&own.info).arg(&keys.running_tasks).arg(&own.running).arg(&keys.finished_tasks);
        add_keys(&mut call, outcomes.iter().map(|outcome| &outcome.key));
        call.arg(self.inner.incarnation).arg(&self.inner.encoded_id);
        self.add_outcomes(&mut call, outcomes)?;
        self.refused_outcomes(outcomes, self.send(&call).await?)
    }

    /// Marks running tasks of this worker as failed. Returns the refused keys, as [`finish`](Self::finish) does.
    pub async fn fail(&self, failures: &[Failure]) -> Result<Vec<TaskKey>> {
        if failures.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.network.inner.keys;
        let own = &self.inner.keys;
        distinct(failures.iter().map(|failure| &failure.key))?;
        let mut call = script::FAIL.call(4 + failures.len(), 256 + 128 * failures.len());
        call.arg(&own.info).arg(&keys.running_tasks).arg(&own.running).arg(&keys.failed_tasks);
        add_keys(&mut call, failures.iter().map(|failure| &failure.key));
        call.arg(self.inner.incarnation).arg(&self.inner.encoded_id);
        let encoder = self.inner.network.encoder();
        for failure in failures {
            call.arg(encoder.condition(failure.condition.as_ref())?);
        }
        let refused = reply::array(self.send(&call).await?)?;
        refused.iter().map(|index| picked(failures, index).map(|failure| failure.key.clone())).collect()
    }

    /// [`finish`](Self::finish), then [`push_running`](Self::push_running), in one round trip. If a finish is refused nothing
    /// is pushed, and the list of new keys is empty.
    pub async fn finish_and_push_running(&self, outcomes: &[Outcome], next: &[NewTask]) -> Result<Vec<TaskKey>> {
        if outcomes.is_empty() {
            return self.push_running(next).await;
        }
        if next.is_empty() {
            return self.finish(outcomes).await.map(|_| Vec::new());
        }
        let keys = &self.inner.network.inner.keys;
        let own = &self.inner.keys;
        distinct(outcomes.iter().map(|outcome| &outcome.key))?;
        let created: Vec<TaskKey> = next.iter().map(|_| keys.new_task()).collect();
        let tasks = outcomes.len() + next.len();
        let mut call = script::FINISH_AND_PUSH_RUNNING.call(5 + tasks, 256 + 128 * tasks);
        call.arg(&own.info).arg(&keys.running_tasks).arg(&own.running).arg(&keys.finished_tasks).arg(&keys.all_tasks);
        add_keys(&mut call, outcomes.iter().map(|outcome| &outcome.key).chain(&created));
        call.arg(self.inner.incarnation).arg(&self.inner.encoded_id).arg(outcomes.len());
        self.add_outcomes(&mut call, outcomes)?;
        self.inner.network.add_new_tasks(&mut call, next)?;
        let refused = self.refused_outcomes(outcomes, self.send(&call).await?)?;
        Ok(if refused.is_empty() { created } else { Vec::new() })
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

    /// Waits until all of these tasks are finished or failed; false when time is up, when no worker is running, or as soon as
    /// this worker should end.
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
            done = self.inner.network.wait_for_tasks(keys, timeout) => done,
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

    fn pusher(&self) -> Pusher<'_> {
        Pusher::Worker { worker: self, info: &self.inner.keys.info, incarnation: self.inner.incarnation }
    }

    /// Sends a script of this worker; `LOST …` becomes an error and the worker's verdict.
    pub(crate) async fn send(&self, call: &Cmd) -> Result<Value> {
        match self.inner.network.inner.commands.send(call).await? {
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

    fn add_outcomes(&self, call: &mut Cmd, outcomes: &[Outcome]) -> Result<()> {
        let encoder = self.inner.network.encoder();
        for outcome in outcomes {
            call.arg(encoder.fields("ys", &outcome.ys)?).arg(encoder.extra("ys_extra", &outcome.extra)?);
        }
        Ok(())
    }

    fn refused_outcomes(&self, outcomes: &[Outcome], value: Value) -> Result<Vec<TaskKey>> {
        let values = reply::array(value)?;
        let [finished, refused @ ..] = values.as_slice() else {
            return Err(reply::unexpected(&Value::Array(values)));
        };
        self.inner.network.inner.local.heard_finished(reply::count(finished)?);
        refused.iter().map(|index| picked(outcomes, index).map(|outcome| outcome.key.clone())).collect()
    }
}

fn picked<'a, T>(items: &'a [T], index: &Value) -> Result<&'a T> {
    let position = usize::try_from(reply::integer(index)?).ok();
    position.and_then(|position| items.get(position)).ok_or_else(|| reply::unexpected(index))
}

pub(crate) fn add_keys<'a>(call: &mut Cmd, keys: impl Iterator<Item = &'a TaskKey>) {
    for key in keys {
        call.arg(key.as_str());
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
