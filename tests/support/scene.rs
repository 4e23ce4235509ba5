//! A world of its own for one test.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rush_network::{Network, NetworkId, Settings, TaskKey, WorkerId, fields};
use rush_test_redis::{Options, Snapshot, TestRedis};
use tempfile::TempDir;

use crate::{
    artifacts,
    deadline::{PATIENCE, eventually, eventually_some},
    process::Process,
    running::Running,
    said::Said,
};

/// The network of all run files that a scene writes.
const NETWORK: &str = "test";
/// Every process of a scene has this in its environment, which is how it is found.
const MARK: &str = "RUSH_TEST_SCENE";

/// A temporary folder with run files, an environment that nothing leaks into, and perhaps a Redis.
#[derive(Debug)]
pub struct Scene {
    folder: TempDir,
    environment: Vec<(OsString, OsString)>,
    redis: Option<TestRedis>,
}

impl Scene {
    /// A scene without a Redis: runs in it get a private one.
    pub fn new() -> Self {
        let folder =
            tempfile::Builder::new().prefix("rush-e2e-").tempdir().expect("a temporary folder can be made");
        let mut scene = Self { folder, environment: Vec::new(), redis: None };
        for (name, sub) in [("XDG_RUNTIME_DIR", "run"), ("HOME", "home")] {
            let path = scene.path(sub);
            fs::create_dir(&path).expect("the folder is new");
            scene.set(name, path);
        }
        scene.set(MARK, scene.folder.path().to_owned());
        scene.set("RUSH_CACHE_DIR", artifacts::cache());
        scene.set("PATH", std::env::var_os("PATH").unwrap_or_default());
        scene
    }

    /// A scene with a Redis that `REDIS_URL` names.
    pub fn with_redis() -> Self {
        Self::with_redis_that(Options::default())
    }

    /// A scene with a Redis of some kind that `REDIS_URL` names.
    pub fn with_redis_that(options: Options) -> Self {
        let mut scene = Self::new();
        let redis = TestRedis::start_with(options);
        scene.set("REDIS_URL", redis.url());
        scene.redis = Some(redis);
        scene
    }

    /// The Redis that `REDIS_URL` names.
    pub fn redis(&self) -> &TestRedis {
        self.redis.as_ref().expect("the scene was made with a Redis")
    }

    /// The same, to be killed and started again.
    pub fn redis_mut(&mut self) -> &mut TestRedis {
        self.redis.as_mut().expect("the scene was made with a Redis")
    }

