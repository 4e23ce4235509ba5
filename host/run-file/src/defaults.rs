//! The user's defaults file, `$XDG_CONFIG_HOME/rush-host/defaults.toml`: what holds where a run file says nothing.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::data::RawData;
use crate::error::RunFileErrors;
use crate::expand::Environment;
use crate::finding::Finding;
use crate::heartbeat::RawHeartbeat;
use crate::launcher::RawLauncher;
use crate::load;
use crate::log::RawLog;
use crate::parse::{checked, finish, launcher_headers, typed};
use crate::redis::{RawRedis, RedisLocation};
use crate::resolve::Resolver;
use crate::sources::{Layer, Sources};
use crate::spanned::Span;
use crate::tasks::RawTasks;
use crate::workers::RawWorkers;
use crate::{schema, unsupported};

/// What a user prefers in every run: a part of a run file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rush-host defaults file")]
pub(crate) struct RawDefaults {
    /// Where networks live.
    pub(crate) redis: Option<RawRedis>,
    /// How many workers there are, and the host processes that carry them.
    pub(crate) workers: Option<RawWorkers>,
    /// Where host processes are started: at most one table below it. Without one: on this machine.
    pub(crate) launcher: Option<RawLauncher>,
    /// How a network notices that a host process is gone.
    pub(crate) heartbeat: Option<RawHeartbeat>,
    /// What becomes of a lost worker's tasks, and how large a task may be.
    pub(crate) tasks: Option<RawTasks>,
    /// What workers store of their messages.
    pub(crate) log: Option<RawLog>,
    /// What is too large for Redis.
    pub(crate) data: Option<RawData>,
}

/// The user's defaults file, read and validated: `[redis]`, `[workers]`, `[launcher.*]`, `[heartbeat]`, `[tasks]`,
/// `[log]` and `[data]` as in a run file.
///
/// Pass it on in [`Options`](crate::Options). A run file is laid over it key by key; only a launcher takes the place of
/// the other one as a whole, and the server comes after the run file's and before `REDIS_URL`, see
/// [`choose`](crate::choose). Relative paths in it start from its own folder.
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

impl Defaults {
    /// Keys that say where the server is. They are not merged with those of a run file: the sources have an order.
    pub(crate) const LOCATION_KEYS: [&str; 5] = ["url", "password_file", "private", "sentinel", "tls"];

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
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut sources = Sources::default();
        let (padded, _) = sources.add(Layer::Defaults, path.display().to_string(), folder, text);
        let (table, findings, index, complete) =
            checked(&padded, &path.display().to_string(), schema::defaults());
        if !complete {
            return finish(None, findings, &sources, path);
        }
        let unsupported: Vec<Finding> = unsupported::check(&table).collect();
        let mut r = Resolver {
            sources: &sources,
            index: &index,
            folder,
            environment,
            cores: NonZeroU32::MIN,
            findings,
        };
        let launchers = launcher_headers(&table);
        let defaults = match typed::<RawDefaults>(table) {
            Ok(raw) => Some(raw.resolve(path, text, &launchers, &mut r)),
            Err(finding) => {
                r.report(*finding);
                None
            }
        };
        let mut findings = r.findings;
        unsupported::merge(unsupported, &mut findings);
        finish(defaults, findings, &sources, path)
    }

    pub(crate) fn add_to(&self, sources: &mut Sources) -> String {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        sources.add(Layer::Defaults, self.path.display().to_string(), folder, &self.text.0).0
    }

    /// What a run file is laid over.
    pub(crate) fn without_location(mut table: DeTable<'_>) -> DeTable<'_> {
        if let Some(redis) = table.get_mut("redis")
            && let DeValue::Table(redis) = redis.get_mut()
        {
            for key in Self::LOCATION_KEYS {
                redis.remove(key);
            }
        }
        table
    }
}

impl RawDefaults {
    fn resolve(
        &self,
        path: &Path,
        text: &str,
        launchers: &[(String, Span)],
        r: &mut Resolver<'_>,
    ) -> Defaults {
        let redis = self.redis.as_ref().and_then(|redis| redis.resolve(r).location);
        // Resolved for their mistakes; their values are merged with those of each run file.
        if let Some(workers) = &self.workers {
            workers.resolve(None, None, r);
        }
        if let Some(launcher) = &self.launcher {
            launcher.resolve(launchers, r);
        }
        if let Some(heartbeat) = &self.heartbeat {
            heartbeat.resolve(r);
        }
        if let Some(tasks) = &self.tasks {
            tasks.resolve(r);
        }
        if let Some(log) = &self.log {
            log.resolve(r);
        }
        if let Some(data) = &self.data {
            data.resolve(r);
        }
        Defaults { path: path.to_owned(), redis, text: MaskedInDebug(text.to_owned()) }
    }
}
