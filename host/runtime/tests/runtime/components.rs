//! Components that cannot be run, and what is said about each. The texts are what users see: change them on purpose.
#![expect(clippy::needless_raw_string_hashes, reason = "what `expect_test` writes")]

use expect_test::{Expect, expect};
use rush_runtime::{
    Build, Capacity, Compiler, ComponentError, Engine, Limits, Plugin, PreparedLoop, Problem, World,
};

fn refused(bytes: &[u8], expected: &Expect) {
    expected.assert_eq(&shown(&Plugin::worker_loop("loop.wasm", bytes).expect_err("it is refused")));
}

fn refused_objective(bytes: &[u8], expected: &Expect) {
    expected.assert_eq(&shown(&Plugin::objective("f.wasm", bytes).expect_err("it is refused")));
}

fn shown(error: &ComponentError) -> String {
    format!("{error}\nhint: {}", error.hint().unwrap_or_default())
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// An objective that returns what it is given.
const OBJECTIVE: &str = include_str!("wat/returns_its_xs.wat");

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
fn a_component_may_end_with_what_is_defined_in_it() {
    for last in ["(core module)", "(component)", "(component (core module (func)))"] {
        let whole = component(&format!("(component {last})"));
        Plugin::new("c.wasm", whole.as_slice()).unwrap();
        let cut = Plugin::new("c.wasm", &whole[..whole.len() - 1]).unwrap_err();
        assert_eq!(cut.problem, Problem::Truncated { size: whole.len() - 1 });
    }
}

#[test]
fn a_damaged_component() {
    let whole = component(&format!("(component {RUN})"));
    every_flipped_bit(&whole, |damaged| Plugin::worker_loop("loop.wasm", damaged));
    every_flipped_bit(&component(OBJECTIVE), |damaged| Plugin::objective("f.wasm", damaged));
    let mut damaged = whole;
    damaged[8] = 0xff;
    refused(
        &damaged,
        &expect![[r#"
        `loop.wasm` is damaged or not valid WebAssembly: malformed section id (at byte 8)
        hint: build it again; `wasm-tools validate` tells more"#]],
    );
}

/// Some bits only change a name or a constant; the others are refused with words of ours. None may panic.
fn every_flipped_bit(whole: &[u8], inspect: impl Fn(Vec<u8>) -> Result<Plugin, ComponentError>) {
    inspect(whole.to_vec()).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Err(error) = inspect(damaged) {
            assert!(!matches!(error.problem, Problem::Compile { .. } | Problem::Empty), "bit {bit}: {error}");
            assert!(error.to_string().contains(".wasm` "), "bit {bit}: {error}");
        }
    }
}

#[test]
fn another_world() {
    refused(
        &component("(component)"),
        &expect![[r#"
            `loop.wasm` is not a worker loop: it exports nothing
            hint: implement world `worker-loop` of `rush:worker` with one of the SDKs"#]],
    );
    refused(
        &component(OBJECTIVE),
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
fn another_world_than_that_of_an_objective() {
    refused_objective(
        &component("(component)"),
        &expect![[r#"
        `f.wasm` is not an objective: it exports nothing
        hint: implement world `objective` of `rush:worker` with one of the SDKs"#]],
    );
    refused_objective(
        &component(&format!("(component {RUN})")),
        &expect![[r#"
        `f.wasm` is not an objective: it exports `run`, but no `rush:worker/evaluator`
        hint: this is a worker loop: name it under `[loop]`"#]],
    );
    let command = r#"(component
        (instance $run)
        (export "wasi:cli/run@0.2.3" (instance $run)))"#;
    refused_objective(
        &component(command),
        &expect![[r#"
        `f.wasm` is not an objective: it exports `wasi:cli/run@0.2.3`, but no `rush:worker/evaluator`
        hint: this is a command-line program: an objective is a library (`crate-type = ["cdylib"]`) of world `objective`"#]],
    );
    let web = r#"(component
        (instance $handler)
        (export "wasi:http/incoming-handler@0.2.3" (instance $handler)))"#;
    refused_objective(
        &component(web),
        &expect![[r#"
        `f.wasm` is not an objective: it exports `wasi:http/incoming-handler@0.2.3`, but no `rush:worker/evaluator`
        hint: this answers web requests: an objective implements world `objective` of `rush:worker`"#]],
    );
}

#[test]
fn what_is_no_component_is_no_objective_either() {
    refused_objective(
        b"",
        &expect![[r#"
        `f.wasm` is empty
        hint: was it copied, downloaded, or built to the end? Build it again, or compare its size with the original"#]],
    );
    refused_objective(
        b"def f(x): return x",
        &expect![[r#"
        `f.wasm` is not a WebAssembly component but a text file
        hint: compile it to a component; `component` names the result, not the source"#]],
    );
    refused_objective(
        &component("(module)"),
        &expect![[r#"
        `f.wasm` is a core module, not a component
        hint: make a component of it: `cargo build --target wasm32-wasip2` builds one directly; `wasm-tools component embed` and `wasm-tools component new` wrap a module; plugins of this repository: `cargo xtask guests`"#]],
    );
    let whole = component(OBJECTIVE);
    refused_objective(
        &whole[..whole.len() / 2],
        &expect![[r#"
        `f.wasm` is cut off after 336 bytes
        hint: was it copied, downloaded, or built to the end? Build it again, or compare its size with the original"#]],
    );
}

#[test]
fn an_objective_for_another_edition_of_the_contract() {
    let of = |version: &str| component(&OBJECTIVE.replace("evaluator@0.1.0", &format!("evaluator{version}")));
    Plugin::objective("f.wasm", of("@0.1.9")).unwrap();
    refused_objective(
        &of("@0.2.0"),
        &expect![[r#"
        `f.wasm` exports `rush:worker/evaluator@0.2.0`; this host has version 0.1.0
        hint: build it with the SDK of this version of rush-host, or run it with the rush-host that it was built for"#]],
    );
    refused_objective(
        &of(""),
        &expect![[r#"
        `f.wasm` exports `rush:worker/evaluator`; this host has version 0.1.0
        hint: build it with the SDK of this version of rush-host, or run it with the rush-host that it was built for"#]],
    );
    let types = OBJECTIVE.replace("types@0.1.0", "types@1.0.0");
    refused_objective(
        &component(&types),
        &expect![[r#"
        `f.wasm` imports what this host does not offer:
          rush:worker/types@1.0.0: this host has version 0.1.0; build for that
        hint: build the component without them; `wasm-tools component wit` lists what it imports"#]],
    );
}

#[test]
fn an_evaluate_of_another_type() {
    // One case more, a field with another name, no error, another function.
    let others = [
        (r#"(case "json" string)"#, r#"(case "json" string) (case "date" s64)"#),
        (r#"(field "kind" string)"#, r#"(field "class" string)"#),
        ("(result (result $fields (error $condition)))", "(result (result $fields))"),
        (r#"(export "evaluate" (func $evaluate))"#, r#"(export "eval" (func $evaluate))"#),
    ];
    for (ours, theirs) in others {
        assert!(OBJECTIVE.contains(ours));
        let error = Plugin::objective("f.wasm", component(&OBJECTIVE.replace(ours, theirs))).unwrap_err();
        assert_eq!(error.problem, Problem::EvaluateType, "{theirs}");
    }
    let eval = OBJECTIVE.replace(r#"(export "evaluate" "#, r#"(export "eval" "#);
    refused_objective(
        &component(&eval),
        &expect![[r#"
        `f.wasm` is not an objective: its function `evaluate` is not `func(xs: fields) -> result<fields, condition>` of `rush:worker`
        hint: implement world `objective` of `rush:worker` with one of the SDKs"#]],
    );
}

#[test]
fn an_objective_that_wants_to_see_the_network() {
    let imports = r#"(component
        (import "rush:worker/tasks@0.1.0" (instance))
        (import "rush:worker/hashes@0.1.0" (instance))
        (import "rush:worker/worker@0.1.0" (instance))
        (import "rush:worker/evaluator@0.1.0" (instance))
        (import "rush:worker/context@0.1.0" (instance))
        (import "rush:worker/log@0.1.0" (instance (export "log" (func)) (export "flush" (func))))
        (import "wasi:cli/environment@0.2.3" (instance))
        (import "wasi:sockets/tcp@0.2.0" (instance))
        (import "wasi:nn/graph@0.2.0" (instance))"#;
    refused_objective(
        &component(&OBJECTIVE.replacen("(component", imports, 1)),
        &expect![[r#"
        `f.wasm` imports what this host does not offer:
          rush:worker/tasks@0.1.0: objectives do not see the network; only loops do
          rush:worker/hashes@0.1.0: objectives do not see the network; only loops do
          rush:worker/worker@0.1.0: objectives do not see the network; only loops do
          rush:worker/evaluator@0.1.0: objectives do not evaluate other objectives; only loops do
          rush:worker/log@0.1.0 (flush): not part of version 0.1.0, which this host has; build for that
          wasi:sockets/tcp@0.2.0: never: guests have no network; no grant allows it
          wasi:nn/graph@0.2.0: never: not an interface of this host; no grant allows it
        hint: build the component without them; `wasm-tools component wit` lists what it imports"#]],
    );
}

#[test]
fn only_loops_that_import_the_evaluator_need_an_objective() {
    let import = r#"(import "rush:worker/evaluator@0.1.0" (instance (export "evaluate" (func))))"#;
    let plugin = |import: &str| Plugin::worker_loop("l", component(&format!("(component {import} {RUN})")));
    assert!(plugin(import).unwrap().needs_objective());
    assert!(!plugin("").unwrap().needs_objective());
    assert!(!Plugin::objective("f", component(OBJECTIVE)).unwrap().needs_objective());
}

#[test]
fn the_world_of_a_component_is_told() {
    let world = |text: &str| Plugin::new("c", component(text)).unwrap().world();
    assert_eq!(world(&format!("(component {RUN})")), World::WorkerLoop);
    assert_eq!(world(OBJECTIVE), World::Objective);
    assert_eq!(world("(component)"), World::Unknown);
}

#[test]
fn who_made_a_component_is_told_once() {
    // `language: Rust 1.95`, `processed-by: ld` with an escape sequence in its version.
    let producers = r#"(@custom "producers"
        "\02\08language\01\04Rust\041.95\0cprocessed-by\01\02ld\042\1b[m")"#;
    let damaged = r#"(@custom "producers" "\01\08language\09\04Rust")"#;
    let text = format!(
        "(component (core module {producers}) (core module {producers}) {producers} {damaged} {RUN})"
    );
    let plugin = crate::support::wat(&text);
    let told: Vec<_> = plugin.producers().iter().map(|p| [&p.field[..], &p.name, &p.version]).collect();
    assert_eq!(told, [["language", "Rust", "1.95"], ["processed-by", "ld", "2[m"]]);
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
          rush:worker/log@0.2.0: this host has version 0.1.0; build for that
          rush:worker/context@0.1.0 (color): not part of version 0.1.0, which this host has; build for that
          rush:worker/tasks@0.1.0 (cancel): not part of version 0.1.0, which this host has; build for that
          acme:gpu/compute@1.0.0: never: not an interface of this host; no grant allows it
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
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default()).unwrap();
    let error = PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, &Limits::default().into())
        .err()
        .unwrap();
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
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default()).unwrap();
    let error = PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, &Limits::default().into())
        .err()
        .unwrap();
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
fn more_table_elements_to_begin_than_its_limit() {
    let plugin = crate::support::wat_module(
        r#"(memory (export "memory") 1) (table 600 funcref) (table 600 funcref)
           (func (export "run") (result i32) i32.const 0)"#,
    );
    assert_eq!((plugin.needs().table_elements, plugin.needs().all_table_elements), (600, 1200));
    let limits = Limits { table_elements: 1000, ..Limits::default() };
    expect![[r#"
        `test.wasm` needs 1200 table elements to begin; its limit is 1000
        hint: raise `table_elements` in the limits"#]]
    .assert_eq(&shown(&plugin.check_limits(&limits).unwrap_err()));
}

/// Small files that become large programs: every level instantiates the one below ten times.
fn bomb(innermost: &str, levels: usize) -> Plugin {
    let mut component = format!("(component $c0 {innermost})");
    for level in 1..=levels {
        let below = level - 1;
        component = format!(
            "(component $c{level} {component} {})",
            format!("(instance (instantiate $c{below}))").repeat(10)
        );
    }
    crate::support::wat(&format!("(component {component} (instance (instantiate $c{levels})) {RUN})"))
}

#[test]
fn an_instance_bomb_is_refused_before_it_is_compiled() {
    let limits = Limits::default();
    let modules = bomb("(core module $m (memory 1)) (core instance (instantiate $m))", 9);
    assert_eq!(modules.needs().core_instances, 1_000_000_001);
    expect![[r#"
        `test.wasm` is made of 1111111111 instances; the limit is 64
        hint: compose it of fewer parts, or raise `instances` in the limits"#]]
    .assert_eq(&shown(&modules.check_limits(&limits).unwrap_err()));
    let enough = Limits { instances: usize::MAX, ..limits };
    expect![[r#"
        `test.wasm` needs 59.6 TiB of memory to begin; its limit is 256 MiB
        hint: raise `memory` in the limits to more than 59.6 TiB"#]]
    .assert_eq(&shown(&modules.check_limits(&enough).unwrap_err()));
    let tables = bomb("(core module $m (table 1 funcref)) (core instance (instantiate $m))", 9);
    expect![[r#"
        `test.wasm` needs 1000000000 table elements to begin; its limit is 100000
        hint: raise `table_elements` in the limits"#]]
    .assert_eq(&shown(&tables.check_limits(&enough).unwrap_err()));
    let components = bomb("", 50);
    assert_eq!(components.needs().instances, u32::MAX, "as many as can be counted");
    expect![[r#"
        `test.wasm` is made of 4294967295 instances; the limit is 64
        hint: compose it of fewer parts, or raise `instances` in the limits"#]]
    .assert_eq(&shown(&components.check_limits(&limits).unwrap_err()));
    let many = component(&format!(
        "(component (core module $m) {} {RUN})",
        "(core instance (instantiate $m))".repeat(70)
    ));
    let many = Plugin::worker_loop("many.wasm", many).unwrap();
    expect![[r#"
        `many.wasm` is made of 71 instances; the limit is 64
        hint: compose it of fewer parts, or raise `instances` in the limits"#]]
    .assert_eq(&shown(&many.check_limits(&limits).unwrap_err()));
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
