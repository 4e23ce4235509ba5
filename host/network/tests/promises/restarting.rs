//! Workers that are to be started again when they were lost: by whom, and until when.

use std::time::Duration;

use rush_network::{
    Burial, Error, Heart, HeartSettings, Network, OnLost, Registration, WorkerInfo, WorkerState,
};

use crate::fixture::{Fixture, NEVER, named, soon, until};

const PERIOD: Duration = Duration::from_millis(50);
const EXPIRE: Duration = Duration::from_millis(300);

fn quick() -> HeartSettings {
    HeartSettings { period: PERIOD, expire: EXPIRE, ..HeartSettings::default() }
}

async fn info(net: &Fixture, name: &str) -> WorkerInfo {
    let id = rush_network::WorkerId::parse(name).unwrap();
    net.network.worker(&id).await.unwrap().unwrap()
}

fn restarts(burial: &Burial) -> bool {
    matches!(burial, Burial::Ended { restart: true, .. })
}

#[tokio::test]
async fn what_a_worker_says_about_its_loss_stands_in_its_hash_for_whoever_buries_it() {
    let net = Fixture::new().await;
    let registration = Registration {
        on_lost: OnLost::Requeue { max_attempts: 5 },
        max_restarts: 2,
        config: "c0ffee".into(),
        ..named("worker-1")
    };
    net.network.register(registration).await.unwrap();
    let worker = info(&net, "worker-1").await;
    assert_eq!((worker.on_lost, worker.max_restarts), (OnLost::Requeue { max_attempts: 5 }, 2));
    assert_eq!((worker.config.as_str(), worker.restarts()), ("c0ffee", 0));
    // The next life says it anew.
    net.network.bury(&worker.id, None, "gone").await.unwrap();
    net.network.register(named("worker-1")).await.unwrap();
    let worker = info(&net, "worker-1").await;
    assert_eq!((worker.on_lost, worker.max_restarts, worker.restarts()), (OnLost::Fail, 0, 1));
    net.check();
}

#[tokio::test]
async fn a_lost_worker_is_started_again_max_restarts_times_a_restart_by_hand_included() {
    let net = Fixture::new().await;
    let again = || Registration { max_restarts: 2, ..named("worker-1") };
    for (restarts_before, expected) in [(0, true), (1, true), (2, false)] {
        let worker = net.network.register(again()).await.unwrap();
        let burial = net.network.bury(worker.id(), None, "gone").await.unwrap();
        assert_eq!(restarts(&burial), expected, "after {restarts_before} restarts");
        let worker = info(&net, "worker-1").await;
        assert_eq!((worker.restarts(), worker.is_to_be_restarted()), (restarts_before, expected));
    }
    net.check();
}

#[tokio::test]
async fn who_was_killed_or_ended_by_itself_is_not_started_again() {
    let net = Fixture::new().await;
    let again = |name| Registration { max_restarts: 2, ..named(name) };
    let killed = net.network.register(again("killed")).await.unwrap();
    assert!(!restarts(&net.network.kill(killed.id()).await.unwrap()));
    let done = net.network.register(again("done")).await.unwrap();
    done.end(&rush_network::End::returned()).await.unwrap();
    for name in ["killed", "done"] {
        assert!(!info(&net, name).await.is_to_be_restarted());
    }
}

async fn mortal(network: &Network, name: &str, max_restarts: u32) -> rush_network::Worker {
    let registration = Registration { period: PERIOD, expire: EXPIRE, max_restarts, ..named(name) };
    network.register(registration).await.unwrap()
}

fn names(workers: &[WorkerInfo]) -> Vec<&str> {
    let mut names: Vec<_> = workers.iter().map(|worker| worker.id.as_str()).collect();
    names.sort_unstable();
    names
}

/// It may have heard of it too late, or its process died before it could.
#[tokio::test]
async fn who_was_asked_to_end_is_not_started_again_when_it_is_lost() {
    let net = Fixture::new().await;
    for name in ["here", "by-rush"] {
        let worker = net.network.register(Registration { max_restarts: 9, ..named(name) }).await.unwrap();
        if name == "here" {
            assert_eq!(net.network.terminate(&[worker.id().clone()]).await.unwrap(), [true]);
        } else {
            let _: () = net.raw("LPUSH promises:by-rush:kill TRUE");
        }
        assert!(!restarts(&net.network.bury(worker.id(), None, "gone").await.unwrap()), "{name}");
        assert!(!info(&net, name).await.is_to_be_restarted(), "{name}");
        assert!(net.check().to_restart().is_empty());
    }
    // Its next life was not asked.
    let again = net.network.register(Registration { max_restarts: 9, ..named("here") }).await.unwrap();
    assert!(restarts(&net.network.bury(again.id(), None, "gone").await.unwrap()));
    assert!(info(&net, "here").await.is_to_be_restarted());
}

