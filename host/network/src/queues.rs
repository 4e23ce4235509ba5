//! The queues of a network: the common one, and those of workers that have one of their own.

use redis::Value;

use crate::{
    Counts, Network, Result, State, TaskKey, WorkerId,
    link::Link,
    read::Read::{self, List, ListLength, Set, SetSize},
    reply,
};

/// How many tasks are in each state, and where the queued ones wait.
pub(crate) struct Lengths {
    pub(crate) counts: Counts,
    /// Those of `counts.queued` in the common queue.
    pub(crate) common: u64,
    /// Workers with tasks in their own queue.
    pub(crate) waited_for: Vec<WorkerId>,
}

impl Network {
    /// Reads all counts at one moment, over a connection of one's own choice.
    pub(crate) async fn lengths(&self, link: &Link) -> Result<Lengths> {
        let keys = &self.inner.keys;
        let what = [
            (&keys.running_tasks, SetSize),
            (&keys.finished_tasks, ListLength),
            (&keys.failed_tasks, SetSize),
        ];
        let (mut values, owners) = self.read_with_queues(link, &what, ListLength).await?;
        let queues = values.split_off(what.len());
        let queues = queues.iter().map(reply::count).collect::<Result<Vec<u64>>>()?;
        let [running, finished, failed] = values.as_slice() else {
            return Err(reply::unexpected(&Value::Array(values)));
        };
        let counts = Counts {
            queued: queues.iter().sum(),
            running: reply::count(running)?,
            finished: reply::count(finished)?,
            failed: reply::count(failed)?,
        };
        self.inner.local.heard_finished(counts.finished);
        let mut lengths = queues.into_iter();
        let common = lengths.next().unwrap_or(0);
        let waited_for = owners.into_iter().zip(lengths).filter(|(_, length)| *length > 0);
        Ok(Lengths {
            counts,
            common,
            waited_for: waited_for.map(|(owner, _)| WorkerId::stored(owner)).collect(),
        })
    }

    /// The keys of the tasks in each of the given states, all at one moment: none stands in two of them.
    pub async fn task_keys(&self, states: &[State]) -> Result<Vec<(State, Vec<TaskKey>)>> {
        let keys = &self.inner.keys;
        let listed = |state| match state {
            State::Running => Some((&keys.running_tasks, Set)),
            State::Finished => Some((&keys.finished_tasks, List)),
            State::Failed => Some((&keys.failed_tasks, Set)),
            State::Queued => None,
        };
        let what: Vec<(&String, Read)> = states.iter().filter_map(|state| listed(*state)).collect();
        let mut values = if what.len() == states.len() {
            self.read(self.inner.bulk().await?, &what).await?
        } else {
            self.read_with_queues(self.inner.bulk().await?, &what, List).await?.0
        };
        let task_keys = |value| -> Result<Vec<TaskKey>> {
            Ok(reply::texts(value)?.into_iter().map(TaskKey::stored).collect())
        };
        let mut queued = Vec::new();
        for queue in values.split_off(what.len()) {
            // The oldest is at the right end.
            queued.extend(task_keys(queue)?.into_iter().rev());
        }
        let mut values = values.into_iter();
        let mut by_state = Vec::with_capacity(states.len());
        for state in states {
            let found = match state {
                State::Queued => std::mem::take(&mut queued),
                _ => task_keys(values.next().unwrap_or_default())?,
            };
            by_state.push((*state, found));
        }
        Ok(by_state)
    }

    /// The common queue, then those of workers that have one of their own.
    pub(crate) async fn queues(&self) -> Result<Vec<String>> {
        let mut smembers = redis::cmd("SMEMBERS");
        smembers.arg(self.inner.keys.own_queues());
        let owners = reply::texts(self.inner.commands.send(&smembers).await?)?;
        Ok(self.queues_of(&owners))
    }

    pub(crate) fn queues_of(&self, owners: &[String]) -> Vec<String> {
        let keys = &self.inner.keys;
        let own = owners.iter().map(|owner| keys.worker(&WorkerId::stored(owner.clone())).queue);
        std::iter::once(keys.queued_tasks.clone()).chain(own).collect()
    }

    /// Reads `what`, then all queues, at one moment; answers also whose the queues after the common one are. They are read
    /// in the same moment, and everything is read again if they were not known.
    async fn read_with_queues(
        &self,
        link: &Link,
        what: &[(&String, Read)],
        how: Read,
    ) -> Result<(Vec<Value>, Vec<String>)> {
        let own_queues = self.inner.keys.own_queues();
        let mut owners: Vec<String> = Vec::new();
        loop {
            let queues = self.queues_of(&owners);
            let mut keys = vec![(own_queues.as_str(), Set)];
            keys.extend(what.iter().map(|(key, read)| (key.as_str(), *read)));
            keys.extend(queues.iter().map(|queue| (queue.as_str(), how)));
            let mut values = self.read(link, &keys).await?;
            let mut now = reply::texts(values.remove(0))?;
            now.sort_unstable();
            if now == owners {
                return Ok((values, owners));
            }
            owners = now;
        }
    }
}
