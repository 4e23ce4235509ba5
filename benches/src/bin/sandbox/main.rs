//! What does the sandbox of an objective cost: an evaluation, in each isolation, and what is computed in it?
//!
//! References, in the same rounds: a ping-pong of the same bytes between two processes over a socketpair, and the same code natively.

mod evaluations;
mod isolated;
mod kernels;
mod ping_pong;

use clap::Parser;
use rush_benches::{Machine, Native, Result, print_json, print_line};
use serde::Serialize;

use crate::{evaluations::Evaluations, kernels::KernelRow};

/// Measures sandboxes.
#[derive(Debug, Parser)]
struct Arguments {
    /// Turns of each
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// Evaluations of a two-parameter function, in each round
    #[arg(long, default_value_t = 20_000)]
    times: u32,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Answer as the other process of the ping-pong does
    #[arg(long, hide = true, num_args = 2)]
    answer: Option<Vec<usize>>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    evaluations: Evaluations,
    kernels: Vec<KernelRow>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(sizes) = arguments.answer {
        return ping_pong::answer(&sizes);
    }
    let (native, machine) = Native::start()?;
    let evaluations = evaluations::measure(&native, arguments.rounds, arguments.times)?;
    let kernels = kernels::measure(&native, arguments.rounds)?;
    let report = Report { machine, rounds: arguments.rounds, evaluations, kernels };
    if arguments.json {
        return print_json(&report);
    }
    report.evaluations.print();
    print_line("");
    kernels::print(&report.kernels);
    Ok(())
}
