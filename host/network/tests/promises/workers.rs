//! Workers: how they come, how they go, and that nothing is left of them.

use std::time::Duration;

use rush_network::{
    Burial, Condition, Counts, End, EndKind, Error, Failure, Heart, Outcome, State, Verdict, Worker,
    WorkerId, WorkerState,
};

use crate::fixture::{Fixture, named, new_tasks, only_wakeups, soon, until, ys};

#[tokio::test]
async fn a_worker_registers_and_is_seen() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("worker-1")).await.unwrap();
    assert_eq!((worker.incarnation(), worker.terminated()), (1, false));
    assert_eq!(net.network.running_workers().await.unwrap(), [worker.id().clone()]);
    let info = &net.network.workers().await.unwrap()[0];
    assert_eq!(
        (&info.id, info.state, info.incarnation, info.end.clone()),
        (worker.id(), WorkerState::Running, 1, None)
    );
    assert_eq!((info.pid, info.heartbeat, info.remote), (Some(std::process::id()), true, false));
    assert!(!info.hostname.is_empty() && info.started.is_some() && info.ended.is_none());
    net.check();
}

#[tokio::test]
async fn names_are_friendly_and_different() {
    let net = Fixture::new().await;
    for _ in 0..20 {
        net.worker().await;
    }
    assert_eq!(net.network.running_workers().await.unwrap().len(), 20);
    net.check();
}

#[tokio::test]
async fn a_name_that_runs_is_taken() {
    let net = Fixture::new().await;
    let first = net.network.register(named("worker-1")).await.unwrap();
    assert!(matches!(net.network.register(named("worker-1")).await, Err(Error::WorkerTaken { .. })));
    first.push_running(&new_tasks(1)).await.unwrap();
    net.check();
}

#[tokio::test]
async fn an_end_is_recorded_and_settles_what_ran() {
    let net = Fixture::new().await;
    for (kind, state) in [
        (EndKind::Returned, WorkerState::Terminated),
        (EndKind::Error, WorkerState::Terminated),
        (EndKind::Trap, WorkerState::Terminated),
        (EndKind::Exit, WorkerState::Terminated),
        (EndKind::Limit, WorkerState::Terminated),
        (EndKind::TimeUp, WorkerState::Terminated),
    ] {
        let worker = net.network.register(named(kind.as_str())).await.unwrap();
        let keys = worker.push_running(&new_tasks(2)).await.unwrap();
        worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap();
        worker.end(&End::new(kind, "division by zero\nat f")).await.unwrap();
        let info =
            net.network.workers().await.unwrap().into_iter().find(|info| info.id == *worker.id()).unwrap();
        assert_eq!((info.state, info.end), (state, Some(End::new(kind, "division by zero\nat f"))));
        assert_eq!((info.finished, info.failed, info.heartbeat), (1, 1, false));
        assert_eq!(net.network.states(&keys).await.unwrap(), [Some(State::Finished), Some(State::Failed)]);
        net.check();
        assert!(matches!(worker.push(&new_tasks(1), None).await, Err(Error::LostOwnership { .. })));
        assert!(
            matches!(worker.end(&End::returned()).await, Err(Error::LostOwnership { .. })),
            "another end, not the same"
        );
    }
    let counts = net.network.worker_counts().await.unwrap();
    assert_eq!(counts.map(|(_, count)| count), [0, 6, 0, 0]);
}

