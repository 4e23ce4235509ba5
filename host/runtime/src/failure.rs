//! How a guest failed, told so that its author can do something about it. What becomes of that depends on whose it was: the end of a
//! worker, or the condition of a task.

use wasmtime::component::ResourceTableError;
use wasmtime::{Error, PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::answer::{FileTooLarge, TooLarge};
use crate::exceeded::Exceeded;
use crate::limits::Denied;
use crate::settings::Settings;
use crate::surroundings::{MAX_HANDLES, Surroundings};
use crate::{backtrace, trap};

/// What a guest is, in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Loop,
    Objective,
}

impl Role {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Objective => "objective",
        }
    }
}

/// How a guest failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GuestFailure {
    pub(crate) kind: FailureKind,
    /// Begins with a small letter, and has no end.
    pub(crate) message: String,
    /// Where it was, the innermost function first.
    pub(crate) backtrace: Vec<String>,
}

/// Sorts of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// It called `exit` with this code.
    Exit(i32),
    /// A limit on time.
    Time,
    /// The limit on memory.
    Memory,
    /// The limit on fuel.
    Fuel,
    /// Any other limit.
    Limit,
    /// The guest is broken.
    Trap,
    /// The host has no room for it, which is not its fault.
    NoRoom,
}

impl FailureKind {
    /// The kind of the condition of a task that fails so.
    pub(crate) fn of_a_condition(self) -> &'static str {
        match self {
            Self::Exit(_) | Self::NoRoom => "error",
            Self::Time => "time-limit",
            Self::Memory => "memory-limit",
            Self::Fuel => "fuel",
            Self::Limit => "limit",
            Self::Trap => "trap",
        }
    }
}

/// Explains the error with which a call into a guest ended. What the guest was denied, and what it said about a panic, stands in its surroundings.
pub(crate) fn explain(role: Role, error: &Error, guest: &Surroundings, settings: &Settings) -> GuestFailure {
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(backtrace::lines).unwrap_or_default();
    let (kind, message) = words(role, error, guest, settings);
    GuestFailure { kind, message, backtrace }
}

fn words(role: Role, error: &Error, guest: &Surroundings, settings: &Settings) -> (FailureKind, String) {
    let limits = &settings.limits;
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return (FailureKind::Exit(*code), format!("the {} called `exit` with code {code}", role.noun()));
    }
    if let Some(denied) = error.downcast_ref::<Denied>() {
        return (denied.kind(), format!("{denied}, to begin with"));
    }
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return (exceeded.kind(), exceeded.to_string());
    }
    if let Some(too_large) = error.downcast_ref::<TooLarge>() {
        return (FailureKind::Limit, too_large.to_string());
    }
    if let Some(too_large) = error.downcast_ref::<FileTooLarge>() {
        return (FailureKind::Memory, too_large.to_string());
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match (trap, guest.limiter.denied()) {
            (Trap::OutOfFuel, _) => (FailureKind::Fuel, Exceeded::fuel(limits).to_string()),
            (Trap::StackOverflow, _) => {
                (FailureKind::Limit, Exceeded::Stack { limit: limits.stack }.to_string())
            }
            (trap, Some(denied)) if trap::follows_denied_memory(*trap) => {
                (denied.kind(), format!("{denied}; it got nothing and gave up"))
            }
            // "panicked at src/lib.rs:7:5:", and in the next line why.
            (Trap::UnreachableCodeReached, _) if guest.panic.is_some() => {
                let panic = guest.panic.as_deref().unwrap_or_default();
                (FailureKind::Trap, format!("the guest {}", panic.replacen('\n', " ", 1)))
            }
            (trap, _) => (FailureKind::Trap, trap::words(*trap)),
        };
    }
    if error.is::<PoolConcurrencyLimitError>() {
        let cause = error.root_cause();
        return (FailureKind::NoRoom, format!("this host process has no room for another instance: {cause}"));
    }
    let cause = error.root_cause().to_string();
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) || is_handle_limit(&cause) {
        return (FailureKind::Limit, Exceeded::Handles { limit: MAX_HANDLES }.to_string());
    }
    if is_host_call_limit(&cause) {
        return (FailureKind::Limit, Exceeded::HostCall { limit: limits.host_call }.to_string());
    }
    (FailureKind::Trap, format!("the guest and its host disagree about a value or a handle: {cause}"))
}

/// wasmtime has no public type for it; a test with a real guest holds this.
fn is_host_call_limit(cause: &str) -> bool {
    cause.contains("too much data") || cause.contains("fuel allocated for hostcalls")
}

/// The same.
fn is_handle_limit(cause: &str) -> bool {
    cause.contains("handle limit exceeded")
}

impl Exceeded {
    pub(crate) fn kind(self) -> FailureKind {
        match self {
            Self::Time { .. } | Self::Wall { .. } => FailureKind::Time,
            Self::Fuel { .. } => FailureKind::Fuel,
            Self::Stack { .. } | Self::HostCall { .. } | Self::Log { .. } | Self::Handles { .. } => {
                FailureKind::Limit
            }
        }
    }
}

impl Denied {
    fn kind(self) -> FailureKind {
        match self {
            Self::Memory { .. } => FailureKind::Memory,
            Self::TableElements { .. } => FailureKind::Limit,
        }
    }
}

/// For the beginning of a sentence.
pub(crate) fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
