//! `restart`: starts workers again that have ended.

use rush_launch::{Launch, can_be_restarted, local::Talk, signals::Interrupts};
use rush_network::{WorkerInfo, WorkerState};

use crate::{
    announcing,
    arguments::Restart,
    exit_code::ExitCode,
    failure::Failure,
    interruptible::undo,
    launching::{log_file, until_registered},
    print::talk,
    session::{self, Begin, Session},
    worker_ids,
};

pub(crate) async fn restart(arguments: Restart) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let chosen = choose(&session, &arguments.workers).await?;
    if chosen.is_empty() {
        talk::line(format_args!("No worker is to be started again"));
        return Ok(ExitCode::Ok);
    }
    again(&session, &chosen).await
}

/// Starts workers again that have ended, detached, on this machine or wherever the run file says.
pub(crate) async fn again(session: &Session, chosen: &[WorkerInfo]) -> Result<ExitCode, Failure> {
    let program = session::this_program()?;
    let log = log_file(session)?;
    let launch = Launch::new(session, &program)?.detached().talk(Talk::Log(log.clone())).debug(true);
    if session.network.running_workers().await?.is_empty() {
        session.network.begin_run().await?;
    }
    let mut interrupts = Interrupts::listen().map_err(Failure::internal)?;
    let mut launched = launch.nothing();
    tokio::select! {
        begun = launch.restart(chosen, &mut launched) => {
            if let Err(error) = begun {
                launched.give_up(&session.network).await;
                return Err(error.into());
            }
        }
        interrupt = interrupts.next() => {
            let ends = async {
                launch.abandon().await;
                launched.give_up(&session.network).await;
            };
            return Ok(undo(interrupt, &mut interrupts, ends).await);
        }
    }
    announcing::submitted(&launched);
    tokio::select! {
        arrived = until_registered(session, &mut launched, &log) => {
            announcing::arrived(session, &launched, &arrived?, " again", &log);
        }
        interrupt = interrupts.next() => {
            return Ok(undo(interrupt, &mut interrupts, launched.give_up(&session.network)).await);
        }
    }
    Ok(ExitCode::Ok)
}

/// Those that have ended, each once. Others are warned about and skipped.
async fn choose(session: &Session, named: &[String]) -> Result<Vec<WorkerInfo>, Failure> {
    let ids = worker_ids::each_once(named)?;
    let mut known = session.network.workers_of(&ids).await?;
    for id in &ids {
        let why = match known.iter().find(|worker| worker.id == *id) {
            None => "is unknown",
            Some(worker) if worker.state == WorkerState::Running => "is running",
            Some(worker) if !can_be_restarted(worker) => "was not started by rush-host",
            Some(_) => continue,
        };
        talk::warning(format_args!("worker `{id}` {why}, so it is skipped"));
    }
    known.retain(|worker| worker.state != WorkerState::Running && can_be_restarted(worker));
    Ok(known)
}
