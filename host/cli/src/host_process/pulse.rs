//! The thread that no guest can keep busy: beats, wake-ups, signals, the manager's pipe, and the grace at the end.

use std::{thread::JoinHandle, time::Duration};

use rush_launch::{
    local::Watchdog,
    signals::{Interrupt, Interrupts},
};
use rush_network::{Heart, HeartSettings, Network, StopReason};
use tokio::sync::oneshot;

use crate::{
    exit_code::ExitCode,
    failure::Failure,
    host_process::{
        patience::{Waits, patiently},
        restarting::Restarter,
        time_up::{TOO_LATE, TimeUp},
    },
};

pub(crate) struct Pulse {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Option<ExitCode>>>,
}

/// How long to wait for others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For Redis, to begin with.
    pub(super) begin: Waits,
    /// For workers, to end.
    pub(super) grace: Duration,
}

impl Pulse {
    /// Starts the thread; returns when the heart beats.
    pub(crate) fn start(
        network: Network,
        heart: HeartSettings,
        patience: Patience,
        supervised: bool,
        time_up: TimeUp,
        restarter: Option<Restarter>,
    ) -> Result<Self, Failure> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let body = move || {
            let _guard = AbortOnPanic;
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready.send(Err(Failure::internal(error)));
                    return None;
                }
            };
            runtime.block_on(async {
                let begun = async {
                    let interrupts = Interrupts::listen().map_err(Failure::internal)?;
                    let watchdog = if supervised {
                        Some(Watchdog::on_stdin().map_err(Failure::internal)?)
                    } else {
                        None
                    };
                    let heart =
                        patiently(patience.begin, async || Heart::start(&network, heart).await).await?;
                    Ok((heart, interrupts, watchdog))
                };
                match begun.await {
                    Ok((heart, interrupts, watchdog)) => {
                        let _ = ready.send(Ok(()));
                        let restarts = restarter.map(|restarter| restarter.spawn(network.clone()));
                        let code =
                            supervise(&network, patience.grace, interrupts, time_up, watchdog, stopped).await;
                        drop(restarts);
                        heart.stop().await;
                        code
                    }
                    Err(failure) => {
                        let _ = ready.send(Err(failure));
                        None
                    }
                }
            })
        };
        let thread =
            std::thread::Builder::new().name("pulse".into()).spawn(body).map_err(Failure::internal)?;
        match started.recv() {
            Ok(Ok(())) => Ok(Self { stop: Some(stop), thread: Some(thread) }),
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::internal("the thread that beats has ended at once")),
        }
    }

    /// Ends the thread. Answers the exit code of the signal that ended the workers, if one did.
    pub(crate) fn stop(&mut self) -> Option<ExitCode> {
        drop(self.stop.take());
        self.thread.take().and_then(|thread| thread.join().ok()).flatten()
    }
}

/// Without this thread nobody beats for the workers, and nobody can end them: such a process must not live on.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

/// Turns what comes from outside into ends of workers: first they are asked, after `grace` they are killed; or, if the time of their
/// machine is up, buried, so that their tasks and they themselves may go on elsewhere.
async fn supervise(
    network: &Network,
    grace: Duration,
    mut interrupts: Interrupts,
    mut time_up: TimeUp,
    mut watchdog: Option<Watchdog>,
    mut stopped: oneshot::Receiver<()>,
) -> Option<ExitCode> {
    let mut signal = None;
    let mut manager_lives = true;
    let overdue = async {
        network.stopping().await;
        tokio::time::sleep(grace).await;
    };
    tokio::pin!(overdue);
    let mut killed = false;
    loop {
        tokio::select! {
            _ = &mut stopped => return signal,
            interrupt = interrupts.next() => {
                signal.get_or_insert(interrupt.signal().into());
                match interrupt {
                    Interrupt::First(_) => network.stop_local_workers(),
                    Interrupt::Second(_) => kill(network).await,
                }
            }
            () = time_up.comes() => {
                signal.get_or_insert(ExitCode::TimeUp);
                if network.stop_reason().is_none() {
                    tracing::warn!("the time of this machine is up; workers end after their task");
                }
                network.stop_local_workers_for(StopReason::TimeUp);
            }
            () = closed(&mut watchdog), if manager_lives => {
                manager_lives = false;
                tracing::info!("the manager is gone; workers end after their task");
                network.stop_local_workers();
            }
            () = &mut overdue, if !killed => {
                killed = true;
                if network.stop_reason() == Some(StopReason::TimeUp) {
                    tracing::warn!("workers did not end within {grace:?} after the time of this machine was up; they are buried");
                    bury(network).await;
                } else {
                    tracing::warn!("workers did not end within {grace:?} after they were asked to; they are killed");
                    kill(network).await;
                }
            }
        }
    }
}

async fn closed(watchdog: &mut Option<Watchdog>) {
    match watchdog {
        Some(watchdog) => watchdog.closed().await,
        None => std::future::pending().await,
    }
}

async fn kill(network: &Network) {
    if let Err(error) = network.kill_local_workers().await {
        tracing::warn!(%error, "workers could not be killed in the network; they end all the same");
    }
}

async fn bury(network: &Network) {
    if let Err(error) = network.bury_local_workers(TOO_LATE).await {
        tracing::warn!(%error, "workers could not be buried in the network; they end all the same");
    }
}
