//! Which batch system does it: what is asked of any of them.

use rush_network::LaunchRecord;
use rush_run_file::{KubernetesLauncher, RunFile};

use crate::{Job, JobState, LaunchError, Launcher, kubernetes, slurm};

/// A batch system: it starts host processes when it likes, says why it does not, and takes back what has not begun.
#[derive(Clone, Debug)]
pub(crate) enum BatchSystem {
    Slurm,
    Kubernetes(Box<KubernetesLauncher>),
}

impl BatchSystem {
    /// That of a launcher, if it is one.
    pub(crate) fn of(launcher: &Launcher) -> Option<Self> {
        match launcher {
            Launcher::Slurm(_) => Some(Self::Slurm),
            Launcher::Kubernetes(launcher) => Some(Self::Kubernetes(Box::new(launcher.clone()))),
            Launcher::Local | Launcher::Command(_) | Launcher::Ssh(_) => None,
        }
    }

    /// The launches that batch systems have, by system, as far as a run file says how to reach it.
    pub(crate) fn behind<'a>(
        records: impl IntoIterator<Item = &'a LaunchRecord>,
        run_file: &RunFile,
    ) -> Vec<(Self, Vec<&'a LaunchRecord>)> {
        let (mut slurm, mut kubernetes) = (Vec::new(), Vec::new());
        for record in records {
            match record.launcher.as_str() {
                "slurm" => slurm.push(record),
                "kubernetes" => kubernetes.push(record),
                _ => {}
            }
        }
        let mut systems = vec![(Self::Slurm, slurm)];
        if let rush_run_file::Launcher::Kubernetes(launcher) = &run_file.launcher {
            systems.push((Self::Kubernetes(Box::new(launcher.clone())), kubernetes));
        }
        systems.retain(|(_, records)| !records.is_empty());
        systems
    }

    /// What it says about the host processes of each launch, in their order. It need not know all of them.
    pub(crate) async fn look(&self, records: &[&LaunchRecord]) -> Result<Vec<Vec<JobState>>, LaunchError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Slurm => Ok(slurm::look(records).await?),
            Self::Kubernetes(launcher) => Ok(kubernetes::look(launcher, records).await?),
        }
    }

    /// Takes back what has not begun. What runs ends through the network.
    pub(crate) async fn cancel(&self, records: &[&LaunchRecord]) -> Result<(), LaunchError> {
        if records.is_empty() {
            return Ok(());
        }
        match self {
            Self::Slurm => Ok(slurm::cancel(records).await?),
            Self::Kubernetes(launcher) => Ok(kubernetes::cancel(launcher, records).await?),
        }
    }
}

/// Submits a job to the batch system of a launcher, and notes in a record how that calls it.
pub(crate) async fn submit(launcher: &Launcher, job: &Job<'_>) -> Result<LaunchRecord, LaunchError> {
    let mut record = job.record.clone();
    match launcher {
        Launcher::Slurm(launcher) => record.job = Some(slurm::submit(launcher, job).await?),
        Launcher::Kubernetes(launcher) => record.name = kubernetes::submit(launcher, job).await?,
        Launcher::Local | Launcher::Command(_) | Launcher::Ssh(_) => {}
    }
    Ok(record)
}
