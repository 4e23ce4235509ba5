//! `[heartbeat]`: how a network notices that a host process is gone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::error::Mistake;
use crate::finding::Finding;
use crate::resolve::Resolver;
use crate::spanned::{Span, Text};

const PERIOD: Duration = Duration::from_millis(1_000);
const EXPIRE: Duration = Duration::from_millis(10_000);

/// How a network notices that a host process is gone.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "heartbeat")]
pub(crate) struct RawHeartbeat {
    /// How often each host process says that its workers are alive.
    #[schemars(extend("default" = "1s"))]
    pub(crate) period: Option<Text<Duration>>,
    /// How long after its last sign of life a worker counts as lost. At least `period`; several times as long is
    /// sensible, since whoever is late is lost.
    #[schemars(extend("default" = "10s"))]
    pub(crate) expire: Option<Text<Duration>>,
}

/// Resolved `[heartbeat]`: `expire` is never shorter than `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// How often each host process says that its workers are alive. Default 1 s.
    pub period: Duration,
    /// How long after its last sign of life a worker counts as lost. Default 10 s.
    pub expire: Duration,
}

impl RawHeartbeat {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Heartbeat {
        let before = r.findings.len();
        let period = r.parse_or(self.period.as_ref(), PERIOD);
        let expire = r.parse_or(self.expire.as_ref(), EXPIRE);
        let both_are_valid = r.findings.len() == before
            && !r.is_faulty("heartbeat.period")
            && !r.is_faulty("heartbeat.expire");
        if both_are_valid && expire < period {
            r.report(self.expires_too_soon(period, expire));
        }
        Heartbeat { period, expire }
    }

    fn expires_too_soon(&self, period: Duration, expire: Duration) -> Finding {
        let span = |text: &Option<Text<Duration>>| text.as_ref().map(|text| text.span.clone());
        let label = |finding: Finding, span: Option<Span>, text: String| match span {
            Some(span) => finding.label(span, text),
            None => finding,
        };
        let conflict =
            "`heartbeat.expire` is shorter than `heartbeat.period`: every worker would be lost".to_owned();
        let finding = Finding::new(Mistake::Conflict(conflict));
        let finding = label(finding, span(&self.expire), format!("lost after {expire} of silence"));
        let finding = label(finding, span(&self.period), format!("a sign of life every {period}"));
        finding.help(match (&self.period, &self.expire) {
            (Some(_), None) => {
                format!("`expire` is {EXPIRE} unless it is set: set it to several times `period`")
            }
            (None, _) => format!(
                "`period` is {PERIOD} unless it is set: make `expire` longer, or set a shorter `period`"
            ),
            _ => "Set `expire` to several times `period`".to_owned(),
        })
    }
}
