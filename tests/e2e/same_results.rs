//! One run file on every launcher: nothing but its `[launcher.*]` table changes, and the results are the same.

use rush_tests::{Kubernetes, Scene, Slurm, Sshd, SshdOptions, host};

/// Four workers evaluate the points of a file.
const RUN_FILE: &str = "queue.toml";
const PUSH: &str = "push run.toml data/points.csv --set network=queue";
const RESULTS: &str = "output.path=results/queue.csv";

/// Runs it with this table, and answers its results: a line of `x1`, `x2` and `y` for each task, sorted.
#[track_caller]
fn results(scene: &Scene, name: &str, table: &str) -> Vec<String> {
    scene.shipped(RUN_FILE);
    let heartbeat = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10s\"\n";
    let run_file = scene.read("run.toml") + heartbeat + table;
    scene.write("run.toml", run_file);
    scene.host(PUSH).ok().says("Pushed 20 tasks");
    let said = scene.host(&format!("run run.toml --set {RESULTS}"));
    said.ok().shows("Workers: 4 terminated (returned)").shows("20 finished");
    let workers = scene.host("workers run.toml --format jsonl").jsonl();
    assert_eq!(workers.len(), 4);
    assert!(workers.iter().all(|worker| worker["launcher"] == name), "{name}: {workers:?}");
    let csv = scene.read("results/queue.csv");
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().expect("there is a header");
    let places: Vec<usize> = ["x1", "x2", "y", "state"]
        .iter()
        .map(|name| header.iter().position(|column| column == name).expect("it is a column"))
        .collect();
    let pick = |row: Vec<&str>| places.iter().map(|place| row[*place]).collect::<Vec<_>>().join(",");
    let mut results: Vec<String> = rows.map(pick).collect();
    results.sort();
    results
}

#[test]
fn four_workers_have_the_same_results_on_every_launcher() {
    let expected = results(&Scene::with_redis(), "local", "");
    assert_eq!(expected.len(), 20);
    let command = "[launcher.command]\nargv = [\"sh\", \"-c\", \"exec {script}\"]\n";
    assert_eq!(results(&Scene::with_redis(), "command", command), expected);

    let scene = Scene::with_redis();
    let options = SshdOptions { home: Some(scene.path("home")), ..SshdOptions::default() };
    let servers = ["node1", "node2"].map(|name| Sshd::start_as(&scene, name, &options));
    if let [Some(one), Some(two)] = &servers {
        scene.write("ssh-config", one.entry().text() + &two.entry().text());
        let ssh = format!(
            "[launcher.ssh]\nhosts = [{{ host = \"node1\" }}, {{ host = \"node2\" }}]\nconfig = \"ssh-config\"\n\
             program = {:?}\n",
            host()
        );
        assert_eq!(results(&scene, "ssh", &ssh), expected);
    }
    drop(scene);

    let mut scene = Scene::with_redis();
    if let Some(slurm) = Slurm::start(&mut scene) {
        assert_eq!(results(&scene, "slurm", "[launcher.slurm]\ncpus = 2\nmemory = \"100MB\"\n"), expected);
        drop(slurm);
    }
    drop(scene);

    let mut scene = Scene::with_redis();
    let cluster = Kubernetes::start(&mut scene);
    let kubernetes = "[launcher.kubernetes]\nimage = \"registry.example.org/rush-host:0.1\"\ncpu = \"2\"\n";
    assert_eq!(results(&scene, "kubernetes", kubernetes), expected);
    drop(cluster);
}