#[tokio::test]
async fn who_was_stopped_while_waiting_for_its_restart_stays_lost() {
    let net = Fixture::new().await;
    let worker = mortal(&net.network, "worker-1", 3).await;
    let other = mortal(&net.network, "worker-2", 3).await;
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    let unknown = rush_network::WorkerId::parse("nobody").unwrap();
    net.network.forgo_restarts(&[worker.id().clone(), other.id().clone(), unknown]).await.unwrap();
    assert!(!info(&net, "worker-1").await.is_to_be_restarted());
    let burial = net.network.bury(other.id(), None, "gone").await.unwrap();
    assert!(restarts(&burial), "it was running then");
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let claimed = soon(net.network.claimed_restarts(NEVER)).await;
    assert_eq!(names(&claimed), ["worker-2"]);
    heart.stop().await;
    net.check();
}

#[tokio::test]
async fn of_all_processes_one_is_to_start_a_lost_worker_again() {
    let net = Fixture::new().await;
    let (here, there) = (net.another().await, net.another().await);
    let hearts = [Heart::start(&here, quick()).await.unwrap(), Heart::start(&there, quick()).await.unwrap()];
    let claim = async || {
        tokio::select! {
            workers = here.claimed_restarts(NEVER) => workers,
            workers = there.claimed_restarts(NEVER) => workers,
        }
    };
    let process = net.another().await;
    for round in 1..=3 {
        // Nobody beats for them: both hearts find them silent with the same beat.
        for name in ["worker-1", "worker-2"] {
            assert_eq!(mortal(&process, name, 9).await.incarnation(), round);
        }
        let mut claimed = Vec::new();
        while claimed.len() < 2 {
            claimed.extend(soon(claim()).await);
        }
        assert_eq!(names(&claimed), ["worker-1", "worker-2"]);
        assert!(claimed.iter().all(|info| info.incarnation == round && info.is_to_be_restarted()));
    }
    mortal(&process, "worker-3", 0).await;
    until(async || info(&net, "worker-3").await.state == WorkerState::Lost).await;
    let more = tokio::time::timeout(4 * PERIOD, claim()).await;
    assert!(
        more.is_err(),
        "who may not be started again is nobody's task, and nobody is told twice: {more:?}"
    );
    net.check();
    for heart in hearts {
        heart.stop().await;
    }
}

/// Whoever buries a worker may be a command, or die right after.
#[tokio::test]
async fn whoever_has_buried_a_worker_any_process_starts_it_again() {
    let net = Fixture::new().await;
    for name in ["by-hand", "by-hand-too"] {
        let worker = net.network.register(Registration { max_restarts: 1, ..named(name) }).await.unwrap();
        assert!(restarts(&net.another().await.bury(worker.id(), None, "gone").await.unwrap()));
    }
    let silent = mortal(&net.network, "silent", 1).await;
    let command = net.another().await;
    let found = soon(async {
        loop {
            let found = command.detect_lost(PERIOD, EXPIRE).await.unwrap();
            if !found.is_empty() {
                break found;
            }
        }
    });
    assert_eq!(found.await[0].0, *silent.id());
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let claimed = soon(net.network.claimed_restarts(NEVER)).await;
    assert_eq!(names(&claimed), ["by-hand", "by-hand-too", "silent"]);
    net.check();
    heart.stop().await;
}

#[tokio::test]
async fn a_claim_that_led_to_nothing_runs_out_and_the_next_process_has_it() {
    let net = Fixture::new().await;
    let (first, second) = (net.another().await, net.another().await);
    let heart = Heart::start(&first, quick()).await.unwrap();
    let worker = net.network.register(Registration { max_restarts: 1, ..named("worker-1") }).await.unwrap();
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    let patience = 8 * PERIOD;
    let begun = std::time::Instant::now();
    assert_eq!(names(&soon(first.claimed_restarts(patience)).await), ["worker-1"]);
    // It dies before it has started anything.
    heart.stop().await;
    let heart = Heart::start(&second, quick()).await.unwrap();
    assert_eq!(names(&soon(second.claimed_restarts(NEVER)).await), ["worker-1"]);
    assert!(begun.elapsed() >= patience, "{:?}", begun.elapsed());
    let again = Registration { after: Some(1), max_restarts: 1, ..named("worker-1") };
    assert_eq!(second.register(again).await.unwrap().incarnation(), 2);
    assert!(net.check().to_restart().is_empty());
    heart.stop().await;
}

