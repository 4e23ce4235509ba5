//! What does a large network cost: many tasks, and many workers?
//!
//! 1. *growth*: 64 workers while the finished tasks of one network grow to a million. What a task costs must not depend on how many
//!    there have been. As WebAssembly workers and as the native twin, in turns, each from an empty Redis.
//! 2. *adbo*: a thousand workers of a simulated Bayesian optimisation, whose objective sleeps. What of their time they do not sleep
//!    is what this system takes from them.

mod adbo;
mod growth;
mod naps;

use clap::Parser;
use rush_benches::{Machine, OutputArguments, Report, Result, Server, print_line};

/// Measures what many tasks and many workers cost.
#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["growth", "adbo"])]
    parts: Vec<Part>,
    /// Turns of each
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    #[command(flatten)]
    growth: growth::GrowthArguments,
    #[command(flatten)]
    adbo: adbo::AdboArguments,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Finished tasks grow
    Growth,
    /// Many workers whose objective sleeps
    Adbo,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut server = Server::start()?;
    let machine = Machine::look(&mut server)?;
    print_line(machine.to_string());
    let mut report = Report::new("scale", machine);
    report.setting("rounds", arguments.rounds);
    if arguments.parts.contains(&Part::Growth) {
        growth::measure(&mut server, &arguments.growth, arguments.rounds, &mut report)?;
    }
    if arguments.parts.contains(&Part::Adbo) {
        adbo::measure(&mut server, &arguments.adbo, arguments.rounds, &mut report)?;
    }
    report.finish(&arguments.output)
}
