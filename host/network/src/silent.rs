//! Who has fallen silent, and what becomes of them. A missing heartbeat is no verdict: only who is fit to judge may look, and only
//! the script decides.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use redis::Value;
use tokio::time::MissedTickBehavior;

use crate::{
    Burial, End, EndKind, Error, Invalid, Network, Result, WorkerId,
    link::Link,
    patience::LAST_PAUSE,
    punctuality::{Moment, Punctuality},
    reply, server,
};

/// Watches over the heartbeats of a network.
pub(crate) struct Silent {
    punctuality: Punctuality,
    expire: Duration,
    /// Whom it could not bury, and has said so.
    unburied: HashSet<WorkerId>,
}

/// So many are buried at once.
pub(crate) const SLICE: usize = 64;

impl Silent {
    pub(crate) fn new(period: Duration, expire: Duration) -> Self {
        Self { punctuality: Punctuality::new(period, expire), expire, unburied: HashSet::new() }
    }

    /// Redis has answered.
    pub(crate) fn heard(&mut self) {
        self.punctuality.beat(Moment::now());
    }

    /// The connection broke.
    pub(crate) fn interrupted(&mut self) {
        self.punctuality.interrupted();
    }

    /// Workers of any process whose heartbeat is gone, if it may bury them.
    pub(crate) async fn to_bury(&self, network: &Network, link: &Link) -> Result<Vec<WorkerId>> {
        if network.silent_workers(link).await?.is_empty() || !self.may_bury(link).await? {
            return Ok(Vec::new());
        }
        // Who was silent before it was clear that this process may judge may have been heard since.
        network.silent_workers(link).await
    }

    /// Buries some of them, all at once. The script checks each again, and names one winner. Whoever cannot be buried keeps nobody
    /// else from it; only a Redis that is away does.
    pub(crate) async fn bury(
        &mut self,
        network: &Network,
        link: &Link,
        workers: &[WorkerId],
        mut tell: impl FnMut(&WorkerId, Burial) + Send,
    ) -> Result<()> {
        let end = End::new(EndKind::Lost, "Its heartbeat was missing");
        let burials = workers.iter().map(|worker| network.end_worker(link, worker, None, &end, true));
        let mut done = Ok(());
        for (worker, burial) in workers.iter().zip(join_all(burials).await) {
            match burial {
                Ok(burial) => tell(worker, burial),
                Err(error @ Error::Unavailable { .. }) => done = Err(error),
                // Once: it comes again with each beat.
                Err(error) if self.unburied.insert(worker.clone()) => {
                    tracing::warn!(%worker, %error, "a worker whose heartbeat is missing cannot be buried");
                }
                Err(_) => {}
            }
        }
        done
    }

    /// Times to live run on while Redis is down or this process is stopped, so neither may judge others right afterwards.
    async fn may_bury(&self, link: &Link) -> Result<bool> {
        Ok(self.punctuality.may_judge(Moment::now())
            && server::uptime(link).await? >= self.expire + LAST_PAUSE)
    }
}

impl Network {
    /// Looks for workers without a heartbeat, and buries them: what every [`Heart`](crate::Heart) does with each beat, for a
    /// program that has none. Answers what became of each.
    ///
    /// If a heartbeat is missing, it watches for a little longer than `expire` first, since it may be missing because Redis or this
    /// machine was away; if none is, the answer comes at once. A call that fails has buried nobody.
    pub async fn detect_lost(&self, period: Duration, expire: Duration) -> Result<Vec<(WorkerId, Burial)>> {
        if period.is_zero() || expire < period {
            return Err(Invalid::Heartbeat { period, expire }.into());
        }
        let link = &self.inner.commands;
        let mut silent = Silent::new(period, expire);
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let nobody = self.silent_workers(link).await?.is_empty();
            silent.heard();
            if nobody {
                return Ok(Vec::new());
            }
            let mut burials = Vec::new();
            let mut done = Ok(());
            let dead = silent.to_bury(self, link).await?;
            for slice in dead.chunks(SLICE) {
                let tell = |worker: &WorkerId, burial| burials.push((worker.clone(), burial));
                done = silent.bury(self, link, slice, tell).await;
                if done.is_err() {
                    break;
                }
            }
            if !burials.is_empty() {
                return Ok(burials);
            }
            done?;
            // Whom it could not bury now it will not bury later.
            if !dead.is_empty() {
                return Ok(burials);
            }
        }
    }

    /// Running workers whose heartbeat is gone.
    async fn silent_workers(&self, link: &Link) -> Result<Vec<WorkerId>> {
        let mut smembers = redis::cmd("SMEMBERS");
        smembers.arg(self.inner.keys.heartbeat_keys());
        let heartbeats = reply::texts(link.send(&smembers).await?)?;
        if heartbeats.is_empty() {
            return Ok(Vec::new());
        }
        let alive = reply::count(&link.send(redis::cmd("EXISTS").arg(&heartbeats)).await?)?;
        if alive == heartbeats.len() as u64 {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for heartbeat in &heartbeats {
            pipeline.exists(heartbeat);
        }
        let found = link.send_all(&pipeline).await?;
        let silent = heartbeats.iter().zip(&found).filter(|(_, found)| **found == Value::Int(0));
        let prefix = format!("{}:", self.id());
        let id = |heartbeat: &String| {
            let id = heartbeat.strip_prefix(&prefix)?.strip_suffix(":heartbeat")?;
            // Whatever else stands in there is nobody to bury.
            WorkerId::parse(id).ok()
        };
        Ok(silent.filter_map(|(heartbeat, _)| id(heartbeat)).collect())
    }
}
