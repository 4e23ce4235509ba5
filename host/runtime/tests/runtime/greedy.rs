//! Guests that ask for more than they may have: what they hear, and what it costs their host meanwhile.

use std::process::Command;

use crate::support::{FOUR_MIB, Fixture, guest, memory, prepare};
use rush_network::{Condition, End, EndKind, FailedTask, FinishedTask, NewTask, Value, fields};
use rush_runtime::{Limits, PreparedLoop};

/// How many mebibytes there are of what a guest with four asks for.
const MANY: usize = 96;
/// Tells a test in a process of its own what to ask for.
const ASK: &str = "RUSH_TEST_ASK";

fn greedy(limits: Limits) -> PreparedLoop {
    prepare(&guest("greedy.wasm"), limits)
}

fn with_value(value: impl Into<Value>) -> FinishedTask {
    FinishedTask { xs: fields! { "x" => value }, ..FinishedTask::default() }
}

/// A mebibyte, another one for each number.
fn mebibyte(number: usize) -> String {
    format!("{number}{}", "-".repeat(1 << 20))
}

/// What a guest says that asks; it can handle whatever it hears.
async fn says(fixture: &Fixture, prepared: &PreparedLoop, ask: &str) -> String {
    let (end, output) = fixture.run_with(prepared, &format!(r#"{{"ask": "{ask}"}}"#)).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""), "{ask}");
    output.said().concat()
}

/// How a guest ends that asks, when that is its end.
async fn ends(fixture: &Fixture, ask: &str) -> End {
    fixture.run_with(&greedy(FOUR_MIB), &format!(r#"{{"ask": "{ask}"}}"#)).await.0
}

#[track_caller]
fn assert_refused(said: &str, function: &str) {
    let told = format!("the answer of `{function}` is larger than all the memory that the loop may have (");
    assert!(said.to_lowercase().contains(&told), "{function}: {said}");
}

#[tokio::test]
async fn a_column_with_too_many_rows_is_an_error_that_a_guest_can_handle() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    // Eight bytes each.
    for _ in 0..17 {
        other.push_finished(&vec![with_value(1_i64); 10_000]).await.unwrap();
    }
    let prepared = greedy(Limits { memory: 20 << 16, ..FOUR_MIB });
    for kind in ["numbers", "integers", "values"] {
        assert_refused(&says(&fixture, &prepared, kind).await, &format!("table.{kind}"));
    }
    assert_eq!(says(&fixture, &prepared, "nothing").await, "info greedy: 170000");
}

#[tokio::test]
async fn a_column_with_too_much_in_it_is_an_error_that_a_guest_can_handle() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    for number in 0..5 {
        other.push_finished(&[with_value(mebibyte(number))]).await.unwrap();
    }
    let prepared = greedy(FOUR_MIB);
    for kind in ["texts", "values"] {
        assert_refused(&says(&fixture, &prepared, kind).await, &format!("table.{kind}"));
    }
}

#[tokio::test]
async fn a_text_that_stands_in_many_rows_counts_once_where_it_is_handed_over_once() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    for _ in 0..5 {
        other.push_finished(&[with_value(mebibyte(0))]).await.unwrap();
    }
    assert_eq!(says(&fixture, &greedy(FOUR_MIB), "texts").await, "info greedy: 1");
}

#[tokio::test]
async fn empty_texts_count_too() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    // Eight bytes each in the guest, three times as much in its host.
    other.push_finished(&[with_value(vec![String::new(); 600_000])]).await.unwrap();
    assert_refused(&says(&fixture, &greedy(FOUR_MIB), "values").await, "table.values");
    let end = ends(&fixture, "rows").await;
    assert_eq!(end.kind, EndKind::Limit);
    assert_refused(&end.message, "table.rows");
}

#[tokio::test]
async fn names_of_columns_that_cannot_fit_end_the_loop() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    for number in 0..5 {
        let xs = fields! { mebibyte(number) => 1_i64 };
        other.push_finished(&[FinishedTask { xs, ..FinishedTask::default() }]).await.unwrap();
    }
    let end = ends(&fixture, "columns").await;
    assert_eq!(end.kind, EndKind::Limit);
    assert_refused(&end.message, "table.columns");
}

