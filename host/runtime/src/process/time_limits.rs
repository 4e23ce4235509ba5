//! Limits on time, watched from outside: the child itself is not asked.

use std::time::Duration;

use tokio::time::sleep;

use super::cpu_clock::CpuClock;
use crate::exceeded::Exceeded;
use crate::limits::Limits;

/// A look at the clock of the processor costs a wake-up, so it is not looked at more often.
const SHORTEST: Duration = Duration::from_millis(1);

/// The limits on time of one evaluation, from now on.
pub(super) struct TimeLimits {
    wall: Option<Duration>,
    time: Option<(Duration, CpuClock, Duration)>,
}

impl TimeLimits {
    /// Nothing if there are none.
    pub(super) fn of(limits: &Limits, clock: CpuClock) -> Option<Self> {
        let time = limits.time.map(|limit| (limit, clock, clock.now()));
        (limits.wall.is_some() || time.is_some()).then_some(Self { wall: limits.wall, time })
    }

    /// Waits until one of them is reached.
    pub(super) async fn reached(&self) -> Exceeded {
        tokio::select! {
            exceeded = self.wall_reached() => exceeded,
            exceeded = self.time_reached() => exceeded,
        }
    }

    async fn wall_reached(&self) -> Exceeded {
        match self.wall {
            Some(limit) => {
                sleep(limit).await;
                Exceeded::Wall { limit }
            }
            None => std::future::pending().await,
        }
    }

    async fn time_reached(&self) -> Exceeded {
        let Some((limit, clock, before)) = self.time else { return std::future::pending().await };
        loop {
            // It cannot run for longer than that by the clock on the wall.
            let left = limit.saturating_sub(clock.now().saturating_sub(before));
            if left.is_zero() {
                return Exceeded::Time { limit };
            }
            sleep(left.max(SHORTEST)).await;
        }
    }
}
