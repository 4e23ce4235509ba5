//! Texts of others, made safe and short for a terminal.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};

/// Text of a guest without what a terminal would obey: control characters become visible ones, tabs stay.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let obeyed = |letter: char| letter.is_control() && letter != '\t';
    if !text.chars().any(obeyed) {
        return text.into();
    }
    let shown = text.chars().map(|letter| match letter {
        '\x1b' => '␛',
        // The symbols for the first 32 control characters stand in a row.
        '\0'..='\x1f' if obeyed(letter) => char::from_u32(0x2400 + letter as u32).unwrap_or('�'),
        letter if obeyed(letter) => '�',
        letter => letter,
    });
    shown.collect::<String>().into()
}

/// The same for a text of many lines, whose ends stay.
pub(crate) fn harmless_lines(text: &str) -> String {
    let harmless_line = |line: &str| match line.strip_suffix('\n') {
        Some(line) => harmless(line).into_owned() + "\n",
        None => harmless(line).into_owned(),
    };
    text.split_inclusive('\n').map(harmless_line).collect()
}

/// `1 worker`, `4 workers`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A time as people say it: `38 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A point in time in UTC, as it stands in logs: `2026-07-24 14:30:05.007`.
pub(crate) fn timestamp(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_in_it() {
        assert_eq!(harmless("plain ä\t1"), "plain ä\t1");
        assert_eq!(harmless("\x1b[2J\x07\r\u{9b}0m"), "␛[2J␇␍�0m");
        assert_eq!(harmless_lines("a\x07\n\nb\r"), "a␇\n\nb␍");
    }

    #[test]
    fn times_are_said_as_people_do() {
        let said = [0.84, 12.34, 245.0, 7380.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(said, ["840 ms", "12.3 s", "4 min 5 s", "2 h 3 min"]);
        assert_eq!([counted(1, "task"), counted(0, "task")], ["1 task", "0 tasks"]);
    }
}
