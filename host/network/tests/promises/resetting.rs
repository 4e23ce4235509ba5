//! Taking a network apart.

use std::time::Duration;

use rush_network::{Error, Heart, Network, NetworkId, Outcome, Registration, Settings, Verdict};
use rush_test_redis::Proxy;

use crate::{
    fixture::{Fixture, NETWORK, named, new_tasks, only_wakeups, patient, soon, until, ys},
    launches::launch,
};

#[tokio::test]
async fn not_one_key_is_left() {
    let net = Fixture::new().await;
    let (worker, dead) = (net.worker().await, net.worker().await);
    net.network.push(&new_tasks(2500), None).await.unwrap();
    net.network.push(&new_tasks(2), Some(worker.id())).await.unwrap();
    worker.push_running(&new_tasks(2)).await.unwrap();
    worker.push_finished(&vec![rush_network::FinishedTask::default(); 3]).await.unwrap();
    worker.push_failed(&vec![rush_network::FailedTask::default(); 3]).await.unwrap();
    dead.push_running(&new_tasks(2)).await.unwrap();
    net.network.bury(dead.id(), None, "gone").await.unwrap();
    let again = Registration { id: Some(dead.id().clone()), max_restarts: 9, ..patient() };
    let again = net.network.register(again).await.unwrap();
    net.network.bury(again.id(), None, "gone").await.unwrap();
    net.network.empty_queue().await.unwrap();
    net.network.push(&new_tasks(2), None).await.unwrap();
    net.network.terminate(&[worker.id().clone()]).await.unwrap();
    net.network.store_config("a").await.unwrap();
    net.network.store_blob(b"b", None).await.unwrap();
    worker.write_hashes(&[vec![("model".to_owned(), ys(1))]]).await.unwrap();
    net.network.cancel_queued(None).await.unwrap();
    net.network.begin_run().await.unwrap();
    net.network.record_launch(&launch(0, 1)).await.unwrap();
    let _: () = net.raw(&format!("RPUSH promises:{}:events {{}}", worker.id()));
    let _: () = net.raw(&format!("LPUSH promises:{}:kill TRUE", worker.id()));
    assert_eq!(net.check().to_restart().len(), 1);
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn workers_that_live_hear_of_it_and_leave_nothing_behind() {
    let net = Fixture::new().await;
    let heart = Heart::start(&net.network, only_wakeups()).await.unwrap();
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    net.another().await.reset().await.unwrap();
    assert_eq!(soon(worker.verdict()).await, Verdict::Removed);
    let refused = worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await;
    let Err(Error::LostOwnership { reason, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "the network was reset");
    heart.stop().await;
    assert_eq!(net.dbsize(), 0);
}

/// A manager is registered nowhere, so nothing keeps it from writing hashes; there are more than one slice holds, too.
#[tokio::test]
async fn thousands_of_hashes_go_while_somebody_writes_more() {
    let net = Fixture::new().await;
    let hash = vec![("model".to_owned(), ys(1))];
    net.network.write_hashes(&vec![hash.clone(); 3500]).await.unwrap();
    let writer = net.another().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writing = tokio::spawn(async move {
        while !*stopped.borrow() {
            writer.write_hashes(std::slice::from_ref(&hash)).await.unwrap();
        }
    });
    soon(net.network.reset()).await.unwrap();
    net.check();
    stop.send(true).unwrap();
    writing.await.unwrap();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}

/// Tasks go slice by slice; a worker that lives must not bring one of them back in between.
#[tokio::test]
async fn no_result_comes_between_two_slices() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&new_tasks(1)).await.unwrap();
    net.network.push(&new_tasks(2500), None).await.unwrap();
    let proxy = Proxy::start(net.redis.socket());
    let id = NetworkId::parse(NETWORK).unwrap();
    let slow = Network::connect(id, &Settings::new(proxy.url())).await.unwrap();
    proxy.delay(Duration::from_millis(300));
    let reset = tokio::spawn(async move { slow.reset().await });
    until(async || !net.raw::<bool>(&format!("EXISTS {}", keys[0]))).await;
    assert_ne!(net.dbsize(), 0, "it is in the middle of its work");
    let refused = worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await;
    assert!(matches!(refused, Err(Error::LostOwnership { .. })), "{refused:?}");
    proxy.delay(Duration::ZERO);
    soon(reset).await.unwrap().unwrap();
    assert_eq!(net.dbsize(), 0);
}

/// Workers push, pop, write hashes and come anew all the time; whatever they write, the reset ends, and what is left is a whole network.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_holds_against_workers_that_never_rest() {
    let net = Fixture::new().await;
    net.network.push(&new_tasks(5000), None).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut restless = tokio::task::JoinSet::new();
    for number in 0..6 {
        let (network, stopped) = (net.another().await, stopped.clone());
        restless.spawn(async move {
            while !*stopped.borrow() {
                // Half of them under a name that the network knows already, half under a new one.
                let registration =
                    if number % 2 == 0 { named(&format!("worker-{number}")) } else { patient() };
                let worker = network.register(registration).await.unwrap();
                while !*stopped.borrow() {
                    let work = async {
                        let keys = worker.push_running(&new_tasks(2)).await?;
                        worker.push(&new_tasks(1), Some(worker.id())).await?;
                        worker.pop(Duration::ZERO).await?;
                        worker.write_hashes(&[vec![("model".to_owned(), ys(1))]]).await?;
                        worker.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await
                    };
                    match work.await {
                        Ok(_) => {}
                        Err(Error::LostOwnership { .. }) => break,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
    }
    for _ in 0..10 {
        soon(net.network.reset()).await.unwrap();
        net.check();
    }
    stop.send(true).unwrap();
    while let Some(done) = restless.join_next().await {
        done.unwrap();
    }
    net.check();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}
