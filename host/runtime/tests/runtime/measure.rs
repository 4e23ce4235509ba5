//! What a worker costs, measured: `cargo test -p rush-runtime --release --test measure -- --ignored --nocapture --test-threads 1`.
//! Prints numbers; the bars are in `benches/`.

use std::time::{Duration, Instant};

use crate::support::{Fixture, Remembered, guest, memory, prepare, wat};
use rush_network::{EndKind, Field, FinishedTask};
use rush_runtime::{
    Build, Capacity, CodeCache, Compiler, Engine, GuestContext, Limits, Plugin, PreparedLoop,
};

/// The median of some runs, in microseconds.
fn median(mut run: impl FnMut()) -> f64 {
    let mut times: Vec<_> = (0..25)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

#[test]
#[ignore = "prints numbers"]
fn loading() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code");
    for name in ["log_lines.wasm", "busy.wasm", "every_call.wasm"] {
        let plugin = guest(name);
        let bytes = plugin.bytes().to_vec();
        let capacity = Capacity { workers: 4, needs: plugin.needs() };
        let engine = Engine::new(capacity, Build::default()).unwrap();
        let start = Instant::now();
        let load = |plugin: &Plugin, engine: &Engine| {
            let compiler = Compiler::with_cache(CodeCache::open(&folder).unwrap());
            PreparedLoop::new(engine, &compiler, plugin, &Limits::default().into()).unwrap()
        };
        load(&plugin, &engine);
        let compiling = start.elapsed().as_secs_f64() * 1e3;
        let cached =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).max();
        let cached = cached.unwrap();
        let seal = vec![0; usize::try_from(cached).unwrap()];
        println!(
            "{name} ({} KiB): compile {compiling:.0} ms; inspect {:.0} µs; load from cache ({} KiB) and link {:.0} µs, \
             of it BLAKE3 {:.0} µs; engine for 4 {:.0} µs, for 1000 {:.0} µs",
            bytes.len() / 1024,
            median(|| drop(Plugin::worker_loop(name, bytes.as_slice()).unwrap())),
            cached / 1024,
            median(|| drop(load(&plugin, &engine))),
            median(|| assert_ne!(blake3::keyed_hash(&[0; 32], &seal).as_bytes(), &[0; 32])),
            median(|| drop(Engine::new(capacity, Build::default()).unwrap())),
            median(|| drop(Engine::new(Capacity { workers: 1000, ..capacity }, Build::default()).unwrap())),
        );
    }
}

/// A loop that calls the host a million times.
fn calls(import: &str, call: &str) -> Plugin {
    wat(&format!(
        r#"(component
            {import}
            (core module $libc (memory (export "memory") 2)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024))
            (core instance $libc (instantiate $libc))
            (core func $call (canon lower (func $interface "{call}")
                (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
            (core module $main
                (import "host" "call" (func $call (param i32)))
                (func (export "run") (result i32)
                    (local $i i32)
                    (loop $again
                        (call $call (i32.const 64))
                        (br_if $again (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000000))))
                    i32.const 0))
            (core instance $instance (instantiate $main (with "host" (instance (export "call" (func $call))))))
            (func (export "run") (result (result (error string)))
                (canon lift (core func $instance "run") (memory (core memory $libc "memory")))))"#
    ))
}

#[tokio::test]
#[ignore = "prints numbers"]
async fn calls_of_the_host() {
    let args = r#"(import "rush:worker/context@0.1.0" (instance $interface (export "args" (func (result string)))))"#;
    let prepared = prepare(&calls(args, "args"), Limits::default());
    let fixture = Fixture::start().await;
    let worker = fixture.worker("w").await;
    let start = Instant::now();
    let end = prepared.run(worker, GuestContext::new(1), Remembered::new(), None).await;
    assert_eq!(end.kind, EndKind::Returned, "{}", end.message);
    println!("context.args: {:.0} ns a call", start.elapsed().as_secs_f64() * 1e3);
}

