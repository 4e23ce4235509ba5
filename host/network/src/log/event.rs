//! What is logged, and how it stands in Redis: as lgr writes it for R rush, so that each can read the other's.

use std::time::SystemTime;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

/// How loud a log event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Every step.
    Trace,
    /// For whoever looks for an error.
    Debug,
    /// How things go.
    Info,
    /// Something should be different.
    Warn,
    /// Something went wrong.
    Error,
    /// Nothing goes on after it.
    Fatal,
}

impl LogLevel {
    /// All levels, the quietest first.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The name of the level.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The number that lgr has for it: the smaller, the graver.
    pub fn number(self) -> u32 {
        match self {
            Self::Trace => 600,
            Self::Debug => 500,
            Self::Info => 400,
            Self::Warn => 300,
            Self::Error => 200,
            Self::Fatal => 100,
        }
    }

    /// The level of a number. In R anybody can make levels of their own: one between two of these is as grave as the less grave.
    pub fn from_number(number: u32) -> Self {
        Self::ALL.into_iter().rev().find(|level| number <= level.number()).unwrap_or(Self::Trace)
    }
}

/// One message of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// When, by the clock of the worker's machine; stored in milliseconds.
    pub time: SystemTime,
    /// How loud.
    pub level: LogLevel,
    /// Who speaks: a path such as `mlr3/rush`.
    pub logger: String,
    /// The function that speaks, or nothing.
    pub caller: String,
    /// What it says.
    pub message: String,
}

/// As lgr formats times.
const TIME: &str = "%Y-%m-%d %H:%M:%S%.3f";

#[derive(Serialize)]
struct Written<'a> {
    level: u32,
    timestamp: String,
    logger: &'a str,
    caller: &'a str,
    msg: &'a str,
}

/// Whatever else R loggers add to their events is not read.
#[derive(Deserialize)]
struct Read {
    level: u32,
    timestamp: String,
    #[serde(default)]
    logger: Option<String>,
    #[serde(default)]
    caller: Option<String>,
    #[serde(default)]
    msg: Option<String>,
}

impl LogEvent {
    /// As it stands in Redis.
    pub(crate) fn to_json(&self) -> String {
        let written = Written {
            level: self.level.number(),
            timestamp: DateTime::<Utc>::from(self.time).format(TIME).to_string(),
            logger: &self.logger,
            caller: &self.caller,
            msg: &self.message,
        };
        // Numbers and texts under fixed names are always JSON.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// None if it is not a log event.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let read: Read = serde_json::from_str(text).ok()?;
        // `%.f` reads any number of digits, none included.
        let time = NaiveDateTime::parse_from_str(&read.timestamp, "%Y-%m-%d %H:%M:%S%.f").ok()?;
        Some(Self {
            time: time.and_utc().into(),
            level: LogLevel::from_number(read.level),
            logger: read.logger.unwrap_or_default(),
            caller: read.caller.unwrap_or_default(),
            message: read.msg.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_event_is_written_as_r_rush_writes_it_and_comes_back() {
        let event = LogEvent {
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_903_405_007),
            level: LogLevel::Info,
            logger: "mlr3/rush".into(),
            caller: "evaluate".into(),
            message: "a \"quoted\"\nmessage, naïve".into(),
        };
        assert_eq!(
            event.to_json(),
            r#"{"level":400,"timestamp":"2026-07-24 14:30:05.007","logger":"mlr3/rush","caller":"evaluate","msg":"a \"quoted\"\nmessage, naïve"}"#
        );
        assert_eq!(LogEvent::from_json(&event.to_json()), Some(event));
    }

    #[test]
    fn what_others_write_is_read_as_far_as_it_is_known() {
        let read = |text: &str| {
            LogEvent::from_json(text).map(|event| (event.level, event.logger, event.caller, event.message))
        };
        let with =
            |level, caller: &str| Some((level, "mlr3".to_owned(), caller.to_owned(), "hello".to_owned()));
        let common = r#""timestamp":"2026-07-24 14:30:05","logger":"mlr3","msg":"hello""#;
        assert_eq!(read(&format!(r#"{{"level":300,{common}}}"#)), with(LogLevel::Warn, ""));
        let more = format!(r#"{{"rawMsg":[1,{{}}],"caller":"f","level":250,{common},"custom":null}}"#);
        assert_eq!(read(&more), with(LogLevel::Warn, "f"));
        assert_eq!(read(&format!(r#"{{"level":700,"caller":null,{common}}}"#)), with(LogLevel::Trace, ""));
        assert_eq!(read("hello"), None);
        assert_eq!(read(r#"{"level":300,"timestamp":"yesterday"}"#), None);
    }

    #[test]
    fn levels_have_the_numbers_of_lgr() {
        for level in LogLevel::ALL {
            assert_eq!(LogLevel::from_number(level.number()), level);
        }
        assert_eq!(LogLevel::from_number(0), LogLevel::Fatal);
        assert!(LogLevel::Trace < LogLevel::Fatal);
    }
}
