//! What is said when something is left out: nobody would notice otherwise.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use rush_network::{Heart, HeartSettings, LogPosition, Parts, Registration, State, WorkerState};

use crate::fixture::{Fixture, named, new_tasks, until};

/// What was said on this thread.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Said {
    /// The warnings since the last call.
    fn warnings(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().filter(|line| line.contains("WARN")).map(str::to_owned).collect()
    }
}

/// All that is said from now on, in a test with one thread.
fn listen() -> (Said, tracing::subscriber::DefaultGuard) {
    let said = Said::default();
    let writer = said.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    (said, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn how_many_hashes_have_vanished_is_said_with_each_reading_and_of_finished_ones_once() {
    let net = Fixture::new().await;
    let (said, _guard) = listen();
    let worker = net.worker().await;
    let queued = net.network.push(&new_tasks(3), None).await.unwrap();
    let finished = net.network.push_finished(&vec![rush_network::FinishedTask::default(); 3]).await.unwrap();
    net.network.tasks(&State::ALL).await.unwrap();
    assert!(said.warnings().is_empty());
    for key in [&queued[0], &queued[1], &finished[1]] {
        let _: () = net.raw(&format!("DEL {key}"));
    }
    let expect = |count: usize| {
        let warnings = said.warnings();
        let expected =
            format!("tasks whose hashes have vanished are left out network=promises vanished={count}");
        assert!(warnings.len() == 1 && warnings[0].contains(&expected), "{warnings:?}");
    };
    for _ in 0..2 {
        assert_eq!(net.network.tasks(&State::ALL).await.unwrap().len(), 3);
        expect(3);
        assert_eq!(net.network.fetch(&[State::Queued], Parts::ALL).await.unwrap().len(), 1);
        expect(2);
    }
    // What is finished never changes, and is read once.
    assert_eq!(worker.fetch(&[State::Finished], Parts::ALL).await.unwrap().len(), 2);
    expect(1);
    assert_eq!(worker.fetch(&[State::Finished], Parts::ALL).await.unwrap().len(), 2);
    assert!(said.warnings().is_empty());
}

#[tokio::test]
async fn what_stands_in_a_log_and_is_no_event_is_said_once() {
    let net = Fixture::new().await;
    let (said, _guard) = listen();
    net.network.register(named("worker-1")).await.unwrap();
    let _: () = net.raw("RPUSH promises:worker-1:events these are four words");
    let log = net.network.read_log(None, &LogPosition::default()).await.unwrap();
    assert!(log.events.is_empty());
    let warnings = said.warnings();
    assert!(warnings.len() == 1 && warnings[0].contains("strange=4"), "{warnings:?}");
    net.network.read_log(None, &log.position).await.unwrap();
    assert!(said.warnings().is_empty());
}

/// One bad entry among those who are to be watched over would keep all the dead alive.
#[tokio::test]
async fn who_cannot_be_buried_keeps_nobody_else_from_it_and_is_said_once() {
    let net = Fixture::new().await;
    let (said, _guard) = listen();
    let (period, expire) = (Duration::from_millis(50), Duration::from_millis(300));
    let process = net.another().await;
    let _: () = net.raw("SET promises:strange text");
    for entry in ["promises:strange:heartbeat", "promises:a:b:heartbeat", "promises:all_tasks:heartbeat", "x"]
    {
        let _: () = net.raw(&format!("SADD promises:heartbeat_keys {entry}"));
    }
    let heart = Heart::start(&net.network, HeartSettings { period, expire, ..HeartSettings::default() });
    let heart = heart.await.unwrap();
    for name in ["first", "second"] {
        let worker = process.register(Registration { period, expire, ..named(name) }).await.unwrap();
        until(async || net.network.worker(worker.id()).await.unwrap().unwrap().state == WorkerState::Lost)
            .await;
    }
    heart.stop().await;
    let mut warnings = said.warnings();
    warnings.retain(|warning| !warning.contains("buried a worker whose heartbeat was missing"));
    assert!(warnings.len() == 1 && warnings[0].contains("worker=strange"), "{warnings:?}");
    let found = net.another().await.detect_lost(period, expire).await.unwrap();
    assert_eq!(found, []);
}
