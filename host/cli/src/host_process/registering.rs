//! How the workers of a host process enter the network.

use std::collections::HashMap;

use futures_util::future::join_all;
use rush_launch::Configuration;
use rush_network::{Error, Network, OnLost, Registration, Worker, WorkerId, hostname};

use crate::{
    arguments::Worker as Arguments,
    failure::Failure,
    host_process::{
        carried::{Carried, Crew},
        launch,
        patience::{Waits, patiently},
    },
    worker_ids,
};

/// A worker that is to enter, and the index that it has been given; none: it takes one.
type Entering = (Registration, Option<u64>);

/// Registers all workers, each with the seed of its random numbers. A Redis that is full has room again some time: workers that
/// wait for it have lost nothing, a launch that fails costs somebody a day.
///
/// `crew` are those of a launch, looked at before. Whom somebody else has started meanwhile is left alone, and so is all that is left of a
/// launch that was withdrawn.
pub(super) async fn register(
    network: &Network,
    arguments: &Arguments,
    configuration: &Configuration,
    crew: Option<Crew>,
) -> Result<Vec<(Worker, u64)>, Failure> {
    let waits = Waits { unavailable: arguments.connect_timeout(), full: configuration.start_timeout };
    let entering = match crew {
        Some(crew) => of_launch(crew, arguments, configuration),
        None => registrations(network, arguments, configuration, waits).await?,
    };
    let wanting = entering.iter().filter(|(_, index)| index.is_none()).count() as u64;
    let mut taken = match wanting {
        // Nothing is written into a network that holds nothing of ours any more.
        0 => 0,
        count => patiently(waits, async || network.take_indices(count).await).await?,
    }..;
    // A lost reply is not for us to repeat: the network does, and knows its own request again.
    let full = Waits { unavailable: std::time::Duration::ZERO, ..waits };
    let mut indices = Vec::new();
    let mut registering = Vec::new();
    for (registration, index) in entering {
        indices.extend(index.or_else(|| taken.next()));
        registering.push(async move {
            patiently(full, async || network.register(registration.clone()).await).await
        });
    }
    let mut workers = Vec::new();
    let mut withdrawn = false;
    for (index, registered) in indices.into_iter().zip(join_all(registering).await) {
        match registered {
            Ok(worker) => workers.push((worker, configuration.seed_of(index))),
            Err(Error::WorkerTaken { worker_id }) if arguments.launch.is_some() => {
                launch::say_left_alone(&worker_id);
            }
            Err(Error::WorkerTaken { worker_id }) if !arguments.again.is_empty() => {
                told_that_it_is_taken(&worker_id);
            }
            // Those that are in are asked to end by whoever has withdrawn it, if they are to.
            Err(Error::LaunchWithdrawn { .. }) => withdrawn = true,
            Err(error) => {
                // Nobody will carry those that are in.
                if let Err(error) = network.kill_local_workers().await {
                    tracing::debug!(%error, "workers of a failed start could not be ended");
                }
                return Err(error.into());
            }
        }
    }
    if let (true, Some((launch, process))) = (workers.is_empty(), arguments.of_launch()) {
        if withdrawn { launch::say_withdrawn(launch) } else { launch::say_nobody_is_left(launch, process) }
    }
    Ok(workers)
}

/// What the workers of a launch tell about themselves.
fn of_launch(crew: Crew, arguments: &Arguments, configuration: &Configuration) -> Vec<Entering> {
    let enters =
        |Carried { id, after, index }| (registration(Some(id), Some(after), arguments, configuration), index);
    crew.carried.into_iter().map(enters).collect()
}

