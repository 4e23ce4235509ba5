//! The clocks of a guest: the real ones if they are granted, else one of its own, which runs, but says nothing about the world.
//!
//! Every reading is one [`STEP`] later than the one before, and sleeping for a second makes it a second later (and takes a
//! second). So the same calls read the same times in every run, programs that wait for a time to come get there, and
//! nobody learns how fast this machine is. A microsecond is about what a reading costs, so even a program that waits by reading
//! waits about as long as it meant to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::{self, Instant};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::{self, Datetime};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

/// By how much a reading moves the clock, in nanoseconds.
const STEP: u64 = 1_000;
/// Where wall clocks begin: 2000-01-01T00:00:00Z, in seconds. Some programs take 1970 for "unset".
const EPOCH: u64 = 946_684_800;

/// The clock of one guest. Clones are the same clock.
#[derive(Debug, Clone)]
pub(crate) enum GuestClock {
    /// Nanoseconds since the guest began, by its own count.
    Own(Arc<AtomicU64>),
    /// Since when this process knows the guest.
    Real(std::time::Instant),
}

impl GuestClock {
    pub(crate) fn own() -> Self {
        Self::Own(Arc::default())
    }

    pub(crate) fn real() -> Self {
        Self::Real(std::time::Instant::now())
    }

    fn read(&self) -> u64 {
        match self {
            Self::Own(count) => count.fetch_add(STEP, Ordering::Relaxed),
            Self::Real(begun) => u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// The next reading, without the step.
    fn peek(&self) -> u64 {
        match self {
            Self::Own(count) => count.load(Ordering::Relaxed),
            Self::Real(_) => self.read(),
        }
    }

    /// A guest slept until then.
    fn reach(&self, instant: u64) {
        if let Self::Own(count) = self {
            count.fetch_max(instant, Ordering::Relaxed);
        }
    }

    /// Nanoseconds of the smallest difference.
    fn resolution(&self) -> u64 {
        match self {
            Self::Own(_) => STEP,
            Self::Real(_) => 1,
        }
    }

    /// The time of day.
    fn date(&self) -> Datetime {
        let since_epoch = match self {
            Self::Own(_) => Duration::from_secs(EPOCH) + Duration::from_nanos(self.read()),
            Self::Real(_) => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
        };
        Datetime { seconds: since_epoch.as_secs(), nanoseconds: since_epoch.subsec_nanos() }
    }
}

/// The clock, and where pollables live.
pub(crate) struct ClockView<'a> {
    pub(crate) clock: &'a GuestClock,
    pub(crate) table: &'a mut ResourceTable,
}

struct HasClock;

impl HasData for HasClock {
    type Data<'a> = ClockView<'a>;
}

/// Links `wasi:clocks`.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> ClockView<'_>,
) -> wasmtime::Result<()> {
    monotonic_clock::add_to_linker::<T, HasClock>(linker, view)?;
    wall_clock::add_to_linker::<T, HasClock>(linker, view)
}

impl ClockView<'_> {
    fn sleep_until(&mut self, when: Instant) -> wasmtime::Result<Resource<DynPollable>> {
        let now = self.clock.read();
        let wait = Duration::from_nanos(when.saturating_sub(now));
        let sleep = match tokio::time::Instant::now().checked_add(wait) {
            Some(until) => Sleep::Until { until, instant: when, clock: self.clock.clone() },
            None => Sleep::Forever,
        };
        let sleep = self.table.push(sleep)?;
        subscribe(self.table, sleep)
    }
}

impl monotonic_clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<Instant> {
        Ok(self.clock.read())
    }

    fn resolution(&mut self) -> wasmtime::Result<Instant> {
        Ok(self.clock.resolution())
    }

    fn subscribe_instant(&mut self, when: Instant) -> wasmtime::Result<Resource<DynPollable>> {
        self.sleep_until(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let now = self.clock.peek();
        self.sleep_until(now.saturating_add(self.clock.resolution()).saturating_add(duration))
    }
}

impl wall_clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        Ok(self.clock.date())
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        let nanoseconds = u32::try_from(self.clock.resolution()).unwrap_or(u32::MAX);
        Ok(Datetime { seconds: 0, nanoseconds })
    }
}

enum Sleep {
    Until { until: tokio::time::Instant, instant: u64, clock: GuestClock },
    Forever,
}

#[async_trait]
impl Pollable for Sleep {
    async fn ready(&mut self) {
        match self {
            Self::Until { until, instant, clock } => {
                if *until <= tokio::time::Instant::now() {
                    // A guest that polls with no time to wait must still let the runtime look at its other events.
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep_until(*until).await;
                }
                clock.reach(*instant);
            }
            Self::Forever => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_by_itself_and_tells_nothing_of_the_world() {
        let (clock, mut table) = (GuestClock::own(), ResourceTable::new());
        let mut view = ClockView { clock: &clock, table: &mut table };
        assert_eq!(monotonic_clock::Host::now(&mut view).unwrap(), 0);
        assert_eq!(monotonic_clock::Host::now(&mut view).unwrap(), STEP);
        let wall = wall_clock::Host::now(&mut view).unwrap();
        assert_eq!((wall.seconds, wall.nanoseconds), (EPOCH, 2_000));
    }

    #[tokio::test]
    async fn sleeping_takes_its_time_and_moves_the_clock() {
        let clock = GuestClock::own();
        let (started, nap) = (tokio::time::Instant::now(), Duration::from_millis(20));
        let instant = 5_000_000_000;
        let mut sleep = Sleep::Until { until: started + nap, instant, clock: clock.clone() };
        sleep.ready().await;
        assert!(started.elapsed() >= nap);
        assert_eq!(clock.read(), instant);
        // Being asked again changes nothing.
        sleep.ready().await;
        assert_eq!(clock.read(), instant + STEP);
    }

    #[tokio::test]
    async fn the_real_clock_is_that_of_the_world() {
        let clock = GuestClock::real();
        let today = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert!(clock.date().seconds >= today);
        let before = clock.read();
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert!(clock.read() - before >= 2_000_000);
    }
}
