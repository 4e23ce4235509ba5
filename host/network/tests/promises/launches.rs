//! Launches: what is to begin somewhere, and that nothing of it begins once it was withdrawn.

use rush_network::{
    End, Error, LaunchId, LaunchRecord, LaunchedProcess, LaunchedWorker, Registration, WorkerId, WorkerState,
};

use crate::fixture::{Fixture, named, new_tasks, patient, soon};

/// A launch of so many processes, with two new workers each.
pub(crate) fn launch(at: u64, processes: u64) -> LaunchRecord {
    let process = |number: u64| LaunchedProcess {
        place: format!("node{number}"),
        first_index: 2 * number,
        workers: (0..2).map(|_| LaunchedWorker { id: WorkerId::random(), before: 0 }).collect(),
        failure: None,
    };
    LaunchRecord {
        id: LaunchId::random(),
        launcher: "slurm".to_owned(),
        from: "login1".to_owned(),
        at,
        name: "rush-promises-1".to_owned(),
        job: None,
        processes: (0..processes).map(process).collect(),
    }
}

fn of(record: &LaunchRecord, worker: usize) -> Registration {
    Registration {
        id: Some(record.processes[0].workers[worker].id.clone()),
        after: Some(0),
        launch: Some(record.id.clone()),
        ..patient()
    }
}

