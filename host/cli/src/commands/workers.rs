//! `workers`: who they are, how each ended, and what it did; and who was launched and is not there yet.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use rush_network::{WorkerId, WorkerInfo};
use serde_json::{Value, json};

use crate::{
    arguments::{Format, Workers},
    exit_code::ExitCode,
    failure::Failure,
    pending::{self, PENDING, PendingWorker, Stage},
    print::{
        fitting::{Fitted, Fitting},
        records::{self, Record},
        talk, text,
    },
    session::{self, Begin},
};

/// Neither who nor how, so a narrow terminal can do without them. The rest says what is the matter.
const DISPENSABLE: [&str; 11] = [
    "launcher",
    "remote",
    "heartbeat",
    "restarts",
    "attempt",
    "hostname",
    "pid",
    "place",
    "message",
    "failed",
    "end",
];

pub(crate) async fn workers(arguments: Workers) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    // Before the workers: one that registers in between is there, and not pending.
    let pending = pending::look(&session).await?;
    let workers = session.network.workers().await?;
    let mut rows = rows(&workers, &pending, arguments.format, SystemTime::now());
    let states: Vec<&str> = arguments.state.iter().map(|state| state.as_str()).collect();
    rows.retain(|row| states.is_empty() || states.iter().any(|state| row["state"] == *state));
    let width = if arguments.format == Format::Table { talk::data_width() } else { None };
    let (shown, left_out) = render(rows, arguments.format, width);
    talk::rows(&shown, arguments.format);
    if !left_out.is_empty() {
        talk::line(format_args!(
            "For want of room without {}: `--format jsonl` has everything, and so has `| less -S`",
            left_out.join(", ")
        ));
    }
    Ok(ExitCode::Ok)
}

/// Everybody, those that are not there yet last.
fn rows(workers: &[WorkerInfo], pending: &[PendingWorker], format: Format, now: SystemTime) -> Vec<Record> {
    let mut absent: HashMap<&WorkerId, &PendingWorker> = HashMap::new();
    for worker in pending {
        let known = absent.entry(&worker.id).or_insert(worker);
        // What may still come says more than what did not.
        if known.stage == Stage::Failed {
            *known = worker;
        }
    }
    let mut rows = Vec::with_capacity(workers.len() + absent.len());
    for worker in workers {
        let mut row = row(worker, format, now);
        // It may have come since it was looked for.
        if let Some(again) = absent.remove(&worker.id).filter(|again| worker.incarnation <= again.before) {
            let reason = match again.stage {
                Stage::Waits => {
                    row.insert("state".to_owned(), PENDING.into());
                    again.reason.clone()
                }
                Stage::Failed => format!("not started again: {}", again.reason),
            };
            row.insert("message".to_owned(), reason.into());
            row.insert("launcher".to_owned(), again.launcher.clone().into());
            row.insert("place".to_owned(), text_or_null(&again.place));
        }
        rows.push(row);
    }
    // In their own order.
    rows.extend(
        pending
            .iter()
            .filter(|worker| absent.get(&worker.id).is_some_and(|known| std::ptr::eq(*known, *worker)))
            .map(|worker| pending_row(worker, format, now)),
    );
    rows
}

/// The table, and the columns that did not fit.
fn render(mut rows: Vec<Record>, format: Format, width: Option<usize>) -> (String, Vec<String>) {
    let mut columns = records::all_columns(&rows);
    if format == Format::Table {
        // Only some launchers have something to say there.
        columns.retain(|name| {
            !["place", "attempt"].contains(&name.as_str()) || rows.iter().any(|row| !row[name].is_null())
        });
    }
    let fitted = match width {
        Some(width) => {
            // Somebody who counts as running may be lost: no column says more.
            let silent = |row: &Record| row["state"] == "running" && row["heartbeat"] == false;
            let all_are_heard = !rows.iter().any(silent);
            let nobody_waits = !rows.iter().any(|row| row["state"] == PENDING);
            let can_go = |name: &&str| match *name {
                "heartbeat" => all_are_heard,
                // Why somebody is not there stands nowhere else.
                "message" => nobody_waits,
                _ => true,
            };
            let dispensable: Vec<&str> = DISPENSABLE.into_iter().filter(can_go).collect();
            Fitting { dispensable: &dispensable, cut: "message", usual }.fit(&mut rows, &columns, width)
        }
        None => Fitted { columns, left_out: Vec::new() },
    };
    (records::render(&rows, &fitted.columns, format), fitted.left_out)
}

