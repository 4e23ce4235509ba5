//! A process that is measured from outside.

use std::{
    collections::HashMap,
    fs,
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Failure, Result};

/// How long a process may take to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running process; killed if it is dropped before it has ended.
#[derive(Debug)]
pub struct Measured {
    name: String,
    child: Child,
}

/// Time on the processor so far, of each thread of a process.
#[derive(Debug, Clone, Default)]
pub struct Cpu(HashMap<u32, Thread>);

#[derive(Debug, Clone)]
struct Thread {
    name: String,
    used: Duration,
}

impl Measured {
    /// Starts it; what it says goes to standard error.
    pub fn spawn(name: &str, command: &mut Command) -> Result<Self> {
        let child = command.spawn().map_err(Failure::system(format!("start {name}")))?;
        Ok(Self { name: name.to_owned(), child })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has used so far.
    pub fn cpu(&self) -> Result<Cpu> {
        Cpu::of(self.child.id())
    }

    /// Its share of the memory that it holds, in bytes.
    pub fn memory(&self) -> Result<u64> {
        memory_of(self.child.id())
    }

    /// Waits until `done` says so, looking every `pause`.
    pub fn wait_until(
        &mut self,
        what: &'static str,
        patience: Duration,
        pause: Duration,
        mut done: impl FnMut() -> Result<bool>,
    ) -> Result<()> {
        let begun = Instant::now();
        while !done()? {
            if let Some(status) = self.child.try_wait().map_err(Failure::system("wait for a process"))? {
                return Err(Failure::Ended { name: self.name.clone(), status });
            }
            if begun.elapsed() > patience {
                return Err(Failure::Late { name: self.name.clone(), what, patience });
            }
            std::thread::sleep(pause);
        }
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let asked = pid.map_or(Ok(()), |pid| kill_process(pid, Signal::TERM));
        asked.map_err(|error| Failure::system(format!("terminate {}", self.name))(error.into()))?;
        let begun = Instant::now();
        loop {
            match self.child.try_wait().map_err(Failure::system("wait for a process"))? {
                Some(status) => return Ok(status),
                None if begun.elapsed() > PATIENCE => {
                    return Err(Failure::Late { name: self.name.clone(), what: "end", patience: PATIENCE });
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        // An error is a process that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The share of the memory that a process holds, in bytes: what several processes map counts in part.
pub fn memory_of(pid: u32) -> Result<u64> {
    let file = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&file).map_err(Failure::system(format!("read {file}")))?;
    let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB"));
    Ok(pss.and_then(|kib| kib.trim().parse::<u64>().ok()).unwrap_or_default() << 10)
}

/// That of several processes together.
impl FromIterator<Self> for Cpu {
    fn from_iter<I: IntoIterator<Item = Self>>(processes: I) -> Self {
        Self(processes.into_iter().flat_map(|Self(threads)| threads).collect())
    }
}

impl Cpu {
    /// What a process has used so far, to the nanosecond; the clock ticks of `/proc/PID/stat` would be 10 ms each.
    pub fn of(pid: u32) -> Result<Self> {
        let folder = format!("/proc/{pid}/task");
        let mut threads = HashMap::new();
        for entry in fs::read_dir(&folder).map_err(Failure::system(format!("read {folder}")))?.flatten() {
            let read = |file: &str| fs::read_to_string(entry.path().join(file)).unwrap_or_default();
            // A thread that ends while it is looked at has nothing to read.
            let Some(tid) = entry.file_name().to_str().and_then(|tid| tid.parse().ok()) else { continue };
            let Some(nanos) = read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok()) else {
                continue;
            };
            let name = read("comm").trim().to_owned();
            threads.insert(tid, Thread { name, used: Duration::from_nanos(nanos) });
        }
        Ok(Self(threads))
    }

    /// What was used since `before`. A thread that has ended since counts nothing: those that do were idle for seconds.
    pub fn since(&self, before: &Self) -> Duration {
        self.by_thread(before).into_iter().map(|(_, used)| used).sum()
    }

    /// The same by the names of the threads, the most busy first.
    pub fn by_thread(&self, before: &Self) -> Vec<(String, Duration)> {
        let mut used: HashMap<&str, Duration> = HashMap::new();
        for (tid, thread) in &self.0 {
            let earlier = before.0.get(tid).map_or(Duration::ZERO, |thread| thread.used);
            *used.entry(&thread.name).or_default() += thread.used.saturating_sub(earlier);
        }
        let mut used: Vec<_> = used.into_iter().map(|(name, used)| (name.to_owned(), used)).collect();
        used.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(threads: &[(u32, &str, u64)]) -> Cpu {
        let thread = |&(tid, name, millis): &(u32, &str, u64)| {
            (tid, Thread { name: name.to_owned(), used: Duration::from_millis(millis) })
        };
        Cpu(threads.iter().map(thread).collect())
    }

    #[test]
    fn threads_that_came_count_whole_and_those_that_went_not_at_all() {
        let before = cpu(&[(1, "main", 10), (2, "old", 50)]);
        let after = cpu(&[(1, "main", 30), (3, "new", 5), (4, "new", 6)]);
        assert_eq!(after.since(&before), Duration::from_millis(31));
        let by_thread = after.by_thread(&before);
        assert_eq!(by_thread[0], ("main".to_owned(), Duration::from_millis(20)));
        assert_eq!(by_thread[1], ("new".to_owned(), Duration::from_millis(11)));
    }

    #[test]
    fn a_process_that_works_uses_time() {
        let mut process =
            Measured::spawn("sh", Command::new("sh").args(["-c", "while :; do :; done"])).unwrap();
        let begun = process.cpu().unwrap();
        let busy = |process: &Measured| process.cpu().unwrap().since(&begun) > Duration::from_millis(5);
        let deadline = Instant::now() + PATIENCE;
        while !busy(&process) {
            assert!(Instant::now() < deadline && process.child.try_wait().unwrap().is_none());
        }
        assert!(!process.terminate().unwrap().success());
    }
}
