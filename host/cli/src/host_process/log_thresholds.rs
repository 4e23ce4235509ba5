//! Which messages are stored: a threshold for each logger, by the rules of R's `lgr`.

use std::collections::BTreeMap;

use rush_network::LogLevel;

/// Covers every logger that nothing else covers.
const ROOT: &str = "root";
/// The logger under which an SDK says why its program panics.
const PANIC: &str = "panic";

/// The thresholds of `[log] loggers`.
///
/// Names are paths: `mlr3` covers `mlr3/rush`, unless that has a threshold of its own. A logger that nothing covers is not stored;
/// only why a program panicked is, as soon as anything is stored, because nothing in a log matters more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Thresholds(BTreeMap<String, LogLevel>);

impl Thresholds {
    pub(super) fn new(loggers: &BTreeMap<String, rush_run_file::LogLevel>) -> Self {
        Self(loggers.iter().map(|(name, level)| (name.clone(), stored(*level))).collect())
    }

    /// Whether there is nothing that would be stored.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a message of this logger and level is stored.
    pub(super) fn stores(&self, logger: &str, level: LogLevel) -> bool {
        // The numbers are lgr's: the lower, the more important.
        self.threshold(logger).is_some_and(|threshold| level.number() <= threshold.number())
    }

    /// The lowest level of a logger that is stored. The longest name that covers it decides.
    fn threshold(&self, logger: &str) -> Option<LogLevel> {
        std::iter::successors(Some(logger), |name| name.rsplit_once('/').map(|(parent, _)| parent))
            .chain([ROOT])
            .find_map(|name| self.0.get(name).copied())
            .or_else(|| (logger == PANIC && !self.is_empty()).then_some(LogLevel::Error))
    }
}

/// The level of a run file as it stands in Redis.
fn stored(level: rush_run_file::LogLevel) -> LogLevel {
    use rush_run_file::LogLevel as Written;
    match level {
        Written::Trace => LogLevel::Trace,
        Written::Debug => LogLevel::Debug,
        Written::Info => LogLevel::Info,
        Written::Warn => LogLevel::Warn,
        Written::Error => LogLevel::Error,
        Written::Fatal => LogLevel::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use LogLevel::{Debug, Error, Fatal, Info, Trace, Warn};

    use super::*;

    fn thresholds(loggers: &[(&str, LogLevel)]) -> Thresholds {
        Thresholds(loggers.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect())
    }

    /// What is stored of this logger, of all levels.
    fn stored(loggers: &[(&str, LogLevel)], logger: &str) -> Vec<LogLevel> {
        let thresholds = thresholds(loggers);
        let all = [Trace, Debug, Info, Warn, Error, Fatal];
        all.into_iter().filter(|level| thresholds.stores(logger, *level)).collect()
    }

    #[test]
    fn nothing_is_stored_unless_asked_for() {
        assert!(thresholds(&[]).is_empty());
        assert_eq!(stored(&[], "mlr3/rush"), []);
        assert_eq!(stored(&[], "panic"), []);
        assert_eq!(stored(&[("mlr3/rush", Debug)], "bbotk"), []);
    }

    #[test]
    fn a_level_covers_what_is_more_important() {
        assert_eq!(stored(&[("bbotk", Trace)], "bbotk").len(), 6);
        assert_eq!(stored(&[("bbotk", Warn)], "bbotk"), [Warn, Error, Fatal]);
        assert_eq!(stored(&[("bbotk", Fatal)], "bbotk"), [Fatal]);
    }

    #[test]
    fn a_logger_covers_those_below_it() {
        assert_eq!(stored(&[("mlr3", Error)], "mlr3/rush/queue"), [Error, Fatal]);
        assert_eq!(stored(&[("mlr3", Error)], "mlr3rush"), []);
        assert_eq!(stored(&[("mlr3/rush", Error)], "mlr3"), []);
        assert_eq!(stored(&[("mlr3", Error)], ""), []);
    }

    #[test]
    fn the_longest_name_decides() {
        let loggers = [("root", Fatal), ("mlr3", Error), ("mlr3/rush", Trace)];
        assert_eq!(stored(&loggers, "mlr3/rush").len(), 6);
        assert_eq!(stored(&loggers, "mlr3/rush/queue").len(), 6);
        assert_eq!(stored(&loggers, "mlr3/tuning"), [Error, Fatal]);
        assert_eq!(stored(&loggers, "bbotk"), [Fatal]);
    }

    #[test]
    fn root_covers_all() {
        for logger in ["mlr3/rush", "branin::model", "root", "", "/", "panic"] {
            assert_eq!(stored(&[("root", Warn)], logger), [Warn, Error, Fatal], "{logger}");
        }
    }

    #[test]
    fn why_a_program_panicked_is_stored_with_anything() {
        assert_eq!(stored(&[("mlr3", Info)], "panic"), [Error, Fatal]);
        assert_eq!(stored(&[("mlr3", Info), ("panic", Fatal)], "panic"), [Fatal]);
    }
}