#[tokio::test]
async fn who_was_started_again_by_hand_is_nobody_s_task_any_more() {
    let net = Fixture::new().await;
    let again = || Registration { max_restarts: 9, ..named("worker-1") };
    let worker = net.network.register(again()).await.unwrap();
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    assert_eq!(net.check().to_restart().len(), 1);
    net.network.register(again()).await.unwrap();
    assert!(net.check().to_restart().is_empty());
    // An entry that somebody has put back is taken out.
    let _: () = net.raw("SADD promises:restarts worker-1 nobody");
    let _: () = net.raw("SADD promises:restarts wrong-type");
    let _: () = net.raw("SET promises:wrong-type text");
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let waiting = net.network.claimed_restarts(NEVER);
    let emptied = until(async || !net.raw::<bool>("EXISTS promises:restarts"));
    tokio::select! {
        claimed = waiting => panic!("{claimed:?}"),
        () = emptied => {}
    }
    heart.stop().await;
}

#[tokio::test]
async fn nobody_but_its_manager_starts_a_managed_worker_again() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    let managed = Registration { max_restarts: 9, managed: true, ..named("managed") };
    let worker = net.network.register(managed).await.unwrap();
    assert!(restarts(&net.network.bury(worker.id(), None, "gone").await.unwrap()), "the manager sees it");
    let worker = info(&net, "managed").await;
    assert!(worker.managed && worker.is_to_be_restarted());
    assert!(net.check().to_restart().is_empty());
    let claimed = tokio::time::timeout(4 * PERIOD, net.network.claimed_restarts(NEVER));
    assert!(claimed.await.is_err());
    heart.stop().await;
}

#[tokio::test]
async fn nothing_is_claimed_where_nobody_waits_for_it_or_the_workers_are_to_end() {
    let net = Fixture::new().await;
    let (ending, other) = (net.another().await, net.another().await);
    let heart = Heart::start(&ending, quick()).await.unwrap();
    let worker = net.network.register(Registration { max_restarts: 1, ..named("worker-1") }).await.unwrap();
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    tokio::time::sleep(4 * PERIOD).await;
    ending.stop_local_workers();
    assert!(tokio::time::timeout(4 * PERIOD, ending.claimed_restarts(NEVER)).await.is_err());
    assert!(!net.raw::<bool>("HEXISTS promises:worker-1 restart_token"));
    let there = Heart::start(&other, quick()).await.unwrap();
    assert_eq!(names(&soon(other.claimed_restarts(NEVER)).await), ["worker-1"]);
    heart.stop().await;
    there.stop().await;
}

#[tokio::test]
async fn while_redis_is_full_nobody_is_started_again_and_afterwards_everybody() {
    let net = Fixture::new().await;
    let worker = net.network.register(Registration { max_restarts: 1, ..named("worker-1") }).await.unwrap();
    let _: () = net.raw("CONFIG SET maxmemory 1");
    assert!(restarts(&net.network.bury(worker.id(), None, "gone").await.unwrap()));
    assert_eq!(net.check().to_restart().len(), 1);
    let heart = Heart::start(&net.network, quick()).await.unwrap();
    assert!(tokio::time::timeout(4 * PERIOD, net.network.claimed_restarts(NEVER)).await.is_err());
    let _: () = net.raw("CONFIG SET maxmemory 0");
    assert_eq!(names(&soon(net.network.claimed_restarts(NEVER)).await), ["worker-1"]);
    heart.stop().await;
}

#[tokio::test]
async fn who_comes_late_to_start_a_worker_again_changes_nothing() {
    let net = Fixture::new().await;
    let after = |incarnation| Registration { after: Some(incarnation), ..named("worker-1") };
    let taken = async |incarnation| {
        let before: Vec<String> = net.raw("HGETALL promises:worker-1");
        let refused = net.network.register(after(incarnation)).await;
        assert!(matches!(refused, Err(Error::WorkerTaken { .. })), "{refused:?}");
        assert_eq!(net.raw::<Vec<String>>("HGETALL promises:worker-1"), before);
    };
    let removed = async |incarnation| {
        let before = net.dbsize();
        let refused = net.network.register(after(incarnation)).await.unwrap_err();
        assert!(matches!(refused, Error::WorkerRemoved { .. }), "{refused:?}");
        assert!(refused.to_string().contains("reset"), "{refused}");
        assert_eq!(net.dbsize(), before);
    };
    let first = net.network.register(named("worker-1")).await.unwrap();
    taken(1).await;
    net.network.bury(first.id(), None, "gone").await.unwrap();
    let second = net.network.register(after(1)).await.unwrap();
    assert_eq!(second.incarnation(), 2);
    taken(1).await;
    second.end(&rush_network::End::returned()).await.unwrap();
    taken(1).await;
    net.network.reset().await.unwrap();
    removed(2).await;
    assert_eq!(net.dbsize(), 0);
    // Another one of the same name, in another run.
    let other = net.network.register(named("worker-1")).await.unwrap();
    removed(2).await;
    net.network.bury(other.id(), None, "gone").await.unwrap();
    removed(2).await;
    net.check();
}
