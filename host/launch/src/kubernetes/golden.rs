//! Manifests, word for word: `tests/manifests/NAME.yaml` is what comes of the launcher NAME. `UPDATE_GOLDEN=1` writes what is found; read it
//! before you keep it. That the published schemas take them is tested with all other programs of this machine (`tests/e2e`).

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rush_network::{LaunchId, LaunchRecord, LaunchedProcess, LaunchedWorker, WorkerId};
use rush_run_file::{KubernetesLauncher, Launcher, Options, RunFile};
use secrecy::SecretString;

use super::{
    manifest::{Manifest, Plan, manifest, yaml},
    rules,
};
use crate::{Carries, HostProgram, Job, Lifetime, WorkerCommand};

const PLAIN: &str = "image = 'registry.example.org/rush-host:0.1.0'";
const EVERYTHING: &str = r#"
image = "registry.example.org:5000/team/rush-host:0.1.0"
namespace = "team-1"
cpu = "1500m"
memory = "1.5Gi"
service_account = "optimiser"
deadline = "12h"
program = "/opt/rush $(host)/rush-host"
image_pull_secrets = ["registry-login"]
node_selector = { "kubernetes.io/arch" = "amd64" }
tolerations = [{ key = "dedicated", value = "rush", effect = "NoSchedule" }, { key = "spot" }]
labels = { team = "optimisation", yes = "no" }
annotations = { "example.org/note" = "it's \"quoted\": yes, größer\nand on two lines" }
fs_group = 65532
ttl = "1h"
[log]
message_log = "/var/log/$(rush) $HOME"
"#;

fn read(launcher: &str) -> (RunFile, KubernetesLauncher) {
    let text = format!(
        "network = 'Team-{{branin}}'\n[loop]\ncomponent = 'loop.wasm'\n[launcher.kubernetes]\n{launcher}\n"
    );
    let run_file = RunFile::parse(&text, "run.toml", &Options::of_this_process()).unwrap();
    let Launcher::Kubernetes(launcher) = run_file.launcher.clone() else { panic!("{text}") };
    (run_file, launcher)
}

fn launch() -> LaunchId {
    LaunchId::parse("0123456789ab").unwrap()
}

fn command(run_file: &RunFile, carries: Carries) -> WorkerCommand {
    let command = WorkerCommand::of(run_file, "c0ffee", carries);
    WorkerCommand { launched_from: "here".into(), launcher: "kubernetes".into(), ..command }
}

fn of(launcher: &str, carries: Carries, takes_over: bool) -> Manifest {
    let (run_file, launcher) = read(launcher);
    let plan = Plan {
        launcher: &launcher,
        name: "rush-team-branin-0123456789ab",
        launch: &launch(),
        processes: 3,
        command: WorkerCommand { lifetime: Lifetime::Managed, ..command(&run_file, carries) },
        url: SecretString::from("redis://:geheim@redis.example.org:6379/0"),
        takes_over,
        grace: Duration::from_millis(29_500),
    };
    manifest(&plan).unwrap()
}

fn launched() -> Carries {
    Carries::Launched { launch: launch(), process: None }
}

/// Each with the name of its file.
fn all() -> Vec<(&'static str, Manifest)> {
    vec![
        ("plain", of(PLAIN, launched(), false)),
        ("everything", of(EVERYTHING, launched(), true)),
        ("script", of(PLAIN, Carries::Any(2), false)),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests")
}

#[test]
fn manifests_are_these() {
    for (name, manifest) in all() {
        let path = folder().join(name).with_extension("yaml");
        let found = yaml(&manifest).unwrap();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &found).unwrap();
        }
        assert_eq!(found, fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
    }
}

/// What YAML might read otherwise: `no`, numbers, several lines.
#[test]
fn what_is_written_is_read_back() {
    for (name, manifest) in all() {
        let text = yaml(&manifest).unwrap();
        let (secret, job) = text.split_once("\n---\n").unwrap();
        assert_eq!(
            serde_saphyr::from_str::<k8s_openapi::api::core::v1::Secret>(secret).unwrap(),
            manifest.secret,
            "{name}"
        );
        assert_eq!(
            serde_saphyr::from_str::<k8s_openapi::api::batch::v1::Job>(job).unwrap(),
            manifest.job,
            "{name}"
        );
    }
}

