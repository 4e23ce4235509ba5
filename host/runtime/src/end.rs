//! How a worker loop ended, told so that its author can do something about it.

use rush_network::{End, EndKind, Verdict};
use wasmtime::{Error, PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::answer::{FileTooLarge, TooLarge};
use crate::limits::{Denied, Limits};
use crate::output::cut_marked;
use crate::{backtrace, trap};

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
pub(crate) fn failed(error: &Error, denied: Option<Denied>, panic: Option<&str>, limits: &Limits) -> End {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        // A program that calls `exit(0)` is done, not broken.
        return match code {
            0 => end(EndKind::Returned, "the loop called `exit` with code 0"),
            code => end(EndKind::Exit, &format!("the loop called `exit` with code {code}")),
        };
    }
    let trace = error.downcast_ref::<WasmBacktrace>().map(backtrace::render).unwrap_or_default();
    if let Some(denied) = error.downcast_ref::<Denied>() {
        return end(EndKind::Limit, &format!("{denied}, to begin with"));
    }
    if let Some(too_large) = error.downcast_ref::<TooLarge>() {
        return end(EndKind::Limit, &format!("{too_large}{trace}"));
    }
    if let Some(too_large) = error.downcast_ref::<FileTooLarge>() {
        return end(EndKind::Limit, &format!("{too_large}{trace}"));
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        let words = match panic {
            // "panicked at src/lib.rs:7:5:", and in the next line why.
            Some(panic) if *trap == Trap::UnreachableCodeReached => {
                format!("the guest {}", panic.replacen('\n', " ", 1))
            }
            _ => trap::words(*trap),
        };
        return match denied {
            Some(denied) if trap::follows_denied_memory(*trap) => {
                end(EndKind::Limit, &format!("{denied}; it got nothing and gave up{trace}"))
            }
            _ => end(EndKind::Trap, &format!("{words}{trace}")),
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        let cause = error.root_cause();
        return end(EndKind::Limit, &format!("this host process has no room for another worker: {cause}"));
    }
    let cause = error.root_cause().to_string();
    if is_host_call_limit(&cause) {
        let limit = crate::bytes_text::BytesText(limits.host_call as u64);
        let words =
            format!("one call of the guest handed its host more than {limit}; hand over less at once");
        return end(EndKind::Limit, &format!("{words}{trace}"));
    }
    end(EndKind::Trap, &format!("the guest and its host disagree about a value or a handle: {cause}{trace}"))
}

/// Somebody else ended the worker.
pub(crate) fn verdict(verdict: Verdict) -> End {
    match verdict {
        Verdict::Killed => end(EndKind::Killed, "worker was killed"),
        Verdict::Lost => end(EndKind::Lost, "worker was declared lost"),
        Verdict::Removed => end(EndKind::Killed, "worker was removed: its network was reset"),
    }
}

fn end(kind: EndKind, message: &str) -> End {
    End::new(kind, first_upper(&cut_marked(message, MAX_MESSAGE)))
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// wasmtime has no public type for it; a test with a real guest holds this.
fn is_host_call_limit(cause: &str) -> bool {
    cause.contains("too much data") || cause.contains("fuel allocated for hostcalls")
}
