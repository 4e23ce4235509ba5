//! `push`: queues tasks from a file.

use std::{
    collections::HashSet,
    io::{IsTerminal as _, Read as _},
    path::Path,
};

use rush_formats::{Format as FileFormat, Options, Source};
use rush_network::{Fields, NewTask, TaskKey, WorkerId};
use serde_json::json;

use crate::{
    arguments::{Format, Push},
    exit_code::ExitCode,
    failure::Failure,
    print::{records, records::Record, talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn push(arguments: Push) -> Result<ExitCode, Failure> {
    let (run_file, redis) = session::load(&arguments.common)?;
    let source = open(&arguments)?;
    describe(&source, &arguments);
    if arguments.dry_run {
        let count = text::counted(source.rows(), "task");
        talk::line(format_args!("{count} would be pushed; nothing is written (--dry-run)"));
        return Ok(ExitCode::Ok);
    }
    let session = Session::connect(run_file, &redis, Begin::Yes).await?;
    let worker = match &arguments.to {
        Some(worker) => Some(known(&session, worker).await?),
        None => None,
    };
    session.network.set_budget(session.conditions().budget());
    let extra: HashSet<&str> = arguments.xs_extra.iter().map(String::as_str).collect();
    let mut pushed = 0;
    for batch in source.tasks() {
        let tasks: Vec<NewTask> = batch?.into_iter().map(|fields| task(fields, &extra)).collect();
        let keys = session.network.push(&tasks, worker.as_ref()).await.inspect_err(|_| {
            if pushed > 0 {
                talk::warning(format_args!(
                    "{} of {} are pushed",
                    pushed,
                    text::counted(source.rows(), "task")
                ));
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
    let id = WorkerId::parse(name).map_err(|error| Failure::new(ExitCode::Usage, error.to_string()))?;
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
