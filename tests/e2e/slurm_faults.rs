//! What can go wrong with `[launcher.slurm]`: a job that fails, a controller or a node that dies, time that is up, answers that are lost.
//! With a real Slurm; where there is none, these tests say so.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rush_tests::{Scene, Slurm, eventually, eventually_some, guest};
use serde_json::Value;

const ONE: &str = "[workers]\ncount = 1\n[launcher.slurm]\n";
/// Slurm tells a job up to a minute early, so this one hears of its limit as soon as it has begun.
const SHORT: &str = "time = \"1\"\nend_before = \"50s\"\n[stop]\ngrace = \"5s\"\n";

fn worker(scene: &Scene) -> Value {
    let mut workers = scene.host("workers run.toml --format jsonl").jsonl();
    assert_eq!(workers.len(), 1, "{workers:?}");
    workers.remove(0)
}

/// A program that comes before the real one of this name, which it calls as `$REAL`. Each call is noted.
fn fake(scene: &mut Scene, program: &str, script: &str) {
    let path = std::env::var("PATH").expect("there is a PATH");
    let real = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file());
    fs::create_dir_all(scene.path("fake")).expect("the scene can be written to");
    let calls = scene.path(format!("{program}.calls"));
    let text = format!(
        "#!/bin/sh\nREAL={}\necho \"$@\" >> {}\n{script}\n",
        real.expect("it is installed").display(),
        calls.display()
    );
    scene.write(&format!("fake/{program}"), text);
    let whole = fs::Permissions::from_mode(0o755);
    fs::set_permissions(scene.path(format!("fake/{program}")), whole).expect("it was just written");
    let folder = scene.path("fake").display().to_string();
    scene.set("PATH", format!("{folder}:{path}"));
}

fn calls(scene: &Scene, program: &str) -> usize {
    scene.read(format!("{program}.calls")).lines().count()
}

#[test]
fn a_job_that_fails_at_once_is_told_with_its_exit_code() {
    let mut scene = Scene::with_redis();
    let Some(_slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), &format!("{ONE}program = \"/no/rush-host\"\n"));
    for command in ["start", "run"] {
        scene.host(&format!("{command} run.toml")).ends_with_code(6).says("FAILED, exit code 127");
    }
    assert_eq!(scene.snapshot().workers().len(), 0);
}

#[test]
fn a_folder_that_the_node_does_not_see_is_told() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    fs::create_dir(scene.path("logs")).unwrap();
    slurm.hide(&scene.path("logs"));
    scene.run_file(guest("queue"), &format!("{ONE}log = \"logs\"\n"));
    let said = scene.host("start run.toml");
    said.ends_with_code(6).says("JobLaunchFailure").says("does not see the folder of its output");
}

#[test]
fn what_slurm_refuses_is_told_in_its_words() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), &format!("{ONE}partition = \"nosuch\"\n"));
    for command in ["start", "run"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(6).says("invalid partition specified: nosuch");
    }
    assert_eq!(slurm.jobs(), [""; 0]);
    assert_eq!(scene.host("workers run.toml --format jsonl").data, "");
}

#[test]
fn what_never_begins_is_told_so() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    let short = ONE.replace("[launcher", "start_timeout = \"3s\"\n[launcher");
    scene.run_file(guest("queue"), &format!("{short}partition = \"short\"\ntime = \"5\"\n"));
    scene.host("start run.toml").ok().says("PartitionTimeLimit").says("so it never begins");
    scene.host("stop run.toml").ok();
    assert_eq!(slurm.jobs(), ["1 CANCELLED"]);
}

#[test]
fn a_job_whose_time_is_up_hands_its_workers_on_to_another() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    let again = ONE.replace("[launcher", "restart = \"on-lost\"\nmax_restarts = 1\n[launcher");
    scene.run_file(guest("queue"), &format!("{again}{SHORT}"));
    scene.host("start run.toml").ok();
    let id = worker(&scene)["worker_id"].clone();
    // It looks at limits every half a minute.
    eventually("its time is up", || slurm.jobs().len() == 2);
    eventually("another job carries the same worker", || worker(&scene)["place"] == "2_0");
    assert_eq!(worker(&scene)["worker_id"], id);
    // Its time is up, too, and it may not be started again.
    let ended = eventually_some("it has ended for good", || {
        Some(worker(&scene)).filter(|worker| worker["state"] == "terminated")
    });
    assert_eq!((&ended["place"], &ended["worker_id"]), (&"2_0".into(), &id), "{ended}");
    eventually("no job is left", || slurm.jobs().iter().all(|job| !job.ends_with("ING")));
    assert_eq!(slurm.jobs().len(), 2);
    scene.host("stop run.toml").ok();
}

