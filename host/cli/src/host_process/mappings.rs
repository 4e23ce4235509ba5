//! Whether so many workers fit into one process: Linux allows a process so many mappings of memory and no more
//! (`vm.max_map_count`). Beyond that the next allocation fails, wherever it is, and takes the process with it; so who is not to fit is refused
//! before there is a guest.

use std::fs;

use crate::{exit_code::ExitCode, failure::Failure};

/// Where Linux says how many mappings a process may have.
const ALLOWED: &str = "/proc/sys/vm/max_map_count";

/// What a worker takes: 2.25 for its fiber's stack with the page beyond it, as there is an eighth more of them than workers, and 4 for its loop's memory
/// and table. 6.3 were measured with thousands of workers, whatever language the loop was written in.
const OF_A_WORKER: u64 = 7;
/// What its objective takes more, in an instance of this process; 12.6 were measured of both. In a process of its own it takes nothing here.
const OF_AN_OBJECTIVE: u64 = 7;
/// What the program takes itself: its libraries, threads, heaps and code, and what is on its way.
const OF_THE_PROGRAM: u64 = 1_000;

/// What a process with these workers would take, if that is more than is allowed.
#[derive(Debug, PartialEq, Eq)]
struct TooMany {
    /// Mappings of all workers.
    needed: u64,
    /// Mappings that a process may have.
    allowed: u64,
    /// Workers that would fit.
    fit: u64,
}

/// Refuses workers that this process would have no room for. Where nobody says how many mappings there may be, there is no limit.
pub(super) fn check(workers: u32, objective_in_instance: bool) -> Result<(), Failure> {
    let allowed = fs::read_to_string(ALLOWED).ok().and_then(|text| text.trim().parse().ok());
    let Some(TooMany { needed, allowed, fit }) =
        allowed.and_then(|allowed| too_many(workers, objective_in_instance, allowed))
    else {
        return Ok(());
    };
    let more_processes = match fit {
        0 => String::new(),
        fit => format!(
            "have more processes carry them, with at most {fit} workers each (`[workers] processes`), or "
        ),
    };
    Err(Failure::with_hint(
        ExitCode::Launcher,
        format!(
            "{workers} workers do not fit into one process: they need some {needed} mappings of memory, and Linux allows {allowed} on this machine"
        ),
        format!("{more_processes}`sysctl vm.max_map_count={needed}` there, as root"),
    ))
}

fn too_many(workers: u32, objective_in_instance: bool, allowed: u64) -> Option<TooMany> {
    let each = OF_A_WORKER + if objective_in_instance { OF_AN_OBJECTIVE } else { 0 };
    let needed = OF_THE_PROGRAM + u64::from(workers) * each;
    (needed > allowed).then(|| TooMany {
        needed,
        allowed,
        fit: allowed.saturating_sub(OF_THE_PROGRAM) / each,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Linux allows unless somebody says otherwise.
    const USUAL: u64 = 65_530;

    #[test]
    fn nine_thousand_loops_fit_and_ten_thousand_do_not() {
        assert_eq!(too_many(9_000, false, USUAL), None);
        let refused = too_many(10_000, false, USUAL).unwrap();
        assert_eq!(refused, TooMany { needed: 71_000, allowed: USUAL, fit: 9_218 });
    }

    #[test]
    fn half_as_many_fit_with_an_objective_in_the_same_process() {
        assert_eq!(too_many(4_500, true, USUAL), None);
        assert_eq!(
            too_many(5_000, true, USUAL),
            Some(TooMany { needed: 71_000, allowed: USUAL, fit: 4_609 })
        );
        assert_eq!(too_many(5_000, false, USUAL), None);
    }

    #[test]
    fn what_is_advised_is_enough() {
        for (workers, objective) in [(10_000, false), (10_000, true), (100_000, true), (1, false)] {
            for allowed in [0, 500, 1_007, USUAL] {
                let Some(TooMany { needed, fit, .. }) = too_many(workers, objective, allowed) else {
                    continue;
                };
                assert_eq!(too_many(workers, objective, needed), None);
                assert!(fit < workers.into());
                if let Ok(fit @ 1..) = u32::try_from(fit) {
                    assert_eq!(too_many(fit, objective, allowed), None);
                    assert!(too_many(fit + 1, objective, allowed).is_some());
                }
            }
        }
    }

    #[test]
    fn a_worker_fits_here() {
        assert!(check(1, true).is_ok());
    }
}
