//! `stop`: asks workers to end, or ends them; those that have not begun never will.

use rush_launch::{kill, terminate, until_ended};
use rush_network::{Burial, WorkerId};

use crate::{
    arguments::Stop,
    exit_code::ExitCode,
    failure::Failure,
    interruptible::{Undone, interruptible},
    print::{talk, text},
    session::{self, Begin, Session},
    silence, withdrawing, worker_ids,
};

pub(crate) async fn stop(arguments: Stop) -> Result<ExitCode, Failure> {
    let undone = Undone::new("no worker was asked to end");
    interruptible(&undone, Box::pin(until_stopped(&arguments, &undone))).await
}

async fn until_stopped(arguments: &Stop, undone: &Undone) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    undone.set("not all that waits to begin is withdrawn");
    // First of all: afterwards nobody can begin who is not seen to run.
    let withdrawn = withdrawing::withdraw(&session, &arguments.workers).await?;
    // Who runs need not wait for a batch system.
    let ends = Box::pin(end_running(arguments, undone, &session, &withdrawn.workers));
    tokio::join!(ends, withdrawn.cancel(&session)).0
}

/// Ends those that run, or those of them that are named and need not only be withdrawn.
async fn end_running(
    arguments: &Stop,
    undone: &Undone,
    session: &Session,
    withdrawn: &[WorkerId],
) -> Result<ExitCode, Failure> {
    let network = &session.network;
    let named = !arguments.workers.is_empty();
    undone.set("no worker was asked to end");
    let running = network.running_workers().await?;
    forgo_restarts(session, &arguments.workers).await?;
    let chosen =
        if named { choose(session, &arguments.workers, &running, withdrawn).await? } else { running };
    if chosen.is_empty() {
        if withdrawn.is_empty() {
            talk::line(format_args!(
                "{} is running",
                if named { "None of these workers" } else { "No worker" }
            ));
        }
        return Ok(ExitCode::Ok);
    }
    if arguments.kill {
        undone.set("not all of the workers are killed");
        let killed = kill(network, &chosen).await?;
        talk::line(format_args!("Killed {}", text::counted(killed, "worker")));
        return Ok(ExitCode::Ok);
    }
    let silent = silence::silent(session, &chosen).await?;
    undone.set("not all of the workers are asked to end");
    let asked = terminate(network, &chosen).await?;
    undone.set("workers end after their task, and those left are not killed now");
    let whose = if asked == 1 { "its" } else { "their" };
    talk::line(format_args!("Asked {} to end after {whose} task", text::counted(asked, "worker")));
    if arguments.terminate {
        silence::tell(session, silent.len(), chosen.len());
        return Ok(ExitCode::Ok);
    }
    let (silent, alive): (Vec<WorkerId>, Vec<WorkerId>) =
        chosen.into_iter().partition(|worker| silent.contains(worker));
    let (ended, buried) = tokio::join!(end(session, &alive), bury(session, &silent));
    ended.and(buried).map(|()| ExitCode::Ok)
}

/// Who is lost, or whose time was up, and who waits to be started again is meant, too.
async fn forgo_restarts(session: &Session, named: &[String]) -> Result<(), Failure> {
    let mut waiting = session.network.workers().await?;
    waiting.retain(|worker| {
        worker.is_to_be_restarted()
            && (named.is_empty() || named.iter().any(|name| name.as_str() == worker.id.as_str()))
    });
    if !waiting.is_empty() {
        let ids: Vec<WorkerId> = waiting.into_iter().map(|worker| worker.id).collect();
        session.network.forgo_restarts(&ids).await?;
        let ended = text::counted(ids.len() as u64, "ended worker");
        talk::line(format_args!("{ended} will not be started again"));
    }
    Ok(())
}

/// Waits until these workers have ended, and kills those that do not in time.
async fn end(session: &Session, workers: &[WorkerId]) -> Result<(), Failure> {
    let left = until_ended(&session.network, workers, session.grace()).await?;
    if !left.is_empty() {
        let killed = kill(&session.network, &left).await?;
        talk::line(format_args!(
            "Killed {} that did not end within {}",
            text::counted(killed, "worker"),
            session.run_file.stop.grace
        ));
    }
    Ok(())
}

/// Declares workers lost that have no heartbeat, so that their tasks get what the run file has for those of the lost. Who is
/// heard again ends as all others do.
async fn bury(session: &Session, silent: &[WorkerId]) -> Result<(), Failure> {
    if silent.is_empty() {
        return Ok(());
    }
    let heartbeat = &session.run_file.heartbeat;
    let one = silent.len() == 1;
    talk::line(format_args!(
        "{} of them {} no heartbeat, and will be declared lost if it is still missing after `[heartbeat] expire`, {}",
        silent.len(),
        if one { "has" } else { "have" },
        heartbeat.expire
    ));
    let burials = session.network.detect_lost(heartbeat.period.as_std(), heartbeat.expire.as_std()).await?;
    let (mut lost, mut tasks) = (0, (0, 0));
    for (_, burial) in &burials {
        if let Burial::Ended { failed, requeued, .. } = burial {
            lost += 1;
            tasks = (tasks.0 + failed, tasks.1 + requeued);
        }
    }
    if lost > 0 {
        talk::line(format_args!(
            "{} lost: {} failed, {} queued again",
            text::counted(lost, "worker"),
            text::counted(tasks.0, "task"),
            tasks.1
        ));
    }
    let running = session.network.running_workers().await?;
    let heard: Vec<WorkerId> = silent.iter().filter(|worker| running.contains(worker)).cloned().collect();
    end(session, &heard).await
}

/// The running workers among those named, each once. Others are warned about and skipped, but for those that were dealt with.
async fn choose(
    session: &Session,
    named: &[String],
    running: &[WorkerId],
    done: &[WorkerId],
) -> Result<Vec<WorkerId>, Failure> {
    let mut ids = worker_ids::each_once(named)?;
    ids.retain(|id| !done.contains(id));
    let known = session.network.workers_of(&ids).await?;
    ids.retain(|id| {
        let runs = running.contains(id);
        if !runs {
            let ended = known.iter().any(|worker| worker.id == *id);
            let why = if ended { "has ended already" } else { "is unknown" };
            talk::warning(format_args!("worker `{id}` {why}, so it is skipped"));
        }
        runs
    });
    Ok(ids)
}
