//! `status`: how many workers and tasks are in each state, how many of the running ones are silent, why others are not there yet, and
//! why tasks failed.

use std::collections::BTreeMap;

use rush_network::{Counts, WorkerState};
use serde_json::{Map, Value, json};

use crate::{
    arguments::{self, Format},
    exit_code::ExitCode,
    failure::Failure,
    pending::{self, PENDING, Stage, Waiting},
    print::{
        records::{self, Record},
        talk,
    },
    session::{self, Begin, Session},
    silence,
};

pub(crate) async fn status(arguments: arguments::Status) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    // Before the workers: one that registers in between is there, and not pending.
    let waiting = pending::by_reason(&pending::look(&session).await?);
    let network = &session.network;
    let (workers, tasks) = (network.worker_counts().await?, network.counts().await?);
    let failed = network.failures_by_kind().await?;
    let running = network.running_workers().await?;
    let silent = silence::silent(&session, &running).await?.len();
    let format = if arguments.json { Format::Json } else { arguments.format };
    let status = Status {
        network: session.run_file.network.as_str(),
        workers: &workers,
        waiting: &waiting,
        silent,
        tasks: &tasks,
        failed: &failed,
    };
    talk::data(&status.render(format)?);
    if format == Format::Table {
        silence::tell(&session, silent, running.len());
        tell(&session, &waiting);
    }
    Ok(ExitCode::Ok)
}

/// Says who is not there yet and why, and what can be done about it.
fn tell(session: &Session, waiting: &[Waiting]) {
    for waiting in waiting {
        talk::line(format_args!("{waiting}"));
    }
    if !waiting.is_empty() {
        let run_file = session.run_file.path.display();
        talk::line(format_args!(
            "{}`rush-host workers {run_file} --state pending` shows each, `rush-host stop {run_file}` withdraws what waits and ends all others",
            prospect(waiting)
        ));
    }
}

/// What becomes of those that may still begin.
fn prospect(waiting: &[Waiting]) -> &'static str {
    let may_begin =
        |waiting: &&Waiting| waiting.stage == Stage::Waits && !pending::is_in_vain(&waiting.reason);
    match waiting.iter().filter(may_begin).map(|waiting| waiting.workers).sum() {
        0_u64 => "",
        1 => "It works as soon as it begins; ",
        _ => "They work as soon as they begin; ",
    }
}

/// What is shown.
struct Status<'a> {
    network: &'a str,
    workers: &'a [(WorkerState, u64)],
    waiting: &'a [Waiting],
    silent: usize,
    tasks: &'a Counts,
    failed: &'a BTreeMap<String, u64>,
}

impl Status<'_> {
    fn render(&self, format: Format) -> Result<String, Failure> {
        let workers: Map<_, _> =
            self.workers.iter().map(|(state, count)| (state.as_str().to_owned(), json!(count))).collect();
        let failed: Map<_, _> =
            self.failed.iter().map(|(kind, count)| (kind.clone(), json!(count))).collect();
        let tasks = serde_json::to_value(self.tasks).map_err(Failure::internal)?;
        let pending: u64 = self.waiting.iter().map(|waiting| waiting.workers).sum();
        Ok(match format {
            Format::Json | Format::Jsonl => {
                let waiting: Vec<Value> = self.waiting.iter().map(shown).collect();
                let document = json!({
                    "network": self.network, "workers": workers, "without_heartbeat": self.silent, "tasks": tasks,
                    "failed_by_kind": failed, "pending": pending, "waiting": waiting
                });
                document.to_string() + "\n"
            }
            Format::Table | Format::Csv => {
                let mut all = rows("workers", &workers);
                // Only some launchers let anybody wait: people need not be told that nobody does.
                if format == Format::Csv || pending > 0 {
                    all.extend(rows("workers", &Map::from_iter([(PENDING.to_owned(), json!(pending))])));
                }
                all.extend(rows("tasks", tasks.as_object().unwrap_or(&Map::new())));
                all.extend(rows("failed", &failed));
                records::render(&all, &[], format)
            }
        })
    }
}

fn shown(waiting: &Waiting) -> Value {
    let Waiting { launcher, place, stage, reason, workers } = waiting;
    let may_begin = *stage == Stage::Waits;
    json!({ "launcher": launcher, "place": place, "reason": reason, "workers": workers, "may_begin": may_begin })
}

fn rows(what: &str, counts: &Map<String, Value>) -> Vec<Record> {
    let row = |(state, count): (&String, &Value)| {
        let row = json!({ "what": what, "state": state, "count": count });
        row.as_object().cloned().unwrap_or_default()
    };
    counts.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(waiting: &[Waiting], failed: &[(&str, u64)], format: Format) -> String {
        let status = Status {
            network: "branin",
            workers: &WorkerState::ALL.map(|state| (state, state as u64)),
            waiting,
            silent: 2,
            tasks: &Counts { queued: 1, running: 2, finished: 3, failed: 4 },
            failed: &failed.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        };
        status.render(format).unwrap()
    }

    fn waiting(stage: Stage, reason: &str, workers: u64) -> Waiting {
        Waiting { launcher: "slurm".into(), place: "job 1234".into(), stage, reason: reason.into(), workers }
    }

    #[test]
    fn the_json_is_stable() {
        assert_eq!(
            render(&[waiting(Stage::Waits, "Resources", 2)], &[("trap", 1), ("time-limit", 3)], Format::Json),
            "{\"network\":\"branin\",\"workers\":{\"running\":0,\"terminated\":1,\"killed\":2,\"lost\":3},\
             \"without_heartbeat\":2,\"tasks\":{\"queued\":1,\"running\":2,\"finished\":3,\"failed\":4},\
             \"failed_by_kind\":{\"time-limit\":3,\"trap\":1},\"pending\":2,\
             \"waiting\":[{\"launcher\":\"slurm\",\"place\":\"job 1234\",\"reason\":\"Resources\",\"workers\":2,\
             \"may_begin\":true}]}\n"
        );
        let empty = render(&[], &[], Format::Json);
        assert!(empty.ends_with("\"failed_by_kind\":{},\"pending\":0,\"waiting\":[]}\n"), "{empty}");
        let csv = render(&[], &[("trap", 1), ("time-limit", 3)], Format::Csv);
        assert!(csv.ends_with("tasks,failed,4\nfailed,time-limit,3\nfailed,trap,1\n"), "{csv}");
    }

    #[test]
    fn nothing_is_promised_of_who_never_begins() {
        let waits = waiting(Stage::Waits, "Priority", 1);
        let never = waiting(Stage::Waits, "PartitionConfig: it asks for more, so it never begins", 2);
        assert_eq!(prospect(std::slice::from_ref(&waits)), "It works as soon as it begins; ");
        assert_eq!(prospect(&[waits, never.clone()]), "It works as soon as it begins; ");
        assert_eq!(prospect(&[never, waiting(Stage::Failed, "FAILED", 2)]), "");
    }

    #[test]
    fn those_that_wait_are_counted() {
        let waiting =
            [waiting(Stage::Waits, "Resources", 4), waiting(Stage::Failed, "FAILED, exit code 127", 2)];
        let table = render(&waiting, &[], Format::Table);
        assert!(table.contains("workers  pending         6\n"), "{table}");
        assert!(render(&waiting, &[], Format::Csv).contains("workers,lost,3\nworkers,pending,6\ntasks,"));
        assert!(!render(&[], &[], Format::Table).contains("pending"));
        assert!(render(&[], &[], Format::Csv).contains("workers,pending,0\n"));
    }
}
