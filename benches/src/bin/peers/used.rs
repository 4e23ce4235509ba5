//! What processes have used of the processor, with their children.

use std::{fs, time::Duration};

use rush_benches::{Cpu, Failure, Result, memory_of};

/// Linux tells programs its time in hundredths of a second, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

/// What some processes, and those children of theirs that have ended, have used so far.
#[derive(Debug)]
pub(crate) struct Used {
    own: Cpu,
    children: Duration,
}

impl Used {
    /// By these.
    pub(crate) fn by(pids: &[u32]) -> Result<Self> {
        let own = pids.iter().map(|&pid| Cpu::of(pid)).collect::<Result<_>>()?;
        let children = pids.iter().map(|&pid| of_children(pid)).sum::<Result<_>>()?;
        Ok(Self { own, children })
    }

    /// Since `before`, by the same processes.
    pub(crate) fn since(&self, before: &Self) -> Duration {
        self.own.since(&before.own) + self.children.saturating_sub(before.children)
    }
}

fn of_children(pid: u32) -> Result<Duration> {
    let file = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&file).map_err(Failure::system(format!("read {file}")))?;
    Ok(TICK * ticks_of_children(&stat))
}

/// `cutime` and `cstime`.
fn ticks_of_children(stat: &str) -> u32 {
    // The name of the program stands in parentheses, and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum()
}

/// The memory of all of them, in MiB.
pub(crate) fn memory(pids: &[u32]) -> Result<f64> {
    let bytes = pids.iter().map(|&pid| memory_of(pid)).sum::<Result<u64>>()?;
    #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes")]
    let bytes = bytes as f64;
    Ok(bytes / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_name_of_a_program_is_no_field() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0";
        assert_eq!(ticks_of_children(stat), 70);
        assert_eq!(ticks_of_children(""), 0);
    }

    #[test]
    fn children_that_have_ended_count() {
        let mut child = Command::new("sh");
        child.args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"]);
        let (pid, before) = (std::process::id(), of_children(std::process::id()).unwrap());
        while of_children(pid).unwrap() == before {
            assert!(child.status().unwrap().success());
        }
    }
}
