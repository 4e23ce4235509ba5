//! `start`: starts workers and returns as soon as they are registered.

use std::path::PathBuf;

use rush_launch::{Launch, Launched, Role, local::Talk, signals::Interrupts};

use crate::{
    arguments::Start,
    building,
    commands::reset,
    components::{self, Components},
    exit_code::ExitCode,
    failure::Failure,
    interruptible::interrupted,
    launching::{self, log_file, until_registered},
    print::{talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn start(arguments: Start) -> Result<ExitCode, Failure> {
    let mut interrupts = Interrupts::listen().map_err(Failure::internal)?;
    // Processes are started in one step at the end of this: until then there is nothing that would have to be ended.
    let begun = tokio::select! {
        begun = begin(&arguments) => begun?,
        interrupt = interrupts.next() => return Ok(interrupted(interrupt, "no worker was started")),
    };
    let Begun { session, mut launched, log, count } = begun;
    tokio::select! {
        registered = until_registered(&session, &mut launched, &log) => registered?,
        interrupt = interrupts.next() => {
            launched.give_up(&session.network).await;
            return Ok(interrupted(interrupt, "what had been started ends"));
        }
    }
    let run_file = session.run_file.path.display();
    talk::line(format_args!(
        "{} registered. What they say: {}",
        text::counted(count.into(), "worker"),
        log.display()
    ));
    talk::line(format_args!(
        "`rush-host status {run_file}` shows where they are, `rush-host stop {run_file}` ends them"
    ));
    Ok(ExitCode::Ok)
}

/// Workers that are starting.
struct Begun {
    session: Session,
    launched: Launched,
    log: PathBuf,
    count: u32,
}

async fn begin(arguments: &Start) -> Result<Begun, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    if arguments.first.build {
        building::build(&run_file, &Role::ALL).await?;
    }
    let components = Components::read(&run_file)?;
    let session = session::connect(run_file, &source, Begin::Yes).await?;
    let program = session::this_program()?;
    let log = log_file(&session)?;
    let launch = Launch::new(&session, &program)?.detached().talk(Talk::Log(log.clone())).debug(true);
    if arguments.fresh {
        reset::network(&session).await?;
    }
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    // Workers that had to compile would perhaps not be there in time.
    let components = components::compile(|| components.compile_ahead().map(|()| components)).await?;
    let count = arguments.workers.unwrap_or(session.run_file.workers.count);
    let launched = launching::start(&session, &components, &launch, count).await?;
    Ok(Begun { session, launched, log, count })
}
