//! Submitting a job: once, however often it takes.

use std::time::Duration;

use rush_run_file::SlurmLauncher;
use tokio::time::{Instant, sleep};

use super::{
    SlurmError,
    answer::{self, Answer},
    files::Files,
    program, queue,
    script::{script, text},
};
use crate::{Job, quote};

/// sbatch has a patience of its own with a controller that is busy.
const PATIENCE: Duration = Duration::from_mins(1);
/// Nobody waits longer than this, or tries more often, for a controller that is away.
const RETRY_FOR: Duration = Duration::from_mins(1);
const TRIES: u32 = 5;
/// What is still on its way may arrive meanwhile.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(8);

/// Submits a job, and answers its id. What may or may not have been taken is submitted again only when Slurm has said that it does not
/// know the job.
pub(crate) async fn submit(launcher: &SlurmLauncher, job: &Job<'_>) -> Result<String, SlurmError> {
    let files = Files::of(launcher, job)?;
    files.write(launcher, job, &script(launcher, job, &files)?)?;
    let arguments = arguments(&files)?;
    let unset = unset(launcher);
    let deadline = Instant::now() + RETRY_FOR;
    let mut pause = FIRST_PAUSE;
    let mut is_told = false;
    for _ in 0..TRIES {
        let said = program::run("sbatch", &arguments, &unset, PATIENCE).await?;
        let mut said = match answer::read(&said) {
            Answer::Taken(id) => return Ok(id),
            Answer::Refused(said) => return Err(SlurmError::Refused { said }),
            Answer::Unclear(said) => said,
        };
        if !is_told {
            tracing::warn!("Slurm does not take the job yet, which is tried for up to a minute: {said}");
            is_told = true;
        }
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
            match queue::id_of(job.name).await {
                Ok(Some(id)) => return Ok(id),
                Ok(None) => break,
                Err(SlurmError::NoAnswer { said: instead, .. }) => said = instead,
                Err(error) => return Err(error),
            }
            if Instant::now() >= deadline {
                return Err(not_taken(job, said));
            }
        }
        if Instant::now() >= deadline {
            return Err(not_taken(job, said));
        }
    }
    Err(not_taken(job, "it is not in the queue, however often it is submitted".to_owned()))
}

fn not_taken(job: &Job<'_>, said: String) -> SlurmError {
    SlurmError::NotTaken { name: job.name.to_owned(), said }
}

/// What would be submitted: the command, then the files that it needs, without secrets.
pub(crate) fn dry_run(launcher: &SlurmLauncher, job: &Job<'_>) -> Result<String, SlurmError> {
    let files = Files::of(launcher, job)?;
    let script = script(launcher, job, &files)?;
    let words: Result<Vec<_>, _> =
        arguments(&files)?.iter().map(|word| quote::word(word).map(Into::into)).collect();
    let words: Vec<String> = words?;
    let mut text = format!("sbatch {}\n\n# {}\n{script}", words.join(" "), files.script.display());
    if launcher.redis_file.is_none() {
        text += &format!("\n# {}\n<redacted>\n", files.redis.display());
    }
    Ok(text)
}

fn arguments(files: &Files) -> Result<Vec<String>, SlurmError> {
    Ok(vec!["--parsable".to_owned(), text(&files.script)?])
}

/// Variables of sbatch that would go before what the run file says.
fn unset(launcher: &SlurmLauncher) -> Vec<&'static str> {
    let SlurmLauncher { partition, account, qos, time, cpus, memory, gres, constraint, .. } = launcher;
    let said = [
        ("SBATCH_PARTITION", partition.is_some()),
        ("SBATCH_ACCOUNT", account.is_some()),
        ("SBATCH_QOS", qos.is_some()),
        ("SBATCH_TIMELIMIT", time.is_some()),
        ("SBATCH_CPUS_PER_TASK", cpus.is_some()),
        ("SBATCH_MEM_PER_NODE", memory.is_some()),
        ("SBATCH_GRES", gres.is_some()),
        ("SBATCH_CONSTRAINT", constraint.is_some()),
    ];
    said.into_iter().filter(|(_, is_said)| *is_said).map(|(name, _)| name).collect()
}
