//! Tables and hashes of real guests on a real network, and what a guest can make its host keep.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{FOUR_MIB, Fixture, Remembered, guest, prepare};
use rush_network::{End, EndKind, FinishedTask, NewTask, Worker, fields};
use rush_runtime::{GuestContext, Limits};

async fn run(fixture: &Fixture, name: &str, limits: Limits, args: &str) -> (End, Arc<Remembered>) {
    fixture.run_with(&prepare(&guest(name), limits), args).await
}

async fn finish(worker: &Worker, tasks: u32, bytes: usize) {
    let task = FinishedTask { xs: fields! { "x" => "x".repeat(bytes) }, ..FinishedTask::default() };
    worker.push_finished(&vec![task; tasks as usize]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_fetch_keeps_its_promises() {
    let fixture = Fixture::start().await;
    let (end, _) = run(&fixture, "every_fetch.wasm", Limits::default(), "{}").await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_waits_for_others_hears_of_what_they_finish() {
    let fixture = Fixture::start().await;
    let (watcher, other) = (fixture.worker("watcher").await, fixture.worker("other").await);
    let (prepared, output) = (prepare(&guest("watcher.wasm"), Limits::default()), Remembered::new());
    let (said, id) = (Arc::clone(&output), watcher.id().clone());
    let running =
        tokio::spawn(async move { prepared.run(watcher, GuestContext::new(1), output, None).await });
    for y in 1..=3 {
        let task = FinishedTask { ys: fields! { "y" => f64::from(y) }, ..FinishedTask::default() };
        other.push_finished(&[task]).await.unwrap();
        while said.said().len() < usize::try_from(y).unwrap() {
            tokio::task::yield_now().await;
        }
    }
    fixture.network.terminate(&[id]).await.unwrap();
    let end = tokio::time::timeout(Duration::from_mins(1), running).await.expect("it ends").unwrap();
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
    assert_eq!(said.said(), ["info watcher: 1", "info watcher: 2", "info watcher: 3"]);
}

#[tokio::test]
async fn a_guest_that_keeps_every_table_is_told_so() {
    let fixture = Fixture::start().await;
    let (end, _) = run(&fixture, "fetches.wasm", Limits::default(), r#"{"tables": 1000000}"#).await;
    assert_eq!(end.kind, EndKind::Error);
    assert_eq!(
        end.message,
        "after 1000 tables: this loop holds 1000 tables, as many as it may; drop those that are no longer needed"
    );
}

#[tokio::test]
async fn a_table_that_is_dropped_is_free() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    // A snapshot of running tasks is nobody else's: a thousand of them would hold 1 GiB.
    other.push_running(&[NewTask::from(fields! { "x" => "x".repeat(1 << 20) })]).await.unwrap();
    let (end, _) = run(&fixture, "fetches.wasm", FOUR_MIB, r#"{"tables": 1001, "drop": true}"#).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
}

#[tokio::test]
async fn tables_hold_no_more_than_the_memory_limit_and_one_table() {
    let fixture = Fixture::start().await;
    let other = fixture.worker("other").await;
    other.push_running(&[NewTask::from(fields! { "x" => "x".repeat(1 << 20) })]).await.unwrap();
    let (end, _) = run(&fixture, "fetches.wasm", FOUR_MIB, r#"{"tables": 100}"#).await;
    assert_eq!(end.kind, EndKind::Error);
    let told = "after 4 tables: the tables that this loop holds take 4 MiB, more than its memory limit of 4 MiB; drop those";
    assert!(end.message.starts_with(told), "{}", end.message);
}

#[tokio::test]
async fn what_tables_share_is_held_once() {
    let fixture = Fixture::start().await;
    finish(&fixture.worker("other").await, 3, 1 << 20).await;
    let (end, _) = run(&fixture, "fetches.wasm", FOUR_MIB, r#"{"tables": 100}"#).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
}

#[tokio::test]
async fn rows_that_cannot_fit_into_the_guest_are_not_made() {
    let fixture = Fixture::start().await;
    finish(&fixture.worker("other").await, 5, 1 << 20).await;
    let (end, _) = run(&fixture, "fetches.wasm", FOUR_MIB, r#"{"tables": 1, "rows": true}"#).await;
    assert_eq!(end.kind, EndKind::Limit);
    let told = "The answer of `table.rows` is larger than all the memory that the loop may have (4 MiB); ask for less at once";
    assert!(end.message.starts_with(told), "{}", end.message);
}

#[tokio::test]
async fn json_that_cannot_fit_into_the_guest_is_not_made() {
    let fixture = Fixture::start().await;
    // Names are in the table once, and in its JSON as often as there are tasks.
    let name = "n".repeat(10_000);
    let task = FinishedTask { xs: fields! { name.as_str() => 1_i64 }, ..FinishedTask::default() };
    fixture.worker("other").await.push_finished(&vec![task; 500]).await.unwrap();
    let (end, _) = run(&fixture, "fetches.wasm", FOUR_MIB, r#"{"tables": 1, "json": true}"#).await;
    assert_eq!(end.kind, EndKind::Limit);
    assert!(end.message.starts_with("The answer of `table.json` is larger than"), "{}", end.message);
    let args = r#"{"tables": 1, "json": true}"#;
    let (end, output) = run(&fixture, "fetches.wasm", Limits::default(), args).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
    assert!(output.said()[0].starts_with("info fetches: 5"), "{:?}", output.said());
}
