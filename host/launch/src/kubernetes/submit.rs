//! Making a Job and its Secret, each once.

use k8s_openapi::{
    api::{batch::v1::Job as IndexedJob, core::v1::Secret},
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
    core::Status,
};
use serde_json::json;

use super::{
    KubernetesError,
    answer::Answer,
    client::Cluster,
    manifest::Manifest,
    withdraw::{delete_job, delete_secret},
};

/// Makes both. The name is that of a launch and of nothing else, so whatever bears it already was made here: the reply was lost.
pub(super) async fn submit(cluster: &Cluster, manifest: &Manifest) -> Result<(), KubernetesError> {
    let name = manifest.job.metadata.name.as_deref().unwrap_or_default();
    make_secret(cluster, &manifest.secret).await?;
    let job = match make_job(cluster, name, &manifest.job).await {
        Ok(job) => job,
        Err(error) => {
            // Best effort: whoever gives the launch up does this, too.
            let _ = delete_job(cluster, &cluster.namespace, name).await;
            let _ = delete_secret(cluster, &cluster.namespace, name).await;
            return Err(error);
        }
    };
    give(cluster, name, &job).await;
    Ok(())
}

async fn make_secret(cluster: &Cluster, secret: &Secret) -> Result<(), KubernetesError> {
    const WHAT: &str = "create a Secret";
    let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let made = cluster
        .ask(WHAT, &cluster.namespace, async || secrets.create(&PostParams::default(), secret).await)
        .await?;
    match made {
        Ok(_) => Ok(()),
        Err(status) if status.code == 409 => Ok(()),
        Err(status) => Err(refused(cluster, WHAT, status)),
    }
}

async fn make_job(cluster: &Cluster, name: &str, job: &IndexedJob) -> Result<IndexedJob, KubernetesError> {
    const WHAT: &str = "create a Job";
    const LOOK: &str = "get a Job";
    let jobs: Api<IndexedJob> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let made = cluster
        .ask(WHAT, &cluster.namespace, async || jobs.create(&PostParams::default(), job).await)
        .await?;
    let status = match made {
        Ok(job) => return Ok(job),
        Err(status) => status,
    };
    if status.code != 409 {
        return Err(refused(cluster, WHAT, status));
    }
    let found = cluster.ask(LOOK, &cluster.namespace, async || jobs.get(name).await).await?;
    found.map_err(|status| refused(cluster, LOOK, status))
}

/// The Secret goes when the Job does.
async fn give(cluster: &Cluster, name: &str, job: &IndexedJob) {
    let Some(uid) = job.metadata.uid.clone() else { return };
    let owner = OwnerReference {
        api_version: "batch/v1".to_owned(),
        kind: "Job".to_owned(),
        name: name.to_owned(),
        uid,
        ..OwnerReference::default()
    };
    let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let patch = Patch::Merge(json!({ "metadata": { "ownerReferences": [owner] } }));
    let given = cluster
        .ask("patch a Secret", &cluster.namespace, async || {
            secrets.patch(name, &PatchParams::default(), &patch).await
        })
        .await;
    let error = match given {
        Ok(Ok(_)) => return,
        Ok(Err(status)) => status.message,
        Err(error) => error.to_string(),
    };
    tracing::warn!("the Secret {}/{name} will stay when its Job goes: {error}", cluster.namespace);
}

fn refused(cluster: &Cluster, what: &'static str, status: Status) -> KubernetesError {
    cluster.error(what, &cluster.namespace, Answer::Said(status.boxed()))
}
