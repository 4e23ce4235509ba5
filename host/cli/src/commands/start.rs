//! `start`: starts workers and returns as soon as they are registered.

use rush_launch::{Launch, local::Talk};

use crate::{
    arguments::Start,
    commands::reset,
    component_file::ComponentFile,
    exit_code::ExitCode,
    failure::Failure,
    launching::{self, log_file, until_registered},
    print::{talk, text},
    session::{self, Begin},
};

pub(crate) async fn start(arguments: Start) -> Result<ExitCode, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    let component = ComponentFile::read(&run_file)?;
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
    let count = arguments.workers.unwrap_or(session.run_file.workers.count);
    let mut launched = launching::start(&session, &component, &launch, count).await?;
    until_registered(&session, &mut launched, &log).await?;
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
