//! Evaluations that fail, one limit after the other, and what each leaves behind: the next evaluation finds a fresh instance.
#![expect(clippy::needless_raw_string_hashes, reason = "what `expect_test` writes")]

use std::sync::Arc;
use std::time::Duration;

use crate::support::{Fixture, Remembered, guest, prepare};
use expect_test::{Expect, expect};
use rush_network::{Condition, EndKind, Fields, Value, fields};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, Evaluator, GuestContext, InstancePolicy, Limits, Plugin,
    PreparedObjective, Settings,
};

/// An objective that answers `y = x`; for negative x it does what this function `$misbehave (param i32) (result i32)` says, which is given
/// the address of a right answer.
fn plugin(misbehave: &str) -> Plugin {
    let text = include_str!("wat/objective.wat").replace("MISBEHAVE", misbehave);
    Plugin::objective("objective.wasm", wat::parse_str(text).unwrap()).unwrap()
}

fn evaluator(
    misbehave: &str,
    settings: &Settings,
    policy: InstancePolicy,
    output: Arc<Remembered>,
) -> Evaluator {
    let plugin = plugin(misbehave);
    let build = Build::of(&settings.limits);
    let needs = plugin.needs().with_room_for(&settings.limits);
    let engine = Engine::new(Capacity { workers: 2, needs }, build).unwrap();
    let compiler = Compiler::without_cache();
    let prepared = PreparedObjective::new(&engine, &compiler, &plugin, settings, policy).unwrap();
    prepared.evaluator(GuestContext::new(42), output)
}

async fn at(evaluator: &mut Evaluator, x: f64) -> Result<Fields, Condition> {
    let evaluation = evaluator.evaluate(fields! { "x" => x });
    tokio::time::timeout(Duration::from_secs(30), evaluation).await.expect("the evaluation ends")
}

fn shown(condition: &Condition) -> String {
    let mut text = format!("{}: {}", condition.kind, condition.message);
    for field in &condition.details {
        match &field.value {
            Value::Texts(lines) => lines.iter().for_each(|line| text += &format!("\n  {line}")),
            value => text += &format!("\n  {}: {value:?}", field.name),
        }
    }
    text
}

/// Evaluates at a good point, at a bad one, and at a good one again, with instances that are kept and with fresh ones.
async fn fails(misbehave: &str, limits: Limits, expected: Expect) {
    let [reused, fresh] = [InstancePolicy::Reuse, InstancePolicy::Fresh].map(async |policy| {
        let mut evaluator = evaluator(misbehave, &limits.into(), policy, Remembered::new());
        assert_eq!(at(&mut evaluator, 1.0).await, Ok(fields! { "y" => 1.0 }));
        let failed = shown(&at(&mut evaluator, -1.0).await.unwrap_err());
        assert_eq!(at(&mut evaluator, 2.0).await, Ok(fields! { "y" => 2.0 }));
        failed
    });
    let failed = reused.await;
    assert_eq!(failed, fresh.await);
    expected.assert_eq(&failed);
}

const LIMITS: Limits = Limits { memory: 4 << 20, ..Limits::DEFAULT };

