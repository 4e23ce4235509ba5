//! What a manager does with tasks; a worker's pushes go the same way, with its registration checked.

use std::time::Duration;

use redis::{Cmd, Value};
use tokio::time::Instant;

use crate::{
    Condition, Counts, FailedTask, FinishedTask, Network, NewTask, Result, State, TaskKey, Worker, WorkerId,
    check::Encoder,
    link::Link,
    reply,
    script,
    worker::add_keys,
};

/// Who pushes. A manager is trusted; a worker must be registered.
#[derive(Clone, Copy)]
pub(crate) enum Pusher<'a> {
    Manager,
    Worker { worker: &'a Worker, info: &'a str, incarnation: u64 },
}

impl Pusher<'_> {
    /// The first key of a push script; a manager has none, so it gives one that the script touches anyway.
    fn add_key(self, call: &mut Cmd, other: &str) {
        match self {
            Self::Manager => call.arg(other),
            Self::Worker { info, .. } => call.arg(info),
        };
    }

    fn add_incarnation(self, call: &mut Cmd) {
        match self {
            Self::Manager => call.arg(""),
            Self::Worker { incarnation, .. } => call.arg(incarnation),
        };
    }

    async fn send(self, network: &Network, call: &Cmd, tasks: usize) -> Result<Value> {
        match self {
            Self::Worker { worker, .. } => worker.send(call).await,
            Self::Manager if tasks > BULK => network.inner.bulk().await?.send(call).await,
            Self::Manager => network.inner.commands.send(call).await,
        }
    }
}

/// From so many tasks on, a call takes the connection for what is large.
const BULK: usize = 256;

impl Network {
    /// Creates queued tasks; with `worker`, in that worker's own queue, which it pops first. Returns their keys.
    pub async fn push(&self, tasks: &[NewTask], worker: Option<&WorkerId>) -> Result<Vec<TaskKey>> {
        self.push_as(Pusher::Manager, tasks, worker).await
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
        self.counts_over(&self.inner.commands).await
    }

    /// [`counts`](Self::counts) over a connection of one's own.
    pub(crate) async fn counts_over(&self, link: &Link) -> Result<Counts> {
        let keys = &self.inner.keys;
        let (mut values, queues) = self
            .with_queues(link, |pipeline, queues| {
                pipeline.scard(&keys.running_tasks).llen(&keys.finished_tasks).scard(&keys.failed_tasks);
                for queue in queues {
                    pipeline.llen(queue);
                }
            })
            .await?;
        let queued = values.split_off(values.len() - queues).iter().map(reply::count).sum::<Result<u64>>()?;
        let [running, finished, failed] = values.as_slice() else { return Err(reply::unexpected(&Value::Array(values))) };
        let counts =
            Counts { queued, running: reply::count(running)?, finished: reply::count(finished)?, failed: reply::count(failed)? };
        self.inner.local.heard_finished(counts.finished);
        Ok(counts)
    }

