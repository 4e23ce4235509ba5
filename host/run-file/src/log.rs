//! `[log]`: what workers store of their messages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};

/// What workers store of their messages. Nothing, unless asked for.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "log")]
pub(crate) struct RawLog {
    /// Loggers to be stored in Redis, each with the lowest level that is. Not supported yet.
    pub(crate) loggers: Option<BTreeMap<String, LogLevel>>,
    /// Messages that a worker gathers before it stores them. Not supported yet.
    #[schemars(range(min = 0, max = 100_000), extend("default" = 0))]
    pub(crate) buffer: Option<At<u32>>,
    /// Folder for one file per worker with what it wrote to stderr: `message_<worker_id>.log`. Not supported yet.
    pub(crate) message_log: Option<Text<WrittenPath>>,
    /// Folder for one file per worker with what it wrote to stdout: `output_<worker_id>.log`. Not supported yet.
    pub(crate) output_log: Option<Text<WrittenPath>>,
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
    /// Loggers to be stored in Redis, each with the lowest level that is.
    pub loggers: BTreeMap<String, LogLevel>,
    /// Messages that a worker gathers before it stores them. Default 0: each at once.
    pub buffer: u32,
    /// Folder for files with what each worker wrote to stderr.
    pub message_log: Option<PathBuf>,
    /// Folder for files with what each worker wrote to stdout.
    pub output_log: Option<PathBuf>,
}

impl RawLog {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Log {
        Log {
            loggers: self.loggers.clone().unwrap_or_default(),
            buffer: self.buffer.as_ref().map_or(0, |buffer| buffer.value),
            message_log: r.path(self.message_log.as_ref()),
            output_log: r.path(self.output_log.as_ref()),
        }
    }
}
