//! The one place where compiled code enters the host.
#![expect(
    unsafe_code,
    reason = "wasmtime cannot check machine code; what may be loaded is decided by the types of the arguments"
)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;

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
/// - the very file that was checked is mapped, not whatever has its name by then, and as long as the mapping lives, only this user could
///   change it (folder 0700, file 0600, both checked); this program never writes to a file once it has its name: it replaces (`rename`)
///   or unlinks it.
///
/// Against the user who runs it, or against root, it protects as little as the program's own file does.
pub(super) fn from_sealed(engine: &wasmtime::Engine, code: Sealed) -> wasmtime::Result<Component> {
    from_open_file(engine, &code.into_file())
}

/// Maps code from a file that [`Compiler::code_file`](super::Compiler) opened, in this process or in the parent of this one, which
/// handed it down: that process has checked it, and whoever could hand over another could as well run another program. Nobody else may call
/// this: what is in the file runs.
///
/// Where an open file cannot be mapped by its number (in a process that may open nothing any more, without `/proc`, on a file system without
/// execution), its content is copied: 10 MB take some milliseconds, and are not shared with other processes.
pub(crate) fn from_open_file(engine: &wasmtime::Engine, file: &File) -> wasmtime::Result<Component> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: the file is one of `Compiler::code_file` or a sealed one, see above; its content is what wasmtime's compiler returned.
    if let Ok(component) = unsafe { Component::deserialize_file(engine, path) } {
        return Ok(component);
    }
    let code = whole(file).map_err(wasmtime::Error::new)?;
    // SAFETY: the same file.
    unsafe { Component::deserialize(engine, code) }
}

/// All of a file, wherever it has been read to.
fn whole(file: &File) -> io::Result<Vec<u8>> {
    // Not `File::metadata`: that asks in a way in which one can also ask about paths, which strict processes may not.
    let length = usize::try_from(rustix::fs::fstat(file)?.st_size).map_err(io::Error::other)?;
    let mut content = vec![0; length];
    file.read_exact_at(&mut content, 0)?;
    Ok(content)
}

/// Takes code that was just compiled on behalf of this process, and that could not be written to the cache.
pub(super) fn from_memory(engine: &wasmtime::Engine, code: &MachineCode) -> wasmtime::Result<Component> {
    // SAFETY: a `MachineCode` is what wasmtime's compiler returned, unchanged: in this process, or in a child that ran this very program
    // and was confined before it saw the component. A compiler that was taken over could return anything, in either place.
    unsafe { Component::deserialize(engine, code.bytes()) }
}
