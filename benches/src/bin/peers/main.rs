//! What would users pick instead? Ours beside R rush, Optuna with Redis as its storage, and RQ.
//!
//! All take turns on one Redis over TCP, which all of them speak, each alone in it. Ours and R rush run until they are told to
//! end, and are looked at twice; Optuna and RQ are given a number of trials and jobs, because what one costs depends on how many
//! there are. Starting, connecting and ending are in no figure.

mod peer;
mod reading;
mod script;
mod summary;
mod turn;
mod used;

use std::time::Duration;

use clap::Parser;
use rush_benches::{
    Failure, Machine, Native, OutputArguments, Result, Server, Transport, Window, print_line,
};
use tokio::runtime::Builder;

use crate::{
    peer::{Peer, r_rush},
    summary::{Readings, Series},
};

/// Measures what users would pick instead.
#[derive(Debug, Parser)]
struct Arguments {
    /// Who takes turns; ours always does
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["r-rush", "optuna", "rq-simple", "rq-fork"])]
    peers: Vec<Peer>,
    /// Numbers of workers
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4], value_parser = clap::value_parser!(u32).range(1..))]
    workers: Vec<u32>,
    /// Turns of each
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// What is measured of each turn of ours and of R rush, in milliseconds
    #[arg(long, default_value_t = 1_500, value_name = "MS")]
    window: u64,
    /// What is left out before, in milliseconds
    #[arg(long, default_value_t = 500, value_name = "MS")]
    warm_up: u64,
    /// Trials of Optuna in each turn, by all workers together; and finished tasks that are read
    #[arg(long, default_value_t = 1_000)]
    tasks: u32,
    /// Jobs of RQ in each turn
    #[arg(long, default_value_t = 400)]
    jobs: u32,
    #[command(flatten)]
    output: OutputArguments,
}

impl Arguments {
    fn window(&self) -> Window {
        Window { warm_up: Duration::from_millis(self.warm_up), length: Duration::from_millis(self.window) }
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut server = Server::start_on(Transport::Tcp)?;
    let machine = Machine::look(&mut server)?;
    print_line(machine.to_string());
    let runtime = Builder::new_multi_thread().enable_all().build();
    let mut native = Native { server, runtime: runtime.map_err(Failure::system("start a runtime"))? };

    let r_rush = arguments.peers.contains(&Peer::RRush).then(r_rush);
    let takes_part = |peer: &Peer| match peer {
        Peer::RushHost => false, // is there already
        Peer::RRush => matches!(r_rush, Some(Ok(_))),
        _ => true,
    };
    let mut peers = vec![Peer::RushHost];
    peers.extend(arguments.peers.iter().copied().filter(takes_part));

    let mut series = Vec::new();
    for &workers in &arguments.workers {
        let mut turns: Vec<_> =
            peers.iter().map(|&peer| Series { peer, workers, turns: Vec::new() }).collect();
        for round in 1..=arguments.rounds {
            for Series { peer, turns, .. } in &mut turns {
                let turn = turn::turn(&mut native.server, &arguments, *peer, workers)?;
                print_line(format!(
                    "{workers} workers, round {round} of {}, {peer}: {:.0} tasks/s, {:.0} µs of the workers and {:.0} µs of Redis a task",
                    arguments.rounds, turn.tasks_per_second, turn.worker_micros, turn.redis_micros
                ));
                turns.push(turn);
            }
        }
        series.append(&mut turns);
    }
    let mut readings: Vec<_> =
        peers.iter().map(|&peer| Readings { peer, milliseconds: Vec::new() }).collect();
    for round in 1..=arguments.rounds {
        for Readings { peer, milliseconds } in &mut readings {
            let Some(read) = reading::reading(&mut native, *peer, arguments.tasks)? else { continue };
            print_line(format!(
                "reading {} finished tasks, round {round} of {}, {peer}: {read:.1} ms",
                arguments.tasks, arguments.rounds
            ));
            milliseconds.push(read);
        }
    }
    summary::report(&arguments, machine, r_rush, &series, &readings).finish(&arguments.output)
}
