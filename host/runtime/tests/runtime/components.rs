//! Components that cannot be run, and what is said about each. The texts are what users see: change them on purpose.
#![expect(clippy::needless_raw_string_hashes, reason = "what `expect_test` writes")]

use expect_test::{Expect, expect};
use rush_runtime::{Capacity, Compiler, ComponentError, Engine, Limits, Plugin, PreparedLoop, Problem};

fn refused(bytes: &[u8], expected: &Expect) {
    expected.assert_eq(&shown(&Plugin::worker_loop("loop.wasm", bytes).expect_err("it is refused")));
}

fn shown(error: &ComponentError) -> String {
    format!("{error}\nhint: {}", error.hint().unwrap_or_default())
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// `run` of the right type.
const RUN: &str = r#"
    (core module $module (memory (export "memory") 1) (func (export "run") (result i32) i32.const 0))
    (core instance $instance (instantiate $module))
    (func (export "run") (result (result (error string)))
        (canon lift (core func $instance "run") (memory (core memory $instance "memory"))))"#;

#[test]
fn an_empty_file() {
    refused(
        b"",
        &expect![[r#"
        `loop.wasm` is empty
        hint: was it copied, downloaded, or built to the end? Build it again, or compare its size with the original"#]],
    );
}

#[test]
fn text_instead_of_binary() {
    refused(
        b";; my loop\n(component)",
        &expect![[r#"
        `loop.wasm` is not a WebAssembly component but WebAssembly as text
        hint: turn it into binary: `wasm-tools parse loop.wat -o loop.wasm`"#]],
    );
    refused(
        b"fn main() {}",
        &expect![[r#"
        `loop.wasm` is not a WebAssembly component but a text file
        hint: compile it to a component; `component` names the result, not the source"#]],
    );
}

#[test]
fn compiled_code() {
    refused(
        b"\x7fELF\x02\x01\x01",
        &expect![[r#"
        `loop.wasm` is not a WebAssembly component but native code
        hint: only portable components are accepted, never compiled code: build it for `wasm32-wasip2`"#]],
    );
}

#[test]
fn a_core_module() {
    refused(
        &component("(module)"),
        &expect![[r#"
        `loop.wasm` is a core module, not a component
        hint: make a component of it: `cargo build --target wasm32-wasip2` builds one directly; `wasm-tools component embed` and `wasm-tools component new` wrap a module; plugins of this repository: `cargo xtask guests`"#]],
    );
}

#[test]
fn a_truncated_component() {
    let whole = component(&format!("(component {RUN})"));
    Plugin::worker_loop("loop.wasm", whole.as_slice()).unwrap();
    // Cut between two sections it is another component; anywhere else it is cut off. Nowhere does it panic.
    let problems = (1..whole.len())
        .map(|length| Plugin::worker_loop("loop.wasm", &whole[..length]).map_err(|e| e.problem));
    let cut_off = problems.filter(|problem| matches!(problem, Err(Problem::Truncated { .. }))).count();
    assert!(cut_off > whole.len() * 9 / 10, "{cut_off} of {}", whole.len());
    refused(
        &whole[..whole.len() - 3],
        &expect![[r#"
        `loop.wasm` is cut off after 178 bytes
        hint: was it copied, downloaded, or built to the end? Build it again, or compare its size with the original"#]],
    );
}

#[test]
fn a_damaged_component() {
    let whole = component(&format!("(component {RUN})"));
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // Some bits only change a name or a constant; none may panic.
        let _ = Plugin::worker_loop("loop.wasm", damaged);
    }
    let mut damaged = whole;
    damaged[8] = 0xff;
    refused(
        &damaged,
        &expect![[r#"
        `loop.wasm` is damaged or not valid WebAssembly: malformed section id (at byte 8)
        hint: build it again; `wasm-tools validate` tells more"#]],
    );
}

#[test]
fn another_world() {
    refused(
        &component("(component)"),
        &expect![[r#"
            `loop.wasm` is not a worker loop: it exports nothing
            hint: implement world `worker-loop` of `rush:worker` with one of the SDKs"#]],
    );
    let objective = r#"(component
        (instance $evaluator)
        (export "rush:worker/evaluator@0.1.0" (instance $evaluator)))"#;
    refused(
        &component(objective),
        &expect![[r#"
        `loop.wasm` is not a worker loop: it exports `rush:worker/evaluator@0.1.0`, but no function `run`
        hint: this is an objective: name it under `[objective]`"#]],
    );
    let command = r#"(component
        (instance $run)
        (export "wasi:cli/run@0.2.3" (instance $run)))"#;
    refused(
        &component(command),
        &expect![[r#"
        `loop.wasm` is not a worker loop: it exports `wasi:cli/run@0.2.3`, but no function `run`
        hint: this is a command-line program: a worker loop is a library (`crate-type = ["cdylib"]`) of world `worker-loop`"#]],
    );
}

#[test]
fn a_run_of_another_type() {
    let other = r#"(component
        (core module $module (func (export "run") (result i32) i32.const 0))
        (core instance $instance (instantiate $module))
        (func (export "run") (result u32) (canon lift (core func $instance "run"))))"#;
    refused(
        &component(other),
        &expect![[r#"
        `loop.wasm` is not a worker loop: its function `run` is not `func() -> result<_, string>`
        hint: implement world `worker-loop` of `rush:worker` with one of the SDKs"#]],
    );
}

#[test]
fn all_imports_that_are_not_offered_are_named() {
    let imports = r#"
        (import "wasi:cli/environment@0.2.3" (instance))
        (import "wasi:sockets/tcp@0.2.0" (instance))
        (import "wasi:http/outgoing-handler@0.2.0" (instance))
        (import "rush:worker/evaluator@0.1.0" (instance))
        (import "rush:worker/log@0.2.0" (instance))
        (import "rush:worker/context@0.1.0" (instance (export "color" (func (result string)))))
        (import "rush:worker/tasks@0.1.0" (instance
            (export "count" (func))
            (export "table" (type $table (sub resource)))
            (export "[method]table.len" (func (param "self" (borrow $table)) (result u32)))
            (export "cancel" (func))))
        (import "acme:gpu/compute@1.0.0" (instance))"#;
    refused(
        &component(&format!("(component {imports} {RUN})")),
        &expect![[r#"
        `loop.wasm` imports what this host does not offer:
          wasi:sockets/tcp@0.2.0: never: guests have no network; no grant allows it
          wasi:http/outgoing-handler@0.2.0: never: guests have no network; no grant allows it
          rush:worker/evaluator@0.1.0: not supported yet
          rush:worker/log@0.2.0: this host has version 0.1.0; build for that
          rush:worker/context@0.1.0 (color): not part of version 0.1.0, which this host has; build for that
          rush:worker/tasks@0.1.0 (cancel): not part of version 0.1.0, which this host has; build for that
          acme:gpu/compute@1.0.0: not an interface of this host
        hint: build the component without them; `wasm-tools component wit` lists what it imports"#]],
    );
}

#[test]
fn an_import_of_another_type() {
    let text = format!(
        r#"(component
            (import "rush:worker/context@0.1.0" (instance (export "seed" (func (result string))))) {RUN})"#
    );
    let plugin = crate::support::wat(&text);
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }).unwrap();
    let error =
        PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, Limits::default()).err().unwrap();
    expect![[r#"
        `test.wasm` was built against another edition of an interface: `rush:worker/context@0.1.0`, `seed`: expected `u64` found `string`
        hint: build it again with the SDK and the WIT files of this version of rush-host"#]].assert_eq(&shown(&error));
}

#[test]
fn a_body_that_is_not_valid() {
    // The structure is fine; only the compiler looks into functions.
    let mut bytes = component(&format!("(component {RUN})"));
    let body = [0x41, 0x00, 0x0b];
    let at = bytes.windows(3).position(|window| window == body).unwrap();
    bytes[at] = 0x42;
    let plugin = Plugin::worker_loop("loop.wasm", bytes).unwrap();
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }).unwrap();
    let error =
        PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, Limits::default()).err().unwrap();
    expect![[r#"
        `loop.wasm` cannot be compiled: Invalid input WebAssembly code at offset 59: type mismatch: expected i32, found i64
        hint: `wasm-tools validate` tells more"#]].assert_eq(&shown(&error));
}

#[test]
fn more_memory_to_begin_than_its_limit() {
    let plugin = crate::support::wat_module(
        r#"(memory (export "memory") 32) (func (export "run") (result i32) i32.const 0)"#,
    );
    assert_eq!(plugin.needs().memory, 2 << 20);
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    expect![[r#"
        `test.wasm` needs 2 MiB of memory to begin; its limit is 1 MiB
        hint: raise `memory` in the limits to more than 2 MiB"#]]
    .assert_eq(&shown(&plugin.check_limits(&limits).unwrap_err()));
}

#[test]
fn what_is_imported_and_exported_is_told() {
    let plugin = crate::support::guest("queue.wasm");
    let exports: Vec<_> = plugin.exports().iter().map(|export| export.name.as_str()).collect();
    assert_eq!(exports, ["run"]);
    let tasks = plugin.imports().iter().find(|import| import.name.starts_with("rush:worker/tasks@")).unwrap();
    assert!(tasks.items.contains(&"pop".to_owned()), "{tasks:?}");
    assert!(plugin.needs().core_instances >= 1 && plugin.needs().memories >= 1);
    assert_eq!(plugin.sha256().len(), 64);
}
