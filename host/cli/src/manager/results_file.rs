//! The results file of `[output]`.

use rush_formats::Format;
use rush_run_file::{Output, OutputFormat};

use crate::{exit_code::ExitCode, failure::Failure, task_rows::TaskRows, whole_file};

/// Writes all tasks, whole or not at all.
pub(crate) fn write(tasks: &TaskRows, output: &Output) -> Result<(), Failure> {
    let format = match output.format {
        OutputFormat::Csv => Format::Csv,
        OutputFormat::Jsonl => Format::Jsonl,
        OutputFormat::Parquet => Format::Parquet,
        OutputFormat::Arrow => Format::Arrow,
    };
    whole_file::write(&output.path, |file| tasks.write(format, file)).map_err(|error| {
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the results file `{}` cannot be written: {error}", output.path.display()),
            format!("the tasks are still in Redis: `rush-host tasks RUN.toml -o tasks.{format}` writes them"),
        )
    })
}
