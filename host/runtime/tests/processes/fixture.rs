//! What the tests of this program share: objectives in processes, and events of processes that tests wait for.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use rush_network::{Condition, Fields, Value, field, fields};
use rush_runtime::{
    Build, Capacity, CodeCache, Compiler, Engine, Evaluator, EvaluatorProgram, GuestContext, InstancePolicy,
    Limits, LogMessage, Output, Plugin, PreparedObjective, Settings, Stream,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// Nothing that a test waits for takes longer, on the slowest machine.
const LONG: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

pub(crate) fn in_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Where components are compiled once for all tests.
pub(crate) static CODE: OnceLock<PathBuf> = OnceLock::new();

pub(crate) struct Objective(PreparedObjective);

impl Objective {
    /// A guest of `tests/guests`.
    pub(crate) fn new(guest: &str, limits: Limits) -> Self {
        Self::with(guest, &limits.into(), |build| build, program("role:evaluator"))
    }

    pub(crate) fn with(
        guest: &str,
        settings: &Settings,
        build: impl FnOnce(Build) -> Build,
        program: EvaluatorProgram,
    ) -> Self {
        Self::prepare(guest, settings, |own| build(own.uninterruptible()), Some(program))
    }

    /// The same guest in this process.
    pub(crate) fn in_instances(guest: &str, settings: &Settings, build: impl FnOnce(Build) -> Build) -> Self {
        Self::prepare(guest, settings, build, None)
    }

    fn prepare(
        guest: &str,
        settings: &Settings,
        build: impl FnOnce(Build) -> Build,
        program: Option<EvaluatorProgram>,
    ) -> Self {
        let name = format!("{guest}.wasm");
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/target").join(&name);
        let bytes = fs::read(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests` first", path.display()));
        let plugin = Plugin::objective(name, bytes).unwrap();
        let build = build(Build::of(&settings.limits));
        let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, build).unwrap();
        let compiler = match CODE.get() {
            Some(folder) => Compiler::with_cache(CodeCache::open(folder).unwrap()),
            None => Compiler::without_cache(),
        };
        let policy = InstancePolicy::default();
        let prepared = match program {
            Some(program) => {
                PreparedObjective::in_processes(&engine, &compiler, &plugin, settings, policy, program)
            }
            None => PreparedObjective::new(&engine, &compiler, &plugin, settings, policy),
        };
        Self(prepared.unwrap())
    }

    pub(crate) fn evaluator(&self, output: &Arc<impl Output>) -> Evaluator {
        self.0.evaluator(GuestContext::new(42), Arc::clone(output) as _)
    }
}

/// This program in a role.
pub(crate) fn program(role: &str) -> EvaluatorProgram {
    EvaluatorProgram { program: std::env::current_exe().unwrap(), arguments: vec![role.into()] }
}

pub(crate) fn x(value: f64) -> Fields {
    fields! { "x" => value }
}

/// That another evaluation goes well.
pub(crate) async fn goes_on(evaluator: &mut Evaluator) {
    assert_eq!(evaluator.evaluate(x(3.0)).await, Ok(fields! { "y" => 3.0 }));
}

pub(crate) fn backtrace(condition: &Condition) -> &[String] {
    match field(&condition.details, "backtrace") {
        Some(Value::Texts(lines)) => lines,
        other => panic!("no backtrace but {other:?}"),
    }
}

/// The children of the calling thread's process, of this test alone if it is the only one that starts any.
pub(crate) fn children() -> Vec<i32> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let of = |task: PathBuf| fs::read_to_string(task.join("children")).unwrap_or_default();
    let all: String = tasks.map(|task| of(task.unwrap().path())).collect();
    all.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// The children that this thread started.
pub(crate) fn my_children() -> Vec<i32> {
    let all = fs::read_to_string("/proc/thread-self/children").unwrap();
    all.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// A process, seen through a descriptor, so never mistaken for another.
pub(crate) struct Watched {
    pub(crate) pid: Pid,
    descriptor: rustix::fd::OwnedFd,
}

impl Watched {
    pub(crate) fn new(pid: i32) -> Self {
        let pid = Pid::from_raw(pid).unwrap();
        Self { pid, descriptor: pidfd_open(pid, PidfdFlags::empty()).unwrap() }
    }

    /// The only child of this thread.
    pub(crate) fn my_child() -> Self {
        // Of an earlier test on this thread one may be left that nobody has waited for yet.
        let is_dead = |pid: i32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
        };
        let mut children = my_children();
        children.retain(|pid| !is_dead(*pid));
        assert_eq!(children.len(), 1, "{children:?}");
        Self::new(children[0])
    }

    pub(crate) fn wait_gone(&self) {
        let mut descriptors = [PollFd::new(&self.descriptor, PollFlags::IN)];
        assert!(poll(&mut descriptors, Some(&LONG)).unwrap() > 0, "process {} is still there", self.pid);
    }

    pub(crate) fn kill(&self) {
        kill_process(self.pid, Signal::KILL).unwrap();
    }

    /// Waits until it has used as much of the processor as only a guest that computes does.
    pub(crate) async fn computes(&self) {
        let spent = || {
            let text = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
            text.rsplit_once(") ").unwrap().1.split(' ').nth(11).unwrap().parse::<u64>().unwrap()
        };
        let before = spent();
        while spent() < before + 5 {
            tokio::task::yield_now().await;
        }
    }

    /// A line of what the system tells about its memory, in KiB.
    pub(crate) fn memory(&self, line: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let line = status.lines().find(|told| told.starts_with(line)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
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
}

impl Output for Remembered {
    fn line(&self, stream: Stream, line: &str) {
        self.said.lock().unwrap().push(format!("{stream:?}: {line}"));
    }

    fn log(&self, message: LogMessage<'_>) {
        let LogMessage { level, logger, message } = message;
        self.said.lock().unwrap().push(format!("{} {logger}: {message}", level.as_str()));
    }

    fn wants_core_dump(&self) -> bool {
        true
    }

    fn core_dump(&self, dump: &[u8]) -> Option<String> {
        assert!(dump.starts_with(b"\0asm"));
        Some(format!("dump of {} bytes", dump.len()))
    }
}
