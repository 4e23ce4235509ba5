//! Taking back what a run has launched and what has not begun: in a task of its own, as a batch system may take its time.

use std::{pin::Pin, time::Duration};

use futures_util::StreamExt as _;
use rush_launch::{LaunchError, Withdrawn, withdraw};
use rush_network::LaunchId;
use tokio::time::Instant;

use crate::{
    manager::watch::Watch,
    print::{talk, text},
};

/// Batch systems that have not answered by then are not waited for: whatever they begin ends at once.
const PATIENCE: Duration = Duration::from_secs(15);
/// Redis is asked again so much later.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Something that goes on beside the watch.
pub(super) type Beside<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What has been done to take launches back.
#[derive(Debug)]
pub(super) enum Step {
    /// The network refuses whoever begins from now on.
    Fenced(rush_network::Result<u64>),
    /// Batch systems were told.
    Cancelled(Result<Withdrawn, LaunchError>),
    /// What was being started again has been given up.
    Abandoned,
}

impl Watch<'_> {
    /// Takes back whatever has not begun. Who runs goes on. Nothing is waited for.
    pub(super) fn withdraw(&mut self) {
        if self.withdrawing || self.launched.launcher.sees_ends() {
            return;
        }
        self.withdrawing = true;
        self.waiting.clear();
        let (session, launch) = (self.session, self.launch);
        if self.restarting.take().is_some() {
            self.withdrawals.push(Box::pin(async move {
                launch.abandon().await;
                Step::Abandoned
            }));
        }
        let records = self.launched.records.clone();
        self.fence(Duration::ZERO);
        self.withdrawals.push(Box::pin(async move {
            Step::Cancelled(withdraw(&session.network, &session.run_file, &records).await)
        }));
    }

    /// Has the network refuse whoever begins from now on, so much later.
    fn fence(&mut self, later: Duration) {
        let ids: Vec<LaunchId> = self.launched.records.iter().map(|record| record.id.clone()).collect();
        let session = self.session;
        self.withdrawals.push(Box::pin(async move {
            tokio::time::sleep(later).await;
            Step::Fenced(session.network.withdraw_launches(&ids).await)
        }));
    }

    /// A step is done. Whoever has begun just before it may not have heard that the run is to end.
    pub(super) async fn withdrew(&mut self, step: Step) {
        match step {
            Step::Fenced(Ok(_)) => {
                self.fenced = Some(Instant::now());
                if self.missing > 0 && self.killed {
                    self.kill_in_network().await;
                } else if self.missing > 0 && self.ending {
                    self.ask_to_end().await;
                }
            }
            Step::Fenced(Err(error)) => {
                if !self.is_told {
                    tracing::warn!(%error, "what was launched and has not begun may still do so");
                    self.is_told = true;
                }
                // Without it nobody knows that they never come, and the run would wait for them.
                self.fence(AGAIN_AFTER);
            }
            Step::Cancelled(Ok(withdrawn)) => {
                for what in &withdrawn.uncancelled {
                    self.progress.clear();
                    let what = text::harmless(what);
                    talk::warning(format_args!(
                        "{what} could not be cancelled; when it begins, it ends at once"
                    ));
                }
            }
            Step::Cancelled(Err(error)) => tracing::debug!(%error, "nothing was cancelled"),
            Step::Abandoned => {}
        }
    }

    /// Leaves nothing behind that could begin after the run.
    pub(super) async fn leave_nothing(&mut self) {
        if self.launched.launcher.sees_ends() {
            return;
        }
        if self.missing == 0 && !self.withdrawing && self.restarting.is_none() && self.waiting.is_empty() {
            // Nobody waits in a queue: it is enough to forget the launches.
            self.withdrawing = true;
            self.fence(Duration::ZERO);
        }
        self.withdraw();
        let steps = async {
            while let Some(step) = self.withdrawals.next().await {
                self.withdrew(step).await;
            }
        };
        if tokio::time::timeout(PATIENCE, steps).await.is_err() {
            tracing::warn!(
                "not everything could be taken back that waits to begin; when it begins, it ends at once"
            );
        }
    }
}
