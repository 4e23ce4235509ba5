//! How a worker loop ended, as it is recorded with its worker.

use std::time::Duration;

use rush_network::{End, EndKind, Verdict};
use wasmtime::Error;

use crate::exceeded::Exceeded;
use crate::failure::{FailureKind, GuestFailure, Role, explain, first_upper};
use crate::limits::Denied;
use crate::output::cut_marked;
use crate::settings::{GrantError, Settings};
use crate::surroundings::Surroundings;

/// The longest message of an end, in bytes; it is kept in Redis with the worker.
const MAX_MESSAGE: usize = 16 << 10;

/// `run` returned.
pub(crate) fn returned(result: Result<(), String>, denied: Option<Denied>) -> End {
    match (result, denied) {
        (Ok(()), _) => End::returned(),
        // The guest's own words, as they are.
        (Err(message), None) => End::new(EndKind::Error, cut_marked(&message, MAX_MESSAGE)),
        (Err(message), Some(denied)) => {
            let message = cut_marked(&message, MAX_MESSAGE);
            End::new(EndKind::Error, format!("{message}\nBefore that: {denied}"))
        }
    }
}

/// `run`, or the making of its instance, was cut short.
pub(crate) fn failed(error: &Error, guest: &Surroundings, settings: &Settings) -> End {
    of(explain(Role::Loop, error, guest, settings))
}

/// A failure of a loop.
pub(crate) fn of(GuestFailure { kind, message, backtrace }: GuestFailure) -> End {
    let mut text = message.clone();
    for line in backtrace {
        text.push_str("\n  ");
        text.push_str(&line);
    }
    match kind {
        // A program that calls `exit(0)` is done, not broken; and where it calls it is no secret.
        FailureKind::Exit(0) => end(EndKind::Returned, &message),
        FailureKind::Exit(_) => end(EndKind::Exit, &message),
        FailureKind::Trap => end(EndKind::Trap, &text),
        kind => end(EndKind::Limit, &text).failing_tasks_as(kind.of_a_condition()),
    }
}

/// The end of a loop that was found to have run for too long; for whoever ends guests that [cannot be interrupted](crate::Build::interruptible).
pub fn time_limit_reached(limit: Duration) -> End {
    exceeded(Exceeded::Time { limit })
}

/// The same for the clock on the wall.
pub fn wall_limit_reached(limit: Duration) -> End {
    exceeded(Exceeded::Wall { limit })
}

fn exceeded(exceeded: Exceeded) -> End {
    of(GuestFailure { kind: exceeded.kind(), message: exceeded.to_string(), backtrace: Vec::new() })
}

/// The guest never began: something that it was granted is not there.
pub(crate) fn not_granted(error: &GrantError) -> End {
    end(EndKind::Error, &error.to_string())
}

/// The end of a worker that somebody else has ended.
pub fn ended_by(verdict: Verdict) -> End {
    match verdict {
        Verdict::Killed => end(EndKind::Killed, "worker was killed"),
        Verdict::Lost => end(EndKind::Lost, "worker was declared lost"),
        Verdict::Removed => end(EndKind::Killed, "worker was removed: its network was reset"),
    }
}

fn end(kind: EndKind, message: &str) -> End {
    End::new(kind, first_upper(&cut_marked(message, MAX_MESSAGE)))
}
