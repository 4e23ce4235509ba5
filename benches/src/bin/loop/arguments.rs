//! What is asked for: the cases of the claims, or some of one's own.

use std::time::Duration;

use clap::Parser;
use rush_benches::{OutputArguments, Subject, Transport, Window};

use crate::case::{self, Case, Plan};

/// Measures the loop as WebAssembly against a native twin and the wire floor.
///
/// Without any of the options that describe a case: the cases of the claims and their neighbours.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// A case of one's own: numbers of workers
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    workers: Vec<u32>,
    /// … in so many host processes; a case with fewer workers than these is left out
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    processes: Vec<u32>,
    /// … reached over
    #[arg(long, value_delimiter = ',')]
    transport: Vec<Transport>,
    /// … with a round trip of so many microseconds added
    #[arg(long, value_delimiter = ',', value_name = "MICROSECONDS")]
    round_trip: Vec<u64>,
    /// … in so many round trips a task: 2 (push-running, finish) or 1 (finish-and-push-running)
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u8).range(1..=2))]
    trips: Vec<u8>,
    /// What is measured: `floor`, `twin`, `twin:pulse`, `wasm`, `twin=PATH of a native_twin`, `wasm=PATH of a rush-host`, each perhaps
    /// with `@THREADS`. Compared with the twin and the floor, if they are among them, else with the first one
    #[arg(long, value_delimiter = ',')]
    subjects: Vec<Subject>,
    /// Turns of each subject, in each case
    #[arg(long)]
    rounds: Option<u32>,
    /// What is measured of each turn, in milliseconds
    #[arg(long, value_name = "MS")]
    window: Option<u64>,
    /// What is left out before, in milliseconds
    #[arg(long, value_name = "MS")]
    warm_up: Option<u64>,
    /// Also say which threads were busy
    #[arg(long)]
    pub(crate) threads: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

impl Arguments {
    /// What is to be measured, in this order.
    pub(crate) fn plans(&self) -> Vec<Plan> {
        let mut plans = if self.has_cases() { self.own() } else { case::defaults() };
        for plan in &mut plans {
            if !self.subjects.is_empty() {
                plan.subjects.clone_from(&self.subjects);
            }
            plan.rounds = self.rounds.unwrap_or(plan.rounds);
            let Window { warm_up, length } = &mut plan.window;
            *warm_up = self.warm_up.map_or(*warm_up, Duration::from_millis);
            *length = self.window.map_or(*length, Duration::from_millis);
        }
        plans
    }

    fn has_cases(&self) -> bool {
        let Self { workers, processes, transport, round_trip, trips, .. } = self;
        !(workers.is_empty()
            && processes.is_empty()
            && transport.is_empty()
            && round_trip.is_empty()
            && trips.is_empty())
    }

    /// Everything with everything; what was not said is as in the first claim.
    fn own(&self) -> Vec<Plan> {
        let mut cases = vec![Case::default()];
        each(&mut cases, &self.trips, |case, trips| Case { trips, ..case });
        each(&mut cases, &self.round_trip, |case, micros| Case {
            round_trip: Duration::from_micros(micros),
            ..case
        });
        each(&mut cases, &self.transport, |case, transport| Case { transport, ..case });
        each(&mut cases, &self.processes, |case, processes| Case { processes, ..case });
        each(&mut cases, &self.workers, |case, workers| Case { workers, ..case });
        cases.retain(|case| case.processes <= case.workers);
        cases.into_iter().map(Plan::of_a_claim).collect()
    }
}

/// Each case with each of these values.
fn each<T: Copy>(cases: &mut Vec<Case>, values: &[T], with: impl Fn(Case, T) -> Case) {
    if !values.is_empty() {
        *cases = cases.iter().flat_map(|case| values.iter().map(|value| with(*case, *value))).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans(arguments: &[&str]) -> Vec<Plan> {
        Arguments::parse_from([&["loop"], arguments].concat()).plans()
    }

    #[test]
    fn cases_of_ones_own_are_everything_with_everything() {
        let plans = plans(&["--workers", "1,64", "--trips", "2,1", "--round-trip", "1000"]);
        let cases: Vec<_> = plans.iter().map(|plan| (plan.case.trips, plan.case.workers)).collect();
        assert_eq!(cases, [(2, 1), (2, 64), (1, 1), (1, 64)]);
        assert!(plans.iter().all(|plan| plan.case.round_trip == Duration::from_millis(1)));
        assert!(plans.iter().all(|plan| plan.case.transport == Transport::Unix && plan.case.processes == 1));
    }

    #[test]
    fn no_process_is_without_workers() {
        let plans = plans(&["--workers", "1,2", "--processes", "1,2"]);
        let cases: Vec<_> = plans.iter().map(|plan| (plan.case.processes, plan.case.workers)).collect();
        assert_eq!(cases, [(1, 1), (1, 2), (2, 2)]);
    }

    #[test]
    fn rounds_and_subjects_do_not_make_a_case() {
        let plans = plans(&["--rounds", "1", "--subjects", "wasm=/tmp/before,wasm"]);
        assert_eq!(plans.len(), case::defaults().len());
        assert!(plans.iter().all(|plan| plan.rounds == 1 && plan.subjects.len() == 2));
    }
}
