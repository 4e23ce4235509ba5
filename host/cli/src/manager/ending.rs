//! Ending the workers of a run before their time: an interrupt asks, the second one and time limits insist.

use std::time::Duration;

use futures_util::future::join_all;
use rush_launch::{local::LocalChildren, signals::Interrupt};
use rush_network::WorkerId;
use tokio::time::Instant;

use crate::{manager::watch::Watch, print::text};

/// Host processes kill their own workers when `grace` is over; those that do not even do that are killed so much later.
const AFTER_GRACE: Duration = Duration::from_secs(5);
/// After a kill a host process has so long to leave by itself.
pub(super) const AFTER_KILL: Duration = Duration::from_secs(2);

impl Watch<'_> {
    pub(super) async fn interrupted(&mut self, interrupt: Interrupt) {
        match interrupt {
            Interrupt::First(_) => {
                self.ending = true;
                let waiting = self.still_in_queue().await;
                if waiting > 0 {
                    let waiting = text::counted(waiting as u64, "worker");
                    self.progress.say(format_args!("Taking back {waiting} that had not begun"));
                }
                let grace = self.session.run_file.stop.grace;
                if waiting < self.ids.len() {
                    self.progress.say(format_args!(
                        "Workers end after their task; those left in {grace} are killed. Interrupt again to kill them now"
                    ));
                }
                self.withdraw();
                self.patience = Some(Instant::now() + grace.as_std() + AFTER_GRACE);
                if self.launched.launcher.sees_ends() {
                    for process in self.launched.children.running().collect::<Vec<_>>() {
                        self.signal(process, LocalChildren::terminate);
                    }
                } else {
                    self.terminate_elsewhere().await;
                }
            }
            Interrupt::Second(_) => self.kill().await,
        }
    }

    /// Workers of other machines hear of it through the network, and those that we hold a pipe to see that close.
    async fn terminate_elsewhere(&mut self) {
        self.patience = Some(Instant::now() + self.session.run_file.stop.grace.as_std());
        for process in self.launched.children.running().collect::<Vec<_>>() {
            self.launched.children.release(process);
        }
        self.ask_to_end().await;
    }

    pub(super) async fn ask_to_end(&mut self) {
        let asked = tokio::time::timeout(AFTER_KILL, self.session.network.terminate(&self.ids)).await;
        match asked {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "workers elsewhere may not hear of it"),
            Err(_) => tracing::warn!("Redis does not answer, so workers elsewhere may not hear of it"),
        }
    }

    /// First the network, so that nothing that they still write counts, then the processes.
    pub(super) async fn kill(&mut self) {
        if self.killed {
            self.patience = None;
            for process in self.launched.children.running().collect::<Vec<_>>() {
                self.signal(process, LocalChildren::kill);
            }
            return;
        }
        self.killed = true;
        self.ending = true;
        self.patience = Some(Instant::now() + AFTER_KILL);
        let somebody_runs = self.in_queue() < self.ids.len();
        self.withdraw();
        if somebody_runs {
            self.progress.say(format_args!("Killing the workers"));
        }
        self.kill_in_network().await;
    }

    pub(super) async fn kill_in_network(&mut self) {
        let running = self.launched.children.running();
        let workers: Vec<&WorkerId> = if self.launched.launcher.sees_ends() {
            running.flat_map(|process| self.launched.workers_of(process)).map(|worker| &worker.id).collect()
        } else {
            self.ids.iter().collect()
        };
        let kills = join_all(workers.iter().map(|worker| self.session.network.kill(worker)));
        // Where nobody can be told, be Redis away or of another mind, their processes are killed; they are buried when it is back.
        if let Ok(killed) = tokio::time::timeout(AFTER_KILL, kills).await {
            let Some(error) = killed.into_iter().find_map(Result::err) else { return };
            tracing::warn!(%error, "workers could not be killed in the network; their processes are");
        }
        self.patience = Some(Instant::now());
    }
}
