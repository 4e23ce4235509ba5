//! Why there will be no reply from a child.

use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::bytes::Malformed;

/// Why there will be no reply from a child.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// It ended by itself, or somebody else ended it.
    #[error("the evaluator process {}", How(*.0))]
    Died(ExitStatus),
    /// It closed its socket and stayed.
    #[error("the evaluator process closed its socket; it was killed")]
    HungUp,
    /// What it says is not what such a process says: it was broken into, or it is of another version.
    #[error("the evaluator process does not keep to its protocol ({0}); it was killed")]
    Malformed(#[from] Malformed),
    /// A mistake of this host.
    #[error("the evaluator process failed: {0}")]
    Failed(String),
    /// The system refused to send or to receive.
    #[error("the evaluator process cannot be talked to: {0}; it was killed")]
    Io(#[from] io::Error),
}

/// "died (signal 9, SIGKILL): …"
struct How(ExitStatus);

impl fmt::Display for How {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(signal) = self.0.signal() else {
            return write!(formatter, "ended by itself ({})", self.0);
        };
        write!(formatter, "died (signal {signal})")?;
        formatter.write_str(match signal {
            4 | 7 | 8 | 11 => ": the compiled code or the host has a defect",
            6 => ": it found no memory left, or itself broken",
            9 => ": somebody killed it, or the machine ran out of memory",
            31 => ": it asked the kernel for something that is forbidden to it",
            _ => "",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_how_a_process_died() {
        let died = |raw| Lost::Died(ExitStatus::from_raw(raw)).to_string();
        assert_eq!(
            died(9),
            "the evaluator process died (signal 9): somebody killed it, or the machine ran out of memory"
        );
        assert_eq!(died(15), "the evaluator process died (signal 15)");
        assert_eq!(died(3 << 8), "the evaluator process ended by itself (exit status: 3)");
    }
}
