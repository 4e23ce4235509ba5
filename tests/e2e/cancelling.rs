//! `cancel KEY`: the evaluation of one task ends, wherever it runs and whatever it does. Its worker goes on with the next, and nobody else
//! notices. In both isolations of the objective.

use std::time::Duration;

use rush_network::TaskKey;
use rush_tests::{Process, Scene, eventually, eventually_some, guest};
use serde_json::Value;

const ISOLATIONS: [&str; 2] = ["instance", "process"];

/// Workers in one host process that evaluate queued tasks; where `x` is negative that never ends. And their ids.
fn start(isolation: &str, workers: usize) -> (Scene, Vec<String>) {
    let scene = Scene::with_redis();
    run_file(&scene, "endless_loop", isolation, &format!("[workers]\ncount = {workers}\nprocesses = 1"));
    scene.host("start run.toml").ok();
    let workers = scene.host_processes(1)[0].workers();
    (scene, workers)
}

/// A loop that evaluates queued tasks with this objective.
fn run_file(scene: &Scene, objective: &str, isolation: &str, tables: &str) {
    let component = guest(objective);
    scene.run_file(
        guest("evaluates_queue"),
        &format!(
            "{tables}\n[objective]\ncomponent = \"{}\"\nisolation = \"{isolation}\"\n",
            component.display()
        ),
    );
}

/// Waits until so many tasks run.
fn wait_for_running(scene: &Scene, count: usize) {
    scene.wait_for_counts("endless evaluations run", |[_, running, ..]| running == count);
}

fn task(scene: &Scene, key: &TaskKey) -> Value {
    let tasks = scene.host("tasks run.toml --format jsonl").jsonl();
    let found = tasks.into_iter().find(|task| task["key"] == key.as_str());
    found.unwrap_or_else(|| panic!("there is a task {key}"))
}

#[track_caller]
fn is_cancelled(scene: &Scene, key: &TaskKey) {
    let task = task(scene, key);
    let condition = &task["condition"];
    assert_eq!((&task["state"], &condition["kind"]), (&"failed".into(), &"cancelled".into()), "{task}");
    assert_eq!(condition["message"], "Cancelled", "{task}");
}

fn evaluators(scene: &Scene) -> Vec<Process> {
    scene.processes().into_iter().filter(Process::is_evaluator).collect()
}

/// The evaluator that is in its endless loop: to get ready takes a fraction of that.
fn busy_evaluator(scene: &Scene) -> Process {
    let is_busy = |process: &Process| process.ran() > Duration::from_millis(500);
    eventually_some("an evaluator computes", || evaluators(scene).into_iter().find(is_busy))
}

