//! `detect-lost`: buries workers whose heartbeat is missing, as every host process does.

use rush_launch::can_be_restarted;
use rush_network::{Burial, WorkerId, WorkerState};

use crate::{
    arguments::DetectLost,
    commands::restart,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn detect_lost(arguments: DetectLost) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let heartbeat = &session.run_file.heartbeat;
    let workers = session.network.workers().await?;
    let silent = workers.iter().filter(|worker| worker.state == WorkerState::Running && !worker.heartbeat);
    match silent.count() as u64 {
        0 => {}
        silent => talk::line(format_args!(
            "{} without a heartbeat. It may be missing because Redis or this machine was away, so this watches for `[heartbeat] \
             expire`, {}, before anybody is declared lost",
            text::counted(silent, "worker"),
            heartbeat.expire
        )),
    }
    let burials = session.network.detect_lost(heartbeat.period.as_std(), heartbeat.expire.as_std()).await?;
    let (mut lost, mut to_be_restarted) = (Vec::new(), Vec::new());
    let mut failed_and_requeued = (0, 0);
    for (worker, burial) in burials {
        // Otherwise somebody was faster.
        if let Burial::Ended { failed, requeued, restart } = burial {
            failed_and_requeued.0 += failed;
            failed_and_requeued.1 += requeued;
            if restart {
                to_be_restarted.push(worker.clone());
            }
            lost.push(worker);
        }
    }
    tell(&lost, failed_and_requeued);
    start_again(&session, &to_be_restarted).await
}

fn tell(lost: &[WorkerId], (failed, requeued): (u64, u64)) {
    if lost.is_empty() {
        talk::line(format_args!("No worker is lost"));
        return;
    }
    let requeued = if requeued > 0 {
        format!(", {} queued again", text::counted(requeued, "task"))
    } else {
        String::new()
    };
    talk::line(format_args!(
        "{} lost: {} failed{requeued}",
        text::counted(lost.len() as u64, "worker"),
        text::counted(failed, "task")
    ));
    for worker in lost {
        talk::data(&format!("{worker}\n"));
    }
}

/// Whoever declares a worker lost is the one who starts it again, if the run file says so, and if there is anything left to do.
async fn start_again(session: &Session, workers: &[WorkerId]) -> Result<ExitCode, Failure> {
    if workers.is_empty() {
        return Ok(ExitCode::Ok);
    }
    let counts = session.network.counts().await?;
    if session.conditions().met(&counts, std::time::Duration::ZERO).is_some() {
        return Ok(ExitCode::Ok);
    }
    let mut workers = session.network.workers_of(workers).await?;
    // Somebody else may have been faster, or a manager will see to it.
    workers.retain(|worker| worker.is_to_be_restarted() && !worker.managed && can_be_restarted(worker));
    if workers.is_empty() { Ok(ExitCode::Ok) } else { restart::again(session, &workers).await }
}
