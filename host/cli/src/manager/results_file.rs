//! The results file of `[output]`.

use std::{io, path::Path};

use rush_network::Task;
use rush_run_file::{Output, OutputFormat};

use crate::{arguments::Format, exit_code::ExitCode, failure::Failure, print::records, task_records};

/// Writes all tasks, whole or not at all: into a file beside it first, which then takes its name.
pub(crate) fn write(tasks: &[Task], output: &Output) -> Result<(), Failure> {
    let format = match output.format {
        OutputFormat::Csv => Format::Csv,
        OutputFormat::Jsonl => Format::Jsonl,
        OutputFormat::Parquet | OutputFormat::Arrow => {
            return Err(Failure::new(ExitCode::RunFile, "results as Parquet or Arrow are not supported yet"));
        }
    };
    let rows = task_records::records(tasks);
    let text = records::render(&rows, &task_records::columns(&rows), format);
    replace(&output.path, &text).map_err(|error| {
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the results file `{}` cannot be written: {error}", output.path.display()),
            "the tasks are still in Redis: `rush-host tasks RUN.toml --format csv` prints them",
        )
    })
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // Best effort: what matters is told already.
        let _ = std::fs::remove_file(&part);
    })
}
