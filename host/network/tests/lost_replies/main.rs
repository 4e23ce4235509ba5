//! A connection can break before Redis has a request, after it has carried it out, and in the middle of the reply. For each
//! script, each of that happens once: nothing is doubled, nothing is stranded, and the caller gets the same answer.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

mod late;
mod launches;
mod steps;

use std::time::Duration;

use rush_network::{
    Burial, Cancelled, End, Error, FailedTask, Failure, FinishedTask, Heart, HeartSettings, LaunchRecord,
    LogPosition, Network, NetworkId, NewTask, OnLost, Outcome, Parts, Registration, SCRIPT_NAMES, Settings,
    State, Worker, WorkerId, fields, script_name_of,
};
use rush_test_redis::{Fault, Proxy, Snapshot, TestRedis};

const NETWORK: &str = "lost";

struct Stage {
    redis: TestRedis,
    proxy: Proxy,
    /// Through the proxy.
    network: Network,
    /// Past it.
    calm: Network,
    fault: Fault,
}

impl Stage {
    async fn new(fault: Fault) -> Self {
        let redis = TestRedis::start();
        let proxy = Proxy::start(redis.socket());
        let connect = async |url| {
            Network::connect(NetworkId::parse(NETWORK).unwrap(), &Settings::new(url)).await.unwrap()
        };
        let (network, calm) = (connect(proxy.url()).await, connect(redis.url()).await);
        Self { redis, proxy, network, calm, fault }
    }

    /// One more with the same fault, for a script with several cases.
    async fn another(&self) -> Self {
        Self::new(self.fault).await
    }

    /// The next call of this script meets the fault.
    fn arm(&self, script: &'static str) {
        self.proxy.once(self.fault, move |request| script_name_of(request) == Some(script));
    }

    /// Through the proxy, not yet disturbed.
    async fn worker(&self) -> Worker {
        let long = Duration::from_mins(10);
        self.network
            .register(Registration { period: long, expire: long, ..Registration::default() })
            .await
            .unwrap()
    }

    fn check(&self) -> Snapshot {
        Snapshot::check(&mut self.redis.connection(), NETWORK)
    }

    /// The fault has happened; queued, running, finished, failed are as many tasks as that, and all is whole.
    fn expect(&self, counts: [usize; 4]) -> Snapshot {
        assert!(!self.proxy.pending(), "the fault has not happened");
        let snapshot = self.check();
        assert_eq!(snapshot.counts(), counts);
        snapshot
    }
}

fn tasks(count: usize) -> Vec<NewTask> {
    vec![NewTask::from(fields! { "x" => 1_i64 }); count]
}

fn outcomes(keys: &[rush_network::TaskKey]) -> Vec<Outcome> {
    keys.iter().map(|key| Outcome::new(key.clone(), fields! { "y" => 1_i64 })).collect()
}

