//! Workers whose machine is taken away when its time is up: they end after their task, and may go on elsewhere.

use rush_network::{
    Burial, Counts, End, EndKind, Heart, HeartSettings, OnLost, Registration, StopConditions, StopReason,
    Verdict, Worker, WorkerInfo, WorkerState,
};

use crate::fixture::{Fixture, NEVER, named, new_tasks, only_wakeups, patient, soon, until};

async fn ends(net: &Fixture, worker: &Worker) -> WorkerInfo {
    worker.end(&End::new(EndKind::TimeUp, "")).await.unwrap();
    net.network.worker(worker.id()).await.unwrap().unwrap()
}

#[tokio::test]
async fn whose_time_was_up_has_terminated_and_may_be_started_again_max_restarts_times() {
    let net = Fixture::new().await;
    for (life, expected) in [(1, true), (2, true), (3, false)] {
        let registration = Registration { max_restarts: 2, ..named("worker-1") };
        let worker = net.network.register(registration).await.unwrap();
        assert_eq!(worker.incarnation(), life);
        let info = ends(&net, &worker).await;
        assert_eq!((info.state, info.end.unwrap().kind), (WorkerState::Terminated, EndKind::TimeUp));
        let info = net.network.worker(worker.id()).await.unwrap().unwrap();
        assert_eq!(info.is_to_be_restarted(), expected, "in its life {life}");
        assert!(net.check().to_restart().is_empty(), "nobody claims it: that is up to its launcher");
    }
    // Its next life says how it ended itself.
    let worker = net.network.register(Registration { max_restarts: 9, ..named("worker-1") }).await.unwrap();
    let info = net.network.worker(worker.id()).await.unwrap().unwrap();
    assert!(info.end.is_none() && !info.is_to_be_restarted());
    worker.end(&End::returned()).await.unwrap();
    assert!(!net.network.worker(worker.id()).await.unwrap().unwrap().is_to_be_restarted());
    net.check();
}

#[tokio::test]
async fn who_was_asked_to_end_or_may_not_come_again_does_not_when_its_time_was_up() {
    let net = Fixture::new().await;
    let asked = net.network.register(Registration { max_restarts: 9, ..patient() }).await.unwrap();
    net.network.terminate(&[asked.id().clone()]).await.unwrap();
    assert!(!ends(&net, &asked).await.is_to_be_restarted());
    let never = net.worker().await;
    assert!(!ends(&net, &never).await.is_to_be_restarted());
    // Who was to come again, and is stopped before it does.
    let stopped = net.network.register(Registration { max_restarts: 9, ..patient() }).await.unwrap();
    assert!(ends(&net, &stopped).await.is_to_be_restarted());
    net.network.forgo_restarts(&[stopped.id().clone()]).await.unwrap();
    assert!(!net.network.worker(stopped.id()).await.unwrap().unwrap().is_to_be_restarted());
    net.check();
}

/// Its time does not come as a surprise, so it settles what it runs; what it leaves behind is as with any loop that returns.
#[tokio::test]
async fn what_it_leaves_running_fails_also_where_the_lost_let_their_tasks_go_back() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(1), None).await.unwrap();
    let on_lost = OnLost::Requeue { max_attempts: 9 };
    let worker = net.network.register(Registration { on_lost, max_restarts: 1, ..patient() }).await.unwrap();
    worker.pop(std::time::Duration::ZERO).await.unwrap().unwrap();
    ends(&net, &worker).await;
    assert_eq!(net.network.counts().await.unwrap(), Counts { failed: 1, ..Counts::default() });
    net.check();
}

#[tokio::test]
async fn a_process_whose_time_is_up_asks_its_workers_to_end_and_says_why() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let (worker, elsewhere) = (net.worker().await, net.another().await.register(patient()).await.unwrap());
    assert_eq!((net.network.stop_reason(), worker.terminated()), (None, false));
    net.network.stop_local_workers_for(StopReason::TimeUp);
    assert!(worker.terminated());
    assert_eq!(soon(net.network.stopping()).await, StopReason::TimeUp);
    net.network.stop_local_workers();
    assert_eq!(
        (worker.stop_reason(), net.network.stop_reason()),
        (Some(StopReason::TimeUp), Some(StopReason::TimeUp))
    );
    assert!(!elsewhere.terminated(), "the run goes on");
    heart.stop().await;
}

/// Else a run that is over would go on elsewhere, for nothing.
#[tokio::test]
async fn a_run_that_is_over_is_over_also_where_the_time_was_up_before() {
    let net = Fixture::new().await;
    let stop = StopConditions { finished: Some(2), ..StopConditions::default() };
    let quick = std::time::Duration::from_millis(20);
    let heart =
        Heart::start(&net.network, HeartSettings { period: quick, expire: NEVER, stop }).await.unwrap();
    let worker = net.worker().await;
    net.network.stop_local_workers_for(StopReason::TimeUp);
    net.network.push_finished(&vec![rush_network::FinishedTask::default(); 2]).await.unwrap();
    until(async || worker.stop_reason() == Some(StopReason::Finished { tasks: 2 })).await;
    heart.stop().await;
}

/// As for any that is lost: what it popped goes back, and it comes again.
#[tokio::test]
async fn who_does_not_end_in_time_is_buried_by_its_own_process() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(1), None).await.unwrap();
    let here = net.another().await;
    let on_lost = OnLost::Requeue { max_attempts: 9 };
    let registration = Registration { on_lost, max_restarts: 1, managed: true, ..patient() };
    let worker = here.register(registration).await.unwrap();
    worker.pop(std::time::Duration::ZERO).await.unwrap().unwrap();
    let elsewhere = net.worker().await;
    here.bury_local_workers("The time of its machine was up").await.unwrap();
    assert_eq!(soon(worker.verdict()).await, Verdict::Lost);
    let info = net.network.worker(worker.id()).await.unwrap().unwrap();
    assert_eq!((info.state, info.is_to_be_restarted()), (WorkerState::Lost, true));
    assert_eq!(info.end.unwrap().message, "The time of its machine was up");
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 1, ..Counts::default() });
    assert_eq!(net.network.running_workers().await.unwrap(), [elsewhere.id().clone()]);
    let twice = net.network.bury(worker.id(), None, "gone").await.unwrap();
    assert!(matches!(twice, Burial::NotRunning { .. }), "{twice:?}");
    net.check();
}
