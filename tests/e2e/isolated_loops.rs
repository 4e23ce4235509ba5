//! `[loop] isolation = "process"`: each worker is a host process, which confines itself, and ends with its loop, whatever that does.

use rush_tests::{Process, Scene, eventually, guest};

const ISOLATED: &str = "isolation = \"process\"\n";

fn status(process: &Process, key: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.unwrap_or_default().trim_start_matches(':').trim().to_owned()
}

#[test]
fn each_worker_is_a_process_that_has_given_up_what_it_does_not_need() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), &format!("{ISOLATED}[workers]\ncount = 3\n"));
    scene.host("start run.toml").ok();
    let hosts = scene.host_processes(3);
    assert!(hosts.iter().all(|host| host.workers().len() == 1), "{hosts:#?}");
    for host in &hosts {
        assert_eq!(status(host, "NoNewPrivs"), "1");
        assert_eq!(status(host, "Seccomp"), "2");
    }
    scene.push([1.0, 2.0, 3.0]);
    scene.wait_for_counts("all are done", |counts| counts[2] == 3);
    scene.host("stop run.toml").ok();
    let snapshot = scene.snapshot();
    assert!(snapshot.workers().values().all(|worker| worker.state == "terminated"), "{snapshot:#?}");
}

#[test]
fn a_loop_that_never_gives_way_is_killed_with_its_process_and_nobody_else() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), &format!("{ISOLATED}[workers]\ncount = 2\n[stop]\ngrace = \"30s\"\n"));
    scene.host("start run.toml").ok();
    let hosts = scene.host_processes(2);
    let victim = hosts[0].workers().remove(0);
    scene.host(&format!("stop run.toml --kill {victim}")).ok();
    eventually("its process is gone", || scene.processes().iter().filter(|host| host.is_host()).count() == 1);
    let snapshot = scene.wait_for_running_workers(1);
    assert_eq!(snapshot.workers()[&victim].state, "killed");
    scene.host("stop run.toml --kill").ok();
    scene.nothing_is_left();
}

#[test]
fn a_run_ends_loops_that_do_not_end() {
    let scene = Scene::with_redis();
    let tables = format!("{ISOLATED}[workers]\ncount = 2\n[stop]\nafter = \"100ms\"\ngrace = \"100ms\"\n");
    scene.run_file(guest("busy"), &tables);
    scene.host("run run.toml").shows("Workers: 2 killed");
    scene.nothing_is_left();
}

#[test]
fn its_own_running_and_the_clock_are_limited() {
    for (limit, says) in
        [("time = \"50ms\"", "Time limit of 50ms reached"), ("wall = \"50ms\"", "Wall limit of 50ms reached")]
    {
        for isolation in ["instance", "process"] {
            let scene = Scene::with_redis();
            let tables = format!("isolation = \"{isolation}\"\n[loop.limits]\n{limit}\n");
            scene.run_file(guest("busy"), &tables);
            let run = scene.host("run run.toml");
            run.ends_with_code(9).shows("terminated (limit)").shows(says);
        }
    }
}

#[test]
fn what_its_objective_runs_is_not_its_own_running() {
    for objective in ["instance", "process"] {
        let scene = Scene::with_redis();
        scene.run_file(
            guest("evaluates_queue"),
            &format!(
                "{ISOLATED}[loop.limits]\ntime = \"300ms\"\n[objective]\ncomponent = \"{}\"\nisolation = \"{objective}\"\n\
                 [stop]\nfinished = 3\nfailed = 1\n",
                guest("slow").display()
            ),
        );
        // Each takes longer than the loop may.
        scene.push([1_000.0, 1_000.0, 1_000.0]);
        scene.host("run run.toml").ok().shows("terminated (returned)");
        assert_eq!(scene.snapshot().counts(), [0, 0, 3, 0]);
    }
}

#[test]
fn a_confined_process_leaves_the_keeper_of_the_private_redis_to_others() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), &format!("{ISOLATED}[workers]\ncount = 2\n"));
    scene.host("start run.toml").ok();
    scene.host_processes(2);
    let keepers = || scene.processes().into_iter().filter(Process::is_keeper);
    keepers().for_each(|keeper| keeper.kill());
    // Somebody who is not confined comes along.
    scene.host("status run.toml").ok();
    let found: Vec<Process> = keepers().collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    let myself = Process { pid: std::process::id().cast_signed(), command: Vec::new() };
    for key in ["NoNewPrivs", "Seccomp"] {
        assert_eq!(status(&found[0], key), status(&myself, key), "{key}");
    }
    scene.host_fed("push run.toml - --format jsonl", "{\"x\": 1.0}\n").ok();
    eventually("the workers go on", || scene.host("status run.toml --json").json()["tasks"]["finished"] == 1);
    scene.host("stop run.toml").ok();
    scene.nothing_is_left();
}

#[test]
fn one_process_cannot_carry_several() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), &format!("{ISOLATED}[workers]\ncount = 2\n[stop]\nfinished = 1\n"));
    scene
        .host("script run.toml -n 2")
        .ends_with_code(2)
        .says("run the script as often as there are to be workers");
    let script = scene.host("script run.toml");
    script.ok().shows("--workers 1").says("starts 1 worker each time");
    let both = script.data.replace("--workers 1", "--workers 2");
    scene.shell(&both).wait().ends_with_code(2).says("One process cannot carry 2 workers");
    scene.push([1.0]);
    scene.shell(&script.data).wait().ok();
}

#[test]
fn an_objective_in_a_process_of_its_own_serves_a_loop_in_another() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("evaluates_queue"),
        &format!(
            "{ISOLATED}[objective]\ncomponent = \"{}\"\nisolation = \"process\"\n[stop]\nfinished = 2\nfailed = 3\n",
            guest("panics").display()
        ),
    );
    // Each that panics ends the process that it ran in; the next one gets another.
    scene.push([1.0, -1.0, -2.0, 2.0]);
    scene.host("run run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 2]);
    scene.nothing_is_left();
}

#[test]
fn who_is_lost_is_started_again_by_a_process_that_is_confined() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("queue"),
        &format!("{ISOLATED}[workers]\ncount = 2\nrestart = \"on-lost\"\n[heartbeat]\nperiod = \"50ms\"\nexpire = \"500ms\"\n"),
    );
    scene.host("start run.toml").ok();
    let hosts = scene.host_processes(2);
    hosts[0].kill();
    let name = hosts[0].workers().remove(0);
    eventually("it is there again", || {
        let hosts: Vec<Process> = scene.processes().into_iter().filter(Process::is_host).collect();
        hosts.iter().any(|host| host.pid != 0 && host.workers().contains(&name))
    });
    scene.wait_for_running_workers(2);
    scene.host("stop run.toml --kill").ok();
}
