//! What the scripts publish on the network's channel. A wake-up only makes a host look: a missed one costs a beat, no task.

use crate::WorkerId;

/// A wake-up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WakeUp {
    /// So many tasks came into the common queue.
    Queue(usize),
    /// Something changed for this worker.
    Worker(WorkerId),
    /// The run is over, or the network was reset: look.
    Look,
    /// Nothing that concerns this process.
    Other,
}

impl WakeUp {
    pub(crate) fn parse(message: &str) -> Self {
        match message.split_once(' ') {
            Some(("queue", count)) => Self::Queue(count.parse().unwrap_or(1)),
            Some(("worker", id)) => Self::Worker(WorkerId::stored(id.to_owned())),
            None if message == "stop" || message == "reset" => Self::Look,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wake_ups_are_what_the_scripts_publish() {
        assert_eq!(WakeUp::parse("queue 3"), WakeUp::Queue(3));
        assert_eq!(
            WakeUp::parse("worker calm_otter_1"),
            WakeUp::Worker(WorkerId::stored("calm_otter_1".into()))
        );
        assert_eq!(WakeUp::parse("stop"), WakeUp::Look);
        assert_eq!(WakeUp::parse("reset"), WakeUp::Look);
        assert_eq!(WakeUp::parse("workers"), WakeUp::Other);
    }
}
