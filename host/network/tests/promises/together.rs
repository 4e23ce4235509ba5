//! Calls of several workers of one process, which go to Redis together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use rush_network::{Counts, End, Error, Failure, Network, Outcome, State, TaskKey, Worker};
use rush_test_redis::{Fault, Proxy, Snapshot};
use tokio::task::JoinSet;

use crate::fixture::{Fixture, NETWORK, behind, connect, named, new_tasks, patient, soon, until, ys};

fn outcomes(keys: &[TaskKey]) -> Vec<Outcome> {
    keys.iter().map(|key| Outcome::new(key.clone(), ys(1))).collect()
}

async fn workers(net: &Fixture, number: usize) -> Vec<Worker> {
    join_all((0..number).map(|_| net.worker())).await
}

async fn push_one_each(workers: &[Worker]) -> Vec<Vec<TaskKey>> {
    let one = new_tasks(1);
    let pushed = join_all(workers.iter().map(|worker| worker.push_running(&one))).await;
    pushed.into_iter().map(Result::unwrap).collect()
}

/// How often Redis was asked to carry out a script.
fn script_calls(net: &Fixture) -> usize {
    let stats: String = net.raw("INFO commandstats");
    let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn what_comes_at_the_same_moment_is_one_call() {
    let net = Fixture::new().await;
    let workers = workers(&net, 20).await;
    push_one_each(&workers).await;
    let before = script_calls(&net);
    push_one_each(&workers).await;
    assert_eq!(script_calls(&net), before + 1);
    net.check();
}

#[tokio::test]
async fn a_worker_whose_record_is_damaged_keeps_nobody_s_task_from_being_finished() {
    let net = Fixture::new().await;
    let workers = workers(&net, 4).await;
    let keys = push_one_each(&workers).await;
    let _: () = net.raw(&format!("HSET {NETWORK}:{} finished none", workers[2].id()));
    let done: Vec<_> = keys.iter().map(|keys| outcomes(keys)).collect();
    let finished = join_all(workers.iter().zip(&done).map(|(worker, done)| worker.finish(done))).await;
    for (at, refused) in finished.iter().enumerate().filter(|(at, _)| *at != 2) {
        assert!(refused.as_ref().is_ok_and(Vec::is_empty), "worker {at}: {refused:?}");
    }
    let counts = net.network.counts().await.unwrap();
    assert_eq!(counts, Counts { finished: 4, ..Counts::default() }, "none is stranded");
}

#[tokio::test]
async fn a_worker_whose_queue_is_damaged_keeps_nobody_s_popped_task() {
    let net = Fixture::new().await;
    let workers = workers(&net, 4).await;
    net.network.push(&new_tasks(4), None).await.unwrap();
    let damaged = format!("{NETWORK}:{}:queued_tasks", workers[2].id());
    let _: () = net.raw(&format!("SET {damaged} none"));
    let popped = join_all(workers.iter().map(|worker| worker.pop(Duration::ZERO))).await;
    assert!(matches!(popped[2], Err(Error::Redis(_))), "{:?}", popped[2]);
    let _: () = net.raw(&format!("DEL {damaged}"));
    assert_eq!(net.check().counts(), [1, 3, 0, 0]);
    for (worker, task) in workers.iter().zip(popped).filter(|(_, task)| task.is_ok()) {
        let key = task.unwrap().unwrap().key;
        assert!(worker.finish(&outcomes(&[key])).await.unwrap().is_empty(), "it was this worker's");
    }
    assert_eq!(net.check().counts(), [1, 0, 3, 0]);
}

#[tokio::test]
async fn a_pop_that_cannot_be_carried_out_leaves_the_task_in_its_queue() {
    let net = Fixture::new().await;
    let workers = workers(&net, 2).await;
    let keys = net.network.push(&new_tasks(1), None).await.unwrap();
    let damaged = format!("{NETWORK}:{}:running_tasks", workers[0].id());
    let _: () = net.raw(&format!("SET {damaged} none"));
    assert!(matches!(workers[0].pop(Duration::ZERO).await, Err(Error::Redis(_))));
    let _: () = net.raw(&format!("DEL {damaged}"));
    assert_eq!(workers[1].pop(Duration::ZERO).await.unwrap().unwrap().key, keys[0]);
    net.check();
}

/// What waits for a Redis that refuses for a while must not keep back who comes later, and whom it would answer.
#[tokio::test]
async fn calls_that_wait_for_redis_hold_up_no_others() {
    let net = Fixture::new().await;
    let workers = workers(&net, 10).await;
    let keys = push_one_each(&workers).await;
    let done: Vec<_> = keys.iter().map(|keys| outcomes(keys)).collect();
    assert!(workers[9].finish(&done[9]).await.unwrap().is_empty());
    let _: () = net.raw("CONFIG SET min-replicas-to-write 1");
    let mut waiting = JoinSet::new();
    for (worker, done) in workers.iter().zip(&done).take(9) {
        let (worker, done, before) = (worker.clone(), done.clone(), script_calls(&net));
        waiting.spawn(async move { worker.finish(&done).await });
        until(async || script_calls(&net) > before).await;
    }
    let again = soon(workers[9].finish(&done[9])).await;
    assert!(again.unwrap().is_empty(), "nothing has to be written for it");
    assert_eq!(waiting.len(), 9);
    let _: () = net.raw("CONFIG SET min-replicas-to-write 0");
    while let Some(finished) = soon(waiting.join_next()).await {
        assert!(finished.unwrap().unwrap().is_empty());
    }
    assert_eq!(net.check().counts(), [0, 0, 10, 0]);
}

/// Who brings calls to Redis lives in the runtime of whoever asked first.
#[tokio::test]
async fn nobody_waits_for_ever_when_another_runtime_of_the_process_ends() {
    let net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let network = behind(&proxy).await;
    let workers = join_all((0..9).map(|_| network.register(patient()))).await;
    let workers: Vec<Worker> = workers.into_iter().map(Result::unwrap).collect();
    push_one_each(&workers).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    proxy.once(Fault::LoseReply, move |request| {
        let calls = request.windows(7).filter(|window| window == b"EVALSHA").count();
        seen.fetch_add(calls, Ordering::Relaxed);
        false
    });
    let _: () = net.raw("CLIENT PAUSE 100000 WRITE");
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for (at, worker) in workers[..8].iter().enumerate() {
        let worker = worker.clone();
        other.spawn(async move { worker.push_running(&new_tasks(1)).await });
        // Each goes by itself, until there are enough on their way.
        until(async || asked.load(Ordering::Relaxed) > at || at >= 3).await;
    }
    let mut last = tokio::spawn({
        let worker = workers[8].clone();
        async move { worker.push_running(&new_tasks(1)).await }
    });
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut last).await.is_err(), "Redis is paused");
    other.shutdown_background();
    let _: () = net.raw("CLIENT UNPAUSE");
    let answer = soon(last).await.unwrap();
    assert!(matches!(answer, Ok(_) | Err(Error::Unavailable { .. })), "{answer:?}");
    net.check();
}

