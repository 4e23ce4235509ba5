//! Waiting until what was launched has registered its workers.

use std::{collections::HashMap, time::Duration};

use rush_network::Network;
use tokio::{task::JoinSet, time::Instant};

use crate::{
    Arrived, Awaited, JobState, LaunchError, Launched, Phase,
    arrival::{Absent, Verdict, verdict},
    launched::registered,
};

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(50);
/// So often a batch system is asked: it has others to serve, too.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A job that fails at once has done so by then.
const FIRST_LOOK: Duration = Duration::from_millis(500);
/// So often Redis is asked whether the workers may still come.
const CHECK_EVERY: Duration = Duration::from_millis(500);

impl Launched {
    /// Waits until all workers are registered, or until all that are missing are seen to wait in a batch system, for some seconds, and
    /// no longer than `patience`. One whose process fails before that never will be: then this ends with an error, and so does all that was launched; see
    /// [`give_up`](Self::give_up).
    pub async fn until_registered(
        &mut self,
        network: &Network,
        patience: Duration,
    ) -> Result<Arrived, LaunchError> {
        let arrived = self.wait_until_registered(network, patience).await;
        match &arrived {
            Ok(Arrived::All) => self.let_go(),
            Ok(Arrived::Queued(_)) => {}
            Err(_) => self.give_up(network).await,
        }
        arrived
    }

    async fn wait_until_registered(
        &mut self,
        network: &Network,
        patience: Duration,
    ) -> Result<Arrived, LaunchError> {
        let all: Vec<Awaited> = self.processes.iter().flatten().cloned().collect();
        let mut looks = Looks::new(patience);
        let in_queues = self.is_batch();
        let mut pause = FIRST_PAUSE;
        loop {
            let count = registered(network, &all).await?;
            if count == all.len() {
                return Ok(Arrived::All);
            }
            if looks.is_to_check() {
                self.permitted(network).await?;
            }
            if in_queues {
                looks.look_if_due(self, network);
            } else if looks.waited() >= patience {
                return Err(self.late(network, patience, count, String::new()).await);
            }
            tokio::select! {
                Some((process, status)) = self.children.next_exit() => {
                    // A very short loop may have registered, worked and ended by now; other processes may still begin.
                    let its = self.workers_of(process);
                    if registered(network, its).await? < its.len()
                        && let Some(failed) = self.failed(process, status)
                    {
                        return Err(self.or_withdrawn(network, failed).await);
                    }
                }
                Some(seen) = looks.next() => match seen {
                    Ok(states) => match looks.verdict(&states) {
                        Verdict::Wait => {}
                        Verdict::Queued => return Ok(Arrived::Queued(states)),
                        Verdict::Late => return Err(self.late(network, patience, count, said(&states)).await),
                        Verdict::Failed(place) => {
                            let failed = self.job_ended(states.get(place));
                            return Err(self.or_withdrawn(network, failed).await);
                        }
                    },
                    Err(error) if looks.waited() >= patience => {
                        return Err(self.late(network, patience, count, error.to_string()).await);
                    }
                    Err(error) => tracing::debug!(%error, "the batch system does not say how far its jobs are"),
                },
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
            }
        }
    }

    /// Connections alone are left of detached processes on other machines: those may go.
    fn let_go(&mut self) {
        if self.lets_go {
            for process in self.children.running().collect::<Vec<_>>() {
                if let Err(error) = self.children.kill(process) {
                    tracing::debug!(%error, "a connection could not be ended");
                }
            }
        }
    }

    fn job_ended(&self, state: Option<&JobState>) -> LaunchError {
        LaunchError::JobEnded {
            launcher: self.launcher.title(),
            place: state.map(|state| state.place.clone()).unwrap_or_default(),
            reason: state.map(|state| state.reason.clone()).unwrap_or_default(),
        }
    }

    async fn late(
        &self,
        network: &Network,
        patience: Duration,
        registered: usize,
        why: String,
    ) -> LaunchError {
        let workers = self.processes.iter().map(Vec::len).sum();
        let said = [why, self.said()].join("\n");
        let late = LaunchError::NotRegistered { after: patience, registered, workers, said };
        self.or_withdrawn(network, late).await
    }

    /// Who may not begin any more cannot come: that says more than anything else.
    async fn or_withdrawn(&self, network: &Network, error: LaunchError) -> LaunchError {
        match self.permitted(network).await {
            Err(withdrawn @ LaunchError::Withdrawn { .. }) => withdrawn,
            _ => error,
        }
    }

    /// Whether nobody has withdrawn any of the launches.
    async fn permitted(&self, network: &Network) -> Result<(), LaunchError> {
        for record in &self.records {
            if !network.may_begin(&record.id).await? {
                return Err(LaunchError::Withdrawn { launch: record.id.clone() });
            }
        }
        Ok(())
    }
}

/// What a batch system said of those that are missing.
fn said(states: &[JobState]) -> String {
    let lines = states.iter().filter(|state| state.phase != Phase::Pending).take(5);
    let lines: Vec<String> = lines.map(|state| format!("{}: {}", state.place, state.reason)).collect();
    lines.join("\n")
}

/// The looks at a batch system, one after the other, beside everything else.
struct Looks {
    begun: Instant,
    patience: Duration,
    next: Instant,
    next_check: Instant,
    task: JoinSet<Result<Vec<JobState>, LaunchError>>,
    /// Since when a process is seen to run.
    since: HashMap<u32, Instant>,
}

impl Looks {
    fn new(patience: Duration) -> Self {
        let begun = Instant::now();
        let next = begun + FIRST_LOOK.min(patience);
        let next_check = begun + CHECK_EVERY;
        Self { begun, patience, next, next_check, task: JoinSet::new(), since: HashMap::new() }
    }

    fn waited(&self) -> Duration {
        self.begun.elapsed()
    }

    fn is_to_check(&mut self) -> bool {
        let due = Instant::now() >= self.next_check;
        if due {
            self.next_check = Instant::now() + CHECK_EVERY;
        }
        due
    }

    fn look_if_due(&mut self, launched: &Launched, network: &Network) {
        if self.task.is_empty() && Instant::now() >= self.next {
            self.task.spawn(launched.waiting(network));
        }
    }

    /// The answer of the latest, as soon as there is one.
    async fn next(&mut self) -> Option<Result<Vec<JobState>, LaunchError>> {
        let seen = self.task.join_next().await?;
        let now = Instant::now();
        let over = self.begun + self.patience;
        self.next = if now < over { over.min(now + LOOK_EVERY) } else { now + LOOK_EVERY };
        Some(seen.map_err(LaunchError::panicked).flatten())
    }

    fn verdict(&mut self, states: &[JobState]) -> Verdict {
        let now = Instant::now();
        let absent: Vec<Absent> = states
            .iter()
            .map(|state| {
                let since = match state.phase {
                    Phase::Running => *self.since.entry(state.process).or_insert(now),
                    _ => self.begun,
                };
                Absent { phase: state.phase, had: now - since }
            })
            .collect();
        verdict(&absent, self.waited(), self.patience)
    }
}
