//! What a program said until its end.

use std::{fmt, os::unix::process::ExitStatusExt as _, process::ExitStatus};

use serde_json::Value;

/// How a program ended, and what it said.
#[derive(Debug, Clone)]
pub struct Said {
    /// What was typed.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Data: standard output.
    pub data: String,
    /// Talk: standard error.
    pub talk: String,
}

impl Said {
    /// The exit code; a program that was ended by a signal has none.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn ends_with_code(&self, code: i32) -> &Self {
        assert_eq!(self.code(), Some(code), "not exit code {code}:\n{self}");
        self
    }

    /// Asserts that all went well.
    #[track_caller]
    pub fn ok(&self) -> &Self {
        self.ends_with_code(0)
    }

    /// Asserts that the talk has this text, however its lines are broken and framed.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(flowing(&self.talk).contains(&flowing(text)), "`{text}` is not said:\n{self}");
        self
    }

    /// Asserts that neither talk nor data have this text.
    #[track_caller]
    pub fn never_says(&self, text: &str) -> &Self {
        let both = flowing(&self.talk) + &flowing(&self.data);
        assert!(!both.contains(text), "`{text}` is said:\n{self}");
        self
    }

    /// Asserts that the data have this text.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(flowing(&self.data).contains(&flowing(text)), "`{text}` is not shown:\n{self}");
        self
    }

    /// The data, if they are one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.ok();
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"))
    }

    /// The data, if they are one JSON document a line.
    #[track_caller]
    pub fn jsonl(&self) -> Vec<Value> {
        self.ok();
        let parse =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"));
        self.data.lines().map(parse).collect()
    }
}

/// A text without the line breaks and the frames that a narrow terminal gives it.
fn flowing(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| *word != "│" && *word != "|");
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit code {code}"),
            (None, signal) => format!("signal {}", signal.unwrap_or_default()),
        };
        let Self { command, data, talk, .. } = self;
        write!(formatter, "$ {command}\n[{how}]\n--- standard output\n{data}\n--- standard error\n{talk}")
    }
}
