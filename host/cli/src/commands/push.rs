//! `push`: queues tasks from a file.

use std::{
    collections::HashSet,
    io::{IsTerminal as _, Read as _},
    path::Path,
};

use rush_formats::{Format as FileFormat, Options, Source};
use rush_network::{Counts, Error, Fields, NewTask, TaskKey, WorkerId};
use serde_json::json;

use crate::{
    arguments::{Format, Push},
    exit_code::ExitCode,
    failure::Failure,
    print::{records, records::Record, talk, text},
    session::{self, Begin, Session},
    worker_ids,
};

pub(crate) async fn push(arguments: Push) -> Result<ExitCode, Failure> {
    let (run_file, redis) = session::load(&arguments.common)?;
    let source = open(&arguments)?;
    describe(&source, &arguments);
    let rows = source.rows().saturating_sub(arguments.skip);
    if arguments.dry_run {
        let count = text::counted(rows, "task");
        talk::line(format_args!("{count} would be pushed; nothing is written (--dry-run)"));
        return Ok(ExitCode::Ok);
    }
    let session = session::connect(run_file, &redis, Begin::Yes).await?;
    let worker = match &arguments.to {
        Some(worker) => Some(known(&session, worker).await?),
        None => None,
    };
    let extra: HashSet<&str> = arguments.xs_extra.iter().map(String::as_str).collect();
    let batches = || {
        source.tasks_after(arguments.skip).map(|batch| -> Result<Vec<NewTask>, Failure> {
            Ok(batch?.into_iter().map(|fields| task(fields, &extra)).collect())
        })
    };
    // A large file takes several steps: whatever can refuse one is asked before the first.
    let mut row = arguments.skip;
    for batch in batches() {
        for task in batch? {
            row += 1;
            session.network.check(std::slice::from_ref(&task)).map_err(|error| unfit(row, &error))?;
        }
    }
    admit(&session, rows).await?;
    let mut pushed = 0;
    for batch in batches() {
        let tasks = batch?;
        let keys = session.network.push(&tasks, worker.as_ref()).await.inspect_err(|error| {
            if let Some(advice) = advice(error, pushed, tasks.len(), rows, arguments.skip) {
                talk::warning(format_args!("{advice}"));
            }
        })?;
        pushed += keys.len() as u64;
        if arguments.print_keys {
            let keys: Vec<&str> = keys.iter().map(TaskKey::as_str).collect();
            talk::data(&(keys.join("\n") + "\n"));
        }
    }
    let queue = worker.map_or_else(String::new, |worker| format!(" for worker {worker}"));
    talk::line(format_args!("Pushed {}{queue}", text::counted(pushed, "task")));
    Ok(ExitCode::Ok)
}

/// A task that cannot be pushed, before anything is.
fn unfit(row: u64, error: &Error) -> Failure {
    let hint = match error {
        Error::LimitExceeded { .. } => "raise it in the run file, or leave the value out; nothing was pushed",
        _ => "nothing was pushed",
    };
    Failure::with_hint(ExitCode::Usage, format!("row {row}: {error}"), hint)
}

/// Sets the exact budget, if there is one, and refuses what it has no room for.
async fn admit(session: &Session, rows: u64) -> Result<(), Failure> {
    let budget = session.conditions().budget();
    session.network.set_budget(budget);
    let Some(budget) = budget else { return Ok(()) };
    let Counts { queued, running, finished, .. } = session.network.counts().await?;
    let left = budget.saturating_sub(queued + running + finished);
    if rows > left { Err(Error::BudgetExhausted { left }.into()) } else { Ok(()) }
}

/// How to go on after a failure in the midst of a file; nothing to say if nothing is pushed.
fn advice(error: &Error, pushed: u64, batch: usize, rows: u64, skipped: u64) -> Option<String> {
    let done = skipped + pushed;
    let rows = text::counted(rows, "task");
    match error {
        Error::Unavailable { .. } => Some(format!(
            "{pushed} of {rows} are pushed, and perhaps {batch} more; `rush-host status` counts them: \
             go on with --skip {done}, or {}",
            done + batch as u64
        )),
        _ if pushed > 0 => Some(format!("{pushed} of {rows} are pushed; go on with --skip {done}")),
        _ => None,
    }
}

