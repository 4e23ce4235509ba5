//! How long those are waited for that a batch system has been handed: decided here, seen elsewhere.

use std::{collections::BTreeMap, time::Duration};

use rush_launch::{JobState, Phase};
use tokio::time::Instant;

/// The host processes of a run that are not registered, as far as a batch system has spoken of them.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// How long a process may take from its turn until its workers are registered.
    patience: Duration,
    /// Since when each is known not to wait for its turn.
    begun: BTreeMap<u32, Instant>,
}

/// What becomes of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// They may come until then; or as long as it takes, if all of them wait for their turn.
    Wait(Option<Instant>),
    /// This one has ended, and never comes.
    Failed(&'a JobState),
}

impl Arrivals {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, begun: BTreeMap::new() }
    }

    /// Takes note of what a batch system said of all that are not there, of those that are started again, too.
    pub(crate) fn note(&mut self, states: &[JobState], now: Instant) {
        let begun = states.iter().filter(|state| state.phase != Phase::Pending).map(|state| {
            // One that went back into the queue has its whole time again.
            (state.process, self.begun.get(&state.process).copied().unwrap_or(now))
        });
        self.begun = begun.collect();
    }

    /// By what it said of these, which have never been there.
    pub(crate) fn judge<'a>(&self, states: &'a [JobState]) -> Verdict<'a> {
        if let Some(ended) = states.iter().find(|state| state.phase == Phase::Ended) {
            return Verdict::Failed(ended);
        }
        let begun = states.iter().filter_map(|state| self.begun.get(&state.process));
        Verdict::Wait(begun.min().and_then(|since| since.checked_add(self.patience)))
    }

    /// Whether a process that does not wait for its turn (any more) still has time to register its workers.
    pub(crate) fn has_time(&self, process: u32, now: Instant) -> bool {
        self.begun.get(&process).is_some_and(|since| now.saturating_duration_since(*since) < self.patience)
    }

    /// The processes that are known not to wait for their turn.
    pub(crate) fn begun(&self) -> impl Iterator<Item = u32> + '_ {
        self.begun.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pending::tests::state;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// After each of these looks, one a second: until when the missing are waited for, in seconds.
    fn until(looks: &[&[(u32, Phase)]]) -> Vec<Option<u64>> {
        let begun = Instant::now();
        let mut arrivals = Arrivals::new(PATIENCE);
        let mut look = |(second, phases): (u64, &&[(u32, Phase)])| {
            let states: Vec<JobState> =
                phases.iter().map(|(process, phase)| state(*process, *phase, "")).collect();
            arrivals.note(&states, begun + Duration::from_secs(second));
            match arrivals.judge(&states) {
                Verdict::Wait(until) => until.map(|until| (until - begun).as_secs()),
                Verdict::Failed(_) => panic!("nobody has ended"),
            }
        };
        (0..).zip(looks).map(&mut look).collect()
    }

    #[test]
    fn who_waits_for_its_turn_is_waited_for_as_long_as_it_takes() {
        assert_eq!(
            until(&[&[(0, Phase::Pending), (1, Phase::Pending)], &[(1, Phase::Pending)]]),
            [None, None]
        );
    }

    #[test]
    fn whose_turn_it_is_has_its_time_from_then_on() {
        let looks: [&[(u32, Phase)]; 4] = [
            &[(0, Phase::Pending), (1, Phase::Pending)],
            &[(0, Phase::Running), (1, Phase::Pending)],
            &[(0, Phase::Running), (1, Phase::Running)],
            &[(1, Phase::Running)],
        ];
        assert_eq!(until(&looks), [None, Some(31), Some(31), Some(32)]);
    }

    #[test]
    fn who_goes_back_into_the_queue_has_its_whole_time_again() {
        let looks: [&[(u32, Phase)]; 3] =
            [&[(0, Phase::Running)], &[(0, Phase::Pending)], &[(0, Phase::Running)]];
        assert_eq!(until(&looks), [Some(30), None, Some(32)]);
    }

    #[test]
    fn of_whom_nobody_knows_anything_is_not_waited_for_for_ever() {
        assert_eq!(until(&[&[(0, Phase::Unknown)], &[(0, Phase::Unknown)]]), [Some(30), Some(30)]);
    }

    #[test]
    fn who_has_ended_never_comes() {
        let states = [state(0, Phase::Pending, ""), state(1, Phase::Ended, "FAILED, exit code 127")];
        let verdict = Arrivals::new(PATIENCE).judge(&states) == Verdict::Failed(&states[1]);
        assert!(verdict);
    }

    #[test]
    fn one_that_is_started_again_has_its_time_from_its_turn_on_and_hurries_nobody() {
        let (mut arrivals, begun) = (Arrivals::new(PATIENCE), Instant::now());
        let at = |second| begun + Duration::from_secs(second);
        arrivals.note(&[state(0, Phase::Pending, ""), state(7, Phase::Pending, "")], at(0));
        assert!(!arrivals.has_time(7, at(0)));
        let states = [state(0, Phase::Pending, ""), state(7, Phase::Running, "")];
        arrivals.note(&states, at(100));
        assert!(arrivals.has_time(7, at(129)) && !arrivals.has_time(7, at(130)));
        assert!(arrivals.judge(&states[..1]) == Verdict::Wait(None));
    }
}
