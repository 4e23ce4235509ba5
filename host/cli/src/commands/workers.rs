//! `workers`: who they are, how each ended, and what it did.

use std::time::{Duration, SystemTime};

use rush_network::WorkerInfo;
use serde_json::json;

use crate::{
    arguments::{Format, Workers},
    exit_code::ExitCode,
    failure::Failure,
    print::{records, records::Record, talk, text},
    session::{Begin, Session},
};

pub(crate) async fn workers(arguments: Workers) -> Result<ExitCode, Failure> {
    let session = Session::open(&arguments.common, Begin::No).await?;
    let workers = session.network.workers().await?;
    talk::data(&render(&workers, arguments.format));
    Ok(ExitCode::Ok)
}

pub(crate) fn render(workers: &[WorkerInfo], format: Format) -> String {
    let rows: Vec<Record> = workers.iter().map(|worker| row(worker, format)).collect();
    records::render(&rows, &[], format)
}

fn row(worker: &WorkerInfo, format: Format) -> Record {
    let end = worker.end.as_ref();
    let row = json!({
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
        "started": time(worker.started, format),
        "ended": time(worker.ended, format),
        "message": end.map(|end| end.message.as_str()).filter(|message| !message.is_empty()),
    });
    row.as_object().cloned().unwrap_or_default()
}

/// For people how long ago, for programs milliseconds since 1970.
fn time(at: Option<SystemTime>, format: Format) -> serde_json::Value {
    let Some(at) = at else { return serde_json::Value::Null };
    if format == Format::Table {
        return (text::duration(at.elapsed().unwrap_or(Duration::ZERO)) + " ago").into();
    }
    let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since_1970.as_millis()).map_or(serde_json::Value::Null, Into::into)
}
