//! Host processes as pods of an indexed Job of Kubernetes: one Job and one Secret for each launch.
//!
//! What is submitted is decided in [`manifest`], what an answer means in [`answer`] and [`states`]: pure. The rest asks the API of the
//! cluster that a kubeconfig names.

mod answer;
mod client;
mod error;
mod escape;
#[cfg(test)]
mod golden;
mod look;
mod manifest;
mod rules;
mod script;
mod states;
mod submit;
mod withdraw;

use std::time::Duration;

use rush_network::LaunchRecord;
use rush_run_file::KubernetesLauncher;
use secrecy::SecretString;

pub use self::error::KubernetesError;
pub(crate) use self::script::manifest_of_script;
use self::{
    client::Cluster,
    manifest::{Manifest, Plan, REDACTED, yaml},
};
use crate::{Job, JobState};

/// So long a look may take: whoever looks wants to tell something.
const PATIENCE: Duration = Duration::from_secs(15);

/// Submits a job, and answers `namespace/name`.
pub(crate) async fn submit(launcher: &KubernetesLauncher, job: &Job<'_>) -> Result<String, KubernetesError> {
    let manifest = manifest_of(launcher, job, job.redis_url.clone())?;
    let cluster = Cluster::of(launcher).await?;
    remembered(submit::submit(&cluster, &manifest).await)?;
    Ok(format!("{}/{}", cluster.namespace, job.name))
}

/// What Kubernetes says about the host processes of each launch.
pub(crate) async fn look(
    launcher: &KubernetesLauncher,
    records: &[&LaunchRecord],
) -> Result<Vec<Vec<JobState>>, KubernetesError> {
    let cluster = Cluster::of(launcher).await?;
    let looked = tokio::time::timeout(PATIENCE, look::look(&cluster, records)).await;
    remembered(looked.unwrap_or_else(|_| Err(cluster.silent(PATIENCE))))
}

/// Takes back what has not begun.
pub(crate) async fn cancel(
    launcher: &KubernetesLauncher,
    records: &[&LaunchRecord],
) -> Result<(), KubernetesError> {
    let cluster = Cluster::of(launcher).await?;
    let mut failed = Ok(());
    // Each by itself: one that cannot be deleted should not keep the others.
    for record in records {
        failed = failed.and(withdraw::cancel(&cluster, record).await);
    }
    remembered(failed)
}

/// The way to a cluster is remembered as long as it leads somewhere.
fn remembered<T>(done: Result<T, KubernetesError>) -> Result<T, KubernetesError> {
    done.inspect_err(|_| client::forget())
}

/// What would be submitted, with `<redacted>` in the place of the URL of Redis.
pub(crate) fn dry_run(launcher: &KubernetesLauncher, job: &Job<'_>) -> Result<String, KubernetesError> {
    let manifest = manifest_of(launcher, job, SecretString::from(REDACTED))?;
    let namespace = launcher.namespace.as_deref().map_or_else(
        || "the namespace of the context".to_owned(),
        |namespace| format!("namespace {namespace}"),
    );
    let context = launcher
        .context
        .as_deref()
        .map_or_else(|| "the current context".to_owned(), |context| format!("context {context}"));
    Ok(format!(
        "# Created through the API of {context}, in {namespace}. Then the Job becomes the owner of the Secret, which goes with it.\n{}",
        yaml(&manifest)?
    ))
}

fn manifest_of(
    launcher: &KubernetesLauncher,
    job: &Job<'_>,
    url: SecretString,
) -> Result<Manifest, KubernetesError> {
    manifest::manifest(&Plan {
        launcher,
        name: job.name,
        launch: &job.record.id,
        processes: u32::try_from(job.record.processes.len()).unwrap_or(u32::MAX),
        command: job.command.clone(),
        url,
        takes_over: job.takes_over,
        grace: job.grace,
    })
}
