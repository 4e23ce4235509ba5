//! What does it cost to look at what others have finished: all of it, what is new, and handing it to a guest?
//!
//! The wire floor of reading all is HMGET of the same hashes whose replies nobody decodes; what is new stands beside PING by the same
//! client. The guest is `tests/guests/examples/columns.rs`, run in this process by `rush_runtime`.

mod floor;
mod hand_over;
mod look;
mod memory;

use std::time::Duration;

use clap::Parser;
use rush_benches::{Native, OutputArguments, Report, Result, fill_finished};
use rush_network::{Fields, fields};

/// Measures fetching.
#[derive(Debug, Parser)]
struct Arguments {
    /// Finished tasks of two parameters and one result
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000])]
    tasks: Vec<u32>,
    /// Whose ids stand in them; 0: nobody's, as if they had been pushed as finished
    #[arg(long, default_value_t = 64)]
    workers: u32,
    /// Turns of each; fewer where there are very many tasks
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Tasks that are finished and fetched one by one in each round, and a tenth as often many at once
    #[arg(long, default_value_t = 300)]
    news: u32,
    /// How many that is
    #[arg(long, default_value_t = 100)]
    at_once: u32,
    /// How often a guest asks for the columns of 10,000 tasks, in each round
    #[arg(long, default_value_t = 50)]
    times: u32,
    #[command(flatten)]
    output: OutputArguments,
    /// Fetches all finished tasks, and says what that takes: what the bench starts itself for
    #[arg(long, hide = true)]
    hold: bool,
}

const NETWORK: &str = "fetch";
/// So many tasks are read cold at most, if that leaves [`FEWEST`] rounds.
const COLD: u32 = 2_000_000;
const FEWEST: u32 = 3;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.hold {
        return memory::hold();
    }
    let (mut native, machine) = Native::start()?;
    let mut report = Report::new("fetch", machine);
    report.setting("rounds", arguments.rounds);
    let mut tables = look::Tables::new(arguments.at_once);
    for &tasks in &arguments.tasks {
        native.server.clear()?;
        fill_finished(&native.server, NETWORK, 0..tasks, arguments.workers, point)?;
        let rounds = arguments.rounds.min((COLD / tasks.max(1)).max(FEWEST));
        if rounds < arguments.rounds {
            report.setting(&format!("with {tasks} tasks"), rounds);
        }
        let held = memory::measure(&native, tasks)?;
        let rounds = look::rounds(&mut native, &arguments, tasks, rounds)?;
        tables.add(tasks, &rounds, held, &mut report);
    }
    tables.finish(&mut report);
    report.note("R rush takes 5,100 ms for 100,000 cold and 6 ms for one new (recorded on this kind of machine, not in this run).");
    hand_over::measure(&mut native, &arguments, &mut report)?;
    report.finish(&arguments.output)
}

fn point(index: u32) -> Fields {
    fields! { "x1" => f64::from(index), "x2" => 7.5 }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