/// What the workers tell about themselves. Those that are to be started again are looked at first: before the others can do so, and
/// before anything is written.
async fn registrations(
    network: &Network,
    arguments: &Arguments,
    configuration: &Configuration,
    waits: Waits,
) -> Result<Vec<Entering>, Failure> {
    let ids: Vec<WorkerId> = arguments.ids.iter().map(|id| worker_ids::one(id)).collect::<Result<_, _>>()?;
    let registration = |id, after| registration(id, after, arguments, configuration);
    let registrations: Vec<Registration> = if arguments.again.is_empty() {
        let mut ids = ids.into_iter();
        (0..arguments.workers).map(|_| registration(ids.next(), None)).collect()
    } else {
        let found = patiently(waits, async || network.workers_of(&ids).await).await?;
        let found: HashMap<WorkerId, u64> =
            found.into_iter().map(|worker| (worker.id, worker.incarnation)).collect();
        let ended = still_ended(ids, &arguments.again, &found)?;
        ended.into_iter().map(|(id, before)| registration(Some(id), Some(before))).collect()
    };
    let index = |place| arguments.first_index.map(|first| first + place);
    Ok((0..).zip(registrations).map(|(place, registration)| (registration, index(place))).collect())
}

/// Those of these workers that nobody has started again since, each with its incarnation: whoever was faster may have ended them by
/// now. One that nobody knows is gone with all that the network held.
fn still_ended(
    ids: Vec<WorkerId>,
    before: &[u64],
    found: &HashMap<WorkerId, u64>,
) -> Result<Vec<(WorkerId, u64)>, Error> {
    let mut ended = Vec::new();
    for (id, before) in ids.into_iter().zip(before) {
        match found.get(&id) {
            None => return Err(Error::WorkerRemoved { worker_id: id.to_string() }),
            Some(incarnation) if incarnation > before => told_that_it_is_taken(id.as_str()),
            Some(_) => ended.push((id, *before)),
        }
    }
    Ok(ended)
}

fn told_that_it_is_taken(worker: &str) {
    tracing::info!("worker {worker} was started again by somebody else");
}

fn registration(
    id: Option<WorkerId>,
    after: Option<u64>,
    arguments: &Arguments,
    configuration: &Configuration,
) -> Registration {
    let hostname = hostname();
    Registration {
        id,
        remote: arguments.launched_from.as_ref().is_some_and(|launched_from| *launched_from != hostname),
        hostname,
        launcher: arguments.launcher.clone(),
        period: configuration.period,
        expire: configuration.expire,
        on_lost: match configuration.on_lost {
            rush_run_file::OnLost::Fail => OnLost::Fail,
            rush_run_file::OnLost::Requeue { max_attempts } => OnLost::Requeue { max_attempts },
        },
        max_restarts: configuration.max_restarts,
        config: arguments.config.clone(),
        managed: arguments.has_manager(),
        after,
        launch: arguments.launch.clone(),
        place: arguments.place.clone(),
        attempt: arguments.attempt,
        ..Registration::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who is still to be started again of workers with these incarnations, if all of them had this one.
    fn left(before: u64, found: &[(&str, u64)], ids: &[&str]) -> Result<Vec<String>, Error> {
        let id = |name: &str| WorkerId::parse(name).unwrap();
        let found = found.iter().map(|(name, incarnation)| (id(name), *incarnation)).collect();
        let before = vec![before; ids.len()];
        let ended = still_ended(ids.iter().map(|name| id(name)).collect(), &before, &found)?;
        assert!(ended.iter().all(|(_, incarnation)| *incarnation == before[0]));
        Ok(ended.into_iter().map(|(id, _)| id.to_string()).collect())
    }

    #[test]
    fn who_was_started_again_since_is_left_alone() {
        assert_eq!(left(2, &[("a", 2), ("b", 3), ("c", 2)], &["a", "b", "c"]).unwrap(), ["a", "c"]);
    }

    #[test]
    fn one_that_nobody_knows_was_reset_and_nothing_is_started() {
        let error = left(1, &[("a", 1)], &["a", "b"]).unwrap_err();
        assert!(matches!(&error, Error::WorkerRemoved { worker_id } if worker_id == "b"), "{error}");
    }
}