fn open(arguments: &Push) -> Result<Source, Failure> {
    let format = format(arguments)?;
    let path = &arguments.file;
    let mut columns = arguments.columns.clone();
    if !columns.is_empty() {
        columns.extend(arguments.xs_extra.iter().filter(|name| !arguments.columns.contains(name)).cloned());
    }
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let content = if is_stdin {
        let mut content = Vec::new();
        std::io::stdin().lock().read_to_end(&mut content).map(|_| content)
    } else {
        std::fs::read(path)
    };
    let content = content.map_err(|error| {
        Failure::with_hint(
            ExitCode::Usage,
            format!("the file {name} cannot be read: {error}"),
            "the path is relative to the folder in which you are",
        )
    })?;
    let options = Options { columns, missing: arguments.missing.clone() };
    let source = Source::open(&name, content.into(), format, &options)?;
    for extra in &arguments.xs_extra {
        if !source.columns().iter().any(|column| column.name == *extra) {
            let known = source.columns().iter().map(|column| column.name.clone()).collect();
            return Err(rush_formats::ReadError::NoColumn { file: name, name: extra.clone(), known }.into());
        }
    }
    Ok(source)
}

fn format(arguments: &Push) -> Result<FileFormat, Failure> {
    let path = &arguments.file;
    if path == Path::new("-") {
        let hint = "give --format csv, jsonl, parquet or arrow";
        if arguments.format.is_none() {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                "standard input has no extension that says its format",
                hint,
            ));
        }
        if std::io::stdin().is_terminal() {
            talk::line(format_args!("Reading tasks from standard input until its end (Ctrl-D)"));
        }
    }
    let said = arguments.format.map(FileFormat::from).or_else(|| FileFormat::by_extension(path));
    said.ok_or_else(|| {
        Failure::with_hint(
            ExitCode::Usage,
            format!("the extension of `{}` says no format", path.display()),
            "end it with .csv, .jsonl, .parquet or .arrow, or give --format",
        )
    })
}

/// What was inferred, as a table.
fn describe(source: &Source, arguments: &Push) {
    let row = |column: &rush_formats::Column| -> Record {
        let part = if arguments.xs_extra.contains(&column.name) { "xs_extra" } else { "xs" };
        let row = json!({
            "column": column.name,
            "type": column.kind.name(),
            "missing": column.missing,
            "first value": column.example,
            "part": part,
        });
        row.as_object().cloned().unwrap_or_default()
    };
    let rows: Vec<Record> = source.columns().iter().map(row).collect();
    let mut columns = vec!["column".to_owned(), "type".into(), "missing".into(), "first value".into()];
    if !arguments.xs_extra.is_empty() {
        columns.insert(1, "part".into());
    }
    talk::line(format_args!("{}", records::render(&rows, &columns, Format::Table).trim_end()));
}

/// The worker that the tasks are for. One that has ended can take none, but then others do.
async fn known(session: &Session, name: &str) -> Result<WorkerId, Failure> {
    let id = worker_ids::one(name)?;
    if session.network.known_workers(std::slice::from_ref(&id)).await? == 0 {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("there is no worker `{id}` in network {}", session.run_file.network),
            "`rush-host workers` shows them; nothing was pushed",
        ));
    }
    if !session.network.running_workers().await?.contains(&id) {
        talk::warning(format_args!("worker `{id}` has ended, so its tasks go to the common queue"));
    }
    Ok(id)
}

fn task(fields: Fields, extra: &HashSet<&str>) -> NewTask {
    let (extra, xs) = fields.into_iter().partition(|field| extra.contains(field.name.as_str()));
    NewTask { xs, extra }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_already_is_to_be_skipped() {
        let full = Error::StorageFull { cause: "OOM".into() };
        let gone = Error::Unavailable { address: "here".into(), cause: "nobody answers".into() };
        assert_eq!(advice(&full, 0, 10_000, 25_000, 0), None);
        assert_eq!(
            advice(&full, 20_000, 5_000, 25_000, 0).unwrap(),
            "20000 of 25000 tasks are pushed; go on with --skip 20000"
        );
        assert!(advice(&full, 10_000, 10_000, 20_000, 5_000).unwrap().ends_with("--skip 15000"));
        assert_eq!(
            advice(&gone, 0, 3, 3, 0).unwrap(),
            "0 of 3 tasks are pushed, and perhaps 3 more; `rush-host status` counts them: go on with --skip 0, or 3"
        );
    }
}