#[tokio::test]
async fn every_call_of_a_worker_that_is_gone_is_refused() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    net.network.kill(worker.id()).await.unwrap();
    let before = net.check().tasks();
    let outcome = [Outcome::new(keys[0].clone(), ys(1))];
    let failure = [Failure { key: keys[1].clone(), condition: None }];
    let lost = |refused: Result<(), Error>| {
        let Err(Error::LostOwnership { reason, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(reason, "it was killed");
    };
    lost(worker.push(&new_tasks(1), None).await.map(drop));
    lost(worker.push(&new_tasks(1), Some(worker.id())).await.map(drop));
    lost(worker.push_running(&new_tasks(1)).await.map(drop));
    lost(worker.push_finished(&[rush_network::FinishedTask::default()]).await.map(drop));
    lost(worker.push_failed(&[rush_network::FailedTask::default()]).await.map(drop));
    lost(worker.pop(Duration::ZERO).await.map(drop));
    lost(worker.finish(&outcome).await.map(drop));
    lost(worker.fail(&failure).await.map(drop));
    lost(worker.finish_and_push_running(&outcome, &new_tasks(1)).await.map(drop));
    lost(worker.empty_queue().await.map(drop));
    lost(worker.end(&End::returned()).await);
    assert_eq!(soon(worker.verdict()).await, Verdict::Killed);
    assert!(worker.terminated(), "a loop that looks sees it as well");
    assert_eq!(net.check().tasks(), before);
}

/// A worker is stopped, buried, restarted under its id, and continues: nothing that its first life writes counts.
#[tokio::test]
async fn who_comes_back_from_the_dead_is_not_heard() {
    let net = Fixture::new().await;
    let first = net.network.register(named("worker-1")).await.unwrap();
    let keys = first.push_running(&new_tasks(2)).await.unwrap();
    let buried = net.network.bury(first.id(), Some(first.incarnation()), "its process died").await.unwrap();
    assert_eq!(buried, Burial::Ended { failed: 2, requeued: 0, restart: false });

    let process = net.another().await;
    let second = process.register(named("worker-1")).await.unwrap();
    assert_eq!(second.incarnation(), 2);
    let running = second.push_running(&new_tasks(1)).await.unwrap();
    let before = net.check().tasks();

    let outcome = |index: usize| Outcome::new(keys[index].clone(), ys(1));
    let theirs = Outcome::new(running[0].clone(), ys(1));
    for refused in [
        first.finish(&[outcome(0)]).await.err(),
        first.finish(&[theirs]).await.err(),
        first.push_running(&new_tasks(1)).await.err(),
        first.pop(Duration::ZERO).await.err(),
        first.end(&End::returned()).await.err(),
    ] {
        let Some(Error::LostOwnership { reason, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(reason, "it was restarted, and another incarnation runs in its place");
    }
    let burial = net.network.bury(first.id(), Some(1), "once more").await.unwrap();
    assert_eq!(burial, Burial::NotRunning { state: "restarted".into() });
    assert_eq!(net.check().tasks(), before);
    assert_eq!(
        second.finish(&[outcome(1)]).await.unwrap(),
        [keys[1].clone()],
        "tasks of an earlier life stay failed"
    );
    assert!(second.finish(&[Outcome::new(running[0].clone(), ys(1))]).await.unwrap().is_empty());
    let tasks = net.network.tasks(&[State::Failed]).await.unwrap();
    assert!(tasks.iter().all(|task| task.ys.is_empty() && task.condition.as_ref().unwrap().kind == "lost"));
    net.check();
}

#[tokio::test]
async fn a_beat_for_an_earlier_life_is_told_so_and_does_not_keep_the_next_alive() {
    let net = Fixture::new().await;
    let first = net.network.register(named("worker-1")).await.unwrap();
    net.network.bury(first.id(), None, "its process was stopped").await.unwrap();
    let second = net.another().await.register(named("worker-1")).await.unwrap();
    let heartbeat = format!("promises:{}:heartbeat", second.id());
    let _: () = net.raw(&format!("DEL {heartbeat}"));
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    assert_eq!(soon(first.verdict()).await, Verdict::Removed);
    assert!(!net.raw::<bool>(&format!("EXISTS {heartbeat}")));
    assert_eq!(net.network.running_workers().await.unwrap(), [second.id().clone()]);
    heart.stop().await;
}

/// Upstream, losing one worker fails the running tasks of all.
#[tokio::test]
async fn of_several_busy_workers_only_the_lost_one_s_tasks_fail() {
    let net = Fixture::new().await;
    let workers = [net.worker().await, net.worker().await, net.worker().await];
    let mut keys = Vec::new();
    for worker in &workers {
        keys.push(worker.push_running(&new_tasks(2)).await.unwrap());
    }
    let burial = net.network.bury(workers[1].id(), None, "gone").await.unwrap();
    assert_eq!(burial, Burial::Ended { failed: 2, requeued: 0, restart: false });
    net.check();
    for index in [0, 2] {
        let outcomes: Vec<_> = keys[index].iter().map(|key| Outcome::new(key.clone(), ys(1))).collect();
        assert!(workers[index].finish(&outcomes).await.unwrap().is_empty());
    }
    assert_eq!(net.network.counts().await.unwrap(), Counts { finished: 4, failed: 2, ..Counts::default() });
    let failed = net.network.tasks(&[State::Failed]).await.unwrap();
    let expected = Condition::new("lost", "Worker has crashed or was killed");
    assert!(failed.iter().all(|task| task.condition.as_ref() == Some(&expected)));
    net.check();
}

#[tokio::test]
async fn of_two_managers_that_bury_one_wins() {
    let net = Fixture::new().await;
    let other = net.another().await;
    for _ in 0..20 {
        let worker = net.worker().await;
        worker.push_running(&new_tasks(3)).await.unwrap();
        let (first, second) =
            tokio::join!(net.network.bury(worker.id(), None, "gone"), other.bury(worker.id(), None, "gone"));
        let mut burials = [first.unwrap(), second.unwrap()];
        burials.sort_by_key(|burial| matches!(burial, Burial::NotRunning { .. }));
        assert_eq!(burials[0], Burial::Ended { failed: 3, requeued: 0, restart: false });
        assert_eq!(burials[1], Burial::NotRunning { state: "lost".into() });
        net.check();
    }
}

#[tokio::test]
async fn killing_settles_the_tasks_at_once_and_the_process_hears_of_it() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let (victim, other) = (net.worker().await, net.worker().await);
    let keys = victim.push_running(&new_tasks(1)).await.unwrap();
    let manager = net.another().await;
    assert_eq!(
        manager.kill(victim.id()).await.unwrap(),
        Burial::Ended { failed: 1, requeued: 0, restart: false }
    );
    assert_eq!(soon(victim.verdict()).await, Verdict::Killed);
    assert!(!other.terminated());
    let task = &net.network.tasks(&[State::Failed]).await.unwrap()[0];
    assert_eq!(
        (&task.key, &task.condition),
        (&keys[0], &Some(Condition::new("killed", "Worker was killed")))
    );
    assert_eq!(manager.kill(victim.id()).await.unwrap(), Burial::NotRunning { state: "killed".into() });
    let nobody = WorkerId::parse("nobody").unwrap();
    assert_eq!(manager.kill(&nobody).await.unwrap(), Burial::NotRunning { state: "removed".into() });
    net.check();
    heart.stop().await;
}

#[tokio::test]
async fn terminating_is_heard_at_once_and_leaves_the_others() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let (asked, other) = (net.worker().await, net.worker().await);
    let waiting = tokio::spawn({
        let asked = asked.clone();
        async move { asked.pop(Duration::from_mins(10)).await }
    });
    let manager = net.another().await;
    let nobody = WorkerId::parse("nobody").unwrap();
    assert_eq!(manager.terminate(&[asked.id().clone(), nobody]).await.unwrap(), [true, false]);
    assert!(soon(waiting).await.unwrap().unwrap().is_none(), "a pop that waits ends");
    assert!(asked.terminated() && !other.terminated());
    asked.push_running(&new_tasks(1)).await.unwrap();
    net.check();
    asked.end(&End::returned()).await.unwrap();
    net.check();
    // The flag is gone with it, so a restart is not asked to end right away.
    let again = net.network.register(named(asked.id().as_str())).await.unwrap();
    manager.push(&new_tasks(1), Some(again.id())).await.unwrap();
    assert!(soon(again.pop(Duration::from_mins(10))).await.unwrap().is_some());
    assert!(!again.terminated());
    heart.stop().await;
}

#[tokio::test]
async fn a_manager_of_r_rush_kills_through_its_list() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    worker.push_running(&new_tasks(1)).await.unwrap();
    let _: () = net.raw(&format!("LPUSH promises:{}:kill TRUE", worker.id()));
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    assert_eq!(soon(worker.verdict()).await, Verdict::Killed, "its first beat has seen it");
    assert_eq!(net.network.counts().await.unwrap(), Counts { failed: 1, ..Counts::default() });
    assert_eq!(net.network.workers().await.unwrap()[0].state, WorkerState::Killed);
    net.check();
    heart.stop().await;
}

