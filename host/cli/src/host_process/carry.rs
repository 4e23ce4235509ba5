//! Carrying workers: from a configuration in Redis to the end of the last loop.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use rush_network::{EndKind, Error, HeartSettings, Network, Registration, Settings, WorkerId};
use rush_runtime::{Capacity, Engine, LoopContext, Plugin, PreparedLoop};
use tokio::task::JoinSet;

use crate::{
    arguments::Worker,
    component_file::{compiler, limits},
    configuration::Configuration,
    exit_code::ExitCode,
    failure::Failure,
    host_process::{
        patience::patiently,
        pulse::{Patience, Pulse},
        voice::Voices,
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
        let patience = arguments.connect_timeout();
        let network =
            patiently(patience, async || Network::connect(id.clone(), &self.settings).await).await?;
        let configuration = Configuration::load(&network, &arguments.config).await?;
        network.set_max_value(usize::try_from(configuration.max_value).unwrap_or(usize::MAX));
        let prepared = prepare(&network, &configuration, arguments.workers).await?;

        let heart = HeartSettings {
            period: configuration.period,
            expire: configuration.expire,
            stop: configuration.stop,
        };
        let mut pulse = Pulse::start(
            network.clone(),
            heart,
            Patience { connect: patience, grace: configuration.grace },
            arguments.supervised,
        )?;
        let workers = self.register(&network, &configuration).await;
        let workers = match workers {
            Ok(workers) => workers,
            Err(error) => {
                pulse.stop();
                return Err(error);
            }
        };

        let voices = Voices::start(arguments.debug);
        let args: Arc<str> = configuration.args.as_str().into();
        let mut loops = JoinSet::new();
        for (worker, seed) in workers {
            let prepared = prepared.clone();
            let context = LoopContext { args: Arc::clone(&args), ..LoopContext::new(seed) };
            let output = voices.of(worker.id());
            loops.spawn(async move {
                let end = prepared.run(worker.clone(), context, output).await;
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

    async fn register(
        &self,
        network: &Network,
        configuration: &Configuration,
    ) -> Result<Vec<(rush_network::Worker, u64)>, Failure> {
        let arguments = &self.arguments;
        let count = arguments.workers;
        let first = match arguments.first_index {
            Some(first) => first,
            None => network.take_indices(count.into()).await?,
        };
        let mut ids = Vec::new();
        for id in &arguments.ids {
            ids.push(WorkerId::parse(id).map_err(|error| Failure::new(ExitCode::Usage, error.to_string()))?);
        }
        let mut ids = ids.into_iter();
        let registrations = (0..u64::from(count)).map(|place| {
            let registration = Registration {
                id: ids.next(),
                launcher: arguments.launcher.clone(),
                period: configuration.period,
                expire: configuration.expire,
                ..Registration::default()
            };
            async move { Ok((network.register(registration).await?, configuration.seed_of(first + place))) }
        });
        join_all(registrations).await.into_iter().collect()
    }
}

async fn prepare(
    network: &Network,
    configuration: &Configuration,
    workers: u32,
) -> Result<PreparedLoop, Failure> {
    let component = &configuration.worker_loop;
    let bytes = network.blob(&component.sha256).await?.ok_or_else(|| {
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
