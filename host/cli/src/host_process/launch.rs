//! The launch that a process belongs to, as it stands in the network.

use rush_network::{LaunchId, LaunchedProcess, Network};

use crate::{
    exit_code::ExitCode,
    failure::Failure,
    host_process::{
        carried::Crew,
        patience::{Waits, patiently},
    },
    print::talk,
};

/// Whom this process carries; none if there is nothing to do, which has been said: a batch system may start a process hours after its
/// launch was withdrawn, or a second time.
pub(super) async fn crew(
    network: &Network,
    launch: &LaunchId,
    process: u32,
    waits: Waits,
) -> Result<Option<Crew>, Failure> {
    let Some(record) = patiently(waits, async || network.launch(launch).await).await? else {
        say_withdrawn(launch);
        return Ok(None);
    };
    let place = usize::try_from(process).unwrap_or(usize::MAX);
    let Some(its) = record.processes.get(place) else {
        let last = record.processes.len().saturating_sub(1);
        return Err(Failure::new(
            ExitCode::Usage,
            format!("launch {launch} has processes 0 to {last}, and --process says {process}"),
        ));
    };
    let crew = known(network, its, waits).await?;
    for worker in &crew.left_alone {
        say_left_alone(worker.as_str());
    }
    if crew.carried.is_empty() {
        say_nobody_is_left(launch, process);
        return Ok(None);
    }
    Ok(Some(crew))
}

async fn known(network: &Network, process: &LaunchedProcess, waits: Waits) -> Result<Crew, Failure> {
    let ids: Vec<_> = process.workers.iter().map(|worker| worker.id.clone()).collect();
    let found = patiently(waits, async || network.workers_of(&ids).await).await?;
    Ok(Crew::of(process, &found)?)
}

pub(super) fn say_withdrawn(launch: &LaunchId) {
    talk::line(format_args!("launch {launch} was withdrawn: there is nothing to do"));
}

pub(super) fn say_nobody_is_left(launch: &LaunchId, process: u32) {
    talk::line(format_args!(
        "the workers of process {process} of launch {launch} run elsewhere, or have ended for good: there is nothing to do"
    ));
}

pub(super) fn say_left_alone(worker: &str) {
    tracing::info!("worker {worker} runs elsewhere, or has ended for good");
}
