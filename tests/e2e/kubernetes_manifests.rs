//! What `[launcher.kubernetes]` submits: shown, written into a file, and held against what Kubernetes has published.

use std::os::unix::fs::PermissionsExt as _;

use rush_test_redis::Options;
use rush_tests::{Kubernetes, Scene, eventually, guest, invalid_manifest, kubectl, repository};

/// The oldest version that all fields are in, and the newest whose schemas we have.
const VERSIONS: [&str; 2] = ["1.33", "1.37"];

/// The table of a run file, with these keys. A pod has one worker unless they say otherwise.
pub(crate) fn launcher(keys: &str) -> String {
    format!("[launcher.kubernetes]\nimage = \"registry.example.org/team/rush-host:0.1.0\"\n{keys}")
}

#[test]
fn the_schemas_of_the_oldest_and_the_newest_kubernetes_take_every_manifest() {
    let folder = repository().join("host/launch/tests/manifests");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(invalid_manifest(&file, &VERSIONS), None, "{}", file.display());
    }
}

#[test]
fn the_schemas_see_a_mistake() {
    let scene = Scene::new();
    let golden = repository().join("host/launch/tests/manifests/plain.yaml");
    let golden = std::fs::read_to_string(golden).unwrap();
    for (right, wrong) in
        [("backoffLimitPerIndex:", "backofLimitPerIndex:"), ("parallelism: 3", "parallelism: three")]
    {
        assert!(golden.contains(right), "{golden}");
        scene.write("wrong.yaml", golden.replace(right, wrong));
        assert!(invalid_manifest(&scene.path("wrong.yaml"), &VERSIONS).is_some(), "{wrong}");
    }
}

#[test]
fn a_dry_run_shows_what_would_be_submitted_and_submits_nothing() {
    let options = Options { password: Some("hunter2hunter2".into()), tcp: true, ..Options::default() };
    let mut scene = Scene::with_redis_that(options);
    let cluster = Kubernetes::start(&mut scene);
    let keys = "cpu = \"2\"\nmemory = \"1Gi\"\ndeadline = \"12h\"\nlabels = { team = \"a\" }\n";
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 6\nseed = 1\n{}", launcher(keys)));
    let shown = scene.host("start run.toml --dry-run");
    shown
        .ok()
        .never_says("hunter2")
        .shows("redis-url: <redacted>")
        .shows("completions: 3")
        .shows("activeDeadlineSeconds: 43200");
    scene.write("shown.yaml", &shown.data);
    assert_eq!(invalid_manifest(&scene.path("shown.yaml"), &VERSIONS), None);
    assert!(cluster.requests().is_empty() && scene.snapshot().workers().is_empty());
    if let Some(answer) = kubectl(&scene, "create --validate=false --dry-run=server -f shown.yaml") {
        assert!(answer.is_ok_and(|said| said.contains("created")));
    }

    // What is submitted then differs in names alone.
    scene.host("start run.toml").ok();
    let submitted = cluster.requests().into_iter().find(|(request, _)| request == "POST jobs").unwrap().1;
    scene.write("submitted.json", &submitted);
    let launch = |text: &str| -> String {
        let at = text.find("rush-test-").expect("it has a name") + "rush-test-".len();
        text[at..at + 12].to_owned()
    };
    let expected = shown.data.replace(&launch(&shown.data), &launch(&submitted));
    let submitted: serde_json::Value = serde_json::from_str(&submitted).unwrap();
    let container = &submitted["spec"]["template"]["spec"]["containers"][0];
    for word in container["args"].as_array().unwrap() {
        let word = word.as_str().unwrap();
        assert!(expected.contains(word), "{word} is not in\n{expected}");
    }
    scene.host("stop run.toml").ok();
}

#[test]
fn a_dry_run_needs_neither_cluster_nor_kubeconfig() {
    let mut scene = Scene::with_redis();
    scene.set("KUBECONFIG", "/nowhere");
    scene.run_file(guest("queue"), &launcher("namespace = \"team\"\ncontext = \"any\"\n"));
    scene
        .host("start run.toml --dry-run")
        .ok()
        .shows("context any, in namespace team")
        .shows("namespace: team");
}

#[test]
fn a_script_is_a_manifest_that_kubectl_creates() {
    let options = Options { password: Some("hunter2hunter2".into()), tcp: true, ..Options::default() };
    let mut scene = Scene::with_redis_that(options);
    let cluster = Kubernetes::start(&mut scene);
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 4\n{}", launcher("cpu = \"2\"\n")));
    scene
        .host("script run.toml")
        .ends_with_code(2)
        .says("`-o job.yaml` writes it into a file that nobody else can read")
        .never_says("hunter2");
    let said = scene.host("script run.toml -o job.yaml");
    said.ok()
        .says("`kubectl create -f job.yaml` starts 4 workers in 2 pods as Job rush-test-")
        .says(":<redacted>@127.0.0.1:")
        .never_says("hunter2");
    let mode = std::fs::metadata(scene.path("job.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert!(scene.read("job.yaml").contains("hunter2hunter2"));
    assert_eq!(invalid_manifest(&scene.path("job.yaml"), &VERSIONS), None);
    let Some(answer) = kubectl(&scene, "create --validate=false -f job.yaml") else { return };
    answer.unwrap();
    scene.wait_for_running_workers(4);
    for worker in scene.host("workers run.toml --format jsonl").jsonl() {
        assert_eq!(worker["launcher"], "script", "{worker}");
        assert!(worker["place"].as_str().is_some_and(|pod| pod.starts_with("rush-test-")), "{worker}");
    }
    scene.host("stop run.toml").ok().says("Asked 4 workers");
    eventually("the Job is complete", || cluster.all("jobs")[0]["status"]["succeeded"] == 2);
    kubectl(&scene, "delete -f job.yaml").unwrap().unwrap();
    assert_eq!((cluster.names("jobs").len(), cluster.names("secrets").len()), (0, 0));
}

#[test]
fn pods_that_cannot_be_alike_are_refused() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 5\n{}", launcher("cpu = \"2\"\n")));
    scene
        .host("script run.toml -o job.yaml")
        .ends_with_code(2)
        .says("5 workers cannot be the same number in each of 3 pods")
        .says("`-n 6` makes it 2 in each");
    assert!(!scene.path("job.yaml").exists());
}

#[test]
fn a_private_redis_is_refused() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), &launcher(""));
    for command in ["run run.toml", "start run.toml", "start run.toml --dry-run"] {
        scene.host(command).ends_with_code(6).says(
            "A private Redis cannot be reached by workers that are started through [launcher.kubernetes]",
        );
        assert!(!scene.path(".rush").exists(), "one was begun in vain");
    }
}
