//! Commands that wait: an interrupt ends them at once, and says what is left undone.

use std::cell::Cell;

use rush_launch::signals::{Interrupt, Interrupts};

use crate::{exit_code::ExitCode, failure::Failure, print::talk};

/// What is left undone if it ends now, for people.
pub(crate) type Undone = Cell<&'static str>;

/// Does something until its end, or until an interrupt comes.
pub(crate) async fn interruptible(
    undone: &Undone,
    work: impl Future<Output = Result<ExitCode, Failure>>,
) -> Result<ExitCode, Failure> {
    let mut interrupts = Interrupts::listen().map_err(Failure::internal)?;
    tokio::select! {
        done = work => done,
        interrupt = interrupts.next() => Ok(interrupted(interrupt, undone.get())),
    }
}

/// Ends what was begun, because of an interrupt; whoever insists need not wait for that.
pub(crate) async fn undo(
    interrupt: Interrupt,
    interrupts: &mut Interrupts,
    ends: impl Future<Output = ()>,
) -> ExitCode {
    tokio::select! {
        () = ends => interrupted(interrupt, "what had been started ends"),
        _ = interrupts.next() => interrupted(interrupt, "what had been started may go on"),
    }
}

/// Says what has come of an interrupt, and answers its exit code.
pub(crate) fn interrupted(interrupt: Interrupt, what: &str) -> ExitCode {
    let code = ExitCode::from(interrupt.signal());
    talk::warning(format_args!("interrupted: {what} (exit code {})", code as u8));
    code
}
