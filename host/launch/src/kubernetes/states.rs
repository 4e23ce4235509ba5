//! How far the pods of a Job are, and why they are no further. Pure.

use std::collections::HashMap;

use k8s_openapi::api::{
    batch::v1::{Job as IndexedJob, JobStatus},
    core::v1::{ContainerState, Pod, PodStatus},
};

use super::manifest::INDEX_ANNOTATION;
use crate::{JobState, Phase};

/// More of what somebody else says would hide the rest.
const MOST: usize = 300;

/// What is seen of one pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeenPod {
    pub(super) index: u32,
    pub(super) name: String,
    /// In seconds since 1970.
    pub(super) created: i64,
    pub(super) phase: Phase,
    pub(super) reason: String,
    /// Whether it has ended, and badly.
    pub(super) has_failed: bool,
}

/// What stands behind the pods.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SeenJob {
    /// It was never made, or is made at this moment.
    NotYet,
    /// It was made, and is not there any more.
    Gone,
    /// It is there.
    There(Box<IndexedJob>),
}

impl SeenPod {
    /// None, if it is not one of an indexed Job.
    pub(super) fn of(pod: &Pod) -> Option<Self> {
        let index = pod.metadata.annotations.as_ref()?.get(INDEX_ANNOTATION)?.parse().ok()?;
        let nothing = PodStatus::default();
        let status = pod.status.as_ref().unwrap_or(&nothing);
        let has_failed = status.phase.as_deref() == Some("Failed");
        let (phase, reason) = match status.phase.as_deref() {
            Some("Running") if pod.metadata.deletion_timestamp.is_some() => {
                (Phase::Running, "Terminating".to_owned())
            }
            Some("Running") => (Phase::Running, String::new()),
            Some("Succeeded") => (Phase::Ended, "Succeeded".to_owned()),
            Some("Failed") => (Phase::Ended, why_failed(status)),
            Some("Unknown") => (Phase::Unknown, "its node does not answer".to_owned()),
            _ => (Phase::Pending, why_pending(status)),
        };
        let created = pod.metadata.creation_timestamp.as_ref().map_or(0, |time| time.0.as_second());
        Some(Self { index, name: pod.metadata.name.clone()?, created, phase, reason, has_failed })
    }
}

fn states_of_container(status: &PodStatus) -> impl Iterator<Item = &ContainerState> {
    status.container_statuses.iter().flatten().filter_map(|container| container.state.as_ref())
}

/// `ImagePullBackOff: …` if a container says so, else why it has no node.
fn why_pending(status: &PodStatus) -> String {
    let waiting = states_of_container(status).find_map(|state| state.waiting.as_ref());
    let waiting = waiting.and_then(|waiting| Some((waiting.reason.as_deref()?, waiting.message.as_deref())));
    let conditions = status.conditions.iter().flatten();
    let unmet = conditions.filter(|condition| condition.status == "False").find_map(|condition| {
        let reason = condition.reason.as_deref()?;
        (condition.type_ == "PodScheduled").then_some((reason, condition.message.as_deref()))
    });
    let said = status.reason.as_deref().map(|reason| (reason, status.message.as_deref()));
    match waiting.or(unmet).or(said) {
        Some((reason, message)) => with_message(reason, message),
        None => "Pending".to_owned(),
    }
}

/// `OOMKilled, exit code 137`, with what the program said last; or why Kubernetes has ended the pod.
fn why_failed(status: &PodStatus) -> String {
    let ended = states_of_container(status).find_map(|state| state.terminated.as_ref());
    match (status.reason.as_deref(), ended) {
        (Some(reason), _) => with_message(reason, status.message.as_deref()),
        (None, Some(ended)) => {
            let reason = ended.reason.as_deref().unwrap_or("Error");
            let how = format!("{reason}, exit code {}", ended.exit_code);
            with_message(&how, ended.message.as_deref())
        }
        (None, None) => with_message("Failed", status.message.as_deref()),
    }
}

fn with_message(reason: &str, message: Option<&str>) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let message: String = message.unwrap_or_default().chars().map(plain).collect();
    let words: Vec<&str> = message.split_whitespace().collect();
    let message = words.join(" ");
    if message.is_empty() {
        return reason.to_owned();
    }
    let shown: String = message.chars().take(MOST).collect();
    let rest = if shown.len() < message.len() { " …" } else { "" };
    format!("{reason}: {shown}{rest}")
}

