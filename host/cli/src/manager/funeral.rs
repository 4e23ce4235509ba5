//! What becomes of the workers that a dead host process leaves behind.

use futures_util::future::join_all;
use rush_network::{Burial, Counts, Network, WorkerId, WorkerInfo, WorkerState, hostname};

use crate::print::text;

/// What is left when all workers of a dead host process are buried.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// Those that may be started again.
    pub(crate) workers: Vec<WorkerInfo>,
    /// The tasks of the network then.
    pub(crate) counts: Counts,
}

/// Buries the workers of a host process of this machine that has died: nobody knows that sooner than its parent. Those that another
/// process carries by now are none of its.
pub(crate) async fn bury(network: Network, workers: Vec<WorkerId>, pid: Option<u32>, how: String) -> Left {
    let message = format!("Its host process ended: {how}");
    let found = match network.workers_of(&workers).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "lost workers could not be buried; another process will");
            return Left::default();
        }
    };
    let here = hostname();
    let carried = |worker: &&WorkerInfo| {
        worker.state == WorkerState::Running && worker.pid == pid && worker.hostname == here
    };
    let burials = found
        .iter()
        .filter(carried)
        .map(|worker| network.bury(&worker.id, Some(worker.incarnation), &message));
    let mut lost = 0;
    // Somebody else may have seen that a heartbeat was missing.
    let mut restart = found.iter().any(WorkerInfo::is_to_be_restarted);
    for burial in join_all(burials).await {
        match burial {
            Ok(Burial::Ended { restart: again, .. }) => {
                lost += 1;
                restart |= again;
            }
            Ok(Burial::NotRunning { state }) => restart |= state == "lost",
            Err(error) => {
                tracing::warn!(%error, "a lost worker could not be buried; another process will");
            }
        }
    }
    if lost > 0 {
        tracing::warn!("a host process ended ({how}): {} lost", text::counted(lost, "worker"));
    }
    if !restart {
        return Left::default();
    }
    let look = async { Ok((network.workers_of(&workers).await?, network.counts().await?)) };
    match look.await {
        Ok((workers, counts)) => {
            Left { workers: workers.into_iter().filter(WorkerInfo::is_to_be_restarted).collect(), counts }
        }
        Err(error) => {
            let error: rush_network::Error = error;
            tracing::warn!(%error, "lost workers could not be looked at");
            Left::default()
        }
    }
}
