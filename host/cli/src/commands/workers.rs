//! `workers`: who they are, how each ended, and what it did.

use std::time::{Duration, SystemTime};

use rush_network::{WorkerInfo, WorkerState};
use serde_json::{Value, json};

use crate::{
    arguments::{Format, Workers},
    exit_code::ExitCode,
    failure::Failure,
    print::{
        fitting::{Fitted, Fitting},
        records::{self, Record},
        talk, text,
    },
    session::{self, Begin},
};

/// Neither who nor how, so a narrow terminal can do without them. The rest says what is the matter.
const DISPENSABLE: [&str; 9] =
    ["launcher", "remote", "heartbeat", "restarts", "hostname", "pid", "message", "failed", "end"];

pub(crate) async fn workers(arguments: Workers) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let mut workers = session.network.workers().await?;
    let states: Vec<WorkerState> = arguments.state.iter().map(|state| WorkerState::from(*state)).collect();
    workers.retain(|worker| states.is_empty() || states.contains(&worker.state));
    let width = if arguments.format == Format::Table { talk::data_width() } else { None };
    let (shown, left_out) = render(&workers, arguments.format, width, SystemTime::now());
    talk::rows(&shown, arguments.format);
    if !left_out.is_empty() {
        talk::line(format_args!(
            "For want of room without {}: `--format jsonl` has everything, and so has `| less -S`",
            left_out.join(", ")
        ));
    }
    Ok(ExitCode::Ok)
}

/// The rows, and the columns that did not fit.
fn render(
    workers: &[WorkerInfo],
    format: Format,
    width: Option<usize>,
    now: SystemTime,
) -> (String, Vec<String>) {
    let mut rows: Vec<Record> = workers.iter().map(|worker| row(worker, format, now)).collect();
    let columns = records::all_columns(&rows);
    let fitted = match width {
        Some(width) => {
            // Somebody who counts as running may be lost: no column says more.
            let silent = |row: &Record| row["state"] == "running" && row["heartbeat"] == false;
            let all_are_heard = !rows.iter().any(silent);
            let dispensable: Vec<&str> =
                DISPENSABLE.into_iter().filter(|name| all_are_heard || *name != "heartbeat").collect();
            Fitting { dispensable: &dispensable, cut: "message", usual }.fit(&mut rows, &columns, width)
        }
        None => Fitted { columns, left_out: Vec::new() },
    };
    (records::render(&rows, &fitted.columns, format), fitted.left_out)
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
    });
    // For people for how long it has been what it is, for programs milliseconds since 1970.
    if format == Format::Table {
        let since = worker.ended.or(worker.started);
        let long = since.map(|since| text::duration(now.duration_since(since).unwrap_or(Duration::ZERO)));
        row["since"] = json!(long);
    } else {
        row["started"] = time(worker.started);
        row["ended"] = time(worker.ended);
    }
    row["restarts"] = worker.restarts().into();
    row["message"] = json!(end.map(|end| end.message.as_str()).filter(|message| !message.is_empty()));
    row.as_object().cloned().unwrap_or_default()
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
    use rush_network::{End, EndKind, WorkerId};

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

    fn shown(workers: &[WorkerInfo], width: Option<usize>) -> String {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_784_903_405 + 82);
        let (mut table, left_out) = render(workers, Format::Table, width, now);
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
}
