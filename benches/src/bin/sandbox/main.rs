//! What does the sandbox of an objective cost: an evaluation, in each isolation, and what is computed in it?
//!
//! References, in the same rounds: a ping-pong of the same bytes between two processes over a socketpair, and the same code natively.

mod evaluations;
mod isolated;
mod kernels;
mod ping_pong;

use clap::Parser;
use rush_benches::{Native, OutputArguments, Report, Result};

/// Measures sandboxes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Turns of each
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// Evaluations of a two-parameter function, in each round
    #[arg(long, default_value_t = 20_000)]
    times: u32,
    #[command(flatten)]
    output: OutputArguments,
    /// Answer as the other process of the ping-pong does
    #[arg(long, hide = true, num_args = 2)]
    answer: Option<Vec<usize>>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(sizes) = arguments.answer {
        return ping_pong::answer(&sizes);
    }
    let (native, machine) = Native::start()?;
    let evaluations = evaluations::measure(&native, arguments.rounds, arguments.times)?;
    let kernels = kernels::measure(&native, arguments.rounds)?;
    let mut report = Report::new("sandbox", machine);
    report.setting("rounds", arguments.rounds);
    report.setting("evaluations a round", arguments.times);
    evaluations.tell(&mut report);
    kernels::tell(&kernels, &mut report);
    report.note("Kernels: the same source, built with `-O3`, natively for the baseline of this processor's kind and as a guest with `simd128`.");
    report.finish(&arguments.output)
}
