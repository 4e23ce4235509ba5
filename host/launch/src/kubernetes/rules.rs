//! What the API of Kubernetes asks for and its published schemas do not: told here, before anything is made.

use k8s_openapi::api::{batch::v1::JobSpec, core::v1::PodSpec};

use super::{KubernetesError, manifest::Manifest};

/// The longest hostname of a pod.
const LONGEST_HOSTNAME: usize = 63;
/// So many pods at once are what one Job may have.
const MOST_PODS: i32 = 100_000;

/// Says what would be refused.
pub(super) fn check(manifest: &Manifest) -> Result<(), KubernetesError> {
    match broken(manifest) {
        Some(rule) => Err(KubernetesError::Rule { rule }),
        None => Ok(()),
    }
}

/// The first rule that is broken.
fn broken(Manifest { secret, job }: &Manifest) -> Option<String> {
    let name = job.metadata.name.as_deref().unwrap_or_default();
    let Some(spec) = &job.spec else { return Some("a Job needs a spec".to_owned()) };
    let Some(pod) = &spec.template.spec else { return Some("a Job needs pods".to_owned()) };
    broken_name(name, spec).or_else(|| broken_job(spec)).or_else(|| broken_pod(pod)).or_else(|| {
        (secret.metadata.name != job.metadata.name).then(|| "Job and Secret are called differently".into())
    })
}

fn broken_name(name: &str, spec: &JobSpec) -> Option<String> {
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = [name.chars().next(), name.chars().next_back()];
    if !name.chars().all(|c| is_fine(c) || c == '-') || !ends.iter().all(|end| end.is_some_and(is_fine)) {
        return Some(format!("`{name}` is no name of RFC 1123"));
    }
    let last = spec.completions.unwrap_or(1).saturating_sub(1).max(0);
    let hostname = format!("{name}-{last}");
    (hostname.len() > LONGEST_HOSTNAME)
        .then(|| format!("the hostname `{hostname}` has more than {LONGEST_HOSTNAME} characters"))
}

fn broken_job(spec: &JobSpec) -> Option<String> {
    let rules = [
        (spec.completion_mode.as_deref() == Some("Indexed"), "the Job must be an indexed one"),
        (
            spec.completions.is_some_and(|count| (1..=MOST_PODS).contains(&count)),
            "a Job has 1 to 100000 pods",
        ),
        (spec.completions == spec.parallelism, "all pods must be able to run at once"),
        (spec.backoff_limit.is_none(), "`backoffLimit` would end all pods with one"),
        (
            spec.backoff_limit_per_index.is_some_and(|limit| limit >= 0),
            "`backoffLimitPerIndex` must be 0 or more",
        ),
        (spec.active_deadline_seconds.is_none_or(|limit| limit >= 1), "a deadline is at least a second"),
        (spec.ttl_seconds_after_finished.is_some_and(|ttl| ttl >= 0), "a finished Job must go some time"),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule.to_owned())
}

fn broken_pod(pod: &PodSpec) -> Option<String> {
    let has_image = |image: Option<&String>| image.is_some_and(|image| !image.is_empty());
    let rules = [
        (pod.restart_policy.as_deref() == Some("Never"), "the pods of an indexed Job start once"),
        (pod.termination_grace_period_seconds.is_some_and(|grace| grace >= 1), "pods need time to end"),
        (
            pod.containers.iter().all(|container| has_image(container.image.as_ref())),
            "a container needs an image",
        ),
        (
            pod.containers.iter().flat_map(|container| container.env.iter().flatten()).all(|variable| {
                variable.value.is_none()
                    && variable.value_from.as_ref().is_some_and(|from| from.secret_key_ref.is_none())
            }),
            "no variable of a container holds a secret",
        ),
    ];
    rules.into_iter().find(|(holds, _)| !holds).map(|(_, rule)| rule.to_owned())
}
