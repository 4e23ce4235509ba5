//! What squeue has listed, and what it means.

use std::collections::HashMap;

use rush_network::LaunchRecord;

use crate::{JobState, Phase};

/// What is asked of squeue: one job, or one element of an array, a line. Suffixes keep columns from being cut off.
pub(super) const COLUMNS: &str = "Name:|,JobArrayID:|,State:|,exit_code:|,NodeList:|,Reason:";

/// One line of squeue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed<'a> {
    pub(super) name: &'a str,
    /// `12_0`; `12_[1-3]`, or only `12`, where elements are not told apart.
    pub(super) id: &'a str,
    state: &'a str,
    exit: &'a str,
    nodes: &'a str,
    reason: &'a str,
}

impl<'a> Listed<'a> {
    /// The id of the array.
    pub(super) fn job(&self) -> &'a str {
        self.id.split('_').next().unwrap_or_default()
    }

    fn number(&self) -> u64 {
        self.job().parse().unwrap_or_default()
    }

    /// Whether it speaks of this element of the array.
    fn covers(&self, process: u32) -> bool {
        let Some((_, elements)) = self.id.split_once('_') else { return true };
        let elements = elements.trim_matches(['[', ']']);
        let elements = elements.split('%').next().unwrap_or_default();
        elements.split(',').any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let bounds = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
            // A list that is cut off (`1-3,...`) names those that are not seen, too.
            bounds.map_or(range.starts_with("..."), |(first, last)| (first..=last).contains(&process))
        })
    }

    /// Whether it is about one element alone.
    fn is_exact(&self) -> bool {
        self.id.split_once('_').is_some_and(|(_, element)| element.parse::<u32>().is_ok())
    }

    fn phase(&self) -> Phase {
        phase(self.state)
    }
}

/// Reads what squeue has printed. None if that is something else; headings of other clusters are left out.
pub(super) fn read(data: &str) -> Option<Vec<Listed<'_>>> {
    let lines = data.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("CLUSTER:"));
    lines
        .map(|line| {
            let mut columns = line.splitn(6, '|').map(str::trim);
            let mut column = || columns.next();
            let (name, id, state) = (column()?, column()?, column()?);
            let (exit, nodes, reason) = (column()?, column()?, column()?);
            let is_id = id.starts_with(|c: char| c.is_ascii_digit());
            is_id.then_some(Listed { name, id, state, exit, nodes, reason })
        })
        .collect()
}

/// What is known about each host process of each launch.
pub(super) fn states(listed: &[Listed<'_>], records: &[&LaunchRecord]) -> Vec<Vec<JobState>> {
    let mut by_name: HashMap<&str, Vec<&Listed<'_>>> = HashMap::new();
    for line in listed {
        by_name.entry(line.name).or_default().push(line);
    }
    let of = |record: &&LaunchRecord| {
        let lines = by_name.get(record.name.as_str()).map_or(&[][..], Vec::as_slice);
        let processes = 0..u32::try_from(record.processes.len()).unwrap_or(u32::MAX);
        processes.map(|process| state(process, lines, record)).collect()
    };
    records.iter().map(of).collect()
}

/// A job that took over is of the same name: the one that runs or waits counts, else the last.
fn state(process: u32, lines: &[&Listed<'_>], record: &LaunchRecord) -> JobState {
    let rank = |line: &&&Listed<'_>| {
        let phase = match line.phase() {
            Phase::Running => 3,
            Phase::Pending => 2,
            Phase::Unknown => 1,
            Phase::Ended => 0,
        };
        (phase, line.number(), line.is_exact())
    };
    match lines.iter().filter(|line| line.covers(process)).max_by_key(rank) {
        Some(line) => JobState {
            process,
            place: format!("{}_{process}", line.job()),
            phase: line.phase(),
            reason: reason(line),
        },
        None => match &record.job {
            Some(job) => {
                JobState::unknown(process, format!("{job}_{process}"), "Slurm does not know it any more")
            }
            None => JobState::unknown(process, "", "Slurm does not know it"),
        },
    }
}

fn phase(state: &str) -> Phase {
    match state {
        "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => {
            Phase::Pending
        }
        "RUNNING" | "COMPLETING" | "CONFIGURING" | "SUSPENDED" | "RESIZING" | "SIGNALING" | "STAGE_OUT"
        | "STOPPED" | "POWER_UP_NODE" => Phase::Running,
        "COMPLETED" | "CANCELLED" | "FAILED" | "TIMEOUT" | "PREEMPTED" | "NODE_FAIL" | "BOOT_FAIL"
        | "DEADLINE" | "OUT_OF_MEMORY" | "REVOKED" | "LAUNCH_FAILED" | "RECONFIG_FAIL" | "EXPIRING" => {
            Phase::Ended
        }
        _ => Phase::Unknown,
    }
}

