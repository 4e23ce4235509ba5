//! What does a queue cost: pushing many tasks in one call, popping and finishing them, and waking a worker that waits for one?
//!
//! Pushing and waking are measured natively, on `rush_network`: what guests ask for is the same calls. References are the wire floor (the
//! same keys and bytes, written without scripts and without checks), a native twin of the WebAssembly worker, and PING.

mod push;
mod wake;
mod work;

use clap::Parser;
use rush_benches::{Native, OutputArguments, Report, Result, Subject};
use rush_network::{Fields, fields};

/// Measures the queue.
#[derive(Debug, Parser)]
struct Arguments {
    /// Tasks pushed in one call
    #[arg(long, default_value_t = 10_000)]
    tasks: u32,
    /// Turns of each
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Numbers of workers that pop and finish
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64, 512])]
    workers: Vec<u32>,
    /// What pops and finishes, in turns: `floor`, `twin`, `wasm`, as in the bench `loop`
    #[arg(long, value_delimiter = ',', default_values = ["floor", "twin", "wasm"])]
    subjects: Vec<Subject>,
    /// What is measured of each turn of workers, in milliseconds
    #[arg(long, default_value_t = 1_000, value_name = "MS")]
    window: u64,
    /// What is left out before, in milliseconds
    #[arg(long, default_value_t = 300, value_name = "MS")]
    warm_up: u64,
    /// Tasks pushed one by one to a worker that waits, in each round
    #[arg(long, default_value_t = 500)]
    wakes: u32,
    #[command(flatten)]
    output: OutputArguments,
}

const NETWORK: &str = "queue";

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (mut native, machine) = Native::start()?;
    let mut report = Report::new("queue", machine);
    report.setting("rounds", arguments.rounds);
    report.setting("window", format_args!("{} ms", arguments.window));
    push::measure(&mut native, &arguments, &mut report)?;
    work::measure(&mut native.server, &arguments, &mut report)?;
    wake::measure(&mut native, &arguments, &mut report)?;
    report.finish(&arguments.output)
}

fn point(index: u32) -> Fields {
    fields! { "x1" => f64::from(index) * 0.001, "x2" => 7.5 }
}