#[tokio::test]
async fn it_runs_for_too_long() {
    let limits = Limits { time: Some(Duration::from_millis(50)), ..LIMITS };
    let endless = "(func $misbehave (param i32) (result i32) (loop (br 0)) unreachable)";
    fails(
        endless,
        limits,
        expect![[r#"
        time-limit: Time limit of 50ms reached: the guest itself ran for as long
          at misbehave
          at function 3"#]],
    )
    .await;
}

#[tokio::test]
async fn it_takes_too_long() {
    let limits = Limits { wall: Some(Duration::from_millis(50)), ..LIMITS };
    let endless = "(func $misbehave (param i32) (result i32) (loop (br 0)) unreachable)";
    fails(endless, limits, expect!["time-limit: Wall limit of 50ms reached: so long it took"]).await;
}

#[tokio::test]
async fn it_burns_too_much_fuel() {
    let limits = Limits { fuel: Some(100_000), ..LIMITS };
    let endless = "(func $misbehave (param i32) (result i32) (loop (br 0)) unreachable)";
    fails(
        endless,
        limits,
        expect![[r#"
        fuel: Fuel limit of 100000 reached: so many instructions it ran
          at misbehave
          at function 3"#]],
    )
    .await;
}

#[tokio::test]
async fn it_recurses_too_deep() {
    let deep =
        "(func $misbehave (param i32) (result i32) (i32.add (call $misbehave (local.get 0)) (i32.const 1)))";
    fails(
        deep,
        LIMITS,
        expect![[r#"
        limit: Stack limit of 512 KiB reached: the guest's recursion is too deep
          at misbehave, 64 times"#]],
    )
    .await;
    let limits = Limits { stack: 2 << 20, ..LIMITS };
    fails(
        deep,
        limits,
        expect![[r#"
        limit: Stack limit of 2 MiB reached: the guest's recursion is too deep
          at misbehave, 64 times"#]],
    )
    .await;
}

#[tokio::test]
async fn it_takes_too_much_memory() {
    let bomb = r#"(func $misbehave (param i32) (result i32)
        (loop (if (i32.eq (memory.grow (i32.const 8)) (i32.const -1)) (then unreachable)) (br 0)) unreachable)"#;
    fails(bomb, LIMITS, expect![[r#"
        memory-limit: Memory limit of 4 MiB reached: the guest had 3.5 MiB and asked for 512 KiB more; it got nothing and gave up
          at misbehave
          at function 3"#]]).await;
}

#[tokio::test]
async fn it_takes_too_many_table_elements() {
    let bomb = r#"(table $t 1 funcref) (func $misbehave (param i32) (result i32)
        (if (i32.eq (table.grow $t (ref.null func) (i32.const 2000000)) (i32.const -1)) (then unreachable)) unreachable)"#;
    fails(bomb, LIMITS, expect![[r#"
        limit: Limit of 100000 table elements reached: the guest had 1 and asked for 2000000 more; it got nothing and gave up
          at misbehave
          at function 3"#]]).await;
}

#[tokio::test]
async fn its_limit_of_table_elements_may_be_large() {
    let large = r#"(table $t 1 funcref) (func $misbehave (param i32) (result i32)
        (if (i32.eq (table.grow $t (ref.null func) (i32.const 2000000)) (i32.const -1)) (then unreachable)) (local.get 0))"#;
    let limits = Limits { table_elements: 3_000_000, ..LIMITS };
    let mut evaluator = evaluator(large, &limits.into(), InstancePolicy::Reuse, Remembered::new());
    assert_eq!(at(&mut evaluator, -1.0).await, Ok(fields! { "y" => -1.0 }));
}

#[tokio::test]
async fn it_hands_over_too_much() {
    // A list of 2^20 fields, of which each is 24 bytes, is more than the memory holds; one of 40,000 is not.
    let list = |count: u32| {
        format!(
            "(func $misbehave (param i32) (result i32)
                (drop (memory.grow (i32.const 32))) (i32.store (i32.const 72) (i32.const {count})) (local.get 0))"
        )
    };
    let limits = Limits { host_call: 1 << 20, ..LIMITS };
    fails(&list(40_000), limits, expect!["limit: Value limit of 1 MiB reached: one call of the guest handed its host more; hand over less at once"]).await;
    fails(&list(1 << 20), limits, expect!["trap: The guest and its host disagree about a value or a handle: list pointer/length out of bounds of memory"]).await;
    fails(&list(1 << 28), limits, expect!["trap: The guest and its host disagree about a value or a handle: list pointer/length out of bounds of memory"]).await;
    fails(&list(u32::MAX), limits, expect!["trap: The guest and its host disagree about a value or a handle: list pointer/length out of bounds of memory"]).await;
}

#[tokio::test]
async fn it_logs_too_much() {
    let limits = Limits { log: Some(10_000), ..LIMITS };
    let flood = "(func $misbehave (param i32) (result i32)
        (loop (call $log (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 16) (i32.const 1)) (br 0)) unreachable)";
    fails(
        flood,
        limits,
        expect![[r#"
        limit: Log limit of 9.7 KiB reached: so much the guest logged and wrote
          at misbehave
          at function 3"#]],
    )
    .await;
}

#[tokio::test]
async fn it_answers_with_what_is_no_answer() {
    let text = r#"(func $misbehave (param i32) (result i32) (i32.store8 (i32.const 16) (i32.const 255)) (local.get 0))"#;
    fails(text, LIMITS, expect!["trap: The guest and its host disagree about a value or a handle: invalid utf-8 sequence of 1 bytes from index 0"]).await;
    let pointer = "(func $misbehave (param i32) (result i32) (i32.const -8))";
    fails(
        pointer,
        LIMITS,
        expect![
            "trap: The guest and its host disagree about a value or a handle: pointer out of bounds of memory"
        ],
    )
    .await;
    let unaligned = "(func $misbehave (param i32) (result i32) (i32.const 65))";
    fails(
        unaligned,
        LIMITS,
        expect![
            "trap: The guest and its host disagree about a value or a handle: return pointer not aligned"
        ],
    )
    .await;
    let case =
        "(func $misbehave (param i32) (result i32) (i32.store8 (i32.const 40) (i32.const 99)) (local.get 0))";
    fails(
        case,
        LIMITS,
        expect![
            "trap: The guest and its host disagree about a value or a handle: unexpected discriminant: 99"
        ],
    )
    .await;
}

/// Answers with a condition whose kind and message are "y", and whose details are these fields of a name, a case and a text.
fn returns(details: &[(&str, u8, &str)]) -> String {
    let mut text = String::from("(func $misbehave (param i32) (result i32)");
    let (mut field, mut free) = (1_024, 2_048);
    let mut write = |bytes: &str| {
        let at = free;
        free += bytes.len();
        let stores = bytes
            .bytes()
            .enumerate()
            .map(|(index, byte)| format!("(i32.store8 (i32.const {}) (i32.const {byte}))", at + index));
        (stores.collect::<String>(), at, bytes.len())
    };
    let pair = |to: usize, at: usize, length: usize| {
        format!(
            "(i32.store (i32.const {to}) (i32.const {at})) (i32.store (i32.const {}) (i32.const {length}))",
            to + 4
        )
    };
    text += "(i32.store8 (i32.const 512) (i32.const 1))";
    text += &(pair(516, 16, 1) + &pair(524, 16, 1) + &pair(532, field, details.len()));
    for (name, case, content) in details {
        let (stores, at, length) = write(name);
        text += &(stores + &pair(field, at, length));
        let (stores, at, length) = write(content);
        text += &format!("(i32.store8 (i32.const {}) (i32.const {case}))", field + 8);
        text += &(stores + &pair(field + 16, at, length));
        field += 24;
    }
    text + "(i32.const 512))"
}

const TEXT: u8 = 4;
const JSON: u8 = 9;

#[tokio::test]
async fn it_tells_what_no_task_can_hold() {
    let details = [("a", TEXT, "first"), ("a", TEXT, "second"), ("b", JSON, "{"), ("c", JSON, "[1]")];
    fails(
        &returns(&details),
        LIMITS,
        expect![[r#"
        y: y (one of its details is left out)
          a: Text("first")
          b: Text("{")
          c: Json("[1]")"#]],
    )
    .await;
    let forged = [("backtrace", TEXT, "at nowhere"), ("core_dump", TEXT, "/etc/passwd")];
    fails(&returns(&forged), LIMITS, expect!["y: y (2 of its details are left out)"]).await;
}

#[tokio::test]
async fn it_answers_with_what_no_task_can_hold() {
    let twice = "(func $misbehave (param i32) (result i32)
        (memory.copy (i32.const 1024) (i32.const 32) (i32.const 24))
        (memory.copy (i32.const 1048) (i32.const 32) (i32.const 24))
        (i32.store (i32.const 2052) (i32.const 1024)) (i32.store (i32.const 2056) (i32.const 2)) (i32.const 2048))";
    fails(twice, LIMITS, expect!["error: `ys` of the objective cannot be stored: `y` stands in it twice"])
        .await;
}

#[tokio::test]
async fn limits_hold_for_its_beginning_and_an_evaluation_together() {
    let burns = "(func $burn (local $left i32) (local.set $left (i32.const 10000))
            (loop (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
        (start $burn)
        (func $misbehave (param i32) (result i32) (call $burn) (local.get 0))";
    let settings = Limits { fuel: Some(75_000), ..LIMITS }.into();
    let mut begun = evaluator(burns, &settings, InstancePolicy::Reuse, Remembered::new());
    assert_eq!(at(&mut begun, 1.0).await, Ok(fields! { "y" => 1.0 }));
    assert_eq!(at(&mut begun, -1.0).await, Ok(fields! { "y" => -1.0 }), "one of the two is within the limit");
    let mut fresh = evaluator(burns, &settings, InstancePolicy::Fresh, Remembered::new());
    assert_eq!(at(&mut fresh, 1.0).await, Ok(fields! { "y" => 1.0 }));
    assert_eq!(at(&mut fresh, -1.0).await.unwrap_err().kind, "fuel", "both together are not");
}

#[tokio::test]
async fn it_takes_too_long_to_begin() {
    let endless = "(func $endless (loop (br 0))) (start $endless)
        (func $misbehave (param i32) (result i32) unreachable)";
    let settings = Limits { wall: Some(Duration::from_millis(50)), ..LIMITS }.into();
    let mut evaluator = evaluator(endless, &settings, InstancePolicy::Reuse, Remembered::new());
    for _ in 0..2 {
        let condition = at(&mut evaluator, 1.0).await.unwrap_err();
        assert_eq!(shown(&condition), "time-limit: Wall limit of 50ms reached: so long it took");
    }
}

#[tokio::test]
async fn an_evaluation_that_is_given_up_leaves_a_fresh_instance() {
    let endless = "(func $misbehave (param i32) (result i32) (loop (br 0)) unreachable)";
    let mut evaluator = evaluator(endless, &LIMITS.into(), InstancePolicy::Reuse, Remembered::new());
    let evaluation = at(&mut evaluator, -1.0);
    assert!(tokio::time::timeout(Duration::from_millis(30), evaluation).await.is_err());
    assert_eq!(at(&mut evaluator, 3.0).await, Ok(fields! { "y" => 3.0 }));
}

#[tokio::test]
async fn a_loop_evaluates_in_the_sandbox_of_the_objective() {
    let fixture = Fixture::start().await;
    let evaluator = evaluator(
        "(func $misbehave (param i32) (result i32) unreachable)",
        &LIMITS.into(),
        InstancePolicy::Reuse,
        Remembered::new(),
    );
    let prepared = prepare(&guest("evaluates_often.wasm"), Limits::default());
    let context = GuestContext { args: r#"{"times": 100}"#.into(), ..GuestContext::new(1) };
    let worker = fixture.worker("w").await;
    let end = prepared.run(worker, context, Remembered::new(), Some(evaluator)).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
}

#[tokio::test]
async fn a_loop_without_an_objective_is_told_so_at_each_evaluation() {
    let fixture = Fixture::start().await;
    let prepared = prepare(&guest("evaluates_often.wasm"), Limits::default());
    let context = GuestContext { args: r#"{"times": 1}"#.into(), ..GuestContext::new(1) };
    let end = prepared.run(fixture.worker("w").await, context, Remembered::new(), None).await;
    assert_eq!(end.message, "There is no objective: name one under [objective] in the run file");
}
