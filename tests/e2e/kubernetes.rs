//! `[launcher.kubernetes]` against an API that is played on this machine, whose pods are processes. None of this has seen a real cluster.

use rush_test_redis::Options;
use rush_tests::{Kubernetes, Process, Scene, eventually, eventually_some, guest};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::kubernetes_manifests::launcher;

const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";

/// Three workers in three pods.
fn scene(name: &str, tables: &str) -> (Scene, Kubernetes) {
    let mut scene = Scene::with_redis();
    let cluster = Kubernetes::start(&mut scene);
    scene.run_file(guest(name), &format!("{}[workers]\ncount = 3\n{tables}", launcher("")));
    (scene, cluster)
}

fn states(scene: &Scene) -> Vec<&'static str> {
    scene.snapshot().workers().values().map(|worker| worker.state).collect()
}

fn unschedulable(cluster: &Kubernetes, indices: &[u32]) {
    let message = "0/3 nodes are available: 3 Insufficient cpu.";
    let pending = json!({ "indices": indices, "reason": "Unschedulable", "message": message });
    cluster.behave(&json!({ "pending": pending }));
}

#[test]
fn a_run_works_in_pods() {
    let (scene, cluster) = scene("queue", "[stop]\nfinished = 20\n[output]\npath = \"results.csv\"\n");
    scene.push((0..20).map(f64::from));
    let said = scene.host("run run.toml");
    said.ok()
        .says("Submitted job default/rush-test-")
        .shows("Workers: 3 terminated (returned)")
        .shows("20 finished");
    assert_eq!(scene.read("results.csv").lines().count(), 21);
    let mut places = Vec::new();
    for worker in scene.host("workers run.toml --format jsonl").jsonl() {
        assert_eq!(worker["launcher"], "kubernetes", "{worker}");
        places.push(worker["place"].as_str().unwrap_or_default().to_owned());
    }
    places.sort();
    assert_eq!(places, cluster.names("pods"));
    assert_eq!(cluster.names("jobs").len(), 1);
    eventually("the Job is complete", || cluster.all("jobs")[0]["status"]["succeeded"] == 3);
}

#[test]
fn no_secret_is_seen_where_others_may_look() {
    let options = Options { password: Some("hunter2hunter2".into()), tcp: true, ..Options::default() };
    let mut scene = Scene::with_redis_that(options);
    let cluster = Kubernetes::start(&mut scene);
    scene.set("RUSH_LOG", "debug");
    scene.run_file(guest("queue"), &launcher(""));
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(1);
    let commands: Vec<_> = scene.processes().into_iter().map(|process| process.command.join(" ")).collect();
    assert!(!commands.join("\n").contains("hunter2"), "{commands:#?}");
    for kind in ["jobs", "pods"] {
        let objects = format!("{:?}", cluster.all(kind));
        assert!(!objects.contains("hunter2") && !objects.contains("127.0.0.1"), "{objects}");
    }
    for name in cluster.names("pods") {
        assert!(!cluster.log(&name).contains("hunter2"), "{name}");
    }
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).never_says("hunter2");
    for (request, body) in cluster.requests() {
        assert_eq!(body.contains("hunter2"), request == "POST secrets", "{request} {body}");
    }
}

