//! `reset`: deletes everything that the network has in Redis.

use crate::{
    arguments::Reset,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{Begin, Session},
};

pub(crate) async fn reset(arguments: Reset) -> Result<ExitCode, Failure> {
    let session = Session::open(&arguments.common, Begin::No).await?;
    network(&session).await?;
    Ok(ExitCode::Ok)
}

/// Resets the network of a session, and says what that meant, if it meant anything.
pub(crate) async fn network(session: &Session) -> Result<(), Failure> {
    let running = session.network.running_workers().await?.len() as u64;
    let tasks = session.network.counts().await?;
    let tasks = tasks.queued + tasks.running + tasks.finished + tasks.failed;
    session.network.reset().await?;
    let network = &session.run_file.network;
    match (tasks, running) {
        (0, 0) => {}
        (_, 0) => {
            talk::line(format_args!("Network {network} is reset: {} deleted", text::counted(tasks, "task")));
        }
        _ => talk::line(format_args!(
            "Network {network} is reset: {} deleted; {} will notice and end",
            text::counted(tasks, "task"),
            text::counted(running, "worker"),
        )),
    }
    Ok(())
}
