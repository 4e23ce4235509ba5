//! The figures of all cases, side by side.

use rush_benches::{Cell, Report, Spread, Subject, Table, Turn};

use crate::case::Case;

/// All turns of one subject in one case.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) subject: Subject,
    pub(crate) turns: Vec<Turn>,
}

impl Series {
    pub(crate) fn new(subject: Subject) -> Self {
        Self { subject, turns: Vec::new() }
    }

    /// A figure beside that of a reference in the same round.
    pub(crate) fn against(&self, reference: &Self, figure: impl Fn(&Turn, &Turn) -> f64) -> Spread {
        Turn::against(&self.turns, &reference.turns, figure)
    }
}

/// What the others of a case are compared with: the twin, or else whoever was named first; and the floor, if it was measured.
pub(crate) fn references(all: &[Series]) -> (Option<&Series>, Option<&Series>) {
    let floor = all.iter().find(|series| series.subject.is_floor());
    let twin = all.iter().find(|series| series.subject.is_twin());
    (twin.or_else(|| all.iter().find(|series| !series.subject.is_floor())), floor)
}

/// Who stands where the twin is named, if somebody else does.
pub(crate) fn instead_of_the_twin(measured: &[(Case, Vec<Series>)]) -> Option<&Subject> {
    let (_, all) = measured.first()?;
    let (reference, _) = references(all);
    reference.map(|series| &series.subject).filter(|subject| !subject.is_twin())
}

pub(crate) fn table(measured: &[(Case, Vec<Series>)]) -> Table {
    let labels = ["workers", "processes", "over", "farther by", "trips", "subject"];
    let mut table = Table::new("The loop", &labels)
        .column("tasks/s", 0)
        .column("of the twin", 2)
        .column("of the floor", 2)
        .column("host µs/task", 1)
        .column("more than the twin", 1)
        .column("Redis µs/task", 1)
        .column("Redis, of the floor's", 2)
        .column("PING p50 µs", 0);
    for (case, all) in measured {
        for series in all {
            let labels = case.labels().into_iter().chain([series.subject.to_string()]);
            table.push(labels, cells(series, all));
        }
    }
    table
}

fn cells(series: &Series, all: &[Series]) -> Vec<Cell> {
    let (twin, floor) = references(all);
    let beside = |reference: Option<&Series>, figure: fn(&Turn, &Turn) -> f64| {
        let reference = reference.filter(|reference| reference.subject != series.subject);
        // The floor is a bound for others; what it is beside them says nothing of it.
        let reference = reference.filter(|_| !series.subject.is_floor());
        Cell::from(reference.map(|reference| series.against(reference, figure)))
    };
    let own = |figure: fn(&Turn) -> f64| Cell::from(Spread::over(&series.turns, figure));
    vec![
        own(|turn| turn.tasks_per_second),
        beside(twin, Turn::rate_of),
        beside(floor, Turn::rate_of),
        own(|turn| turn.host_micros),
        beside(twin, Turn::host_micros_more_than),
        own(|turn| turn.redis_micros),
        beside(floor, Turn::redis_of),
        own(|turn| turn.ping_micros),
    ]
}

/// A line for each subject of each case: which threads were busy.
pub(crate) fn tell_threads(measured: &[(Case, Vec<Series>)], report: &mut Report) {
    for (case, all) in measured {
        for Series { subject, turns } in all {
            let busy = threads(turns).into_iter().filter(|(_, micros)| *micros >= 0.05);
            let busy: Vec<_> = busy.map(|(name, micros)| format!("{name} {micros:.1}")).collect();
            report.note(format!("{case}, {subject}: {} µs/task", busy.join(", ")));
        }
    }
}

/// The median of each thread's share, the most busy first.
fn threads(turns: &[Turn]) -> Vec<(String, f64)> {
    let mut names: Vec<&String> = turns.iter().flat_map(|turn| &turn.threads).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let used = |turn: &Turn, wanted: &String| {
        turn.threads.iter().find(|(name, _)| name == wanted).map_or(0.0, |(_, micros)| *micros)
    };
    let median = |name: &String| Spread::over(turns, |turn| used(turn, name)).median;
    let mut threads: Vec<_> = names.into_iter().map(|name| (name.clone(), median(name))).collect();
    threads.sort_by(|a, b| b.1.total_cmp(&a.1));
    threads
}
