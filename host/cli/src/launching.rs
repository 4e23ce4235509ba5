//! Starting the workers of a run file: what `run`, `start` and `script` have in common.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rush_launch::{Arrived, Launch, Launched, Launcher, Stored};
use rush_run_file::RunFile;

use crate::{
    announcing,
    components::Components,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::Session,
    writable,
};

/// Stores what workers are given.
pub(crate) async fn store(session: &Session, components: &Components) -> Result<Stored, Failure> {
    Ok(session.store(&components.files).await?)
}

/// Stores what the workers are given, and starts the host processes.
pub(crate) async fn start(
    session: &Session,
    components: &Components,
    launch: &Launch<'_>,
    count: u32,
) -> Result<Launched, Failure> {
    let stored = store(session, components).await?;
    talk::line(format_args!(
        "Starting {} in {}{} (seed {})",
        text::counted(count.into(), "worker"),
        host_processes(launch.processes(count)),
        announcing::through(launch.launcher()),
        stored.seed
    ));
    let launched = launch.start(&stored.config, count).await?;
    announcing::submitted(&launched);
    Ok(launched)
}

pub(crate) fn host_processes(count: u32) -> String {
    if count == 1 { "1 host process".into() } else { format!("{count} host processes") }
}

/// What detached host processes say, beside the network's private data. Each start begins with a line that has its time.
pub(crate) fn log_file(session: &Session) -> Result<PathBuf, Failure> {
    let folder = session.run_file.folder.join(".rush").join(session.run_file.network.as_str());
    let log = folder.join("workers.log");
    let begun = fs::create_dir_all(&folder).and_then(|()| {
        let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(&log)?;
        writeln!(file, "--- {} UTC: workers are started", text::timestamp(SystemTime::now()))
    });
    begun.map(|()| log.clone()).map_err(|error| {
        Failure::with_hint(
            ExitCode::Launcher,
            format!("the log `{}` cannot be written: {error}", log.display()),
            "started workers keep their log beside the run file; copy the run file to a folder of yours",
        )
    })
}

/// Waits until all are registered, or are seen to wait in a queue; a process that ends before that has failed, and so has the start.
pub(crate) async fn until_registered(
    session: &Session,
    launched: &mut Launched,
    log: &Path,
) -> Result<Arrived, Failure> {
    use rush_launch::LaunchError;
    let patience = session.run_file.workers.start_timeout;
    let error = match launched.until_registered(&session.network, patience.as_std()).await {
        Ok(arrived) => return Ok(arrived),
        Err(error) => error,
    };
    let text = error.to_string();
    let log = announcing::where_they_talk(session, launched, log);
    let hint = match &error {
        LaunchError::EndedEarly { .. } => format!("{log} says why"),
        LaunchError::JobEnded { place, reason, .. } => {
            announcing::where_to_look(session, launched, place, reason)
        }
        LaunchError::NotRegistered { .. } => {
            let hint = format!("{log} may say why; `[workers] start_timeout` allows more time");
            match &launched.launcher {
                // Nobody can take that back, but it has no permission any more.
                Launcher::Command(_) => {
                    format!(
                        "{hint}. What the launcher has handed on to a batch system does nothing when it begins"
                    )
                }
                _ => hint,
            }
        }
        _ => return Err(error.into()),
    };
    Err(Failure::with_hint(Failure::from(error).code, text, hint))
}

/// A file that can only be written at the end must be known to be writable at the beginning, not after hours.
pub(crate) fn check_output(run_file: &RunFile) -> Result<(), Failure> {
    let Some(output) = &run_file.output else { return Ok(()) };
    let probe = || -> io::Result<()> {
        if output.path.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        writable::folder(output.path.parent().unwrap_or(Path::new("")))
    };
    probe().map_err(|error| {
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the results file `{}` cannot be written: {error}", output.path.display()),
            "`[output] path` is relative to the run file; nothing was started",
        )
    })
}
