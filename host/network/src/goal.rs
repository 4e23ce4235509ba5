//! Waiting until workers have come.

use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

use crate::{Invalid, Network, Result, WorkerId, reply};

/// Between two looks; each pause is twice as long as the one before, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(100);

/// Which workers are waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkersGoal {
    /// So many, whichever.
    Any(usize),
    /// All of these.
    All(Vec<WorkerId>),
    /// So many of these.
    SomeOf(usize, Vec<WorkerId>),
}

/// What came of waiting for workers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitedFor {
    /// So many more should have registered; 0 if the goal is reached.
    pub missing: usize,
    /// Those of the named ones that have not, whether the goal needs them or not.
    pub unknown: Vec<WorkerId>,
}

impl WaitedFor {
    /// Whether enough workers have registered.
    pub fn is_reached(&self) -> bool {
        self.missing == 0
    }
}

impl Network {
    /// Waits until enough workers have registered, whatever has become of them since. Answers what is missing when the time is up;
    /// with a time of zero it looks once.
    pub async fn wait_for_workers(&self, goal: &WorkersGoal, timeout: Option<Duration>) -> Result<WaitedFor> {
        let (wanted, ids) = match goal {
            WorkersGoal::Any(wanted) => (*wanted, None),
            WorkersGoal::All(ids) => (ids.len(), Some(ids)),
            WorkersGoal::SomeOf(wanted, ids) => (*wanted, Some(ids)),
        };
        if wanted == 0 {
            return Err(Invalid::NoWorkers.into());
        }
        if let Some(ids) = ids.filter(|ids| ids.len() < wanted) {
            return Err(Invalid::TooManyWorkers { wanted, named: ids.len() }.into());
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut pause = FIRST_PAUSE;
        loop {
            let found = match ids {
                None => {
                    let known = reply::count(
                        &self
                            .inner
                            .commands
                            .send(redis::cmd("SCARD").arg(self.inner.keys.worker_ids()))
                            .await?,
                    )?;
                    let known = usize::try_from(known).unwrap_or(usize::MAX);
                    WaitedFor { missing: wanted.saturating_sub(known), unknown: Vec::new() }
                }
                Some(ids) => {
                    let unknown = self.unknown_workers(ids).await?;
                    WaitedFor { missing: wanted.saturating_sub(ids.len() - unknown.len()), unknown }
                }
            };
            if found.is_reached() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(found);
            }
            let until = Instant::now() + pause;
            tokio::time::sleep_until(deadline.map_or(until, |deadline| deadline.min(until))).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    /// Which of these workers have never registered.
    pub async fn unknown_workers(&self, ids: &[WorkerId]) -> Result<Vec<WorkerId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut smismember = redis::cmd("SMISMEMBER");
        smismember.arg(self.inner.keys.worker_ids());
        for id in ids {
            smismember.arg(id.as_str());
        }
        let known = reply::array(self.inner.commands.send(&smismember).await?)?;
        let unknown = ids.iter().zip(known).filter(|(_, known)| *known != Value::Int(1));
        Ok(unknown.map(|(id, _)| id.clone()).collect())
    }

    /// How many of these workers have ever registered.
    pub async fn known_workers(&self, workers: &[WorkerId]) -> Result<usize> {
        Ok(workers.len() - self.unknown_workers(workers).await?.len())
    }
}
