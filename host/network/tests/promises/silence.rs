//! Who has no heartbeat: looked for by whoever has no heart, and never mistaken for dead because Redis was away.

use std::time::{Duration, Instant};

use rush_network::{
    Burial, Condition, Error, Heart, HeartSettings, Invalid, Network, Outcome, Registration, State, Verdict,
    Worker, WorkerState,
};
use rush_test_redis::{Options, Proxy};

use crate::fixture::{Fixture, behind, named, new_tasks, patient, soon, until, ys};

const PERIOD: Duration = Duration::from_millis(50);
const EXPIRE: Duration = Duration::from_millis(500);

fn quick() -> HeartSettings {
    HeartSettings { period: PERIOD, expire: EXPIRE, ..HeartSettings::default() }
}

async fn mortal(network: &Network, name: &str) -> Worker {
    let registration = Registration { period: PERIOD, expire: EXPIRE, ..named(name) };
    network.register(registration).await.unwrap()
}

async fn state(net: &Fixture, worker: &Worker) -> WorkerState {
    net.network.worker(worker.id()).await.unwrap().unwrap().state
}

#[tokio::test]
async fn looking_for_the_lost_answers_at_once_if_all_hearts_beat() {
    let net = Fixture::new().await;
    assert_eq!(net.network.detect_lost(PERIOD, EXPIRE).await.unwrap(), []);
    net.worker().await;
    let begun = Instant::now();
    assert_eq!(net.network.detect_lost(Duration::from_secs(1), Duration::from_mins(1)).await.unwrap(), []);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn looking_for_the_lost_buries_one_and_two_silent_workers_and_no_other() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let alive = mortal(&net.network, "alive").await;
    let running = alive.push_running(&new_tasks(1)).await.unwrap();
    // The judge must not be the heart; nobody but it would bury.
    heart.stop().await;
    let process = net.another().await;
    for names in [&["first"][..], &["second", "third"]] {
        let heart = Heart::start(&net.network, HeartSettings { expire: Duration::from_mins(1), ..quick() });
        let heart = heart.await.unwrap();
        let mut silent = Vec::new();
        for name in names {
            let worker = mortal(&process, name).await;
            let keys = worker.push_running(&new_tasks(2)).await.unwrap();
            silent.push((worker, keys));
        }
        let id = silent[0].0.id().clone();
        until(async || !net.network.worker(&id).await.unwrap().unwrap().heartbeat).await;
        let mut found = net.another().await.detect_lost(PERIOD, EXPIRE).await.unwrap();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let expected = silent.iter().map(|(worker, _)| {
            (worker.id().clone(), Burial::Ended { failed: 2, requeued: 0, restart: false })
        });
        assert_eq!(found, expected.collect::<Vec<_>>());
        for (worker, keys) in &silent {
            assert_eq!(state(&net, worker).await, WorkerState::Lost);
            assert_eq!(net.network.states(keys).await.unwrap(), [Some(State::Failed); 2]);
        }
        net.check();
        heart.stop().await;
    }
    let failed = net.network.tasks(&[State::Failed]).await.unwrap();
    let expected = Condition::new("lost", "Worker has crashed or was killed");
    assert!(failed.len() == 6 && failed.iter().all(|task| task.condition.as_ref() == Some(&expected)));
    assert_eq!(net.network.worker_counts().await.unwrap().map(|(_, count)| count), [1, 0, 0, 3]);
    assert!(alive.finish(&[Outcome::new(running[0].clone(), ys(1))]).await.unwrap().is_empty());
    net.check();
}

#[tokio::test]
async fn who_is_heard_again_while_somebody_looks_is_not_lost() {
    let net = Fixture::new().await;
    let process = net.another().await;
    let worker = mortal(&process, "late").await;
    until(async || !net.network.worker(worker.id()).await.unwrap().unwrap().heartbeat).await;
    let looking = tokio::spawn({
        let judge = net.another().await;
        async move { judge.detect_lost(PERIOD, Duration::from_secs(2)).await }
    });
    tokio::time::sleep(4 * PERIOD).await;
    let heart = Heart::start(&process, quick()).await.unwrap();
    assert_eq!(soon(looking).await.unwrap().unwrap(), []);
    assert_eq!(state(&net, &worker).await, WorkerState::Running);
    heart.stop().await;
}

