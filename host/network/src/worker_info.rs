//! What everybody can see of a worker.

use std::time::{Duration, SystemTime};

use redis::Value;
use serde::Serialize;

use crate::{End, Network, OnLost, Result, WorkerId, link::Link, read::Read, reply};

/// The four states of a worker; it is always in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerState {
    /// Registered, and not ended.
    Running,
    /// Ended by itself.
    Terminated,
    /// Ended by somebody.
    Killed,
    /// Buried.
    Lost,
}

impl WorkerState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Running, Self::Terminated, Self::Killed, Self::Lost];

    /// The name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Terminated => "terminated",
            Self::Killed => "killed",
            Self::Lost => "lost",
        }
    }
}

/// A worker as it stands in Redis.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct WorkerInfo {
    /// Its id.
    pub id: WorkerId,
    /// Its state.
    pub state: WorkerState,
    /// How it ended.
    pub end: Option<End>,
    /// Which registration of its id this is, counted from 1.
    pub incarnation: u64,
    /// The process that carries or carried it, together with others.
    pub pid: Option<u32>,
    /// The machine of that process.
    pub hostname: String,
    /// Whether that is another machine than the one it was launched from.
    pub remote: bool,
    /// What started it.
    pub launcher: String,
    /// Where it was launched, as its launcher calls it: a host, a job, a pod; empty where the hostname says all.
    pub place: String,
    /// How often what launched it was begun again by itself.
    pub attempt: u32,
    /// Whether its heart beats: a beat has not expired yet.
    pub heartbeat: bool,
    /// How many tasks it has finished.
    pub finished: u64,
    /// How many of its tasks have failed.
    pub failed: u64,
    /// When it registered.
    pub started: Option<SystemTime>,
    /// When it ended.
    pub ended: Option<SystemTime>,
    /// The name of the stored configuration that it works by; empty if it has none.
    pub config: String,
    /// What becomes of its tasks when it is lost.
    pub on_lost: OnLost,
    /// How often it may be started again when it was lost.
    pub max_restarts: u32,
    /// Whether a manager looks after it.
    pub managed: bool,
    /// Whether it may be started again, as it was decided when it was buried, or when the time of its machine was up: nobody had asked
    /// it to end.
    pub end_restart: bool,
}

impl WorkerInfo {
    /// How often it was started again, by hand or because it was lost.
    pub fn restarts(&self) -> u64 {
        self.incarnation.saturating_sub(1)
    }

    /// Whether it is lost, or the time of its machine was up, and it may be started again.
    pub fn is_to_be_restarted(&self) -> bool {
        matches!(self.state, WorkerState::Lost | WorkerState::Terminated) && self.end_restart
    }
}

impl WorkerInfo {
    /// A worker that has just registered for the first time, and that has told nothing about itself: something to begin with for
    /// whoever decides by what stands here.
    pub fn new(id: WorkerId) -> Self {
        Self {
            id,
            state: WorkerState::Running,
            end: None,
            incarnation: 1,
            pid: None,
            hostname: String::new(),
            remote: false,
            launcher: String::new(),
            place: String::new(),
            attempt: 0,
            heartbeat: false,
            finished: 0,
            failed: 0,
            started: None,
            ended: None,
            config: String::new(),
            on_lost: OnLost::Fail,
            max_restarts: 0,
            managed: false,
            end_restart: false,
        }
    }
}

impl Network {
    /// The ids of the workers that are running, in the order of their names.
    pub async fn running_workers(&self) -> Result<Vec<WorkerId>> {
        self.ids(self.inner.keys.running_worker_ids()).await
    }

    /// The ids of the workers that are lost, in the order of their names.
    pub async fn lost_workers(&self) -> Result<Vec<WorkerId>> {
        self.ids(self.inner.keys.lost_worker_ids()).await
    }

