//! Progress of a run: one line that renews itself on a terminal, a plain line now and then elsewhere.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use rush_network::Counts;

use crate::{
    pending::{Stage, Waiting},
    print::{talk, text},
};

/// Without a terminal a line is said at most so often.
const PLAIN_PAUSE: Duration = Duration::from_secs(5);
/// Who waits to begin, and why, is said when it has been so for a while, when it changes, and now and then: queues are long.
const SETTLED: Duration = Duration::from_secs(1);
const REMINDER: Duration = Duration::from_mins(10);
/// On a terminal the line is renewed so often.
pub(crate) const PERIOD: Duration = Duration::from_millis(200);

pub(crate) struct Progress {
    terminal: bool,
    shown: Option<String>,
    last_plain: Option<(Instant, Counts)>,
    last_waiting: Option<(Instant, String)>,
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
            last_waiting: None,
            begun: Instant::now(),
            finished_before: before.finished,
            goal,
        }
    }

    /// Shows where the run is: its tasks, so many running workers, and those that wait to begin.
    pub(crate) fn show(&mut self, counts: &Counts, workers: u64, waiting: &[Waiting]) {
        let line = self.line(counts, workers, waiting);
        self.remind(waiting);
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

    /// Says who waits to begin, each time that there is news.
    fn remind(&mut self, waiting: &[Waiting]) {
        let lines: Vec<String> = waiting.iter().map(ToString::to_string).collect();
        let text = lines.join("\n");
        let pause = match &self.last_waiting {
            _ if text.is_empty() => return self.last_waiting = None,
            None => SETTLED.saturating_sub(self.begun.elapsed()),
            Some((_, told)) if *told != text => PLAIN_PAUSE,
            Some(_) => REMINDER,
        };
        let since = self.last_waiting.as_ref().map(|(since, _)| since.elapsed());
        if since.map_or(pause.is_zero(), |since| since >= pause) {
            self.say(format_args!("{text}"));
            self.last_waiting = Some((Instant::now(), text));
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

    fn line(&self, counts: &Counts, workers: u64, waiting: &[Waiting]) -> String {
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
            " · {rate:.0} tasks/s · {}{} · {}",
            text::counted(workers, "worker"),
            wait(waiting),
            text::duration(elapsed)
        )
    }
}

/// `, 6 wait (Resources)`: as short as it gets; nothing if nobody waits.
fn wait(waiting: &[Waiting]) -> String {
    let waiting: Vec<&Waiting> = waiting.iter().filter(|waiting| waiting.stage == Stage::Waits).collect();
    let count: u64 = waiting.iter().map(|waiting| waiting.workers).sum();
    let Some(most) = waiting.iter().max_by_key(|waiting| waiting.workers) else { return String::new() };
    let more = if waiting.len() > 1 { ", …" } else { "" };
    format!(", {count} {} ({}{more})", if count == 1 { "waits" } else { "wait" }, most.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(reason: &str, workers: u64) -> Waiting {
        Waiting {
            launcher: "slurm".into(),
            place: "job 1234".into(),
            stage: Stage::Waits,
            reason: reason.into(),
            workers,
        }
    }

    #[test]
    fn those_that_wait_stand_beside_those_that_run() {
        let progress = Progress::new(&Counts::default(), Some(100));
        let line = progress.line(&Counts::default(), 2, &[waiting("Resources", 6)]);
        let told = "0 finished of 100, 0 running · 0 tasks/s · 2 workers, 6 wait (Resources) · ";
        assert!(line.starts_with(told), "{line}");
        assert_eq!(wait(&[waiting("Priority", 1), waiting("Resources", 6)]), ", 7 wait (Resources, …)");
        assert_eq!(wait(&[waiting("Priority", 1)]), ", 1 waits (Priority)");
        assert_eq!(wait(&[]), "");
    }
}
