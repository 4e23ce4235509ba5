//! `[launcher.slurm]` with a real Slurm of one node. Where there is none, these tests say so.

use std::fs;

use rush_tests::{Scene, Slurm, eventually, guest};
use rustix::process::Signal;
use serde_json::Value;

/// Three host processes on a node with two cores: the third waits.
const THREE: &str = "[workers]\ncount = 3\nprocesses = 3\nstart_timeout = \"6s\"\n[launcher.slurm]\n";
const ONE: &str = "[workers]\ncount = 1\n[launcher.slurm]\n";
const TWO: &str = "[workers]\ncount = 2\nprocesses = 2\n[launcher.slurm]\n";

fn workers(scene: &Scene) -> Vec<Value> {
    scene.host("workers run.toml --format jsonl").jsonl()
}

fn texts<'a>(rows: &'a [Value], column: &str) -> Vec<&'a str> {
    let mut texts: Vec<&str> = rows.iter().map(|row| row[column].as_str().unwrap_or_default()).collect();
    texts.sort_unstable();
    texts
}

/// A line of `rush-host workers` for a process that waits.
fn pending(scene: &Scene) -> Vec<Value> {
    workers(scene).into_iter().filter(|worker| worker["state"] == "pending").collect()
}

#[test]
fn a_run_as_an_array_of_jobs_reports_as_any_other() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    let tables = "cpus = 1\nmemory = \"100MB\"\ntime = \"5\"\n[stop]\nfinished = 30\n\
                  [output]\npath = \"results.csv\"\n";
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 2\n[launcher.slurm]\n{tables}"));
    let run = scene.start("run run.toml");
    // One that is fast enough would do all of it alone.
    scene.wait_for_running_workers(2);
    scene.push((0..30).map(f64::from));
    let said = run.wait();
    said.ok().says("Starting 2 workers in 2 host processes").shows("30 finished");
    said.shows("Workers: 2 terminated (returned)");
    assert_eq!(scene.read("results.csv").lines().count(), 31);
    assert_eq!(texts(&workers(&scene), "place"), ["1_0", "1_1"]);
    eventually("the jobs have ended well", || slurm.jobs() == ["1_0 COMPLETED", "1_1 COMPLETED"]);
}

#[test]
fn workers_are_known_to_be_jobs_on_another_machine() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), TWO);
    scene.host("start run.toml").ok().says("2 workers registered");
    let rows = workers(&scene);
    assert_eq!(texts(&rows, "place"), ["1_0", "1_1"]);
    for worker in &rows {
        assert_eq!((&worker["launcher"], &worker["state"]), (&"slurm".into(), &"running".into()), "{worker}");
        assert_eq!(
            (&worker["hostname"], &worker["remote"]),
            (&slurm.hostname().into(), &true.into()),
            "{worker}"
        );
    }
    scene.push((0..20).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    scene.host("stop run.toml").ok();
    eventually("the jobs have ended well", || slurm.jobs() == ["1_0 COMPLETED", "1_1 COMPLETED"]);
}

#[test]
fn who_waits_in_the_queue_is_shown_with_the_reason_and_can_be_taken_back() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), THREE);
    let said = scene.host("start run.toml");
    said.ok().says("1 of 3 host processes wait").says("Resources");
    let waits = pending(&scene);
    assert_eq!(texts(&waits, "place"), ["1_2"], "{waits:?}");
    assert_eq!(waits[0]["launcher"], "slurm");
    assert!(waits[0]["message"].as_str().unwrap().contains("Resources"), "{waits:?}");
    let status = scene.host("status run.toml --format json").json();
    assert_eq!(status["pending"], 1, "{status}");
    scene.host("status run.toml").ok().says("Resources");
    scene.host("stop run.toml").ok();
    assert_eq!(pending(&scene).len(), 0);
    eventually("nothing waits any more", || {
        slurm.jobs().iter().all(|job| job.ends_with("COMPLETED") || job.ends_with("CANCELLED"))
    });
    assert_eq!(workers(&scene).len(), 2);
}

#[test]
fn who_waits_begins_as_soon_as_there_is_room() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), &format!("{THREE}array_limit = 1\n"));
    scene.host("start run.toml").ok().says("2 of 3 host processes wait").says("JobArrayTaskLimit");
    assert_eq!(slurm.jobs(), ["1_0 RUNNING", "1_1 PENDING", "1_2 PENDING"]);
    let first = workers(&scene).into_iter().find(|worker| worker["place"] == "1_0").unwrap();
    scene.host(&format!("stop run.toml {}", first["worker_id"].as_str().unwrap())).ok();
    eventually("the next begins", || slurm.jobs()[1] == "1_1 RUNNING");
    eventually("its worker is there", || {
        workers(&scene).iter().any(|worker| worker["place"] == "1_1" && worker["state"] == "running")
    });
    scene.host("stop run.toml").ok();
}

