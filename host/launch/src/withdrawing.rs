//! Taking launches back: nothing of them begins any more.

use std::time::Duration;

use rush_network::{LaunchId, LaunchRecord, Network};
use rush_run_file::RunFile;

use crate::{KubernetesError, LaunchError, Launched, SlurmError, batch_system::BatchSystem};

/// So long Redis is asked: whoever has failed wants to say so.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long a batch system is asked.
const SYSTEM_PATIENCE: Duration = Duration::from_secs(10);

/// So long all of it may take, however many launches there are: who is stopped waits for it.
const MOST_FOR_ALL: Duration = Duration::from_secs(30);

/// What has come of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// So many launches may not begin any more that could have until now.
    pub launches: u64,
    /// What batch systems did not take back, each with why. When it begins, it ends at once.
    pub uncancelled: Vec<String>,
}

/// Takes launches back. First the network, so that whatever begins from now on does nothing; then what waits in batch systems is
/// cancelled. What runs goes on.
pub async fn withdraw(
    network: &Network,
    run_file: &RunFile,
    records: &[LaunchRecord],
) -> Result<Withdrawn, LaunchError> {
    let ids: Vec<LaunchId> = records.iter().map(|record| record.id.clone()).collect();
    let launches = network.withdraw_launches(&ids).await?;
    Ok(Withdrawn { launches, uncancelled: cancel_jobs(run_file, records).await })
}

/// Has batch systems take back what waits there of launches that are withdrawn. Answers what they did not, each with why.
pub async fn cancel_jobs(run_file: &RunFile, records: &[LaunchRecord]) -> Vec<String> {
    let mut uncancelled = Vec::new();
    for (system, records) in BatchSystem::behind(records, run_file) {
        let why = match tokio::time::timeout(MOST_FOR_ALL, system.cancel(&records)).await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", MOST_FOR_ALL.as_secs()),
        };
        uncancelled.extend(records.into_iter().map(|record| format!("{}: {why}", what(record))));
    }
    uncancelled
}

/// What people can look for.
fn what(record: &LaunchRecord) -> String {
    match &record.job {
        Some(job) => format!("job {job} ({})", record.name),
        None => format!("job {}", record.name),
    }
}

/// Whether there is no way from here to the batch system: then it has taken nothing, either.
fn leads_nowhere(error: &LaunchError) -> bool {
    matches!(
        error,
        LaunchError::Slurm(SlurmError::NoProgram { .. })
            | LaunchError::Kubernetes(KubernetesError::NoCluster { .. } | KubernetesError::NoContext { .. })
    )
}

impl Launched {
    /// Nothing of this begins any more: see [`withdraw`]. What runs goes on.
    pub async fn withdraw(&self, network: &Network) {
        if self.records.is_empty() {
            return;
        }
        let ids: Vec<LaunchId> = self.records.iter().map(|record| record.id.clone()).collect();
        match tokio::time::timeout(PATIENCE, network.withdraw_launches(&ids)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "what was launched and has not begun yet may still do so");
            }
            Err(_) => tracing::warn!("Redis does not answer, so what was launched may still begin"),
        }
        let Some(system) = BatchSystem::of(&self.launcher) else { return };
        let records: Vec<&LaunchRecord> = self.records.iter().collect();
        match tokio::time::timeout(SYSTEM_PATIENCE, system.cancel(&records)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if leads_nowhere(&error) => {
                tracing::debug!(%error, "there is no way to jobs, so there are none");
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "jobs could not be cancelled; when they begin, they end at once");
            }
            Err(_) => tracing::warn!(
                "{} does not answer, so jobs may wait that end when they begin",
                self.launcher.title()
            ),
        }
    }
}
