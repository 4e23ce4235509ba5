//! Launches, whose requests come late.

use redis::ConnectionLike as _;
use rush_network::{LaunchId, LaunchRecord, LaunchedProcess, LaunchedWorker, Registration, WorkerId};
use rush_test_redis::Fault;

use crate::{Stage, late};

/// A launch of one process with one worker.
pub(crate) fn launch() -> LaunchRecord {
    let workers = vec![LaunchedWorker { id: WorkerId::random(), before: 0 }];
    LaunchRecord {
        id: LaunchId::random(),
        launcher: "slurm".to_owned(),
        from: "here".to_owned(),
        at: 0,
        name: String::new(),
        job: None,
        processes: vec![LaunchedProcess { place: String::new(), first_index: 0, workers, failure: None }],
    }
}

/// A launch was withdrawn while what had amended it, or had begun it, was on its way.
#[tokio::test]
async fn what_comes_late_brings_no_withdrawn_launch_back() {
    let stage = Stage::new(Fault::LoseReply).await;
    let record = launch();
    let worker = record.processes[0].workers[0].id.clone();
    stage.calm.record_launch(&record).await.unwrap();
    let ((), requests) = late::record(&stage, async {
        assert!(stage.network.amend_launch(&record).await.unwrap());
        let registration = Registration {
            id: Some(worker.clone()),
            launch: Some(record.id.clone()),
            ..Registration::default()
        };
        stage.network.register(registration).await.unwrap();
    })
    .await;
    stage.calm.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap();
    stage.calm.kill(&worker).await.unwrap();
    let before = stage.check();
    let mut connection = stage.redis.connection();
    for request in &requests {
        connection.req_packed_command(request).unwrap();
        let now = stage.check();
        assert_eq!((now.launches(), now.workers()), (before.launches(), before.workers()));
        assert!(now.launches().is_empty());
    }
}
