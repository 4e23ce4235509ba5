//! Compiling in a child: what comes back, and what does not.

use std::time::Duration;

use crate::bombs::{bomb, plugin};
use crate::roles::Role;
use rush_runtime::{
    Build, Capacity, CompileChild, CompileFailure, CompileLimits, CompileMode, Compiler, ComponentError,
    Engine, Limits, Plugin, PreparedLoop, Problem,
};

crate::tests!(
    what_a_child_compiles_can_be_run,
    code_fits_every_build,
    a_component_that_is_not_valid_is_refused_in_the_same_words,
    a_component_that_takes_too_long_is_named,
    a_component_that_takes_too_much_memory_is_named,
    a_component_that_is_too_large_is_not_even_tried,
    more_code_than_any_component_becomes_is_not_taken,
    a_compiler_that_dies_says_what_it_said_last,
    a_compiler_that_waits_for_ever_is_ended,
    a_compiler_that_is_not_there,
    a_compiler_inherits_nothing,
);

pub(crate) fn child(role: Role, limits: CompileLimits) -> Compiler {
    let program = std::env::current_exe().unwrap();
    let child = CompileChild { program, arguments: vec![role.name().into()], limits };
    Compiler::without_cache().with_mode(CompileMode::Child(child))
}

/// Enough for everything that is meant to be compiled here.
pub(crate) fn enough() -> CompileLimits {
    CompileLimits::for_input(1 << 20)
}

pub(crate) fn prepare(
    compiler: &Compiler,
    plugin: &Plugin,
    build: Build,
) -> Result<PreparedLoop, ComponentError> {
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, build).unwrap();
    PreparedLoop::new(&engine, compiler, plugin, &Limits::default().into())
}

fn refused(compiler: &Compiler, plugin: &Plugin) -> ComponentError {
    prepare(compiler, plugin, Build::default()).err().unwrap()
}

fn what_a_child_compiles_can_be_run() {
    prepare(&child(Role::Compile, enough()), &plugin(""), Build::default()).unwrap();
}

fn code_fits_every_build() {
    // wasmtime refuses code that was made with other options.
    let compiler = child(Role::Compile, enough());
    for build in [Build { fuel: true, ..Build::default() }, Build::default().uninterruptible()] {
        prepare(&compiler, &plugin(""), build).unwrap();
    }
}

fn a_component_that_is_not_valid_is_refused_in_the_same_words() {
    let whole = plugin("");
    let mut bytes = whole.bytes().to_vec();
    let at = bytes.windows(3).position(|window| window == [0x41, 0x00, 0x0b]).unwrap();
    bytes[at] = 0x42;
    let damaged = Plugin::worker_loop("test.wasm", bytes).unwrap();
    let error = refused(&child(Role::Compile, enough()), &damaged);
    assert_eq!(error, refused(&Compiler::without_cache(), &damaged));
    assert!(error.to_string().contains("type mismatch: expected i32, found i64"), "{error}");
}

fn a_component_that_takes_too_long_is_named() {
    let limits = CompileLimits { time: Duration::from_secs(1), ..enough() };
    let error = refused(&child(Role::Compile, limits), &bomb(2000, 2000));
    assert_eq!(
        error.to_string(),
        "`test.wasm` cannot be compiled: compiling took more than 1 s of processor time"
    );
    assert!(error.hint().unwrap().contains("RUSH_COMPILE_TIME"));
}

fn a_component_that_takes_too_much_memory_is_named() {
    let limits = CompileLimits { memory: 128 << 20, ..enough() };
    let error = refused(&child(Role::Compile, limits), &bomb(2000, 2000));
    assert_eq!(
        error.to_string(),
        "`test.wasm` cannot be compiled: compiling took more than 128 MiB of memory"
    );
    assert!(error.hint().unwrap().contains("RUSH_COMPILE_MEMORY"));
}

fn a_component_that_is_too_large_is_not_even_tried() {
    let plugin = plugin("");
    let limits = CompileLimits { input: 100, ..enough() };
    let error = refused(&child(Role::Die, limits), &plugin);
    let size = plugin.bytes().len() as u64;
    assert_eq!(error.problem, Problem::Compiler(CompileFailure::Input { size, limit: 100 }));
}

fn more_code_than_any_component_becomes_is_not_taken() {
    let error = refused(&child(Role::Flood, enough()), &plugin(""));
    assert!(
        matches!(error.problem, Problem::Compiler(CompileFailure::Output { limit }) if limit < 100 << 20),
        "{error}"
    );
}

fn a_compiler_that_dies_says_what_it_said_last() {
    let error = refused(&child(Role::Die, enough()), &plugin(""));
    assert_eq!(error.to_string(), "`test.wasm` cannot be compiled: the compiler died (signal 6: a mistake)");
}

fn a_compiler_that_waits_for_ever_is_ended() {
    let limits = CompileLimits { time: Duration::from_millis(50), ..enough() };
    let error = refused(&child(Role::Hang, limits), &plugin(""));
    assert_eq!(error.to_string(), "`test.wasm` cannot be compiled: compiling was not done after 0.5 s");
}

fn a_compiler_that_is_not_there() {
    let child = CompileChild { program: "/no/such/program".into(), arguments: Vec::new(), limits: enough() };
    let compiler = Compiler::without_cache().with_mode(CompileMode::Child(child));
    let error = refused(&compiler, &plugin(""));
    assert!(
        matches!(&error.problem, Problem::Compiler(CompileFailure::Start { program, .. }) if program == "/no/such/program"),
        "{error}"
    );
}

fn a_compiler_inherits_nothing() {
    let error = refused(&child(Role::TellSurroundings, enough()), &plugin(""));
    assert_eq!(error.to_string(), "`test.wasm` cannot be compiled: 0 variables, leads its group: true");
}