#[test]
fn a_dry_run_shows_the_very_script_that_is_submitted() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    let tables = "partition = \"main\"\ntime = \"0-1\"\ncpus = 1\nmemory = \"100MB\"\n\
                  prologue = [\"export SEEN='it is $HOME'\", \"cd /\"]\ndirectives = [\"--nice=3 --comment='a b'\"]\n";
    scene.run_file(guest("queue"), &format!("{TWO}{tables}").replace("[workers]", "[workers]\nseed = 1"));
    let shown = scene.host("start run.toml --dry-run");
    shown.ok();
    assert_eq!(slurm.jobs(), [""; 0], "nothing is submitted");
    assert_eq!(scene.snapshot().workers().len(), 0);
    scene.host("start run.toml").ok();
    let submitted = slurm.says("scontrol", "write batch_script 1 -");
    let launch = |script: &str| {
        let start = script.find("--launch ").expect("it is in the command") + "--launch ".len();
        script[start..].split_whitespace().next().unwrap().to_owned()
    };
    // Each launch has a name of its own.
    let expected = shown.data.replace(&launch(&shown.data), &launch(&submitted));
    assert!(expected.contains(submitted.trim()), "{submitted}\n--- shown\n{expected}");
    let kept = scene.read(format!(".rush/test/slurm/rush-test-{}.sh", launch(&submitted)));
    assert_eq!(kept.trim(), submitted.trim());
    for line in [
        "#SBATCH --array=0-1",
        "#SBATCH --no-requeue",
        "#SBATCH --export=NONE",
        "#SBATCH --mem=96M",
        "#SBATCH --time=0-1",
        "#SBATCH --nice=3 --comment='a b'",
        "export SEEN='it is $HOME'",
    ] {
        assert!(submitted.lines().any(|found| found == line), "{line}: {submitted}");
    }
    scene.host("stop run.toml").ok();
}

#[test]
fn names_of_folders_reach_slurm_as_they_are() {
    let mut scene = Scene::with_redis();
    let Some(_slurm) = Slurm::start(&mut scene) else { return };
    // Neither sbatch nor a shell makes anything of it.
    let log = "it's \"%x\" $HOME `id` # ü";
    scene.run_file(guest("queue"), &format!("{ONE}log = {log:?}\ncopy = true\n"));
    scene.host("start run.toml").ok();
    let files = fs::read_dir(scene.path(log)).unwrap();
    let mut files: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files[0].starts_with("rush-test-") && files[0].ends_with("-1_0.log"), "{files:?}");
    let program = scene.host_processes(1)[0].command[0].clone();
    let copies = scene.path(".rush/test/bin/rush-host-");
    assert!(program.starts_with(copies.to_str().unwrap()), "{program}");
    scene.host("stop run.toml").ok();
}

#[test]
fn a_kill_ends_jobs_whose_loops_never_listen() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("busy"), THREE);
    scene.host("start run.toml").ok();
    scene.wait_for_counts("two have a task", |counts| counts == [0, 2, 0, 0]);
    scene.host("stop run.toml --kill").ok().says("Killed 2 workers");
    eventually("no job is left", || {
        slurm.jobs().iter().all(|job| !job.ends_with("RUNNING") && !job.ends_with("PENDING"))
    });
    scene.wait_for_counts("their tasks have failed", |counts| counts == [0, 0, 0, 2]);
}

#[test]
fn ctrl_c_takes_back_what_waits() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("sleeper"), &format!("{THREE}[stop]\ngrace = \"1s\"\n"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("two have a task", |counts| counts == [0, 2, 0, 0]);
    eventually("the third waits", || slurm.jobs().iter().any(|job| job == "1_2 PENDING"));
    run.signal(Signal::INT);
    run.wait().ends_with_code(130);
    eventually("no job is left", || {
        slurm.jobs().iter().all(|job| !job.ends_with("RUNNING") && !job.ends_with("PENDING"))
    });
}

#[test]
fn whoever_is_cancelled_by_hand_ends_after_its_task() {
    let mut scene = Scene::with_redis();
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.run_file(guest("queue"), TWO);
    scene.host("start run.toml").ok();
    slurm.says("scancel", "1_0");
    eventually("one of them has ended", || {
        texts(&workers(&scene), "state").iter().filter(|state| **state == "running").count() == 1
    });
    let ended = workers(&scene).into_iter().find(|worker| worker["state"] != "running").unwrap();
    assert_eq!((&ended["place"], &ended["state"]), (&"1_0".into(), &"terminated".into()), "{ended}");
    scene.host("stop run.toml").ok();
}

#[test]
fn no_secret_is_seen_on_the_way() {
    let mut scene = Scene::with_redis_that(rush_test_redis::Options { tcp: true, ..Default::default() });
    let Some(slurm) = Slurm::start(&mut scene) else { return };
    scene.set("REDIS_URL", "");
    let mut connection = scene.redis().connection();
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("geheim").exec(&mut connection).unwrap();
    scene.set("SECRET", "geheim");
    let with = scene.redis().url().replace("redis://", "redis://:${SECRET}@");
    scene.run_file(guest("queue"), &format!("{TWO}[redis]\nurl = \"{with}\"\n"));
    let mut told = vec![scene.host("start run.toml --dry-run").to_string()];
    assert!(told[0].contains("<redacted>"), "{}", told[0]);
    told.push(scene.host("start run.toml").to_string());
    told.push(slurm.says("scontrol", "write batch_script 1 -"));
    told.push(slurm.says("scontrol", "show job"));
    scene.host_processes(2);
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        told.push(fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default());
    }
    for process in scene.host_processes(2) {
        told.push(fs::read_to_string(format!("/proc/{}/environ", process.pid)).unwrap());
    }
    scene.host("stop run.toml").ok();
    for file in fs::read_dir(scene.path(".rush/test/slurm")).unwrap() {
        told.push(fs::read_to_string(file.unwrap().path()).unwrap());
    }
    for text in told {
        assert!(!text.contains("geheim"), "{text}");
    }
    let url = scene.path(".rush/test/redis-url");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&url).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(fs::read_to_string(url).unwrap().contains("geheim"), "it is there, and nowhere else");
}
