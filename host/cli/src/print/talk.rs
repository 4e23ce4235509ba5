//! Talk: what the program says to people, on standard error.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _},
};

use crate::print::failure;

/// Says one line. That nobody listens any more is no reason to fail.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Something that the user should know, but that stops nothing.
pub(crate) fn warning(text: fmt::Arguments<'_>) {
    let bold = anstyle::Style::new().bold();
    line(format_args!("{bold}warning:{bold:#} {text}"));
}

/// Why a command failed.
pub(crate) fn failure(report: &miette::Report) {
    let _ = anstream::stderr().lock().write_all(failure::text(report).as_bytes());
}

/// Prints data, whole. A closed pipe (`| head`) ends the output, and that is what its reader wanted.
pub(crate) fn data(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// Prints data as they are: other programs read them, so nothing in them is taken for colours.
pub(crate) fn bytes(bytes: &[u8]) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// Whether data go to people.
pub(crate) fn data_to_terminal() -> bool {
    std::io::stdout().is_terminal()
}
