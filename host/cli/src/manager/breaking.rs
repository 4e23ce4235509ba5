//! Whether the end of a process that was started breaks the run: decided here.

use rush_launch::Awaited;

use crate::exit_code::ExitCode;

/// Whether a process was to start workers again. Its failure is told, and tried again so often; everybody else goes on.
pub(crate) fn is_restart(workers: &[Awaited]) -> bool {
    workers.iter().any(|worker| worker.before > 0)
}

/// The exit code of a run one of whose host processes could not begin, by the exit code of that.
pub(crate) fn breaks(workers: &[Awaited], code: Option<i32>) -> Option<ExitCode> {
    let code = code.and_then(ExitCode::of_child)?;
    // How its loops have ended is in the network.
    (code != ExitCode::LoopError && !is_restart(workers)).then_some(code)
}

#[cfg(test)]
mod tests {
    use rush_network::WorkerId;

    use super::*;

    fn workers(before: &[u64]) -> Vec<Awaited> {
        before.iter().map(|before| Awaited { id: WorkerId::random(), before: *before }).collect()
    }

    #[test]
    fn a_first_start_that_fails_breaks_the_run() {
        assert_eq!(breaks(&workers(&[0, 0]), Some(4)), Some(ExitCode::Redis));
        assert_eq!(breaks(&workers(&[0]), Some(5)), Some(ExitCode::Component));
        for harmless in [Some(0), Some(9), Some(77), None] {
            assert_eq!(breaks(&workers(&[0]), harmless), None, "{harmless:?}");
        }
    }

    #[test]
    fn a_restart_that_fails_does_not() {
        for code in [4, 5, 6] {
            assert_eq!(breaks(&workers(&[1]), Some(code)), None);
            assert_eq!(breaks(&workers(&[0, 3]), Some(code)), None);
        }
    }
}
