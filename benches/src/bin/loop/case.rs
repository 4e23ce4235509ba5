//! What is measured, and how long.

use std::{fmt, time::Duration};

use rush_benches::{Subject, Transport, Window, Work};

/// Under which circumstances workers work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) workers: u32,
    /// Which carry them.
    pub(crate) processes: u32,
    pub(crate) transport: Transport,
    /// What a proxy adds to each trip.
    pub(crate) round_trip: Duration,
    /// A task's.
    pub(crate) trips: u8,
}

/// One worker that has the machine for itself.
impl Default for Case {
    fn default() -> Self {
        Self { workers: 1, processes: 1, transport: Transport::Unix, round_trip: Duration::ZERO, trips: 2 }
    }
}

impl Case {
    /// The same in as many host processes as there are cores.
    pub(crate) fn as_run(self) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { processes: u32::try_from(cores).unwrap_or(1), ..self }
    }

    pub(crate) fn work(&self) -> Work {
        if self.trips == 1 { Work::OneTrip } else { Work::TwoTrips }
    }

    /// Workers, processes, transport, added round trip, trips.
    pub(crate) fn labels(&self) -> [String; 5] {
        let round_trip =
            if self.round_trip.is_zero() { String::new() } else { format!("{:?}", self.round_trip) };
        [
            self.workers.to_string(),
            self.processes.to_string(),
            self.transport.name().to_owned(),
            round_trip,
            self.trips.to_string(),
        ]
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workers, processes, transport, round_trip, trips } = self;
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(formatter, "{workers} worker{}, {}", plural(*workers), transport.name())?;
        if *processes > 1 {
            write!(formatter, ", {processes} processes")?;
        }
        if !round_trip.is_zero() {
            write!(formatter, " + {round_trip:?}")?;
        }
        write!(formatter, ", {trips} trip{}", plural((*trips).into()))
    }
}

/// How one case is measured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) case: Case,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) rounds: u32,
    pub(crate) window: Window,
}

const WARM_UP: Duration = Duration::from_millis(200);

impl Plan {
    /// One whose figures are judged.
    pub(crate) fn of_a_claim(case: Case) -> Self {
        Self::new(case, 7, 1_000)
    }

    /// One that is to show where the claims hold, too.
    fn beside(case: Case) -> Self {
        Self::new(case, 3, 500)
    }

    fn new(case: Case, rounds: u32, window_ms: u64) -> Self {
        let subjects = ["floor", "twin", "wasm"].map(|text| text.parse().expect("each is a subject"));
        let window = Window { warm_up: WARM_UP, length: Duration::from_millis(window_ms) };
        Self { case, subjects: subjects.into(), rounds, window }
    }
}

/// Within about three minutes: the cases of the claims, and one step from them in each direction.
pub(crate) fn defaults() -> Vec<Plan> {
    let one = Case::default();
    let many = Case { workers: 64, ..one };
    let far = Duration::from_millis(1);
    let mut plans = vec![
        Plan::of_a_claim(one),
        Plan::beside(Case { workers: 8, ..one }),
        Plan::of_a_claim(many),
        Plan::beside(Case { workers: 512, ..one }),
    ];
    for case in [one, many] {
        plans.push(Plan::beside(Case { trips: 1, ..case }));
    }
    plans.push(Plan::of_a_claim(many.as_run()));
    for case in [one, many] {
        plans.push(Plan::beside(Case { transport: Transport::Tcp, ..case }));
    }
    for trips in [2, 1] {
        for case in [one, many] {
            plans.push(Plan::beside(Case { round_trip: far, trips, ..case }));
        }
    }
    plans
}
