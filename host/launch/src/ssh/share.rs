//! How many workers each host has, and how many processes carry them.

use std::{cmp::Ordering, collections::BinaryHeap};

use rush_run_file::SshHost;

use crate::local::plan_processes;

/// How many of `count` workers each host has: first those that say how many, then the others in equal shares.
///
/// Where that does not come out, because another number of workers is asked for than the run file has, shares are in proportion to
/// what the hosts say; one that says nothing counts as much as the others do on average.
///
/// ```
/// use rush_launch::share;
/// use rush_run_file::SshHost;
///
/// let hosts = [("big", Some(8)), ("small", None), ("other", None)];
/// let hosts = hosts.map(|(host, workers)| SshHost { host: host.to_owned(), workers });
/// assert_eq!(share(&hosts, 13), [8, 3, 2]);
/// assert_eq!(share(&hosts, 3), [1, 1, 1]);
/// ```
pub fn share(hosts: &[SshHost], count: u32) -> Vec<u32> {
    let said: Vec<u64> = hosts.iter().filter_map(|host| host.workers).map(u64::from).collect();
    let (sum, silent) = (said.iter().sum::<u64>(), hosts.len() - said.len());
    let left = u64::from(count).checked_sub(sum).filter(|left| silent > 0 || *left == 0);
    let Some(left) = left else {
        let average = sum.div_ceil(said.len().max(1) as u64);
        let weights: Vec<u64> = hosts.iter().map(|host| host.workers.map_or(average, u64::from)).collect();
        return in_proportion(&weights, count);
    };
    let mut equal = in_proportion(&vec![1; silent], u32::try_from(left).unwrap_or(u32::MAX)).into_iter();
    hosts.iter().map(|host| host.workers.or_else(|| equal.next()).unwrap_or_default()).collect()
}

/// The largest remainders get what rounding has left over; the first of those that are equal.
fn in_proportion(weights: &[u64], count: u32) -> Vec<u32> {
    let sum: u64 = weights.iter().sum();
    let parts = weights.iter().map(|weight| weight * u64::from(count));
    let mut shares: Vec<(u64, u64)> = parts.map(|part| (part / sum, part % sum)).collect();
    let given: u64 = shares.iter().map(|(whole, _)| whole).sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(shares[*index].1));
    let left = usize::try_from(u64::from(count) - given).unwrap_or_default();
    for index in order.into_iter().take(left) {
        shares[index].0 += 1;
    }
    shares.into_iter().map(|(whole, _)| u32::try_from(whole).unwrap_or(u32::MAX)).collect()
}

/// What one host process carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The host, by its place in the run file.
    pub(crate) host: usize,
    /// How many workers.
    pub(crate) workers: u32,
}

/// The host processes for so many workers: one on each host that has some, more if more are asked for, where most workers are.
pub(crate) fn plan(hosts: &[SshHost], count: u32, processes: u32) -> Vec<Place> {
    let shares = share(hosts, count);
    let mut counts: Vec<u32> = shares.iter().map(|workers| (*workers).min(1)).collect();
    let begun: u32 = counts.iter().sum();
    let crowd = |host: usize, counts: &[u32]| Crowd { host, workers: shares[host], processes: counts[host] };
    let mut crowds: BinaryHeap<Crowd> = (0..hosts.len()).map(|host| crowd(host, &counts)).collect();
    for _ in begun..processes.min(count) {
        let Some(most) = crowds.pop() else { break };
        counts[most.host] += 1;
        crowds.push(crowd(most.host, &counts));
    }
    let of_host = |(host, (workers, processes)): (usize, (&u32, &u32))| {
        let plans = plan_processes(0, *workers as usize, *processes as usize).into_iter();
        let workers = plans.map(|plan| u32::try_from(plan.workers.len()).unwrap_or(u32::MAX));
        workers.map(move |workers| Place { host, workers }).collect::<Vec<_>>()
    };
    shares.iter().zip(&counts).enumerate().flat_map(of_host).collect()
}

/// A host, by how many workers each of its processes has to carry.
#[derive(PartialEq, Eq)]
struct Crowd {
    host: usize,
    workers: u32,
    processes: u32,
}

impl Ord for Crowd {
    fn cmp(&self, other: &Self) -> Ordering {
        let per_process =
            |one: &Self, other: &Self| u64::from(one.workers) * u64::from(other.processes.max(1));
        per_process(self, other).cmp(&per_process(other, self)).then(other.host.cmp(&self.host))
    }
}

impl PartialOrd for Crowd {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(workers: &[u32]) -> Vec<SshHost> {
        let host = |(index, workers): (usize, &u32)| SshHost {
            host: format!("node{index}"),
            workers: (*workers > 0).then_some(*workers),
        };
        workers.iter().enumerate().map(host).collect()
    }

    #[test]
    fn hosts_that_say_nothing_share_equally() {
        assert_eq!(share(&hosts(&[0, 0, 0]), 7), [3, 2, 2]);
        assert_eq!(share(&hosts(&[0, 0, 0]), 2), [1, 1, 0]);
        assert_eq!(share(&hosts(&[0]), 5), [5]);
    }

    #[test]
    fn who_says_how_many_has_so_many_and_the_others_the_rest() {
        assert_eq!(share(&hosts(&[4, 0, 2, 0]), 11), [4, 3, 2, 2]);
        assert_eq!(share(&hosts(&[4, 2]), 6), [4, 2]);
        assert_eq!(share(&hosts(&[4, 0]), 4), [4, 0]);
    }

    #[test]
    fn another_number_of_workers_is_shared_in_proportion() {
        assert_eq!(share(&hosts(&[6, 2]), 4), [3, 1]);
        assert_eq!(share(&hosts(&[6, 2]), 16), [12, 4]);
        assert_eq!(share(&hosts(&[6, 2]), 1), [1, 0]);
        assert_eq!(share(&hosts(&[6, 2, 0]), 6), [3, 1, 2]);
    }

    #[test]
    fn nobody_is_forgotten_and_nobody_comes_twice() {
        for said in [&[0, 0][..], &[3, 0, 0], &[3, 5], &[100_000, 1, 0], &[1, 1, 1, 1, 1, 1, 1]] {
            let hosts = hosts(said);
            for count in (0..40).chain([100_000]) {
                assert_eq!(share(&hosts, count).iter().sum::<u32>(), count, "{said:?}");
                for processes in 0..45 {
                    let plan = plan(&hosts, count, processes);
                    assert_eq!(plan.iter().map(|place| place.workers).sum::<u32>(), count);
                    assert!(plan.iter().all(|place| place.workers > 0), "{plan:?}");
                    let busy = share(&hosts, count).iter().filter(|workers| **workers > 0).count();
                    assert_eq!(
                        plan.len(),
                        busy.max(processes.min(count) as usize),
                        "{said:?} {count} {processes}"
                    );
                }
            }
        }
    }

    #[test]
    fn more_processes_are_where_more_workers_are() {
        let carried = |processes| {
            let plan = plan(&hosts(&[6, 2]), 8, processes);
            plan.iter().map(|place| (place.host, place.workers)).collect::<Vec<_>>()
        };
        assert_eq!(carried(1), [(0, 6), (1, 2)]);
        assert_eq!(carried(3), [(0, 3), (0, 3), (1, 2)]);
        assert_eq!(carried(4), [(0, 2), (0, 2), (0, 2), (1, 2)]);
        assert_eq!(carried(8).len(), 8);
    }
}