#[tokio::test]
#[ignore = "prints numbers"]
async fn columns_to_a_guest() {
    const TIMES: u32 = 200;
    let fixture = Fixture::start().await;
    let number = |task: u32, column: u32| f64::from(task) / f64::from(column + 1);
    let task = |index| FinishedTask {
        xs: (0..5).map(|column| Field::new(format!("x{column}"), number(index, column))).collect(),
        ..FinishedTask::default()
    };
    let tasks: Vec<_> = (0..10_000).map(task).collect();
    fixture.worker("other").await.push_finished(&tasks).await.unwrap();
    let prepared = prepare(&guest("columns.wasm"), Limits::default());
    let mut took = Vec::new();
    for (index, times) in [0, 0, TIMES].into_iter().enumerate() {
        let worker = fixture.worker(&format!("w{index}")).await;
        let context =
            GuestContext { args: format!(r#"{{"times": {times}}}"#).into(), ..GuestContext::new(1) };
        let (start, output) = (Instant::now(), Remembered::new());
        let end = prepared.run(worker, context, output, None).await;
        assert_eq!(end.kind, EndKind::Returned, "{}", end.message);
        took.push(start.elapsed());
    }
    let each = took[2].saturating_sub(took[1]) / TIMES;
    println!(
        "10,000 x 5 numbers to a guest, and summed there: {each:.0?}; fetched for the first time in {:.1?}",
        took[0]
    );
}

#[tokio::test]
#[ignore = "prints numbers"]
async fn starting_and_ending() {
    let plugin = wat(r#"(component
            (core module $module (memory (export "memory") 1) (func (export "run") (result i32) i32.const 0))
            (core instance $instance (instantiate $module))
            (func (export "run") (result (result (error string)))
                (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))"#);
    let prepared = prepare(&plugin, Limits::default());
    let fixture = Fixture::start().await;
    let worker = fixture.worker("w").await;
    let start = Instant::now();
    for _ in 0..1000 {
        let end = prepared.run(worker.clone(), GuestContext::new(1), Remembered::new(), None).await;
        assert_eq!(end.kind, EndKind::Returned);
    }
    println!("store, instance, run, drop: {:.1} µs", start.elapsed().as_secs_f64() * 1e3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints numbers"]
async fn idle_workers() {
    const WORKERS: u32 = 1000;
    let plugin = guest("sleeper.wasm");
    let fixture = Fixture::start().await;
    let mut workers = Vec::new();
    for index in 0..WORKERS {
        workers.push(fixture.worker(&format!("w{index}")).await);
    }
    let engine = Engine::new(Capacity { workers: WORKERS, needs: plugin.needs() }, Build::default()).unwrap();
    let prepared =
        PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, &Limits::default().into()).unwrap();
    let (before, start) = (memory("VmRSS:"), Instant::now());
    let mut running = tokio::task::JoinSet::new();
    for worker in workers {
        let prepared = prepared.clone();
        running
            .spawn(async move { prepared.run(worker, GuestContext::new(1), Remembered::new(), None).await });
    }
    while fixture.network.counts().await.unwrap().running < u64::from(WORKERS) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let up = start.elapsed();
    // All of them wait in `pop` by now.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let each = (memory("VmRSS:") - before) / u64::from(WORKERS);
    let start = Instant::now();
    running.shutdown().await;
    println!("{WORKERS} workers: up in {up:.0?}, {each} KiB each, dropped in {:.0?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints numbers"]
async fn killing_a_guest_that_spins() {
    let prepared = prepare(&guest("busy.wasm"), Limits::default());
    let mut times = Vec::new();
    for round in 0..25 {
        let fixture = Fixture::start().await;
        let worker = fixture.worker(&format!("w{round}")).await;
        let (id, prepared) = (worker.id().clone(), prepared.clone());
        let running = tokio::spawn(async move {
            let end = prepared.run(worker, GuestContext::new(1), Remembered::new(), None).await;
            (end, Instant::now())
        });
        while fixture.network.counts().await.unwrap().running == 0 {
            tokio::task::yield_now().await;
        }
        fixture.network.kill(&id).await.unwrap();
        let killed = Instant::now();
        times.push(running.await.unwrap().1.saturating_duration_since(killed));
    }
    times.sort();
    println!("killed guest that spins ends after {:.1?} (median), {:.1?} (most)", times[12], times[24]);
}
