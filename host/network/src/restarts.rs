//! Lost workers that are to be started again, and that no manager looks after: the set `restarts` remembers them, so that nothing
//! is forgotten with the process that buried them. Processes that can start workers claim them.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::Value;
use tokio::{sync::Notify, time::Instant};

use crate::{
    Error, Network, Result, WorkerId, WorkerInfo,
    link::Link,
    reply,
    script::{self, token},
    worker::millis,
};

/// Who waits in this process for workers to start again, and what its heart has claimed for them.
#[derive(Default)]
pub(crate) struct Restarts {
    state: Mutex<State>,
    one_more: Notify,
}

#[derive(Default)]
struct State {
    /// For how long each of those who wait wants to keep a claim.
    waiting: Vec<Duration>,
    /// What was claimed, each time with the moment when the claim runs out.
    claimed: Vec<(Instant, Vec<WorkerInfo>)>,
}

impl Restarts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long a claim is to hold, if anybody waits for one.
    fn wanted(&self) -> Option<Duration> {
        self.state().waiting.iter().max().copied()
    }

    fn claimed(&self, claims: Vec<(Instant, Vec<WorkerInfo>)>) {
        if !claims.is_empty() {
            self.state().claimed.extend(claims);
            self.one_more.notify_waiters();
        }
    }

    /// What has run out is not given any more: somebody else may have claimed it.
    fn take(&self) -> Vec<WorkerInfo> {
        let now = Instant::now();
        let claimed = std::mem::take(&mut self.state().claimed);
        claimed.into_iter().filter(|(until, _)| now < *until).flat_map(|(_, workers)| workers).collect()
    }

    async fn next(&self, patience: Duration) -> Vec<WorkerInfo> {
        let _interest = Interest::new(self, patience);
        loop {
            // Listening begins before looking, so that one in between is heard.
            let one_more = self.one_more.notified();
            tokio::pin!(one_more);
            one_more.as_mut().enable();
            let workers = self.take();
            if !workers.is_empty() {
                return workers;
            }
            one_more.await;
        }
    }
}

/// Somebody waits, until this is dropped.
struct Interest<'a> {
    restarts: &'a Restarts,
    patience: Duration,
}

impl<'a> Interest<'a> {
    fn new(restarts: &'a Restarts, patience: Duration) -> Self {
        restarts.state().waiting.push(patience);
        Self { restarts, patience }
    }
}

impl Drop for Interest<'_> {
    fn drop(&mut self) {
        let waiting = &mut self.restarts.state().waiting;
        if let Some(place) = waiting.iter().position(|patience| *patience == self.patience) {
            waiting.swap_remove(place);
        }
    }
}

/// So many workers are claimed in one script, so that it is short.
const SLICE: usize = 250;

impl Network {
    /// Resolves when the heart of this process has claimed lost workers that are to be started again: for this process to do, as the
    /// next incarnation of each (see [`Registration::after`](crate::Registration::after)).
    ///
    /// Who has not come back after `patience` may be claimed again, by any process. Managed workers are never among them, and nothing
    /// is claimed while nobody waits here, or when this process asks its workers to end.
    pub async fn claimed_restarts(&self, patience: Duration) -> Vec<WorkerInfo> {
        self.inner.local.restarts.next(patience).await
    }

    /// Looks who is to be started again; for the heart.
    pub(crate) async fn claim_restarts(&self, link: &Link) -> Result<()> {
        let local = &self.inner.local;
        let Some(patience) = local.restarts.wanted() else { return Ok(()) };
        if local.stop_reason().is_some() {
            return Ok(());
        }
        let mut smembers = redis::cmd("SMEMBERS");
        smembers.arg(self.inner.keys.restarts());
        let ids = reply::texts(link.send(&smembers).await?)?;
        let ids: Vec<WorkerId> = ids.into_iter().filter_map(|id| WorkerId::parse(id).ok()).collect();
        let mut claims = Vec::new();
        let all = self.claim_all(link, &ids, patience, &mut claims).await;
        // All at once, so that those whom one process has carried are carried by one again.
        local.restarts.claimed(claims);
        all
    }

    async fn claim_all(
        &self,
        link: &Link,
        ids: &[WorkerId],
        patience: Duration,
        claims: &mut Vec<(Instant, Vec<WorkerInfo>)>,
    ) -> Result<()> {
        for slice in ids.chunks(SLICE) {
            let begun = Instant::now();
            let claimed = match self.claim(link, slice, patience).await {
                // Whoever is started again needs room, too.
                Err(error @ Error::StorageFull { .. }) => {
                    tracing::debug!(%error, "no lost worker is started again for now");
                    return Ok(());
                }
                claimed => claimed?,
            };
            let mut workers = self.read_workers(link, &claimed).await?;
            workers.retain(WorkerInfo::is_to_be_restarted);
            if !workers.is_empty() {
                claims.push((begun + patience, workers));
            }
        }
        Ok(())
    }

    /// Those of these workers that were to be started again, lost or because the time of their machine was up, are not; one that a
    /// process is just starting comes all the same.
    pub async fn forgo_restarts(&self, workers: &[WorkerId]) -> Result<()> {
        let keys = &self.inner.keys;
        for slice in workers.chunks(SLICE) {
            let mut call = script::FORGO_RESTARTS.call(1 + slice.len(), 128 + 128 * slice.len());
            call.arg(keys.restarts());
            for id in slice {
                call.arg(keys.worker(id).info);
            }
            for id in slice {
                call.arg(id.as_str());
            }
            self.inner.commands.send(&call).await?;
        }
        Ok(())
    }

    async fn claim(&self, link: &Link, ids: &[WorkerId], patience: Duration) -> Result<Vec<WorkerId>> {
        let keys = &self.inner.keys;
        let mut call = script::CLAIM_RESTARTS.call(1 + ids.len(), 128 + 128 * ids.len());
        call.arg(keys.restarts());
        for id in ids {
            call.arg(keys.worker(id).info);
        }
        call.arg(token()).arg(millis(patience));
        for id in ids {
            call.arg(id.as_str());
        }
        let answers = reply::array(link.send(&call).await?)?;
        let claimed = ids.iter().zip(&answers).filter(|(_, answer)| **answer == Value::Int(1));
        Ok(claimed.map(|(id, _)| id.clone()).collect())
    }
}
