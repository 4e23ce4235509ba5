//! `[log]`: what workers store of their messages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

/// What workers store of their messages. Nothing, unless asked for.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "log")]
pub(crate) struct RawLog {
    /// Loggers to be stored in Redis, each with the lowest level that is. Names are paths: `mlr3` holds for
    /// `mlr3/rush`, too, unless that is named itself; `root` holds for all.
    #[schemars(with = "Option<BTreeMap<String, LogLevel>>", extend("examples" = [{ "root": "warn", "mlr3/rush": "debug" }]))]
    pub(crate) loggers: Option<BTreeMap<Spanned<String>, LogLevel>>,
    /// Messages that a worker gathers before the next one makes it store them all. 0: each is stored at once.
    #[schemars(range(min = 0, max = 100_000), extend("default" = 0))]
    pub(crate) buffer: Option<At<u32>>,
    /// Folder for one file per worker with what it wrote to stderr: `message_<worker_id>.log`.
    pub(crate) message_log: Option<Text<WrittenPath>>,
    /// Folder for one file per worker with what it wrote to stdout: `output_<worker_id>.log`.
    pub(crate) output_log: Option<Text<WrittenPath>>,
    /// Folder for core dumps of objectives that trap: the condition of the task names the file. At most eight of a worker and
    /// 1 GiB in all are kept; to make one takes several times the memory of the objective. Without it, none is made.
    pub(crate) core_dumps: Option<Text<WrittenPath>>,
}

/// Importance of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// For whoever works on the loop.
    Debug,
    /// What happens.
    Info,
    /// What may be wrong.
    Warn,
    /// What went wrong.
    Error,
    /// What ends a worker.
    Fatal,
}

/// Resolved `[log]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Loggers to be stored in Redis, each with the lowest level that is. Names are paths, parts of which `/` divides,
    /// none of them empty; `root` holds for all.
    pub loggers: BTreeMap<String, LogLevel>,
    /// Messages that a worker gathers before the next one makes it store them all. Default 0: each is stored at once.
    pub buffer: u32,
    /// Folder for files with what each worker wrote to stderr.
    pub message_log: Option<PathBuf>,
    /// Folder for files with what each worker wrote to stdout.
    pub output_log: Option<PathBuf>,
    /// Folder for core dumps of objectives.
    pub core_dumps: Option<PathBuf>,
}

impl RawLog {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Log {
        Log {
            loggers: self.loggers(r),
            buffer: self.buffer.as_ref().map_or(0, |buffer| buffer.value),
            message_log: r.path(self.message_log.as_ref()),
            output_log: r.path(self.output_log.as_ref()),
            core_dumps: r.path(self.core_dumps.as_ref()),
        }
    }

    fn loggers(&self, r: &mut Resolver<'_>) -> BTreeMap<String, LogLevel> {
        let mut loggers = BTreeMap::new();
        for (name, level) in self.loggers.iter().flatten() {
            match check_logger(name.get_ref()) {
                Ok(()) => drop(loggers.insert(name.get_ref().clone(), *level)),
                Err(error) => r.invalid_name("log.loggers", name, "name of a logger", &error),
            }
        }
        loggers
    }
}

fn check_logger(name: &str) -> Result<(), ValueError> {
    let reason = if name.is_empty() {
        "empty"
    } else if name.chars().any(char::is_control) {
        "control characters are not allowed"
    } else if name.split('/').any(str::is_empty) {
        "a part of the path is empty"
    } else {
        return Ok(());
    };
    Err(ValueError::new(reason).help("For example \"mlr3/rush\", or root for all loggers"))
}
