//! Progress of a run: one line that renews itself on a terminal, a plain line now and then elsewhere.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use rush_network::Counts;

use crate::print::{talk, text};

/// Without a terminal a line is said at most so often.
const PLAIN_PAUSE: Duration = Duration::from_secs(5);
/// On a terminal the line is renewed so often.
pub(crate) const PERIOD: Duration = Duration::from_millis(200);

pub(crate) struct Progress {
    terminal: bool,
    shown: Option<String>,
    last_plain: Option<(Instant, Counts)>,
    begun: Instant,
    finished_before: u64,
    goal: Option<u64>,
}

impl Progress {
    pub(crate) fn new(before: &Counts, goal: Option<u64>) -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            shown: None,
            last_plain: None,
            begun: Instant::now(),
            finished_before: before.finished,
            goal,
        }
    }

    /// Shows where the run is.
    pub(crate) fn show(&mut self, counts: &Counts, workers: u64) {
        let line = self.line(counts, workers);
        if self.terminal {
            if self.shown.as_ref() != Some(&line) {
                let _ = write!(std::io::stderr().lock(), "\r\x1b[2K{line}");
                self.shown = Some(line);
            }
            return;
        }
        let (then, before) = *self.last_plain.get_or_insert((self.begun, Counts::default()));
        if then.elapsed() >= PLAIN_PAUSE && before != *counts {
            talk::line(format_args!("{line}"));
            self.last_plain = Some((Instant::now(), *counts));
        }
    }

    /// Says a line above the progress.
    pub(crate) fn say(&mut self, text: fmt::Arguments<'_>) {
        self.clear();
        talk::line(text);
    }

    /// Takes the line away.
    pub(crate) fn clear(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[2K");
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn line(&self, counts: &Counts, workers: u64) -> String {
        let elapsed = self.begun.elapsed();
        let goal = self.goal.map(|goal| format!(" of {goal}")).unwrap_or_default();
        let mut line = format!("{} finished{goal}, {} running", counts.finished, counts.running);
        for (count, what) in [(counts.queued, "queued"), (counts.failed, "failed")] {
            if count > 0 {
                line += &format!(", {count} {what}");
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate =
            counts.finished.saturating_sub(self.finished_before) as f64 / elapsed.as_secs_f64().max(0.001);
        line + &format!(
            " · {rate:.0} tasks/s · {} · {}",
            text::counted(workers, "worker"),
            text::duration(elapsed)
        )
    }
}
