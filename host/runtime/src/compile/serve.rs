//! The process that compiles: confines itself, reads a component, answers, ends.

use std::io::{self, Read as _};
use std::os::fd::AsFd as _;

use rush_sandbox::{Confinement, Profile, SandboxError};
use rustix::event::PollFlags;

use super::answer::{self, Answer};
use super::order::Order;
use crate::{engine, orphan};

/// Why the process could not even begin to compile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileChildError {
    /// Its last argument is not what [`Compiler`](super::Compiler) writes there.
    #[error("the order to compile cannot be read: {0}")]
    Order(io::Error),
    /// It would compile without limits.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The component did not arrive, or the answer could not be sent.
    #[error("the process that wants the code cannot be reached: {0}")]
    Pipe(io::Error),
    /// This machine has no compiler for itself.
    #[error("this machine cannot run WebAssembly: {0}")]
    Engine(String),
}

/// Compiles the component on the standard input, as the last argument says, and writes the answer to the standard output: all that a
/// program does for a [`CompileChild`](super::CompileChild). To be called before the program starts threads, and without anything on
/// its standard output.
///
/// It takes from itself first what it does not need: what it inherited; files, connections, other programs; time and memory beyond the
/// limits. It ends at once when nobody is there any more to answer to.
pub fn compile_in_child() -> Result<(), CompileChildError> {
    rush_sandbox::close_inherited();
    let answers = io::stdout().as_fd().try_clone_to_owned().map_err(CompileChildError::Pipe)?;
    let no_order = || io::Error::from(io::ErrorKind::InvalidInput);
    let argument = std::env::args_os().next_back().and_then(|argument| argument.into_string().ok());
    let argument = argument.ok_or_else(no_order).map_err(CompileChildError::Order)?;
    let Order { build, limits, size } = Order::parse(&argument).map_err(CompileChildError::Order)?;
    let mut confinement = Confinement::new(Profile::Compiler);
    confinement.memory = Some(limits.memory);
    confinement.cpu = Some(limits.time);
    let in_force = confinement.apply_then_start(|| orphan::exit_when_closed(answers, PollFlags::empty()))?;
    if !in_force.missing.is_empty() {
        answer::write_held_in_part(io::stdout().lock(), &in_force.to_string())
            .map_err(CompileChildError::Pipe)?;
    }
    let mut component = Vec::new();
    io::stdin().lock().take(size).read_to_end(&mut component).map_err(CompileChildError::Pipe)?;
    if component.len() as u64 != size {
        return Err(CompileChildError::Pipe(io::ErrorKind::UnexpectedEof.into()));
    }
    let engine = wasmtime::Engine::new(&engine::config(build))
        .map_err(|error| CompileChildError::Engine(format!("{error:#}")))?;
    let answer = match engine.precompile_component(&component) {
        Ok(code) => Answer::Code(code),
        Err(error) => Answer::Refused(super::compiler::reason(&error)),
    };
    answer.write(io::stdout().lock()).map_err(CompileChildError::Pipe)
}
