//! What most commands begin with: the run file, and the network that it names.

use std::{path::Path, time::Duration};

use rush_launch::private_redis::{KeeperCommand, PrivateRedis, data_folder};
use rush_network::{Network, NetworkId, Settings, StopConditions};
use rush_run_file::{
    Defaults, Options, RedisLocation, RedisSource, RedisSources, RunFile, choose, read_password,
};
use secrecy::SecretString;

use crate::{
    arguments::Common, configuration::stop_conditions, environment, exit_code::ExitCode, failure::Failure,
    print::talk,
};

/// A run file and the way to its network.
pub(crate) struct Session {
    pub(crate) run_file: RunFile,
    pub(crate) network: Network,
    pub(crate) redis: Redis,
}

/// The Redis of a run.
pub(crate) enum Redis {
    /// Ours, as long as somebody holds it.
    Private(PrivateRedis),
    /// Somebody else's.
    Server {
        /// With its password.
        url: SecretString,
    },
}

impl Redis {
    pub(crate) fn url(&self) -> SecretString {
        match self {
            Self::Private(redis) => SecretString::from(redis.url()),
            Self::Server { url } => url.clone(),
        }
    }
}

/// Whether a command may begin a private Redis that nobody has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It starts workers.
    Yes,
    /// It looks at what others have done.
    No,
}

/// Reads the run file, with the user's defaults file under it.
pub(crate) fn load(common: &Common) -> Result<(RunFile, RedisSource), Failure> {
    let lookup = |name: &str| std::env::var(name).ok();
    let defaults = match Defaults::default_path(&lookup) {
        Some(path) => Defaults::load(&path, &lookup)?,
        None => None,
    };
    let options =
        Options { overrides: &common.overrides, defaults: defaults.as_ref(), ..Options::of_this_process() };
    let run_file = RunFile::load(&common.run_file, &options)?;
    let source = choose(RedisSources {
        flag: common.redis.as_deref(),
        run_file: run_file.redis.location.as_ref(),
        defaults: defaults.as_ref().and_then(|defaults| defaults.redis.as_ref()),
        environment: environment::get(environment::REDIS_URL).as_deref(),
    })?;
    Ok((run_file, source))
}

impl Session {
    pub(crate) async fn open(common: &Common, begin: Begin) -> Result<Self, Failure> {
        let (run_file, source) = load(common)?;
        Self::connect(run_file, &source, begin).await
    }

    pub(crate) async fn connect(
        run_file: RunFile,
        source: &RedisSource,
        begin: Begin,
    ) -> Result<Self, Failure> {
        talk::line(format_args!("Redis: {source}"));
        let redis = match &source.location {
            RedisLocation::Server { url, password_file } => {
                let url = match password_file {
                    Some(path) => url.with_password(&read_password(path)?),
                    None => url.clone(),
                };
                Redis::Server { url: SecretString::from(url.expose().to_owned()) }
            }
            RedisLocation::Private => {
                let data = data_folder(&run_file.folder, run_file.network.as_str());
                Redis::Private(open_private(&data, begin).await?)
            }
        };
        let settings = Settings {
            url: redis.url(),
            connect_timeout: run_file.redis.connect_timeout.as_std(),
            unavailable_after: run_file.redis.unavailable_after.as_std(),
            max_value: usize::try_from(run_file.tasks.max_value.bytes()).unwrap_or(usize::MAX),
        };
        let network = Network::connect(network_id(run_file.network.as_str())?, &settings).await?;
        Ok(Self { run_file, network, redis })
    }

    /// When the run is over, as the run file says.
    pub(crate) fn conditions(&self) -> StopConditions {
        stop_conditions(&self.run_file)
    }

    pub(crate) fn grace(&self) -> Duration {
        self.run_file.stop.grace.as_std()
    }
}

/// The crates for run files and for networks check names each for itself; they must agree.
pub(crate) fn network_id(name: &str) -> Result<NetworkId, Failure> {
    NetworkId::parse(name).map_err(|error| Failure::new(ExitCode::Usage, error.to_string()))
}

pub(crate) async fn open_private(data: &Path, begin: Begin) -> Result<PrivateRedis, Failure> {
    if begin == Begin::No && !data.exists() {
        return Err(Failure::with_hint(
            ExitCode::Redis,
            format!("there is no private Redis in {} yet", data.display()),
            "`rush-host run` and `rush-host start` begin one; a network elsewhere is named with --redis, `[redis] url` or REDIS_URL",
        ));
    }
    let program = std::env::current_exe()
        .map_err(|error| Failure::internal(format!("cannot find this program: {error}")))?;
    let keeper = KeeperCommand::new(program).arg("keeper").arg("--");
    let data = data.to_owned();
    let opened = tokio::task::spawn_blocking(move || PrivateRedis::open(&data, &keeper)).await;
    Ok(opened.map_err(Failure::internal)??)
}
