//! The report at the end of a run: the best tasks, how the workers ended, how many tasks are in each state.

use std::collections::BTreeMap;

use rush_network::{Counts, WorkerInfo, WorkerState};
use rush_run_file::{Order, Report};

use crate::{
    arguments::Format,
    failure::Failure,
    print::{records, text},
    task_rows::TaskRows,
};

/// Columns that are shown last, and not at all.
const LAST: [&str; 2] = ["worker_id", "key"];
const HIDDEN: [&str; 1] = ["state"];
/// More workers than these are summed up; those that did not just return are always told.
const MANY: usize = 16;
/// Kinds of conditions that are told apart: a loop may make up any number of them.
const KINDS: usize = 8;

/// The rows of finished tasks that the run file's `[report]` asks for, as a table.
pub(crate) fn best(finished: &TaskRows, report: &Report) -> Result<String, Failure> {
    let (column, descending, which) = match &report.order {
        Some(Order::Minimize(column)) => (Some(column), false, "least"),
        Some(Order::Maximize(column)) => (Some(column), true, "greatest"),
        None => (None, false, ""),
    };
    let sorted = match column {
        Some(column) => finished.sorted(column, descending)?,
        None => None,
    };
    let title = match (column, &sorted) {
        (None, _) => "Tasks that finished last".to_owned(),
        (Some(column), None) if finished.len() > 0 => {
            format!("No finished task has `{column}`, which [report] asks for. Tasks that finished last")
        }
        (Some(column), _) => format!("Finished tasks with the {which} {column}"),
    };
    let rows = sorted.map_or_else(|| finished.reversed(), Ok)?.limited(report.rows as usize);
    let mut columns = rows.columns();
    columns.retain(|name| !LAST.contains(&name.as_str()) && !HIDDEN.contains(&name.as_str()));
    columns.extend(LAST.map(str::to_owned));
    Ok(format!("{}:\n{}", text::harmless(&title), records::render(&rows.records()?, &columns, Format::Table)))
}

/// How the workers of this run ended.
pub(crate) fn workers(workers: &[WorkerInfo]) -> String {
    let mut by_end: BTreeMap<String, u64> = BTreeMap::new();
    for worker in workers {
        *by_end.entry(ending(worker)).or_default() += 1;
    }
    let summary: Vec<String> = by_end.iter().map(|(end, count)| format!("{count} {end}")).collect();
    let mut out =
        format!("Workers: {}\n", if summary.is_empty() { "none".to_owned() } else { summary.join(", ") });
    let plain = |worker: &WorkerInfo| ending(worker) == "terminated (returned)";
    let (told, silent): (Vec<_>, Vec<_>) =
        workers.iter().partition(|worker| workers.len() <= MANY || !plain(worker));
    for worker in told.iter().take(MANY) {
        let failed = if worker.failed > 0 { format!(", {} failed", worker.failed) } else { String::new() };
        out += &format!("  {}: {}, {} finished{failed}\n", worker.id, ending(worker), worker.finished);
    }
    let left = told.len().saturating_sub(MANY) + silent.len();
    if left == workers.len() && left > 0 {
        out += "  `rush-host workers` shows each\n";
    } else if left > 0 {
        out += &format!("  … and {}: `rush-host workers` shows all\n", text::counted(left as u64, "worker"));
    }
    out + &messages(workers)
}

/// What workers said at their end: each different message once, whole, because a backtrace is worth its lines.
fn messages(workers: &[WorkerInfo]) -> String {
    let mut by_message: Vec<(&str, Vec<&WorkerInfo>)> = Vec::new();
    for worker in workers {
        let Some(message) =
            worker.end.as_ref().map(|end| end.message.as_str()).filter(|message| !message.is_empty())
        else {
            continue;
        };
        match by_message.iter_mut().find(|(known, _)| *known == message) {
            Some((_, who)) => who.push(worker),
            None => by_message.push((message, vec![worker])),
        }
    }
    let mut out = String::new();
    for (message, who) in by_message.iter().take(3) {
        let first = who.first().map_or_else(String::new, |worker| worker.id.to_string());
        let others = if who.len() > 1 { format!(" and {} more", who.len() - 1) } else { String::new() };
        let lines = message.lines().map(|line| format!("    {}\n", text::harmless(line)));
        out += &format!("  {first}{others}:\n{}", lines.collect::<String>());
    }
    if by_message.len() > 3 {
        out += &format!("  … and {} other messages: `rush-host workers` shows all\n", by_message.len() - 3);
    }
    out
}