#[test]
fn the_secret_goes_with_the_job() {
    let (scene, cluster) = scene("queue", "");
    scene.host("start run.toml").ok().says("3 workers registered");
    let (job, secret) = (&cluster.all("jobs")[0], &cluster.all("secrets")[0]);
    let owner = &secret["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["kind"], &owner["uid"]), (&"Job".into(), &job["metadata"]["uid"]));
    assert_eq!((&secret["type"], &secret["immutable"]), (&"Opaque".into(), &true.into()));
    scene.host("stop run.toml").ok().says("Asked 3 workers");
    assert_eq!(states(&scene), ["terminated"; 3]);
    eventually("the pods have ended well", || cluster.all("jobs")[0]["status"]["succeeded"] == 3);
}

#[test]
fn those_that_wait_are_told_with_the_reason_and_work_when_they_begin() {
    let (scene, cluster) = scene("queue", "start_timeout = \"1s\"\n");
    unschedulable(&cluster, &[1, 2]);
    let said = scene.host("start run.toml");
    said.ok()
        .says("2 of 3 host processes wait in the queue (Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.)");
    let workers = scene.host("workers run.toml --state pending --format jsonl").jsonl();
    assert_eq!(workers.len(), 2, "{workers:?}");
    for worker in workers {
        assert_eq!((&worker["state"], &worker["launcher"]), (&"pending".into(), &"kubernetes".into()));
        assert!(
            worker["message"].as_str().is_some_and(|why| why.starts_with("Unschedulable: 0/3")),
            "{worker}"
        );
        assert!(
            worker["place"].as_str().is_some_and(|pod| cluster.names("pods").iter().any(|name| name == pod))
        );
    }
    let status = scene.host("status run.toml --json").json();
    assert_eq!((&status["pending"], &status["waiting"][0]["workers"]), (&2.into(), &2.into()), "{status}");
    cluster.behave(&json!({}));
    scene.wait_for_running_workers(3);
    assert_eq!(scene.host("status run.toml --json").json()["pending"], 0);
    scene.host("stop run.toml").ok().says("Asked 3 workers");
}

#[test]
fn a_quota_is_told_where_no_pod_is_made() {
    let (scene, cluster) = scene("queue", "start_timeout = \"1s\"\n");
    cluster.behave(&json!({ "no_pods": "pods \"x\" is forbidden: exceeded quota: compute" }));
    scene.host("start run.toml").ok().says("no pod yet: pods \"x\" is forbidden: exceeded quota: compute");
    scene.host("stop run.toml").ok();
    assert!(cluster.names("jobs").is_empty());
}

#[test]
fn stopping_takes_back_what_waits() {
    let (scene, cluster) = scene("queue", "start_timeout = \"1s\"\n");
    unschedulable(&cluster, &[0, 1, 2]);
    scene.host("start run.toml").ok();
    scene.host("stop run.toml").ok();
    assert_eq!((cluster.names("jobs").len(), cluster.names("secrets").len()), (0, 0));
    assert!(scene.host("workers run.toml --format jsonl").jsonl().is_empty());
}

#[test]
fn what_begins_after_the_stop_does_nothing() {
    let (scene, cluster) = scene("queue", "start_timeout = \"1s\"\n");
    unschedulable(&cluster, &[2]);
    scene.host("start run.toml").ok();
    scene.host("stop run.toml").ok().says("Asked 2 workers");
    cluster.behave(&json!({}));
    eventually("all pods have ended well", || {
        cluster.all("jobs").first().is_none_or(|job| job["status"]["succeeded"] == 3)
    });
    assert_eq!(scene.snapshot().workers().len(), 2);
    let logs: String = cluster.names("pods").iter().map(|pod| cluster.log(pod)).collect();
    assert!(
        cluster.names("jobs").is_empty() || logs.contains("was withdrawn: there is nothing to do"),
        "{logs}"
    );
}

#[test]
fn an_image_that_cannot_be_pulled_is_told() {
    let (scene, cluster) = scene("queue", "start_timeout = \"1s\"\n");
    let said = scene.host("start run.toml --set launcher.kubernetes.image=registry.example.org/nowhere:1");
    said.ok().says("ImagePullBackOff: Back-off pulling image \"registry.example.org/nowhere:1\"");
    scene.host("stop run.toml").ok();
    assert!(cluster.names("jobs").is_empty());
}

#[test]
fn a_pod_that_fails_before_it_works_is_told_with_what_it_said() {
    let (scene, _cluster) = scene("queue", "");
    for command in ["start", "run"] {
        let said =
            scene.host(&format!("{command} run.toml --set launcher.kubernetes.program=/nowhere/rush-host"));
        said.ends_with_code(6)
            .says("StartError, exit code 128: exec: \"/nowhere/rush-host\": executable file not found");
    }
}

#[test]
fn an_interrupt_ends_those_that_work_and_takes_back_those_that_wait() {
    let (scene, cluster) = scene("sleeper", "");
    unschedulable(&cluster, &[0]);
    let run = scene.start("run run.toml");
    run.wait_until_it_says("Submitted job");
    scene.wait_for_counts("two have a task", |counts| counts == [0, 2, 0, 0]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)").shows("2 finished");
    cluster.behave(&json!({}));
    eventually("nothing is left that could begin", || {
        cluster.all("jobs").first().is_none_or(|job| job["status"]["succeeded"] == 3)
    });
    assert_eq!(scene.snapshot().workers().len(), 2);
}

#[test]
fn an_interrupt_while_all_wait_leaves_nothing() {
    for command in ["run", "start"] {
        let (scene, cluster) = scene("queue", "");
        unschedulable(&cluster, &[0, 1, 2]);
        let run = scene.start(&format!("{command} run.toml"));
        eventually("the Job is there", || cluster.names("pods").len() == 3);
        run.signal(Signal::INT);
        run.wait().ends_with_code(130);
        assert_eq!((cluster.names("jobs").len(), cluster.names("secrets").len()), (0, 0), "{command}");
    }
}

#[test]
fn the_manager_starts_lost_workers_again_as_a_new_job() {
    let restart = format!("restart = \"on-lost\"\nmax_restarts = 1\n{BURIAL_SOON}[stop]\nfinished = 1\n");
    let mut scene = Scene::with_redis();
    let cluster = Kubernetes::start(&mut scene);
    scene.run_file(guest("busy"), &format!("{}[workers]\ncount = 2\n{restart}", launcher("")));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene.host_processes(2)[0].kill();
    run.wait_until_it_says("Starting 1 lost worker again: ");
    scene.wait_for_counts("it is back", |counts| counts == [0, 2, 0, 1]);
    let jobs = cluster.all("jobs");
    let mut pods: Vec<&Value> = jobs.iter().map(|job| &job["spec"]["completions"]).collect();
    pods.sort_by_key(|count| count.as_u64());
    assert_eq!(pods, [1, 2], "{jobs:#?}");
    scene.host_processes(2).iter().for_each(Process::kill);
    scene.wait_for_counts("the other is back", |counts| counts == [0, 1, 0, 3]);
    scene.host_processes(1)[0].kill();
    run.wait().ends_with_code(7).shows("Workers: 2 lost");
}

#[test]
fn those_that_were_started_go_on_and_can_be_started_again() {
    let (scene, cluster) = scene("sleeper", "");
    scene
        .host("start run.toml")
        .ok()
        .says("3 workers registered")
        .says("`kubectl logs -n default -l job-name=rush-test-");
    let snapshot = scene.wait_for_counts("each worker has a task", |counts| counts == [0, 3, 0, 0]);
    let ids: Vec<String> = snapshot.workers().keys().cloned().collect();
    scene.host(&format!("stop run.toml --kill {}", ids[0])).ok().says("Killed 1 worker");
    scene.host(&format!("restart run.toml {}", ids[0])).ok().says("1 worker registered again");
    scene.wait_for_counts("each worker has a task again", |counts| counts == [0, 3, 0, 1]);
    assert_eq!(cluster.names("jobs").len(), 2);
    scene.host("stop run.toml").ok();
    assert_eq!(states(&scene), ["terminated"; 3]);
}

#[test]
fn a_pod_that_is_asked_to_end_ends_after_its_task() {
    let (scene, cluster) = scene("sleeper", "");
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 3, 0, 0]);
    // As a node does that is emptied.
    scene.host_processes(3)[0].signal(Signal::TERM);
    scene.wait_for_counts("one has ended after its task", |counts| counts == [0, 2, 1, 0]);
    scene.host("stop run.toml").ok();
    assert_eq!(states(&scene), ["terminated"; 3]);
    let phases = |pods: &[Value]| -> Vec<String> {
        pods.iter().map(|pod| pod["status"]["phase"].as_str().unwrap_or_default().to_owned()).collect()
    };
    eventually_some("all pods have ended", || {
        let phases = phases(&cluster.all("pods"));
        (!phases.iter().any(|phase| phase == "Running")).then_some(())
    });
}

