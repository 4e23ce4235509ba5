//! How many workers each host process carries, and on how many threads.

use std::num::NonZeroUsize;
use std::ops::Range;

/// What one host process carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessPlan {
    /// The process's place among those of this start, from 0.
    pub process: usize,
    /// The indexes of its workers. A worker's random stream comes from the run's seed and this index, so the same worker
    /// draws the same numbers however many processes carry the workers.
    pub workers: Range<usize>,
}

/// As many processes as are useful: one for each core, but none without a worker.
///
/// ```
/// # use std::num::NonZeroUsize;
/// use rush_launch::local::default_processes;
/// let cores = NonZeroUsize::new(4).unwrap();
/// assert_eq!(default_processes(100, cores), 4);
/// assert_eq!(default_processes(2, cores), 2);
/// ```
pub fn default_processes(workers: usize, cores: NonZeroUsize) -> usize {
    workers.min(cores.get())
}

/// How many threads each of so many processes of a machine has for its loops: together as many as there are cores. More would be in each
/// other's way: with 64 workers they have 10 % fewer tasks in a second, and cost 2 µs of processor time more for each.
///
/// ```
/// # use std::num::NonZeroUsize;
/// use rush_launch::local::threads_of_each;
/// let cores = NonZeroUsize::new(8).unwrap();
/// assert_eq!(threads_of_each(2, cores), 4);
/// ```
pub fn threads_of_each(processes: usize, cores: NonZeroUsize) -> u32 {
    u32::try_from(cores.get() / processes.max(1)).unwrap_or(u32::MAX).max(1)
}

/// Spreads `count` workers over at most `processes` processes, so that no two differ by more than one worker and none is
/// empty. Indexes are counted from `first`: those before it were given by an earlier start.
///
/// ```
/// use rush_launch::local::plan_processes;
/// let plans = plan_processes(0, 5, 2);
/// assert_eq!(plans[0].workers, 0..3);
/// assert_eq!(plans[1].workers, 3..5);
/// ```
pub fn plan_processes(first: usize, count: usize, processes: usize) -> Vec<ProcessPlan> {
    let processes = processes.clamp(1, count.max(1));
    let (each, larger) = (count / processes, count % processes);
    let mut next = first;
    let plans = (0..processes).map(|process| {
        let start = next;
        next += each + usize::from(process < larger);
        ProcessPlan { process, workers: start..next }
    });
    plans.filter(|plan| !plan.workers.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_as_many_as_cores_but_no_process_is_without() {
        for cores in (1..70).filter_map(NonZeroUsize::new) {
            for processes in 0..80 {
                let each = threads_of_each(processes, cores) as usize;
                assert!(each == 1 || each * processes <= cores.get(), "{processes} on {cores}");
                assert!(each * processes.max(1) + processes.max(1) > cores.get(), "{processes} on {cores}");
            }
        }
    }

    #[test]
    fn every_index_is_carried_once_and_no_process_is_empty() {
        for first in [0, 7] {
            for count in 0..40 {
                for processes in 0..12 {
                    let plans = plan_processes(first, count, processes);
                    let indexes: Vec<_> = plans.iter().flat_map(|plan| plan.workers.clone()).collect();
                    assert_eq!(indexes, (first..first + count).collect::<Vec<_>>());
                    assert_eq!(plans.len(), processes.max(1).min(count));
                    let sizes = plans.iter().map(|plan| plan.workers.len());
                    assert!(sizes.clone().max() <= sizes.min().map(|least| least + 1));
                    assert!(plans.iter().enumerate().all(|(index, plan)| plan.process == index));
                }
            }
        }
    }
}