fn ending(worker: &WorkerInfo) -> String {
    match &worker.end {
        Some(end) if worker.state == WorkerState::Terminated => format!("terminated ({})", end.kind.as_str()),
        _ => worker.state.as_str().to_owned(),
    }
}

/// How many tasks are in each state, and why they failed: the most frequent kind first.
pub(crate) fn tasks(counts: &Counts, kinds: &BTreeMap<String, u64>) -> String {
    let Counts { queued, running, finished, failed } = counts;
    let mut kinds: Vec<_> = kinds.iter().collect();
    // Those that are as frequent stay in the order of their names.
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut told: Vec<String> =
        kinds.iter().take(KINDS).map(|(kind, count)| format!("{count} {}", text::harmless(kind))).collect();
    if kinds.len() > KINDS {
        let others: u64 = kinds[KINDS..].iter().map(|(_, count)| **count).sum();
        told.push(format!("{others} others"));
    }
    let why = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
    format!("Tasks: {queued} queued, {running} running, {finished} finished, {failed} failed{why}\n")
}

#[cfg(test)]
mod tests {
    use rush_network::{End, EndKind, WorkerId};

    use super::*;

    fn worker(id: &str, kind: EndKind, message: &str) -> WorkerInfo {
        WorkerInfo {
            state: kind.state(),
            end: Some(End::new(kind, message)),
            finished: 7,
            failed: u64::from(kind != EndKind::Returned),
            ..WorkerInfo::new(WorkerId::parse(id).unwrap())
        }
    }

    #[test]
    fn every_way_to_end_is_told() {
        let told = workers(&[
            worker("calm_otter", EndKind::Returned, ""),
            worker("bold_crane", EndKind::Trap, "unreachable\n  at branin"),
            worker("wise_newt", EndKind::Trap, "unreachable\n  at branin"),
            worker("fast_elk", EndKind::Lost, ""),
        ]);
        assert_eq!(
            told,
            "Workers: 1 lost, 1 terminated (returned), 2 terminated (trap)\n  \
             calm_otter: terminated (returned), 7 finished\n  \
             bold_crane: terminated (trap), 7 finished, 1 failed\n  \
             wise_newt: terminated (trap), 7 finished, 1 failed\n  \
             fast_elk: lost, 7 finished, 1 failed\n  \
             bold_crane and 1 more:\n    unreachable\n      at branin\n"
        );
    }

    #[test]
    fn failed_tasks_are_told_by_their_kinds() {
        let counts = Counts { queued: 0, running: 1, finished: 2, failed: 12 };
        let told = |kinds: &[(&str, u64)]| {
            tasks(&counts, &kinds.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect())
        };
        assert_eq!(told(&[]), "Tasks: 0 queued, 1 running, 2 finished, 12 failed\n");
        assert_eq!(
            told(&[("fuel", 2), ("time-limit", 8), ("t\x1brap", 2)]),
            "Tasks: 0 queued, 1 running, 2 finished, 12 failed: 8 time-limit, 2 fuel, 2 t␛rap\n"
        );
        let many: Vec<String> = (0..10).map(|number| format!("k{number}")).collect();
        let many: Vec<_> = many.iter().map(|kind| (kind.as_str(), 1)).collect();
        assert!(told(&many).ends_with("1 k6, 1 k7, 2 others\n"));
    }

    #[test]
    fn a_thousand_workers_fit_on_a_screen() {
        let mut many: Vec<WorkerInfo> =
            (0..1000).map(|n| worker(&format!("w{n}"), EndKind::Returned, "")).collect();
        many.push(worker("odd_one", EndKind::Lost, "Its heartbeat was missing"));
        let told = workers(&many);
        assert_eq!(
            told,
            "Workers: 1 lost, 1000 terminated (returned)\n  odd_one: lost, 7 finished, 1 failed\n  \
             … and 1000 workers: `rush-host workers` shows all\n  odd_one:\n    Its heartbeat was missing\n"
        );
    }
}