#[tokio::test]
async fn what_was_launched_stands_there_for_everybody_the_oldest_first() {
    let net = Fixture::new().await;
    assert!(net.network.launches().await.unwrap().is_empty());
    let (second, first) = (launch(20, 3), launch(10, 1));
    for record in [&second, &first] {
        net.network.record_launch(record).await.unwrap();
    }
    let there = net.another().await;
    assert_eq!(there.launches().await.unwrap(), [first.clone(), second.clone()]);
    assert!(there.may_begin(&first.id).await.unwrap());
    assert_eq!(there.launch(&first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(there.launch(&LaunchId::random()).await.unwrap(), None);
    net.network.withdraw_launches(std::slice::from_ref(&first.id)).await.unwrap();
    assert!(!there.may_begin(&first.id).await.unwrap());
    assert_eq!(there.launches().await.unwrap(), [second]);
    net.check();
}

#[tokio::test]
async fn more_is_known_of_a_launch_later_unless_it_was_withdrawn() {
    let net = Fixture::new().await;
    let mut record = launch(0, 2);
    assert!(!net.network.amend_launch(&record).await.unwrap(), "it was never recorded");
    assert_eq!(net.dbsize(), 0);
    net.network.record_launch(&record).await.unwrap();
    record.job = Some("1234".to_owned());
    record.processes[1].failure = Some("node1: connection refused".to_owned());
    assert!(net.network.amend_launch(&record).await.unwrap());
    assert_eq!(net.network.launches().await.unwrap(), [record.clone()]);
    assert_eq!(net.network.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap(), 1);
    assert!(!net.network.amend_launch(&record).await.unwrap());
    assert_eq!(net.network.launch(&record.id).await.unwrap(), None);
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn only_those_that_are_named_are_withdrawn() {
    let net = Fixture::new().await;
    let records = [launch(0, 1), launch(1, 1), launch(2, 1)];
    for record in &records {
        net.network.record_launch(record).await.unwrap();
    }
    assert_eq!(net.network.withdraw_launches(&[]).await.unwrap(), 0);
    let named = [records[0].id.clone(), records[2].id.clone(), LaunchId::random()];
    assert_eq!(net.network.withdraw_launches(&named).await.unwrap(), 2);
    assert_eq!(net.network.launches().await.unwrap(), [records[1].clone()]);
    net.check();
}

#[tokio::test]
async fn a_worker_says_where_it_was_launched() {
    let net = Fixture::new().await;
    let record = launch(0, 1);
    net.network.record_launch(&record).await.unwrap();
    let registration = Registration { place: "1234_0".to_owned(), attempt: 2, ..of(&record, 0) };
    let worker = net.network.register(registration).await.unwrap();
    let info = net.network.worker(worker.id()).await.unwrap().unwrap();
    assert_eq!((info.place.as_str(), info.attempt), ("1234_0", 2));
    let other = net.worker().await;
    let info = net.network.worker(other.id()).await.unwrap().unwrap();
    assert_eq!((info.place.as_str(), info.attempt), ("", 0));
    net.check();
}

/// A batch system may start its job hours after everybody else has ended.
#[tokio::test]
async fn nobody_of_a_withdrawn_launch_registers_and_nothing_is_written() {
    let net = Fixture::new().await;
    let record = launch(0, 1);
    net.network.record_launch(&record).await.unwrap();
    let worker = net.network.register(of(&record, 0)).await.unwrap();
    net.network.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap();
    let before = net.dbsize();
    let refused = net.network.register(of(&record, 1)).await.unwrap_err();
    assert!(
        matches!(&refused, Error::LaunchWithdrawn { launch } if launch == record.id.as_str()),
        "{refused}"
    );
    assert_eq!(net.dbsize(), before);
    assert!(net.network.worker(&record.processes[0].workers[1].id).await.unwrap().is_none());
    // Who was in before works on.
    worker.push_running(&new_tasks(1)).await.unwrap();
    worker.end(&End::returned()).await.unwrap();
    // Also under an id that the network knows.
    let again = Registration { after: Some(1), ..of(&record, 0) };
    let refused = net.network.register(again).await;
    assert!(matches!(refused, Err(Error::LaunchWithdrawn { .. })), "{refused:?}");
    assert_eq!(net.network.worker(worker.id()).await.unwrap().unwrap().state, WorkerState::Terminated);
    net.check();
}

/// A launch that is begun while it is withdrawn: each worker is either registered before, and asked to end then, or refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_withdrawing_and_registering_there_is_no_gap() {
    let net = Fixture::new().await;
    for _ in 0..20 {
        let record = launch(0, 1);
        net.network.record_launch(&record).await.unwrap();
        let there = net.another().await;
        let registering = tokio::spawn({
            let record = record.clone();
            async move {
                futures_util::future::join(there.register(of(&record, 0)), there.register(of(&record, 1)))
                    .await
            }
        });
        net.network.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap();
        let running = net.network.running_workers().await.unwrap();
        let (first, second) = soon(registering).await.unwrap();
        for (number, registered) in [first, second].into_iter().enumerate() {
            let id = &record.processes[0].workers[number].id;
            match registered {
                Ok(_) => assert!(running.contains(id), "whoever withdraws sees who is in"),
                Err(Error::LaunchWithdrawn { .. }) => assert!(!running.contains(id)),
                Err(error) => panic!("{error}"),
            }
        }
        for id in running {
            net.network.kill(&id).await.unwrap();
        }
    }
    net.check();
}

/// A job that was submitted twice.
#[tokio::test]
async fn of_two_processes_that_carry_the_same_new_worker_one_does_also_when_the_other_has_ended_it() {
    let net = Fixture::new().await;
    let record = launch(0, 1);
    net.network.record_launch(&record).await.unwrap();
    let there = net.another().await;
    let (here, there) = soon(futures_util::future::join(
        net.network.register(of(&record, 0)),
        there.register(of(&record, 0)),
    ))
    .await;
    let (worker, refused) = match (here, there) {
        (Ok(worker), refused) | (refused, Ok(worker)) => (worker, refused),
        (here, there) => panic!("{here:?} {there:?}"),
    };
    assert!(matches!(refused, Err(Error::WorkerTaken { .. })), "{refused:?}");
    worker.end(&End::returned()).await.unwrap();
    let late = net.network.register(of(&record, 0)).await;
    assert!(matches!(late, Err(Error::WorkerTaken { .. })), "{late:?}");
    // Who does not ask for it may come again by hand.
    let by_hand = Registration { after: None, ..of(&record, 0) };
    assert_eq!(net.network.register(by_hand).await.unwrap().incarnation(), 2);
    net.check();
}

#[tokio::test]
async fn a_record_that_cannot_be_read_hides_no_other() {
    let net = Fixture::new().await;
    let (good, moved) = (launch(0, 1), launch(1, 1));
    net.network.record_launch(&good).await.unwrap();
    let _: () = net.raw("HSET promises:launches 0123456789ab {");
    let other = LaunchId::random();
    let mut hset = redis::cmd("HSET");
    hset.arg("promises:launches").arg(other.as_str()).arg(serde_json::to_string(&moved).unwrap());
    hset.exec(&mut net.redis.connection()).unwrap();
    assert_eq!(net.network.launches().await.unwrap(), [good]);
    for id in [other, LaunchId::parse("0123456789ab").unwrap()] {
        let error = net.network.launch(&id).await.unwrap_err();
        assert!(matches!(&error, Error::Corrupt { key, .. } if key.contains(id.as_str())), "{error}");
    }
}

#[tokio::test]
async fn a_full_redis_takes_no_launch_and_lets_one_be_withdrawn() {
    let net = Fixture::new().await;
    let record = launch(0, 1);
    net.network.record_launch(&record).await.unwrap();
    let _: () = net.raw("CONFIG SET maxmemory 1");
    let refused = net.network.record_launch(&launch(1, 1)).await;
    assert!(matches!(refused, Err(Error::StorageFull { .. })), "{refused:?}");
    let refused = net.network.amend_launch(&record).await;
    assert!(matches!(refused, Err(Error::StorageFull { .. })), "{refused:?}");
    assert_eq!(net.network.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap(), 1);
    assert_eq!(net.dbsize(), 0);
}

/// No worker may be called as what stands beside them.
#[tokio::test]
async fn launches_have_a_place_of_their_own() {
    assert!(WorkerId::parse("launches").is_err());
    for wrong in ["", "0123456789a", "0123456789abc", "0123456789aB", "0123456789a ", "0123456789a/"] {
        assert!(LaunchId::parse(wrong).is_err(), "{wrong}");
    }
    let (one, other) = (LaunchId::random(), LaunchId::random());
    assert_ne!(one, other);
    assert_eq!(LaunchId::parse(one.as_str()).unwrap(), one);
    let net = Fixture::new().await;
    net.network.record_launch(&launch(0, 1)).await.unwrap();
    net.network.register(named("worker-1")).await.unwrap();
    net.check();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}