#[tokio::test]
async fn who_ended_while_somebody_looks_is_not_reported_as_lost() {
    let net = Fixture::new().await;
    let worker = mortal(&net.another().await, "done").await;
    until(async || !net.network.worker(worker.id()).await.unwrap().unwrap().heartbeat).await;
    let looking = tokio::spawn({
        let judge = net.another().await;
        async move { judge.detect_lost(PERIOD, Duration::from_secs(2)).await }
    });
    tokio::time::sleep(4 * PERIOD).await;
    worker.end(&rush_network::End::returned()).await.unwrap();
    assert_eq!(soon(looking).await.unwrap().unwrap(), []);
    assert_eq!(state(&net, &worker).await, WorkerState::Terminated);
}

/// Redis was down for longer than a beat lives: all are silent when it is back, and all are alive.
#[tokio::test]
async fn nobody_is_lost_for_a_redis_that_was_away_however_soon_somebody_looks() {
    let mut net = Fixture::with(Options { durable: true, ..Options::default() }).await;
    let process = net.another().await;
    let heart = Heart::start(&process, quick()).await.unwrap();
    let workers = [mortal(&process, "worker-1").await, mortal(&process, "worker-2").await];
    let keys = workers[0].push_running(&new_tasks(1)).await.unwrap();
    let judge = net.another().await;
    for _ in 0..3 {
        net.redis.kill();
        let looking = tokio::spawn({
            let judge = judge.clone();
            async move { judge.detect_lost(PERIOD, EXPIRE).await }
        });
        tokio::time::sleep(2 * EXPIRE).await;
        net.redis.restart();
        assert_eq!(soon(looking).await.unwrap().unwrap(), []);
        for worker in &workers {
            assert_eq!(state(&net, worker).await, WorkerState::Running);
        }
    }
    assert!(workers[0].finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap().is_empty());
    net.check();
    heart.stop().await;
}

/// It was away for a moment only, so the judge was never late; but a beat of somebody else has expired in it.
#[tokio::test]
async fn nobody_is_lost_while_redis_has_not_been_up_for_as_long_as_the_judge_would_live() {
    let mut net = Fixture::with(Options { durable: true, ..Options::default() }).await;
    let dead = mortal(&net.network, "dead").await;
    let alive = net.network.register(named("alive")).await.unwrap();
    until(async || !net.network.worker(dead.id()).await.unwrap().unwrap().heartbeat).await;
    let looking = tokio::spawn({
        let judge = net.another().await;
        async move { judge.detect_lost(PERIOD, Duration::from_secs(1)).await }
    });
    // It is the time itself that is tested: after two seconds it would judge, if Redis had not been away.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let _: () = net.raw("DEL promises:alive:heartbeat");
    net.redis.restart();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _: () = net.raw("SET promises:alive:heartbeat 1 PX 600000");
    let found = soon(looking).await.unwrap().unwrap();
    assert_eq!(found.iter().map(|(id, _)| id).collect::<Vec<_>>(), [dead.id()]);
    assert_eq!(state(&net, &alive).await, WorkerState::Running);
    net.check();
}

