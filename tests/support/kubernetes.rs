//! The API of a Kubernetes cluster, played by a script on this machine: see `kubernetes/api_server.py`.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    Scene, artifacts, eventually_some,
    skipped::{find, skipped},
};

/// Who knows it may do everything.
const TOKEN: &str = "test-token";
/// The namespace of the context that a scene has.
const NAMESPACE: &str = "default";

/// A cluster whose pods are processes of this machine. Gone when it is dropped, with all of them.
#[derive(Debug)]
pub struct Kubernetes {
    server: Child,
    lifeline: Option<ChildStdin>,
    folder: PathBuf,
    port: u16,
    /// The one for TLS.
    secure_port: Option<u16>,
}

impl Kubernetes {
    /// Starts one for this scene, whose kubeconfig names it.
    pub fn start(scene: &mut Scene) -> Self {
        let folder = scene.path("cluster");
        fs::create_dir(&folder).expect("a scene has one cluster");
        let cluster = Self::start_in(folder, scene);
        scene.write("kubeconfig", cluster.kubeconfig(TOKEN));
        scene.set("KUBECONFIG", scene.path("kubeconfig"));
        cluster
    }

    /// The same for one that also speaks TLS, with a certificate of its own. None where none can be made; that is said.
    pub fn start_secure(scene: &mut Scene) -> Option<Self> {
        if find("openssl").is_none() {
            skipped("a test of a cluster with TLS", "there is no openssl on the PATH");
            return None;
        }
        let folder = scene.path("cluster");
        fs::create_dir(&folder).expect("a scene has one cluster");
        let subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"];
        let no_authority = ["-addext", "basicConstraints=critical,CA:FALSE"];
        let kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let mut command = Command::new("openssl");
        command.args(kind).args(subject).args(no_authority).args([
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
        ]);
        let made = command.current_dir(&folder).output().expect("it was found before");
        assert!(made.status.success(), "{}", said(&made));
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it was just made");
        fs::write(folder.join("both.pem"), read("certificate.pem") + &read("key.pem")).expect("it is ours");
        Some(Self::start_in(folder, scene))
    }