/// Why it is in its state, in Slurm's words, and ours where those do not say what follows.
fn reason(line: &Listed<'_>) -> String {
    let known = |text: &str| !matches!(text, "" | "None" | "(null)" | "N/A");
    let why = line.reason.trim_matches(['(', ')']);
    match line.phase() {
        Phase::Pending if !known(why) => "Slurm has not looked at it yet".to_owned(),
        Phase::Pending => match meaning(why) {
            Some(meaning) => format!("{why}: {meaning}"),
            None => why.to_owned(),
        },
        Phase::Running if line.state == "RUNNING" && known(line.nodes) => format!("on {}", line.nodes),
        Phase::Running | Phase::Unknown => line.state.to_owned(),
        Phase::Ended => {
            // Of who did not end by itself it says nothing.
            let exit = if line.state == "FAILED" { exit(line.exit) } else { None };
            let exit = exit.map(|exit| format!(", {exit}")).unwrap_or_default();
            // It says the same.
            let why = if known(why) && why != "NonZeroExitCode" {
                let meaning = meaning(why).map(|meaning| format!(": {meaning}")).unwrap_or_default();
                format!(" ({why}{meaning})")
            } else {
                String::new()
            };
            format!("{}{exit}{why}", line.state)
        }
    }
}

/// What follows from a reason, where it does not say so.
fn meaning(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "PartitionTimeLimit" => "`time` is more than the partition allows, so it never begins",
        "PartitionNodeLimit" | "PartitionConfig" => {
            "it asks for more than the partition has, so it never begins"
        }
        "BadConstraints" => "no node is as it asks for, so it never begins",
        "DependencyNeverSatisfied" => "it never begins",
        "AssocMaxWallDurationPerJobLimit" | "QOSMaxWallDurationPerJobLimit" => {
            "`time` is more than the account allows, so it never begins"
        }
        "InvalidAccount" | "AccountNotAllowed" => "the account may not use this partition",
        "InvalidQOS" | "QOSNotAllowed" => "the quality of service is not allowed here",
        "JobHeldUser" => "`scontrol release` lets it begin",
        "JobHeldAdmin" => "an administrator holds it",
        "launch_failed_requeued_held" | "launch failed requeued held" => {
            "it could not be started; `scontrol release` lets it begin"
        }
        "PartitionDown" | "PartitionInactive" => "the partition takes jobs, but starts none",
        "JobArrayTaskLimit" => "`array_limit` of them run",
        "JobLaunchFailure" => {
            "it could not be started; perhaps its node does not see the folder of its output"
        }
        "NodeDown" => "its node is down",
        _ => return None,
    })
}