    /// How many workers are in each state, in the order of [`WorkerState::ALL`].
    pub async fn worker_counts(&self) -> Result<[(WorkerState, u64); 4]> {
        let keys = &self.inner.keys;
        let sets = [
            keys.running_worker_ids(),
            keys.terminated_worker_ids(),
            keys.killed_worker_ids(),
            keys.lost_worker_ids(),
        ];
        let values = self.read(&self.inner.commands, &sets.map(|set| (set, Read::SetSize))).await?;
        let [running, ended, killed, lost] = values.as_slice() else {
            return Err(reply::unexpected(&Value::Array(values)));
        };
        let (killed, lost) = (reply::count(killed)?, reply::count(lost)?);
        // rush 1.2 has one set for all that ended.
        let terminated = reply::count(ended)?.saturating_sub(killed + lost);
        Ok([
            (WorkerState::Running, reply::count(running)?),
            (WorkerState::Terminated, terminated),
            (WorkerState::Killed, killed),
            (WorkerState::Lost, lost),
        ])
    }

    /// All workers that ever registered, the longest known first.
    pub async fn workers(&self) -> Result<Vec<WorkerInfo>> {
        let ids = self.ids(self.inner.keys.worker_ids()).await?;
        let mut workers = self.workers_of(&ids).await?;
        workers.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        Ok(workers)
    }

    /// One worker; none if nobody knows it (any more).
    pub async fn worker(&self, id: &WorkerId) -> Result<Option<WorkerInfo>> {
        Ok(self.workers_of(std::slice::from_ref(id)).await?.pop())
    }

    /// These workers, in this order, without those that nobody knows.
    pub async fn workers_of(&self, ids: &[WorkerId]) -> Result<Vec<WorkerInfo>> {
        self.read_workers(&self.inner.commands, ids).await
    }

    pub(crate) async fn read_workers(&self, link: &Link, ids: &[WorkerId]) -> Result<Vec<WorkerInfo>> {
        let mut pipeline = redis::pipe();
        for id in ids {
            let keys = self.inner.keys.worker(id);
            pipeline.hgetall(keys.info).exists(keys.heartbeat);
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = link.send_all(&pipeline).await?.into_iter();
        let mut workers = Vec::with_capacity(ids.len());
        for id in ids {
            let hash = reply::pairs(values.next().unwrap_or_default())?;
            let heartbeat = matches!(values.next(), Some(Value::Int(1)));
            // Nobody has ever heard of it, or a reset has come in between.
            if !hash.is_empty() {
                workers.push(read(id.clone(), &hash, heartbeat));
            }
        }
        Ok(workers)
    }

    pub(crate) async fn ids(&self, set: String) -> Result<Vec<WorkerId>> {
        let mut smembers = redis::cmd("SMEMBERS");
        smembers.arg(set);
        let mut ids = reply::texts(self.inner.commands.send(&smembers).await?)?;
        ids.sort_unstable();
        Ok(ids.into_iter().map(WorkerId::stored).collect())
    }
}

fn read(id: WorkerId, hash: &[(String, Vec<u8>)], heartbeat: bool) -> WorkerInfo {
    let text = |name: &str| {
        let value = hash.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_slice());
        value.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok());
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    let time = |name: &str| number(name).map(|millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis));
    // R rush's workers have no `state`; whether they run stands in a set only, and this is the better guess.
    let state = match text("state").as_deref() {
        Some("terminated") => WorkerState::Terminated,
        Some("killed") => WorkerState::Killed,
        Some("lost") => WorkerState::Lost,
        _ => WorkerState::Running,
    };
    WorkerInfo {
        state,
        end: text("end_kind").and_then(|kind| End::stored(&kind, text("end_message").unwrap_or_default())),
        incarnation: number("incarnation").unwrap_or(0),
        pid: small("pid"),
        hostname: text("hostname").unwrap_or_default(),
        remote: text("remote").as_deref() == Some("1"),
        launcher: text("launcher").unwrap_or_default(),
        place: text("place").unwrap_or_default(),
        attempt: small("attempt").unwrap_or(0),
        heartbeat,
        finished: number("finished").unwrap_or(0),
        failed: number("failed").unwrap_or(0),
        started: time("started"),
        ended: time("ended"),
        config: text("config").unwrap_or_default(),
        on_lost: OnLost::stored(&text("on_lost").unwrap_or_default(), small("max_attempts").unwrap_or(0)),
        max_restarts: small("max_restarts").unwrap_or(0),
        managed: text("managed").as_deref() == Some("1"),
        end_restart: text("end_restart").as_deref() == Some("1"),
        id,
    }
}
