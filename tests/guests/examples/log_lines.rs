//! Logs a line at each level, under two loggers, and one with what a terminal would act upon.

use rush_worker::prelude::*;

fn log_lines(_: &mut Worker) -> Result<()> {
    trace!(target: "tests/rush", "a trace");
    debug!(target: "tests/rush", "a detail");
    info!(target: "tests/rush", "some news");
    warn!(target: "tests/rush", "a warning");
    error!(target: "tests/rush", "an error");
    info!("under the name of the module");
    info!(target: "tests/rush", "two\nlines, \u{1b}[31mred\u{1b}[0m, and a bell \u{7}");
    Ok(())
}

rush_worker::main!(log_lines);
