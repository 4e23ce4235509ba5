//! When a run is over. Deciding is a pure function; every host process decides for itself.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::Counts;

/// The `[stop]` table of a run file, as every host process has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StopConditions {
    /// So many finished tasks are enough.
    pub finished: Option<u64>,
    /// With `finished`: not one task more than that is created, but for those that replace failed ones.
    #[serde(default)]
    pub exact: bool,
    /// So many failed tasks are too many.
    pub failed: Option<u64>,
    /// So long after the start of the run.
    pub after: Option<Duration>,
}

/// Which condition was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Enough finished tasks.
    Finished {
        /// The condition's number.
        tasks: u64,
    },
    /// Too many failed tasks.
    Failed {
        /// The condition's number.
        tasks: u64,
    },
    /// The time is up.
    After {
        /// The condition's time.
        time: Duration,
    },
    /// Somebody asked for it: the manager went away, or was interrupted.
    Asked,
    /// The time of this machine is up, as its batch system says; the run goes on elsewhere.
    TimeUp,
}

impl StopReason {
    /// Whether the run is over, and not only the time of this process.
    fn ends_the_run(self) -> bool {
        matches!(self, Self::Finished { .. } | Self::Failed { .. } | Self::After { .. })
    }

    /// Whether another reason takes the place of this one. Who is asked to end after its time was up was asked for want of time: a batch
    /// system does so when the time is over.
    pub(crate) fn gives_way_to(self, other: Self) -> bool {
        self == Self::TimeUp && other.ends_the_run()
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished { tasks } => write!(formatter, "{tasks} tasks are finished"),
            Self::Failed { tasks } => write!(formatter, "{tasks} tasks have failed"),
            Self::After { time } => write!(formatter, "{} s have passed", time.as_secs_f64()),
            Self::Asked => formatter.write_str("it was asked to"),
            Self::TimeUp => formatter.write_str("the time of its machine is up"),
        }
    }
}

impl StopConditions {
    /// Which condition is met by these counts, so long after the start of the run.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rush_network::{Counts, StopConditions, StopReason};
    ///
    /// let conditions = StopConditions { finished: Some(100), ..Default::default() };
    /// let counts = Counts { finished: 103, ..Default::default() };
    /// assert_eq!(conditions.met(&counts, Duration::ZERO), Some(StopReason::Finished { tasks: 100 }));
    /// ```
    pub fn met(&self, counts: &Counts, elapsed: Duration) -> Option<StopReason> {
        let finished = self.finished.filter(|tasks| counts.finished >= *tasks);
        let failed = self.failed.filter(|tasks| counts.failed >= *tasks);
        let after = self.after.filter(|time| elapsed >= *time);
        finished
            .map(|tasks| StopReason::Finished { tasks })
            .or(failed.map(|tasks| StopReason::Failed { tasks }))
            .or(after.map(|time| StopReason::After { time }))
    }

    /// How many tasks may be queued, running and finished together; none for any number.
    pub fn budget(&self) -> Option<u64> {
        self.finished.filter(|_| self.exact)
    }

    /// Whether there is any condition.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_ends_a_run_by_itself() {
        let all = StopConditions {
            finished: Some(10),
            exact: true,
            failed: Some(2),
            after: Some(Duration::from_mins(1)),
        };
        let met = |finished, failed, seconds| {
            let counts = Counts { finished, failed, ..Counts::default() };
            all.met(&counts, Duration::from_secs(seconds))
        };
        assert_eq!(met(9, 1, 59), None);
        assert_eq!(met(10, 1, 59), Some(StopReason::Finished { tasks: 10 }));
        assert_eq!(met(9, 2, 59), Some(StopReason::Failed { tasks: 2 }));
        assert_eq!(met(9, 1, 60), Some(StopReason::After { time: Duration::from_mins(1) }));
        assert_eq!(
            StopConditions::default().met(&Counts { failed: 1000, ..Counts::default() }, Duration::MAX),
            None
        );
    }
}
