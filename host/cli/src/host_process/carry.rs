//! Carrying workers: from a configuration in Redis to the end of the last loop.

use std::time::Duration;

use rush_launch::{Configuration, RunRedis};
use rush_network::{EndKind, Error, HeartSettings, Network, Settings};
use tokio::task::JoinSet;

use crate::{
    arguments::Worker,
    exit_code::ExitCode,
    failure::Failure,
    host_process::{
        alone,
        cast::Cast,
        log_files::LogFolders,
        patience::{Waits, patiently},
        preparing::Plan,
        pulse::{Patience, Pulse},
        registering::register,
        restarting::Restarter,
        voice::{Hearing, Voices},
    },
    session::network_id,
};

/// Joins the network with so many workers, and carries them until the last has ended.
pub(crate) fn carry(arguments: Worker, settings: Settings, redis: &RunRedis) -> Result<ExitCode, Failure> {
    let guests = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("guests")
        .build()
        .map_err(Failure::internal)?;
    let done = guests.block_on(Carrier { arguments, settings, redis }.run());
    // A guest that never gives way would hold up a shutdown; its worker has ended.
    guests.shutdown_timeout(Duration::from_millis(100));
    done
}

struct Carrier<'a> {
    arguments: Worker,
    settings: Settings,
    redis: &'a RunRedis,
}

impl Carrier<'_> {
    async fn run(self) -> Result<ExitCode, Failure> {
        let arguments = &self.arguments;
        let id = network_id(&arguments.network)?;
        let folders = LogFolders {
            message: arguments.message_log.clone(),
            output: arguments.output_log.clone(),
            core_dumps: arguments.core_dumps.clone(),
        };
        folders.make()?;
        let unavailable = arguments.connect_timeout();
        let waits = Waits { unavailable, full: Duration::ZERO };
        let network = patiently(waits, async || Network::connect(id.clone(), &self.settings).await).await?;
        let configuration = Configuration::load(&network, &arguments.config).await?;
        network.set_max_value(usize::try_from(configuration.max_value).unwrap_or(usize::MAX));
        let allow = arguments.allow.iter().cloned().collect();
        let plan = Plan::new(&configuration, &allow, arguments.core_dumps.is_some(), arguments.workers)?;
        let (is_alone, has_children) = (plan.is_alone(), plan.has_children());
        let large_objects = arguments.large_objects.as_deref();
        let prepared = plan.prepare(&network, &configuration, large_objects, arguments.workers).await?;
        let cast = Cast::new(&network, &configuration, prepared, large_objects).await?;
        cast.check().await?;

        let heart = HeartSettings {
            period: configuration.period,
            expire: configuration.expire,
            stop: configuration.stop,
        };
        let restarter = Restarter::new(arguments, &self.settings.url, configuration.start_timeout);
        let starts_programs = has_children || restarter.is_some();
        let mut pulse = Pulse::start(
            network.clone(),
            heart,
            Patience {
                begin: Waits { unavailable, full: configuration.start_timeout },
                grace: configuration.grace,
            },
            arguments.supervised,
            restarter,
        )?;
        let begun = async {
            if is_alone {
                // It would have no more than this process has left, and outlive it.
                self.redis.start_no_keeper();
                alone::confine(starts_programs)?;
            }
            register(&network, arguments, &configuration).await
        };
        let workers = match begun.await {
            Ok(workers) => workers,
            Err(error) => {
                pulse.stop();
                return Err(error);
            }
        };

        let voices = Voices::start(Hearing::of(&configuration, folders, arguments.debug));
        let mut loops = JoinSet::new();
        for (worker, seed) in workers {
            let voice = voices.of(&worker);
            let cast = cast.clone();
            loops.spawn(async move {
                let end = cast.play(&worker, seed, &voice, is_alone).await;
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
                Ok(EndKind::Returned | EndKind::Killed | EndKind::Lost) => {}
                Ok(_) => code = ExitCode::LoopError,
                // A mistake of ours; its worker stops beating for nobody, so others bury it.
                Err(error) => {
                    tracing::error!(%error, "a worker's task failed");
                    code = ExitCode::Internal;
                }
            }
        }
        voices.finish();
        Ok(pulse.stop().unwrap_or(code))
    }
}
