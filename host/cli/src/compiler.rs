//! The compiler: its cache, and the limits of the child in which it works.

use std::{path::PathBuf, str::FromStr};

use rush_run_file::{ByteSize, Duration, ValueError};
use rush_runtime::{BytesText, CompileChild, CompileLimits, CompileMode, Compiler, Plugin};

use crate::{environment, exit_code::ExitCode, failure::Failure, session::this_program};

/// With less, a compiler does not even begin.
const LEAST_MEMORY: u64 = 16 << 20;

/// The compiler for a component. Code is kept in the user's cache folder, or where `RUSH_CACHE_DIR` says; what has to be compiled
/// is so in a child of limited means, because a component can be made to cost a compiler hours.
pub(crate) fn compiler(plugin: &Plugin) -> Result<Compiler, Failure> {
    use etcetera::BaseStrategy as _;
    let named = environment::get(environment::RUSH_CACHE_DIR).map(PathBuf::from);
    let users = || etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("rush-host"));
    let compiler = match named.or_else(users) {
        Some(folder) => Compiler::with_cache_in(folder.join("code")),
        None => Compiler::without_cache(),
    };
    let mut limits = CompileLimits::for_input(plugin.bytes().len() as u64);
    if let Some(time) = said::<Duration>(environment::RUSH_COMPILE_TIME)? {
        limits.time = time.as_std();
    }
    if let Some(memory) = said::<ByteSize>(environment::RUSH_COMPILE_MEMORY)? {
        if memory.bytes() < LEAST_MEMORY {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!("{}={memory} is too little for any component", environment::RUSH_COMPILE_MEMORY),
                format!("give the compiler at least {}", BytesText(LEAST_MEMORY)),
            ));
        }
        limits.memory = memory.bytes();
    }
    let child = CompileChild {
        program: this_program()?.path().to_owned(),
        arguments: vec!["compile".into()],
        limits,
    };
    Ok(compiler.with_mode(CompileMode::Child(child)))
}

/// What a variable says, if it is set.
fn said<T: FromStr<Err = ValueError>>(variable: &str) -> Result<Option<T>, Failure> {
    let Some(value) = environment::get(variable) else { return Ok(None) };
    value.parse().map(Some).map_err(|error: ValueError| {
        let text = format!("{variable}={value} is not understood: {error}");
        match error.hint() {
            Some(hint) => Failure::with_hint(ExitCode::Usage, text, hint),
            None => Failure::new(ExitCode::Usage, text),
        }
    })
}
