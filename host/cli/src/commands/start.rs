//! `start`: starts workers and returns as soon as they are registered, or wait in the queue of a batch system.

use std::path::PathBuf;

use rush_launch::{Launch, Launcher, Role, dry_run, local::Talk, signals::Interrupts};

use crate::{
    announcing,
    arguments::Start,
    building,
    commands::reset,
    components::{self, Components},
    exit_code::ExitCode,
    failure::Failure,
    interruptible::{interrupted, undo},
    launching::{self, log_file, until_registered},
    print::talk,
    session::{self, Begin, Session},
};

pub(crate) async fn start(arguments: Start) -> Result<ExitCode, Failure> {
    if arguments.dry_run {
        return show(&arguments).await;
    }
    let mut interrupts = Interrupts::listen().map_err(Failure::internal)?;
    // Nothing is begun yet that would have to be ended.
    let prepared = tokio::select! {
        prepared = prepare(&arguments) => prepared?,
        interrupt = interrupts.next() => return Ok(interrupted(interrupt, "no worker was started")),
    };
    let Prepared { session, components, log } = prepared;
    let program = session::this_program()?;
    let launch = Launch::new(&session, &program)?.detached().talk(Talk::Log(log.clone())).debug(true);
    let count = arguments.workers.unwrap_or(session.run_file.workers.count);
    let mut launched = tokio::select! {
        launched = launching::start(&session, &components, &launch, count) => launched?,
        interrupt = interrupts.next() => return Ok(undo(interrupt, &mut interrupts, launch.abandon()).await),
    };
    tokio::select! {
        arrived = until_registered(&session, &mut launched, &log) => {
            announcing::arrived(&session, &launched, &arrived?, "", &log);
        }
        interrupt = interrupts.next() => {
            return Ok(undo(interrupt, &mut interrupts, launched.give_up(&session.network)).await);
        }
    }
    announcing::next_steps(&session);
    Ok(ExitCode::Ok)
}

/// `--dry-run`: what would be started, as data.
async fn show(arguments: &Start) -> Result<ExitCode, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    if arguments.first.build {
        building::build(&run_file, &Role::ALL).await?;
    }
    let components = Components::read(&run_file)?;
    let count = arguments.workers.unwrap_or(run_file.workers.count);
    let program = session::this_program()?;
    talk::data(&dry_run(&run_file, &components.files, &source.location, &program, count)?);
    talk::line(format_args!("This is what `start` would do; nothing was started"));
    Ok(ExitCode::Ok)
}

/// Everything before the first worker.
struct Prepared {
    session: Session,
    components: Components,
    log: PathBuf,
}

async fn prepare(arguments: &Start) -> Result<Prepared, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    if arguments.first.build {
        building::build(&run_file, &Role::ALL).await?;
    }
    let components = Components::read(&run_file)?;
    let session = session::connect(run_file, &source, Begin::Yes).await?;
    // A launch that is refused should not have cost anything.
    Launcher::of(&session)?;
    let log = log_file(&session)?;
    if arguments.fresh {
        reset::network(&session).await?;
    }
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    // Workers that had to compile would perhaps not be there in time.
    let components = components::compile(|| components.compile_ahead().map(|()| components)).await?;
    Ok(Prepared { session, components, log })
}