#[test]
fn a_running_evaluation_ends_and_its_worker_goes_on_with_the_next_task() {
    for isolation in ISOLATIONS {
        let (scene, _) = start(isolation, 1);
        let hosts = scene.host_processes(1);
        for round in 0..3 {
            let key = scene.push([-1.0]).remove(0);
            wait_for_running(&scene, 1);
            let evaluator = (isolation == "process").then(|| busy_evaluator(&scene));
            scene.push([2.0]);
            scene.host(&format!("cancel run.toml {key}")).ok().says("Cancelled 1 running task of worker ");
            is_cancelled(&scene, &key);
            scene.wait_for_counts(&format!("{isolation}: the next task is evaluated"), |counts| {
                counts == [0, 0, round + 1, round + 1]
            });
            if let Some(evaluator) = evaluator {
                eventually("its evaluator is gone", || !evaluators(&scene).contains(&evaluator));
            }
        }
        assert_eq!(scene.host_processes(1), hosts, "{isolation}");
        scene.wait_for_running_workers(1);
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn the_evaluation_of_another_worker_goes_on() {
    for isolation in ISOLATIONS {
        let (scene, workers) = start(isolation, 2);
        // The same point: it is the key that counts.
        let first = scene.push_to(&workers[0], [-1.0]).remove(0);
        let second = scene.push_to(&workers[1], [-1.0]).remove(0);
        wait_for_running(&scene, 2);
        let said = scene.host(&format!("cancel run.toml {first}"));
        said.ok().says(&format!("Cancelled 1 running task of worker {}", workers[0]));
        is_cancelled(&scene, &first);
        scene.push_to(&workers[0], [1.0, 2.0]);
        scene.wait_for_counts("the first goes on", |counts| counts == [0, 1, 2, 1]);
        assert_eq!(task(&scene, &second)["state"], "running", "{isolation}");
        scene.host(&format!("cancel run.toml {second}")).ok().says(&workers[1]);
        is_cancelled(&scene, &second);
        scene.push_to(&workers[1], [3.0]);
        scene.wait_for_counts("the second goes on, too", |counts| counts == [0, 0, 3, 2]);
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn a_queued_task_is_cancelled_before_anybody_evaluates_it() {
    for isolation in ISOLATIONS {
        let (scene, _) = start(isolation, 1);
        let endless = scene.push([-1.0]).remove(0);
        wait_for_running(&scene, 1);
        let [queued, good] = scene.push([-2.0, 2.0]).try_into().expect("two were pushed");
        scene.host(&format!("cancel run.toml {queued}")).ok().says("Cancelled 1 queued task");
        is_cancelled(&scene, &queued);
        assert_eq!(task(&scene, &endless)["state"], "running", "{isolation}");
        scene.host(&format!("cancel run.toml {endless}")).ok();
        scene.wait_for_counts("the good one is evaluated", |counts| counts == [0, 0, 1, 2]);
        assert_eq!(task(&scene, &good)["state"], "finished", "{isolation}");
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn what_is_settled_stays_so() {
    for isolation in ISOLATIONS {
        let (scene, _) = start(isolation, 1);
        let finished = scene.push([2.0]).remove(0);
        scene.wait_for_counts("it is evaluated", |counts| counts[2] == 1);
        let endless = scene.push([-1.0]).remove(0);
        wait_for_running(&scene, 1);
        let said = scene.host(&format!("cancel run.toml {finished}"));
        said.ok().says(&format!("task {finished} is finished, so it is skipped"));
        assert_eq!(task(&scene, &finished)["y"].as_f64(), Some(2.0), "{isolation}");
        // Nor does it end what the same worker evaluates now.
        assert_eq!(task(&scene, &endless)["state"], "running", "{isolation}");
        scene.host(&format!("cancel run.toml {endless} {finished}")).ok().says("Cancelled 1 running task");
        scene.host(&format!("cancel run.toml {endless}")).ok().says("is failed, so it is skipped");
        scene.push([3.0]);
        scene.wait_for_counts("the worker goes on", |counts| counts == [0, 0, 2, 1]);
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn all_running_tasks_are_cancelled_at_once() {
    for isolation in ISOLATIONS {
        let (scene, workers) = start(isolation, 2);
        for worker in &workers {
            scene.push_to(worker, [-1.0]);
        }
        wait_for_running(&scene, 2);
        scene.host("cancel run.toml --running").ok().says("Cancelled 2 running tasks");
        scene.push([1.0, 2.0, 3.0]);
        scene.wait_for_counts("both go on", |counts| counts == [0, 0, 3, 2]);
        scene.wait_for_running_workers(2);
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn it_does_not_matter_what_it_does_nor_where_its_loop_runs() {
    for loop_isolation in ISOLATIONS {
        for isolation in ISOLATIONS {
            for objective in ["endless_loop", "sleeps"] {
                let what = format!("{objective}, {isolation}, loop: {loop_isolation}");
                let scene = Scene::with_redis();
                run_file(&scene, objective, isolation, &format!("isolation = \"{loop_isolation}\""));
                scene.host("start run.toml").ok();
                let key = scene.push([-1.0]).remove(0);
                wait_for_running(&scene, 1);
                scene.push([1.0, 2.0]);
                scene.host(&format!("cancel run.toml {key}")).ok();
                is_cancelled(&scene, &key);
                scene
                    .wait_for_counts(&format!("{what}: its worker goes on"), |counts| counts == [0, 0, 2, 1]);
                scene.wait_for_running_workers(1);
                scene.host("stop run.toml").ok();
            }
        }
    }
}
