//! How workers end: by themselves, killed, or lost. All take one script, which settles the running tasks in the same step.

use redis::Value;

use crate::{
    Condition, Error, Network, Result, WorkerId, WorkerState,
    link::Link,
    reply,
    script::{self, token},
};

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// In which way.
    pub kind: EndKind,
    /// For people; empty if there is nothing to say.
    pub message: String,
    /// The kind of the condition with which running tasks fail, if more is known than the way of the end says.
    task_kind: Option<&'static str>,
}

/// The ways in which a worker ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndKind {
    /// The loop returned.
    Returned,
    /// The loop returned an error.
    Error,
    /// The loop trapped.
    Trap,
    /// The loop called `exit`.
    Exit,
    /// The loop went beyond one of its limits.
    Limit,
    /// The loop returned, because the time of its machine was up.
    TimeUp,
    /// Somebody killed the worker.
    Killed,
    /// The worker's process died, or its heartbeat was missing.
    Lost,
}

impl EndKind {
    /// The name of the way.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Error => "error",
            Self::Trap => "trap",
            Self::Exit => "exit",
            Self::Limit => "limit",
            Self::TimeUp => "time-up",
            Self::Killed => "killed",
            Self::Lost => "lost",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Returned,
            Self::Error,
            Self::Trap,
            Self::Exit,
            Self::Limit,
            Self::TimeUp,
            Self::Killed,
            Self::Lost,
        ];
        all.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The state of a worker that ended in this way.
    pub fn state(self) -> WorkerState {
        match self {
            Self::Killed => WorkerState::Killed,
            Self::Lost => WorkerState::Lost,
            _ => WorkerState::Terminated,
        }
    }
}

impl End {
    /// An end with a message.
    pub fn new(kind: EndKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), task_kind: None }
    }

    /// The same, and running tasks fail with a condition of this kind, e.g. `time-limit`.
    #[must_use]
    pub fn failing_tasks_as(self, kind: &'static str) -> Self {
        Self { task_kind: Some(kind), ..self }
    }

    /// The end of a loop that returned.
    pub fn returned() -> Self {
        Self::new(EndKind::Returned, "")
    }

    /// As it stands in Redis.
    pub(crate) fn stored(kind: &str, message: String) -> Option<Self> {
        EndKind::parse(kind).map(|kind| Self::new(kind, message))
    }

    /// What becomes of the tasks that were running.
    fn condition(&self) -> Condition {
        match self.kind {
            EndKind::Lost => Condition::new("lost", "Worker has crashed or was killed"),
            EndKind::Killed => Condition::new("killed", "Worker was killed"),
            EndKind::Trap => Condition::new("trap", first_line("The worker loop trapped", &self.message)),
            EndKind::Limit => {
                let kind = self.task_kind.unwrap_or("limit");
                Condition::new(kind, first_line("The worker loop reached a limit", &self.message))
            }
            EndKind::Error => {
                Condition::new("error", first_line("The worker loop ended with an error", &self.message))
            }
            EndKind::Exit => Condition::new("error", first_line("The worker loop exited", &self.message)),
            EndKind::Returned | EndKind::TimeUp => {
                Condition::new("error", "The worker loop returned without settling this task")
            }
        }
    }
}

fn first_line(what: &str, message: &str) -> String {
    match message.lines().next() {
        Some(line) if !line.is_empty() => format!("{what}: {line}"),
        _ => what.to_owned(),
    }
}

/// What came of ending a worker from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Burial {
    /// This call ended it.
    Ended {
        /// So many of its tasks failed.
        failed: u64,
        /// So many went back to the queue.
        requeued: u64,
        /// It was lost, and may be started again: by its manager, if it has one, else by whoever claims it; see
        /// [`Network::claimed_restarts`].
        restart: bool,
    },
    /// It was not running any more, or its heart still beats.
    NotRunning {
        /// `running`, `terminated`, `killed`, `lost`, `restarted` (another incarnation runs), or `removed` (nobody knows it).
        state: String,
    },
}