/// A manager may have a heart and no workers. Its beats are answers of Redis, too: without them it would be on time in its own
/// eyes, and bury all others when a Redis comes back that did not answer.
#[tokio::test]
async fn a_heart_without_workers_is_on_time_only_if_redis_really_answered() {
    let net = Fixture::new().await;
    let (manager, process) = (net.another().await, net.another().await);
    let hearts =
        [Heart::start(&manager, quick()).await.unwrap(), Heart::start(&process, quick()).await.unwrap()];
    let workers = [mortal(&process, "worker-1").await, mortal(&process, "worker-2").await];
    // Long enough for it to be fit to judge.
    tokio::time::sleep(4 * EXPIRE).await;
    let pings = || {
        let stats: String = net.raw("INFO commandstats");
        let ping = stats.lines().find_map(|line| line.strip_prefix("cmdstat_ping:calls=")).unwrap_or("0");
        ping.split(',').next().unwrap().parse::<u64>().unwrap()
    };
    let before = pings();
    assert!(before > 10, "it asks with each beat: {before}");
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

/// A whole machine is gone, and Redis is far away: who buries its workers must not fall silent over it.
#[tokio::test]
async fn whoever_buries_hundreds_beats_for_its_own_workers_meanwhile() {
    let net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let process = behind(&proxy).await;
    let alive = mortal(&process, "alive").await;
    proxy.delay(Duration::from_millis(10));
    let heart = Heart::start(&process, quick()).await.unwrap();
    let gone = net.another().await;
    let names: Vec<_> = (0..300).map(|number| format!("gone-{number}")).collect();
    futures_util::future::join_all(names.iter().map(|name| mortal(&gone, name))).await;
    let heartbeat = format!("EXISTS promises:{}:heartbeat", alive.id());
    until(async || {
        assert!(net.raw::<bool>(&heartbeat), "{:?}", net.network.worker_counts().await);
        net.network.worker_counts().await.unwrap()[3].1 == 300
    })
    .await;
    assert_eq!(state(&net, &alive).await, WorkerState::Running);
    net.check();
    heart.stop().await;
}

#[tokio::test]
async fn a_heart_without_workers_buries_the_silent() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let silent = mortal(&net.another().await, "silent").await;
    until(async || state(&net, &silent).await == WorkerState::Lost).await;
    net.check();
    heart.stop().await;
}

/// Its process is stopped as by SIGSTOP: it neither beats nor works. It is buried, started again under its id by somebody else, and
/// then continues: nothing that it writes counts, and its beats keep nobody alive.
#[tokio::test]
async fn who_was_stopped_for_longer_than_a_beat_lives_writes_nothing_when_it_continues() {
    let net = Fixture::new().await;
    let judge = Heart::start(&net.network, quick()).await.unwrap();
    for round in 1..=3 {
        let proxy = Proxy::start(net.redis.socket());
        let process = behind(&proxy).await;
        let heart = Heart::start(&process, quick()).await.unwrap();
        let stopped = mortal(&process, "worker-1").await;
        assert_eq!(stopped.incarnation(), 2 * round - 1);
        let keys = stopped.push_running(&new_tasks(2)).await.unwrap();
        // What it sends from now on is late by far; it is as good as stopped.
        heart.stop().await;
        until(async || state(&net, &stopped).await == WorkerState::Lost).await;
        let second = net.network.register(Registration { id: Some(stopped.id().clone()), ..patient() });
        let second = second.await.unwrap();
        let running = second.push_running(&new_tasks(1)).await.unwrap();
        let before = net.check();

        let heart = Heart::start(&process, quick()).await.unwrap();
        for key in [&keys[0], &running[0]] {
            let refused = stopped.finish(&[Outcome::new(key.clone(), ys(666))]).await;
            assert!(matches!(refused, Err(Error::LostOwnership { .. })), "{refused:?}");
        }
        assert!(stopped.push_running(&new_tasks(1)).await.is_err());
        assert!(stopped.pop(Duration::ZERO).await.is_err());
        assert!(stopped.log(&[crate::logs::event("I am back")]).await.is_err());
        assert!(stopped.end(&rush_network::End::returned()).await.is_err());
        assert_eq!(soon(stopped.verdict()).await, Verdict::Removed);
        let after = net.check();
        assert_eq!((before.tasks(), before.workers()), (after.tasks(), after.workers()));
        assert!(second.finish(&[Outcome::new(running[0].clone(), ys(1))]).await.unwrap().is_empty());
        second.end(&rush_network::End::returned()).await.unwrap();
        heart.stop().await;
    }
    judge.stop().await;
}

#[tokio::test]
async fn looking_with_a_heartbeat_that_keeps_nobody_alive_is_refused() {
    let net = Fixture::new().await;
    for (period, expire) in [(Duration::ZERO, EXPIRE), (EXPIRE, PERIOD)] {
        let refused = net.network.detect_lost(period, expire).await;
        assert!(matches!(refused, Err(Error::Invalid(Invalid::Heartbeat { .. }))), "{refused:?}");
    }
}
