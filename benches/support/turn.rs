//! A turn: one subject carries workers, and is looked at twice.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use crate::{Cpu, Failure, Measured, Progress, Result, Server, Spread, Stored, Subject};

/// How long workers may take until they work; the first ones may have to compile their component.
const PATIENCE: Duration = Duration::from_mins(1);

/// One or several processes of one subject that carry the workers of a turn together.
#[derive(Debug)]
pub struct Fleet {
    subject: Subject,
    network: String,
    workers: u64,
    processes: Vec<Measured>,
}

/// What is looked at of a turn.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// What is left out, from the moment on when all work.
    pub warm_up: Duration,
    /// What is measured.
    pub length: Duration,
}

/// What was seen of one subject.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Finished by all workers together.
    pub tasks_per_second: f64,
    /// Time on the processor for a task, of the processes that carry the workers.
    pub host_micros: f64,
    /// That of Redis.
    pub redis_micros: f64,
    /// Round trip of a PING right before.
    pub ping_micros: f64,
    /// Time on the processor for a task, by the names of the host's threads.
    pub threads: Vec<(String, f64)>,
}

impl Fleet {
    /// Starts so many workers in so many processes, which find Redis at this URL.
    pub fn start(
        subject: &Subject,
        url: &str,
        stored: &Stored,
        workers: u32,
        processes: u32,
    ) -> Result<Self> {
        let mut fleet = Self {
            subject: subject.clone(),
            network: stored.network.clone(),
            workers: workers.into(),
            processes: Vec::new(),
        };
        // The floor is one client that sends what all of them do.
        let processes = if subject.is_floor() { 1 } else { processes };
        for process in 0..processes {
            let carried = workers / processes + u32::from(process < workers % processes);
            let mut command: Command = subject.command(url, stored, carried, processes)?;
            fleet.processes.push(Measured::spawn(&subject.to_string(), &mut command)?);
        }
        Ok(fleet)
    }

    /// Waits until all workers are there and have finished as many tasks as they are, and looks at both ends of the window.
    pub fn look(&mut self, server: &mut Server, window: Window, ping_micros: f64) -> Result<Turn> {
        for process in &mut self.processes {
            process.wait_until("begin to work", PATIENCE, Duration::from_millis(5), || {
                let (running, finished) = server.running_and_finished(&self.network)?;
                let all = self.workers;
                // The floor registers nobody.
                Ok(finished >= all && (running >= all || self.subject.is_floor()))
            })?;
        }
        std::thread::sleep(window.warm_up);
        let (before, cpu_before) = self.look_once(server)?;
        std::thread::sleep(window.length);
        let (after, cpu_after) = self.look_once(server)?;

        let tasks = lossless(after.finished.saturating_sub(before.finished));
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / tasks;
        let threads = cpu_after.by_thread(&cpu_before);
        Ok(Turn {
            tasks_per_second: tasks / after.at.duration_since(before.at).as_secs_f64(),
            host_micros: micros(cpu_after.since(&cpu_before)),
            redis_micros: micros(after.cpu.saturating_sub(before.cpu)),
            ping_micros,
            threads: threads.into_iter().map(|(name, used)| (name, micros(used))).collect(),
        })
    }

    fn look_once(&self, server: &mut Server) -> Result<(Progress, Cpu)> {
        Ok((server.progress(&self.network)?, self.cpu()?))
    }

    /// What all its processes have used so far.
    pub fn cpu(&self) -> Result<Cpu> {
        self.processes.iter().map(Measured::cpu).collect()
    }

    /// The ids of its processes.
    pub fn pids(&self) -> Vec<u32> {
        self.processes.iter().map(Measured::pid).collect()
    }

    /// Asks its workers to end, and waits until they have; none may leave a running task behind.
    ///
    /// # Panics
    ///
    /// If one does: that is a mistake of the subject, not of the measurement.
    pub fn end(self, server: &mut Server) -> Result<()> {
        let asked = Instant::now();
        let name = self.subject.to_string();
        for process in self.processes {
            let status = process.terminate()?;
            if !self.subject.ends_with(status) {
                return Err(Failure::Ended { name, status });
            }
        }
        let left = server.running_tasks(&self.network)?;
        assert_eq!(
            left,
            0,
            "{name} left running tasks behind {:?} after it was asked to end",
            asked.elapsed()
        );
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody finishes 2^53 tasks")]
fn lossless(count: u64) -> f64 {
    count as f64
}

impl Turn {
    /// A figure of each of these turns beside the turn of a reference in the same round.
    pub fn against(turns: &[Self], reference: &[Self], figure: impl Fn(&Self, &Self) -> f64) -> Spread {
        let figures = turns.iter().zip(reference).map(|(turn, reference)| figure(turn, reference));
        Spread::of(&figures.collect::<Vec<_>>())
    }

    /// `tasks/s` as a part of the other's.
    pub fn rate_of(&self, other: &Self) -> f64 {
        self.tasks_per_second / other.tasks_per_second
    }

    /// What it needs more on the processor for a task than the other.
    pub fn host_micros_more_than(&self, other: &Self) -> f64 {
        self.host_micros - other.host_micros
    }

    /// What Redis needs for a task, in that of the other's.
    pub fn redis_of(&self, other: &Self) -> f64 {
        self.redis_micros / other.redis_micros
    }

    /// As it is told while the bench goes on.
    pub fn line(&self) -> String {
        let Self { tasks_per_second, host_micros, redis_micros, ping_micros, .. } = self;
        format!(
            "{tasks_per_second:.0} tasks/s, {host_micros:.1} µs of it and {redis_micros:.1} µs of Redis a task, PING {ping_micros:.0} µs"
        )
    }
}
