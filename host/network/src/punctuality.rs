//! Whether a process is fit to judge others: who was late himself knows nothing about the dead.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::patience::LAST_PAUSE;

/// How punctual the beats of this process have been.
///
/// Times to live run on while Redis is down, while this process is stopped, and while the machine sleeps. Then all heartbeats are
/// gone at once, and whoever wakes up first would bury everybody.
#[derive(Debug)]
pub(crate) struct Punctuality {
    /// For how long the beats must have been on time: so long that the others, had they been cut off with us, are back and have
    /// beaten.
    needed: Duration,
    /// The longest time between two beats that counts as on time. Less than `expire`, since the beats of others, which may have
    /// been as late, have begun to expire earlier.
    allowed: Duration,
    last: Option<Moment>,
    on_time_since: Option<Moment>,
}

/// By two clocks: the one does not run while the machine sleeps, the other can be set back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// The longer of both: to be too careful costs a little time, nothing else.
    fn since(self, earlier: Self) -> Duration {
        let steady = self.steady.duration_since(earlier.steady);
        self.wall.duration_since(earlier.wall).map_or(steady, |wall| wall.max(steady))
    }
}

impl Punctuality {
    pub(crate) fn new(period: Duration, expire: Duration) -> Self {
        Self { needed: expire + LAST_PAUSE, allowed: (period + expire) / 2, last: None, on_time_since: None }
    }

    /// Redis has answered a beat.
    pub(crate) fn beat(&mut self, now: Moment) {
        let on_time = self.last.is_some_and(|last| now.since(last) <= self.allowed);
        self.last = Some(now);
        if !on_time || self.on_time_since.is_none() {
            self.on_time_since = Some(now);
        }
    }

    /// The connection broke: nobody knows what happened to the others in between.
    pub(crate) fn interrupted(&mut self) {
        self.last = None;
    }

    /// Whether the beats have been on time for long enough, the one that would be due included.
    pub(crate) fn may_judge(&self, now: Moment) -> bool {
        let (Some(last), Some(since)) = (self.last, self.on_time_since) else { return false };
        now.since(last) <= self.allowed && last.steady.duration_since(since.steady) >= self.needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Beats at these seconds, with a period of 1 s and an expiry of 10 s; may it judge right after the last one?
    fn judge(beats: impl IntoIterator<Item = u32>) -> bool {
        let begun = Moment::now();
        let at = |second: u32| Moment {
            steady: begun.steady + SECOND * second,
            wall: begun.wall + SECOND * second,
        };
        let mut punctuality = Punctuality::new(SECOND, 10 * SECOND);
        let mut last = begun;
        for second in beats {
            last = at(second);
            punctuality.beat(last);
        }
        punctuality.may_judge(last)
    }

    #[test]
    fn only_who_was_on_time_for_a_whole_expiry_judges() {
        assert!(!judge([]));
        assert!(!judge(0..11));
        assert!(judge(0..12));
        assert!(judge([0, 5, 10, 15]), "late, but nobody else can have expired");
        assert!(!judge([0, 6, 12, 18]), "so late that others, as late, may have expired");
        assert!(!judge((0..20).chain([40])), "it was stopped");
        assert!(!judge((0..20).chain(40..51)));
        assert!(judge((0..20).chain(40..52)));
    }

    #[test]
    fn a_machine_that_slept_is_late_although_one_clock_stood_still() {
        let begun = Moment::now();
        let mut punctuality = Punctuality::new(SECOND, 10 * SECOND);
        for second in 0..=11 {
            punctuality
                .beat(Moment { steady: begun.steady + SECOND * second, wall: begun.wall + SECOND * second });
        }
        let awake = Moment { steady: begun.steady + SECOND * 12, wall: begun.wall + SECOND * 3600 };
        assert!(!punctuality.may_judge(awake), "the beat was before, the judgement after the sleep");
        punctuality.beat(awake);
        assert!(!punctuality.may_judge(awake));
    }

    #[test]
    fn an_interruption_begins_again() {
        let begun = Moment::now();
        let at = |second: u32| Moment {
            steady: begun.steady + SECOND * second,
            wall: begun.wall + SECOND * second,
        };
        let mut punctuality = Punctuality::new(SECOND, 10 * SECOND);
        (0..=11).for_each(|second| punctuality.beat(at(second)));
        assert!(punctuality.may_judge(at(11)));
        punctuality.interrupted();
        assert!(!punctuality.may_judge(at(11)));
        (12..=22).for_each(|second| punctuality.beat(at(second)));
        assert!(!punctuality.may_judge(at(22)));
        punctuality.beat(at(23));
        assert!(punctuality.may_judge(at(23)));
    }
}
