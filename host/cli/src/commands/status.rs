//! `status`: how many workers and tasks are in each state, how many of the running ones are silent, and why tasks failed.

use std::collections::BTreeMap;

use rush_network::{Counts, WorkerState};
use serde_json::json;

use crate::{
    arguments::{Format, Status},
    exit_code::ExitCode,
    failure::Failure,
    print::{records, talk},
    session::{self, Begin},
    silence,
};

pub(crate) async fn status(arguments: Status) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let workers = session.network.worker_counts().await?;
    let tasks = session.network.counts().await?;
    let failed = session.network.failures_by_kind().await?;
    let running = session.network.running_workers().await?;
    let silent = silence::silent(&session, &running).await?.len();
    let format = if arguments.json { Format::Json } else { arguments.format };
    talk::data(&render(session.run_file.network.as_str(), &workers, silent, (&tasks, &failed), format)?);
    if format == Format::Table {
        silence::tell(&session, silent, running.len());
    }
    Ok(ExitCode::Ok)
}

fn render(
    network: &str,
    workers: &[(WorkerState, u64)],
    silent: usize,
    (tasks, failed): (&Counts, &BTreeMap<String, u64>),
    format: Format,
) -> Result<String, Failure> {
    let by_state: serde_json::Map<_, _> =
        workers.iter().map(|(state, count)| (state.as_str().to_owned(), json!(count))).collect();
    let failed: serde_json::Map<_, _> =
        failed.iter().map(|(kind, count)| (kind.clone(), json!(count))).collect();
    let tasks = serde_json::to_value(tasks).map_err(Failure::internal)?;
    Ok(match format {
        Format::Json | Format::Jsonl => {
            let document = json!({
                "network": network, "workers": by_state, "without_heartbeat": silent, "tasks": tasks,
                "failed_by_kind": failed
            });
            document.to_string() + "\n"
        }
        Format::Table | Format::Csv => {
            let rows = |what: &str, counts: &serde_json::Map<String, serde_json::Value>| {
                counts
                    .iter()
                    .map(|(state, count)| {
                        let row = json!({ "what": what, "state": state, "count": count });
                        row.as_object().cloned().unwrap_or_default()
                    })
                    .collect::<Vec<_>>()
            };
            let mut all = rows("workers", &by_state);
            all.extend(rows("tasks", tasks.as_object().unwrap_or(&serde_json::Map::new())));
            all.extend(rows("failed", &failed));
            records::render(&all, &[], format)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_stable() {
        let workers = WorkerState::ALL.map(|state| (state, state as u64));
        let tasks = Counts { queued: 1, running: 2, finished: 3, failed: 4 };
        let failed = [("trap", 1), ("time-limit", 3)].map(|(kind, count)| (kind.to_owned(), count));
        let failed = BTreeMap::from(failed);
        let render = |failed: &BTreeMap<String, u64>, format| {
            render("branin", &workers, 2, (&tasks, failed), format).unwrap()
        };
        assert_eq!(
            render(&failed, Format::Json),
            r#"{"network":"branin","workers":{"running":0,"terminated":1,"killed":2,"lost":3},"without_heartbeat":2,"tasks":{"queued":1,"running":2,"finished":3,"failed":4},"failed_by_kind":{"time-limit":3,"trap":1}}
"#
        );
        assert!(render(&BTreeMap::new(), Format::Json).ends_with("\"failed_by_kind\":{}}\n"));
        let csv = render(&failed, Format::Csv);
        assert!(csv.ends_with("tasks,failed,4\nfailed,time-limit,3\nfailed,trap,1\n"), "{csv}");
    }
}