/// How it ended: what `wait` says of a process as one number, or as `code:signal`. None for a good end.
fn exit(text: &str) -> Option<String> {
    let (code, signal) = if let Some((code, signal)) = text.split_once(':') {
        (code.parse::<u32>().ok()?, signal.parse::<u32>().ok()?)
    } else {
        let status = text.parse::<u32>().ok()?;
        ((status >> 8) & 0xff, status & 0x7f)
    };
    match (code, signal) {
        // Higher ones are what Slurm itself says of what it could not start: no signal has these numbers.
        (0, 0) | (_, 53..) => None,
        (_, 1..) => Some(format!("signal {signal}")),
        (code, 0) => Some(format!("exit code {code}")),
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{LaunchId, LaunchedProcess};

    use super::*;

    fn record(name: &str, processes: usize) -> LaunchRecord {
        let process =
            LaunchedProcess { place: String::new(), first_index: 0, workers: Vec::new(), failure: None };
        LaunchRecord {
            id: LaunchId::parse("0123456789ab").unwrap(),
            launcher: "slurm".to_owned(),
            from: "login".to_owned(),
            at: 0,
            name: name.to_owned(),
            job: Some("12".to_owned()),
            processes: vec![process; processes],
        }
    }

    /// Place, phase and reason of each process of a job called `rush-a`.
    fn told(data: &str, processes: usize) -> Vec<(String, Phase, String)> {
        let record = record("rush-a", processes);
        let states = states(&read(data).unwrap(), &[&record]).remove(0);
        states.into_iter().map(|state| (state.place, state.phase, state.reason)).collect()
    }

    fn state(place: &str, phase: Phase, reason: &str) -> (String, Phase, String) {
        (place.to_owned(), phase, reason.to_owned())
    }

    #[test]
    fn each_process_has_its_element_of_the_array() {
        let data = "rush-a|12_2|PENDING|0||Resources\nrush-b|11_0|PENDING|0||Priority\n\
                    rush-a|12_0|RUNNING|0|n1|None\nrush-a|12_1|FAILED|32512|n1|NonZeroExitCode\n";
        assert_eq!(
            told(data, 3),
            [
                state("12_0", Phase::Running, "on n1"),
                state("12_1", Phase::Ended, "FAILED, exit code 127"),
                state("12_2", Phase::Pending, "Resources"),
            ]
        );
    }

    #[test]
    fn elements_that_are_not_told_apart_are_each_one_of_them() {
        let data = "rush-a|12_[1-2,4%1]|PENDING|0||JobArrayTaskLimit\nrush-a|12_0|RUNNING|0|n1|None\n";
        let told_of = told(data, 5);
        assert_eq!(told_of[2], state("12_2", Phase::Pending, "JobArrayTaskLimit: `array_limit` of them run"));
        assert_eq!(told_of[3].1, Phase::Unknown);
        // What is cancelled before it begins is one line.
        let data = "rush-a|12|CANCELLED|0||Resources\nrush-a|12_0|RUNNING|0|n1|None\n";
        let told_of = told(data, 2);
        assert_eq!((told_of[0].1, told_of[1].1), (Phase::Running, Phase::Ended));
    }

    #[test]
    fn the_job_that_took_over_counts() {
        let data = "rush-a|13_0|PENDING|0||Resources\nrush-a|12_0|TIMEOUT|0|n1|TimeLimit\n";
        assert_eq!(told(data, 1), [state("13_0", Phase::Pending, "Resources")]);
        let data = "rush-a|9_0|TIMEOUT|0|n1|TimeLimit\nrush-a|13_0|NODE_FAIL|1|n1|NodeDown\n";
        assert_eq!(told(data, 1), [state("13_0", Phase::Ended, "NODE_FAIL (NodeDown: its node is down)")]);
    }

    #[test]
    fn nobody_knows_a_job_for_ever() {
        let gone = state("12_0", Phase::Unknown, "Slurm does not know it any more");
        assert_eq!(told("", 1), [gone]);
        let record = LaunchRecord { job: None, ..record("rush-a", 1) };
        assert_eq!(states(&[], &[&record])[0][0].reason, "Slurm does not know it");
        assert_eq!(
            told("rush-a|12_0|HIBERNATING|0|n1|New\n", 1),
            [state("12_0", Phase::Unknown, "HIBERNATING")]
        );
    }

    #[test]
    fn what_never_begins_is_told_so() {
        let data = "rush-a|12_0|PENDING|0||PartitionTimeLimit\nrush-a|12_1|FAILED|4021|n1|JobLaunchFailure\n";
        let told = told(data, 2);
        assert!(told[0].2.ends_with("so it never begins"), "{told:?}");
        assert!(told[1].2.starts_with("FAILED (JobLaunchFailure: it could not be started"), "{told:?}");
    }

    #[test]
    fn clusters_head_their_lines_and_other_versions_write_other_numbers() {
        let data = "CLUSTER: far\nrush-a |12_0 |FAILED |127:0 |n[1-3] |(NonZeroExitCode)\n\n";
        assert_eq!(told(data, 1), [state("12_0", Phase::Ended, "FAILED, exit code 127")]);
        let data = "rush-a|12_0|PENDING|0||(Nodes required for job are DOWN, DRAINED | reserved)\n";
        assert!(told(data, 1)[0].2.starts_with("Nodes required for job are DOWN"));
    }

    #[test]
    fn what_is_no_list_is_not_read() {
        for data in ["usage: squeue [-A account]", "rush-a|12_0|PENDING\n", "a|b|c|d|e|f"] {
            assert_eq!(read(data), None, "{data}");
        }
    }
}
