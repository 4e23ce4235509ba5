//! Limits that every Unix has.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::confinement::Confinement;
use crate::error::SandboxError;

/// After the first signal, which says what happened, the kernel waits so long before it kills.
const CPU_GRACE: u64 = 1;

/// Sets what is asked for. What is already lower stays: a limit can only be lowered.
pub(crate) fn set(confinement: &Confinement) -> Result<(), SandboxError> {
    // A core dump would hold what the process was trusted with, and would be written by the kernel, past all other limits.
    lower(Resource::Core, "core", 0, 0)?;
    lower(Resource::Nofile, "nofile", confinement.open_files, 0)?;
    if confinement.profile.is_strict() && !confinement.writes() {
        lower(Resource::Fsize, "fsize", 0, 0)?;
    }
    if let Some(memory) = confinement.memory {
        lower(Resource::Data, "data", memory, 0)?;
    }
    if let Some(cpu) = confinement.cpu {
        lower(Resource::Cpu, "cpu", whole_seconds(cpu), CPU_GRACE)?;
    }
    Ok(())
}

/// At least one: none would be no limit.
fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

fn lower(resource: Resource, name: &'static str, value: u64, grace: u64) -> Result<(), SandboxError> {
    let now = getrlimit(resource);
    let least = |wanted: u64, now: Option<u64>| Some(now.map_or(wanted, |now| wanted.min(now)));
    let maximum = least(value.saturating_add(grace), now.maximum);
    let new = Rlimit { current: least(value, now.current), maximum };
    setrlimit(resource, new).map_err(|error| SandboxError::Limit { name, value, cause: error.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begun_second_counts() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::from_millis(2001)), 3);
    }
}
