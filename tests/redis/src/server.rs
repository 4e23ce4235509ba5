//! A real `redis-server` for one test.

use std::{
    io::{BufRead as _, BufReader},
    net::{SocketAddrV4, TcpListener},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The server lives as long as the standard input of its shell is open: so it also ends when the test program crashes.
const KEEPER: &str =
    r#"redis-server "$@" & echo "pid $!"; cat >/dev/null; kill -9 $! 2>/dev/null; wait $! 2>/dev/null"#;

/// How long a server may take to start; a load of the append-only file included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is different from a plain server on a Unix socket.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Also listen on a free port of the loopback device; the URL names it then.
    pub tcp: bool,
    /// What clients must say.
    pub password: Option<String>,
    /// `maxmemory`, in bytes.
    pub max_memory: Option<u64>,
    /// `maxmemory-policy`; `noeviction` if none is given.
    pub policy: Option<String>,
    /// `appendfsync always`. The default, once a second, puts writes off while the disk is busy, and answers all the same: a
    /// server that is killed then has forgotten the last of what it has said.
    pub durable: bool,
    /// A cluster of one node, on a port: it refuses scripts whose keys are not in one slot.
    pub cluster: bool,
    /// Runs on a machine of its own, where it listens on this port. The URL names its socket, since files are the same everywhere.
    pub elsewhere: Option<Elsewhere>,
}

/// A machine of another network.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// What stands before a command that is to run there.
    pub enter: Vec<String>,
    /// The address that others of that network know, and a port.
    pub address: SocketAddrV4,
}

/// A `redis-server` with an append-only file, in a folder of its own. Both are gone when it is dropped.
#[derive(Debug)]
pub struct TestRedis {
    folder: TempDir,
    options: Options,
    port: u16,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    keeper: Child,
    lifeline: Option<ChildStdin>,
    pid: Pid,
}

impl TestRedis {
    /// Starts a server on a Unix socket and waits until it answers.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// Starts a server and waits until it answers.
    pub fn start_with(options: Options) -> Self {
        let folder =
            tempfile::Builder::new().prefix("rush-redis-").tempdir().expect("a temporary folder can be made");
        let port = if options.tcp || options.cluster { free_port() } else { 0 };
        let mut redis = Self { folder, options, port, running: None };
        redis.launch();
        if redis.options.cluster {
            redis.take_all_slots();
        }
        redis
    }

    /// Where clients find it, password included.
    pub fn url(&self) -> String {
        self.url_with(self.options.password.as_deref())
    }

    /// Where clients find it, with a password of one's own choice.
    pub fn url_with(&self, password: Option<&str>) -> String {
        match (self.port, password) {
            (0, None) => format!("redis+unix://{}", self.socket().display()),
            (0, Some(password)) => format!("redis+unix://{}?pass={password}", self.socket().display()),
            (port, None) => format!("redis://127.0.0.1:{port}"),
            (port, Some(password)) => format!("redis://:{password}@127.0.0.1:{port}"),
        }
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// A connection past everything that is tested.
    pub fn connection(&self) -> redis::Connection {
        let client = redis::Client::open(self.url()).expect("the URL is one");
        client.get_connection().expect("the server answers")
    }

    /// Ends the server as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        drop(self.running.take());
    }

