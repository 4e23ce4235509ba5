//! The Redis of a run: one of its own, or somebody else's.

use std::path::{Path, PathBuf};

use rush_run_file::{RedisLocation, RedisUrl, RunFile, read_password};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    HostProgram, LaunchError,
    private_redis::{PrivateRedis, data_folder},
};

/// Whether a private Redis may be begun that nobody has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// For whoever starts workers.
    Yes,
    /// For whoever looks at what others have done.
    No,
}

/// The Redis of a run.
#[derive(Debug)]
pub enum RunRedis {
    /// Ours, as long as somebody holds it.
    Private(PrivateRedis),
    /// Somebody else's.
    Server {
        /// With its password.
        url: SecretString,
    },
}

impl RunRedis {
    /// Opens the Redis at a location that [`choose`](rush_run_file::choose) has found.
    pub async fn open(
        location: &RedisLocation,
        run_file: &RunFile,
        begin: Begin,
        program: &HostProgram,
    ) -> Result<Self, LaunchError> {
        match location {
            RedisLocation::Server { url, password_file } => {
                let url = match password_file {
                    Some(path) => url.with_password(&read_password(path)?),
                    None => url.clone(),
                };
                Ok(Self::Server { url: SecretString::from(url.expose().to_owned()) })
            }
            RedisLocation::Private => {
                let data = data_folder(&run_file.folder, run_file.network.as_str());
                Self::open_private(&data, begin, program).await
            }
        }
    }

    /// Opens the private Redis of a data folder.
    pub async fn open_private(data: &Path, begin: Begin, program: &HostProgram) -> Result<Self, LaunchError> {
        if begin == Begin::No && !data.exists() {
            return Err(LaunchError::NoPrivateRedis { data: data.to_owned() });
        }
        let (data, keeper) = (data.to_owned(), program.keeper());
        let opened = tokio::task::spawn_blocking(move || PrivateRedis::open(&data, &keeper)).await;
        Ok(Self::Private(opened.map_err(LaunchError::panicked)??))
    }

    /// The URL for a client, with its password.
    pub fn url(&self) -> SecretString {
        match self {
            Self::Private(redis) => SecretString::from(redis.url()),
            Self::Server { url } => url.clone(),
        }
    }

    /// The URL for people: with `<redacted>` in the place of a password.
    pub fn redacted(&self) -> String {
        let url = self.url();
        let read = url.expose_secret().parse::<RedisUrl>();
        read.map_or_else(|_| "<redacted>".to_owned(), |url| url.redacted().replace(":****@", ":<redacted>@"))
    }

    /// This process starts no keeper of a private Redis any more; see [`PrivateRedis::start_no_keeper`].
    pub fn start_no_keeper(&self) {
        if let Self::Private(redis) = self {
            redis.start_no_keeper();
        }
    }

    /// The data folder of a private Redis.
    pub fn private(&self) -> Option<PathBuf> {
        match self {
            Self::Private(redis) => Some(redis.data_folder().to_owned()),
            Self::Server { .. } => None,
        }
    }
}
