//! What the workers of a simulated optimisation have done, as their tasks tell it.

use std::ops::Range;

use rush_benches::{Failure, Result};
use rush_network::{Network, NetworkId, Parts, Settings, State};

/// What a worker does for a task beside sleeping, in this order.
pub(crate) const STEPS: [&str; 8] = [
    "look at the queue",
    "fetch running and finished",
    "read columns, choose",
    "push-running",
    "into the objective",
    "woken late",
    "out of the objective",
    "finish",
];

/// What was done within a window.
#[derive(Debug)]
pub(crate) struct Naps {
    /// Time asleep, of all the time of all workers.
    pub(crate) utilisation: f64,
    /// Finished tasks at the end.
    pub(crate) tasks: f64,
    /// In the order of [`STEPS`], for tasks that began within the window.
    pub(crate) steps: Vec<Step>,
}

/// In milliseconds a task.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) mean: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Of a worker's time.
    pub(crate) percent: f64,
}

/// Times of one task, in seconds since 1970, and the worker that had it.
struct Task {
    worker: i32,
    seconds: f64,
    begun: f64,
    popped: f64,
    fetched: f64,
    chosen: f64,
    pushed: f64,
    asleep: f64,
    awake: f64,
    evaluated: f64,
}

impl Naps {
    /// Reads all tasks of a network in which nobody works any more.
    pub(crate) fn read(url: &str, network: &str, workers: u32, window: &Range<f64>) -> Result<Self> {
        Ok(Self::of(read(url, network)?, workers, window))
    }

    fn of(mut tasks: Vec<Task>, workers: u32, window: &Range<f64>) -> Self {
        let whole = (window.end - window.start) * f64::from(workers);
        let asleep = |task: &Task| {
            let end = (task.asleep + task.seconds).min(window.end);
            (end - task.asleep.max(window.start)).max(0.0)
        };
        let utilisation = tasks.iter().map(asleep).sum::<f64>() / whole;
        tasks.sort_by(|a, b| a.worker.cmp(&b.worker).then(a.begun.total_cmp(&b.begun)));
        let mut series: [Vec<f64>; STEPS.len()] = Default::default();
        for pair in tasks.windows(2).filter(|pair| window.contains(&pair[0].begun)) {
            for (series, seconds) in series.iter_mut().zip(pair[0].steps(&pair[1])) {
                series.extend(seconds.map(|seconds| seconds * 1e3));
            }
        }
        let steps = series.into_iter().map(|series| Step::of(series, whole)).collect();
        Self { utilisation, tasks: float(tasks.len()), steps }
    }
}

impl Task {
    /// How long each took. The next task of its worker begins when this one is finished.
    fn steps(&self, next: &Self) -> [Option<f64>; STEPS.len()] {
        [
            Some(self.popped - self.begun),
            Some(self.fetched - self.popped),
            Some(self.chosen - self.fetched),
            Some(self.pushed - self.chosen),
            Some(self.asleep - self.pushed),
            Some(self.awake - self.asleep - self.seconds),
            Some(self.evaluated - self.awake),
            (next.worker == self.worker).then_some(next.begun - self.evaluated),
        ]
    }
}

impl Step {
    /// Sums up milliseconds.
    fn of(mut series: Vec<f64>, whole: f64) -> Self {
        series.sort_by(f64::total_cmp);
        let quantile = |percent: usize| {
            let at = (series.len() * percent / 100).min(series.len().saturating_sub(1));
            series.get(at).copied().unwrap_or(f64::NAN)
        };
        let sum: f64 = series.iter().sum();
        Self {
            mean: sum / float(series.len()),
            p50: quantile(50),
            p99: quantile(99),
            percent: 100.0 * sum / 1e3 / whole,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody finishes 2^53 tasks")]
fn float(count: usize) -> f64 {
    count as f64
}

/// All tasks; none may have failed.
fn read(url: &str, network: &str) -> Result<Vec<Task>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::system("start a runtime"))?;
    let table = runtime.block_on(async {
        let id = NetworkId::parse(network).map_err(rush_network::Error::from)?;
        let client = Network::connect(id, &Settings::new(url)).await?;
        let failed = client.fetch(&[State::Failed], Parts { condition: true, ..Parts::NONE }).await?;
        if let Some(task) = failed.iter_rows(0, 1).next() {
            let message = task.condition.map_or_else(String::new, |condition| condition.message);
            return Err(Failure::Guest { message });
        }
        Ok(client.fetch(&[State::Finished], Parts::ALL).await?)
    })?;
    let workers = table.texts("worker_id")?.codes;
    let numbers = |name| table.numbers(name);
    let (seconds, begun, popped, fetched) =
        (numbers("seconds")?, numbers("begun")?, numbers("popped")?, numbers("fetched")?);
    let (chosen, pushed, asleep) = (numbers("chosen")?, numbers("pushed")?, numbers("asleep")?);
    let (awake, evaluated) = (numbers("awake")?, numbers("evaluated")?);
    let task = |at| Task {
        worker: workers[at],
        seconds: seconds[at],
        begun: begun[at],
        popped: popped[at],
        fetched: fetched[at],
        chosen: chosen[at],
        pushed: pushed[at],
        asleep: asleep[at],
        awake: awake[at],
        evaluated: evaluated[at],
    };
    Ok((0..table.len()).map(task).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One that is asleep from here on for ten seconds; each step before and after it takes a tenth of a second.
    fn nap(worker: i32, asleep: f64) -> Task {
        Task {
            worker,
            seconds: 10.0,
            begun: asleep - 0.5,
            popped: asleep - 0.4,
            fetched: asleep - 0.3,
            chosen: asleep - 0.2,
            pushed: asleep - 0.1,
            asleep,
            awake: asleep + 10.1,
            evaluated: asleep + 10.2,
        }
    }

    #[test]
    fn only_what_is_slept_within_the_window_counts() {
        let naps = [nap(0, 95.0), nap(0, 110.0), nap(1, 100.0), nap(1, 300.0)];
        let naps = Naps::of(naps.into(), 2, &(100.0..120.0));
        assert!((naps.utilisation - (5.0 + 10.0 + 10.0) / 40.0).abs() < 1e-9);
    }

    #[test]
    fn waking_late_is_lost() {
        let late = Task { awake: 119.0, evaluated: 119.0, ..nap(0, 100.0) };
        let naps = Naps::of(vec![late], 1, &(100.0..120.0));
        assert!((naps.utilisation - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_task_is_finished_when_its_worker_begins_with_the_next() {
        let naps = [nap(1, 110.9), nap(0, 120.0), nap(0, 100.5), nap(1, 122.0)];
        let Naps { steps, .. } = Naps::of(naps.into(), 2, &(100.0..112.0));
        assert_eq!(steps.len(), STEPS.len());
        for step in &steps[..7] {
            assert!((step.mean - 100.0).abs() < 1e-6, "{step:?}");
        }
        // 120.0 - 0.5 - 110.7, and 122.0 - 0.5 - 121.1.
        let finish = &steps[7];
        assert!((finish.mean - 4_600.0).abs() < 1e-6, "{finish:?}");
    }
}
