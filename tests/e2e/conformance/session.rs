//! A worker of some language, and commands for it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rush_network::{
    Field, Fields, Heart, HeartSettings, Network, NetworkId, NewTask, Registration, Settings, State, Task,
    TaskKey, Worker, WorkerId, WorkerInfo, WorkerState,
};
use rush_tests::{Scene, eventually};
use tokio::runtime::Runtime;

use super::{Language, answer::Answer};

/// Longer than any command takes: 10,000 tasks, in the slowest language, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Beats are quick, so that waiting is; what is drawn is the same in every run; and the first worker of a language compiles its guests.
const TABLES: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10s\"\n\
                      [workers]\nseed = 42\nstart_timeout = \"10m\"\n";

/// The launcher of a bystander.
const BYSTANDER: &str = "nobody";

/// A worker that does nothing.
#[derive(Debug)]
pub(crate) struct Bystander {
    pub(crate) worker: Worker,
    _heart: Heart,
}

impl Bystander {
    pub(crate) fn id(&self) -> &str {
        self.worker.id().as_str()
    }
}

/// One worker that performs commands, in a network of its own.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) network: Network,
    runtime: Runtime,
    pub(crate) scene: Scene,
}

impl Session {
    /// A worker whose run file has nothing but its loop.
    pub(crate) fn start(language: &Language) -> Self {
        Self::start_with(language, "")
    }

    /// A worker whose run file has these tables, too, and an objective of the same language.
    pub(crate) fn start_with(language: &Language, tables: &str) -> Self {
        Self::start_in(Scene::with_redis(), language, tables)
    }

    /// The same, in a scene that has files already.
    pub(crate) fn start_in(scene: Scene, language: &Language, tables: &str) -> Self {
        // Always there, because a loop in Python or JavaScript imports all that its world offers.
        let objective = if tables.contains("[objective]") {
            tables.replace(
                "[objective]",
                &format!("[objective]\ncomponent = \"{}\"", language.objective.display()),
            )
        } else {
            format!("{tables}\n[objective]\ncomponent = \"{}\"", language.objective.display())
        };
        scene.run_file(&language.worker_loop, &format!("{TABLES}{objective}"));
        start(&scene, language);
        // With a thread of its own, so that a bystander's heart beats between two calls.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let id = NetworkId::parse("test").unwrap();
        let network = runtime.block_on(Network::connect(id, &Settings::new(scene.redis().url()))).unwrap();
        Self { network, runtime, scene }
    }

    /// Registers a worker that does nothing: what stands in its queue stays there.
    pub(crate) fn bystander(&self) -> Bystander {
        let heart = self.block_on(Heart::start(&self.network, HeartSettings::default()));
        let registration = Registration { launcher: BYSTANDER.to_owned(), ..Registration::default() };
        let worker = self.block_on(self.network.register(registration));
        Bystander { worker, _heart: heart }
    }

    /// Has a command performed while these tasks are queued behind it: what it pops is not taken for a command.
    #[track_caller]
    pub(crate) fn ask_then_push(
        &self,
        call: &str,
        operands: Fields,
        tasks: &[NewTask],
    ) -> (Answer, Vec<TaskKey>) {
        let command = self.command(call, operands);
        eventually("the command is performed", || {
            self.block_on(self.network.states(std::slice::from_ref(&command)))[0] != Some(State::Queued)
        });
        let keys = self.block_on(self.network.push(tasks, None));
        let task = self.wait_for(&command);
        (Answer(task.ys), keys)
    }

