//! The user's defaults file, `$XDG_CONFIG_HOME/rush-host/defaults.toml`: what holds where a run file says nothing.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::error::RunFileErrors;
use crate::expand::Environment;
use crate::heartbeat::RawHeartbeat;
use crate::load;
use crate::parse::{checked, finish, typed};
use crate::redis::{RawRedis, RedisLocation};
use crate::resolve::Resolver;
use crate::sources::Sources;
use crate::workers::RawWorkers;
use crate::{schema, tree, unsupported};

/// What a user prefers in every run: a part of a run file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rush-host defaults file")]
pub(crate) struct RawDefaults {
    /// Where networks live.
    pub(crate) redis: Option<RawRedis>,
    /// How many workers there are, and the host processes that carry them.
    pub(crate) workers: Option<RawWorkers>,
    /// How a network notices that a host process is gone.
    pub(crate) heartbeat: Option<RawHeartbeat>,
}

/// The user's defaults file, read and validated: `[redis]`, `[workers]` and `[heartbeat]` as in a run file.
///
/// Pass it on in [`Options`](crate::Options). Its server comes after the run file's and before `REDIS_URL`, see
/// [`choose`](crate::choose).
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The file.
    pub path: PathBuf,
    /// The server that it names, if it names one.
    pub redis: Option<RedisLocation>,
    /// Kept, so that an error in a run file can show the line of this file that it conflicts with.
    text: MaskedInDebug,
}

#[derive(Clone)]
struct MaskedInDebug(String);

impl std::fmt::Debug for MaskedInDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// Keys that say where the server is. They are not merged with those of a run file: the sources have an order.
const LOCATION_KEYS: [&str; 5] = ["url", "password_file", "private", "sentinel", "tls"];

impl Defaults {
    /// Where the defaults file is, given the environment: none without `XDG_CONFIG_HOME` and `HOME`.
    pub fn default_path(environment: Environment<'_>) -> Option<PathBuf> {
        let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let folder =
            absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
        Some(folder.join("rush-host/defaults.toml"))
    }

    /// Reads the file. None if it does not exist: it need not.
    pub fn load(path: impl AsRef<Path>, environment: Environment<'_>) -> Result<Option<Self>, RunFileErrors> {
        let path = path.as_ref();
        // A file of which it cannot be said whether it exists is read, so that the error says why.
        if let Ok(false) = path.try_exists() {
            return Ok(None);
        }
        Self::parse(&load::read(path)?, path, environment).map(Some)
    }

    /// Reads a defaults file from a text. `path` names it in errors, and its folder is where relative paths start.
    pub fn parse(
        text: &str,
        path: impl AsRef<Path>,
        environment: Environment<'_>,
    ) -> Result<Self, RunFileErrors> {
        let path = path.as_ref();
        let mut sources = Sources::default();
        let (padded, _) = sources.add(path.display().to_string(), text);
        let (table, mut findings, index, complete) =
            checked(&padded, &path.display().to_string(), schema::defaults());
        if !complete {
            return finish(None, findings, &sources, path);
        }
        findings.extend(unsupported::check(&table));
        let mut r = Resolver {
            sources: &sources,
            index: &index,
            folder: path.parent().unwrap_or(Path::new("")),
            environment,
            cores: NonZeroU32::MIN,
            findings,
        };
        let defaults = match typed::<RawDefaults>(table) {
            Ok(raw) => Some(raw.resolve(path, text, &mut r)),
            Err(finding) => {
                r.report(*finding);
                None
            }
        };
        let findings = r.findings;
        finish(defaults, findings, &sources, path)
    }

    pub(crate) fn add_to(&self, sources: &mut Sources) -> String {
        sources.add(self.path.display().to_string(), &self.text.0).0
    }

    /// What a run file is laid over, from what [`Self::add_to`] returned.
    pub(crate) fn table(padded: &str) -> DeTable<'_> {
        let (mut table, _) = tree::parse(padded, 0);
        if let Some(redis) = table.get_mut("redis")
            && let DeValue::Table(redis) = redis.get_mut()
        {
            for key in LOCATION_KEYS {
                redis.remove(key);
            }
        }
        table
    }
}

impl RawDefaults {
    fn resolve(&self, path: &Path, text: &str, r: &mut Resolver<'_>) -> Defaults {
        let redis = self.redis.as_ref().and_then(|redis| redis.resolve(r).location);
        // Resolved for their mistakes; their values are merged with those of each run file.
        if let Some(workers) = &self.workers {
            workers.resolve(r);
        }
        if let Some(heartbeat) = &self.heartbeat {
            heartbeat.resolve(r);
        }
        Defaults { path: path.to_owned(), redis, text: MaskedInDebug(text.to_owned()) }
    }
}
