//! What does the loop cost as a WebAssembly worker, against a native twin and against the wire floor?
//!
//! Real `rush-host worker` processes, the twin and the floor take turns on one Redis (A B A B). In each turn the processes start, warm up, and
//! are then looked at twice, a window apart: finished tasks, their time on the processor, and that of Redis. So starting and
//! ending are in no figure.

mod arguments;
mod bed;
mod case;
mod claims;
mod figures;

use clap::Parser as _;
use rush_benches::{Machine, Report, Result, Transport, print_line};

use crate::{
    arguments::Arguments,
    bed::Beds,
    case::{Case, Plan},
    figures::Series,
};

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let plans = arguments.plans();
    let mut beds = Beds::default();
    let machine = Machine::look(beds.server(Transport::Unix)?)?;
    print_line(machine.to_string());
    let mut measured = Vec::new();
    for plan in &plans {
        measured.push(measure(&mut beds, plan)?);
    }
    let mut report = Report::new("loop", machine);
    report.setting("rounds", range(plans.iter().map(|plan| u64::from(plan.rounds))));
    report.setting("window ms", range(plans.iter().map(|plan| millis(plan.window.length))));
    report.setting("warm-up ms", range(plans.iter().map(|plan| millis(plan.window.warm_up))));
    report.table(figures::table(&measured));
    claims::judge(&measured, &mut report);
    report.note("The floor sends the commands of at most 64 workers in one piece.");
    if let Some(reference) = figures::instead_of_the_twin(&measured) {
        report
            .note(format!("The twin was not measured: where it is named, {reference} stands in its place."));
    }
    if arguments.threads {
        figures::tell_threads(&measured, &mut report);
    }
    report.finish(&arguments.output)
}

/// All turns of one case, the subjects one after the other in each round.
fn measure(beds: &mut Beds, plan: &Plan) -> Result<(Case, Vec<Series>)> {
    let case = plan.case;
    let mut all: Vec<Series> = plan.subjects.iter().cloned().map(Series::new).collect();
    for round in 1..=plan.rounds {
        for series in &mut all {
            let turn = beds.turn(&series.subject, case, plan.window)?;
            print_line(format!(
                "{case}, round {round} of {}, {}: {}",
                plan.rounds,
                series.subject,
                turn.line()
            ));
            series.turns.push(turn);
        }
    }
    Ok((case, all))
}

/// One figure, or the least and the greatest.
fn range(figures: impl Iterator<Item = u64> + Clone) -> String {
    match (figures.clone().min(), figures.max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (least, _) => least.unwrap_or_default().to_string(),
    }
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
