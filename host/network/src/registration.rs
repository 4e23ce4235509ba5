//! How a worker enters the network, and what it tells about itself.

use std::{sync::Arc, time::Duration};

use redis::Value;
use tokio::sync::Mutex;

use crate::{
    Error, LaunchId, Network, Result, Worker, WorkerId, hostname,
    local::{LocalWorker, Signals},
    reply,
    script::{self, token},
    worker::{Inner, millis},
};

/// What becomes of the running tasks of a worker that is lost. Those of one that ends in any other way fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnLost {
    /// They fail.
    #[default]
    Fail,
    /// What was popped goes back to the front of the queue; what the worker had created itself fails.
    Requeue {
        /// So many times a task is popped at most: it fails with the worker that popped it for the last time.
        max_attempts: u32,
    },
}

impl OnLost {
    /// The name of it, as in a run file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Requeue { .. } => "requeue",
        }
    }

    fn max_attempts(self) -> u32 {
        match self {
            Self::Fail => 0,
            Self::Requeue { max_attempts } => max_attempts,
        }
    }

    /// As it stands in Redis.
    pub(crate) fn stored(name: &str, max_attempts: u32) -> Self {
        if name == "requeue" { Self::Requeue { max_attempts } } else { Self::Fail }
    }
}

/// What a worker tells about itself when it registers.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Its id; a new, friendly one if none is given. The id of a worker that ended starts its next incarnation.
    pub id: Option<WorkerId>,
    /// The process that carries it.
    pub pid: u32,
    /// The machine that the process runs on.
    pub hostname: String,
    /// Whether that is another machine than the one it was launched from.
    pub remote: bool,
    /// What started it: `local`, `script`, `command`, …; empty if nothing is known.
    pub launcher: String,
    /// Time between two beats of the process; see [`HeartSettings`](crate::HeartSettings).
    pub period: Duration,
    /// How long a beat lives.
    pub expire: Duration,
    /// What becomes of its tasks when it is lost.
    pub on_lost: OnLost,
    /// How often it may be started again when it was lost, a restart by hand included; 0: never.
    pub max_restarts: u32,
    /// Whether a manager looks after it: then nobody else starts it again; see [`Network::claimed_restarts`].
    pub managed: bool,
    /// Only as the next incarnation after this one, which has to have ended; after 0, only if nobody has registered under this id.
    /// Whoever comes late starts nothing a second time.
    pub after: Option<u64>,
    /// What launched it; only if that was not withdrawn. See [`Network::record_launch`].
    pub launch: Option<LaunchId>,
    /// Where it was launched: a host of `ssh`, a job of Slurm, a pod; empty where the hostname says all.
    pub place: String,
    /// How often what launched it was begun again by itself, e.g. a job that was put back into the queue.
    pub attempt: u32,
    /// The name of the stored configuration that it works by, for whoever starts it again; empty: it has none.
    pub config: String,
}

impl Default for Registration {
    /// A worker in this process, with the default heartbeat.
    fn default() -> Self {
        let heart = crate::HeartSettings::default();
        Self {
            id: None,
            pid: std::process::id(),
            hostname: hostname(),
            remote: false,
            launcher: String::new(),
            period: heart.period,
            expire: heart.expire,
            on_lost: OnLost::default(),
            max_restarts: 0,
            managed: false,
            after: None,
            launch: None,
            place: String::new(),
            attempt: 0,
            config: String::new(),
        }
    }
}

impl Network {
    /// Enters the network as a worker: a new one, or the next incarnation of one that ended.
    ///
    /// [`Error::WorkerTaken`] if a worker of this id is running, or was started again after `registration.after`;
    /// [`Error::WorkerRemoved`] if it is to be started again and nobody knows it any more; [`Error::LaunchWithdrawn`] if what launched
    /// it was withdrawn. Nothing is written then.
    pub async fn register(&self, registration: Registration) -> Result<Worker> {
        let id = registration.id.unwrap_or_else(WorkerId::random);
        let all = &self.inner.keys;
        let keys = all.worker(&id);
        let mut call = script::REGISTER.call(12, 1344);
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
            &all.restarts(),
            &all.launches(),
        ] {
            call.arg(key);
        }
        call.arg(id.as_str()).arg(token()).arg(registration.period.as_secs_f64());
        call.arg(millis(registration.expire)).arg(&all.wakeup);
        match registration.after {
            Some(incarnation) => call.arg(incarnation),
            None => call.arg(""),
        };
        call.arg(registration.launch.as_ref().map_or("", LaunchId::as_str));
        call.arg("pid").arg(registration.pid).arg("hostname").arg(registration.hostname);
        call.arg("remote").arg(u8::from(registration.remote)).arg("launcher").arg(registration.launcher);
        // Whoever buries it knows nothing else about it.
        call.arg("on_lost").arg(registration.on_lost.as_str());
        call.arg("max_attempts").arg(registration.on_lost.max_attempts());
        call.arg("max_restarts")
            .arg(registration.max_restarts)
            .arg("managed")
            .arg(u8::from(registration.managed));
        call.arg("config").arg(registration.config);
        call.arg("place").arg(registration.place).arg("attempt").arg(registration.attempt);
        let incarnation = match self.inner.commands.send(&call).await? {
            Value::SimpleString(status) if status == "TAKEN" => {
                return Err(Error::WorkerTaken { worker_id: id.to_string() });
            }
            Value::SimpleString(status) if status == "REMOVED" => {
                return Err(Error::WorkerRemoved { worker_id: id.to_string() });
            }
            Value::SimpleString(status) if status == "WITHDRAWN" => {
                let launch = registration.launch.map(|launch| launch.to_string()).unwrap_or_default();
                return Err(Error::LaunchWithdrawn { launch });
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
                logs: Mutex::new(0),
                given: std::sync::Mutex::default(),
            }),
        })
    }
}
