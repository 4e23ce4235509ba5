//! The one place where compiled code enters the host.
#![expect(
    unsafe_code,
    reason = "wasmtime cannot check machine code; what may be loaded is decided by the types of the arguments"
)]

use wasmtime::component::Component;

use super::compiler::MachineCode;
use super::seal::Sealed;

/// Maps code from a file that this cache wrote.
///
/// wasmtime checks that the file was made by this version of itself with these options, and refuses others; it cannot check the machine
/// code. What makes this sound:
///
/// - a [`Sealed`] exists only for a file with the right keyed seal over its name and content, and the key is readable for the owner of the
///   cache alone: the file is byte for byte what [`Compiler`](super::Compiler) got from wasmtime on behalf of this user;
/// - between that check and the mapping, and as long as the mapping lives, only this user could change the file (folder 0700, file 0600,
///   both checked), and this program never writes to a file once it has its name: it replaces (`rename`) or unlinks it.
///
/// Against the user who runs it, or against root, it protects as little as the program's own file does.
pub(super) fn from_file(engine: &wasmtime::Engine, code: &Sealed) -> wasmtime::Result<Component> {
    // SAFETY: see above.
    unsafe { Component::deserialize_file(engine, code.path()) }
}

/// Takes code that this process has just compiled, and that could not be written to the cache.
pub(super) fn from_memory(engine: &wasmtime::Engine, code: &MachineCode) -> wasmtime::Result<Component> {
    // SAFETY: a `MachineCode` is what wasmtime's compiler returned in this process, unchanged.
    unsafe { Component::deserialize(engine, code.bytes()) }
}
