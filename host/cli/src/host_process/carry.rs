//! Carrying workers: from a configuration in Redis to the end of the last loop.

use std::{path::Path, sync::Arc, time::Duration};

use rush_launch::Configuration;
use rush_network::{EndKind, Error, HeartSettings, Network, Settings};
use rush_runtime::{Capacity, Engine, LoopContext, Output, Plugin, PreparedLoop};
use tokio::task::JoinSet;

use crate::{
    arguments::Worker,
    component_file::{compiler, limits},
    exit_code::ExitCode,
    failure::Failure,
    host_process::{
        data_files,
        log_files::LogFolders,
        patience::{Waits, patiently},
        pulse::{Patience, Pulse},
        registering::register,
        restarting::Restarter,
        voice::{Hearing, Voices},
    },
    session::network_id,
};

/// Joins the network with so many workers, and carries them until the last has ended.
pub(crate) fn carry(arguments: Worker, settings: Settings) -> Result<ExitCode, Failure> {
    let guests = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("guests")
        .build()
        .map_err(Failure::internal)?;
    let done = guests.block_on(Carrier { arguments, settings }.run());
    // A guest that never gives way would hold up a shutdown; its worker has ended.
    guests.shutdown_timeout(Duration::from_millis(100));
    done
}

struct Carrier {
    arguments: Worker,
    settings: Settings,
}

impl Carrier {
    async fn run(self) -> Result<ExitCode, Failure> {
        let arguments = &self.arguments;
        let id = network_id(&arguments.network)?;
        let folders =
            LogFolders { message: arguments.message_log.clone(), output: arguments.output_log.clone() };
        folders.make()?;
        let unavailable = arguments.connect_timeout();
        let waits = Waits { unavailable, full: Duration::ZERO };
        let network = patiently(waits, async || Network::connect(id.clone(), &self.settings).await).await?;
        let configuration = Configuration::load(&network, &arguments.config).await?;
        network.set_max_value(usize::try_from(configuration.max_value).unwrap_or(usize::MAX));
        let large_objects = arguments.large_objects.as_deref();
        let prepared = prepare(&network, &configuration, large_objects, arguments.workers).await?;
        let data = data_files::load(&network, &configuration.data, large_objects).await?;

        let heart = HeartSettings {
            period: configuration.period,
            expire: configuration.expire,
            stop: configuration.stop,
        };
        let mut pulse = Pulse::start(
            network.clone(),
            heart,
            Patience {
                begin: Waits { unavailable, full: configuration.start_timeout },
                grace: configuration.grace,
            },
            arguments.supervised,
            Restarter::new(arguments, &self.settings.url, configuration.start_timeout),
        )?;
        let workers = match register(&network, arguments, &configuration).await {
            Ok(workers) => workers,
            Err(error) => {
                pulse.stop();
                return Err(error);
            }
        };

        let voices = Voices::start(Hearing::of(&configuration, folders, arguments.debug));
        let args: Arc<str> = configuration.args.as_str().into();
        let mut loops = JoinSet::new();
        for (worker, seed) in workers {
            let prepared = prepared.clone();
            let context = LoopContext { args: Arc::clone(&args), seed, data: Arc::clone(&data) };
            let voice = voices.of(&worker);
            loops.spawn(async move {
                let end = prepared.run(worker.clone(), context, Arc::clone(&voice) as Arc<dyn Output>).await;
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

async fn prepare(
    network: &Network,
    configuration: &Configuration,
    large_objects: Option<&Path>,
    workers: u32,
) -> Result<PreparedLoop, Failure> {
    let component = &configuration.worker_loop;
    let bytes = network.blob(&component.sha256, large_objects).await?.ok_or_else(|| {
        Failure::with_hint(
            ExitCode::Redis,
            format!("network `{}` does not hold the component {}", network.id(), component.sha256),
            "it was reset since: start the workers again from the run file",
        )
    })?;
    let limits = limits(component.memory, configuration.max_value);
    let name = component.name.clone();
    // Compiling takes seconds, and there is no other work for this thread yet, but its timers should go on.
    let prepared = tokio::task::spawn_blocking(move || -> Result<PreparedLoop, Failure> {
        let plugin = Plugin::worker_loop(name, bytes)?;
        let engine = Engine::new(Capacity { workers, needs: plugin.needs() })?;
        Ok(PreparedLoop::new(&engine, &compiler(), &plugin, limits)?)
    });
    prepared.await.map_err(Failure::internal)?
}
