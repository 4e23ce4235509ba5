//! Asking Slurm what became of jobs, and taking back those that have not begun. Jobs are found by their names, which say whose launch
//! they are: so are those whose ids were lost on the way, and those that took over.

use std::time::Duration;

use rush_network::LaunchRecord;

use super::{
    SlurmError, answer,
    program::{self, Said},
    states::{self, COLUMNS},
};
use crate::JobState;

/// Its own patience with a controller that is away is some ten seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// What Slurm says about the host processes of each launch.
pub(crate) async fn look(records: &[&LaunchRecord]) -> Result<Vec<Vec<JobState>>, SlurmError> {
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let data = ask(&names.join(",")).await?;
    Ok(states::states(&listed(&data)?, records))
}

/// The id of the job of this name, if Slurm has taken it.
pub(super) async fn id_of(name: &str) -> Result<Option<String>, SlurmError> {
    let data = ask(name).await?;
    let ids = listed(&data)?.into_iter().filter(|line| line.name == name);
    Ok(ids.map(|line| line.job().to_owned()).next())
}

async fn ask(names: &str) -> Result<String, SlurmError> {
    const PROGRAM: &str = "squeue";
    let words = ["--noheader", "--array", "--states=all"].map(str::to_owned);
    let words = words.into_iter().chain([format!("--name={names}"), format!("--Format={COLUMNS}")]);
    let said = program::run(PROGRAM, &words.collect::<Vec<_>>(), &[], PATIENCE).await?;
    if said.code == Some(0) { Ok(said.data) } else { Err(no_answer(PROGRAM, &said)) }
}

fn listed(data: &str) -> Result<Vec<states::Listed<'_>>, SlurmError> {
    states::read(data).ok_or_else(|| {
        let first = data.lines().next().unwrap_or_default();
        SlurmError::NoAnswer { program: "squeue", said: format!("it says {first:?}") }
    })
}

/// Takes back what has not begun. What runs ends through the network.
pub(crate) async fn cancel(records: &[&LaunchRecord]) -> Result<(), SlurmError> {
    const PROGRAM: &str = "scancel";
    for record in records {
        let words = ["--quiet".to_owned(), "--state=PENDING".to_owned(), format!("--name={}", record.name)];
        let said = match program::run(PROGRAM, &words, &[], PATIENCE).await {
            // Where Slurm is not even installed nothing was submitted.
            Err(SlurmError::NoProgram { .. }) if record.job.is_none() => continue,
            said => said?,
        };
        if said.code != Some(0) {
            return Err(no_answer(PROGRAM, &said));
        }
    }
    Ok(())
}

fn no_answer(program: &'static str, said: &Said) -> SlurmError {
    let words = answer::words(&said.talk);
    let said = match said.code {
        _ if !words.is_empty() => words,
        Some(code) => format!("it ends with exit code {code}"),
        None => "it was ended by a signal".to_owned(),
    };
    SlurmError::NoAnswer { program, said }
}