#[test]
fn a_manager_submits_another_job_for_workers_whose_time_is_up() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    let again = ONE.replace("[launcher", "restart = \"on-lost\"\n[launcher");
    scene.run_file(guest("queue"), &format!("{again}[stop]\nfinished = 5\n"));
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(1);
    // What it sends itself before a limit.
    slurm.says("scancel", "--batch --signal=USR1 1_0");
    eventually("another job carries the worker", || worker(&scene)["place"] == "2_0");
    scene.push((0..5).map(f64::from));
    run.wait().ok().says("whose time was up").shows("5 finished");
    assert_eq!(scene.snapshot().workers().len(), 1, "it is the same worker");
}

#[test]
fn workers_live_on_when_slurm_gives_their_node_up() {
    let mut scene = Scene::with_redis();
    let Some(mut slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), ONE);
    scene.host("start run.toml").ok();
    slurm.kill_node();
    slurm.says("scontrol", "update nodename=n1 state=down reason=test");
    eventually("Slurm takes it for dead", || slurm.jobs() == ["1_0 NODE_FAIL"]);
    scene.push((0..20).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    assert_eq!(worker(&scene)["state"], "running");
    scene.host("stop run.toml").ok();
}

#[test]
fn a_run_goes_on_without_the_controller() {
    let mut scene = Scene::with_redis();
    let Some(mut slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), &format!("{ONE}[stop]\nfinished = 20\n"));
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(1);
    slurm.kill_controller();
    scene.push((0..20).map(f64::from));
    run.wait().ok().shows("20 finished");
}

#[test]
fn a_controller_that_is_away_for_a_while_gets_the_job_once() {
    let mut scene = Scene::with_redis();
    let Some(mut slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), ONE);
    slurm.kill_controller();
    let start = scene.start("start run.toml");
    eventually("it is told", || start.talk().contains("Slurm does not take the job yet"));
    slurm.start_controller();
    let said = start.wait();
    assert_eq!(said.ok().talk.matches("does not take the job").count(), 1, "{said}");
    assert_eq!(slurm.jobs(), ["1_0 RUNNING"]);
    scene.host("stop run.toml").ok();
}

#[test]
fn a_job_is_begun_again_only_where_the_run_file_allows_it() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), ONE);
    scene.host("start run.toml").ok();
    assert!(!slurm.ask("scontrol", "requeue 1_0").status.success());
    scene.host("stop run.toml").ok();
    // Who was asked to end stays so, whoever begins its job again.
    scene.run_file(guest("queue"), &format!("{ONE}directives = [\"--requeue\"]\n"));
    scene.host("start run.toml --fresh").ok();
    slurm.says("scontrol", "requeue 2_0");
    eventually("its worker has ended", || worker(&scene)["state"] == "terminated");
    eventually("the job is over again", || slurm.jobs().contains(&"2_0 COMPLETED".to_owned()));
    let workers = scene.snapshot();
    assert_eq!(workers.workers().len(), 1);
    assert_eq!(worker(&scene)["state"], "terminated");
    scene.host("stop run.toml").ok();
}

#[test]
fn a_lost_answer_of_sbatch_does_not_submit_the_job_twice() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    let lost = "\"$REAL\" \"$@\" >/dev/null\n\
                echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation' >&2; exit 1";
    fake(&mut scene, "sbatch", lost);
    scene.run_file(guest("queue"), ONE);
    scene.host("start run.toml").ok().says("Slurm does not take the job yet");
    assert_eq!((calls(&scene, "sbatch"), slurm.jobs()), (1, vec!["1_0 RUNNING".to_owned()]));
    scene.host("stop run.toml").ok();
}

#[test]
fn nonsense_of_sbatch_is_told_after_a_bounded_time() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    fake(&mut scene, "sbatch", "echo 'Have a nice day'");
    scene.run_file(guest("queue"), ONE);
    let said = scene.host("start run.toml");
    said.ends_with_code(6).says("Slurm does not take the job").says("Have a nice day");
    assert_eq!((calls(&scene, "sbatch"), slurm.jobs().len()), (5, 0));
}

#[test]
fn a_job_that_slurm_has_forgotten_is_told() {
    let mut scene = Scene::with_redis();
    let Some(_slurm) = Slurm::start(&mut scene) else { return };
    fake(&mut scene, "sbatch", "echo 4711");
    let short = ONE.replace("[launcher", "start_timeout = \"3s\"\n[launcher");
    scene.run_file(guest("queue"), &short);
    let said = scene.host("start run.toml");
    said.ends_with_code(6).says("4711_0: Slurm does not know it any more");
}

#[test]
fn what_squeue_says_hinders_no_worker() {
    let mut scene = Scene::with_redis();
    let Some(_slurm) = Slurm::start(&mut scene) else { return };
    fake(&mut scene, "squeue", "echo 'usage: squeue'");
    scene.run_file(guest("queue"), ONE);
    scene.host("start run.toml").ok().says("1 worker registered");
    scene.host("stop run.toml").ok();
}

#[test]
fn where_there_is_no_slurm_that_is_said() {
    let mut scene = Scene::with_redis();
    scene.set("PATH", "/nowhere");
    scene.run_file(guest("queue"), ONE);
    scene.host("start run.toml").ends_with_code(6).says("There is no sbatch on the PATH").says("login node");
}
