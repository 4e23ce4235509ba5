//! What the tests of this crate share: a network on a Redis of its own, guests, and an output that remembers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rush_network::{End, Heart, HeartSettings, Network, NetworkId, Registration, Settings, Worker, WorkerId};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, GuestContext, Limits, LogMessage, Output, Plugin, PreparedLoop, Stream,
};
use rush_test_redis::TestRedis;

/// A network on a Redis of its own, with a heart that beats for this process.
pub(crate) struct Fixture {
    pub(crate) network: Network,
    _heart: Heart,
    _redis: TestRedis,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        let redis = TestRedis::start();
        let id = NetworkId::parse("test").unwrap();
        let network = Network::connect(id, &Settings::new(redis.url())).await.unwrap();
        let heart = Heart::start(&network, HeartSettings::default()).await.unwrap();
        Self { network, _heart: heart, _redis: redis }
    }

    pub(crate) async fn worker(&self, id: &str) -> Worker {
        let id = Some(WorkerId::parse(id).unwrap());
        self.network.register(Registration { id, ..Registration::default() }).await.unwrap()
    }

    /// Runs a loop as a new worker, with a time limit for the test itself.
    pub(crate) async fn run(&self, prepared: &PreparedLoop, output: Arc<Remembered>) -> End {
        let worker = self.worker("w").await;
        let running = prepared.run(worker, GuestContext::new(42), output, None);
        tokio::time::timeout(Duration::from_secs(30), running).await.expect("the loop ends")
    }

    /// Runs a loop with these arguments as a worker of its own.
    pub(crate) async fn run_with(&self, prepared: &PreparedLoop, args: &str) -> (End, Arc<Remembered>) {
        let output = Remembered::new();
        let context = GuestContext { args: args.into(), ..GuestContext::new(42) };
        let worker = self.network.register(Registration::default()).await.unwrap();
        let running = prepared.run(worker, context, Arc::clone(&output) as _, None);
        let end = tokio::time::timeout(Duration::from_mins(1), running).await.expect("the loop ends");
        (end, output)
    }
}

/// Little memory, so that a test that wants more than it need not make much.
pub(crate) const FOUR_MIB: Limits = Limits { memory: 4 << 20, ..Limits::DEFAULT };

/// A component of `tests/guests`.
pub(crate) fn guest(name: &str) -> Plugin {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/target").join(name);
    let bytes = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests` first", path.display()));
    Plugin::worker_loop(name, bytes).unwrap()
}

/// A worker loop written as WAT.
pub(crate) fn wat(text: &str) -> Plugin {
    Plugin::worker_loop("test.wasm", wat::parse_str(text).unwrap()).unwrap()
}

/// A component around one core module that exports `run` and `memory`; `module` is what else is in it. `run` must return the address of a
/// `result`: a byte, and an address and a length if that is 1.
pub(crate) fn wat_module(module: &str) -> Plugin {
    wat(&format!(
        r#"(component
            (core module $module {module})
            (core instance $instance (instantiate $module))
            (func (export "run") (result (result (error string)))
                (canon lift (core func $instance "run") (memory (core memory $instance "memory")))))"#
    ))
}

pub(crate) fn prepare(plugin: &Plugin, limits: Limits) -> PreparedLoop {
    let engine = Engine::new(Capacity { workers: 4, needs: plugin.needs() }, Build::of(&limits)).unwrap();
    PreparedLoop::new(&engine, &Compiler::without_cache(), plugin, &limits.into()).unwrap()
}

/// A line of what the system tells about the memory of this process, in KiB.
pub(crate) fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|told| told.starts_with(line)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Remembers what a guest said.
#[derive(Default)]
pub(crate) struct Remembered {
    said: Mutex<Vec<String>>,
}

impl Remembered {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    fn say(&self, text: String) {
        self.said.lock().unwrap().push(text);
    }
}

impl Output for Remembered {
    fn line(&self, stream: Stream, line: &str) {
        let name = if stream == Stream::Stdout { "out" } else { "err" };
        self.say(format!("{name}: {line}"));
    }

    fn log(&self, message: LogMessage<'_>) {
        self.say(format!("{} {}: {}", message.level.as_str(), message.logger, message.message));
    }
}