/// Somebody who is not there yet: why stands where others have their last words.
fn pending_row(worker: &PendingWorker, format: Format, now: SystemTime) -> Record {
    let mut row = row(&WorkerInfo::new(worker.id.clone()), format, now);
    let launched = SystemTime::UNIX_EPOCH + Duration::from_millis(worker.at);
    let reason = match worker.stage {
        Stage::Waits => worker.reason.clone(),
        Stage::Failed => format!("did not begin: {}", worker.reason),
    };
    let told = [
        ("state", PENDING.into()),
        ("launcher", worker.launcher.clone().into()),
        ("place", text_or_null(&worker.place)),
        ("message", reason.into()),
    ];
    for unknown in ["finished", "failed", "hostname", "remote", "heartbeat"] {
        row.insert(unknown.to_owned(), Value::Null);
    }
    for (column, value) in told {
        row.insert(column.to_owned(), value);
    }
    if format == Format::Table {
        row.insert("since".to_owned(), long(launched, now).into());
    }
    row
}

fn long(since: SystemTime, now: SystemTime) -> String {
    text::duration(now.duration_since(since).unwrap_or(Duration::ZERO))
}

fn row(worker: &WorkerInfo, format: Format, now: SystemTime) -> Record {
    let end = worker.end.as_ref();
    let mut row = json!({
        "worker_id": worker.id.as_str(),
        "state": worker.state.as_str(),
        "end": end.map(|end| end.kind.as_str()),
        "finished": worker.finished,
        "failed": worker.failed,
        "pid": worker.pid,
        "hostname": worker.hostname,
        "remote": worker.remote,
        "heartbeat": worker.heartbeat,
        "launcher": worker.launcher,
        "place": text_or_null(&worker.place),
        // Most are never begun again by their launcher: people need not be told.
        "attempt": Some(worker.attempt).filter(|attempt| format != Format::Table || *attempt > 0),
    });
    // For people for how long it has been what it is, for programs milliseconds since 1970.
    if format == Format::Table {
        let since = worker.ended.or(worker.started);
        row["since"] = json!(since.map(|since| long(since, now)));
    } else {
        row["started"] = time(worker.started);
        row["ended"] = time(worker.ended);
    }
    row["restarts"] = worker.restarts().into();
    row["message"] = json!(end.map(|end| end.message.as_str()).filter(|message| !message.is_empty()));
    row.as_object().cloned().unwrap_or_default()
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn time(at: Option<SystemTime>) -> Value {
    let since_1970 = at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    since_1970.and_then(|time| u64::try_from(time.as_millis()).ok()).into()
}

/// What nobody needs to be told.
fn usual(column: &str, row: &Record) -> bool {
    match &row[column] {
        Value::Null => true,
        Value::Bool(heartbeat) if column == "heartbeat" => *heartbeat == (row["state"] == "running"),
        Value::Bool(remote) => !remote,
        Value::String(launcher) => column == "launcher" && launcher == "local",
        Value::Number(count) if column != "pid" => count.as_u64() == Some(0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{End, EndKind, WorkerState};

    use super::*;

    fn worker(id: &str, kind: Option<EndKind>, message: &str) -> WorkerInfo {
        let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_903_405);
        WorkerInfo {
            state: kind.map_or(WorkerState::Running, EndKind::state),
            end: kind.map(|kind| End::new(kind, message)),
            pid: Some(14_142),
            hostname: "node1".into(),
            launcher: "local".into(),
            heartbeat: kind.is_none(),
            finished: 1234,
            failed: u64::from(kind == Some(EndKind::Trap)),
            started: Some(began),
            ended: kind.map(|_| began + Duration::from_secs(70)),
            ..WorkerInfo::new(WorkerId::parse(id).unwrap())
        }
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_903_405 + 82)
    }

    fn shown(workers: &[WorkerInfo], width: Option<usize>) -> String {
        shown_with(workers, &[], width)
    }

    fn shown_with(workers: &[WorkerInfo], pending: &[PendingWorker], width: Option<usize>) -> String {
        let rows = rows(workers, pending, Format::Table, now());
        let (mut table, left_out) = render(rows, Format::Table, width);
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(width.is_none() || widest <= width, "{widest:?}\n{table}");
        if !left_out.is_empty() {
            table += &format!("without {}\n", left_out.join(", "));
        }
        table
    }

    #[test]
    fn a_run_without_accidents_fits_on_a_narrow_terminal() {
        let workers = [
            worker("calm_quail_b4c5d6fa", None, ""),
            worker("bold_crane_4ca2f991", Some(EndKind::Returned), ""),
        ];
        assert_eq!(
            shown(&workers, Some(80)),
            "\
worker_id            state       end       finished    pid  hostname  since
calm_quail_b4c5d6fa  running                   1234  14142  node1     1 min 22 s
bold_crane_4ca2f991  terminated  returned      1234  14142  node1     12.0 s
without launcher, remote, heartbeat, restarts, message, failed
"
        );
    }

    #[test]
    fn a_missing_heartbeat_is_told_in_the_least_room() {
        let mut silent = worker("calm_quail_b4c5d6fa", None, "");
        silent.heartbeat = false;
        let shown = shown(&[silent, worker("bold_crane_4ca2f991", None, "")], Some(62));
        assert_eq!(
            shown,
            "\
worker_id            state    finished  heartbeat  since
calm_quail_b4c5d6fa  running      1234  false      1 min 22 s
bold_crane_4ca2f991  running      1234  true       1 min 22 s
without launcher, remote, restarts, message, failed, end, hostname, pid
"
        );
    }

    #[test]
    fn accidents_are_told_also_where_there_is_little_room() {
        let workers = [
            worker("curious_chipmunk_4ca2f991", None, ""),
            worker(
                "bold_crane_12345678",
                Some(EndKind::Trap),
                "Unreachable code was reached\n  at branin::run",
            ),
            worker("fast_elk_abcdef01", Some(EndKind::Lost), "Its heartbeat was missing"),
        ];
        assert_eq!(
            shown(&workers, Some(80)),
            "\
worker_id                  state       end   finished  failed  since
curious_chipmunk_4ca2f991  running               1234       0  1 min 22 s
bold_crane_12345678        terminated  trap      1234       1  12.0 s
fast_elk_abcdef01          lost        lost      1234       0  12.0 s
without launcher, remote, heartbeat, restarts, hostname, pid, message
"
        );
        assert_eq!(
            shown(&workers, Some(120)),
            "\
worker_id                  state       end   finished  failed    pid  hostname  since       message
curious_chipmunk_4ca2f991  running               1234       0  14142  node1     1 min 22 s
bold_crane_12345678        terminated  trap      1234       1  14142  node1     12.0 s      Unreachable code was reached
fast_elk_abcdef01          lost        lost      1234       0  14142  node1     12.0 s      Its heartbeat was missing
without launcher, remote, heartbeat, restarts
"
        );
        let everything = shown(&workers, None);
        let header: Vec<&str> = everything.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(header.len(), 13, "{everything}");
    }
    fn pending(name: &str, stage: Stage, reason: &str) -> PendingWorker {
        PendingWorker {
            id: WorkerId::parse(name).unwrap(),
            before: 1,
            launcher: "slurm".into(),
            place: "1234_0".into(),
            job: "job 1234".into(),
            at: 1_784_903_405_000,
            stage,
            reason: reason.into(),
        }
    }

    #[test]
    fn who_waits_is_told_with_the_reason() {
        let there = WorkerInfo {
            launcher: "slurm".into(),
            place: "1234_1".into(),
            attempt: 1,
            ..worker("bold_crane", None, "")
        };
        let waits = pending("calm_otter", Stage::Waits, "Resources");
        let failed = pending("wise_newt", Stage::Failed, "FAILED, exit code 127");
        assert_eq!(
            shown_with(&[there], &[waits, failed], Some(100)),
            "\
worker_id   state    finished    pid  hostname  place   attempt  since       message
bold_crane  running      1234  14142  node1     1234_1        1  1 min 22 s
calm_otter  pending                             1234_0           1 min 22 s  Resources
wise_newt   pending                             1234_0           1 min 22 s  did not begin: FAILED,…
without remote, heartbeat, restarts, failed, end, launcher
"
        );
        let narrow = shown_with(&[], &[pending("calm_otter", Stage::Waits, "Resources")], Some(60));
        assert!(narrow.contains("Resources"), "{narrow}");
    }

    #[test]
    fn who_comes_again_stands_in_one_row() {
        let lost = [worker("bold_crane", Some(EndKind::Lost), "Its heartbeat was missing")];
        let again = |waits: &[PendingWorker]| {
            let rows = rows(&lost, waits, Format::Jsonl, now());
            assert_eq!(rows.len(), 1, "{rows:?}");
            let told = |name: &str| rows[0][name].as_str().unwrap().to_owned();
            [told("state"), told("end"), told("message")]
        };
        let waits = pending("bold_crane", Stage::Waits, "Priority");
        let failed = pending("bold_crane", Stage::Failed, "node3: connection refused");
        assert_eq!(
            again(std::slice::from_ref(&failed)),
            ["lost", "lost", "not started again: node3: connection refused"]
        );
        assert_eq!(again(&[failed.clone(), waits.clone()]), ["pending", "lost", "Priority"]);
        assert_eq!(again(&[waits, failed]), ["pending", "lost", "Priority"]);
    }

    #[test]
    fn programs_get_every_column_of_everybody() {
        let waits = pending("calm_otter", Stage::Waits, "Resources");
        let rows = rows(&[worker("bold_crane", None, "")], &[waits], Format::Jsonl, now());
        let columns = |row: &Record| row.keys().cloned().collect::<Vec<_>>();
        assert_eq!(columns(&rows[0]), columns(&rows[1]));
        assert_eq!((&rows[0]["attempt"], &rows[0]["place"]), (&0.into(), &Value::Null));
        assert_eq!((&rows[1]["finished"], &rows[1]["launcher"]), (&Value::Null, &"slurm".into()));
    }
}
