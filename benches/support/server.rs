//! The Redis of a bench, and what is read from it.

use std::{
    fmt,
    time::{Duration, Instant},
};

use redis::{Client, Connection, cmd, pipe};
use rush_test_redis::{Options, TestRedis};

use crate::{Delay, Result, SocketAddress, Spread, Transport};

/// A private `redis-server`, set up as `rush-host` does it: with an append-only file.
pub struct Server {
    redis: TestRedis,
    address: SocketAddress,
    connection: Connection,
}

/// How far a network is at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// When the answer was here.
    pub at: Instant,
    /// Finished tasks.
    pub finished: u64,
    /// What Redis has used of the processor since it was started.
    pub cpu: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("redis", &self.redis).finish_non_exhaustive()
    }
}

/// What a Redis has been asked until one moment.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// When the answer was here.
    pub at: Instant,
    /// Open connections, that of the bench included.
    pub connections: f64,
    /// Commands so far; those of scripts count, too.
    pub commands: f64,
    /// Seconds on the processor so far.
    pub cpu: f64,
}

/// So many PINGs make a median.
const PINGS: usize = 1_000;
const RESTED_PINGS: usize = 100;
/// The same through a proxy: each takes as long as that makes it.
const FAR_PINGS: usize = 100;

impl Server {
    /// Starts one on a Unix socket.
    pub fn start() -> Result<Self> {
        Self::start_on(Transport::Unix)
    }

    /// Starts one that is reached in this way.
    ///
    /// # Panics
    ///
    /// If there is no `redis-server`.
    pub fn start_on(transport: Transport) -> Result<Self> {
        let redis = TestRedis::start_with(Options { tcp: transport == Transport::Tcp, ..Options::default() });
        let address = redis.url().parse().expect("it has no password");
        let mut connection = redis.connection();
        // Nothing but what is measured: the file is written anew between the rounds, not in the middle of one.
        cmd("CONFIG").arg("SET").arg("auto-aof-rewrite-percentage").arg(0).exec(&mut connection)?;
        // As `rush-host` starts one.
        cmd("CONFIG").arg("SET").arg("hash-max-listpack-value").arg(512).exec(&mut connection)?;
        Ok(Self { redis, address, connection })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.redis.url()
    }

    /// The same for clients that speak to it themselves.
    pub fn socket_address(&self) -> SocketAddress {
        self.address.clone()
    }

    /// One more connection, for a reference that speaks to Redis itself.
    pub fn connection(&self) -> Connection {
        self.redis.connection()
    }

    /// Its version.
    pub fn version(&mut self) -> Result<String> {
        let info = self.info("server")?;
        Ok(line(&info, "redis_version").unwrap_or("unknown").to_owned())
    }

    /// Deletes everything, and waits until the append-only file is small again.
    pub fn clear(&mut self) -> Result<()> {
        cmd("FLUSHALL").arg("SYNC").exec(&mut self.connection)?;
        cmd("BGREWRITEAOF").exec(&mut self.connection)?;
        let rewriting = |info: &str| {
            ["aof_rewrite_in_progress", "aof_rewrite_scheduled"]
                .iter()
                .any(|name| line(info, name) == Some("1"))
        };
        while rewriting(&self.info("persistence")?) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// How long a round trip takes while nobody else asks, in microseconds.
    pub fn ping(&mut self) -> Result<f64> {
        pings(&mut self.connection, PINGS)
    }

    /// The same through a proxy.
    pub fn ping_through(&self, delay: &Delay) -> Result<f64> {
        pings(&mut Client::open(delay.url())?.get_connection()?, FAR_PINGS)
    }

    /// The same for one that comes after a millisecond of silence: with the time in which threads and Redis wake up.
    pub fn rested_ping(&mut self) -> Result<f64> {
        let mut trips = Vec::with_capacity(RESTED_PINGS);
        for _ in 0..RESTED_PINGS {
            std::thread::sleep(Duration::from_millis(1));
            let begun = Instant::now();
            cmd("PING").exec(&mut self.connection)?;
            trips.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        Ok(Spread::of(&trips).median)
    }

    /// What it has been asked so far, and by how many it can be.
    pub fn load(&mut self) -> Result<Load> {
        let info = self.info("everything")?;
        let number = |name| line(&info, name).and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN);
        Ok(Load {
            at: Instant::now(),
            connections: number("connected_clients"),
            commands: number("total_commands_processed"),
            cpu: number("used_cpu_user") + number("used_cpu_sys"),
        })
    }

    /// How far this network is.
    pub fn progress(&mut self, network: &str) -> Result<Progress> {
        let mut pipeline = pipe();
        pipeline.cmd("LLEN").arg(format!("{network}:finished_tasks")).cmd("INFO").arg("cpu");
        let (finished, info): (u64, String) = pipeline.query(&mut self.connection)?;
        let at = Instant::now();
        let seconds = |name| line(&info, name).and_then(|value| value.parse::<f64>().ok()).unwrap_or(0.0);
        let cpu = Duration::from_secs_f64(seconds("used_cpu_user") + seconds("used_cpu_sys"));
        Ok(Progress { at, finished, cpu })
    }

    /// How many workers of this network are running, and how many tasks are finished.
    pub fn running_and_finished(&mut self, network: &str) -> Result<(u64, u64)> {
        let mut pipeline = pipe();
        pipeline.cmd("SCARD").arg(format!("{network}:running_worker_ids"));
        pipeline.cmd("LLEN").arg(format!("{network}:finished_tasks"));
        Ok(pipeline.query(&mut self.connection)?)
    }

    /// How many tasks of this network are running.
    pub fn running_tasks(&mut self, network: &str) -> Result<u64> {
        Ok(cmd("SCARD").arg(format!("{network}:running_tasks")).query(&mut self.connection)?)
    }

    fn info(&mut self, section: &str) -> Result<String> {
        Ok(cmd("INFO").arg(section).query(&mut self.connection)?)
    }
}

/// The median of so many round trips, in microseconds.
fn pings(connection: &mut Connection, count: usize) -> Result<f64> {
    let mut trips = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        cmd("PING").exec(connection)?;
        trips.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(Spread::of(&trips).median)
}

fn line<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}
