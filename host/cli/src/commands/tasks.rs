//! `tasks`: the tasks, as rows.

use std::{io, path::Path};

use rush_formats::Format as FileFormat;
use rush_network::{Parts, State, Table, Task};

use crate::{
    arguments::{Format, Tasks},
    commands::cancel::{parsed, unknown},
    exit_code::ExitCode,
    failure::Failure,
    print::{records, talk, task, text},
    session::{self, Begin, Session},
    task_rows::TaskRows,
    whole_file,
};

pub(crate) async fn tasks(arguments: Tasks) -> Result<ExitCode, Failure> {
    let format = format(&arguments)?;
    let session = session::open(&arguments.common, Begin::No).await?;
    if !arguments.keys.is_empty() {
        return named(&session, &arguments, format).await;
    }
    let mut states: Vec<State> = arguments.state.iter().map(|state| State::from(*state)).collect();
    states.sort_unstable();
    states.dedup();
    let states = if states.is_empty() { State::ALL.to_vec() } else { states };
    let rows = TaskRows::of(&session.network.fetch(&states, Parts::ALL).await?)?;
    show(&choose(rows, &arguments)?, format, &arguments)
}

/// Tasks that were named: whole, unless rows are wanted.
async fn named(
    session: &Session,
    arguments: &Tasks,
    format: Option<FileFormat>,
) -> Result<ExitCode, Failure> {
    let keys = parsed(session, &arguments.keys)?;
    let tasks = keys.iter().zip(session.network.tasks_by_key(&keys).await?);
    let tasks: Vec<Task> =
        tasks.map(|(key, task)| task.ok_or_else(|| unknown(key))).collect::<Result<_, _>>()?;
    let in_rows = format.is_some() || arguments.output.is_some() || !arguments.columns.is_empty();
    if in_rows {
        let rows = TaskRows::of(&Table::from_tasks(tasks, Parts::ALL))?;
        return show(&choose(rows, arguments)?, format, arguments);
    }
    let blocks: Vec<String> = tasks.iter().map(task::block).collect();
    talk::data(&blocks.join("\n"));
    Ok(ExitCode::Ok)
}

fn show(rows: &TaskRows, format: Option<FileFormat>, arguments: &Tasks) -> Result<ExitCode, Failure> {
    match (&arguments.output, format) {
        (Some(path), Some(format)) => {
            to_file(rows, format, path)?;
            let count = text::counted(rows.len() as u64, "task");
            talk::line(format_args!("Wrote {count} to {}", path.display()));
        }
        (None, Some(format)) => to_stdout(rows, format)?,
        (Some(path), None) => {
            let table = table(rows)?;
            whole_file::write(path, |file| io::Write::write_all(file, table.as_bytes()))
                .map_err(|error| cannot_write(path, &error))?;
        }
        (None, None) => talk::data(&table(rows)?),
    }
    Ok(ExitCode::Ok)
}

/// The format of files, none for the table; refused before Redis is asked.
fn format(arguments: &Tasks) -> Result<Option<FileFormat>, Failure> {
    let format = match (arguments.format, &arguments.output) {
        (Some(format), _) => format.of_files(),
        (None, None) => None,
        (None, Some(path)) => Some(FileFormat::by_extension(path).ok_or_else(|| {
            Failure::with_hint(
                ExitCode::Usage,
                format!("the extension of `{}` says no format", path.display()),
                "end it with .json, .jsonl, .csv, .parquet or .arrow, or give --format",
            )
        })?),
    };
    match format {
        Some(format) if format.is_binary() && arguments.output.is_none() && talk::data_to_terminal() => {
            Err(Failure::with_hint(
                ExitCode::Usage,
                format!("a terminal cannot show {format}"),
                format!("write it to a file, `-o tasks.{format}`, or into a pipe"),
            ))
        }
        format => Ok(format),
    }
}

fn choose(rows: TaskRows, arguments: &Tasks) -> Result<TaskRows, Failure> {
    let known = rows.columns();
    for column in arguments.columns.iter().chain(&arguments.sort) {
        // Nobody can know the columns of tasks that are not there.
        if rows.len() > 0 && !known.contains(column) {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!("there is no column `{column}`"),
                format!("the columns are {}", known.join(", ")),
            ));
        }
    }
    let sorted = match &arguments.sort {
        Some(column) => rows.sorted(column, arguments.descending)?,
        None => None,
    };
    let rows = sorted.unwrap_or(rows).limited(arguments.limit.unwrap_or(usize::MAX));
    if arguments.columns.is_empty() { Ok(rows) } else { rows.chosen(&arguments.columns) }
}

fn table(rows: &TaskRows) -> Result<String, Failure> {
    Ok(records::render(&rows.records_for_people()?, &rows.columns(), Format::Table))
}

fn to_stdout(rows: &TaskRows, format: FileFormat) -> Result<(), Failure> {
    let mut out = Vec::new();
    rows.write(format, &mut out).map_err(Failure::internal)?;
    match String::from_utf8(out) {
        // Only CSV can hold what a terminal would obey.
        Ok(text) if talk::data_to_terminal() => talk::data(&text::harmless_lines(&text)),
        Ok(text) => talk::bytes(text.as_bytes()),
        Err(error) => talk::bytes(error.as_bytes()),
    }
    Ok(())
}

fn to_file(rows: &TaskRows, format: FileFormat, path: &Path) -> Result<(), Failure> {
    whole_file::write(path, |file| rows.write(format, file)).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::with_hint(
        ExitCode::Usage,
        format!("`{}` cannot be written: {error}", path.display()),
        "`-o` names a file in a folder that you may write to",
    )
}
