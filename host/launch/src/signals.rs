//! Interrupts of the manager: the first asks, the second insists.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal that asks the manager to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSignal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM: `kill`, a batch system, the end of a container.
    Terminate,
}

impl EndSignal {
    /// The exit code of a program that ended for this signal: 128 and its number.
    ///
    /// ```
    /// use rush_launch::signals::EndSignal;
    /// assert_eq!(EndSignal::Interrupt.exit_code(), 130);
    /// assert_eq!(EndSignal::Terminate.exit_code(), 143);
    /// ```
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// An interrupt, by how urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Workers should be terminated: they end after their task.
    First(EndSignal),
    /// Workers should be killed. Also every further one.
    Second(EndSignal),
}

impl Interrupt {
    /// The signal.
    pub fn signal(self) -> EndSignal {
        match self {
            Self::First(signal) | Self::Second(signal) => signal,
        }
    }
}

/// The interrupts of this process. From when it is made, the signals no longer end the process by themselves.
#[derive(Debug)]
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    first: Option<EndSignal>,
}

impl Interrupts {
    /// Begins to listen. To be called within a tokio runtime.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            first: None,
        })
    }

    /// The next interrupt. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Interrupt {
        let signal = tokio::select! {
            _ = self.interrupt.recv() => EndSignal::Interrupt,
            _ = self.terminate.recv() => EndSignal::Terminate,
        };
        let interrupt = grade(self.first, signal);
        self.first.get_or_insert(signal);
        interrupt
    }

    /// The first signal that came, which decides the exit code.
    pub fn first(&self) -> Option<EndSignal> {
        self.first
    }
}

fn grade(before: Option<EndSignal>, signal: EndSignal) -> Interrupt {
    if before.is_none() { Interrupt::First(signal) } else { Interrupt::Second(signal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_asks_and_all_others_insist() {
        assert_eq!(grade(None, EndSignal::Terminate), Interrupt::First(EndSignal::Terminate));
        let second = grade(Some(EndSignal::Terminate), EndSignal::Interrupt);
        assert_eq!(second, Interrupt::Second(EndSignal::Interrupt));
        assert_eq!(second.signal(), EndSignal::Interrupt);
    }
}