    /// The keys of the tasks in each of the given states, all at one moment: none stands in two of them.
    pub async fn task_keys(&self, states: &[State]) -> Result<Vec<(State, Vec<TaskKey>)>> {
        let keys = &self.inner.keys;
        let (values, queues) = self
            .with_queues(&self.inner.commands, |pipeline, queues| {
                pipeline.smembers(&keys.running_tasks).lrange(&keys.finished_tasks, 0, -1).smembers(&keys.failed_tasks);
                for queue in queues {
                    pipeline.lrange(queue, 0, -1);
                }
            })
            .await?;
        let mut lists = values.into_iter().map(|value| -> Result<Vec<TaskKey>> {
            Ok(reply::texts(value)?.into_iter().map(TaskKey::stored).collect())
        });
        let mut next = || lists.next().unwrap_or_else(|| Ok(Vec::new()));
        let (running, finished, failed) = (next()?, next()?, next()?);
        let mut queued = Vec::new();
        for _ in 0..queues {
            // The oldest is at the right end.
            queued.extend(next()?.into_iter().rev());
        }
        let mut by_state = [Some(queued), Some(running), Some(finished), Some(failed)];
        Ok(states.iter().map(|state| (*state, by_state[*state as usize].take().unwrap_or_default())).collect())
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
        // A hash tells its task's state, except whether it waits or runs.
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline.sismember(&self.inner.keys.running_tasks, key.as_str());
            pipeline.cmd("HEXISTS").arg(key.as_str()).arg("ys");
            pipeline.cmd("HEXISTS").arg(key.as_str()).arg("condition");
            pipeline.exists(key.as_str());
        }
        let values = self.inner.commands.send_atomically(&mut pipeline).await?;
        values
            .chunks(4)
            .map(|answers| {
                let yes = |index: usize| -> Result<bool> {
                    answers.get(index).map_or(Ok(false), |value| Ok(reply::integer(value)? == 1))
                };
                Ok(match (yes(0)?, yes(1)?, yes(2)?, yes(3)?) {
                    (true, ..) => Some(State::Running),
                    (_, true, ..) => Some(State::Finished),
                    (_, _, true, _) => Some(State::Failed),
                    (_, _, _, true) => Some(State::Queued),
                    _ => None,
                })
            })
            .collect()
    }

    /// Waits until all of these tasks are finished or failed; false when time is up or no worker is running.
    ///
    /// A finish publishes nothing, because that would cost every task; so this looks, at first every 5 ms, later every 250.
    pub async fn wait_for_tasks(&self, keys: &[TaskKey], timeout: Option<Duration>) -> Result<bool> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut open = keys.to_vec();
        let mut pause = Duration::from_millis(5);
        loop {
            let states = self.states(&open).await?;
            let mut settled = states.iter().map(|state| matches!(state, Some(State::Finished | State::Failed)));
            open.retain(|_| !settled.next().unwrap_or(false));
            if open.is_empty() {
                return Ok(true);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) || self.running_workers().await?.is_empty() {
                return Ok(false);
            }
            let until = Instant::now() + pause;
            tokio::time::sleep_until(deadline.map_or(until, |deadline| deadline.min(until))).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    pub(crate) async fn push_as(
        &self, pusher: Pusher<'_>, tasks: &[NewTask], worker: Option<&WorkerId>,
    ) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.keys;
        let created: Vec<TaskKey> = tasks.iter().map(|_| keys.new_task()).collect();
        let capacity = 256 + 128 * tasks.len();
        let mut call = match worker {
            None => script::PUSH.call(3 + tasks.len(), capacity),
            Some(_) => script::PUSH_TO_WORKER.call(6 + tasks.len(), capacity),
        };
        pusher.add_key(&mut call, &keys.all_tasks);
        call.arg(&keys.all_tasks).arg(&keys.queued_tasks);
        if let Some(target) = worker {
            let target = keys.worker(target);
            call.arg(target.info).arg(target.queue).arg(keys.own_queues());
        }
        add_keys(&mut call, created.iter());
        pusher.add_incarnation(&mut call);
        call.arg(keys.wakeup());
        if let Some(target) = worker {
            call.arg(target.as_str());
        }
        self.add_new_tasks(&mut call, tasks)?;
        pusher.send(self, &call, tasks.len()).await?;
        Ok(created)
    }

    pub(crate) async fn push_finished_as(&self, pusher: Pusher<'_>, tasks: &[FinishedTask]) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.keys;
        let created: Vec<TaskKey> = tasks.iter().map(|_| keys.new_task()).collect();
        let mut call = script::PUSH_FINISHED.call(3 + tasks.len(), 256 + 192 * tasks.len());
        pusher.add_key(&mut call, &keys.all_tasks);
        call.arg(&keys.all_tasks).arg(&keys.finished_tasks);
        add_keys(&mut call, created.iter());
        pusher.add_incarnation(&mut call);
        let encoder = self.encoder();
        for task in tasks {
            call.arg(encoder.fields("xs", &task.xs)?).arg(encoder.fields("ys", &task.ys)?);
            call.arg(encoder.extra("xs_extra", &task.xs_extra)?).arg(encoder.extra("ys_extra", &task.ys_extra)?);
        }
        let finished = pusher.send(self, &call, tasks.len()).await?;
        self.inner.local.heard_finished(reply::count(&finished)?);
        Ok(created)
    }

    pub(crate) async fn push_failed_as(&self, pusher: Pusher<'_>, tasks: &[FailedTask]) -> Result<Vec<TaskKey>> {
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
        let mut call = script::EMPTY_QUEUE.call(2 + queues.len(), 512);
        pusher.add_key(&mut call, &keys.failed_tasks);
        call.arg(&keys.failed_tasks).arg(queues);
        pusher.add_incarnation(&mut call);
        call.arg(condition);
        reply::count(&pusher.send(self, &call, usize::MAX).await?)
    }

    pub(crate) fn encoder(&self) -> Encoder<'_> {
        Encoder { codec: &*self.inner.codec, max_value: self.inner.settings.max_value }
    }

    pub(crate) fn add_new_tasks(&self, call: &mut Cmd, tasks: &[NewTask]) -> Result<()> {
        let encoder = self.encoder();
        for task in tasks {
            call.arg(encoder.fields("xs", &task.xs)?).arg(encoder.extra("xs_extra", &task.extra)?);
        }
        Ok(())
    }

    /// The common queue, then those of workers that have one of their own.
    async fn queues(&self) -> Result<Vec<String>> {
        let mut smembers = redis::cmd("SMEMBERS");
        smembers.arg(self.inner.keys.own_queues());
        let owners = reply::texts(self.inner.commands.send(&smembers).await?)?;
        Ok(self.queues_of(&owners))
    }

    fn queues_of(&self, owners: &[String]) -> Vec<String> {
        let keys = &self.inner.keys;
        let own = owners.iter().map(|owner| keys.worker(&WorkerId::stored(owner.clone())).queue);
        std::iter::once(keys.queued_tasks.clone()).chain(own).collect()
    }

    /// Reads at one moment what `read` asks for, with all queues; answers the values and how many queues there were, which come
    /// last. Which workers have a queue of their own is read in the same moment, and read again if it was not known.
    async fn with_queues(
        &self, link: &Link, read: impl Fn(&mut redis::Pipeline, &[String]),
    ) -> Result<(Vec<Value>, usize)> {
        let mut owners: Vec<String> = Vec::new();
        loop {
            let queues = self.queues_of(&owners);
            let mut pipeline = redis::pipe();
            pipeline.smembers(self.inner.keys.own_queues());
            read(&mut pipeline, &queues);
            let mut values = link.send_atomically(&mut pipeline).await?;
            let mut now = reply::texts(values.remove(0))?;
            now.sort_unstable();
            if now == owners {
                return Ok((values, queues.len()));
            }
            owners = now;
        }
    }
}
