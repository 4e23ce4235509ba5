//! What goes wrong between `[launcher.kubernetes]` and the API of a cluster: told with what to do, and nothing is made twice.

use rush_tests::{Kubernetes, Scene, guest};
use serde_json::{Value, json};

use crate::kubernetes_manifests::launcher;

fn scene(keys: &str) -> (Scene, Kubernetes) {
    let mut scene = Scene::with_redis();
    let cluster = Kubernetes::start(&mut scene);
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 2\n{}", launcher(keys)));
    (scene, cluster)
}

fn fault(cluster: &Kubernetes, faults: &[Value]) {
    cluster.behave(&json!({ "faults": faults }));
}

fn nothing_is_there(scene: &Scene, cluster: &Kubernetes) {
    cluster.behave(&json!({}));
    assert_eq!((cluster.names("jobs").len(), cluster.names("secrets").len()), (0, 0));
    assert_eq!(scene.host("status run.toml --json").json()["pending"], 0);
}

#[test]
fn a_lost_reply_makes_nothing_twice() {
    for what in ["POST secrets", "POST jobs", "PATCH secrets"] {
        let (scene, cluster) = scene("");
        fault(&cluster, &[json!({ "on": what, "lose": true })]);
        scene.host("start run.toml").ok().says("2 workers registered");
        assert_eq!(cluster.asked(what), 2, "{what}");
        assert_eq!((cluster.names("jobs").len(), cluster.names("secrets").len()), (1, 1), "{what}");
        assert_eq!(scene.snapshot().workers().len(), 2);
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn what_passes_by_itself_is_tried_again_and_told_once() {
    let (scene, cluster) = scene("");
    let faults = ["POST secrets", "POST jobs"].map(|on| json!({ "on": on, "code": 500, "times": 2 }));
    fault(&cluster, &faults);
    let said = scene.host("start run.toml");
    said.ok().says("Kubernetes could not create a Job, which is tried again: etcdserver: request timed out");
    assert_eq!(said.talk.matches("create a Job, which").count(), 1, "{said}");
    assert_eq!(cluster.asked("POST jobs"), 3);
    scene.host("stop run.toml").ok();
}

#[test]
fn what_does_not_pass_is_told_and_leaves_nothing() {
    let (scene, cluster) = scene("");
    fault(&cluster, &[json!({ "on": "POST jobs", "code": 503, "times": 0, "message": "overloaded" })]);
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("Kubernetes fails to create a Job in namespace `default`: overloaded");
    nothing_is_there(&scene, &cluster);
}

#[test]
fn what_is_forbidden_is_told_with_what_is_needed() {
    let (scene, cluster) = scene("");
    let message =
        "jobs.batch is forbidden: User \"me\" cannot create resource \"jobs\" in API group \"batch\"";
    fault(
        &cluster,
        &[json!({ "on": "POST jobs", "code": 403, "reason": "Forbidden", "message": message, "times": 0 })],
    );
    for command in ["run", "start"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(6)
            .says("Kubernetes forbids to create a Job in namespace `default`")
            .says("cannot create resource \"jobs\"")
            .says("the account needs create, get, list and delete on jobs");
    }
    nothing_is_there(&scene, &cluster);
}

#[test]
fn a_quota_is_no_matter_of_permissions() {
    let (scene, cluster) = scene("");
    let message = "secrets \"x\" is forbidden: exceeded quota: objects";
    fault(
        &cluster,
        &[json!({ "on": "POST secrets", "code": 403, "reason": "Forbidden", "message": message })],
    );
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("Kubernetes refused to create a Secret")
        .never_says("the account needs");
    nothing_is_there(&scene, &cluster);
}

#[test]
fn a_namespace_that_is_not_there_is_named() {
    let (scene, cluster) = scene("namespace = \"nobody\"\n");
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("Kubernetes has no namespace `nobody`")
        .says("`[launcher.kubernetes] namespace` must exist");
    nothing_is_there(&scene, &cluster);
}

#[test]
fn a_cluster_that_does_not_answer_is_named() {
    let (scene, _cluster) = scene("context = \"elsewhere\"\n");
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("The Kubernetes API at http://127.0.0.1:1 cannot be reached")
        .says("onnection refused")
        .says("`kubectl version` with the same KUBECONFIG says whether the cluster answers");
}

#[test]
fn who_has_no_kubeconfig_is_told_where_it_is_looked_for() {
    let (mut scene, _cluster) = scene("");
    for kubeconfig in [None, Some("nowhere/config")] {
        scene.set("KUBECONFIG", kubeconfig.map(|path| scene.path(path)).unwrap_or_default());
        scene
            .host("start run.toml")
            .ends_with_code(6)
            .says("No cluster is known: the kubeconfig `")
            .says("KUBECONFIG or ~/.kube/config names the cluster");
    }
}

#[test]
fn a_context_that_is_not_there_is_told_with_those_that_are() {
    let (scene, _cluster) = scene("context = \"tset\"\n");
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("The kubeconfig has no context `tset`, but test, elsewhere");
}

#[test]
fn who_is_not_logged_in_is_told_so() {
    let (scene, cluster) = scene("");
    scene.write("kubeconfig", cluster.kubeconfig("expired"));
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("does not know who asks")
        .says("log in to the cluster again");
}

#[test]
fn a_secret_that_nobody_may_give_away_is_told_and_the_work_goes_on() {
    let (scene, cluster) = scene("");
    fault(&cluster, &[json!({ "on": "PATCH secrets", "code": 403, "message": "no", "times": 0 })]);
    scene.host("start run.toml").ok().says("will stay when its Job goes").says("2 workers registered");
    scene.host("stop run.toml").ok();
}

#[test]
fn workers_are_shown_though_the_cluster_does_not_answer() {
    let (scene, cluster) = scene("");
    cluster.behave(&json!({ "pending": { "reason": "Unschedulable", "indices": [1] } }));
    scene.host("start run.toml --set workers.start_timeout=1s").ok();
    scene.write("kubeconfig", "{}");
    let workers = scene.host("workers run.toml --format jsonl").jsonl();
    assert_eq!(workers.len(), 2, "{workers:?}");
    let pending = workers.iter().find(|worker| worker["state"] == "pending").expect("one waits");
    assert!(pending["message"].as_str().is_some_and(|why| why.contains("no cluster is known")), "{pending}");
    let said = scene.host("stop run.toml");
    said.ok().says("no cluster is known");
}

#[test]
fn a_cluster_is_asked_through_tls_and_only_if_it_is_the_right_one() {
    let mut scene = Scene::with_redis();
    let Some(cluster) = Kubernetes::start_secure(&mut scene) else { return };
    scene.set("KUBECONFIG", scene.path("kubeconfig"));
    scene.run_file(guest("queue"), &launcher(""));
    scene.write("kubeconfig", cluster.secure_kubeconfig(None));
    scene
        .host("start run.toml")
        .ends_with_code(6)
        .says("cannot be reached: invalid peer certificate: UnknownIssuer");
    assert!(cluster.requests().is_empty());
    scene.write("kubeconfig", cluster.secure_kubeconfig(Some(&scene.path("cluster/certificate.pem"))));
    scene.host("start run.toml").ok().says("1 worker registered");
    scene.host("stop run.toml").ok();
}
