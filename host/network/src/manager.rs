//! What a manager does with tasks; a worker's pushes go the same way, with its registration checked.

use std::time::Duration;

use redis::{Cmd, Value};
use tokio::time::Instant;

use crate::{
    Condition, Counts, FailedTask, FinishedTask, Invalid, Network, NewTask, Result, State, TaskKey, Worker,
    WorkerId,
    budget::{Request, admitted},
    check::Encoder,
    reply,
    script::{self, token},
    transitions::add_keys,
};

/// Who pushes. A manager is trusted; a worker must be registered.
#[derive(Clone, Copy)]
pub(crate) enum Pusher<'a> {
    Manager,
    Worker { worker: &'a Worker, info: &'a str, incarnation: u64 },
}

impl<'a> Pusher<'a> {
    /// The first key of a push script; a manager has none, so it gives one that the script touches anyway.
    pub(crate) fn add_key(self, call: &mut Cmd, other: &str) {
        match self {
            Self::Manager => call.arg(other),
            Self::Worker { info, .. } => call.arg(info),
        };
    }

    pub(crate) fn add_incarnation(self, call: &mut Cmd) {
        match self {
            Self::Manager => call.arg(""),
            Self::Worker { incarnation, .. } => call.arg(incarnation),
        };
    }

    async fn numbered_push(self) -> Option<Request<'a>> {
        match self {
            Self::Manager => None,
            Self::Worker { worker, .. } => worker.numbered_push().await,
        }
    }

    pub(crate) async fn send(self, network: &Network, call: &Cmd, tasks: usize) -> Result<Value> {
        match self {
            Self::Worker { worker, .. } => worker.send(call, tasks).await,
            Self::Manager => network.inner.link_for(tasks).await?.send(call).await,
        }
    }
}

impl Network {
    /// Creates queued tasks; with `worker`, in that worker's own queue, which it pops first. Returns their keys.
    pub async fn push(&self, tasks: &[NewTask], worker: Option<&WorkerId>) -> Result<Vec<TaskKey>> {
        self.push_as(Pusher::Manager, tasks, worker).await
    }

    /// Whether [`push`](Self::push) would take these tasks, apart from what the budget and Redis have room for. Sends nothing.
    pub fn check(&self, tasks: &[NewTask]) -> Result<()> {
        self.add_new_tasks(&mut Cmd::new(), tasks)
    }

    /// Creates tasks with their results. Returns their keys.
    pub async fn push_finished(&self, tasks: &[FinishedTask]) -> Result<Vec<TaskKey>> {
        self.push_finished_as(Pusher::Manager, tasks).await
    }

    /// Creates tasks as failed. Returns their keys.
    pub async fn push_failed(&self, tasks: &[FailedTask]) -> Result<Vec<TaskKey>> {
        self.push_failed_as(Pusher::Manager, tasks).await
    }

    /// Fails every queued task ("Removed from queue"). Returns how many.
    pub async fn empty_queue(&self) -> Result<u64> {
        self.empty_queue_as(Pusher::Manager).await
    }

    /// How many tasks are in each state, all at one moment.
    pub async fn counts(&self) -> Result<Counts> {
        Ok(self.lengths(&self.inner.commands).await?.counts)
    }

    /// Whether each of these tasks is in this state.
    pub async fn has_state(&self, keys: &[TaskKey], state: State) -> Result<Vec<bool>> {
        Ok(self.states(keys).await?.into_iter().map(|found| found == Some(state)).collect())
    }

