//! Those that a run has launched and that have not come: asked about, waited for, and given up.

use rush_launch::{Awaited, JobState, Phase};
use tokio::time::Instant;

use crate::{
    announcing,
    exit_code::ExitCode,
    failure::Failure,
    manager::{
        arrivals::Verdict, breaking::is_restart, ending::AFTER_KILL, observer::Seen, queue::Answer,
        watch::Watch,
    },
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
        self.arrivals.note(&states, Instant::now());
        let first: Vec<JobState> =
            states.iter().filter(|state| !is_restart(self.its_workers(state))).cloned().collect();
        self.waiting = states;
        if first.is_empty() || self.is_to_end() {
            self.register_until = None;
            return;
        }
        match self.arrivals.judge(&first) {
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
        let hint = announcing::where_to_look(self.session, &self.launched, &state.place, &state.reason);
        let Failure { code, report } = Failure::with_hint(ExitCode::Launcher, what, hint);
        self.progress.clear();
        talk::failure(&report);
        self.broken.get_or_insert(code);
        self.kill().await;
    }

    /// Whether a worker has not come in its time. What a batch system said last may be old: it may have been away since. Where Redis does
    /// not say who has come either, nobody is late.
    pub(super) async fn somebody_is_late(&self) -> bool {
        if !announcing::is_batch(&self.launched.launcher) {
            return true;
        }
        let begun = self.arrivals.begun().flat_map(|process| self.launched.workers_of(process as usize));
        let begun: Vec<Awaited> = begun.cloned().collect();
        self.have_come(&begun).await.is_some_and(|come| come < begun.len())
    }

    /// How many workers wait in a queue at this moment: those that have just come do not.
    pub(super) async fn still_in_queue(&self) -> usize {
        let waiting = self.in_queue();
        let pending = self.waiting.iter().filter(|state| state.phase == Phase::Pending);
        let workers: Vec<Awaited> = pending.flat_map(|state| self.its_workers(state)).cloned().collect();
        if waiting == 0 {
            return 0;
        }
        self.have_come(&workers).await.map_or(waiting, |come| waiting.min(workers.len() - come))
    }

    /// How many of these workers have registered, unless Redis does not say so soon.
    async fn have_come(&self, workers: &[Awaited]) -> Option<usize> {
        let registered = rush_launch::registered(&self.session.network, workers);
        tokio::time::timeout(AFTER_KILL, registered).await.ok()?.ok()
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
        self.has_met(&counts)
    }
}
