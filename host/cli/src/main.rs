//! The `rush-host` program: see `README.md` for users, `ARCHITECTURE.md` for the map.

mod announcing;
mod arguments;
mod building;
mod commands;
mod compiler;
mod component_data;
mod components;
mod description;
mod environment;
mod exit_code;
mod failure;
mod folders;
mod host_process;
mod how_to_run;
mod in_force;
mod interruptible;
mod last_look;
mod launching;
mod manager;
mod pending;
mod print;
mod session;
mod silence;
mod task_rows;
mod whole_file;
mod withdrawing;
mod worker_ids;
mod writable;

use std::{io::IsTerminal as _, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::{Arguments, Command},
    failure::Failure,
    print::talk,
};

/// Every call of a guest allocates and frees some kilobytes, on whichever thread it happens to run.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(matches!(&arguments.command, Command::Worker(worker) if worker.detached));
    let done = match arguments.command {
        // Keepers leave the terminal and close what they inherit, so nothing may be started before.
        Command::Keeper { arguments } => return rush_launch::private_redis::keeper::main(arguments),
        Command::Worker(worker) => commands::worker::worker(*worker),
        // These confine themselves, which takes a process without threads.
        Command::Evaluator => {
            rush_runtime::serve_evaluations().map(|()| exit_code::ExitCode::Ok).map_err(child)
        }
        Command::Compile { .. } => {
            rush_runtime::compile_in_child().map(|()| exit_code::ExitCode::Ok).map_err(child)
        }
        other => manage(other),
    };
    match done {
        Ok(code) => code.into(),
        Err(Failure { code, report }) => {
            talk::failure(&report);
            code.into()
        }
    }
}

/// What went wrong in a child, for the process that started it.
fn child(error: impl std::fmt::Display) -> Failure {
    Failure::new(exit_code::ExitCode::Component, error.to_string())
}

/// Everything but carrying workers happens on one thread.
fn manage(command: Command) -> Result<exit_code::ExitCode, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::internal)?;
    let done = runtime.block_on(async {
        match command {
            Command::Run(arguments) => Box::pin(commands::run::run(arguments)).await,
            Command::Start(arguments) => Box::pin(commands::start::start(arguments)).await,
            Command::Script(arguments) => commands::script::script(arguments).await,
            Command::Restart(arguments) => commands::restart::restart(arguments).await,
            Command::Status(arguments) => commands::status::status(arguments).await,
            Command::Workers(arguments) => commands::workers::workers(arguments).await,
            Command::Tasks(arguments) => commands::tasks::tasks(arguments).await,
            Command::Push(arguments) => commands::push::push(arguments).await,
            Command::Log(arguments) => commands::log::log(arguments).await,
            Command::Wait(arguments) => commands::wait::wait(arguments).await,
            Command::EmptyQueue(arguments) => commands::empty_queue::empty_queue(arguments).await,
            Command::Cancel(arguments) => commands::cancel::cancel(arguments).await,
            Command::Stop(arguments) => commands::stop::stop(arguments).await,
            Command::DetectLost(arguments) => commands::detect_lost::detect_lost(arguments).await,
            Command::Reset(arguments) => commands::reset::reset(arguments).await,
            Command::Build(arguments) => commands::build::build(arguments).await,
            Command::Check(arguments) => commands::check::check(arguments).await,
            Command::Schema => {
                talk::data(&rush_run_file::schema());
                Ok(exit_code::ExitCode::Ok)
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Arguments::command(), "rush-host", &mut script);
                talk::data(&String::from_utf8_lossy(&script));
                Ok(exit_code::ExitCode::Ok)
            }
            Command::Man { command } => commands::man::man(command.as_deref()),
            Command::New(arguments) => commands::new::new(&arguments),
            Command::Eval(arguments) => commands::eval::eval(arguments).await,
            Command::Keeper { .. } | Command::Worker(_) | Command::Evaluator | Command::Compile { .. } => {
                Err(Failure::internal("this command has a main of its own"))
            }
        }
    });
    // A private Redis that is still starting, or a component that is still compiling, does not hold up an interrupt.
    runtime.shutdown_background();
    done
}

/// Warnings. What the client of Kubernetes says about a request that has failed, we say ourselves.
const LOGGED: &str = "warn,kube_client=off";

/// What the program says about itself, to standard error: warnings, or what `RUSH_LOG` asks for.
fn start_log(with_time: bool) {
    let wanted = environment::get(environment::RUSH_LOG).unwrap_or_else(|| LOGGED.to_owned());
    let filter = EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
        talk::warning(format_args!("{}={wanted} is not understood: {error}", environment::RUSH_LOG));
        EnvFilter::new(LOGGED)
    });
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && environment::get(environment::NO_COLOR).is_none())
        // Whoever listened may be gone (a killed manager); to complain about that on standard error would be a panic.
        .log_internal_errors(false)
        .with_target(false);
    // Into a log that others append to, or to people, who know what time it is.
    if with_time { log.init() } else { log.without_time().init() }
}
