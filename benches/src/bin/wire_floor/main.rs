//! The reference of `loop` and `queue` for what Redis and a socket can do: the bytes that workers write, as plain commands that leave in one
//! piece for so many workers at once. Nothing is checked, no script runs, and answers are counted without being read.

mod wire;
mod worker;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use clap::Parser;
use rush_benches::{Failure, Result, SocketAddress};
use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

use crate::{
    wire::{Keys, Trip, Wire},
    worker::{POP_ANSWERS, Worker},
};

/// Writes what workers would; `loop` starts it. The URL of Redis is in `REDIS_URL`.
#[derive(Debug, Parser)]
struct Arguments {
    /// Network to write in
    #[arg(long)]
    network: String,
    /// So many workers' commands leave at once
    #[arg(long)]
    workers: usize,
    /// Finishes tasks and creates the next ones in one trip
    #[arg(long)]
    one_trip: bool,
    /// Pops and finishes what `queue` has put into the queue
    #[arg(long, conflicts_with = "one_trip")]
    queue: bool,
    #[arg(long, env = "REDIS_URL", hide = true)]
    url: SocketAddress,
}

/// Whether it is to end. It does so when no task is running, and nothing that it has sent is on its way.
static ASKED: AtomicBool = AtomicBool::new(false);

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    listen().map_err(Failure::system("listen to signals"))?;
    let mut wire = Wire::connect(&arguments.url).map_err(Failure::system("connect to Redis"))?;
    let work = match &arguments {
        Arguments { queue: true, .. } => queue,
        Arguments { one_trip: true, .. } => one_trip,
        _ => two_trips,
    };
    work(&arguments, &mut wire).map_err(Failure::system("write to Redis"))
}

/// Hears the signal on a thread of its own, which sleeps until then.
fn listen() -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut asked = runtime.block_on(async { signal(SignalKind::terminate()) })?;
    thread::spawn(move || {
        runtime.block_on(asked.recv());
        ASKED.store(true, Ordering::Relaxed);
    });
    Ok(())
}

fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// Push-running of all workers, then finish of all.
fn two_trips(arguments: &Arguments, wire: &mut Wire) -> std::io::Result<()> {
    let mut keys = Keys::new(arguments.workers);
    let (mut pushes, mut finishes) = transitions(arguments);
    while !asked() {
        keys.renew();
        wire.send(&mut pushes, &keys)?;
        wire.send(&mut finishes, &keys)?;
    }
    Ok(())
}

fn transitions(arguments: &Arguments) -> (Trip, Trip) {
    let (mut pushes, mut finishes) = (Trip::default(), Trip::default());
    for (task, worker) in workers(arguments).enumerate() {
        worker.push_running(&mut pushes, task);
        worker.finish(&mut finishes, task);
    }
    (pushes, finishes)
}

/// For each worker the finish of its task and the push of its next one.
fn one_trip(arguments: &Arguments, wire: &mut Wire) -> std::io::Result<()> {
    let count = arguments.workers;
    let mut keys = Keys::new(2 * count);
    let (mut pushes, mut finishes) = transitions(arguments);
    let mut steps = Trip::default();
    for (task, worker) in workers(arguments).enumerate() {
        worker.finish(&mut steps, task);
        worker.push_running(&mut steps, count + task);
    }
    keys.renew();
    // The first ones are those that were created before.
    wire.send(&mut pushes, &keys)?;
    while !asked() {
        keys.renew_from(count);
        wire.send(&mut steps, &keys)?;
        keys.0.copy_within(count.., 0);
    }
    wire.send(&mut finishes, &keys)
}