/// The same steps, at random, on one network as they come, and on another with one more that is always refused: then each is taken by
/// itself. Tasks are named by the order in which they were created.
#[tokio::test]
async fn steps_that_are_taken_one_by_one_do_what_they_do_together() {
    const WORKERS: usize = 5;
    const ROUNDS: usize = 60;
    let net = Fixture::new().await;
    let networks = [connect(&net.redis, "together").await, connect(&net.redis, "apart").await];
    for seed in 0..4 {
        let mut seen = Vec::new();
        for (apart, network) in networks.iter().enumerate() {
            network.reset().await.unwrap();
            network.set_budget((seed % 2 == 1).then_some(150));
            let mut random = SmallRng::seed_from_u64(seed);
            let workers = join_all((0..WORKERS).map(|at| network.register(named(&format!("w{at}"))))).await;
            let workers: Vec<Worker> = workers.into_iter().map(Result::unwrap).collect();
            let refused = network.register(named("refused")).await.unwrap();
            network.kill(refused.id()).await.unwrap();
            let mut own: Vec<Vec<TaskKey>> = vec![Vec::new(); WORKERS];
            let mut story = Vec::new();
            for _ in 0..ROUNDS {
                let plan: Vec<(usize, usize, bool)> = (0..WORKERS)
                    .map(|_| (random.random_range(0..3), random.random_range(0..3), random.random_bool(0.1)))
                    .collect();
                let steps = workers.iter().zip(&mut own).zip(&plan).map(
                    |((worker, own), (ends, creates, fails))| async move {
                        let rest = own.split_off(own.len().min(*ends));
                        let ended = std::mem::replace(own, rest);
                        if let (true, Some(key)) = (*fails, ended.first()) {
                            let failure = Failure { key: key.clone(), condition: None };
                            worker.fail(&[failure]).await.unwrap();
                        }
                        let tasks = new_tasks(*creates);
                        let answer = worker.finish_and_push_running(&outcomes(&ended), &tasks).await;
                        let created = answer.unwrap();
                        own.extend(created.iter().cloned());
                        created.len()
                    },
                );
                let nothing = new_tasks(1);
                let spoil = async {
                    if apart == 1 {
                        drop(refused.push_running(&nothing).await);
                    }
                };
                story.push(tokio::join!(spoil, join_all(steps)).1);
            }
            let snapshot = Snapshot::check(&mut net.redis.connection(), network.id().as_str());
            let counted: Vec<_> = snapshot.workers().into_values().map(|worker| worker.counted).collect();
            seen.push((snapshot.counts(), counted, story));
        }
        assert_eq!(seen[0], seen[1], "seed {seed}");
    }
}

