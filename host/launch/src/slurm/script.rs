//! The script of a job: an array with an element for each host process.

use std::{path::Path, time::Duration};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use rush_run_file::{SlurmLauncher, SlurmTime};

use super::{SlurmError, files::Files};
use crate::{Job, Lifetime, RedisFrom, WorkerCommand, quote};

/// What Slurm takes at least.
const LEAST_BEFORE: u64 = 1;
/// So long the process may take, after its workers have ended, to say so.
const TO_SAY_SO: Duration = Duration::from_secs(10);
const LEAST_DEFAULT: Duration = Duration::from_secs(30);

/// The script that is submitted. There is no secret in it.
pub(super) fn script(launcher: &SlurmLauncher, job: &Job<'_>, files: &Files) -> Result<String, SlurmError> {
    let command = WorkerCommand {
        redis: RedisFrom::File(launcher.redis_file.clone().map_or_else(|| text(&files.redis), Ok)?),
        lifetime: Lifetime::Foreground,
        ..job.command.clone()
    };
    // It begins nothing on its own: what it started would be outside of what its job was given.
    let command = format!("{} --managed", command.line(&files.program)?);
    let last = job.record.processes.len().saturating_sub(1);
    let limit = launcher.array_limit.map(|limit| format!("%{limit}")).unwrap_or_default();
    let successor = job.takes_over.then(|| successor(&files.script)).transpose()?;
    let values = context! {
        network => one_line(&job.command.network),
        from => one_line(&job.command.launched_from),
        name => job.name,
        array => format!("0-{last}{limit}"),
        is_requeued => launcher.directives.iter().any(|line| is_requeue(line)),
        output => output(&files.folder, job.name)?,
        end_before => end_before(launcher, job.grace),
        options => options(launcher),
        prologue => launcher.prologue,
        command,
        successor,
    };
    let mut environment = Environment::new();
    // What the template names must be there; what it writes is no web page.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_keep_trailing_newline(true);
    environment.render_named_str("job.sh", include_str!("job.sh"), values).map_err(SlurmError::Template)
}

/// So many seconds before its time limit a job is told.
fn end_before(launcher: &SlurmLauncher, grace: Duration) -> u64 {
    let seconds = if let Some(before) = launcher.end_before {
        before.as_millis().div_ceil(1_000)
    } else {
        let wanted = (grace + TO_SAY_SO).max(LEAST_DEFAULT).as_secs();
        let limit = launcher.time.as_ref().and_then(SlurmTime::seconds);
        limit.map_or(wanted, |limit| wanted.min(limit / 2))
    };
    seconds.clamp(LEAST_BEFORE, u16::MAX.into())
}

/// Those that the run file asks for.
fn options(launcher: &SlurmLauncher) -> Vec<String> {
    let SlurmLauncher { partition, account, qos, time, cpus, memory, gres, constraint, .. } = launcher;
    let mut options = Vec::new();
    let mut option = |name: &str, value: Option<String>| {
        options.extend(value.map(|value| format!("--{name}={value}")));
    };
    option("partition", partition.clone());
    option("account", account.clone());
    option("qos", qos.clone());
    option("time", time.as_ref().map(ToString::to_string));
    option("cpus-per-task", cpus.as_ref().map(ToString::to_string));
    // Slurm counts in powers of 1024; what is not whole is rounded up.
    option("mem", memory.map(|memory| format!("{}M", memory.bytes().div_ceil(1 << 20))));
    option("gres", gres.clone());
    option("constraint", constraint.clone());
    options.extend(launcher.directives.iter().cloned());
    options
}

/// Whether a line of the user's lets Slurm begin a job again.
fn is_requeue(line: &str) -> bool {
    line.split_whitespace().any(|word| word == "--requeue")
}

/// The line with which a job that runs out of time has its element of the array begun again.
fn successor(script: &Path) -> Result<String, SlurmError> {
    let line = format!("sbatch --parsable --array=\"$SLURM_ARRAY_TASK_ID\" {}", quote::word(&text(script)?)?);
    Ok(quote::word(&line)?.into_owned())
}

/// Where the output of an element of the array goes, as sbatch reads it: `%` begins a name of its own, and the rules of a shell are
/// none of its.
pub(super) fn output(folder: &Path, name: &str) -> Result<String, SlurmError> {
    let folder = text(folder)?;
    if folder.contains(['\\', '\n']) {
        return Err(SlurmError::Folder { folder });
    }
    let folder = folder.replace('%', "%%").replace('"', "\\\"");
    Ok(format!("\"{folder}/{name}-%A_%a.log\""))
}

pub(super) fn text(path: &Path) -> Result<String, SlurmError> {
    let not_text = || quote::Unquotable::NotText { argument: path.as_os_str().to_owned() };
    Ok(path.to_str().ok_or_else(not_text)?.to_owned())
}

/// In a comment nothing may begin a line of its own.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
