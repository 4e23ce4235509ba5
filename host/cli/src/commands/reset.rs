//! `reset`: deletes everything that the network has in Redis, or its tasks alone.

use crate::{
    arguments::Reset,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{self, Begin, Session},
    withdrawing,
};

pub(crate) async fn reset(arguments: Reset) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    if arguments.tasks {
        tasks(&session).await?;
    } else if !network(&session).await? {
        talk::line(format_args!(
            "Network {} is reset: it held no worker and no task",
            session.run_file.network
        ));
    }
    Ok(ExitCode::Ok)
}

/// Deletes the tasks of a network; its workers stay.
async fn tasks(session: &Session) -> Result<(), Failure> {
    let deleted = session.network.reset_tasks().await?;
    let running = session.network.running_workers().await?.len() as u64;
    let stay = match running {
        0 => String::new(),
        1 => "; 1 worker goes on".to_owned(),
        running => format!("; {running} workers go on"),
    };
    let network = &session.run_file.network;
    talk::line(format_args!(
        "The tasks of network {network} are reset: {} deleted{stay}",
        text::counted(deleted, "task")
    ));
    Ok(())
}

/// Resets the network of a session, and says what that meant, if it meant anything. Answers whether it did.
pub(crate) async fn network(session: &Session) -> Result<bool, Failure> {
    let running = session.network.running_workers().await?.len() as u64;
    let workers: u64 = session.network.worker_counts().await?.iter().map(|(_, count)| count).sum();
    let tasks = session.network.counts().await?;
    let tasks = tasks.queued + tasks.running + tasks.finished + tasks.failed;
    // Their launches go with the network, which alone knows what batch systems hold.
    let withdrawn = withdrawing::withdraw_all(session).await?;
    session.network.reset().await?;
    if tasks + workers + withdrawn.len() as u64 == 0 {
        return Ok(false);
    }
    let notice = match running {
        0 => String::new(),
        running => format!("; {} will notice and end", text::counted(running, "worker")),
    };
    talk::line(format_args!(
        "Network {} is reset: {}, {} deleted{notice}",
        session.run_file.network,
        text::counted(workers, "worker"),
        text::counted(tasks, "task")
    ));
    Ok(true)
}
