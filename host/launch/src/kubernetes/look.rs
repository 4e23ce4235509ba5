//! Asking Kubernetes how far the pods of launches are.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::{
    batch::v1::Job as IndexedJob,
    core::v1::{Event, Pod},
};
use kube::{Api, Resource, api::ListParams};
use rush_network::LaunchRecord;
use serde::de::DeserializeOwned;

use super::{
    KubernetesError,
    answer::Answer,
    client::Cluster,
    manifest::LAUNCH_LABEL,
    states::{SeenJob, SeenPod, states},
};
use crate::{JobState, Phase};

/// So many objects come with one answer.
const PAGE: u32 = 500;
/// So many launches are asked for at once: their ids stand in the address of the request.
const AT_ONCE: usize = 50;

/// All that was found of a few launches.
#[derive(Default)]
struct Found {
    jobs: BTreeMap<String, IndexedJob>,
    pods: BTreeMap<String, Vec<SeenPod>>,
}

/// The namespace of a launch; until it is known whether it was submitted, the one where it would be.
pub(super) fn namespace_of<'a>(cluster: &'a Cluster, record: &'a LaunchRecord) -> &'a str {
    record.name.split_once('/').map_or(&cluster.namespace, |(namespace, _)| namespace)
}

/// The name of its Job.
pub(super) fn name_of(record: &LaunchRecord) -> &str {
    record.name.split_once('/').map_or(&record.name, |(_, name)| name)
}

/// The states of the processes of each launch.
pub(super) async fn look(
    cluster: &Cluster,
    records: &[&LaunchRecord],
) -> Result<Vec<Vec<JobState>>, KubernetesError> {
    let namespaces: BTreeSet<&str> = records.iter().map(|record| namespace_of(cluster, record)).collect();
    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for namespace in namespaces {
        let its = records.iter().filter(|record| namespace_of(cluster, record) == namespace);
        let its: Vec<&str> = its.map(|record| record.id.as_str()).collect();
        let all = found.entry(namespace).or_default();
        for launches in its.chunks(AT_ONCE) {
            let launches = launches.join(",");
            let selector = ListParams::default().labels(&format!("{LAUNCH_LABEL} in ({launches})"));
            for job in list::<IndexedJob>(cluster, "list Jobs", namespace, &selector).await? {
                all.jobs.insert(job.metadata.name.clone().unwrap_or_default(), job);
            }
            for pod in list::<Pod>(cluster, "list pods", namespace, &selector).await? {
                let launch = pod.metadata.labels.as_ref().and_then(|labels| labels.get(LAUNCH_LABEL));
                if let (Some(launch), Some(seen)) = (launch, SeenPod::of(&pod)) {
                    all.pods.entry(launch.clone()).or_default().push(seen);
                }
            }
        }
    }
    let mut all = Vec::new();
    for record in records {
        let namespace = namespace_of(cluster, record);
        let none = Found::default();
        let found = found.get(namespace).unwrap_or(&none);
        all.push(states_of(cluster, namespace, record, found).await);
    }
    Ok(all)
}

async fn states_of(
    cluster: &Cluster,
    namespace: &str,
    record: &LaunchRecord,
    found: &Found,
) -> Vec<JobState> {
    let job = match found.jobs.get(name_of(record)) {
        Some(job) => SeenJob::There(Box::new(job.clone())),
        None if record.name.contains('/') => SeenJob::Gone,
        None => SeenJob::NotYet,
    };
    let pods = found.pods.get(record.id.as_str()).map_or(&[][..], Vec::as_slice);
    let processes = u32::try_from(record.processes.len()).unwrap_or(u32::MAX);
    let seen = |why: Option<&str>| states(processes, &job, pods, why, name_of(record));
    let states = seen(None);
    let waits_for_a_pod = |state: &JobState| state.phase == Phase::Pending && state.place == name_of(record);
    if !states.iter().any(waits_for_a_pod) {
        return states;
    }
    seen(why_no_pods(cluster, namespace, name_of(record)).await.as_deref())
}

/// A quota, an admission policy: that stands in events, which not everybody may read.
async fn why_no_pods(cluster: &Cluster, namespace: &str, name: &str) -> Option<String> {
    let selector = format!("involvedObject.kind=Job,involvedObject.name={name},reason=FailedCreate");
    let events: Api<Event> = Api::namespaced(cluster.client.clone(), namespace);
    let events = events.list(&ListParams::default().fields(&selector).limit(PAGE)).await.ok()?;
    let latest =
        events.items.into_iter().max_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0))?;
    latest.message
}

/// All objects that a selector fits to, page by page.
async fn list<K>(
    cluster: &Cluster,
    what: &'static str,
    namespace: &str,
    selector: &ListParams,
) -> Result<Vec<K>, KubernetesError>
where
    K: Resource<Scope = k8s_openapi::NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
    K::DynamicType: Default,
{
    let api: Api<K> = Api::namespaced(cluster.client.clone(), namespace);
    let mut all = Vec::new();
    let mut page = selector.clone().limit(PAGE);
    loop {
        let answer = cluster.ask(what, namespace, async || api.list(&page).await).await?;
        let list = answer.map_err(|status| cluster.error(what, namespace, Answer::Said(status.boxed())))?;
        all.extend(list.items);
        match list.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => page = page.continue_token(&token),
            None => return Ok(all),
        }
    }
}

/// The phases of the pods of a launch.
pub(super) async fn phases(
    cluster: &Cluster,
    namespace: &str,
    record: &LaunchRecord,
) -> Result<Vec<Phase>, KubernetesError> {
    let selector = ListParams::default().labels(&format!("{LAUNCH_LABEL}={}", record.id));
    let pods = list::<Pod>(cluster, "list pods", namespace, &selector).await?;
    Ok(pods.iter().filter_map(SeenPod::of).map(|pod| pod.phase).collect())
}
