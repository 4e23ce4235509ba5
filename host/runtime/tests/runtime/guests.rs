//! Real guests on a real network.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Fixture, Remembered, guest, prepare};
use rush_network::{EndKind, NewTask, fields};
use rush_runtime::{GuestContext, Limits};

#[tokio::test]
async fn every_call_of_the_contract_keeps_its_promises() {
    let fixture = Fixture::start().await;
    let end = fixture.run(&prepare(&guest("every_call.wasm"), Limits::default()), Remembered::new()).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
}

#[tokio::test]
async fn messages_reach_the_output() {
    let fixture = Fixture::start().await;
    let output = Remembered::new();
    let end = fixture.run(&prepare(&guest("log_lines.wasm"), Limits::default()), Arc::clone(&output)).await;
    assert_eq!(end.kind, EndKind::Returned, "{}", end.message);
    assert!(!output.said().is_empty());
}

#[tokio::test]
async fn a_queue_is_worked_off_by_many_workers_of_one_process() {
    let fixture = Fixture::start().await;
    let tasks: Vec<NewTask> = (0..50).map(|x| fields! { "x" => f64::from(x) }.into()).collect();
    let keys = fixture.network.push(&tasks, None).await.unwrap();
    let prepared = prepare(&guest("queue.wasm"), Limits::default());
    let mut running = tokio::task::JoinSet::new();
    for index in 0..4 {
        let worker = fixture.worker(&format!("w{index}")).await;
        let prepared = prepared.clone();
        running.spawn(async move {
            let end = prepared.run(worker.clone(), GuestContext::new(index), Remembered::new(), None).await;
            worker.end(&end).await.unwrap();
            end
        });
    }
    assert!(fixture.network.wait_for_tasks(&keys, Some(Duration::from_secs(20))).await.unwrap());
    let workers = fixture.network.running_workers().await.unwrap();
    fixture.network.terminate(&workers).await.unwrap();
    for end in running.join_all().await {
        assert_eq!(end.kind, EndKind::Returned, "{}", end.message);
    }
    assert_eq!(fixture.network.counts().await.unwrap().finished, 50);
}

#[tokio::test]
async fn arguments_and_data_reach_the_guest() {
    // Logs its arguments, and the bytes of `train`.
    let text = include_str!("wat/context.wat");
    let prepared = prepare(&crate::support::wat(text), Limits::default());
    let fixture = Fixture::start().await;
    let output = Remembered::new();
    let context = GuestContext {
        args: r#"{"a":1}"#.into(),
        seed: 7,
        data: Arc::new(BTreeMap::from([("train".to_owned(), Arc::from(&b"mpg,cyl"[..]))])),
    };
    let end = prepared.run(fixture.worker("w").await, context, Arc::clone(&output) as _, None).await;
    assert_eq!((end.kind, end.message.as_str()), (EndKind::Returned, ""));
    assert_eq!(output.said(), [r#"info args: {"a":1}"#, "info data: mpg,cyl"]);
}

#[tokio::test]
async fn a_file_that_is_larger_than_all_memory_of_a_guest_ends_it_and_says_so() {
    let text = include_str!("wat/context.wat");
    let prepared = prepare(&crate::support::wat(text), Limits { memory: 2 << 16, ..Limits::default() });
    let fixture = Fixture::start().await;
    let large = Arc::from(vec![0; 3 << 16]);
    let context = GuestContext {
        data: Arc::new(BTreeMap::from([("train".to_owned(), large)])),
        ..GuestContext::new(7)
    };
    let end = prepared.run(fixture.worker("w").await, context, Remembered::new(), None).await;
    assert_eq!(end.kind, EndKind::Limit);
    let told = "`train` of [loop.data] has 192 KiB, and the loop may have 128 KiB of memory in all; raise `[loop.limits] memory`";
    assert!(end.message.starts_with(told), "{}", end.message);
}
