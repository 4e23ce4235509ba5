//! SIGUSR1: the time of this machine is up, as its batch system says a while before it takes the machine away.

use std::{
    io::{self, Write as _},
    os::fd::AsFd as _,
    process::{Command, Stdio},
    time::Duration,
};

use rush_network::{Network, StopReason, WorkerId, WorkerInfo};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What workers that did not end in time are buried with.
pub(super) const TOO_LATE: &str = "The time of its machine was up, and it did not end within its grace";

/// A batch system may be away for a moment. Whoever is begun twice carries only those that nobody carries, so that does no harm; and
/// whoever ends all this is about to take the machine away.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// From when it is made, the signal does not end the process by itself, and is not forgotten until somebody asks.
pub(super) struct TimeUp(Signal);

impl TimeUp {
    /// Begins to listen. To be called within a tokio runtime that lives as long as the process.
    pub(super) fn listen() -> io::Result<Self> {
        signal(SignalKind::user_defined1()).map(Self)
    }

    /// Resolves when the time is up.
    pub(super) async fn comes(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Has this process begun again elsewhere, if its time was up and workers of it are to be started again: `line` is run by `sh`.
pub(super) async fn succeed(line: String, network: &Network, workers: &[WorkerId]) {
    if network.stop_reason() != Some(StopReason::TimeUp)
        || !anybody_is_to_be_restarted(network, workers).await
    {
        return;
    }
    tracing::warn!("the time of this machine was up: `{line}`");
    let mut pauses = PAUSES.into_iter();
    loop {
        let its = line.clone();
        match tokio::task::spawn_blocking(move || run(&its)).await {
            Ok(Ok(status)) if status.success() => return,
            Ok(Ok(status)) => match pauses.next() {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return tracing::warn!("nobody takes over: that line has ended with {status}"),
            },
            Ok(Err(error)) => return tracing::warn!("nobody takes over: `sh` cannot be started: {error}"),
            Err(error) => return tracing::error!(%error, "nobody takes over"),
        }
    }
}

async fn anybody_is_to_be_restarted(network: &Network, workers: &[WorkerId]) -> bool {
    match network.workers_of(workers).await {
        Ok(workers) => workers.iter().any(WorkerInfo::is_to_be_restarted),
        // Whoever comes looks for itself.
        Err(error) => {
            tracing::warn!(%error, "nobody knows whether workers are to be started again");
            true
        }
    }
}

/// What it says goes where this process talks.
fn run(line: &str) -> io::Result<std::process::ExitStatus> {
    io::stderr().flush()?;
    let talk = io::stderr().as_fd().try_clone_to_owned()?;
    Command::new("sh").args(["-c", line]).stdin(Stdio::null()).stdout(talk).status()
}
