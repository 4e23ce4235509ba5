//! The ways in which a loop ends, and what is said about each.
#![expect(clippy::needless_raw_string_hashes, reason = "what `expect_test` writes")]

use std::sync::Arc;
use std::time::Duration;

use crate::support::{Fixture, Remembered, guest, prepare, wat_module};
use expect_test::{Expect, expect};
use rush_network::{End, EndKind};
use rush_runtime::{GuestContext, Limits};

fn shown(end: &End) -> String {
    format!("{}: {}", end.kind.as_str(), end.message)
}

/// Runs a module as a loop; see [`wat_module`].
async fn ends(module: &str, limits: Limits, expected: Expect) {
    let prepared = prepare(&wat_module(module), limits);
    let end = Fixture::start().await.run(&prepared, Remembered::new()).await;
    expected.assert_eq(&shown(&end));
}

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn it_returns() {
    let module = r#"(memory (export "memory") 1) (func (export "run") (result i32) i32.const 0)"#;
    ends(module, Limits::default(), expect!["returned: "]).await;
}

#[tokio::test]
async fn it_returns_an_error() {
    let module = r#"(memory (export "memory") 1)
        (data (i32.const 0) "\01\00\00\00\10\00\00\00\0c\00\00\00") (data (i32.const 16) "no more luck")
        (func (export "run") (result i32) i32.const 0)"#;
    ends(module, Limits::default(), expect!["error: no more luck"]).await;
}