    fn start_in(folder: PathBuf, scene: &Scene) -> Self {
        let script = artifacts::repository().join("tests/support/kubernetes/api_server.py");
        let mut command = Command::new(artifacts::tools().join("kubernetes-python"));
        command.arg("-B").arg(script).arg(&folder).env_clear();
        let certificate = folder.join("both.pem");
        if certificate.exists() {
            command.arg(certificate);
        }
        for mark in scene.marks() {
            let (name, value) = mark.split_once('=').expect("it is a variable");
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", scene.path("home")).env("RUSH_HOST_BIN", artifacts::host());
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo xtask setup` sets up what plays a cluster");
        let lifeline = server.stdin.take();
        let mut line = String::new();
        let said = BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut line);
        said.expect("it can be read");
        let mut ports = line.split_whitespace().map(|port| port.parse().expect("it says its ports"));
        let (port, secure_port) = (ports.next().expect("it says its port"), ports.next());
        Self { server, lifeline, folder, port, secure_port }
    }

    /// A kubeconfig for TLS, which trusts this file.
    pub fn secure_kubeconfig(&self, authority: Option<&Path>) -> String {
        let port = self.secure_port.expect("it was started with TLS");
        let mut kubeconfig: Value = serde_json::from_str(&self.kubeconfig(TOKEN)).expect("it is JSON");
        let cluster = &mut kubeconfig["clusters"][0]["cluster"];
        cluster["server"] = format!("https://127.0.0.1:{port}").into();
        if let Some(authority) = authority {
            cluster["certificate-authority"] = authority.display().to_string().into();
        }
        kubeconfig.to_string()
    }

    /// A kubeconfig with two contexts: `test`, the current one, and `elsewhere`, where nobody answers.
    pub fn kubeconfig(&self, token: &str) -> String {
        let context = |name: &str| json!({ "name": name, "context": { "cluster": name, "user": "tester", "namespace": NAMESPACE } });
        let cluster = |name: &str, port: u16| json!({ "name": name, "cluster": { "server": format!("http://127.0.0.1:{port}") } });
        // JSON is YAML.
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [cluster("test", self.port), cluster("elsewhere", 1)],
            "contexts": [context("test"), context("elsewhere")],
            "users": [{ "name": "tester", "user": { "token": token } }],
        })
        .to_string()
    }

    /// From now on this goes wrong, and nothing else: see `Behaviour` in the script.
    pub fn behave(&self, behaviour: &Value) {
        let path = self.folder.join("behaviour.json");
        let new = path.with_extension("new");
        fs::write(&new, behaviour.to_string()).expect("the folder is ours");
        fs::rename(&new, &path).expect("the folder is ours");
    }

    /// What was asked so far, as `POST jobs`, with what was sent.
    pub fn requests(&self) -> Vec<(String, String)> {
        let log = fs::read_to_string(self.folder.join("requests.jsonl")).expect("it logs");
        let request = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("each line is whole");
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let path = text("path");
            let path = path.split('?').next().unwrap_or_default();
            let kind = path.split('/').find(|part| ["jobs", "pods", "secrets", "events"].contains(part));
            (format!("{} {}", text("method"), kind.unwrap_or(path)), text("body"))
        };
        log.lines().map(request).collect()
    }

    /// How often this was asked.
    pub fn asked(&self, what: &str) -> usize {
        self.requests().iter().filter(|(request, _)| request == what).count()
    }

    /// All objects of a kind in the namespace of the scene.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        let group = if kind == "jobs" { "apis/batch/v1" } else { "api/v1" };
        let list = self.get(&format!("/{group}/namespaces/{NAMESPACE}/{kind}"));
        let list: Value = serde_json::from_str(&list).expect("it answers in JSON");
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// The names of all objects of a kind.
    pub fn names(&self, kind: &str) -> Vec<String> {
        let name = |o: &Value| o["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        self.all(kind).iter().map(name).collect()
    }

    /// The pods, once there are so many, and all of them are in one of these phases.
    #[track_caller]
    pub fn pods_in(&self, count: usize, phases: &[&str]) -> Vec<Value> {
        eventually_some(&format!("{count} pods are {phases:?}"), || {
            let pods = self.all("pods");
            let fits = |pod: &Value| phases.contains(&pod["status"]["phase"].as_str().unwrap_or_default());
            (pods.len() == count && pods.iter().all(fits)).then_some(pods)
        })
    }

    /// What the container of a pod has written.
    pub fn log(&self, pod: &str) -> String {
        self.get(&format!("/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log"))
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("it listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    /// Ends it, and what runs in it.
    pub fn stop(&mut self) {
        drop(self.lifeline.take());
        // It ends by itself when its standard input has closed.
        let _ = self.server.wait();
    }
}

impl Drop for Kubernetes {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Validates manifests strictly against the schemas that Kubernetes has published for these versions: what it says, if it is not content.
pub fn invalid_manifest(path: &Path, versions: &[&str]) -> Option<String> {
    let mut command = Command::new(artifacts::tools().join("kubernetes-validate"));
    command.args(["--strict", "--no-warn"]);
    for version in versions {
        command.args(["-k", version]);
    }
    let output = command.arg(path).output().expect("`cargo xtask setup` sets it up");
    (!output.status.success()).then(|| said(&output))
}

/// Whether there is a kubectl, and what it says to these words.
pub fn kubectl(scene: &Scene, words: &str) -> Option<Result<String, String>> {
    let program = find("kubectl")?;
    let mut command = Command::new(program);
    command
        .args(words.split_whitespace())
        .current_dir(scene.path(""))
        .env("KUBECONFIG", scene.path("kubeconfig"));
    let output = command.env("HOME", scene.path("home")).output().expect("it was found before");
    Some(if output.status.success() { Ok(said(&output)) } else { Err(said(&output)) })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
