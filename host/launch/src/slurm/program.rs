//! Running the programs of Slurm: bounded in time, and with nothing in their environment that changes what they are asked.

use std::{io, process::Stdio, time::Duration};

use tokio::process::Command;

use super::SlurmError;

/// What a program has said. Without a code it did not end by itself, or not in time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) data: String,
    pub(super) talk: String,
}

/// Variables that say what a program does unless it is told otherwise: they would go before what stands in a script, narrow down what
/// is listed, or ask questions.
const PREFIXES: [&str; 2] = ["SQUEUE_", "SCANCEL_"];

/// Those of sbatch go before what stands in a script. What a run file says nothing about is left to them.
const OF_SBATCH: &[&str] = &[
    "SBATCH_ARRAY_INX",
    "SBATCH_CLUSTERS",
    "SBATCH_ERROR",
    "SBATCH_EXPORT",
    "SBATCH_GET_USER_ENV",
    "SBATCH_INPUT",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_OUTPUT",
    "SBATCH_REQUEUE",
    "SBATCH_SIGNAL",
    "SBATCH_WAIT",
];

/// Runs it to its end, or so long.
pub(super) async fn run(
    program: &'static str,
    arguments: &[String],
    without: &[&str],
    patience: Duration,
) -> Result<Said, SlurmError> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C reaches us alone; who is waited for no longer ends.
    command.process_group(0).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let is_foreign = |text: &str| {
            PREFIXES.iter().any(|prefix| text.starts_with(prefix))
                || OF_SBATCH.contains(&text)
                || without.contains(&text)
        };
        if name.to_str().is_some_and(is_foreign) {
            command.env_remove(name);
        }
    }
    let output = match tokio::time::timeout(patience, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SlurmError::NoProgram { program });
        }
        Ok(Err(source)) => return Err(SlurmError::Program { program, source }),
        Err(_) => {
            let talk = format!("no answer within {} s", patience.as_secs());
            return Ok(Said { talk, ..Said::default() });
        }
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said { code: output.status.code(), data: text(&output.stdout), talk: text(&output.stderr) })
}
