//! Hearts: they keep the living alive, bury the dead and nobody else, and see when the run is over.

use std::time::Duration;

use rush_network::{
    Error, Failure, Heart, HeartSettings, Invalid, Network, Outcome, Registration, StopConditions,
    StopReason, Verdict, Worker, WorkerState,
};

use crate::fixture::{Fixture, named, new_tasks, only_wakeups, soon, until, ys};

const PERIOD: Duration = Duration::from_millis(50);
const EXPIRE: Duration = Duration::from_millis(500);

fn quick() -> HeartSettings {
    HeartSettings { period: PERIOD, expire: EXPIRE, ..HeartSettings::default() }
}

async fn mortal(network: &Network) -> Worker {
    network
        .register(Registration { period: PERIOD, expire: EXPIRE, ..Registration::default() })
        .await
        .unwrap()
}

async fn state(net: &Fixture, worker: &Worker) -> WorkerState {
    let workers = net.network.workers().await.unwrap();
    workers.into_iter().find(|info| info.id == *worker.id()).unwrap().state
}

#[tokio::test]
async fn the_silent_are_buried_by_any_heart_and_the_others_live() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let alive = mortal(&net.network).await;
    let process = net.another().await;
    let silent = mortal(&process).await;
    let keys = silent.push_running(&new_tasks(2)).await.unwrap();
    let running = alive.push_running(&new_tasks(1)).await.unwrap();
    until(async || state(&net, &silent).await == WorkerState::Lost).await;
    net.check();
    assert_eq!(state(&net, &alive).await, WorkerState::Running);
    assert!(alive.finish(&[Outcome::new(running[0].clone(), ys(1))]).await.unwrap().is_empty());
    let info = net.network.workers().await.unwrap().into_iter().find(|info| info.id == *silent.id()).unwrap();
    assert_eq!((info.end.unwrap().message.as_str(), info.failed), ("Its heartbeat was missing", 2));

    // It was only stopped, and comes back.
    let late = Heart::start(&process, quick()).await.unwrap();
    assert_eq!(soon(silent.verdict()).await, Verdict::Lost);
    let refused = silent.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await;
    assert!(matches!(refused, Err(Error::LostOwnership { .. })));
    net.check();
    heart.stop().await;
    late.stop().await;
}

#[tokio::test]
async fn a_heart_keeps_alive_whoever_registers_later() {
    let net = Fixture::new().await;
    let judge = net.another().await;
    let judging = Heart::start(&judge, quick()).await.unwrap();
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let workers = [mortal(&net.network).await, mortal(&net.network).await];
    // It is the time itself that is tested: three times as long as a beat lives.
    tokio::time::sleep(3 * EXPIRE).await;
    for worker in &workers {
        assert_eq!(state(&net, worker).await, WorkerState::Running);
        let left: i64 = net.raw(&format!("PTTL promises:{}:heartbeat", worker.id()));
        assert!(left > 0 && i128::from(left) <= EXPIRE.as_millis().cast_signed(), "{left}");
    }
    net.check();
    heart.stop().await;
    judging.stop().await;
}

#[tokio::test]
async fn while_redis_is_down_times_to_live_run_on_and_nobody_is_buried() {
    let mut net = Fixture::new().await;
    let process = net.another().await;
    let hearts =
        [Heart::start(&net.network, quick()).await.unwrap(), Heart::start(&process, quick()).await.unwrap()];
    let workers = [mortal(&net.network).await, mortal(&process).await];
    // Long enough for both hearts to be fit to judge.
    tokio::time::sleep(3 * EXPIRE).await;
    net.redis.kill();
    tokio::time::sleep(2 * EXPIRE).await;
    net.redis.restart();
    for worker in &workers {
        until(async || net.raw::<bool>(&format!("EXISTS promises:{}:heartbeat", worker.id()))).await;
    }
    tokio::time::sleep(3 * EXPIRE).await;
    for worker in &workers {
        assert_eq!(state(&net, worker).await, WorkerState::Running);
    }
    net.check();
    for heart in hearts {
        soon(heart.stop()).await;
    }
}

