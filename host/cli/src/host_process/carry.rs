//! Carrying workers: from a configuration in Redis to the end of the last loop.

use std::{num::NonZeroUsize, thread::available_parallelism, time::Duration};

use rush_launch::{Configuration, RunRedis};
use rush_network::{End, EndKind, Error, HeartSettings, Network, Settings, StopReason, Worker, WorkerId};
use tokio::task::JoinSet;

use crate::{
    arguments::Worker as Arguments,
    exit_code::ExitCode,
    failure::Failure,
    host_process::{
        alone,
        carried::Crew,
        cast::Cast,
        launch,
        log_files::LogFolders,
        own_log::OwnLog,
        patience::{Waits, patiently},
        predecessor,
        preparing::Plan,
        pulse::{Patience, Pulse},
        registering::register,
        restarting::Restarter,
        time_up::{self, TimeUp},
        voice::{Hearing, Voices},
    },
    session::network_id,
};

/// Joins the network with so many workers, and carries them until the last has ended.
pub(crate) fn carry(arguments: Arguments, settings: Settings, redis: &RunRedis) -> Result<ExitCode, Failure> {
    let guests = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(threads_of(&arguments))
        .thread_name("guests")
        .build()
        .map_err(Failure::internal)?;
    let done = guests.block_on(Carrier { arguments, settings, redis }.run());
    // A guest that never gives way would hold up a shutdown; its worker has ended.
    guests.shutdown_timeout(Duration::from_millis(100));
    done
}

/// How many threads the loops have. What a launch has for this process is not known yet.
fn threads_of(arguments: &Arguments) -> usize {
    let workers = arguments.launch.is_none().then_some(arguments.workers);
    threads(arguments.threads, available_parallelism().unwrap_or(NonZeroUsize::MIN), workers)
}

/// A thread without a worker would only wait; lost workers that are started again here share those that there are.
fn threads(asked: Option<u32>, cores: NonZeroUsize, workers: Option<u32>) -> usize {
    let wanted = asked.map_or(cores.get(), |asked| asked as usize);
    workers.map_or(wanted, |workers| wanted.min(workers as usize)).max(1)
}

struct Carrier<'a> {
    arguments: Arguments,
    settings: Settings,
    redis: &'a RunRedis,
}

