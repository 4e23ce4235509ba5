//! Looks at the network now and then, in a task of its own: while Redis is away, the manager still hears its children and its
//! signals.

use std::{collections::HashSet, sync::Arc, time::Duration};

use rush_launch::{Awaited, registered};
use rush_network::{Counts, Network, WorkerId, WorkerInfo};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};

use crate::print::progress::PERIOD;

/// The workers of a run are looked at one by one at most so often.
const THOROUGH_PERIOD: Duration = Duration::from_secs(1);

/// What was seen last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// When this look began; never, if there was none.
    pub(crate) at: Option<Instant>,
    /// Tasks.
    pub(crate) counts: Counts,
    /// How many workers of the network are running.
    pub(crate) running: u64,
    /// How many workers of this run have registered.
    pub(crate) registered: usize,
    /// How many of them are running; none if that was not looked at.
    pub(crate) own_running: Option<usize>,
    /// Those that have ended, one by one, if they may be started again.
    pub(crate) own: Arc<[WorkerInfo]>,
}

pub(crate) struct Observer {
    pub(crate) seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

struct Look {
    network: Network,
    workers: Vec<Awaited>,
    ids: HashSet<WorkerId>,
    thorough: bool,
    next_thorough: Instant,
}

impl Observer {
    /// `thorough`: what becomes of the workers of this run is to be seen in the network, not only in their processes; else that is
    /// looked at now and then, for the sake of processes that hang.
    pub(crate) fn start(network: Network, workers: Vec<Awaited>, thorough: bool, counts: Counts) -> Self {
        let (sender, seen) = watch::channel(Seen { counts, ..Seen::default() });
        let ids = workers.iter().map(|worker| worker.id.clone()).collect();
        let mut look = Look { network, workers, ids, thorough, next_thorough: Instant::now() };
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut told = String::new();
            loop {
                ticks.tick().await;
                let before = sender.borrow().registered;
                match look.look(before).await {
                    Ok(seen) => {
                        told.clear();
                        drop(sender.send(seen));
                    }
                    // The connection has said so, and says when that is over.
                    Err(error @ rush_network::Error::Unavailable { .. }) => {
                        tracing::debug!(%error, "the network cannot be looked at");
                    }
                    // Once is enough.
                    Err(error) if error.to_string() == told => {}
                    Err(error) => {
                        tracing::warn!(%error, "the network cannot be looked at");
                        told = error.to_string();
                    }
                }
            }
        });
        Self { seen, task }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Look {
    async fn look(&mut self, registered_before: usize) -> rush_network::Result<Seen> {
        let at = Some(Instant::now());
        let network = &self.network;
        let counts = network.counts().await?;
        let [(_, running), ..] = network.worker_counts().await?;
        let all = self.workers.len();
        let registered =
            if registered_before == all { all } else { registered(network, &self.workers).await? };
        let mut seen = Seen { at, counts, running, registered, ..Seen::default() };
        let is_due = Instant::now() >= self.next_thorough;
        if !self.thorough && !is_due {
            return Ok(seen);
        }
        let running: HashSet<WorkerId> = network.running_workers().await?.into_iter().collect();
        let ended: Vec<WorkerId> = self.ids.difference(&running).cloned().collect();
        seen.own_running = Some(all - ended.len());
        // The last one may have been lost, and the run waits for nothing else. Who has not registered yet is not known.
        let is_last = registered == all && ended.len() == all;
        if self.thorough && registered > 0 && !ended.is_empty() && (is_due || is_last) {
            seen.own = network.workers_of(&ended).await?.into();
        }
        if is_due {
            self.next_thorough = Instant::now() + THOROUGH_PERIOD;
        }
        Ok(seen)
    }
}