#[tokio::test]
async fn what_waited_for_a_dead_worker_goes_to_everybody_in_its_order() {
    let net = Fixture::new().await;
    let (dead, alive) = (net.worker().await, net.worker().await);
    let own = net.network.push(&new_tasks(3), Some(dead.id())).await.unwrap();
    let common = net.network.push(&new_tasks(2), None).await.unwrap();
    assert_eq!(net.network.counts().await.unwrap().queued, 5);
    net.network.bury(dead.id(), None, "gone").await.unwrap();
    net.check();
    for key in common.into_iter().chain(own) {
        assert_eq!(alive.pop(Duration::ZERO).await.unwrap().unwrap().key, key);
    }
    net.check();
}

#[tokio::test]
async fn a_worker_that_was_dropped_is_not_kept_alive() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let worker = net.worker().await;
    // A beat for all, which a worker that has not been told before tells us of.
    let beat = async |witness: &Worker| {
        let _: () = net.raw(&format!("SET promises:{}:terminate 1", witness.id()));
        let _: () = net.raw("PUBLISH promises:wakeup stop");
        until(async || witness.terminated()).await;
    };
    let heartbeat = format!("promises:{}:heartbeat", worker.id());
    let _: () = net.raw(&format!("DEL {heartbeat}"));
    let clone = worker.clone();
    drop(worker);
    beat(&net.worker().await).await;
    assert!(net.raw::<bool>(&format!("EXISTS {heartbeat}")), "a clone is left");
    drop(clone);
    let _: () = net.raw(&format!("DEL {heartbeat}"));
    beat(&net.worker().await).await;
    assert!(!net.raw::<bool>(&format!("EXISTS {heartbeat}")), "nobody is left who could work");
    heart.stop().await;
}
