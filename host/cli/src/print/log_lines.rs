//! Messages of workers, in each of the formats.

use std::{collections::HashMap, time::SystemTime};

use rush_network::{LogEvent, LogLevel, WorkerId};
use serde_json::json;

use crate::{
    arguments::Format,
    print::{
        records::{self, Record},
        text::{harmless, timestamp},
    },
};

/// The columns, as R rush has them.
const COLUMNS: [&str; 6] = ["worker_id", "level", "timestamp", "logger", "caller", "msg"];
const TIME_DIFFERENCE: &str = "time_difference";
/// As wide as the longest name of a level.
const LEVEL: usize = 5;

/// Renders one batch of messages after the other.
pub(crate) struct LogLines {
    format: Format,
    /// When each worker said something last; none if nobody wants to know.
    last: Option<HashMap<WorkerId, SystemTime>>,
    /// The header is written once.
    begun: bool,
}

impl LogLines {
    pub(crate) fn new(format: Format, time_differences: bool) -> Self {
        Self { format, last: time_differences.then(HashMap::new), begun: false }
    }

    /// The next messages, in their order.
    pub(crate) fn render(&mut self, events: &[(WorkerId, LogEvent)]) -> String {
        if self.format == Format::Table {
            return events.iter().map(|(worker, event)| self.line(worker, event)).collect();
        }
        let rows: Vec<Record> = events.iter().map(|(worker, event)| self.row(worker, event)).collect();
        let mut columns = COLUMNS.map(str::to_owned).to_vec();
        if self.last.is_some() {
            columns.push(TIME_DIFFERENCE.to_owned());
        }
        let all = records::render(&rows, &columns, self.format);
        let begun = std::mem::replace(&mut self.begun, true);
        match all.split_once('\n') {
            Some((_, rows)) if self.format == Format::Csv && begun => rows.to_owned(),
            _ => all,
        }
    }

    /// `time level worker logger: message`; further lines of the message are indented.
    fn line(&mut self, worker: &WorkerId, event: &LogEvent) -> String {
        let mut out = timestamp(event.time);
        if self.last.is_some() {
            let since = self.since_last(worker, event.time).map(|since| format!("{since:+.3}s"));
            out += &format!(" {:>9}", since.unwrap_or_default());
        }
        let style = style(event.level);
        out += &format!(
            " {style}{:LEVEL$}{style:#} {worker} {}:",
            event.level.as_str(),
            harmless(&event.logger)
        );
        let mut lines = event.message.lines();
        if let Some(first) = lines.next().filter(|first| !first.is_empty()) {
            out += &format!(" {}", harmless(first));
        }
        out.push('\n');
        for line in lines {
            out += format!("    {}", harmless(line)).trim_end();
            out.push('\n');
        }
        out
    }

    fn row(&mut self, worker: &WorkerId, event: &LogEvent) -> Record {
        let mut row = json!({
            "worker_id": worker.as_str(),
            "level": event.level.as_str(),
            "timestamp": timestamp(event.time),
            "logger": event.logger,
            "caller": event.caller,
            "msg": event.message,
        });
        if self.last.is_some() {
            row[TIME_DIFFERENCE] = json!(self.since_last(worker, event.time));
        }
        row.as_object().cloned().unwrap_or_default()
    }

    /// Seconds since this worker's message before; below zero if its clock was set back.
    fn since_last(&mut self, worker: &WorkerId, time: SystemTime) -> Option<f64> {
        let last = self.last.as_mut()?.insert(worker.clone(), time)?;
        let since = match time.duration_since(last) {
            Ok(since) => since.as_secs_f64(),
            Err(before) => -before.duration().as_secs_f64(),
        };
        Some(since)
    }
}

/// The name of the level says the same.
fn style(level: LogLevel) -> anstyle::Style {
    let colour = match level {
        LogLevel::Fatal | LogLevel::Error => anstyle::AnsiColor::Red,
        LogLevel::Warn => anstyle::AnsiColor::Yellow,
        LogLevel::Info | LogLevel::Debug | LogLevel::Trace => return anstyle::Style::new(),
    };
    colour.on_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn events() -> Vec<(WorkerId, LogEvent)> {
        let event = |worker, millis: u64, level, logger: &str, message: &str| {
            let event = LogEvent {
                time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_903_405_007 + millis),
                level,
                logger: logger.into(),
                caller: "random_search".into(),
                message: message.into(),
            };
            (WorkerId::parse(worker).unwrap(), event)
        };
        vec![
            event("calm_otter", 0, LogLevel::Info, "mlr3/rush", "begun"),
            event("bold_crane", 5, LogLevel::Warn, "mlr3", "two\nlines, \u{1b}[31mred"),
            event("calm_otter", 1250, LogLevel::Debug, "mlr3/rush", ""),
        ]
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_line_tells_when_how_important_who_and_what() {
        assert_eq!(
            plain(&LogLines::new(Format::Table, false).render(&events())),
            "2026-07-24 14:30:05.007 info  calm_otter mlr3/rush: begun\n\
             2026-07-24 14:30:05.012 warn  bold_crane mlr3: two\n    lines, ␛[31mred\n\
             2026-07-24 14:30:06.257 debug calm_otter mlr3/rush:\n"
        );
    }

    #[test]
    fn time_differences_are_those_of_one_worker() {
        let shown = plain(&LogLines::new(Format::Table, true).render(&events()));
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "2026-07-24 14:30:05.007           info  calm_otter mlr3/rush: begun");
        assert_eq!(lines[3], "2026-07-24 14:30:06.257   +1.250s debug calm_otter mlr3/rush:");
        let rows = LogLines::new(Format::Jsonl, true).render(&events());
        let differences: Vec<serde_json::Value> = rows
            .lines()
            .map(|row| serde_json::from_str::<Record>(row).unwrap()["time_difference"].clone())
            .collect();
        assert_eq!(differences, [json!(null), json!(null), json!(1.25)]);
    }

    #[test]
    fn programs_get_the_columns_of_r_rush() {
        let mut lines = LogLines::new(Format::Csv, false);
        assert_eq!(
            lines.render(&events()[..1]),
            "worker_id,level,timestamp,logger,caller,msg\n\
             calm_otter,info,2026-07-24 14:30:05.007,mlr3/rush,random_search,begun\n"
        );
        // What follows has no header any more.
        assert_eq!(
            lines.render(&events()[2..]),
            "calm_otter,debug,2026-07-24 14:30:06.257,mlr3/rush,random_search,\n"
        );
    }
}
