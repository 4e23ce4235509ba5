//! What is submitted to Kubernetes: a Secret with the URL of Redis, and an indexed Job. Pure.

use std::{collections::BTreeMap, ffi::OsString, time::Duration};

use k8s_openapi::{
    api::{
        batch::v1::{Job as IndexedJob, JobSpec},
        core::v1::{
            Capabilities, Container, EnvVar, EnvVarSource, KeyToPath, LocalObjectReference,
            ObjectFieldSelector, PodSecurityContext, PodSpec, PodTemplateSpec, ResourceRequirements,
            SeccompProfile, Secret, SecretVolumeSource, SecurityContext, Toleration, Volume, VolumeMount,
        },
    },
    apimachinery::pkg::{api::resource::Quantity, apis::meta::v1::ObjectMeta},
};
use rush_network::LaunchId;
use rush_run_file::{KubernetesLauncher, TaintEffect};
use secrecy::{ExposeSecret as _, SecretString};

use super::{KubernetesError, escape::escaped, rules};
use crate::{Carries, RedisFrom, WorkerCommand, quote::Unquotable};

/// The label by which all that belongs to a launch is found again.
pub(super) const LAUNCH_LABEL: &str = "rush-host/launch";
/// The annotation in which a pod has its number.
pub(super) const INDEX_ANNOTATION: &str = "batch.kubernetes.io/job-completion-index";
/// The annotation in which a pod has how often it has failed before.
const FAILURES_ANNOTATION: &str = "batch.kubernetes.io/job-index-failure-count";
/// What stands in the place of a secret for those who only look.
pub(super) const REDACTED: &str = "<redacted>";

const CONTAINER: &str = "rush-host";
const VOLUME: &str = "redis";
/// The folder and the file with the URL of Redis.
const MOUNT: &str = "/run/rush-host";
const URL_KEY: &str = "redis-url";
/// For its owner alone; a group that is given to it may read it, too.
const URL_MODE: i32 = 0o400;
/// From the end of the grace until Kubernetes kills: workers that are killed then are recorded first.
const AFTER_GRACE: u64 = 5;
/// How often a pod is begun again whose workers are to be taken over; as often as Kubernetes does it if nobody says so.
const RETRIES: i32 = 6;

/// What is to be submitted.
pub(super) struct Plan<'a> {
    pub(super) launcher: &'a KubernetesLauncher,
    /// The name of Job and Secret.
    pub(super) name: &'a str,
    pub(super) launch: &'a LaunchId,
    pub(super) processes: u32,
    pub(super) command: WorkerCommand,
    /// The URL of Redis, or what stands in its place.
    pub(super) url: SecretString,
    /// Whether a pod that has failed is begun again, for workers that were lost with it.
    pub(super) takes_over: bool,
    pub(super) grace: Duration,
}

/// What is submitted, in this order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Manifest {
    pub(super) secret: Secret,
    pub(super) job: IndexedJob,
}

/// What becomes of a plan, if Kubernetes would take it.
pub(super) fn manifest(plan: &Plan<'_>) -> Result<Manifest, KubernetesError> {
    let manifest = Manifest { secret: secret(plan), job: job(plan)? };
    rules::check(&manifest)?;
    Ok(manifest)
}

fn secret(plan: &Plan<'_>) -> Secret {
    let url = plan.url.expose_secret().to_owned();
    Secret {
        metadata: ObjectMeta { annotations: None, ..metadata(plan) },
        type_: Some("Opaque".to_owned()),
        immutable: Some(true),
        string_data: Some(BTreeMap::from([(URL_KEY.to_owned(), url)])),
        ..Secret::default()
    }
}

fn job(plan: &Plan<'_>) -> Result<IndexedJob, KubernetesError> {
    let launcher = plan.launcher;
    let processes = i32::try_from(plan.processes).unwrap_or(i32::MAX);
    let ObjectMeta { labels, annotations, .. } = metadata(plan);
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta { labels, annotations, ..ObjectMeta::default() }),
        spec: Some(pod(plan)?),
    };
    let spec = JobSpec {
        completion_mode: Some("Indexed".to_owned()),
        completions: Some(processes),
        parallelism: Some(processes),
        // A pod that fails is no reason to end the others, which `backoffLimit` would.
        backoff_limit_per_index: Some(if plan.takes_over { RETRIES } else { 0 }),
        active_deadline_seconds: launcher.deadline.map(|deadline| seconds(deadline.as_std())),
        ttl_seconds_after_finished: Some(i32::try_from(launcher.ttl.as_std().as_secs()).unwrap_or(i32::MAX)),
        template,
        ..JobSpec::default()
    };
    Ok(IndexedJob { metadata: metadata(plan), spec: Some(spec), status: None })
}

fn metadata(plan: &Plan<'_>) -> ObjectMeta {
    let own = [("app.kubernetes.io/name", "rush-host"), (LAUNCH_LABEL, plan.launch.as_str())];
    let mut labels: BTreeMap<String, String> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    labels.extend(plan.launcher.labels.clone());
    let mut annotations = plan.launcher.annotations.clone();
    // A label could not hold every name of a network.
    annotations.insert("rush-host/network".to_owned(), plan.command.network.clone());
    ObjectMeta {
        name: Some(plan.name.to_owned()),
        namespace: plan.launcher.namespace.clone(),
        labels: Some(labels),
        annotations: Some(annotations),
        ..ObjectMeta::default()
    }
}

