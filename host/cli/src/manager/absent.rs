//! Those that a run has launched and that have not come: asked about, waited for, and given up.

use std::path::Path;

use rush_launch::{Awaited, JobState, Phase};
use tokio::time::Instant;

use crate::{
    announcing,
    exit_code::ExitCode,
    failure::Failure,
    manager::{arrivals::Verdict, breaking::is_restart, observer::Seen, queue::Answer, watch::Watch},
    pending::{self, Waiting},
    print::{talk, text},
};

impl Watch<'_> {
    /// Asks about those that are not there; those that wait for their turn are taken back when nobody needs them any more.
    pub(super) fn look_at_the_queue(&mut self, seen: &Seen) {
        if self.launched.launcher.sees_ends() {
            return;
        }
        if !seen.own.is_empty() || seen.own_running == Some(self.ids.len()) {
            self.awaits_again = seen.own.iter().any(|worker| self.restarts.awaited(worker).is_some());
        }
        if self.missing == 0 && !self.awaits_again {
            self.waiting.clear();
        } else if !self.withdrawing {
            self.queue.ask(&self.launched, &self.session.network);
        }
        if self.waiting.iter().any(|state| state.phase == Phase::Pending) && self.has_reached_its_end() {
            self.withdraw();
        }
    }

    /// What a batch system says of those that are not there.
    pub(super) async fn heard(&mut self, answer: Answer) {
        // What was asked before the withdrawal is of no interest any more.
        if self.withdrawing {
            return;
        }
        if answer.withdrawn && self.missing > 0 {
            self.progress.say(format_args!(
                "{} never begin: `rush-host stop` or a reset has withdrawn them",
                text::counted(self.missing as u64, "worker")
            ));
            self.withdraw();
            return;
        }
        let states = match answer.states {
            Ok(states) => states,
            Err(error) => {
                if self.queue.is_news(&error) {
                    self.progress.clear();
                    talk::warning(format_args!("why workers have not begun is not known: {error}"));
                }
                return;
            }
        };
        self.queue.answers();
        if !announcing::is_batch(&self.launched.launcher) {
            return;
        }
        let first: Vec<JobState> =
            states.iter().filter(|state| !is_restart(self.its_workers(state))).cloned().collect();
        self.waiting = states;
        if first.is_empty() || self.is_to_end() {
            self.register_until = None;
            return;
        }
        match self.arrivals.judge(&first, Instant::now()) {
            Verdict::Wait(until) => self.register_until = until,
            Verdict::Failed(state) => self.broken_by(state).await,
        }
    }

    /// A process has ended before its workers were there: the run would lack them.
    async fn broken_by(&mut self, state: &JobState) {
        let what = format!(
            "`{}` has ended before its workers were registered: {}",
            text::harmless(&state.place),
            pending::reason(state)
        );
        let log = announcing::where_they_talk(self.session, &self.launched, Path::new(""));
        let Failure { code, report } =
            Failure::with_hint(ExitCode::Launcher, what, format!("{log} says why"));
        self.progress.clear();
        talk::failure(&report);
        self.broken.get_or_insert(code);
        self.kill().await;
    }

    /// How many workers wait in a queue, as far as it is known.
    pub(super) fn in_queue(&self) -> usize {
        let waiting = self.waiting.iter().filter(|state| state.phase == Phase::Pending);
        waiting.map(|state| self.its_workers(state).len()).sum::<usize>().min(self.missing)
    }

    pub(super) fn its_workers(&self, state: &JobState) -> &[Awaited] {
        self.launched.workers_of(state.process as usize)
    }

    /// Those that are not there, by their reasons.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        let job = match self.launched.records.as_slice() {
            [record] => pending::job(record, ""),
            _ => String::new(),
        };
        let launcher = self.launched.launcher.name();
        pending::of_processes(launcher, &job, &self.waiting, |state| self.its_workers(state).len() as u64)
    }

    /// Whether a stop condition is met, as it was seen last.
    pub(super) fn has_reached_its_end(&self) -> bool {
        let counts = self.observer.seen.borrow().counts;
        self.session.conditions().met(&counts, self.progress.elapsed()).is_some()
    }
}