impl Network {
    /// Ends a worker and fails its running tasks ("Worker was killed"), whether its machine can be reached or not: it stops as
    /// soon as it hears of it, and nothing that it writes until then counts.
    pub async fn kill(&self, worker: &WorkerId) -> Result<Burial> {
        let end = End::new(EndKind::Killed, "Worker was killed");
        self.end_worker(&self.inner.commands, worker, None, &end, false).await
    }

    /// Ends a worker whose process has died, which the caller knows for sure (it was its child). Its running tasks fail ("Worker has
    /// crashed or was killed") or go back to the queue, as it has said when it registered. See [`Heart`](crate::Heart) for
    /// those of whom nobody knows anything.
    pub async fn bury(&self, worker: &WorkerId, incarnation: Option<u64>, message: &str) -> Result<Burial> {
        let end = End::new(EndKind::Lost, message);
        self.end_worker(&self.inner.commands, worker, incarnation, &end, false).await
    }

    /// Asks workers to end after their task. Tells for each whether it was running.
    pub async fn terminate(&self, workers: &[WorkerId]) -> Result<Vec<bool>> {
        if workers.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.keys;
        let mut call = script::TERMINATE.call(1 + workers.len(), 128 * workers.len());
        call.arg(keys.running_worker_ids());
        for worker in workers {
            call.arg(keys.worker(worker).terminate);
        }
        call.arg(&keys.wakeup);
        for worker in workers {
            call.arg(worker.as_str());
        }
        let values = reply::array(self.inner.commands.send(&call).await?)?;
        values.iter().map(|value| Ok(reply::integer(value)? == 1)).collect()
    }

    /// The one way out: see `scripts/end_worker.lua`.
    pub(crate) async fn end_worker(
        &self,
        link: &Link,
        worker: &WorkerId,
        incarnation: Option<u64>,
        end: &End,
        only_if_silent: bool,
    ) -> Result<Burial> {
        let keys = &self.inner.keys;
        let own = keys.worker(worker);
        let state = end.kind.state();
        let set = match state {
            WorkerState::Killed => keys.killed_worker_ids(),
            WorkerState::Lost => keys.lost_worker_ids(),
            WorkerState::Running | WorkerState::Terminated => keys.terminated_worker_ids(),
        };
        let mut call = script::END_WORKER.call(15, 1024);
        for key in [
            &own.info,
            &keys.running_worker_ids(),
            &keys.terminated_worker_ids(),
            &set,
            &own.heartbeat,
            &keys.heartbeat_keys(),
            &own.terminate,
            &own.kill,
            &own.running,
            &keys.running_tasks,
            &keys.failed_tasks,
            &own.queue,
            &keys.queued_tasks,
            &keys.own_queues(),
            &keys.restarts(),
        ] {
            call.arg(key);
        }
        call.arg(worker.as_str());
        match incarnation {
            Some(incarnation) => call.arg(incarnation),
            None => call.arg(""),
        };
        call.arg(state.as_str()).arg(end.kind.as_str()).arg(&end.message);
        call.arg(self.inner.codec.encode_condition(&end.condition()));
        call.arg(u8::from(only_if_silent)).arg(&keys.wakeup);
        call.arg(token());
        let values = reply::array(link.send(&call).await?)?;
        match values.as_slice() {
            [Value::Int(1), failed, requeued, restart] => Ok(Burial::Ended {
                failed: reply::count(failed)?,
                requeued: reply::count(requeued)?,
                restart: *restart == Value::Int(1),
            }),
            [Value::Int(0), state] => {
                Ok(Burial::NotRunning { state: reply::text(state.clone())?.unwrap_or_default() })
            }
            _ => Err(Error::Redis(format!("end_worker answered {values:?}"))),
        }
    }
}