fn pod(plan: &Plan<'_>) -> Result<PodSpec, KubernetesError> {
    let launcher = plan.launcher;
    let pull = launcher.image_pull_secrets.iter().map(|name| LocalObjectReference { name: name.clone() });
    Ok(PodSpec {
        containers: vec![container(plan)?],
        restart_policy: Some("Never".to_owned()),
        termination_grace_period_seconds: Some(seconds(plan.grace + Duration::from_secs(AFTER_GRACE))),
        service_account_name: launcher.service_account.clone(),
        // Workers ask nothing of the cluster, so nothing in the pod should be able to.
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        image_pull_secrets: some(pull.collect()),
        node_selector: Some(launcher.node_selector.clone()).filter(|labels| !labels.is_empty()),
        tolerations: some(launcher.tolerations.iter().map(toleration).collect()),
        security_context: Some(PodSecurityContext {
            fs_group: launcher.fs_group.map(i64::from),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                ..SeccompProfile::default()
            }),
            ..PodSecurityContext::default()
        }),
        volumes: Some(vec![Volume {
            name: VOLUME.to_owned(),
            secret: Some(SecretVolumeSource {
                secret_name: Some(plan.name.to_owned()),
                default_mode: Some(URL_MODE),
                items: Some(vec![KeyToPath {
                    key: URL_KEY.to_owned(),
                    path: URL_KEY.to_owned(),
                    ..KeyToPath::default()
                }]),
                ..SecretVolumeSource::default()
            }),
            ..Volume::default()
        }]),
        ..PodSpec::default()
    })
}

fn container(plan: &Plan<'_>) -> Result<Container, KubernetesError> {
    let launcher = plan.launcher;
    let is_launched = matches!(plan.command.carries, Carries::Launched { .. });
    let mut variables = vec![("RUSH_PLACE", "metadata.name".to_owned())];
    if is_launched {
        variables.push(("RUSH_PROCESS", annotation(INDEX_ANNOTATION)));
    }
    if is_launched && plan.takes_over {
        variables.push(("RUSH_ATTEMPT", annotation(FAILURES_ANNOTATION)));
    }
    let quantities = [("cpu", &launcher.cpu), ("memory", &launcher.memory)].into_iter();
    let quantities: BTreeMap<String, Quantity> = quantities
        .filter_map(|(name, quantity)| Some((name.to_owned(), Quantity(quantity.clone()?))))
        .collect();
    let resources = (!quantities.is_empty()).then(|| ResourceRequirements {
        requests: Some(quantities.clone()),
        limits: Some(quantities),
        ..ResourceRequirements::default()
    });
    Ok(Container {
        name: CONTAINER.to_owned(),
        image: Some(launcher.image.clone()),
        command: Some(vec![escaped(&launcher.program)]),
        args: Some(arguments(plan, variables.iter().map(|(name, _)| *name))?),
        env: Some(variables.into_iter().map(|(name, path)| variable(name, path)).collect()),
        resources,
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
        }),
        // What it said at its end stands in the state of the pod, too.
        termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
        volume_mounts: Some(vec![VolumeMount {
            name: VOLUME.to_owned(),
            mount_path: MOUNT.to_owned(),
            read_only: Some(true),
            ..VolumeMount::default()
        }]),
        ..Container::default()
    })
}

/// The words of `rush-host worker`. What is the pod's own comes from its variables, which Kubernetes puts in; nothing else is to be read
/// as one.
fn arguments<'a>(
    plan: &Plan<'_>,
    variables: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>, KubernetesError> {
    let command =
        WorkerCommand { redis: RedisFrom::File(format!("{MOUNT}/{URL_KEY}")), ..plan.command.clone() };
    let text = |word: OsString| match word.into_string() {
        Ok(word) => Ok(escaped(&word)),
        Err(argument) => Err(Unquotable::NotText { argument }),
    };
    let mut words = command.arguments().into_iter().map(text).collect::<Result<Vec<_>, _>>()?;
    for variable in variables {
        let flag = variable.strip_prefix("RUSH_").unwrap_or(variable).to_ascii_lowercase();
        words.extend([format!("--{flag}"), format!("$({variable})")]);
    }
    Ok(words)
}

fn annotation(name: &str) -> String {
    format!("metadata.annotations['{name}']")
}

fn variable(name: &str, field_path: String) -> EnvVar {
    let source = EnvVarSource {
        field_ref: Some(ObjectFieldSelector { field_path, api_version: None }),
        ..EnvVarSource::default()
    };
    EnvVar { name: name.to_owned(), value_from: Some(source), ..EnvVar::default() }
}

fn toleration(toleration: &rush_run_file::Toleration) -> Toleration {
    let effect = toleration.effect.map(|effect| match effect {
        TaintEffect::NoSchedule => "NoSchedule",
        TaintEffect::PreferNoSchedule => "PreferNoSchedule",
        TaintEffect::NoExecute => "NoExecute",
    });
    Toleration {
        key: Some(toleration.key.clone()),
        operator: Some(if toleration.value.is_some() { "Equal" } else { "Exists" }.to_owned()),
        value: toleration.value.clone(),
        effect: effect.map(str::to_owned),
        ..Toleration::default()
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// Whole ones: who has a grace of half a second gets one.
fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(i64::MAX)
}

/// Both as YAML, for `kubectl create -f`.
pub(super) fn yaml(manifest: &Manifest) -> Result<String, KubernetesError> {
    let text = |written: Result<String, serde_saphyr::SerializeError>| {
        written.map_err(|error| KubernetesError::Yaml(error.to_string()))
    };
    let secret = text(serde_saphyr::to_string(&manifest.secret))?;
    let job = text(serde_saphyr::to_string(&manifest.job))?;
    Ok(format!("{}\n---\n{}\n", secret.trim_end(), job.trim_end()))
}