#[tokio::test]
async fn json_counts_as_it_is_written() {
    let fixture = Fixture::start().await;
    // A byte of 255 takes four letters.
    fixture.worker("other").await.push_finished(&[with_value(vec![255_u8; 3 << 19])]).await.unwrap();
    let end = ends(&fixture, "json").await;
    assert_eq!(end.kind, EndKind::Limit);
    assert_refused(&end.message, "table.json");
}

#[tokio::test]
async fn a_table_of_its_own_that_is_larger_than_its_memory_is_an_error_that_a_guest_can_handle() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    for number in 0..5 {
        other.push_running(&[fields! { "x" => mebibyte(number) }.into()]).await.unwrap();
    }
    let said = says(&fixture, &greedy(FOUR_MIB), "nothing").await;
    let told =
        "running and failed tasks that were asked for take more than this loop's memory limit of 4 MiB";
    assert!(said.contains(told), "{said}");
    assert_eq!(says(&fixture, &greedy(Limits::default()), "nothing").await, "info greedy: 5");
}

#[tokio::test]
async fn what_conditions_and_names_take_counts_for_the_tables_that_are_held() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    let condition = Condition { kind: "error".into(), message: mebibyte(0), details: fields! {} };
    other.push_failed(&[FailedTask { condition: Some(condition), ..FailedTask::default() }]).await.unwrap();
    other.push_running(&[NewTask::from(fields! { mebibyte(0) => 1_i64 })]).await.unwrap();
    // Each table has the names of its columns once more.
    for (state, tables) in [("running", 2), ("failed", 4)] {
        let args = format!(r#"{{"tables": 100, "state": "{state}"}}"#);
        let (end, _) = fixture.run_with(&prepare(&guest("fetches.wasm"), FOUR_MIB), &args).await;
        assert!(
            end.message.starts_with(&format!("after {tables} tables: the tables that this loop holds")),
            "{}",
            end.message
        );
    }
}

/// What a guest says or ends with that asks for many mebibytes, and the memory in KiB that this process takes for it, at most.
#[tokio::test]
#[ignore = "is run by another test, in a process of its own"]
async fn alone() {
    let Ok(ask) = std::env::var(ASK) else { return };
    let (fixture, prepared) = (Fixture::start().await, greedy(FOUR_MIB));
    let other = fixture.worker("other").await;
    let mut keys = Vec::new();
    for number in 0..MANY {
        let text = mebibyte(number);
        match ask.as_str() {
            "hashes" => {
                let hash = vec![("entry".to_owned(), fields! { "x" => text })];
                keys.extend(other.write_hashes(&[hash]).await.unwrap());
            }
            "running" => drop(other.push_running(&[fields! { "x" => text }.into()]).await.unwrap()),
            "json" => drop(other.push_finished(&[with_value(text.into_bytes())]).await.unwrap()),
            _ => drop(other.push_finished(&[with_value(text)]).await.unwrap()),
        }
    }
    if ask != "running" {
        // The cache of finished tasks is the host's own.
        says(&fixture, &prepared, "nothing").await;
    }
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmHWM:");
    let keys = keys.join(r#"",""#);
    let (end, output) =
        fixture.run_with(&prepared, &format!(r#"{{"ask": "{ask}", "keys": ["{keys}"]}}"#)).await;
    println!("{}\n{}{}", memory("VmHWM:") - before, output.said().concat(), end.message);
}

#[test]
fn a_host_holds_little_more_than_what_its_guest_may_have() {
    for (ask, refusal) in [
        ("texts", "the answer of `table.texts` is larger than"),
        ("values", "the answer of `table.values` is larger than"),
        ("rows", "The answer of `table.rows` is larger than"),
        ("json", "The answer of `table.json` is larger than"),
        ("hashes", "the answer of `hashes.read` is larger than"),
        ("running", "tasks that were asked for take more than this loop's memory limit of 4 MiB"),
    ] {
        let mut alone = Command::new(std::env::current_exe().unwrap());
        alone.args(["--exact", "greedy::alone", "--ignored", "--nocapture"]).env(ASK, ask);
        let output = alone.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains(refusal), "{ask}: {said}");
        let peak = said.lines().find_map(|line| line.parse::<u64>().ok()).expect("a line with a number");
        // Tasks that are not cached are read in pages, of which the first has sixteen, because nobody knows how large they are.
        let most = if ask == "running" { 64 << 10 } else { 32 << 10 };
        assert!(peak < most, "{ask}: {peak} KiB");
    }
}
