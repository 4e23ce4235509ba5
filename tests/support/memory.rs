//! The most memory that processes have while they live: some end before anybody could ask them.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crate::process::Process;

/// Between two looks. Linux keeps the peak of a process as long as it lives, so only what it takes right before its end is missed.
const PAUSE: Duration = Duration::from_millis(2);

/// Looks at the memory of processes, and of the evaluators and compilers that they start, until it is asked for their peaks.
#[derive(Debug)]
pub struct MemoryWatch {
    ended: Arc<AtomicBool>,
    looks: Option<JoinHandle<Peaks>>,
}

/// The most bytes that processes had in RAM at once.
#[derive(Debug, Default)]
pub struct Peaks {
    watched: BTreeMap<i32, u64>,
    children: BTreeMap<i32, u64>,
}

impl MemoryWatch {
    /// Watches these processes. What they took before does not count.
    pub fn of(processes: &[Process]) -> Self {
        for process in processes {
            process.forget_peak_memory();
        }
        let processes = processes.to_vec();
        let ended = Arc::new(AtomicBool::new(false));
        let is_last = Arc::clone(&ended);
        let looks = std::thread::spawn(move || {
            let mut peaks = Peaks::default();
            loop {
                // The last look comes after the question.
                let last = is_last.load(Ordering::Acquire);
                for process in &processes {
                    peaks.look(process);
                }
                if last {
                    return peaks;
                }
                std::thread::sleep(PAUSE);
            }
        });
        Self { ended, looks: Some(looks) }
    }

    /// The peaks until now.
    pub fn end(mut self) -> Peaks {
        self.ended.store(true, Ordering::Release);
        self.looks.take().expect("it is taken once").join().expect("looking does not panic")
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

impl Peaks {
    fn look(&mut self, process: &Process) {
        keep(&mut self.watched, process.pid);
        let mut descendants = children(process.pid);
        while let Some(child) = descendants.pop() {
            descendants.extend(children(child));
            // Before it has begun with its own program it has the memory of its parent.
            if is_confined(child) {
                keep(&mut self.children, child);
            }
        }
    }

    /// Of one that was watched; nothing of one that was gone by the first look.
    pub fn of(&self, process: &Process) -> u64 {
        self.watched.get(&process.pid).copied().unwrap_or_default()
    }

    /// Of the evaluator or compiler that had most; none if there was none.
    pub fn of_children(&self) -> Option<u64> {
        self.children.values().max().copied()
    }
}

fn keep(peaks: &mut BTreeMap<i32, u64>, pid: i32) {
    if let Some(bytes) = status_bytes(pid, "VmHWM:") {
        let peak = peaks.entry(pid).or_default();
        *peak = bytes.max(*peak);
    }
}

/// What Linux tells of the memory of a process, while it lives.
pub(crate) fn status_bytes(pid: i32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes << 10)
}

/// Whichever of its threads started them.
fn children(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn is_confined(pid: i32) -> bool {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    matches!(command.split(|&byte| byte == 0).nth(1), Some(b"evaluator" | b"compile"))
}
