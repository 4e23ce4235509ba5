//! Talk: what the program says to people, on standard error.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
};

use crate::{
    arguments::Format,
    print::{failure, text::harmless_lines},
};

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
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// Prints rows. A terminal gets no control characters of others, which only CSV can hold; programs get the bytes as they are.
/// Answers whether anybody reads them.
pub(crate) fn rows(text: &str, format: Format) -> bool {
    fn print(mut stdout: impl io::Write, text: &str) -> io::Result<()> {
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }
    let printed = match format {
        Format::Table => print(anstream::stdout().lock(), text),
        Format::Csv if data_to_terminal() => print(io::stdout().lock(), &harmless_lines(text)),
        Format::Csv | Format::Json | Format::Jsonl => print(io::stdout().lock(), text),
    };
    printed.is_ok()
}

/// How many letters fit into a line of data; none if they do not go to a terminal.
pub(crate) fn data_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(width.0.into())
}

/// Whether data go to people.
pub(crate) fn data_to_terminal() -> bool {
    io::stdout().is_terminal()
}
