//! A run file and the way to its network.

use std::time::Duration;

use rush_network::{Network, NetworkId, Settings, StopConditions};
use rush_run_file::{RedisSource, RunFile};

use crate::{Begin, HostProgram, LaunchError, Launcher, RunRedis, stop_conditions};

/// A run file and the way to its network.
#[derive(Debug)]
pub struct Session {
    /// The run file.
    pub run_file: RunFile,
    /// The network that it names.
    pub network: Network,
    /// Where that is. A private one lives as long as this value (or another process) holds it.
    pub redis: RunRedis,
}

impl Session {
    /// Connects to the network of a run file. `source` is what [`choose`](rush_run_file::choose) has found; `program` starts
    /// the keeper of a private Redis. None is begun that the workers of the run file could not reach.
    pub async fn open(
        run_file: RunFile,
        source: &RedisSource,
        begin: Begin,
        program: &HostProgram,
    ) -> Result<Self, LaunchError> {
        if begin == Begin::Yes {
            Launcher::check(&run_file, &source.location)?;
        }
        let redis = RunRedis::open(&source.location, &run_file, begin, program).await?;
        let settings = Settings {
            url: redis.url(),
            connect_timeout: run_file.redis.connect_timeout.as_std(),
            unavailable_after: run_file.redis.unavailable_after.as_std(),
            max_value: usize::try_from(run_file.tasks.max_value.bytes()).unwrap_or(usize::MAX),
        };
        // The crates for run files and for networks check names each for itself; they must agree.
        let id = NetworkId::parse(run_file.network.as_str()).map_err(rush_network::Error::from)?;
        let network = Network::connect(id, &settings).await?;
        Ok(Self { run_file, network, redis })
    }

    /// When the run is over, as the run file says.
    pub fn conditions(&self) -> StopConditions {
        stop_conditions(&self.run_file)
    }

    /// How long workers have to end after that.
    pub fn grace(&self) -> Duration {
        self.run_file.stop.grace.as_std()
    }
}
