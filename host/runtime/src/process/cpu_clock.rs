//! How long a child has been running, by the clock of the processor.

use std::time::Duration;

/// The clock of one process. Valid until the process is reaped.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy)]
pub(super) struct CpuClock(nix::time::ClockId);

#[cfg(target_os = "linux")]
impl CpuClock {
    pub(super) fn of(pid: u32) -> std::io::Result<Self> {
        let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
        Ok(Self(nix::time::clock_getcpuclockid(pid)?))
    }

    /// What all threads of the process have used. One that has ended uses no more.
    pub(super) fn now(self) -> Duration {
        self.0.now().map_or(Duration::ZERO, Duration::from)
    }
}

/// Where the clock of another process cannot be read, the one on the wall stands in for it.
#[cfg(not(target_os = "linux"))]
#[derive(Debug, Clone, Copy)]
pub(super) struct CpuClock(std::time::Instant);

#[cfg(not(target_os = "linux"))]
impl CpuClock {
    pub(super) fn of(_pid: u32) -> std::io::Result<Self> {
        Ok(Self(std::time::Instant::now()))
    }

    pub(super) fn now(self) -> Duration {
        self.0.elapsed()
    }
}