/// kubectl reads YAML of an older version than we write.
#[test]
fn no_text_is_read_as_something_else() {
    for text in [
        "123456789012",
        "12345678e901",
        "1234567e8",
        "0123",
        "0o17",
        "0x1f",
        "1_000",
        "1.5",
        ".5",
        "1e3",
        "yes",
        "No",
        "on",
        "off",
        "y",
        "n",
        "true",
        "null",
        "~",
        "12:30:45",
        "2026-01-01",
        "- a",
        "a: b",
        "# a",
        "*a",
        "&a",
        "!a",
        "@a",
        "`a`",
        "{a}",
        "[a]",
        "a ",
        " a",
        "",
        "%",
        "=",
        "<<",
        ".inf",
        ".nan",
        "a #b",
    ] {
        let written = serde_saphyr::to_string(&text).unwrap();
        assert!(written.starts_with(['"', '\'']), "{text} is written as {written}");
    }
}

#[test]
fn the_secret_stands_in_the_secret_alone() {
    for (name, manifest) in all() {
        let job = serde_json::to_string(&manifest.job).unwrap();
        assert!(!job.contains("geheim") && !job.contains("redis.example.org"), "{name}: {job}");
        assert!(serde_json::to_string(&manifest.secret).unwrap().contains("geheim"), "{name}");
    }
}

#[test]
fn who_only_looks_sees_no_secret() {
    let (run_file, launcher) = read(PLAIN);
    let worker = LaunchedWorker { id: WorkerId::parse("calm_otter").unwrap(), before: 0 };
    let process =
        LaunchedProcess { place: String::new(), first_index: 0, workers: vec![worker], failure: None };
    let record = LaunchRecord {
        id: launch(),
        launcher: "kubernetes".into(),
        from: "here".into(),
        at: 0,
        name: "rush-x-0123456789ab".into(),
        job: None,
        processes: vec![process; 2],
    };
    let job = Job {
        name: &record.name,
        record: &record,
        command: command(&run_file, launched()),
        redis_url: SecretString::from("redis://:geheim@redis.example.org"),
        takes_over: false,
        grace: Duration::from_secs(30),
        folder: Path::new("/nowhere"),
        program: &HostProgram::at("/nowhere/rush-host").unwrap(),
    };
    let shown = super::dry_run(&launcher, &job).unwrap();
    assert!(shown.contains("redis-url: <redacted>") && !shown.contains("geheim"), "{shown}");
    assert!(shown.contains("completions: 2\n") && shown.contains("parallelism: 2\n"), "{shown}");
}

#[test]
fn what_the_api_would_refuse_is_refused_here() {
    type Change = fn(&mut Manifest);
    type ChangeOfSpec = fn(&mut k8s_openapi::api::batch::v1::JobSpec);
    let spec = |manifest: &mut Manifest, change: ChangeOfSpec| {
        change(manifest.job.spec.as_mut().unwrap());
    };
    assert!(rules::check(&all()[0].1).is_ok());
    let changes: [(Change, &str); 6] = [
        (|manifest| manifest.job.metadata.name = Some("Rush_W".into()), "no name of RFC 1123"),
        (|manifest| manifest.job.metadata.name = Some("a".repeat(62)), "more than 63 characters"),
        (|manifest| manifest.secret.metadata.name = Some("other".into()), "called differently"),
        (|manifest| manifest.job.spec = None, "needs a spec"),
        (
            |manifest| {
                let pod = manifest.job.spec.as_mut().and_then(|spec| spec.template.spec.as_mut()).unwrap();
                pod.restart_policy = Some("Always".into());
            },
            "start once",
        ),
        (
            |manifest| {
                let pod = manifest.job.spec.as_mut().and_then(|spec| spec.template.spec.as_mut()).unwrap();
                pod.containers[0].env.as_mut().unwrap()[0].value = Some("redis://".into());
            },
            "holds a secret",
        ),
    ];
    for (change, expected) in changes {
        let mut manifest = all()[0].1.clone();
        change(&mut manifest);
        let error = rules::check(&manifest).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let of_spec: [(ChangeOfSpec, &str); 5] = [
        (|spec| spec.completions = Some(0), "1 to 100000 pods"),
        (|spec| spec.parallelism = Some(1), "run at once"),
        (|spec| spec.backoff_limit = Some(0), "would end all pods with one"),
        (|spec| spec.active_deadline_seconds = Some(0), "at least a second"),
        (|spec| spec.completion_mode = None, "an indexed one"),
    ];
    for (change, expected) in of_spec {
        let mut manifest = all()[0].1.clone();
        spec(&mut manifest, change);
        let error = rules::check(&manifest).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
