//! Waiting for something that blocks, with an end to patience and a word now and then.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long opening a private Redis may take in all: loading gigabytes of data takes minutes, nothing takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);
/// After how long the user is told what we wait for, and how often.
const WORD: Duration = Duration::from_secs(5);

/// Runs `block` on a thread of its own; `None` when it has not answered after `patience`. The thread is then left
/// behind, and what it gets in the end is dropped.
pub(crate) fn wait_for<T: Send + 'static>(
    what: &str,
    patience: Duration,
    block: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || sender.send(block()));
    receive(what, patience, &receiver)
}

/// The next value from the channel; `None` when there is none after `patience`, or when its sender is gone.
pub(crate) fn receive<T>(what: &str, patience: Duration, receiver: &Receiver<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        let rest = end.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(rest.min(WORD)) {
            Ok(value) => return Some(value),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if rest <= WORD => return None,
            Err(RecvTimeoutError::Timeout) => tracing::warn!("Still waiting for {what}"),
        }
    }
}

/// Pauses between attempts where the operating system offers no event: doubled each time, up to `longest`.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_passed_on_and_silence_has_an_end() {
        assert_eq!(wait_for("an answer", Duration::from_secs(5), || 7), Some(7));
        let (_keep, never) = std::sync::mpsc::channel::<()>();
        assert_eq!(wait_for("nothing", Duration::from_millis(20), move || never.recv().is_ok()), None);
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(35));
        let pauses: Vec<_> = (0..4).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(pauses, [10, 20, 35, 35]);
    }
}