#[tokio::test]
async fn a_redis_that_was_stopped_for_long_costs_nobody_his_life() {
    let net = Fixture::new().await;
    let process = net.another().await;
    let hearts =
        [Heart::start(&net.network, quick()).await.unwrap(), Heart::start(&process, quick()).await.unwrap()];
    let workers = [mortal(&net.network).await, mortal(&process).await];
    tokio::time::sleep(3 * EXPIRE).await;
    for _ in 0..3 {
        net.redis.pause();
        tokio::time::sleep(EXPIRE + 2 * PERIOD).await;
        net.redis.resume();
        tokio::time::sleep(2 * PERIOD).await;
    }
    tokio::time::sleep(2 * EXPIRE).await;
    for worker in &workers {
        assert_eq!(state(&net, worker).await, WorkerState::Running);
    }
    for heart in hearts {
        soon(heart.stop()).await;
    }
}

#[tokio::test]
async fn a_heart_stops_at_once_also_while_redis_is_away() {
    let mut net = Fixture::new().await;
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    net.redis.kill();
    tokio::time::sleep(3 * PERIOD).await;
    tokio::time::timeout(Duration::from_secs(2), heart.stop()).await.expect("it does not wait for Redis");
}

#[tokio::test]
async fn a_heart_that_keeps_nobody_alive_is_refused() {
    let net = Fixture::new().await;
    for (period, expire) in [(Duration::ZERO, EXPIRE), (EXPIRE, PERIOD)] {
        let refused = Heart::start(&net.network, HeartSettings { period, expire, ..quick() }).await;
        assert!(matches!(refused, Err(Error::Invalid(Invalid::Heartbeat { .. }))));
    }
}

#[tokio::test]
async fn enough_finished_tasks_stop_all_processes_at_once() {
    let net = Fixture::new().await;
    let stop = StopConditions { finished: Some(3), ..StopConditions::default() };
    let settings = HeartSettings { stop, ..only_wakeups() };
    let process = net.another().await;
    let hearts = [
        Heart::start(&net.network, settings).await.unwrap(),
        Heart::start(&process, settings).await.unwrap(),
    ];
    let (here, there) = (net.worker().await, process.register(crate::fixture::patient()).await.unwrap());
    let keys = here.push_running(&new_tasks(3)).await.unwrap();
    for (index, key) in keys.into_iter().enumerate() {
        assert!(!here.terminated() && !there.terminated(), "after {index} tasks");
        here.finish(&[Outcome::new(key, ys(1))]).await.unwrap();
    }
    assert!(here.terminated(), "the reply of its own finish has told it");
    soon(process.stopping()).await;
    assert!(there.terminated());
    assert_eq!(there.stop_reason(), Some(StopReason::Finished { tasks: 3 }));
    let late = net.network.register(named("late")).await.unwrap();
    assert!(late.terminated(), "who comes later ends as well");
    for heart in hearts {
        heart.stop().await;
    }
}

#[tokio::test]
async fn failed_tasks_and_time_stop_a_run_with_the_next_beat() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    let failures: Vec<_> = keys.into_iter().map(|key| Failure { key, condition: None }).collect();
    worker.fail(&failures).await.unwrap();
    let stop = StopConditions { failed: Some(2), ..StopConditions::default() };
    let heart = Heart::start(&net.network, HeartSettings { stop, ..quick() }).await.unwrap();
    assert_eq!(soon(net.network.stopping()).await, StopReason::Failed { tasks: 2 });
    assert!(worker.terminated());
    heart.stop().await;

    let other = net.another().await;
    other.begin_run().await.unwrap();
    let time = Duration::from_millis(200);
    let stop = StopConditions { after: Some(time), ..StopConditions::default() };
    let begun = std::time::Instant::now();
    let heart = Heart::start(&other, HeartSettings { stop, ..quick() }).await.unwrap();
    assert_eq!(soon(other.stopping()).await, StopReason::After { time });
    assert!(begun.elapsed() >= time.checked_sub(Duration::from_millis(20)).unwrap(), "{:?}", begun.elapsed());
    heart.stop().await;
}