/// One case for each script; a new script without one fails the test.
async fn meet(script: &'static str, stage: &Stage) {
    match script {
        "register" => {
            stage.arm(script);
            let worker = stage.worker().await;
            assert_eq!(worker.incarnation(), 1);
            worker.push_running(&tasks(1)).await.unwrap();
            assert_eq!(stage.expect([0, 1, 0, 0]).workers()[worker.id().as_str()].incarnation, 1);
            let record = launches::launch();
            stage.calm.record_launch(&record).await.unwrap();
            let launched = || Registration {
                id: Some(record.processes[0].workers[0].id.clone()),
                after: Some(0),
                launch: Some(record.id.clone()),
                ..Registration::default()
            };
            stage.arm(script);
            let worker = stage.network.register(launched()).await.unwrap();
            stage.expect([0, 1, 0, 0]);
            stage.calm.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap();
            stage.calm.kill(worker.id()).await.unwrap();
            stage.arm(script);
            let refused = stage.network.register(launched()).await;
            assert!(matches!(refused, Err(Error::LaunchWithdrawn { .. })), "{refused:?}");
            stage.expect([0, 1, 0, 0]);
        }
        "push" => {
            let worker = stage.worker().await;
            // With the call the budget is used up, also when the call comes again.
            stage.network.set_budget(Some(3));
            stage.arm(script);
            assert_eq!(stage.network.push(&tasks(3), None).await.unwrap().len(), 3);
            stage.network.set_budget(Some(6));
            stage.expect([3, 0, 0, 0]);
            stage.arm(script);
            assert_eq!(worker.push(&tasks(3), None).await.unwrap().len(), 3);
            stage.expect([6, 0, 0, 0]);
        }
        "push_to_worker" => {
            let worker = stage.worker().await;
            stage.network.set_budget(Some(3));
            stage.arm(script);
            stage.network.push(&tasks(3), Some(worker.id())).await.unwrap();
            stage.expect([3, 0, 0, 0]);
        }
        "push_finished" => {
            stage.network.set_budget(Some(3));
            stage.arm(script);
            stage.network.push_finished(&vec![FinishedTask::default(); 3]).await.unwrap();
            stage.expect([0, 0, 3, 0]);
        }
        "push_failed" => {
            stage.arm(script);
            stage.network.push_failed(&vec![FailedTask::default(); 3]).await.unwrap();
            stage.expect([0, 0, 0, 3]);
        }
        "pop" => {
            let worker = stage.worker().await;
            let keys = stage.network.push(&tasks(3), None).await.unwrap();
            for key in &keys[..2] {
                stage.arm(script);
                let task = worker.pop(Duration::ZERO).await.unwrap().unwrap();
                assert_eq!((&task.key, task.attempt), (key, 1));
            }
            stage.expect([1, 2, 0, 0]);
            steps::popping_of_many_workers(&stage.another().await).await;
        }
        "fail" => {
            let worker = stage.worker().await;
            let keys = worker.push_running(&tasks(3)).await.unwrap();
            worker.finish(&outcomes(&keys[2..])).await.unwrap();
            stage.arm(script);
            let failures: Vec<_> =
                keys.iter().map(|key| Failure { key: key.clone(), condition: None }).collect();
            assert_eq!(worker.fail(&failures).await.unwrap(), [keys[2].clone()], "the same are refused");
            stage.expect([0, 0, 1, 2]);
        }
        "steps" => {
            steps::pushing_running(stage).await;
            steps::finishing(&stage.another().await).await;
            steps::finishing_and_pushing(&stage.another().await).await;
            steps::of_many_workers(&stage.another().await).await;
        }
        "beat" => {
            let worker = stage.worker().await;
            let keys = worker.push_running(&tasks(1)).await.unwrap();
            stage.calm.cancel(&keys).await.unwrap();
            let evaluation = worker.cancelled(|_| true);
            // The first beat brings the note of the cancel, and meets the fault.
            stage.arm(script);
            let period = Duration::from_millis(20);
            let settings =
                HeartSettings { period, expire: Duration::from_mins(10), ..HeartSettings::default() };
            let heart = Heart::start(&stage.network, settings).await.unwrap();
            let ended = tokio::time::timeout(Duration::from_secs(20), evaluation).await;
            assert_eq!(ended.unwrap(), keys[0]);
            assert!(!worker.has_cancels(), "once");
            stage.calm.kill(worker.id()).await.unwrap();
            tokio::time::timeout(Duration::from_secs(20), worker.verdict()).await.unwrap();
            stage.expect([0, 0, 0, 1]);
            heart.stop().await;
        }
        "end_worker" => {
            let (worker, other) = (stage.worker().await, stage.worker().await);
            worker.push_running(&tasks(2)).await.unwrap();
            other.push_running(&tasks(2)).await.unwrap();
            stage.network.push(&tasks(1), Some(other.id())).await.unwrap();
            stage.arm(script);
            worker.end(&End::returned()).await.unwrap();
            stage.expect([1, 2, 0, 2]);
            stage.arm(script);
            let burial = stage.network.bury(other.id(), None, "gone").await.unwrap();
            assert_eq!(burial, Burial::Ended { failed: 2, requeued: 0, restart: false });
            stage.expect([1, 0, 0, 4]);
            let registration = Registration {
                on_lost: OnLost::Requeue { max_attempts: 3 },
                max_restarts: 1,
                ..Registration::default()
            };
            let third = stage.network.register(registration).await.unwrap();
            third.pop(Duration::ZERO).await.unwrap().unwrap();
            third.push_running(&tasks(2)).await.unwrap();
            stage.arm(script);
            let burial = stage.network.bury(third.id(), None, "gone").await.unwrap();
            assert_eq!(burial, Burial::Ended { failed: 2, requeued: 1, restart: true });
            stage.expect([1, 0, 0, 6]);
        }
        "claim_restarts" => {
            let registration = Registration { max_restarts: 1, ..Registration::default() };
            let worker = stage.network.register(registration).await.unwrap();
            stage.calm.bury(worker.id(), None, "gone").await.unwrap();
            stage.arm(script);
            let settings = HeartSettings { period: Duration::from_millis(20), ..HeartSettings::default() };
            let heart = Heart::start(&stage.network, settings).await.unwrap();
            let long = Duration::from_mins(10);
            let claimed = stage.network.claimed_restarts(long);
            let claimed = tokio::time::timeout(Duration::from_secs(20), claimed).await.unwrap();
            assert_eq!(claimed.iter().map(|info| &info.id).collect::<Vec<_>>(), [worker.id()]);
            let more = tokio::time::timeout(Duration::from_millis(100), stage.network.claimed_restarts(long));
            assert!(more.await.is_err(), "it was claimed once");
            stage.expect([0; 4]);
            heart.stop().await;
        }
        "forgo_restarts" => {
            let registration = Registration { max_restarts: 1, ..Registration::default() };
            let worker = stage.network.register(registration).await.unwrap();
            stage.calm.bury(worker.id(), None, "gone").await.unwrap();
            stage.arm(script);
            stage.network.forgo_restarts(&[worker.id().clone()]).await.unwrap();
            let info = stage.network.worker(worker.id()).await.unwrap().unwrap();
            assert!(!info.is_to_be_restarted());
            stage.expect([0; 4]);
        }
        "amend_launch" => {
            let record = launches::launch();
            stage.calm.record_launch(&record).await.unwrap();
            let more = LaunchRecord { job: Some("7".to_owned()), ..record.clone() };
            stage.arm(script);
            assert!(stage.network.amend_launch(&more).await.unwrap());
            assert_eq!(stage.network.launches().await.unwrap(), [more]);
            stage.calm.withdraw_launches(std::slice::from_ref(&record.id)).await.unwrap();
            stage.arm(script);
            assert!(!stage.network.amend_launch(&record).await.unwrap());
            assert!(stage.expect([0; 4]).launches().is_empty());
        }
        "terminate" => {
            let worker = stage.worker().await;
            stage.arm(script);
            let nobody = WorkerId::parse("nobody").unwrap();
            assert_eq!(stage.network.terminate(&[worker.id().clone(), nobody]).await.unwrap(), [true, false]);
            stage.expect([0; 4]);
        }
        "empty_queue" => {
            let worker = stage.worker().await;
            stage.network.push(&tasks(2), Some(worker.id())).await.unwrap();
            stage.network.push(&tasks(2), None).await.unwrap();
            stage.arm(script);
            assert_eq!(stage.network.empty_queue().await.unwrap(), 4);
            stage.expect([0, 0, 0, 4]);
            stage.network.push(&tasks(2), None).await.unwrap();
            stage.arm(script);
            assert_eq!(worker.empty_queue().await.unwrap(), 2);
            stage.expect([0, 0, 0, 6]);
        }
        "cancel_queued" => {
            let worker = stage.worker().await;
            let mut keys = stage.network.push(&tasks(3), None).await.unwrap();
            keys.extend(stage.network.push(&tasks(2), Some(worker.id())).await.unwrap());
            stage.arm(script);
            let named = [keys[4].clone(), keys[1].clone()];
            let cancelled = stage.network.cancel_queued(Some(&named)).await.unwrap();
            assert_eq!(cancelled, [keys[1].clone(), keys[4].clone()]);
            stage.expect([3, 0, 0, 2]);
            stage.arm(script);
            let cancelled = stage.network.cancel_queued(None).await.unwrap();
            assert_eq!(cancelled, [keys[0].clone(), keys[2].clone(), keys[3].clone()]);
            stage.expect([0, 0, 0, 5]);
        }
        "cancel_running" => {
            let worker = stage.worker().await;
            let keys = worker.push_running(&tasks(3)).await.unwrap();
            stage.arm(script);
            let cancelled = stage.network.cancel(&keys[..2]).await.unwrap();
            assert_eq!(cancelled, vec![Cancelled::Running { worker: worker.id().clone() }; 2]);
            stage.expect([0, 1, 0, 2]);
        }
        "write_hashes" => {
            let worker = stage.worker().await;
            let hash = vec![("model".to_owned(), fields! { "slope" => 1.5 })];
            stage.arm(script);
            let mut keys = worker.write_hashes(&[hash.clone(), hash.clone()]).await.unwrap();
            stage.expect([0; 4]);
            stage.arm(script);
            keys.extend(stage.network.write_hashes(std::slice::from_ref(&hash)).await.unwrap());
            stage.expect([0; 4]);
            let read = stage.calm.read_hashes(&keys, &["model".to_owned()]).await.unwrap();
            assert_eq!(read, vec![Some(hash); 3]);
        }
        "read_hashes" => {
            let worker = stage.worker().await;
            let hash = vec![("model".to_owned(), fields! { "slope" => 1.5 })];
            let keys = stage.calm.write_hashes(&[hash.clone(), hash.clone()]).await.unwrap();
            stage.arm(script);
            assert_eq!(worker.read_hashes(&keys, &["model".to_owned()]).await.unwrap(), vec![Some(hash); 2]);
            stage.expect([0; 4]);
        }
        "reset" => {
            let worker = stage.worker().await;
            stage.network.push(&tasks(1500), None).await.unwrap();
            worker.push_running(&tasks(2)).await.unwrap();
            stage.arm(script);
            stage.network.reset().await.unwrap();
            assert!(stage.expect([0; 4]).is_gone());
            stage.calm.push(&tasks(10), None).await.unwrap();
            // The last call, whose reply says that it was the last.
            stage.arm(script);
            stage.network.reset().await.unwrap();
            assert!(stage.expect([0; 4]).is_gone());
        }
        "reset_tasks" => {
            let worker = stage.worker().await;
            stage.network.push(&tasks(1500), None).await.unwrap();
            stage.network.push(&tasks(1), Some(worker.id())).await.unwrap();
            worker.push_running(&tasks(2)).await.unwrap();
            stage.arm(script);
            assert_eq!(stage.network.reset_tasks().await.unwrap(), 1503);
            stage.expect([0; 4]);
            stage.network.push(&tasks(2), None).await.unwrap();
            // The last call, whose reply says that it was the last.
            stage.arm(script);
            assert_eq!(stage.network.reset_tasks().await.unwrap(), 2);
            stage.expect([0; 4]);
        }
        "log" => {
            let worker = stage.worker().await;
            for event in ["first", "second"].map(late::event) {
                stage.arm(script);
                worker.log(&[event.clone(), event]).await.unwrap();
            }
            stage.expect([0; 4]);
            let log = stage.calm.read_log(None, &LogPosition::default()).await.unwrap();
            let messages: Vec<_> = log.events.iter().map(|(_, event)| event.message.as_str()).collect();
            assert_eq!(messages, ["first", "first", "second", "second"]);
        }
        "read" => {
            stage.network.push(&tasks(2), None).await.unwrap();
            stage.arm(script);
            assert_eq!(stage.network.counts().await.unwrap().queued, 2);
            stage.expect([2, 0, 0, 0]);
        }
        "states" => {
            let keys = stage.network.push(&tasks(2), None).await.unwrap();
            stage.arm(script);
            assert_eq!(stage.network.states(&keys).await.unwrap(), [Some(State::Queued); 2]);
            stage.expect([2, 0, 0, 0]);
        }
        "fetch" => {
            let worker = stage.worker().await;
            stage.network.push(&tasks(2), Some(worker.id())).await.unwrap();
            let keys = worker.push_running(&tasks(2)).await.unwrap();
            worker.finish(&outcomes(&keys[..1])).await.unwrap();
            stage.arm(script);
            let table = worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap();
            assert_eq!(table.keys(), keys[..1]);
            stage.arm(script);
            assert_eq!(stage.network.fetch(&State::ALL, Parts::ALL).await.unwrap().len(), 4);
            assert!(worker.fetch_new(Parts::ALL, Duration::ZERO).await.unwrap().is_empty());
            stage.expect([2, 1, 1, 0]);
        }
        other => panic!("`{other}` is a script without a case here"),
    }
}

