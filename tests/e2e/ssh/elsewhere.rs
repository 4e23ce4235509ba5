//! A scene whose machines are reached through ssh.

use std::{collections::BTreeMap, fs, path::PathBuf};

use rush_test_redis::Options;
use rush_tests::{Process, Scene, SshEntry, Sshd, SshdOptions, eventually, guest, host};
use serde_json::Value;

/// A scene with a Redis, and a folder that is home on its other machines.
pub(super) struct Elsewhere {
    pub(super) scene: Scene,
    pub(super) home: PathBuf,
}

impl Elsewhere {
    pub(super) fn new() -> Self {
        Self::with_redis_that(Options::default(), "home there")
    }

    pub(super) fn with_redis_that(options: Options, home: &str) -> Self {
        let scene = Scene::with_redis_that(options);
        let home = scene.path(home);
        fs::create_dir(&home).expect("the scene can be written to");
        Self { scene, home }
    }

    /// A machine that is called so.
    pub(super) fn machine(&self, name: &str) -> Option<Sshd> {
        self.machine_with(name, "")
    }

    pub(super) fn machine_with(&self, name: &str, lines: &'static str) -> Option<Sshd> {
        Sshd::start_as(&self.scene, name, &SshdOptions { home: Some(self.home.clone()), lines, node: None })
    }

    /// The run file of this loop, on these hosts, which ssh knows in this way.
    pub(super) fn run_file(&self, component: &str, hosts: &[&str], entries: &[SshEntry<'_>], tables: &str) {
        let program = format!("program = \"{}\"\n", host().display());
        self.run_file_with(component, hosts, entries, &program, tables);
    }

    pub(super) fn run_file_with(
        &self,
        component: &str,
        hosts: &[&str],
        entries: &[SshEntry<'_>],
        keys: &str,
        tables: &str,
    ) {
        let text: String = entries.iter().map(SshEntry::text).collect();
        self.scene.write("ssh_config", text);
        let hosts: Vec<String> = hosts.iter().map(|host| format!("{{ host = \"{host}\" }}")).collect();
        let hosts = hosts.join(", ");
        let launcher = format!("[launcher.ssh]\nhosts = [{hosts}]\nconfig = \"ssh_config\"\n{keys}");
        self.scene.run_file(guest(component), &format!("{launcher}{tables}"));
    }

    pub(super) fn workers(&self) -> Vec<Value> {
        self.scene.host("workers run.toml --format jsonl").jsonl()
    }

    /// What started workers say there.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.home.join(".local/state/rush-host/test.log")).unwrap_or_default()
    }

    /// Nothing that was launched is left, or may still begin.
    #[track_caller]
    pub(super) fn nothing_has_begun(&self) {
        self.scene.host_processes(0);
        eventually("no client of ssh is left", || !self.scene.processes().iter().any(is_ssh));
        let snapshot = self.scene.snapshot();
        assert!(snapshot.workers().values().all(|worker| worker.state != "running"), "{snapshot:?}");
        let mut redis = self.scene.redis().connection();
        let launches: BTreeMap<String, String> =
            redis::cmd("HGETALL").arg("test:launches").query(&mut redis).expect("Redis answers");
        assert!(launches.is_empty(), "{launches:?}");
    }
}

/// So many workers in all.
pub(super) fn count(workers: u32) -> String {
    format!("[workers]\ncount = {workers}\nstart_timeout = \"2m\"\n")
}

fn is_ssh(process: &Process) -> bool {
    process.command[0] == "ssh"
}

pub(super) fn clients(scene: &Scene) -> Vec<Process> {
    scene.processes().into_iter().filter(is_ssh).collect()
}
