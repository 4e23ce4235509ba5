//! What a start says: what was begun, who is there, who waits, and where to look.

use std::path::Path;

use rush_launch::{Arrived, JobState, Launched, Launcher};
use rush_network::LaunchRecord;

use crate::{
    launching::host_processes,
    pending,
    print::{talk, text},
    session::Session,
};

/// So many reasons are told apart.
const REASONS: usize = 3;

/// What starts host processes, behind their number.
pub(crate) fn through(launcher: &Launcher) -> &'static str {
    match launcher {
        Launcher::Local | Launcher::Command(_) => "",
        Launcher::Ssh(_) => " through ssh",
        Launcher::Slurm(_) => " through Slurm",
        Launcher::Kubernetes(_) => " through Kubernetes",
    }
}

/// Says which jobs a batch system has taken.
pub(crate) fn submitted(launched: &Launched) {
    if is_batch(&launched.launcher) {
        for record in &launched.records {
            let processes = u32::try_from(record.processes.len()).unwrap_or(u32::MAX);
            talk::line(format_args!(
                "Submitted {} with {}",
                pending::job(record, ""),
                host_processes(processes)
            ));
        }
    }
}

/// Whether what is handed on waits for its turn.
pub(crate) fn is_batch(launcher: &Launcher) -> bool {
    matches!(launcher, Launcher::Slurm(_) | Launcher::Kubernetes(_))
}

/// Says who is there and who waits, where their words go, and what to type next.
pub(crate) fn arrived(session: &Session, launched: &Launched, arrived: &Arrived, again: &str, log: &Path) {
    let workers: usize = launched.processes.iter().map(Vec::len).sum();
    let where_to = where_they_talk(session, launched, log);
    match arrived {
        Arrived::All => {
            let they = if workers == 1 { "it says" } else { "they say" };
            let workers = text::counted(workers as u64, "worker");
            talk::line(format_args!("{workers} registered{again}. What {they}: {where_to}"));
        }
        Arrived::Queued(states) => {
            talk::line(format_args!("{}", queued(&launched.records, launched.processes.len(), states)));
            let they = if workers == 1 { "it" } else { "they" };
            talk::line(format_args!("What {they} will say: {where_to}"));
        }
    }
}

/// What to type next.
pub(crate) fn next_steps(session: &Session) {
    let run_file = session.run_file.path.display();
    talk::line(format_args!(
        "`rush-host status {run_file}` shows where they are, `rush-host stop {run_file}` ends them"
    ));
}

/// `Job 1234: 2 of 3 host processes wait in the queue (Resources); they work as soon as they begin`.
fn queued(records: &[LaunchRecord], processes: usize, states: &[JobState]) -> String {
    let jobs: Vec<String> = records.iter().map(|record| pending::job(record, "")).collect();
    let jobs = jobs.join(", ");
    let mut letters = jobs.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let jobs: String = first.into_iter().chain(letters).collect();
    let wait = if states.len() == 1 { "waits" } else { "wait" };
    let then = match states {
        _ if states.iter().all(|state| pending::is_in_vain(&state.reason)) => {
            "; `rush-host stop` takes back what never begins"
        }
        [_] => "; its workers work as soon as it begins",
        _ => "; they work as soon as they begin",
    };
    format!(
        "{jobs}: {} of {} {wait} in the queue ({}){then}",
        states.len(),
        host_processes(u32::try_from(processes).unwrap_or(u32::MAX)),
        reasons(states)
    )
}

/// Why they wait, each reason once.
fn reasons(states: &[JobState]) -> String {
    let mut all: Vec<String> = Vec::new();
    for state in states {
        let reason = pending::reason(state);
        if !all.contains(&reason) {
            all.push(reason);
        }
    }
    let more = if all.len() > REASONS { ", …" } else { "" };
    all.truncate(REASONS);
    all.join(", ") + more
}

/// Where the words of host processes go, as far as somebody decides that here.
pub(crate) fn where_they_talk(session: &Session, launched: &Launched, log: &Path) -> String {
    let network = session.run_file.network.as_str();
    match &launched.launcher {
        // Only what reads standard input is known to talk here, too.
        Launcher::Command(command) if command.redis_file.is_some() => {
            format!(
                "{}, or the log that `{}` keeps",
                log.display(),
                command.argv.first().map_or("the launcher", String::as_str)
            )
        }
        Launcher::Local | Launcher::Command(_) => log.display().to_string(),
        Launcher::Ssh(ssh) => {
            let there = ssh.log.clone();
            let there = there.unwrap_or_else(|| format!("~/.local/state/rush-host/{network}.log"));
            format!("{there} on each host")
        }
        Launcher::Slurm(slurm) => {
            let folder = slurm.log.clone();
            let folder =
                folder.unwrap_or_else(|| session.run_file.folder.join(".rush").join(network).join("slurm"));
            folder.display().to_string()
        }
        Launcher::Kubernetes(_) => {
            let line = |record: &LaunchRecord| match record.name.split_once('/') {
                Some((namespace, job)) => format!("`kubectl logs -n {namespace} -l job-name={job} --prefix`"),
                None => format!("`kubectl logs -l job-name={} --prefix`", record.name),
            };
            launched.records.iter().map(line).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What says more of a host process that has ended at this place, for this reason, before its workers were there.
pub(crate) fn where_to_look(session: &Session, launched: &Launched, place: &str, reason: &str) -> String {
    let all = where_they_talk(session, launched, Path::new(""));
    match (&launched.launcher, launched.records.as_slice()) {
        (Launcher::Slurm(_), _) if reason.starts_with("CANCELLED") => {
            "somebody has cancelled it (`scancel`), or Slurm itself, on behalf of an administrator".to_owned()
        }
        (Launcher::Slurm(_), [record]) if !place.is_empty() => {
            format!("{all}/{}-{}.log says why", record.name, text::harmless(place))
        }
        _ => format!("{all} says why"),
    }
}

#[cfg(test)]
mod tests {
    use rush_launch::Phase;

    use super::*;
    use crate::pending::tests::{record, state};

    #[test]
    fn who_waits_in_a_queue_is_told_with_the_job_and_the_reasons() {
        let array = [record("slurm", Some("1234"), &[("", &["a"]), ("", &["b"]), ("", &["c"])])];
        let waits = |reasons: &[&str]| {
            let states: Vec<JobState> =
                (0..).zip(reasons).map(|(process, reason)| state(process, Phase::Pending, reason)).collect();
            queued(&array, 3, &states)
        };
        assert_eq!(
            waits(&["Resources", "Resources"]),
            "Job 1234: 2 of 3 host processes wait in the queue (Resources); they work as soon as they begin"
        );
        assert_eq!(
            waits(&["Priority"]),
            "Job 1234: 1 of 3 host processes waits in the queue (Priority); its workers work as soon as it begins"
        );
        assert!(waits(&["Priority", "", "Priority"]).contains("(Priority, in the queue)"));
        let never = waits(&["PartitionConfig: it asks for more than the partition has, so it never begins"]);
        assert!(
            never.ends_with("so it never begins); `rush-host stop` takes back what never begins"),
            "{never}"
        );
    }

    #[test]
    fn a_job_without_a_number_has_a_name() {
        let mut job = record("kubernetes", None, &[("", &["a"])]);
        job.name = "default/rush-test-0123456789ab".into();
        let told = queued(&[job], 1, &[state(0, Phase::Pending, "ImagePullBackOff")]);
        assert!(told.starts_with("Job default/rush-test-0123456789ab: 1 of 1 host process waits"), "{told}");
    }
}
