//! What compiling one component may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What compiling one component may take: enough for every component that a toolchain makes, and an end for those that were made to
/// have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileLimits {
    /// Processor time, of all threads of the compiler together; whole seconds, rounded up.
    pub time: Duration,
    /// Bytes of memory of the compiler.
    pub memory: u64,
    /// Bytes of a component.
    pub input: u64,
}

impl CompileLimits {
    /// The limits for a component of so many bytes: 60 s of processor time and 10 s a megabyte, 2 GiB of memory and 64 MiB a megabyte.
    ///
    /// Components take 1.0 to 1.3 s and 20 to 30 MiB a megabyte, both for what Rust makes and for 8 MiB of small functions. But large
    /// functions take more than in proportion, other machines are slower, and a limit that an honest component meets is worse than one that a
    /// bomb meets a minute later. A megabyte becomes two to three of code.
    pub fn for_input(bytes: u64) -> Self {
        // What begins to be a megabyte counts as one.
        let megabytes = bytes.div_ceil(MIB);
        Self {
            time: Duration::from_secs(megabytes.saturating_mul(10).saturating_add(60)),
            memory: megabytes.saturating_mul(64 * MIB).saturating_add(2 * GIB),
            input: 256 * MIB,
        }
    }

    /// How long the compiler may take by the clock: others may want the processor, too, so this is far more than [`CompileLimits::time`].
    /// It ends what waits instead of computing.
    pub(super) fn wall(&self) -> Duration {
        self.time.saturating_mul(10)
    }

    /// Bytes of code that are accepted for a component of so many bytes.
    pub(super) fn output(bytes: u64) -> u64 {
        bytes.saturating_mul(16).saturating_add(64 * MIB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_components_may_take_more() {
        let limits = CompileLimits::for_input(0);
        assert_eq!((limits.time, limits.memory), (Duration::from_mins(1), 2 * GIB));
        let limits = CompileLimits::for_input(8 * MIB - 1);
        assert_eq!((limits.time, limits.memory), (Duration::from_secs(140), 2 * GIB + 512 * MIB));
        assert!(CompileLimits::for_input(u64::MAX).time > limits.time, "it does not overflow");
    }
}
