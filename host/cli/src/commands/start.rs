//! `start`: starts workers and returns as soon as they are registered.

use std::{path::PathBuf, time::Duration};

use rush_launch::local::{Supervision, Talk};
use rush_network::WorkerId;
use tokio::time::Instant;

use crate::{
    arguments::Start,
    commands::reset,
    component_file::ComponentFile,
    exit_code::ExitCode,
    failure::Failure,
    launching::{Launch, Launched},
    print::{talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn start(arguments: Start) -> Result<ExitCode, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    let component = ComponentFile::read(&run_file)?;
    let session = Session::connect(run_file, &source, Begin::Yes).await?;
    if arguments.fresh {
        reset::network(&session).await?;
    }
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    let log = log_file(&session)?;
    let count = arguments.workers.unwrap_or(session.run_file.workers.count);
    let launch = Launch {
        session: &session,
        component: &component,
        count,
        supervision: Supervision::Detached,
        talk: Talk::Log(log.clone()),
        debug: true,
    };
    let mut launched = launch.start().await?;
    registered(&session, &mut launched, &log).await?;
    let run_file = session.run_file.path.display();
    talk::line(format_args!(
        "{} registered. What they say: {}",
        text::counted(count.into(), "worker"),
        log.display()
    ));
    talk::line(format_args!(
        "`rush-host status {run_file}` shows where they are, `rush-host stop {run_file}` ends them"
    ));
    Ok(ExitCode::Ok)
}

/// What detached host processes say, beside the network's private data.
fn log_file(session: &Session) -> Result<PathBuf, Failure> {
    let folder = session.run_file.folder.join(".rush").join(session.run_file.network.as_str());
    let made = std::fs::create_dir_all(&folder);
    let log = folder.join("workers.log");
    made.map(|()| log.clone()).map_err(|error| {
        Failure::with_hint(
            ExitCode::Launcher,
            format!("the log `{}` cannot be written: {error}", log.display()),
            "started workers keep their log beside the run file; copy the run file to a folder of yours",
        )
    })
}

/// Waits until all are registered; a process that ends before that has failed, and so has the start.
async fn registered(
    session: &Session,
    launched: &mut Launched,
    log: &std::path::Path,
) -> Result<(), Failure> {
    let patience = session.run_file.workers.start_timeout;
    let deadline = Instant::now() + patience.as_std();
    let all: Vec<WorkerId> = launched.workers.iter().flatten().cloned().collect();
    let mut pause = Duration::from_millis(2);
    loop {
        if session.network.known_workers(&all).await? == all.len() {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(Failure::with_hint(
                ExitCode::Launcher,
                format!("not all workers are registered after {patience}"),
                format!("{} may say why; `[workers] start_timeout` allows more time", log.display()),
            ));
        }
        tokio::select! {
            Some((process, status)) = launched.children.next_exit() => {
                // A very short loop may have registered, worked and ended by now; other processes may still begin.
                let its = launched.workers.get(process).map_or(&[][..], Vec::as_slice);
                if session.network.known_workers(its).await? == its.len() {
                    continue;
                }
                let code = status.as_ref().ok().and_then(std::process::ExitStatus::code).and_then(ExitCode::of_child);
                let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                return Err(Failure::with_hint(
                    code.unwrap_or(ExitCode::Launcher),
                    format!("a host process ended before its workers were registered ({how})"),
                    format!("{} says why", log.display()),
                ));
            }
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_millis(50)),
        }
    }
}