/// Pop of all workers, then finish of all. Which tasks come is known beforehand, so that popping is one trip as it is for workers.
fn queue(arguments: &Arguments, wire: &mut Wire) -> std::io::Result<()> {
    let mut keys = Keys::new(arguments.workers);
    let (mut pops, mut finishes) = pops_and_finishes(arguments);
    let queued = wire.length_of(&format!("{}:queued_tasks", arguments.network))?;
    let mut next = 0;
    while !asked() {
        if queued - next < keys.0.len() {
            // Nothing is left for all of them: whoever measures this sees that.
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        next = keys.follow(next);
        wire.send(&mut pops, &keys)?;
        wire.send(&mut finishes, &keys)?;
    }
    Ok(())
}

fn pops_and_finishes(arguments: &Arguments) -> (Trip, Trip) {
    let (mut pops, mut finishes) = (Trip::default(), Trip::default());
    for (task, worker) in workers(arguments).enumerate() {
        worker.pop(&mut pops, task);
        worker.finish(&mut finishes, task);
    }
    pops.length = Some(arguments.workers * POP_ANSWERS);
    (pops, finishes)
}

fn workers(arguments: &Arguments) -> impl Iterator<Item = Worker<'_>> {
    // Two processes of one turn are not the same workers.
    let process = std::process::id() << 16;
    (process..)
        .take(arguments.workers)
        .map(|number| Worker { network: &arguments.network, id: format!("unchecked_floor_{number:08x}") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use redis::{Connection, cmd};
    use rush_benches::{Server, fill_queued, task_key};
    use rush_network::{Network, NetworkId, Outcome, Registration, Settings, WorkerId, fields};

    use super::*;
    use crate::wire::KEY;

    /// What stands in Redis of one worker and its one task: how many there are in a list or a set, how many bytes in a field.
    fn written(
        connection: &mut Connection,
        network: &str,
        task: &str,
        worker: &str,
    ) -> BTreeMap<String, usize> {
        let mut written = BTreeMap::new();
        for (command, names) in [
            ("LLEN", ["all_tasks", "finished_tasks"]),
            ("SCARD", ["running_tasks", &format!("{worker}:running_tasks")]),
        ] {
            for name in names {
                let count = cmd(command).arg(format!("{network}:{name}")).query(connection).unwrap();
                written.insert(name.to_owned(), count);
            }
        }
        let fields: BTreeMap<String, Vec<u8>> = cmd("HGETALL").arg(task).query(connection).unwrap();
        written.extend(fields.into_iter().map(|(name, value)| (name, value.len())));
        let finished: Option<String> =
            cmd("HGET").arg(format!("{network}:{worker}")).arg("finished").query(connection).unwrap();
        written.insert("finished".into(), finished.map_or(0, |text| text.parse().unwrap()));
        written
    }

    #[test]
    fn it_writes_what_a_worker_writes() {
        let server = Server::start().unwrap();
        let mut redis = server.connection();
        let arguments = Arguments {
            network: "floor".into(),
            workers: 1,
            one_trip: false,
            queue: false,
            url: server.socket_address(),
        };
        let id = workers(&arguments).next().unwrap().id;
        let mut wire = Wire::connect(&arguments.url).unwrap();
        let mut keys = Keys::new(1);
        keys.renew();
        let key = String::from_utf8(keys.0[0].to_vec()).unwrap();
        let (mut pushes, mut finishes) = transitions(&arguments);
        wire.send(&mut pushes, &keys).unwrap();
        let mut floor = vec![written(&mut redis, "floor", &key, &id)];
        wire.send(&mut finishes, &keys).unwrap();
        floor.push(written(&mut redis, "floor", &key, &id));

        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let worker = runtime.block_on(async {
            let network = NetworkId::parse("worker").unwrap();
            let network = Network::connect(network, &Settings::new(server.url())).await.unwrap();
            let registration =
                Registration { id: Some(WorkerId::parse(&id).unwrap()), ..Registration::default() };
            let worker = network.register(registration).await.unwrap();
            let keys = worker.push_running(&[fields! { "x1" => 1.5, "x2" => 2.5 }.into()]).await.unwrap();
            let mut native = vec![written(&mut redis, "worker", keys[0].as_str(), &id)];
            worker.finish(&[Outcome::new(keys[0].clone(), fields! { "y" => 3.5 })]).await.unwrap();
            native.push(written(&mut redis, "worker", keys[0].as_str(), &id));
            native
        });
        assert_eq!(floor, worker);
    }

    #[test]
    fn it_pops_what_a_worker_pops() {
        let mut server = Server::start().unwrap();
        let mut redis = server.connection();
        let point = |_| fields! { "x1" => 1.5, "x2" => 2.5 };
        let arguments = Arguments {
            network: "floor".into(),
            workers: 1,
            one_trip: false,
            queue: true,
            url: server.socket_address(),
        };
        let id = workers(&arguments).next().unwrap().id;
        let mut wire = Wire::connect(&arguments.url).unwrap();
        let mut keys = Keys::new(1);
        fill_queued(&server, "floor", 1, point).unwrap();
        assert_eq!(keys.follow(0), 1);
        let (mut pops, mut finishes) = pops_and_finishes(&arguments);
        wire.send(&mut pops, &keys).unwrap();
        let mut floor = vec![written(&mut redis, "floor", &task_key(0), &id)];
        wire.send(&mut finishes, &keys).unwrap();
        floor.push(written(&mut redis, "floor", &task_key(0), &id));

        server.clear().unwrap();
        fill_queued(&server, "worker", 1, point).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let worker = runtime.block_on(async {
            let network = NetworkId::parse("worker").unwrap();
            let network = Network::connect(network, &Settings::new(server.url())).await.unwrap();
            let registration =
                Registration { id: Some(WorkerId::parse(&id).unwrap()), ..Registration::default() };
            let worker = network.register(registration).await.unwrap();
            let task = worker.pop(Duration::ZERO).await.unwrap().unwrap();
            let mut native = vec![written(&mut redis, "worker", task.key.as_str(), &id)];
            worker.finish(&[Outcome::new(task.key.clone(), fields! { "y" => 3.5 })]).await.unwrap();
            native.push(written(&mut redis, "worker", task.key.as_str(), &id));
            native
        });
        assert_eq!(floor, worker);
    }

    #[test]
    #[expect(clippy::naive_bytecount, reason = "a test")]
    fn no_key_comes_twice() {
        let mut keys = Keys::new(64);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            keys.renew();
            seen.extend(keys.0.iter().copied());
        }
        assert_eq!(seen.len(), 64_000);
        assert!(
            seen.iter().all(|key| key.len() == KEY && key.iter().filter(|byte| **byte == b'-').count() == 4)
        );
    }
}
