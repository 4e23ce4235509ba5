//! How long a guest itself runs: by the clock of the processor, so that neither what it waits for nor what others compute counts.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::exceeded::Exceeded;

/// Counts the running time of one guest. Whoever polls the guest's future [enters and leaves](Self::watch); the guest's ticks [check](Self::check).
///
/// Only a guest with a limit has one: each entry reads the thread's clock twice, 0.2 µs each.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: Duration,
    /// Whoever ends guests that cannot be interrupted looks at it from another thread.
    ran: Mutex<Ran>,
}

#[derive(Debug, Default)]
struct Ran {
    /// Nanoseconds until the guest was left last.
    before: u64,
    /// The thread's clock when the guest was entered; nothing while it is left, or something else runs within it.
    entered: Option<u64>,
}

impl Meter {
    pub(crate) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self { limit, ran: Mutex::default() })
    }

    /// Counts from zero again.
    pub(crate) fn reset(&self) {
        *self.ran() = Ran::default();
    }

    /// Counts on from what another has counted.
    pub(crate) fn go_on_from(&self, other: &Self) {
        let before = other.ran().until(thread_clock);
        *self.ran() = Ran { before, entered: None };
    }

    /// Polls a guest's future, and counts the time that this takes on its thread.
    pub(crate) async fn watch<F: Future>(&self, guest: F) -> F::Output {
        let mut guest = pin!(guest);
        poll_fn(|context| {
            // Another thread may poll the next time: its clock is another one.
            self.enter();
            let polled = guest.as_mut().poll(context);
            self.leave();
            polled
        })
        .await
    }

    /// Asked at each tick, by the guest's thread, within [`watch`](Self::watch).
    pub(crate) fn check(&self) -> Result<(), Exceeded> {
        if self.ran().until(thread_clock) > nanoseconds(self.limit) {
            Err(Exceeded::Time { limit: self.limit })
        } else {
            Ok(())
        }
    }

    /// Polls something that runs within this guest, but is not its own.
    pub(crate) async fn excuse<F: Future>(&self, other: F) -> F::Output {
        let mut other = pin!(other);
        poll_fn(|context| {
            self.leave();
            let polled = other.as_mut().poll(context);
            self.enter();
            polled
        })
        .await
    }

    fn enter(&self) {
        self.ran().entered = Some(thread_clock());
    }

    fn leave(&self) {
        let mut ran = self.ran();
        *ran = Ran { before: ran.until(thread_clock), entered: None };
    }

    fn ran(&self) -> MutexGuard<'_, Ran> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ran {
    /// Nanoseconds until now, by the clock of the guest's thread.
    fn until(&self, clock: impl FnOnce() -> u64) -> u64 {
        self.before.saturating_add(self.entered.map_or(0, |entered| clock().saturating_sub(entered)))
    }
}

/// How long a loop itself has run, for whoever watches one that [cannot be interrupted](crate::Build::interruptible).
#[derive(Debug, Clone)]
pub struct RunningTime(Arc<Meter>);

impl RunningTime {
    pub(crate) fn of(meter: &Arc<Meter>) -> Self {
        Self(Arc::clone(meter))
    }

    /// Until now, since it began, without its objective. `clock` is that of the processor time of the loop's thread.
    pub fn until_now(&self, clock: impl FnOnce() -> Duration) -> Duration {
        Duration::from_nanos(self.0.ran().until(|| nanoseconds(clock())))
    }
}

fn thread_clock() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(now.tv_nsec).unwrap_or_default())
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compute(nanoseconds: u64) {
        let begun = thread_clock();
        while thread_clock() - begun < nanoseconds {}
    }

    const LIMIT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn waiting_does_not_count() {
        let meter = Meter::new(LIMIT);
        let guest = async {
            tokio::time::sleep(LIMIT * 2).await;
            meter.check()
        };
        assert_eq!(meter.watch(guest).await, Ok(()));
    }

    #[tokio::test]
    async fn running_counts_over_all_entries() {
        let meter = Meter::new(LIMIT);
        let guest = async {
            let mut times = 0;
            while meter.check().is_ok() {
                compute(1_000_000);
                tokio::task::yield_now().await;
                times += 1;
            }
            times
        };
        let times = meter.watch(guest).await;
        assert!((15..=20).contains(&times), "{times}");
        meter.reset();
        assert_eq!(meter.watch(async { meter.check() }).await, Ok(()));
    }

    #[tokio::test]
    async fn what_is_excused_does_not_count() {
        let meter = Meter::new(LIMIT);
        let guest = async {
            meter.excuse(async { compute(3 * nanoseconds(LIMIT)) }).await;
            meter.check()
        };
        assert_eq!(meter.watch(guest).await, Ok(()));
    }

    #[tokio::test]
    async fn who_looks_from_outside_sees_what_counts_at_any_moment() {
        let meter = Meter::new(LIMIT);
        let from_outside = RunningTime::of(&meter);
        let look = || from_outside.until_now(|| Duration::from_nanos(thread_clock()));
        assert_eq!(look(), Duration::ZERO, "what the thread did before does not count");
        let guest = async {
            compute(2_000_000);
            let own = look();
            assert!((2..10).contains(&own.as_millis()), "{own:?}");
            let excused = async {
                compute(3 * nanoseconds(LIMIT));
                look()
            };
            assert!(meter.excuse(excused).await < LIMIT, "nor while something else runs");
        };
        meter.watch(guest).await;
        let own = look();
        compute(2_000_000);
        assert_eq!(look(), own, "nor afterwards");
    }
}