/// The state of each of so many processes. `why_no_pods` is what Kubernetes says where it makes none.
pub(super) fn states(
    processes: u32,
    job: &SeenJob,
    pods: &[SeenPod],
    why_no_pods: Option<&str>,
    name: &str,
) -> Vec<JobState> {
    let mut latest: HashMap<u32, &SeenPod> = HashMap::new();
    for pod in pods {
        let known = latest.entry(pod.index).or_insert(pod);
        // One that has failed is followed by another, perhaps within the same second.
        if (pod.created, !pod.has_failed) > (known.created, !known.has_failed) {
            *known = pod;
        }
    }
    let status = JobStatus::default();
    let status = match job {
        SeenJob::There(job) => job.status.as_ref().unwrap_or(&status),
        SeenJob::NotYet | SeenJob::Gone => &status,
    };
    let over = over(status);
    (0..processes)
        .map(|process| {
            let Some(pod) = latest.get(&process) else {
                let (phase, reason) = without_pod(job, process, status, over.as_deref(), why_no_pods);
                return JobState { process, place: name.to_owned(), phase, reason };
            };
            let comes_again = pod.has_failed
                && over.is_none()
                && is_tried_again(job)
                && !holds(status.failed_indexes.as_deref().unwrap_or_default(), process);
            let (phase, reason) = if comes_again {
                (Phase::Pending, format!("begins again after {}", pod.reason))
            } else {
                (pod.phase, pod.reason.clone())
            };
            JobState { process, place: pod.name.clone(), phase, reason }
        })
        .collect()
}

fn without_pod(
    job: &SeenJob,
    process: u32,
    status: &JobStatus,
    over: Option<&str>,
    why_no_pods: Option<&str>,
) -> (Phase, String) {
    let failed = || holds(status.failed_indexes.as_deref().unwrap_or_default(), process);
    let completed = || holds(status.completed_indexes.as_deref().unwrap_or_default(), process);
    match (job, over) {
        (SeenJob::NotYet, _) => (Phase::Unknown, "Kubernetes has no such Job".to_owned()),
        (SeenJob::Gone, _) => (Phase::Ended, "its Job was deleted".to_owned()),
        (SeenJob::There(_), Some(over)) => (Phase::Ended, over.to_owned()),
        (SeenJob::There(_), None) if failed() => (Phase::Ended, "Failed".to_owned()),
        (SeenJob::There(_), None) if completed() => (Phase::Ended, "Succeeded".to_owned()),
        (SeenJob::There(_), None) => {
            let suspended = condition(status, &["Suspended"]);
            let why = suspended.or_else(|| why_no_pods.map(|why| with_message("no pod yet", Some(why))));
            (Phase::Pending, why.unwrap_or_else(|| "no pod yet".to_owned()))
        }
    }
}

/// Whether no further pod of a Job will come.
pub(super) fn is_over(job: &IndexedJob) -> bool {
    job.status.as_ref().is_some_and(|status| over(status).is_some())
}

/// Why no further pod will come, if so.
fn over(status: &JobStatus) -> Option<String> {
    condition(status, &["Failed", "FailureTarget", "Complete", "SuccessCriteriaMet"])
}

fn condition(status: &JobStatus, types: &[&str]) -> Option<String> {
    let holds = status.conditions.iter().flatten().filter(|condition| condition.status == "True");
    let found = holds.into_iter().find(|condition| types.contains(&condition.type_.as_str()))?;
    Some(with_message(found.reason.as_deref().unwrap_or(&found.type_), found.message.as_deref()))
}

fn is_tried_again(job: &SeenJob) -> bool {
    let SeenJob::There(job) = job else { return false };
    job.spec.as_ref().and_then(|spec| spec.backoff_limit_per_index).is_some_and(|limit| limit > 0)
}

