//! The only place that writes to the terminal: data to stdout, talk to stderr.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one place that prints")]

use crate::error::Error;

/// A step that begins.
pub(crate) fn step(text: &str) {
    eprintln!("==> {text}");
}

/// Something beside the steps.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// A question; the answer is typed behind it.
pub(crate) fn ask(question: &str) {
    eprint!("{question} ");
}

/// Why the task ends.
pub(crate) fn error(error: &Error) {
    eprintln!("{error}");
}

/// What the task was asked for.
pub(crate) fn data(text: &str) {
    println!("{text}");
}
