//! Traps, in words.

use wasmtime::Trap;

/// What happened, for people who do not know WebAssembly's terms.
pub(crate) fn words(trap: Trap) -> String {
    let words = match trap {
        Trap::UnreachableCodeReached => "the guest aborted (`unreachable`); a panic does this",
        Trap::StackOverflow => "the guest's stack overflowed: its recursion is too deep",
        Trap::MemoryOutOfBounds => "the guest read or wrote outside of its memory",
        Trap::HeapMisaligned => "the guest used an address that is not aligned for an atomic operation",
        Trap::TableOutOfBounds | Trap::IndirectCallToNull => {
            "the guest called a function pointer that points to no function"
        }
        Trap::BadSignature => "the guest called a function pointer with arguments of the wrong type",
        Trap::IntegerOverflow => "an integer operation overflowed",
        Trap::IntegerDivisionByZero => "an integer was divided by zero",
        Trap::BadConversionToInteger => {
            "a number that does not fit (NaN, or too large) was converted to an integer"
        }
        Trap::AllocationTooLarge => "the guest allocated more than there can be",
        Trap::CannotLeaveComponent => {
            "the guest called its host at a time when it must not, e.g. while it allocates memory"
        }
        Trap::InvalidChar => "the guest handed over a character that is none",
        Trap::StringOutOfBounds => "the guest handed over a string outside of its memory",
        Trap::ListOutOfBounds => "the guest handed over a list outside of its memory",
        Trap::InvalidDiscriminant => "the guest handed over a case that its variant does not have",
        Trap::UnalignedPointer => "the guest handed over an address that is not aligned",
        other => return other.to_string(),
    };
    words.to_owned()
}

/// Whether programs end in this way when they get no memory.
pub(crate) fn follows_denied_memory(trap: Trap) -> bool {
    matches!(trap, Trap::UnreachableCodeReached | Trap::MemoryOutOfBounds | Trap::AllocationTooLarge)
}
