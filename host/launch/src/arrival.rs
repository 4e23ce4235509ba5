//! What it means that workers are not there yet: decided here, found out elsewhere.

use std::time::Duration;

use crate::{JobState, Phase};

/// Queues are long: so long somebody watches whether all that is missing has its turn at once.
const WATCHED: Duration = Duration::from_secs(10);

/// How a wait for workers has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// All are registered.
    All,
    /// Those that are missing wait in a batch system, which says why, and longer than somebody watches; nothing has failed. They work as
    /// soon as they begin.
    Queued(Vec<JobState>),
}

/// A host process whose workers are not all registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absent {
    /// How far it is, as far as anybody knows.
    pub(crate) phase: Phase,
    /// How long it has had to register its workers: since it was seen to run, if it had to wait for that.
    pub(crate) had: Duration,
}

/// What absent processes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They may still come.
    Wait,
    /// All of them wait in a batch system, and longer than somebody watches.
    Queued,
    /// One has had its time.
    Late,
    /// This one, by its place among them, has ended, and will never come.
    Failed(usize),
}

/// `waited` is how long somebody has been waiting for all of them, `patience` how long a process may take.
pub(crate) fn verdict(absent: &[Absent], waited: Duration, patience: Duration) -> Verdict {
    if let Some(ended) = absent.iter().position(|process| process.phase == Phase::Ended) {
        return Verdict::Failed(ended);
    }
    let begun = || absent.iter().filter(|process| process.phase != Phase::Pending);
    if begun().any(|process| process.had >= patience) {
        return Verdict::Late;
    }
    if waited < patience.min(WATCHED) || begun().next().is_some() { Verdict::Wait } else { Verdict::Queued }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn after(waited: u64, absent: &[(Phase, u64)]) -> Verdict {
        let absent: Vec<Absent> = absent
            .iter()
            .map(|(phase, had)| Absent { phase: *phase, had: Duration::from_secs(*had) })
            .collect();
        verdict(&absent, Duration::from_secs(waited), PATIENCE)
    }

    #[test]
    fn who_may_still_come_is_waited_for() {
        for phase in [Phase::Running, Phase::Unknown] {
            assert_eq!(after(29, &[(phase, 29)]), Verdict::Wait);
        }
        assert_eq!(after(9, &[(Phase::Pending, 9)]), Verdict::Wait);
    }

    #[test]
    fn who_waits_in_a_queue_is_no_failure() {
        assert_eq!(after(10, &[(Phase::Pending, 10), (Phase::Pending, 10)]), Verdict::Queued);
    }

    #[test]
    fn who_has_begun_has_its_time_from_then_on() {
        assert_eq!(after(31, &[(Phase::Pending, 31), (Phase::Running, 2)]), Verdict::Wait);
        assert_eq!(after(59, &[(Phase::Running, 30)]), Verdict::Late);
    }

    #[test]
    fn of_whom_nobody_knows_anything_had_its_time_from_the_beginning() {
        assert_eq!(after(30, &[(Phase::Pending, 30), (Phase::Unknown, 30)]), Verdict::Late);
    }

    #[test]
    fn who_has_ended_never_comes() {
        assert_eq!(after(1, &[(Phase::Pending, 1), (Phase::Ended, 1)]), Verdict::Failed(1));
        assert_eq!(after(99, &[(Phase::Ended, 0), (Phase::Unknown, 99)]), Verdict::Failed(0));
    }
}