/// Whether a list of Kubernetes, `1,3-5,7`, has this number.
fn holds(numbers: &str, number: u32) -> bool {
    numbers.split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let bounds = (first.trim().parse::<u32>(), last.trim().parse::<u32>());
        matches!(bounds, (Ok(first), Ok(last)) if (first..=last).contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(index: u32, created: u32, status: &Value) -> SeenPod {
        let pod: Pod = serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("job-{index}-{created}"),
                "annotations": { INDEX_ANNOTATION: index.to_string() },
                "creationTimestamp": format!("2026-01-01T00:00:{created:02}Z"),
            },
            "status": status,
        }))
        .unwrap();
        SeenPod::of(&pod).unwrap()
    }

    fn job(retries: u32, status: &Value) -> SeenJob {
        let spec = json!({ "backoffLimitPerIndex": retries, "template": {} });
        let job = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "spec": spec, "status": status });
        SeenJob::There(Box::new(serde_json::from_value(job).unwrap()))
    }

    fn container(state: &Value) -> Value {
        json!({ "phase": "Pending", "containerStatuses": [{
            "name": "rush-host", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state
        }] })
    }

    fn failed(code: i32, reason: &str, message: &str) -> Value {
        let mut status =
            container(&json!({ "terminated": { "exitCode": code, "reason": reason, "message": message } }));
        status["phase"] = json!("Failed");
        status
    }

    fn told(job: &SeenJob, pods: &[SeenPod]) -> (Phase, String) {
        let state = states(1, job, pods, None, "job").remove(0);
        (state.phase, state.reason)
    }

    #[test]
    fn a_pod_that_waits_says_why() {
        let unschedulable = json!({ "phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/3 nodes are available:\n3 Insufficient cpu."
        }] });
        for (status, expected) in [
            (unschedulable, "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu."),
            (
                container(
                    &json!({ "waiting": { "reason": "ImagePullBackOff", "message": "Back-off pulling image \"x\"" } }),
                ),
                "ImagePullBackOff: Back-off pulling image \"x\"",
            ),
            (container(&json!({ "waiting": { "reason": "ContainerCreating" } })), "ContainerCreating"),
            (json!({ "phase": "Pending" }), "Pending"),
            (json!({}), "Pending"),
        ] {
            let expected = (Phase::Pending, expected.to_owned());
            assert_eq!(told(&job(0, &json!({})), &[pod(0, 0, &status)]), expected, "{status}");
        }
    }

    #[test]
    fn a_pod_that_has_ended_says_how() {
        for (status, expected) in [
            (json!({ "phase": "Succeeded" }), "Succeeded"),
            (failed(137, "OOMKilled", ""), "OOMKilled, exit code 137"),
            (
                failed(4, "Error", "Redis does\u{1b}[1m not answer\n"),
                "Error, exit code 4: Redis does [1m not answer",
            ),
            (
                json!({ "phase": "Failed", "reason": "Evicted", "message": "The node was low on memory." }),
                "Evicted: The node was low on memory.",
            ),
            (json!({ "phase": "Failed" }), "Failed"),
        ] {
            let expected = (Phase::Ended, expected.to_owned());
            assert_eq!(told(&job(0, &json!({})), &[pod(0, 0, &status)]), expected, "{status}");
        }
        assert_eq!(told(&job(0, &json!({})), &[pod(0, 0, &json!({ "phase": "Running" }))]).0, Phase::Running);
        assert_eq!(told(&job(0, &json!({})), &[pod(0, 0, &json!({ "phase": "Unknown" }))]).0, Phase::Unknown);
    }

    #[test]
    fn a_pod_that_is_begun_again_has_not_ended() {
        let pods = [pod(0, 1, &failed(137, "OOMKilled", ""))];
        let again = (Phase::Pending, "begins again after OOMKilled, exit code 137".to_owned());
        assert_eq!(told(&job(6, &json!({})), &pods), again);
        assert_eq!(told(&job(6, &json!({ "failedIndexes": "0" })), &pods).0, Phase::Ended);
        assert_eq!(told(&job(0, &json!({})), &pods).0, Phase::Ended);
        let over =
            json!({ "conditions": [{ "type": "Failed", "status": "True", "reason": "DeadlineExceeded" }] });
        assert_eq!(told(&job(6, &over), &pods).0, Phase::Ended);
        let both = [pods[0].clone(), pod(0, 1, &json!({ "phase": "Running" }))];
        for pods in [vec![both[0].clone(), both[1].clone()], vec![both[1].clone(), both[0].clone()]] {
            assert_eq!(told(&job(6, &json!({})), &pods).0, Phase::Running, "the latest one counts");
        }
    }

    #[test]
    fn where_there_is_no_pod_the_job_says_why() {
        let conditions = |kind: &str, reason: &str| json!({ "conditions": [{ "type": kind, "status": "True", "reason": reason, "message": "so" }] });
        assert_eq!(told(&job(0, &json!({})), &[]), (Phase::Pending, "no pod yet".into()));
        let quota = states(1, &job(0, &json!({})), &[], Some("exceeded quota"), "job").remove(0);
        assert_eq!(
            (quota.phase, &*quota.reason, &*quota.place),
            (Phase::Pending, "no pod yet: exceeded quota", "job")
        );
        let suspended = conditions("Suspended", "JobSuspended");
        assert_eq!(told(&job(0, &suspended), &[]), (Phase::Pending, "JobSuspended: so".into()));
        let failed = conditions("Failed", "DeadlineExceeded");
        assert_eq!(told(&job(0, &failed), &[]), (Phase::Ended, "DeadlineExceeded: so".into()));
        assert_eq!(told(&job(0, &json!({ "failedIndexes": "0,2-4" })), &[]).0, Phase::Ended);
        assert_eq!(told(&SeenJob::Gone, &[]), (Phase::Ended, "its Job was deleted".into()));
        assert_eq!(told(&SeenJob::NotYet, &[]).0, Phase::Unknown);
    }

    #[test]
    fn lists_of_indices_are_read() {
        for number in [1, 3, 4, 5, 7] {
            assert!(holds("1,3-5,7", number), "{number}");
        }
        for number in [0, 2, 6, 8] {
            assert!(!holds("1,3-5,7", number), "{number}");
        }
        assert!(!holds("", 0));
    }
}
