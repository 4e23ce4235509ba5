//! Logs: of loops and objectives alike.

use rush_network::{LogLevel, LogPosition, fields};

use super::{Language, session::Session};

const LEVELS: [LogLevel; 5] =
    [LogLevel::Trace, LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];
const HARD: &str = "ä\u{1f980} \"quoted\"\nand a second line";

pub(crate) fn messages_are_stored_with_logger_and_level(language: &Language) {
    let tables = "[log]\nloggers = { root = \"fatal\", \"mlr3\" = \"trace\", \"tests/rush\" = \"warn\" }";
    let session = Session::start_with(language, tables);
    for level in LEVELS {
        for logger in ["mlr3/rush", "tests/rush", "other"] {
            let words = fields! { "level" => level.as_str(), "logger" => logger, "message" => format!("{HARD} of {logger}") };
            session.ask("log", words.clone()).is_empty();
            let mut evaluated = super::model::under("xs.", words);
            evaluated.extend(fields! { "xs.call" => "log" });
            session.ask("evaluate", evaluated).is_empty();
        }
    }
    // What is gathered is stored before the end of the worker.
    session.command("end", fields! { "how" => "return" });
    session.wait_for_end();
    let log = session.block_on(session.network.read_log(None, &LogPosition::default()));
    let stored: Vec<_> = log.events.into_iter().map(|(_, event)| event).collect();
    let of = |logger: &str| {
        let of_it = stored.iter().filter(|event| event.logger == logger);
        of_it.map(|event| (event.level, event.message.clone())).collect::<Vec<_>>()
    };
    let twice = |levels: &[LogLevel], logger: &str| {
        let message = format!("{HARD} of {logger}");
        levels
            .iter()
            .flat_map(|&level| [(level, message.clone()), (level, message.clone())])
            .collect::<Vec<_>>()
    };
    assert_eq!(of("mlr3/rush"), twice(&LEVELS, "mlr3/rush"));
    assert_eq!(of("tests/rush"), twice(&LEVELS[3..], "tests/rush"));
    assert_eq!(stored.len(), 14, "{stored:#?}");
}