    /// Sets a variable for what is started from now on.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        let name = name.into();
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.into()));
    }

    /// A path in the scene's folder.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file into the scene's folder.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(relative), content).expect("the scene can be written to");
    }

    /// Reads a file of the scene's folder.
    pub fn read(&self, relative: impl AsRef<Path>) -> String {
        let path = self.path(relative);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes `run.toml`: this component in the network `test`, and whatever tables follow. Beats are quick, so that tests
    /// need not wait for them. Random search gets an objective, unless the tables have one.
    pub fn run_file(&self, component: impl AsRef<Path>, tables: &str) {
        let heartbeat = if tables.contains("[heartbeat]") {
            ""
        } else {
            "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10s\"\n"
        };
        let component = component.as_ref();
        let is_search = component.file_stem() == Some(OsStr::new("random_search"));
        let objective = if is_search && !tables.contains("[objective]") {
            format!("[objective]\ncomponent = \"{}\"\n", artifacts::plugin("branin").display())
        } else {
            String::new()
        };
        let component = component.display();
        let text = format!(
            "network = \"{NETWORK}\"\n{heartbeat}[loop]\ncomponent = \"{component}\"\n{tables}\n{objective}"
        );
        self.write("run.toml", text);
    }

    /// Writes `run.toml`: a run file of `runs/` as it stands, but for the place of its plugins. Its data come along.
    pub fn shipped(&self, name: &str) {
        self.shipped_as(name, "run.toml");
    }

    /// The same under another name.
    pub fn shipped_as(&self, name: &str, to: &str) {
        const PLUGINS: &str = "../plugins/target/";
        const WASM: &str = ".wasm";
        let runs = artifacts::repository().join("runs");
        let mut text = fs::read_to_string(runs.join(name)).expect("it is shipped");
        while let Some(start) = text.find(PLUGINS) {
            let end = start + text[start..].find(WASM).expect("a plugin is a component");
            let path = artifacts::plugin(&text[start + PLUGINS.len()..end]).display().to_string();
            text.replace_range(start..end + WASM.len(), &path);
        }
        self.write(to, text);
        fs::create_dir_all(self.path("data")).expect("the scene can be written to");
        for file in fs::read_dir(runs.join("data")).expect("data are shipped") {
            let file = file.expect("the folder can be read");
            fs::copy(file.path(), self.path("data").join(file.file_name())).expect("a file can be copied");
        }
    }

    /// Runs `rush-host` with these words until its end.
    #[track_caller]
    pub fn host(&self, words: &str) -> Said {
        self.start(words).wait()
    }

    /// Runs `rush-host` with these words and this standard input until its end.
    #[track_caller]
    pub fn host_fed(&self, words: &str, input: impl AsRef<[u8]>) -> Said {
        self.write("standard-input", input);
        let file = fs::File::open(self.path("standard-input")).expect("it was just written");
        self.start_fed(words, file.into()).wait()
    }

    /// Starts `rush-host` with these words.
    pub fn start(&self, words: &str) -> Running {
        self.start_fed(words, Stdio::null())
    }

    /// Starts an example of a crate of the host with these words.
    pub fn example(&self, name: &str, words: &str) -> Running {
        let mut command = Command::new(artifacts::example(name));
        command.args(words.split_whitespace());
        self.begin(format!("{name} {words}"), command, Stdio::null())
    }

    /// Starts a line with a real shell, as somebody would on any machine.
    pub fn shell(&self, line: &str) -> Running {
        let mut command = Command::new("sh");
        command.arg("-c").arg(line);
        self.begin(format!("sh -c '{line}'"), command, Stdio::null())
    }

    fn start_fed(&self, words: &str, input: Stdio) -> Running {
        let mut command = Command::new(artifacts::host());
        command.args(words.split_whitespace());
        self.begin(format!("rush-host {words}"), command, input)
    }

    /// What a process needs to be found by this scene, and to find compiled code, if it does not inherit the rest.
    pub(crate) fn marks(&self) -> Vec<String> {
        let needed = |name: &OsString| name == MARK || name == "RUSH_CACHE_DIR";
        let marks = self.environment.iter().filter(|(name, _)| needed(name));
        marks.map(|(name, value)| format!("{}={}", name.display(), value.display())).collect()
    }

    /// Starts a program in the scene's folder and environment.
    pub(crate) fn begin(&self, name: String, mut command: Command, input: Stdio) -> Running {
        command.current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let child = command.spawn().expect("the program can be started");
        Running::new(name, child)
    }

    /// All living processes of this scene.
    pub fn processes(&self) -> Vec<Process> {
        Process::of_scene(self.folder.path())
    }

    /// The living host processes of this scene; waits until there are so many, and each is known by its workers.
    #[track_caller]
    pub fn host_processes(&self, count: usize) -> Vec<Process> {
        eventually_some(&format!("{count} host processes run"), || {
            let hosts: Vec<Process> = self.processes().into_iter().filter(Process::is_host).collect();
            (hosts.len() == count).then_some(hosts)
        })
    }

    /// Everything that the network has in the scene's Redis, which must be whole.
    #[track_caller]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::check(&mut self.redis().connection(), NETWORK)
    }

    /// Waits until queued, running, finished and failed tasks are so many.
    #[track_caller]
    pub fn wait_for_counts(&self, what: &str, fit: impl Fn([usize; 4]) -> bool) -> Snapshot {
        eventually_some(what, || Some(self.snapshot()).filter(|snapshot| fit(snapshot.counts())))
    }

    /// Waits until so many workers are running.
    #[track_caller]
    pub fn wait_for_running_workers(&self, count: usize) -> Snapshot {
        eventually_some(&format!("{count} workers are running"), || {
            let snapshot = self.snapshot();
            let running = snapshot.workers().values().filter(|worker| worker.state == "running").count();
            (running == count).then_some(snapshot)
        })
    }

    /// Queues tasks with these `x` for any worker.
    pub fn push(&self, xs: impl IntoIterator<Item = f64>) -> Vec<TaskKey> {
        self.push_for(None, xs)
    }

    /// Queues tasks with these `x` for one worker.
    pub fn push_to(&self, worker: &str, xs: impl IntoIterator<Item = f64>) -> Vec<TaskKey> {
        self.push_for(Some(&WorkerId::parse(worker).expect("it is the id of a worker")), xs)
    }

    fn push_for(&self, worker: Option<&WorkerId>, xs: impl IntoIterator<Item = f64>) -> Vec<TaskKey> {
        let tasks: Vec<_> = xs.into_iter().map(|x| fields! { "x" => x }.into()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("tokio runs");
        let pushed = runtime.block_on(async {
            let id = NetworkId::parse(NETWORK).expect("it is a name");
            let network = Network::connect(id, &Settings::new(self.redis().url())).await?;
            network.push(&tasks, worker).await
        });
        pushed.expect("tasks can be pushed")
    }

    /// Sockets of private Redis servers in this scene.
    pub fn sockets(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path("run")];
        while let Some(folder) = folders.pop() {
            // A folder may vanish meanwhile.
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension() == Some(OsStr::new("sock")) {
                    found.push(path);
                }
            }
        }
        found
    }

    /// A connection to the private Redis of this scene, if it answers.
    pub fn private_redis(&self) -> Option<redis::Connection> {
        let is_server = |path: &PathBuf| path.file_name() == Some(OsStr::new("redis.sock"));
        let socket = self.sockets().into_iter().find(is_server)?;
        redis::Client::open(format!("unix://{}", socket.display())).ok()?.get_connection().ok()
    }

    /// What a process starts while we look is found by the next look.
    fn end_all(&self) {
        eventually("everything of a failed test is gone", || {
            let processes = self.processes();
            for process in &processes {
                process.signal(rustix::process::Signal::KILL);
            }
            processes.is_empty()
        });
    }

    /// Waits until no process and no socket of this scene is left.
    #[track_caller]
    pub fn nothing_is_left(&self) {
        let begun = std::time::Instant::now();
        loop {
            let (processes, sockets) = (self.processes(), self.sockets());
            if processes.is_empty() && sockets.is_empty() {
                return;
            }
            if begun.elapsed() > PATIENCE {
                self.end_all();
                panic!("still there: {processes:#?}\n{sockets:#?}");
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.end_all();
        } else {
            self.nothing_is_left();
        }
    }
}