    /// Runs a future of the native client.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = rush_network::Result<T>>) -> T {
        self.runtime.block_on(future).unwrap()
    }

    /// Has a command performed that is not refused.
    #[track_caller]
    pub(crate) fn ask(&self, call: &str, operands: Fields) -> Answer {
        let answer = self.perform(call, operands);
        assert!(answer.find("error").is_none(), "`{call}` is refused: {answer}");
        answer
    }

    /// Has a command performed that is refused with this error: its message.
    #[track_caller]
    pub(crate) fn refused(&self, error: &str, call: &str, operands: Fields) -> String {
        let answer = self.perform(call, operands);
        assert_eq!(answer.find("error"), Some(&error.into()), "`{call}`: {answer}");
        answer.text("message")
    }

    /// Has a command performed.
    #[track_caller]
    pub(crate) fn perform(&self, call: &str, operands: Fields) -> Answer {
        let key = self.command(call, operands);
        let task = self.wait_for(&key);
        assert_eq!(task.state, State::Finished, "`{call}`: {:?}", task.condition);
        Answer(task.ys)
    }

    /// Queues a command.
    pub(crate) fn command(&self, call: &str, operands: Fields) -> TaskKey {
        let mut xs = vec![Field::new("call", call)];
        xs.extend(operands);
        let keys = self.block_on(self.network.push(&[NewTask { xs, extra: Fields::new() }], None));
        keys.into_iter().next().unwrap()
    }

    /// Waits until a task has ended.
    #[track_caller]
    pub(crate) fn wait_for(&self, key: &TaskKey) -> Task {
        let begun = Instant::now();
        loop {
            // Looked at first: a worker may end right after its last task.
            let is_alone = self.block_on(self.network.running_workers()).is_empty();
            let state = self.block_on(self.network.states(std::slice::from_ref(key)))[0];
            if matches!(state, Some(State::Finished | State::Failed)) {
                return self.task(key);
            }
            assert!(!is_alone && begun.elapsed() < PATIENCE, "no answer:\n{}", self.ends());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A task as the native client reads it.
    #[track_caller]
    pub(crate) fn task(&self, key: &TaskKey) -> Task {
        let found = self.block_on(self.network.tasks_by_key(std::slice::from_ref(key)));
        found.into_iter().next().flatten().unwrap_or_else(|| panic!("{key} is in no state"))
    }

    /// Tasks of these keys, as the native client reads them.
    #[track_caller]
    pub(crate) fn tasks(&self, keys: &[String]) -> Vec<Task> {
        keys.iter().map(|key| self.task(&self.network.parse_key(key).unwrap())).collect()
    }

    /// Takes all tasks away, commands included; the worker goes on.
    pub(crate) fn forget_tasks(&self) {
        self.block_on(self.network.reset_tasks());
    }

    /// The worker.
    pub(crate) fn worker(&self) -> WorkerInfo {
        let mut workers = self.block_on(self.network.workers());
        workers.retain(|worker| worker.launcher != BYSTANDER);
        assert_eq!(workers.len(), 1, "{workers:?}");
        workers.remove(0)
    }

    /// Waits until the worker has ended.
    #[track_caller]
    pub(crate) fn wait_for_end(&self) -> WorkerInfo {
        eventually("the worker ends", || self.worker().state != WorkerState::Running);
        self.worker()
    }

    /// The worker's id.
    pub(crate) fn worker_id(&self) -> WorkerId {
        self.worker().id
    }

    /// What is known about the worker, and what it said.
    fn ends(&self) -> String {
        let mut text = String::new();
        for WorkerInfo { id, state, end, .. } in self.block_on(self.network.workers()) {
            let _ = writeln!(text, "{id} is {}: {end:?}", state.as_str());
        }
        text + &std::fs::read_to_string(self.scene.path(".rush/test/workers.log")).unwrap_or_default()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // Nobody waits for a bystander, which hears nothing.
        for WorkerInfo { id, launcher, .. } in self.block_on(self.network.workers()) {
            if launcher == BYSTANDER {
                self.block_on(self.network.kill(&id));
            }
        }
        if self.worker().state == WorkerState::Running {
            self.scene.host("stop run.toml").ok();
        }
    }
}

/// Starts the worker. The first of a language compiles its guests, for which the others wait: else all would do the same work.
fn start(scene: &Scene, language: &Language) {
    static COMPILED: Mutex<BTreeMap<&str, Arc<Mutex<bool>>>> = Mutex::new(BTreeMap::new());
    let known = {
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(compiled.entry(language.name).or_default())
    };
    let mut is_compiled = known.lock().unwrap_or_else(PoisonError::into_inner);
    if *is_compiled {
        drop(is_compiled);
        scene.start("start run.toml").wait_at_most(PATIENCE).ok();
    } else {
        scene.start("start run.toml").wait_at_most(5 * PATIENCE).ok();
        *is_compiled = true;
    }
}