#[tokio::test]
async fn whichever_condition_is_met_all_processes_stop_and_no_manager_is_needed() {
    let time = Duration::from_millis(100);
    let none = StopConditions::default();
    for (stop, reason) in [
        (StopConditions { finished: Some(2), ..none }, StopReason::Finished { tasks: 2 }),
        (StopConditions { finished: Some(2), exact: true, ..none }, StopReason::Finished { tasks: 2 }),
        (StopConditions { failed: Some(2), ..none }, StopReason::Failed { tasks: 2 }),
        (StopConditions { after: Some(time), ..none }, StopReason::After { time }),
    ] {
        let net = Fixture::new().await;
        let there = net.another().await;
        let settings = HeartSettings { stop, ..quick() };
        let hearts = [
            Heart::start(&net.network, settings).await.unwrap(),
            Heart::start(&there, settings).await.unwrap(),
        ];
        let workers = [mortal(&net.network).await, mortal(&there).await];
        for worker in &workers {
            let mut keys = worker.push_running(&new_tasks(1)).await.unwrap();
            match reason {
                StopReason::Finished { .. } => {
                    worker.finish(&[Outcome::new(keys.remove(0), ys(1))]).await.unwrap();
                }
                _ => drop(worker.fail(&[Failure { key: keys.remove(0), condition: None }]).await.unwrap()),
            }
        }
        for (network, worker) in [&net.network, &there].into_iter().zip(&workers) {
            assert_eq!(soon(network.stopping()).await, reason);
            assert!(worker.terminated());
        }
        for heart in hearts {
            heart.stop().await;
        }
    }
}

#[tokio::test]
async fn time_counts_from_the_first_heart_if_nobody_began_the_run() {
    let net = Fixture::new().await;
    let stop = StopConditions { after: Some(Duration::from_hours(1)), ..StopConditions::default() };
    let started = || net.raw::<Option<u64>>("HGET promises:run started");
    for begun in [false, true] {
        assert_eq!(started().is_some(), begun);
        let before = started();
        let heart = Heart::start(&net.network, HeartSettings { stop, ..only_wakeups() }).await.unwrap();
        assert!(before.is_none() || started() == before, "the second changes nothing");
        heart.stop().await;
    }
    let _: () = net.raw("CONFIG SET maxmemory 1");
    Heart::start(&net.network, HeartSettings { stop, ..only_wakeups() }).await.unwrap().stop().await;
    net.check();
}

#[tokio::test]
async fn a_run_that_went_on_for_its_time_is_over_also_for_who_comes_later() {
    let net = Fixture::new().await;
    net.network.begin_run().await.unwrap();
    let worker = net.worker().await;
    let _: () = net.raw("HSET promises:run started 1000");
    let time = Duration::from_hours(1);
    let stop = StopConditions { after: Some(time), ..StopConditions::default() };
    let heart = Heart::start(&net.network, HeartSettings { stop, ..only_wakeups() }).await.unwrap();
    assert_eq!(soon(net.network.stopping()).await, StopReason::After { time }, "its first look has seen it");
    assert!(worker.terminated());
    heart.stop().await;
}

#[tokio::test]
async fn local_workers_can_be_stopped_and_killed() {
    let net = Fixture::new().await;
    let (first, second) = (net.worker().await, net.worker().await);
    let there = net.another().await.register(crate::fixture::patient()).await.unwrap();
    first.push_running(&new_tasks(1)).await.unwrap();
    net.network.stop_local_workers();
    assert!(first.terminated() && second.terminated() && !there.terminated());
    net.network.kill_local_workers().await.unwrap();
    assert_eq!(soon(first.verdict()).await, Verdict::Killed);
    assert_eq!(soon(second.verdict()).await, Verdict::Killed);
    assert_eq!(net.network.worker_counts().await.unwrap()[2], (WorkerState::Killed, 2));
    assert!(tokio::time::timeout(PERIOD, there.verdict()).await.is_err());
    net.check();
}