/// What one worker does at random, until all is over; when it was killed it comes again under the same id. Some calls are dropped on their
/// way. `done` counts the tasks that it has finished for certain.
async fn chaos(network: Network, name: String, seed: u64, over: Arc<AtomicBool>, done: Arc<AtomicUsize>) {
    let mut random = SmallRng::seed_from_u64(seed);
    'lives: while !over.load(Ordering::Relaxed) {
        let Ok(worker) = network.register(named(&name)).await else { continue };
        let mut own: Vec<TaskKey> = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let finished = outcomes(&own);
            let next = new_tasks(random.random_range(1..3));
            let choice = random.random_range(0..4);
            let step = async {
                match choice {
                    0 => worker.pop(Duration::ZERO).await.map(|task| own.extend(task.map(|task| task.key))),
                    1 => worker.push_running(&next).await.map(|keys| own.extend(keys)),
                    2 => {
                        let refused = worker.finish(&finished).await?;
                        done.fetch_add(finished.len() - refused.len(), Ordering::Relaxed);
                        own.clear();
                        Ok(())
                    }
                    _ => {
                        let keys = worker.finish_and_push_running(&finished, &next).await?;
                        own = keys;
                        Ok(())
                    }
                }
            };
            let given_up = random.random_bool(0.05);
            let patience = async {
                for _ in 0..random.random_range(0..20) {
                    tokio::task::yield_now().await;
                }
                if !given_up {
                    std::future::pending::<()>().await;
                }
            };
            let answer = tokio::select! {
                biased;
                answer = step => answer,
                () = patience => Ok(()),
            };
            match answer {
                Ok(()) => {}
                Err(Error::LostOwnership { .. }) => continue 'lives,
                Err(Error::StorageFull { .. } | Error::BudgetExhausted { .. }) => {
                    tokio::task::yield_now().await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        drop(worker.end(&End::returned()).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_calls_that_go_together_each_task_is_in_one_state() {
    const WORKERS: u64 = 12;
    const EXACTLY: usize = 3000;
    let net = Fixture::new().await;
    let proxy = Proxy::start(net.redis.socket());
    let network = behind(&proxy).await;
    network.set_budget(Some(EXACTLY as u64));
    net.network.push(&new_tasks(200), None).await.unwrap();
    let (over, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut running = JoinSet::new();
    for number in 0..WORKERS {
        let (network, over, done) = (network.clone(), Arc::clone(&over), Arc::clone(&done));
        running.spawn(chaos(network, format!("w{number}"), number, over, done));
    }
    for round in 0..24 {
        let before = net.network.counts().await.unwrap().finished;
        until(async || {
            let counts = net.network.counts().await.unwrap();
            let full = counts.queued + counts.running + counts.finished == EXACTLY as u64;
            full || counts.finished >= before + 40
        })
        .await;
        match round % 3 {
            0 => proxy.cut(),
            1 => {
                let _: () = net.raw("CONFIG SET maxmemory 1");
                proxy.cut();
                net.check();
                let _: () = net.raw("CONFIG SET maxmemory 0");
            }
            _ => {
                for worker in net.network.running_workers().await.unwrap().iter().take(3) {
                    net.network.kill(worker).await.unwrap();
                }
            }
        }
        let [queued, running, finished, _] = net.check().counts();
        assert!(queued + running + finished <= EXACTLY, "{queued} + {running} + {finished}");
    }
    over.store(true, Ordering::Relaxed);
    while let Some(ended) = soon(running.join_next()).await {
        ended.unwrap();
    }
    let [queued, running, finished, _] = net.check().counts();
    assert_eq!(running, 0, "whatever became of the calls, the tasks belong to somebody, who has ended");
    assert!(queued + finished <= EXACTLY);
    assert!(finished >= done.load(Ordering::Relaxed), "what was said to be finished is");
    let named = net.network.task_keys(&[State::Finished]).await.unwrap().remove(0).1;
    assert_eq!(named.len(), finished);
}
