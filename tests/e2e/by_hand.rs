//! Host processes of a launch, begun by hand as a batch system begins them.

use std::{fmt::Write as _, path::Path};

use rush_network::{
    LaunchId, LaunchRecord, LaunchedProcess, LaunchedWorker, Network, NetworkId, Settings, WorkerId,
    WorkerInfo,
};
use rush_tests::{Running, Scene, eventually_some, host};
use tokio::runtime::{Builder, Runtime};

/// A launch that was recorded, and nothing else: whoever wants to begin its processes may do so.
pub(crate) struct ByHand {
    pub(crate) scene: Scene,
    pub(crate) network: Network,
    pub(crate) record: LaunchRecord,
    /// The name of the stored configuration.
    pub(crate) config: String,
    runtime: Runtime,
}

impl ByHand {
    /// A process for each of these numbers of new workers.
    pub(crate) fn new(component: impl AsRef<Path>, tables: &str, workers: &[u64]) -> Self {
        let scene = Scene::with_redis();
        scene.run_file(component, tables);
        let script = scene.host("script run.toml");
        let words: Vec<&str> = script.ok().data.split_whitespace().collect();
        let config = words.windows(2).find(|pair| pair[0] == "--config").expect("it says so")[1].to_owned();
        let runtime = Builder::new_current_thread().enable_all().build().expect("tokio runs");
        let network = runtime.block_on(async {
            let id = NetworkId::parse("test").expect("it is a name");
            Network::connect(id, &Settings::new(scene.redis().url())).await.expect("Redis answers")
        });
        let mut indices = 0;
        let processes = workers.iter().map(|count| {
            let workers = (0..*count).map(|_| LaunchedWorker { id: WorkerId::random(), before: 0 }).collect();
            let first_index = indices;
            indices += count;
            LaunchedProcess { place: String::new(), first_index, workers, failure: None }
        });
        let record = LaunchRecord {
            id: LaunchId::random(),
            launcher: "slurm".to_owned(),
            from: "login1".to_owned(),
            at: 0,
            name: "rush-test".to_owned(),
            job: None,
            processes: processes.collect(),
        };
        let by_hand = Self { scene, network, record, config, runtime };
        by_hand.block_on(by_hand.network.take_indices(indices));
        by_hand.block_on(by_hand.network.record_launch(&by_hand.record));
        by_hand
    }

    /// What the network answers.
    pub(crate) fn block_on<T>(&self, call: impl Future<Output = rush_network::Result<T>>) -> T {
        self.runtime.block_on(call).expect("Redis answers")
    }

    /// The line that begins a process, for a shell.
    pub(crate) fn line(&self, process: usize, more: &str) -> String {
        let Self { config, record: LaunchRecord { id, .. }, .. } = self;
        let mut line = format!("exec {} worker --network test --config {config}", host().display());
        write!(line, " --launcher slurm --managed --launch {id} --process {process} {more}")
            .expect("memory can be written to");
        line
    }

    /// Begins a process.
    pub(crate) fn begin(&self, process: usize, more: &str) -> Running {
        self.scene.shell(&self.line(process, more))
    }

    /// The ids of a process's workers.
    pub(crate) fn ids(&self, process: usize) -> Vec<WorkerId> {
        self.record.processes[process].workers.iter().map(|worker| worker.id.clone()).collect()
    }

    /// What the network knows of a process's workers.
    pub(crate) fn infos(&self, process: usize) -> Vec<WorkerInfo> {
        self.block_on(self.network.workers_of(&self.ids(process)))
    }

    /// Waits until all of a process's workers are as they should be.
    #[track_caller]
    pub(crate) fn wait_for(
        &self,
        what: &str,
        process: usize,
        fits: impl Fn(&WorkerInfo) -> bool,
    ) -> Vec<WorkerInfo> {
        eventually_some(what, || {
            let infos = self.infos(process);
            (infos.len() == self.ids(process).len() && infos.iter().all(&fits)).then_some(infos)
        })
    }

    /// Withdraws the launch.
    pub(crate) fn withdraw(&self) {
        self.block_on(self.network.withdraw_launches(std::slice::from_ref(&self.record.id)));
    }
}