    /// Starts it again after [`kill`](Self::kill): same socket, same port, same data.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Stops the server for a while, without it noticing: it neither answers nor closes connections.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`pause`](Self::pause).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let running = self.running.as_ref().expect("the server was started");
        kill_process(running.pid, signal).expect("the server is a process of ours");
    }

    fn launch(&mut self) {
        let elsewhere = self.options.elsewhere.as_ref();
        let (bind, port) = match elsewhere {
            Some(Elsewhere { address, .. }) => (address.ip().to_string(), address.port()),
            None => ("127.0.0.1".into(), self.port),
        };
        let mut arguments: Vec<(&str, String)> = vec![
            ("--port", port.to_string()),
            ("--bind", bind),
            ("--protected-mode", if elsewhere.is_some() { "no" } else { "yes" }.into()),
            ("--unixsocket", self.socket().display().to_string()),
            ("--dir", self.folder.path().display().to_string()),
            ("--appendonly", "yes".into()),
            ("--appendfsync", if self.options.durable { "always" } else { "everysec" }.into()),
            ("--save", String::new()),
            ("--daemonize", "no".into()),
            ("--maxmemory-policy", self.options.policy.clone().unwrap_or_else(|| "noeviction".into())),
        ];
        arguments.extend(self.options.password.clone().map(|password| ("--requirepass", password)));
        arguments.extend(self.options.max_memory.map(|bytes| ("--maxmemory", bytes.to_string())));
        if self.options.cluster {
            arguments.push(("--cluster-enabled", "yes".into()));
            arguments.push(("--cluster-port", free_port().to_string()));
        }
        let words = elsewhere.map_or_else(Vec::new, |elsewhere| elsewhere.enter.clone());
        let mut words = words.into_iter().chain(["sh".to_owned()]);
        let mut keeper = Command::new(words.next().expect("there is a shell at least"))
            .args(words)
            .args(["-c", KEEPER, "redis-keeper"])
            .args(arguments.into_iter().flat_map(|(name, value)| [name.to_owned(), value]))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a shell can be started");
        let lifeline = keeper.stdin.take();
        let mut lines = BufReader::new(keeper.stdout.take().expect("its output is piped")).lines();
        let mut log = Vec::new();
        let (mut pid, mut ready) = (None, false);
        // The shell and its child write to one pipe: either can be first.
        while pid.is_none() || !ready {
            let Some(Ok(line)) = lines.next() else {
                panic!("redis-server did not start; is it installed? It said:\n{}", log.join("\n"));
            };
            pid = pid.or_else(|| line.strip_prefix("pid ")?.parse().ok().and_then(Pid::from_raw));
            ready |= line.contains("eady to accept connections");
            log.push(line);
        }
        // Whatever it says later is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let pid = pid.expect("the loop ends when it is known");
        self.running = Some(Running { keeper, lifeline, pid });
        self.wait_until_it_answers();
    }

    fn take_all_slots(&self) {
        let mut connection = self.connection();
        let add = redis::cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(0).arg(16383).exec(&mut connection);
        add.expect("a new node has no slots");
        // The node becomes whole with its next tick, of which nobody is told.
        let is_whole = |connection: &mut redis::Connection| {
            let info: String = redis::cmd("CLUSTER").arg("INFO").query(connection).expect("it is a cluster");
            info.contains("cluster_state:ok")
        };
        let begun = Instant::now();
        while !is_whole(&mut connection) {
            assert!(begun.elapsed() < PATIENCE, "the cluster does not become whole");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn wait_until_it_answers(&self) {
        let client = redis::Client::open(self.url()).expect("the URL is one");
        let begun = Instant::now();
        loop {
            let answer =
                client.get_connection().and_then(|mut connection| redis::cmd("PING").exec(&mut connection));
            match answer {
                Ok(()) => return,
                Err(error) if begun.elapsed() > PATIENCE => panic!("redis-server does not answer: {error}"),
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A stopped server cannot be waited for by its shell's `kill -9`, which works on it all the same.
        drop(self.lifeline.take());
        let _ = self.keeper.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback device has free ports");
    listener.local_addr().expect("it is bound").port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_was_told_survives_a_kill() {
        let mut redis = TestRedis::start_with(Options { durable: true, ..Options::default() });
        redis::cmd("SET").arg("a").arg(1).exec(&mut redis.connection()).unwrap();
        redis.kill();
        assert!(redis::Client::open(redis.url()).unwrap().get_connection().is_err());
        redis.restart();
        let value: u32 = redis::cmd("GET").arg("a").query(&mut redis.connection()).unwrap();
        assert_eq!(value, 1);
    }

    #[test]
    fn a_port_and_a_password() {
        let options = Options { tcp: true, password: Some("secret".into()), ..Options::default() };
        let redis = TestRedis::start_with(options);
        assert!(redis.url().starts_with("redis://:secret@127.0.0.1:"));
        let nobody = redis::Client::open(redis.url_with(None)).unwrap();
        assert!(redis::cmd("GET").arg("a").exec(&mut nobody.get_connection().unwrap()).is_err());
    }
}
