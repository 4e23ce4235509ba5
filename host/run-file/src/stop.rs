//! `[stop]`: when a run is over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::error::Mistake;
use crate::finding::Finding;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};

const GRACE: Duration = Duration::from_millis(30_000);

/// When the run is over: as soon as one of these holds. Without any, when all loops have returned.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "stop")]
pub(crate) struct RawStop {
    /// Finished tasks in the network.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub(crate) finished: Option<At<u64>>,
    /// With `finished`: not one task more than that. A failed task is replaced.
    #[schemars(extend("default" = false))]
    pub(crate) exact: Option<At<bool>>,
    /// Failed tasks in the network.
    #[schemars(range(min = 1, max = 1_000_000_000_000_i64))]
    pub(crate) failed: Option<At<u64>>,
    /// Time since the start of the run, in which workers may also wait in the queue of a batch system.
    #[schemars(extend("examples" = ["10m"]))]
    pub(crate) after: Option<Text<Duration>>,
    /// How long workers may take to end by themselves; then they are killed.
    #[schemars(extend("default" = "30s"))]
    pub(crate) grace: Option<Text<Duration>>,
}

/// Resolved `[stop]`. Every host process checks it, so no manager needs to be alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Finished tasks at which the run is over.
    pub finished: Option<u64>,
    /// Whether not one task more than `finished` may be created.
    pub exact: bool,
    /// Failed tasks at which the run is over.
    pub failed: Option<u64>,
    /// Time since the start after which the run is over.
    pub after: Option<Duration>,
    /// How long workers may take to end by themselves before they are killed. Default 30 s.
    pub grace: Duration,
}

impl RawStop {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Stop {
        let exact = self.exact.as_ref().filter(|exact| exact.value);
        if let (Some(exact), None) = (exact, &self.finished)
            && !r.is_faulty("stop.finished")
        {
            r.report(
                Finding::new(Mistake::Conflict("`stop.exact` needs `stop.finished`".to_owned()))
                    .label(exact.span.clone(), "exactly how many?")
                    .help("Add the number of tasks to finish: finished = 100"),
            );
        }
        Stop {
            finished: self.finished.as_ref().map(|tasks| tasks.value),
            exact: exact.is_some(),
            failed: self.failed.as_ref().map(|tasks| tasks.value),
            after: r.parse(self.after.as_ref()),
            grace: r.parse_or(self.grace.as_ref(), GRACE),
        }
    }
}
