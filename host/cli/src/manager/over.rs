//! When a run is over: decided here, seen elsewhere.

use std::time::Duration;

/// So long after the last worker has ended, its host process has left. One that is still there hangs.
pub(crate) const LEAVES_WITHIN: Duration = Duration::from_secs(5);

/// What is seen of the workers of a run and of the processes that the manager has started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signs {
    /// No process is left.
    pub(crate) quiet: bool,
    /// Workers that were lost are being buried, and may be started again.
    pub(crate) more_may_come: bool,
    /// For how long the network has known that all workers have ended; none if it does not.
    pub(crate) ended_for: Option<Duration>,
    /// Everything that can be killed has been.
    pub(crate) given_up: bool,
}

impl Signs {
    /// Whether nothing can happen any more. `sees_ends`: the end of a process is the end of its workers.
    pub(crate) fn is_over(&self, sees_ends: bool) -> bool {
        if sees_ends {
            // A process that is stopped never ends; its workers do, when their heartbeats are missing.
            let hangs = self.ended_for.is_some_and(|time| time >= LEAVES_WITHIN);
            (self.quiet || hangs) && !self.more_may_come
        } else {
            self.ended_for.is_some() || self.given_up && self.quiet
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Signs = Signs { quiet: false, more_may_come: false, ended_for: None, given_up: false };

    #[test]
    fn children_are_waited_for_and_so_is_what_may_follow_them() {
        let here = |signs: Signs| signs.is_over(true);
        assert!(!here(NOTHING));
        assert!(here(Signs { quiet: true, ..NOTHING }));
        assert!(!here(Signs { quiet: true, more_may_come: true, ..NOTHING }));
    }

    #[test]
    fn a_child_that_outlives_its_workers_is_not_waited_for_for_ever() {
        let ended = |time| Signs { ended_for: Some(time), ..NOTHING };
        assert!(!ended(Duration::ZERO).is_over(true), "it may be about to leave");
        assert!(ended(LEAVES_WITHIN).is_over(true));
        assert!(!Signs { more_may_come: true, ..ended(LEAVES_WITHIN) }.is_over(true));
    }

    #[test]
    fn what_is_elsewhere_ends_in_the_network() {
        let elsewhere = |signs: Signs| signs.is_over(false);
        assert!(!elsewhere(Signs { quiet: true, ..NOTHING }), "a launcher's program may return at once");
        assert!(elsewhere(Signs { ended_for: Some(Duration::ZERO), ..NOTHING }));
        assert!(!elsewhere(Signs { given_up: true, ..NOTHING }));
        assert!(elsewhere(Signs { given_up: true, quiet: true, ..NOTHING }));
    }
}
