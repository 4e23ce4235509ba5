//! The process that had the place of this one, before its launcher began it again by itself: a pod that failed, a job that was put back
//! into its queue. Its workers may be dead and not buried yet.

use std::time::Duration;

use rush_launch::Configuration;
use rush_network::{Heart, HeartSettings, LaunchId, Network, WorkerId, WorkerState};
use tokio::time::Instant;

use crate::{
    failure::Failure,
    host_process::patience::{Waits, patiently},
};

/// Who is not heard is dead, and buried some time; on a busy machine so much later.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until no worker of this process is running any more, or until those that are have been heard for so long that they live. Perhaps
/// there is nobody else who buries them, and whoever buries must have been here for as long as a beat lives.
pub(super) async fn until_buried(
    network: &Network,
    launch: &LaunchId,
    process: u32,
    config: &str,
    waits: Waits,
) -> Result<(), Failure> {
    let Some(record) = patiently(waits, async || network.launch(launch).await).await? else { return Ok(()) };
    let place = usize::try_from(process).unwrap_or(usize::MAX);
    let its = record.processes.get(place).map_or(&[][..], |process| &process.workers);
    let ids: Vec<WorkerId> = its.iter().map(|worker| worker.id.clone()).collect();
    if running(network, &ids, waits).await?.is_empty() {
        return Ok(());
    }
    tracing::info!("workers of process {process} of launch {launch} count as running, which is waited for");
    let Configuration { period, expire, .. } = Configuration::load(network, config).await?;
    let heart = Heart::start(network, HeartSettings { period, expire, ..HeartSettings::default() }).await?;
    let begun = Instant::now();
    loop {
        let running = running(network, &ids, waits).await?;
        let live = begun.elapsed() > expire + 2 * period && running.iter().all(|heard| *heard);
        if running.is_empty() || live || begun.elapsed() > 2 * expire + PATIENCE {
            break;
        }
        tokio::time::sleep(period.min(Duration::from_millis(500))).await;
    }
    heart.stop().await;
    Ok(())
}

/// Whether each of those that count as running is heard.
async fn running(network: &Network, ids: &[WorkerId], waits: Waits) -> Result<Vec<bool>, Failure> {
    let found = patiently(waits, async || network.workers_of(ids).await).await?;
    let running = found.iter().filter(|worker| worker.state == WorkerState::Running);
    Ok(running.map(|worker| worker.heartbeat).collect())
}