impl Carrier<'_> {
    async fn run(self) -> Result<ExitCode, Failure> {
        let arguments = &self.arguments;
        // It may come before there is any worker.
        let time_up = TimeUp::listen().map_err(Failure::internal)?;
        let id = network_id(&arguments.network)?;
        let folders = LogFolders {
            message: arguments.message_log.clone(),
            output: arguments.output_log.clone(),
            core_dumps: arguments.core_dumps.clone(),
        };
        folders.make()?;
        let own_log = arguments.log_file.as_deref().map(OwnLog::open).transpose()?;
        let unavailable = arguments.connect_timeout();
        let waits = Waits { unavailable, full: Duration::ZERO };
        let network = patiently(waits, async || Network::connect(id.clone(), &self.settings).await).await?;
        let mut crew = None;
        if let Some((launch, process)) = arguments.of_launch() {
            if arguments.attempt > 0 {
                predecessor::until_buried(&network, launch, process, &arguments.config, waits).await?;
            }
            crew = launch::crew(&network, launch, process, waits).await?;
            if crew.is_none() {
                return Ok(ExitCode::Ok);
            }
        }
        let count = crew.as_ref().map_or(arguments.workers, Crew::count);
        let configuration = Configuration::load(&network, &arguments.config).await?;
        network.set_max_value(usize::try_from(configuration.max_value).unwrap_or(usize::MAX));
        let allow = arguments.allow.iter().cloned().collect();
        let plan = Plan::new(&configuration, &allow, arguments.core_dumps.is_some(), count)?;
        let (is_alone, has_children) = (plan.is_alone(), plan.has_children());
        let large_objects = arguments.large_objects.as_deref();
        let prepared = plan.prepare(&network, &configuration, large_objects, count).await?;
        let cast = Cast::new(&network, &configuration, prepared, large_objects).await?;
        cast.check().await?;

        let heart = HeartSettings {
            period: configuration.period,
            expire: configuration.expire,
            stop: configuration.stop,
        };
        let restarter = Restarter::new(arguments, &self.settings.url, configuration.start_timeout);
        let starts_programs = has_children || restarter.is_some() || arguments.successor.is_some();
        let mut pulse = Pulse::start(
            network.clone(),
            heart,
            Patience {
                begin: Waits { unavailable, full: configuration.start_timeout },
                grace: configuration.grace,
            },
            arguments.supervised,
            time_up,
            restarter,
        )?;
        let begun = async {
            if is_alone {
                // It would have no more than this process has left, and outlive it.
                self.redis.start_no_keeper();
                alone::confine(starts_programs)?;
            }
            let workers = register(&network, arguments, &configuration, crew).await?;
            // Whoever started this process has heard what went wrong until now.
            if let (false, Some(own_log)) = (workers.is_empty(), own_log) {
                own_log.take_over();
            }
            Ok(workers)
        };
        let workers = match begun.await {
            Ok(workers) => workers,
            Err(error) => {
                pulse.stop();
                return Err(error);
            }
        };

        let voices = Voices::start(Hearing::of(&configuration, folders, arguments.debug));
        let ids: Vec<WorkerId> = workers.iter().map(|(worker, _)| worker.id().clone()).collect();
        let mut loops = JoinSet::new();
        for (worker, seed) in workers {
            let voice = voices.of(&worker);
            let cast = cast.clone();
            loops.spawn(async move {
                let end = at_its_time(cast.play(&worker, seed, &voice, is_alone).await, &worker);
                voice.finish(&end).await;
                let kind = end.kind;
                match worker.end(&end).await {
                    // Who was killed, lost or removed has ended already.
                    Ok(()) | Err(Error::LostOwnership { .. }) => {}
                    Err(error) => tracing::warn!(worker = %worker.id(), %error, "the end of a worker could not be recorded"),
                }
                kind
            });
        }
        let mut code = ExitCode::Ok;
        while let Some(ended) = loops.join_next().await {
            match ended {
                Ok(EndKind::Returned | EndKind::TimeUp | EndKind::Killed | EndKind::Lost) => {}
                Ok(_) => code = ExitCode::LoopError,
                // A mistake of ours; its worker stops beating for nobody, so others bury it.
                Err(error) => {
                    tracing::error!(%error, "a worker's task failed");
                    code = ExitCode::Internal;
                }
            }
        }
        voices.finish();
        if let Some(line) = arguments.successor.clone() {
            time_up::succeed(line, &network, &ids).await;
        }
        Ok(pulse.stop().unwrap_or(code))
    }
}

/// A loop that returned because the time of its machine was up is not done: it may go on elsewhere.
fn at_its_time(end: End, worker: &Worker) -> End {
    match worker.stop_reason() {
        Some(StopReason::TimeUp) if end.kind == EndKind::Returned => End::new(EndKind::TimeUp, end.message),
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_core_has_a_thread_unless_somebody_says_otherwise_but_none_is_without_a_worker() {
        let cores = NonZeroUsize::new(8).unwrap();
        assert_eq!(threads(None, cores, Some(100)), 8);
        assert_eq!(threads(None, cores, Some(3)), 3);
        assert_eq!(threads(Some(4), cores, Some(100)), 4);
        assert_eq!(threads(Some(4), cores, Some(1)), 1);
        assert_eq!(threads(Some(16), cores, Some(100)), 16);
        // A launch says later whom it carries.
        assert_eq!(threads(None, cores, None), 8);
        assert_eq!(threads(Some(2), cores, None), 2);
    }
}