    /// The state of each of these tasks; none for one that does not exist.
    pub async fn states(&self, keys: &[TaskKey]) -> Result<Vec<Option<State>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = script::STATES.call(1 + keys.len(), 64 * keys.len());
        call.arg(&self.inner.keys.running_tasks);
        add_keys(&mut call, keys.iter());
        let codes = reply::array(self.inner.commands.send(&call).await?)?;
        let state = |code: &Value| -> Result<Option<State>> {
            let code = usize::try_from(reply::integer(code)?).map_err(|_| reply::unexpected(code))?;
            Ok(code.checked_sub(1).and_then(|index| State::ALL.get(index).copied()))
        };
        codes.iter().map(state).collect()
    }

    /// Waits until all of these tasks are finished or failed; false when time is up or no worker is running. A key of no task of
    /// this network (any more) is an error: nothing will ever become of it.
    ///
    /// A finish publishes nothing, because that would cost every task; so this looks, at first every 5 ms, later every 250.
    pub async fn wait_for_tasks(&self, keys: &[TaskKey], timeout: Option<Duration>) -> Result<bool> {
        self.wait_for_others(keys, timeout, None).await
    }

    /// The same for a worker, which does not count itself: while it waits it works on nothing.
    pub(crate) async fn wait_for_others(
        &self,
        keys: &[TaskKey],
        timeout: Option<Duration>,
        who_waits: Option<&WorkerId>,
    ) -> Result<bool> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut open = keys.to_vec();
        let mut pause = Duration::from_millis(5);
        loop {
            // Read before the tasks: the last worker may settle the last task and end in between.
            let nobody_runs = !open.is_empty()
                && self.running_workers().await?.iter().all(|worker| who_waits == Some(worker));
            let states = self.states(&open).await?;
            if let Some((key, _)) = open.iter().zip(&states).find(|(_, state)| state.is_none()) {
                return Err(Invalid::UnknownTask { key: key.to_string() }.into());
            }
            let mut settled =
                states.iter().map(|state| matches!(state, Some(State::Finished | State::Failed)));
            open.retain(|_| !settled.next().unwrap_or(false));
            if open.is_empty() {
                return Ok(true);
            }
            if nobody_runs || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(false);
            }
            let until = Instant::now() + pause;
            tokio::time::sleep_until(deadline.map_or(until, |deadline| deadline.min(until))).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    pub(crate) async fn push_as(
        &self,
        pusher: Pusher<'_>,
        tasks: &[NewTask],
        worker: Option<&WorkerId>,
    ) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.keys;
        let created: Vec<TaskKey> = tasks.iter().map(|_| keys.new_task()).collect();
        let capacity = 256 + 128 * tasks.len();
        let mut call = match worker {
            None => script::PUSH.call(4 + tasks.len(), capacity),
            Some(_) => script::PUSH_TO_WORKER.call(7 + tasks.len(), capacity),
        };
        pusher.add_key(&mut call, &keys.all_tasks);
        call.arg(&keys.all_tasks).arg(&keys.queued_tasks).arg(&keys.failed_tasks);
        if let Some(target) = worker {
            let target = keys.worker(target);
            call.arg(target.info).arg(target.queue).arg(keys.own_queues());
        }
        add_keys(&mut call, created.iter());
        pusher.add_incarnation(&mut call);
        call.arg(&keys.wakeup);
        let request = pusher.numbered_push().await;
        self.inner.budget.add_to(&mut call, request.as_ref());
        if let Some(target) = worker {
            call.arg(target.as_str());
        }
        self.add_new_tasks(&mut call, tasks)?;
        admitted(pusher.send(self, &call, tasks.len()).await?)?;
        Ok(created)
    }

    pub(crate) async fn push_finished_as(
        &self,
        pusher: Pusher<'_>,
        tasks: &[FinishedTask],
    ) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.keys;
        let created: Vec<TaskKey> = tasks.iter().map(|_| keys.new_task()).collect();
        let mut call = script::PUSH_FINISHED.call(4 + tasks.len(), 256 + 192 * tasks.len());
        pusher.add_key(&mut call, &keys.all_tasks);
        call.arg(&keys.all_tasks).arg(&keys.finished_tasks).arg(&keys.failed_tasks);
        add_keys(&mut call, created.iter());
        pusher.add_incarnation(&mut call);
        let request = pusher.numbered_push().await;
        self.inner.budget.add_to(&mut call, request.as_ref());
        let encoder = self.encoder();
        for task in tasks {
            call.arg(encoder.fields("xs", &task.xs)?).arg(encoder.fields("ys", &task.ys)?);
            call.arg(encoder.extra("xs_extra", &task.xs_extra)?)
                .arg(encoder.extra("ys_extra", &task.ys_extra)?);
        }
        let finished = admitted(pusher.send(self, &call, tasks.len()).await?)?;
        self.inner.local.heard_finished(reply::count(&finished)?);
        Ok(created)
    }

    pub(crate) async fn push_failed_as(
        &self,
        pusher: Pusher<'_>,
        tasks: &[FailedTask],
    ) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.keys;
        let created: Vec<TaskKey> = tasks.iter().map(|_| keys.new_task()).collect();
        let mut call = script::PUSH_FAILED.call(3 + tasks.len(), 256 + 192 * tasks.len());
        pusher.add_key(&mut call, &keys.all_tasks);
        call.arg(&keys.all_tasks).arg(&keys.failed_tasks);
        add_keys(&mut call, created.iter());
        pusher.add_incarnation(&mut call);
        let encoder = self.encoder();
        for task in tasks {
            call.arg(encoder.fields("xs", &task.xs)?).arg(encoder.condition(task.condition.as_ref())?);
            call.arg(encoder.extra("xs_extra", &task.xs_extra)?);
        }
        pusher.send(self, &call, tasks.len()).await?;
        Ok(created)
    }

    pub(crate) async fn empty_queue_as(&self, pusher: Pusher<'_>) -> Result<u64> {
        let keys = &self.inner.keys;
        let condition = self.inner.codec.encode_condition(&Condition::new("removed", "Removed from queue"));
        let queues = self.queues().await?;
        let answers = keys.answers();
        let mut call = script::EMPTY_QUEUE.call(5 + queues.len(), 512);
        pusher.add_key(&mut call, &answers);
        call.arg(&keys.failed_tasks).arg(&answers).arg(&keys.all_tasks).arg(keys.worker_ids()).arg(queues);
        pusher.add_incarnation(&mut call);
        call.arg(condition).arg(token());
        reply::count(&pusher.send(self, &call, usize::MAX).await?)
    }

    pub(crate) fn encoder(&self) -> Encoder<'_> {
        Encoder {
            codec: &*self.inner.codec,
            max_value: self.inner.max_value.load(std::sync::atomic::Ordering::Relaxed),
        }
    }

    pub(crate) fn add_new_tasks(&self, call: &mut Cmd, tasks: &[NewTask]) -> Result<()> {
        let encoder = self.encoder();
        for task in tasks {
            call.arg(encoder.fields("xs", &task.xs)?).arg(encoder.extra("xs_extra", &task.extra)?);
        }
        Ok(())
    }
}
