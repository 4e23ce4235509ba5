//! Three machines on a switch: Redis and the manager on the first, workers through ssh on the others, and a cable that is pulled out
//! while they work.

use std::fs;

use rush_test_redis::{Options, Snapshot};
use rush_tests::{Running, Scene, Sshd, SshdOptions, Switch, eventually, guest, host};

const PORT: u16 = 6379;

/// What a run of four workers on two machines takes, besides its loop.
struct Cluster {
    // Gone first: who is logged in ends with the scene, and machines after everybody on them.
    scene: Scene,
    _servers: [Sshd; 2],
    switch: Switch,
}

impl Cluster {
    fn start(component: &str, tables: &str) -> Option<Self> {
        let switch = Switch::with_machines(3)?;
        let [first, nodes @ ..] = switch.machines() else { return None };
        let elsewhere = Some(first.elsewhere(PORT));
        let mut scene = Scene::with_redis_that(Options { elsewhere, ..Options::default() });
        let home = scene.path("home there");
        fs::create_dir(&home).expect("the scene can be written to");
        let server = |index: usize| {
            let node = Some(nodes[index].place());
            let options = SshdOptions { home: Some(home.clone()), node, ..SshdOptions::default() };
            Sshd::start_as(&scene, nodes[index].hostname(), &options)
        };
        let servers = [server(0)?, server(1)?];
        // Beats are heard within a second, and so is that nobody answers.
        let patience = "Host *\nServerAliveInterval 1\nServerAliveCountMax 60\n";
        let entries: String = servers.iter().map(|server| server.entry().text()).collect();
        scene.write("ssh_config", entries + patience);
        let url = first.elsewhere(PORT).address;
        scene.set("REDIS_URL", format!("redis://{url}"));
        let launcher = format!(
            "[workers]\ncount = 4\n[launcher.ssh]\nhosts = [{{ host = \"node2\" }}, {{ host = \"node3\" }}]\n\
             config = \"ssh_config\"\nprogram = \"{}\"\n",
            host().display()
        );
        scene.run_file(guest(component), &format!("{tables}{launcher}"));
        Some(Self { scene, _servers: servers, switch })
    }

    /// `rush-host`, on the machine of the manager.
    fn manager(&self, words: &str) -> Running {
        self.switch.machines()[0].host(&self.scene, words)
    }

    /// The workers on a machine, by its name for ssh, with their states.
    fn states(&self, place: &str) -> Vec<String> {
        let workers = self.manager("workers run.toml --format jsonl").wait().ok().jsonl();
        let there = workers.iter().filter(|worker| worker["place"] == place);
        there.map(|worker| worker["state"].as_str().expect("it is text").to_owned()).collect()
    }

    fn finished(&self) -> usize {
        self.scene.snapshot().counts()[2]
    }
}

fn states(snapshot: &Snapshot) -> Vec<&'static str> {
    snapshot.workers().values().map(|worker| worker.state).collect()
}

#[test]
fn a_cut_that_is_short_costs_a_run_nothing() {
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"30s\"\n[stop]\nfinished = 400\n";
    let Some(cluster) = Cluster::start("queue", tables) else { return };
    let run = cluster.manager("run run.toml");
    cluster.scene.wait_for_running_workers(4);
    cluster.scene.push((0..100).map(f64::from));
    eventually("all of them are finished", || cluster.finished() == 100);
    cluster.switch.machines()[2].cut();
    cluster.scene.push((0..200).map(f64::from));
    // Who is left works on; what the others had taken waits for them.
    eventually("most of the others are, too", || cluster.finished() >= 298);
    cluster.switch.machines()[2].restore();
    cluster.scene.push((0..100).map(f64::from));
    let said = run.wait();
    said.ok().shows("Workers: 4 terminated (returned)").shows("400 finished, 0 failed");
    assert_eq!(states(&cluster.scene.snapshot()), ["terminated"; 4]);
}

#[test]
fn a_cut_that_is_long_loses_a_machine_and_no_task() {
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n[tasks]\non_lost = \"requeue\"\n";
    let Some(cluster) = Cluster::start("queue", tables) else { return };
    let run = cluster.manager("run run.toml");
    cluster.scene.wait_for_running_workers(4);
    cluster.scene.push((0..100).map(f64::from));
    cluster.switch.machines()[2].cut();
    eventually("the workers there are lost", || cluster.states("node3") == ["lost"; 2]);
    assert_eq!(cluster.states("node2"), ["running"; 2]);
    cluster.scene.push((0..100).map(f64::from));
    cluster
        .scene
        .wait_for_counts("whatever they had taken is finished by others", |counts| counts == [0, 0, 200, 0]);
    cluster.switch.machines()[2].restore();
    // Those there hear that they are lost; nothing that they still say counts.
    cluster.scene.host_processes(1);
    cluster.manager("stop run.toml").wait().ok().says("Asked 2 workers");
    run.wait().shows("Workers: 2 lost, 2 terminated (returned)").shows("200 finished, 0 failed");
}
