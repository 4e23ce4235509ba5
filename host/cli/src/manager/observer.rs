//! Looks at the network now and then, in a task of its own: while Redis is away, the manager still hears its children and its
//! signals.

use rush_network::{Counts, Network, WorkerId};
use tokio::{sync::watch, task::JoinHandle, time::MissedTickBehavior};

use crate::print::progress::PERIOD;

/// What was seen last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Tasks.
    pub(crate) counts: Counts,
    /// How many workers of the network are running.
    pub(crate) running: u64,
    /// How many workers of this run have registered.
    pub(crate) registered: usize,
}

pub(crate) struct Observer {
    pub(crate) seen: watch::Receiver<Seen>,
    task: JoinHandle<()>,
}

impl Observer {
    pub(crate) fn start(network: Network, workers: Vec<WorkerId>, counts: Counts) -> Self {
        let (sender, seen) = watch::channel(Seen { counts, ..Seen::default() });
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let before = *sender.borrow();
                match look(&network, &workers, before).await {
                    Ok(seen) => drop(sender.send(seen)),
                    // The connection has said so, and says when that is over.
                    Err(error @ rush_network::Error::Unavailable { .. }) => {
                        tracing::debug!(%error, "the network cannot be looked at");
                    }
                    Err(error) => tracing::warn!(%error, "the network cannot be looked at"),
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

async fn look(network: &Network, workers: &[WorkerId], before: Seen) -> rush_network::Result<Seen> {
    let counts = network.counts().await?;
    let [(_, running), ..] = network.worker_counts().await?;
    let registered = if before.registered == workers.len() {
        before.registered
    } else {
        network.known_workers(workers).await?
    };
    Ok(Seen { counts, running, registered })
}
