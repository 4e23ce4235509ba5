//! `[workers]`: how many, in how many processes, from which seed, and what happens when one is lost.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::error::Mistake;
use crate::finding::Finding;
use crate::isolation::Isolation;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};

pub(crate) const COUNT: u32 = 1;
const MAX_RESTARTS: u32 = 3;
const START_TIMEOUT: Duration = Duration::from_millis(30_000);

/// How many workers there are, and the host processes that carry them.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "workers")]
pub(crate) struct RawWorkers {
    /// Workers in all. Default: those of `[launcher.ssh] hosts`, if each says how many it has.
    #[schemars(range(min = 1, max = 100_000), extend("default" = 1))]
    pub(crate) count: Option<At<u32>>,
    /// Host processes that carry the workers. Default: one for each core, for each of `[launcher.ssh] hosts`, or for as
    /// many workers as a job has cores, but none without a worker; with `[loop] isolation = "process"`, as many as
    /// workers.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) processes: Option<At<u32>>,
    /// Seed of all random numbers: each worker draws from a stream of its own, made from the seed and the worker's
    /// index. Default: drawn, printed and stored.
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_i64))]
    pub(crate) seed: Option<At<u64>>,
    /// Whether a lost worker is started again.
    #[schemars(extend("default" = "never"))]
    pub(crate) restart: Option<At<RestartWhen>>,
    /// How often one worker is started again, with `restart = "on-lost"`.
    #[schemars(range(min = 1, max = 1_000), extend("default" = 3))]
    pub(crate) max_restarts: Option<At<u32>>,
    /// How long workers may take from their launch to their registration; in the queue of Slurm or Kubernetes, from when their turn has come.
    #[schemars(extend("default" = "30s"))]
    pub(crate) start_timeout: Option<Text<Duration>>,
}

/// When a worker is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RestartWhen {
    /// A worker that ended stays ended.
    Never,
    /// A worker that was lost is started again under its id, `max_restarts` times at most.
    OnLost,
}

/// Resolved `[workers]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// Workers in all, at least 1. Default 1.
    pub count: u32,
    /// Host processes that carry them, from 1 to `count`: what [`processes_for`](crate::RunFile::processes_for) says.
    pub processes: u32,
    /// The seed, if the run file fixes it; to be drawn otherwise.
    pub seed: Option<Seed>,
    /// What happens when a worker is lost. Default: nothing.
    pub restart: Restart,
    /// How long workers may take from their launch to their registration. Default 30 s.
    pub start_timeout: Duration,
}

/// What all random numbers of a run come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What happens when a worker is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// It stays lost.
    Never,
    /// It is started again under its id.
    OnLost {
        /// How often at most, for each worker.
        max_restarts: u32,
    },
}

impl RawWorkers {
    /// `isolation` is that of the loop: it may ask for a process for each worker. `elsewhere` are the workers that the launcher's hosts
    /// have, where each says how many.
    pub(crate) fn resolve(
        &self,
        isolation: Option<&At<Isolation>>,
        elsewhere: Option<u32>,
        r: &mut Resolver<'_>,
    ) -> Workers {
        let count = self.count.as_ref().map_or(elsewhere.unwrap_or(COUNT), |count| count.value);
        let processes = self.processes(count, r);
        let each_its_own = isolation.filter(|isolation| isolation.value == Isolation::Process);
        Workers {
            count,
            processes: each_its_own.map_or(processes, |isolation| self.one_each(count, isolation, r)),
            seed: self.seed.as_ref().map(|seed| Seed(seed.value)),
            restart: self.restart(r),
            start_timeout: r.parse_or(self.start_timeout.as_ref(), START_TIMEOUT),
        }
    }

    fn processes(&self, count: u32, r: &mut Resolver<'_>) -> u32 {
        let Some(processes) = &self.processes else { return count.min(r.cores.get()) };
        if r.gives_way(&processes.span, self.count.as_ref().map(|count| &count.span)) {
            return processes.value.min(count);
        }
        if processes.value > count && !r.is_faulty("workers.count") {
            let finding =
                Finding::new(Mistake::Conflict("There are more host processes than workers".to_owned()))
                    .label(processes.span.clone(), format!("{} processes", processes.value));
            r.report(match &self.count {
                Some(written) => finding
                    .label(written.span.clone(), format!("for {}", counted(count)))
                    .help("Set `processes` to at most `count`, or leave it out"),
                None => finding.help("`count` is 1 unless it is set: add it, or leave `processes` out"),
            });
        }
        processes.value
    }

    /// A host process for each worker, which nothing else can be asked for then.
    fn one_each(&self, count: u32, isolation: &At<Isolation>, r: &mut Resolver<'_>) -> u32 {
        if let Some(processes) = &self.processes
            && processes.value < count
            && !r.gives_way(&processes.span, Some(&isolation.span))
        {
            r.report(
                Finding::new(Mistake::Conflict(
                    "`workers.processes` has no effect with `[loop] isolation = \"process\"`".to_owned(),
                ))
                .label(processes.span.clone(), format!("{} for {}", processes.value, counted(count)))
                .label(isolation.span.clone(), "each worker is a process of its own")
                .help("Leave out `processes`"),
            );
        }
        count
    }

    fn restart(&self, r: &mut Resolver<'_>) -> Restart {
        let when = self.restart.as_ref().map_or(RestartWhen::Never, |restart| restart.value);
        match (when, &self.max_restarts) {
            (RestartWhen::OnLost, max) => {
                Restart::OnLost { max_restarts: max.as_ref().map_or(MAX_RESTARTS, |max| max.value) }
            }
            (RestartWhen::Never, None) => Restart::Never,
            (RestartWhen::Never, Some(max))
                if r.gives_way(&max.span, self.restart.as_ref().map(|restart| &restart.span)) =>
            {
                Restart::Never
            }
            (RestartWhen::Never, Some(_)) if r.is_faulty("workers.restart") => Restart::Never,
            (RestartWhen::Never, Some(max)) => {
                let finding = Finding::new(Mistake::Conflict(
                    "`workers.max_restarts` has no effect without `restart = \"on-lost\"`".to_owned(),
                ))
                .label(max.span.clone(), "how often to restart")
                .help("Leave out `max_restarts`");
                r.report(match &self.restart {
                    Some(never) => finding.label(never.span.clone(), "but never"),
                    None => finding,
                });
                Restart::Never
            }
        }
    }
}

fn counted(workers: u32) -> String {
    if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") }
}
