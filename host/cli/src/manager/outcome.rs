//! How a run went, as an exit code: a pure function.

use rush_launch::signals::EndSignal;
use rush_network::{EndKind, WorkerInfo, WorkerState};

use crate::exit_code::ExitCode;

/// What is known when all workers have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    /// The first signal that the manager got.
    pub(crate) signal: Option<EndSignal>,
    /// The exit code of a host process that could not begin.
    pub(crate) broken: Option<ExitCode>,
    /// The workers of this run.
    pub(crate) workers: &'a [WorkerInfo],
    /// How many of its workers the network does not know any more.
    pub(crate) removed: usize,
    /// How many of its workers were withdrawn before they began.
    pub(crate) withdrawn: usize,
    /// Whether a stop condition was met; none if there is none.
    pub(crate) stop_met: Option<bool>,
    /// Whether so many finished tasks are promised: `[stop] exact`.
    pub(crate) exact: bool,
    /// How many tasks failed in this run.
    pub(crate) failed_tasks: u64,
    /// Whether that matters.
    pub(crate) fail_on_failed: bool,
}

impl Outcome<'_> {
    pub(crate) fn exit_code(&self) -> ExitCode {
        let ended = |kinds: &[EndKind]| {
            self.workers
                .iter()
                .filter(|worker| worker.end.as_ref().is_some_and(|end| kinds.contains(&end.kind)))
                .count()
        };
        let broke_off = self.removed + self.withdrawn > 0
            || ended(&[EndKind::TimeUp]) > 0
            || self.workers.iter().any(|worker| worker.state != WorkerState::Terminated);
        if let Some(signal) = self.signal {
            signal.into()
        } else if let Some(code) = self.broken {
            code
        } else if ended(&[EndKind::Error, EndKind::Trap, EndKind::Exit, EndKind::Limit]) > 0 {
            ExitCode::LoopError
        } else if (broke_off || self.exact) && !self.stop_met.unwrap_or(ended(&[EndKind::Returned]) > 0) {
            // Those that returned saw an end; where some were lost, or a number was promised, and the goal is not reached,
            // workers were wanting.
            ExitCode::NoWorkers
        } else if self.fail_on_failed && self.failed_tasks > 0 {
            ExitCode::FailedTasks
        } else {
            ExitCode::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{End, WorkerId};

    use super::*;

    fn worker(kind: EndKind) -> WorkerInfo {
        WorkerInfo {
            state: kind.state(),
            end: Some(End::new(kind, "")),
            ..WorkerInfo::new(WorkerId::random())
        }
    }

    fn code(kinds: &[EndKind], change: impl FnOnce(&mut Outcome<'_>)) -> ExitCode {
        let workers: Vec<WorkerInfo> = kinds.iter().map(|kind| worker(*kind)).collect();
        let mut outcome = Outcome {
            signal: None,
            broken: None,
            workers: &workers,
            removed: 0,
            withdrawn: 0,
            stop_met: None,
            exact: false,
            failed_tasks: 0,
            fail_on_failed: false,
        };
        change(&mut outcome);
        outcome.exit_code()
    }

    #[test]
    fn each_way_to_end_has_its_code() {
        use EndKind::{Error, Killed, Lost, Returned, Trap};
        assert_eq!(code(&[Returned, Returned], |_| ()), ExitCode::Ok);
        assert_eq!(code(&[Returned, Trap], |_| ()), ExitCode::LoopError);
        assert_eq!(code(&[Error], |outcome| outcome.stop_met = Some(true)), ExitCode::LoopError);
        assert_eq!(code(&[Lost, Killed], |_| ()), ExitCode::NoWorkers);
        assert_eq!(code(&[Lost, Returned], |_| ()), ExitCode::Ok);
        assert_eq!(code(&[Lost, Returned], |outcome| outcome.stop_met = Some(false)), ExitCode::NoWorkers);
        assert_eq!(code(&[Lost, Returned], |outcome| outcome.stop_met = Some(true)), ExitCode::Ok);
        assert_eq!(code(&[Killed], |outcome| outcome.stop_met = Some(true)), ExitCode::Ok);
        assert_eq!(
            code(&[Returned], |outcome| outcome.stop_met = Some(false)),
            ExitCode::Ok,
            "its loop was done"
        );
        assert_eq!(
            code(&[Trap], |outcome| outcome.signal = Some(EndSignal::Interrupt)),
            ExitCode::Interrupted
        );
        assert_eq!(code(&[], |outcome| outcome.broken = Some(ExitCode::Component)), ExitCode::Component);
        assert_eq!(code(&[Returned], |outcome| outcome.failed_tasks = 3), ExitCode::Ok);
        let strict = |outcome: &mut Outcome<'_>| (outcome.failed_tasks, outcome.fail_on_failed) = (3, true);
        assert_eq!(code(&[Returned], strict), ExitCode::FailedTasks);
    }

    #[test]
    fn whose_time_was_up_and_whom_nobody_has_followed_is_wanting() {
        use EndKind::{Returned, TimeUp};
        assert_eq!(code(&[TimeUp], |_| ()), ExitCode::NoWorkers);
        assert_eq!(code(&[TimeUp, Returned], |_| ()), ExitCode::Ok);
        assert_eq!(code(&[TimeUp], |outcome| outcome.stop_met = Some(true)), ExitCode::Ok);
        assert_eq!(code(&[TimeUp, Returned], |outcome| outcome.stop_met = Some(false)), ExitCode::NoWorkers);
    }

    #[test]
    fn who_never_began_is_wanting_unless_others_did_it_all() {
        let withdrawn =
            |stop_met| move |outcome: &mut Outcome<'_>| (outcome.withdrawn, outcome.stop_met) = (2, stop_met);
        assert_eq!(code(&[], withdrawn(None)), ExitCode::NoWorkers);
        assert_eq!(code(&[EndKind::Returned], withdrawn(Some(false))), ExitCode::NoWorkers);
        assert_eq!(code(&[EndKind::Returned], withdrawn(Some(true))), ExitCode::Ok);
        assert_eq!(code(&[EndKind::Returned], withdrawn(None)), ExitCode::Ok);
    }

    #[test]
    fn a_network_that_was_reset_under_a_run_is_no_success() {
        assert_eq!(code(&[], |outcome| outcome.removed = 2), ExitCode::NoWorkers);
        let reached = |outcome: &mut Outcome<'_>| (outcome.removed, outcome.stop_met) = (2, Some(true));
        assert_eq!(code(&[], reached), ExitCode::Ok);
    }

    #[test]
    fn an_exact_run_keeps_its_promise_or_says_that_it_does_not() {
        let returned = |stop_met| {
            code(&[EndKind::Returned], |outcome| (outcome.stop_met, outcome.exact) = (Some(stop_met), true))
        };
        assert_eq!(returned(true), ExitCode::Ok);
        assert_eq!(returned(false), ExitCode::NoWorkers);
    }
}