#[tokio::test]
async fn it_traps_in_named_functions() {
    let module = r#"(memory (export "memory") 1)
        (func $divide (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
        (func $average (result i32) (call $divide (i32.const 0)))
        (func (export "run") (result i32) (call $average))"#;
    ends(
        module,
        Limits::default(),
        expect![[r#"
        trap: An integer was divided by zero
          at divide
          at average
          at function 2"#]],
    )
    .await;
}

#[tokio::test]
async fn it_recurses_without_end() {
    let module = r#"(memory (export "memory") 1)
        (func $again (param i32) (result i32) (i32.add (call $again (local.get 0)) (i32.const 1)))
        (func (export "run") (result i32) (call $again (i32.const 0)))"#;
    ends(
        module,
        Limits::default(),
        expect![[r#"
            limit: Stack limit of 512 KiB reached: the guest's recursion is too deep
              at again, 64 times"#]],
    )
    .await;
}

#[tokio::test]
async fn it_reads_outside_of_its_memory() {
    let module = r#"(memory (export "memory") 1)
        (func (export "run") (result i32) (i32.load (i32.const -1)))"#;
    ends(
        module,
        Limits::default(),
        expect![[r#"
        trap: The guest read or wrote outside of its memory
          at function 0"#]],
    )
    .await;
}

#[tokio::test]
async fn it_returns_an_address_outside_of_its_memory() {
    let module = r#"(memory (export "memory") 1) (func (export "run") (result i32) i32.const 65536)"#;
    ends(
        module,
        Limits::default(),
        expect![
            "trap: The guest and its host disagree about a value or a handle: pointer out of bounds of memory"
        ],
    )
    .await;
    let utf8 = r#"(memory (export "memory") 1)
        (data (i32.const 0) "\01\00\00\00\10\00\00\00\02\00\00\00") (data (i32.const 16) "\ff\ff")
        (func (export "run") (result i32) i32.const 0)"#;
    ends(utf8, Limits::default(), expect!["trap: The guest and its host disagree about a value or a handle: invalid utf-8 sequence of 1 bytes from index 0"]).await;
}

#[tokio::test]
async fn it_grows_beyond_its_limit_and_gives_up() {
    let module = r#"(memory (export "memory") 1)
        (func $allocate (param i32) (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable)))
        (func (export "run") (result i32) (loop (call $allocate (i32.const 8)) (br 0)) unreachable)"#;
    let limits = Limits { memory: 4 * MIB, ..Limits::default() };
    ends(
        module,
        limits,
        expect![[r#"
            limit: Memory limit of 4 MiB reached: the guest had 3.5 MiB and asked for 512 KiB more; it got nothing and gave up
              at allocate
              at function 1"#]],
    )
    .await;
}

#[tokio::test]
async fn a_refused_growth_is_for_the_guest_to_handle() {
    let module = r#"(memory (export "memory") 1)
        (func (export "run") (result i32)
            ;; -1 + 1 is the address of "ok".
            (i32.add (memory.grow (i32.const 1000)) (i32.const 1)))"#;
    let limits = Limits { memory: 4 * MIB, ..Limits::default() };
    ends(module, limits, expect!["returned: "]).await;
}

#[tokio::test]
async fn a_table_grows_beyond_its_limit() {
    let module = r#"(memory (export "memory") 1) (table $t 1 funcref)
        (func (export "run") (result i32)
            (if (i32.eq (table.grow $t (ref.null func) (i32.const 2000000)) (i32.const -1)) (then unreachable))
            i32.const 0)"#;
    ends(module, Limits::default(), expect![[r#"
        limit: Limit of 100000 table elements reached: the guest had 1 and asked for 2000000 more; it got nothing and gave up
          at function 0"#]]).await;
}

#[tokio::test]
async fn it_hands_over_more_than_one_call_may_carry() {
    let module = r#"(memory (export "memory") 64)
        ;; An error of 2 MiB.
        (data (i32.const 0) "\01\00\00\00\10\00\00\00\00\00\20\00")
        (func (export "run") (result i32) i32.const 0)"#;
    let limits = Limits { host_call: 1 << 20, ..Limits::default() };
    ends(
        module,
        limits,
        expect!["limit: Value limit of 1 MiB reached: one call of the guest handed its host more; hand over less at once"],
    )
    .await;
}

#[tokio::test]
async fn it_exits() {
    for (code, expected) in [
        (0, expect!["returned: The loop called `exit` with code 0"]),
        (3, expect!["exit: The loop called `exit` with code 3"]),
    ] {
        let text = format!(
            r#"(component
                (import "wasi:cli/exit@0.2.0" (instance $exit
                    (export "exit-with-code" (func (param "status-code" u8)))))
                (core func $exit (canon lower (func $exit "exit-with-code")))
                (core module $module
                    (import "wasi" "exit" (func $exit (param i32)))
                    (memory (export "memory") 1)
                    (func (export "run") (result i32) (call $exit (i32.const {code})) unreachable))
                (core instance $instance (instantiate $module (with "wasi" (instance (export "exit" (func $exit))))))
                (func (export "run") (result (result (error string)))
                    (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))"#
        );
        let prepared = prepare(&crate::support::wat(&text), Limits::default());
        let end = Fixture::start().await.run(&prepared, Remembered::new()).await;
        expected.assert_eq(&shown(&end));
    }
}

#[tokio::test]
async fn a_panic_of_a_rust_guest_names_its_functions() {
    let fixture = Fixture::start().await;
    let output = Remembered::new();
    let end = fixture.run(&prepare(&guest("trap.wasm"), Limits::default()), Arc::clone(&output)).await;
    assert_eq!(end.kind, EndKind::Trap);
    let first = end.message.lines().next().unwrap();
    assert!(first.starts_with("The guest panicked at examples/trap.rs:"), "{}", end.message);
    assert!(first.ends_with(": index out of bounds: the len is 2 but the index is 3"), "{}", end.message);
    let inner = end.message.find("invert_kernel_matrix").expect("the innermost function is named");
    let outer = end.message.find("fit_surrogate").expect("its caller is named");
    assert!(inner < outer, "{}", end.message);
    assert!(!end.message.contains("core::panicking"), "{}", end.message);
    assert!(!end.message.contains("wasm trap"), "{}", end.message);
}

#[tokio::test]
async fn a_rust_guest_that_takes_all_memory_reaches_its_limit() {
    let fixture = Fixture::start().await;
    let limits = Limits { memory: 16 * MIB, ..Limits::default() };
    let end = fixture.run(&prepare(&guest("grow.wasm"), limits), Remembered::new()).await;
    assert_eq!(end.kind, EndKind::Limit);
    assert!(end.message.starts_with("Memory limit of 16 MiB reached: the guest had "), "{}", end.message);
}

#[tokio::test]
async fn an_error_of_a_rust_guest_is_its_end() {
    let fixture = Fixture::start().await;
    let end = fixture.run(&prepare(&guest("returns_error.wasm"), Limits::default()), Remembered::new()).await;
    assert_eq!(end.kind, EndKind::Error);
    assert!(!end.message.is_empty());
}

/// Runs a guest, and kills its worker once it has a running task.
async fn can_be_killed(name: &str) {
    let fixture = Fixture::start().await;
    let worker = fixture.worker("w").await;
    let (id, prepared) = (worker.id().clone(), prepare(&guest(name), Limits::default()));
    let running =
        tokio::spawn(
            async move { prepared.run(worker, GuestContext::new(1), Remembered::new(), None).await },
        );
    while fixture.network.counts().await.unwrap().running == 0 {
        tokio::task::yield_now().await;
    }
    fixture.network.kill(&id).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(10), running).await.expect("it ends").unwrap();
    assert_eq!(shown(&end), "killed: Worker was killed");
    assert_eq!(fixture.network.counts().await.unwrap().failed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_spins_can_be_killed() {
    can_be_killed("busy.wasm").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_waits_can_be_killed() {
    can_be_killed("sleeper.wasm").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_waits_for_others_can_be_killed() {
    can_be_killed("watcher.wasm").await;
}

#[tokio::test]
async fn guests_that_spin_share_one_thread() {
    // One thread for two guests that never call their host, and for the test itself.
    let fixture = Fixture::start().await;
    let prepared = prepare(&guest("busy.wasm"), Limits::default());
    let mut running = tokio::task::JoinSet::new();
    for id in ["a", "b"] {
        let (worker, prepared) = (fixture.worker(id).await, prepared.clone());
        running
            .spawn(async move { prepared.run(worker, GuestContext::new(1), Remembered::new(), None).await });
    }
    while fixture.network.counts().await.unwrap().running < 2 {
        tokio::task::yield_now().await;
    }
    // Dropping the tasks is the other way to end guests.
    running.shutdown().await;
    assert_eq!(fixture.network.counts().await.unwrap().running, 2, "nobody recorded an end");
}
