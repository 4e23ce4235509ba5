//! A Redis that goes away and comes back, and connections that break.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rush_network::{Counts, End, Error, Heart, Invalid, Network, NetworkId, Outcome, Settings, Worker};
use rush_test_redis::{Options, Proxy};
use tokio::task::JoinSet;

use crate::fixture::{Fixture, NETWORK, NEVER, new_tasks, only_wakeups, patient, soon, until, ys};

/// The main loop: this many tasks, one after the other.
async fn work(worker: Worker, tasks: usize, done: Arc<AtomicUsize>) {
    let mut keys = worker.push_running(&new_tasks(1)).await.unwrap();
    for number in 1..=tasks {
        let outcome = [Outcome::new(keys[0].clone(), ys(1))];
        if number == tasks {
            assert!(worker.finish(&outcome).await.unwrap().is_empty());
        } else if number % 2 == 0 {
            assert!(worker.finish(&outcome).await.unwrap().is_empty());
            keys = worker.push_running(&new_tasks(1)).await.unwrap();
        } else {
            keys = worker.finish_and_push_running(&outcome, &new_tasks(1)).await.unwrap();
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Lets workers loop while `disturb` is called again and again, and checks that nothing was lost or doubled.
async fn disturbed(net: &mut Fixture, network: &Network, mut disturb: impl FnMut(&mut Fixture)) {
    const WORKERS: usize = 8;
    const TASKS: usize = 150;
    let heart = Heart::start(network, only_wakeups()).await.unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..WORKERS {
        workers.spawn(work(network.register(patient()).await.unwrap(), TASKS, Arc::clone(&done)));
    }
    for quarter in 1..=3 {
        until(async || done.load(Ordering::Relaxed) >= quarter * WORKERS * TASKS / 4).await;
        disturb(net);
    }
    while let Some(ended) = soon(workers.join_next()).await {
        ended.unwrap();
    }
    let snapshot = net.check();
    assert_eq!(snapshot.counts(), [0, 0, WORKERS * TASKS, 0]);
    heart.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_redis_is_killed_and_restarted() {
    let mut net = Fixture::with(Options { durable: true, ..Options::default() }).await;
    let network = net.another().await;
    disturbed(&mut net, &network, |net| net.redis.restart()).await;
}

/// One that syncs its file once a second may have forgotten the last that it has said. What it remembers is whole all the same,
/// because each step is one script; and a worker hears that its task is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_forgetful_redis_remembers_is_whole() {
    let mut net = Fixture::new().await;
    let network = net.another().await;
    for _ in 0..5 {
        let mut workers = JoinSet::new();
        for _ in 0..8 {
            let worker = network.register(patient()).await.unwrap();
            workers.spawn(async move {
                for _ in 0..50 {
                    let keys = worker.push_running(&new_tasks(2)).await?;
                    let outcomes: Vec<_> = keys.into_iter().map(|key| Outcome::new(key, ys(1))).collect();
                    worker.finish(&outcomes).await?;
                }
                worker.end(&End::returned()).await
            });
        }
        net.redis.restart();
        net.check();
        while let Some(ended) = soon(workers.join_next()).await {
            // Its registration may be forgotten, too.
            let ended = ended.unwrap();
            let gone = matches!(
                ended,
                Err(Error::LostOwnership { .. } | Error::Invalid(Invalid::UnknownTask { .. }))
            );
            assert!(ended.is_ok() || gone, "{ended:?}");
        }
        net.check();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_connections_are_cut() {
    let mut net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let id = NetworkId::parse(NETWORK).unwrap();
    let network = Network::connect(id, &Settings::new(proxy.url())).await.unwrap();
    disturbed(&mut net, &network, |_| proxy.cut()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_its_scripts_is_told_them_again() {
    let mut net = Fixture::new().await;
    let network = net.another().await;
    disturbed(&mut net, &network, |net| net.raw::<()>("SCRIPT FLUSH")).await;
}

/// Workers of two processes race to an exact number, and write hashes meanwhile, while `disturb` is called again and again.
async fn raced(net: &mut Fixture, networks: [&Network; 2], mut disturb: impl FnMut(&mut Fixture)) {
    const EXACTLY: usize = 600;
    let mut hearts = Vec::new();
    let mut workers = JoinSet::new();
    for network in networks {
        hearts.push(Heart::start(network, crate::budget::exactly(EXACTLY as u64)).await.unwrap());
        for number in 0..4 {
            let worker = network.register(patient()).await.unwrap();
            workers.spawn(async move {
                let hash = vec![("number".to_owned(), ys(number))];
                let keys = worker.write_hashes(std::slice::from_ref(&hash)).await.unwrap();
                let end = crate::budget::search(worker.clone(), usize::try_from(number).unwrap()).await;
                let read = worker.read_hashes(&keys, &["number".to_owned()]).await.unwrap();
                assert_eq!(read, [Some(hash)]);
                end
            });
        }
    }
    let connect = net.another().await;
    for quarter in 1..=3 {
        until(async || connect.counts().await.unwrap().finished >= quarter * EXACTLY as u64 / 4).await;
        disturb(net);
    }
    while let Some(end) = soon(workers.join_next()).await {
        assert!(matches!(end.unwrap(), Error::BudgetExhausted { left: 0 }));
    }
    assert_eq!(net.check().counts()[..3], [0, 0, EXACTLY]);
    for (network, heart) in networks.into_iter().zip(hearts) {
        soon(network.stopping()).await;
        heart.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exact_budget_holds_when_redis_is_killed_and_restarted() {
    let mut net = Fixture::with(Options { durable: true, ..Options::default() }).await;
    let (here, there) = (net.another().await, net.another().await);
    raced(&mut net, [&here, &there], |net| net.redis.restart()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exact_budget_holds_when_connections_are_cut_and_scripts_forgotten() {
    let mut net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let connect = async || {
        let id = NetworkId::parse(NETWORK).unwrap();
        Network::connect(id, &Settings::new(proxy.url())).await.unwrap()
    };
    let (here, there) = (connect().await, connect().await);
    raced(&mut net, [&here, &there], |net| {
        net.raw::<()>("SCRIPT FLUSH");
        proxy.cut();
    })
    .await;
}

/// Redis gets full in the middle of a run: nothing is written in part, and the run goes on as soon as there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_when_there_is_room_again() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut keys = worker.push_running(&new_tasks(1)).await.unwrap();
    for _ in 0..5 {
        let outcome = [Outcome::new(keys[0].clone(), ys(1))];
        let _: () = net.raw("CONFIG SET maxmemory 1");
        for _ in 0..3 {
            let refused = worker.finish_and_push_running(&outcome, &new_tasks(1)).await;
            assert!(matches!(refused, Err(Error::StorageFull { .. })), "{refused:?}");
            net.check();
        }
        let _: () = net.raw("CONFIG SET maxmemory 0");
        keys = worker.finish_and_push_running(&outcome, &new_tasks(1)).await.unwrap();
    }
    assert_eq!(net.check().counts(), [0, 1, 5, 0]);
}

#[tokio::test]
async fn a_call_waits_for_a_redis_that_comes_back() {
    let mut net = Fixture::new().await;
    let worker = net.worker().await;
    net.redis.kill();
    let push = tokio::spawn(async move { worker.push(&new_tasks(1), None).await });
    // Nothing tells that the call is waiting; it may as well come after the restart.
    tokio::time::sleep(Duration::from_millis(50)).await;
    net.redis.restart();
    assert_eq!(soon(push).await.unwrap().unwrap().len(), 1);
    assert_eq!(net.network.counts().await.unwrap(), Counts { queued: 1, ..Counts::default() });
    net.check();
}

#[tokio::test]
async fn a_call_gives_up_when_its_time_is_over_and_so_do_all_that_wait_with_it() {
    let mut net = Fixture::new().await;
    let settings =
        Settings { unavailable_after: Duration::from_millis(300), ..Settings::new(net.redis.url()) };
    let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    net.redis.kill();
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..10 {
        let network = network.clone();
        calls.spawn(async move { network.push(&new_tasks(1), None).await });
    }
    while let Some(refused) = soon(calls.join_next()).await {
        assert!(matches!(refused.unwrap(), Err(Error::Unavailable { .. })));
    }
    let waited = begun.elapsed();
    assert!((300..1500).contains(&waited.as_millis()), "{waited:?}");
    net.redis.restart();
    assert_eq!(network.push(&new_tasks(1), None).await.unwrap().len(), 1);
}

/// What is large goes over a connection of its own, which is made for the first call that needs it.
#[tokio::test]
async fn the_first_large_call_waits_for_redis_and_gives_up_as_every_other_does() {
    let mut net = Fixture::new().await;
    let settings =
        Settings { unavailable_after: Duration::from_millis(300), ..Settings::new(net.redis.url()) };
    let hasty = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    let (first, second) = (net.another().await, net.another().await);
    net.redis.kill();
    let mut calls = JoinSet::new();
    for network in [&first, &first, &second] {
        let network = network.clone();
        calls.spawn(async move { network.push(&new_tasks(300), None).await });
    }
    let mut given_up = JoinSet::new();
    for _ in 0..10 {
        let hasty = hasty.clone();
        given_up.spawn(async move { hasty.push(&new_tasks(300), None).await });
    }
    while let Some(refused) = soon(given_up.join_next()).await {
        assert!(matches!(refused.unwrap(), Err(Error::Unavailable { .. })));
    }
    net.redis.restart();
    while let Some(pushed) = soon(calls.join_next()).await {
        assert_eq!(pushed.unwrap().unwrap().len(), 300);
    }
    assert_eq!(net.check().counts(), [900, 0, 0, 0]);
}

#[tokio::test]
async fn a_heart_hears_again_after_its_connection_was_cut() {
    let net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let settings = Settings::new(proxy.url());
    let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    let heart = Heart::start(&network, only_wakeups()).await.unwrap();
    let worker = network.register(patient()).await.unwrap();
    let subscribers = || net.raw::<(String, usize)>("PUBSUB NUMSUB promises:wakeup").1;
    for _ in 0..3 {
        proxy.cut();
        // What comes while nobody listens is found as soon as the connection is back.
        net.network.push(&new_tasks(1), None).await.unwrap();
        assert!(soon(worker.pop(NEVER)).await.unwrap().is_some());
        until(async || subscribers() == 1).await;
        let tasks = new_tasks(1);
        let both = async { tokio::join!(worker.pop(NEVER), net.network.push(&tasks, None)) };
        let (popped, pushed) = soon(both).await;
        assert_eq!(popped.unwrap().unwrap().key, pushed.unwrap()[0]);
    }
    net.check();
    heart.stop().await;
}

#[tokio::test]
async fn a_redis_that_does_not_answer_for_a_while_is_waited_for() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    net.redis.pause();
    let push = tokio::spawn(async move { worker.push_running(&new_tasks(1)).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!push.is_finished());
    net.redis.resume();
    assert_eq!(soon(push).await.unwrap().unwrap().len(), 1);
    net.check();
}