async fn meet_all(fault: Fault) {
    for script in SCRIPT_NAMES {
        let stage = Stage::new(fault).await;
        meet(script, &stage).await;
        stage.check();
    }
}

#[tokio::test]
async fn a_lost_reply_doubles_nothing_and_strands_nothing() {
    meet_all(Fault::LoseReply).await;
}

#[tokio::test]
async fn a_lost_request_is_sent_again() {
    meet_all(Fault::LoseRequest).await;
}

#[tokio::test]
async fn half_a_reply_is_none() {
    meet_all(Fault::CutReply).await;
}

/// A task whose hash somebody has deleted is refused, and refused again.
#[tokio::test]
async fn what_has_vanished_is_refused_in_the_same_way_when_the_reply_is_lost() {
    let stage = Stage::new(Fault::LoseReply).await;
    let worker = stage.worker().await;
    let keys = worker.push_running(&tasks(4)).await.unwrap();
    for key in [&keys[0], &keys[2]] {
        let _: () = redis::cmd("DEL").arg(key.as_str()).query(&mut stage.redis.connection()).unwrap();
    }
    stage.arm("steps");
    assert_eq!(worker.finish(&outcomes(&keys[..2])).await.unwrap(), keys[..1]);
    stage.arm("fail");
    let failures = [2, 3].map(|index: usize| Failure { key: keys[index].clone(), condition: None });
    assert_eq!(worker.fail(&failures).await.unwrap(), [keys[2].clone()]);
    assert!(!stage.proxy.pending());
    assert_eq!(stage.calm.counts().await.unwrap().running, 0);
}
