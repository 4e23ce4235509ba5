//! `stop`: asks workers to end, or ends them.

use std::time::Duration;

use rush_network::{Burial, Network, WorkerId};
use tokio::time::Instant;

use crate::{
    arguments::Stop,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{Begin, Session},
};

pub(crate) async fn stop(arguments: Stop) -> Result<ExitCode, Failure> {
    let session = Session::open(&arguments.common, Begin::No).await?;
    let network = &session.network;
    let running = network.running_workers().await?;
    let chosen = choose(&arguments.workers, running)?;
    if chosen.is_empty() {
        talk::line(format_args!("No worker is running"));
        return Ok(ExitCode::Ok);
    }
    if arguments.kill {
        let killed = kill(network, &chosen).await?;
        talk::line(format_args!("Killed {}", text::counted(killed, "worker")));
        return Ok(ExitCode::Ok);
    }
    let asked = network.terminate(&chosen).await?.into_iter().filter(|asked| *asked).count() as u64;
    talk::line(format_args!("Asked {} to end after their task", text::counted(asked, "worker")));
    if !arguments.terminate {
        let left = wait(network, &chosen, session.grace()).await?;
        if !left.is_empty() {
            let killed = kill(network, &left).await?;
            talk::line(format_args!(
                "Killed {} that did not end within {}",
                text::counted(killed, "worker"),
                session.run_file.stop.grace
            ));
        }
    }
    Ok(ExitCode::Ok)
}

/// The running workers among those named; all without a name. Others are warned about and skipped.
fn choose(named: &[String], running: Vec<WorkerId>) -> Result<Vec<WorkerId>, Failure> {
    if named.is_empty() {
        return Ok(running);
    }
    let mut chosen = Vec::new();
    for name in named {
        let id = WorkerId::parse(name).map_err(|error| Failure::new(ExitCode::Usage, error.to_string()))?;
        if running.contains(&id) {
            chosen.push(id);
        } else {
            talk::warning(format_args!("worker `{id}` is not running, so it is skipped"));
        }
    }
    Ok(chosen)
}

/// Kills workers, and answers how many were running.
pub(crate) async fn kill(network: &Network, workers: &[WorkerId]) -> Result<u64, Failure> {
    let mut killed = 0;
    for worker in workers {
        if let Burial::Ended { .. } = network.kill(worker).await? {
            killed += 1;
        }
    }
    Ok(killed)
}

/// Waits until these workers have ended, and answers those that have not.
async fn wait(network: &Network, workers: &[WorkerId], patience: Duration) -> Result<Vec<WorkerId>, Failure> {
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(5);
    loop {
        let running = network.running_workers().await?;
        let left: Vec<WorkerId> = workers.iter().filter(|worker| running.contains(worker)).cloned().collect();
        if left.is_empty() || Instant::now() >= deadline {
            return Ok(left);
        }
        tokio::time::sleep_until((Instant::now() + pause).min(deadline)).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}
