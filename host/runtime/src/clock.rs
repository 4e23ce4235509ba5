//! The clock of a guest that was granted none: it runs, but says nothing about the world.
//!
//! Every reading is one [`STEP`] later than the one before, and sleeping for a second makes it a second later (and takes a
//! second). So the same calls read the same times in every run, programs that wait for a time to come get there, and
//! nobody learns how fast this machine is. A microsecond is about what a reading costs, so even a program that waits by reading
//! waits about as long as it meant to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::{self, Instant};
use wasmtime_wasi::p2::bindings::clocks::wall_clock::{self, Datetime};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

/// By how much a reading moves the clock, in nanoseconds.
const STEP: u64 = 1_000;
/// Where wall clocks begin: 2000-01-01T00:00:00Z, in seconds. Some programs take 1970 for "unset".
const EPOCH: u64 = 946_684_800;
const SECOND: u64 = 1_000_000_000;

/// Nanoseconds since the guest began, by its own count. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub(crate) struct GuestClock(Arc<AtomicU64>);

impl GuestClock {
    fn read(&self) -> u64 {
        self.0.fetch_add(STEP, Ordering::Relaxed)
    }

    /// A guest slept until then.
    fn reach(&self, instant: u64) {
        self.0.fetch_max(instant, Ordering::Relaxed);
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
        Ok(STEP)
    }

    fn subscribe_instant(&mut self, when: Instant) -> wasmtime::Result<Resource<DynPollable>> {
        self.sleep_until(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let now = self.clock.0.load(Ordering::Relaxed);
        self.sleep_until(now.saturating_add(STEP).saturating_add(duration))
    }
}

impl wall_clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        let now = self.clock.read();
        Ok(Datetime { seconds: EPOCH + now / SECOND, nanoseconds: nanoseconds(now % SECOND) })
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(Datetime { seconds: 0, nanoseconds: nanoseconds(STEP) })
    }
}

fn nanoseconds(part: u64) -> u32 {
    u32::try_from(part).expect("less than a second has less than 2^32 nanoseconds")
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
        let (clock, mut table) = (GuestClock::default(), ResourceTable::new());
        let mut view = ClockView { clock: &clock, table: &mut table };
        assert_eq!(monotonic_clock::Host::now(&mut view).unwrap(), 0);
        assert_eq!(monotonic_clock::Host::now(&mut view).unwrap(), STEP);
        let wall = wall_clock::Host::now(&mut view).unwrap();
        assert_eq!((wall.seconds, wall.nanoseconds), (EPOCH, 2_000));
    }

    #[tokio::test]
    async fn sleeping_takes_its_time_and_moves_the_clock() {
        let clock = GuestClock::default();
        let (started, nap) = (tokio::time::Instant::now(), Duration::from_millis(20));
        let instant = 5 * SECOND;
        let mut sleep = Sleep::Until { until: started + nap, instant, clock: clock.clone() };
        sleep.ready().await;
        assert!(started.elapsed() >= nap);
        assert_eq!(clock.read(), instant);
        // Being asked again changes nothing.
        sleep.ready().await;
        assert_eq!(clock.read(), instant + STEP);
    }
}
