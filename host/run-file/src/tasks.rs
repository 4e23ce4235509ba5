//! `[tasks]`: what becomes of a lost worker's tasks, and how large a task may be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bytes::ByteSize;
use crate::error::Mistake;
use crate::finding::Finding;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

const MAX_ATTEMPTS: u32 = 3;
const MAX_VALUE: ByteSize = ByteSize::from_mib(4);
/// What Redis stores in one string.
const LARGEST_VALUE: ByteSize = ByteSize::from_mib(512);

/// What becomes of a lost worker's tasks, and how large a task may be.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tasks")]
pub(crate) struct RawTasks {
    /// What becomes of a task whose worker is lost.
    #[schemars(extend("default" = "fail"))]
    pub(crate) on_lost: Option<At<OnLostWord>>,
    /// How often a task is tried, the first time included, with `on_lost = "requeue"`.
    #[schemars(range(min = 1, max = 1_000), extend("default" = 3))]
    pub(crate) max_attempts: Option<At<u32>>,
    /// Largest stored value: the parameters or the results of one task. At most 512MiB, the limit of Redis.
    #[schemars(extend("default" = "4MiB"))]
    pub(crate) max_value: Option<Text<ByteSize>>,
}

/// What becomes of a task whose worker is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OnLostWord {
    /// It fails.
    Fail,
    /// It goes back to the front of the queue if it came from there, and fails when it was tried `max_attempts` times;
    /// a task that the worker had made itself fails at once.
    Requeue,
}

/// Resolved `[tasks]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tasks {
    /// What becomes of a task whose worker is lost. Default: it fails.
    pub on_lost: OnLost,
    /// Largest stored value, at most 512 MiB. Default 4 MiB.
    pub max_value: ByteSize,
}

/// What becomes of a task whose worker is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnLost {
    /// It fails.
    Fail,
    /// It goes back to the queue if it came from there.
    Requeue {
        /// How often it is tried at most, the first time included.
        max_attempts: u32,
    },
}

impl RawTasks {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Tasks {
        let max_value = r.parse_or(self.max_value.as_ref(), MAX_VALUE);
        if let Some(written) = &self.max_value
            && max_value > LARGEST_VALUE
        {
            let error = ValueError::new(format!(
                "more than {LARGEST_VALUE}, which is all that Redis stores in one value"
            ))
            .help("Keep larger values in a file that all machines see, and its path in the task");
            r.invalid(written.span.clone(), "limit", &error);
        }
        Tasks { on_lost: self.on_lost(r), max_value }
    }

    fn on_lost(&self, r: &mut Resolver<'_>) -> OnLost {
        let word = self.on_lost.as_ref().map_or(OnLostWord::Fail, |word| word.value);
        match (word, &self.max_attempts) {
            (OnLostWord::Requeue, max) => {
                OnLost::Requeue { max_attempts: max.as_ref().map_or(MAX_ATTEMPTS, |max| max.value) }
            }
            (OnLostWord::Fail, None) => OnLost::Fail,
            (OnLostWord::Fail, Some(max))
                if r.gives_way(&max.span, self.on_lost.as_ref().map(|on_lost| &on_lost.span)) =>
            {
                OnLost::Fail
            }
            (OnLostWord::Fail, Some(_)) if r.is_faulty("tasks.on_lost") => OnLost::Fail,
            (OnLostWord::Fail, Some(max)) => {
                let finding = Finding::new(Mistake::Conflict(
                    "`tasks.max_attempts` has no effect without `on_lost = \"requeue\"`".to_owned(),
                ))
                .label(max.span.clone(), "how often to try")
                .help("Leave out `max_attempts`");
                r.report(match &self.on_lost {
                    Some(fail) => finding.label(fail.span.clone(), "but a lost task fails at once"),
                    None => finding,
                });
                OnLost::Fail
            }
        }
    }
}