#[test]
fn a_deadline_ends_the_job() {
    let mut scene = Scene::with_redis();
    let _cluster = Kubernetes::start(&mut scene);
    scene.run_file(guest("queue"), &format!("{}[workers]\ncount = 2\n", launcher("deadline = \"1s\"\n")));
    scene.host("start run.toml").ok();
    eventually("both have ended", || states(&scene) == ["terminated"; 2]);
}

#[test]
fn a_pod_that_is_begun_again_takes_its_workers_over() {
    let mut scene = Scene::with_redis();
    let cluster = Kubernetes::start(&mut scene);
    let restart = "[workers]\nrestart = \"on-lost\"\nmax_restarts = 1\n";
    scene.run_file(guest("sleeper"), &format!("{}{restart}{BURIAL_SOON}", launcher("")));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    // Nobody else is there who could bury it.
    scene.host_processes(1)[0].kill();
    scene.wait_for_counts("it is back, in another pod", |counts| counts == [0, 1, 0, 1]);
    let workers = scene.host("workers run.toml --format jsonl").jsonl();
    assert_eq!((workers.len(), &workers[0]["attempt"], &workers[0]["restarts"]), (1, &1.into(), &1.into()));
    let place = workers[0]["place"].as_str().unwrap_or_default();
    assert!(cluster.names("pods").iter().any(|pod| pod == place), "{place}");
    scene.host_processes(1)[0].kill();
    // It may not come a third time, so the next pod has nothing to do.
    eventually("the Job is over", || cluster.all("jobs")[0]["status"]["succeeded"] == 1);
    assert_eq!(states(&scene), ["lost"]);
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 2]);
}
