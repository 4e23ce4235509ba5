//! Taking back what has not begun.

use k8s_openapi::api::{batch::v1::Job as IndexedJob, core::v1::Secret};
use kube::{Api, api::DeleteParams};
use rush_network::LaunchRecord;

use super::{
    KubernetesError,
    client::Cluster,
    look::{name_of, namespace_of, phases},
    states::is_over,
};
use crate::Phase;

/// Deletes a Job of which no pod runs. Else its workers end through Redis, and those pods that still wait do so when they begin. One that is
/// over stays for those who want to know why, until its time is up.
pub(super) async fn cancel(cluster: &Cluster, record: &LaunchRecord) -> Result<(), KubernetesError> {
    const LOOK: &str = "get a Job";
    let (namespace, name) = (namespace_of(cluster, record), name_of(record));
    let phases = phases(cluster, namespace, record).await?;
    if phases.iter().any(|phase| matches!(phase, Phase::Running | Phase::Unknown)) {
        return Ok(());
    }
    let jobs: Api<IndexedJob> = Api::namespaced(cluster.client.clone(), namespace);
    let job = cluster.ask(LOOK, namespace, async || jobs.get(name).await).await?;
    if job.is_ok_and(|job| is_over(&job)) {
        return Ok(());
    }
    delete_job(cluster, namespace, name).await?;
    // It goes with its Job, unless somebody died between making the two.
    delete_secret(cluster, namespace, name).await
}

pub(super) async fn delete_job(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
) -> Result<(), KubernetesError> {
    let jobs: Api<IndexedJob> = Api::namespaced(cluster.client.clone(), namespace);
    let with_pods = DeleteParams::background();
    // One that is not there is gone already.
    let _ = cluster.ask("delete a Job", namespace, async || jobs.delete(name, &with_pods).await).await?;
    Ok(())
}

pub(super) async fn delete_secret(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
) -> Result<(), KubernetesError> {
    let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), namespace);
    let alone = DeleteParams::default();
    let _ = cluster.ask("delete a Secret", namespace, async || secrets.delete(name, &alone).await).await?;
    Ok(())
}
