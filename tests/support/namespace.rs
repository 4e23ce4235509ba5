//! A machine as Linux can play one: namespaces for its network and its name.

use std::process::{Command, Stdio};

use crate::{Running, Scene, artifacts, keeper::Keeper};

/// Sets the name of the machine, then keeps its namespaces.
const KEEPER: &str =
    r#"printf %s "$0" > /proc/sys/kernel/hostname && ip link set lo up && echo ready; exec cat >/dev/null"#;

/// A network and a name, apart from those of this machine. Gone with the last process in them.
#[derive(Debug)]
pub(crate) struct Namespace {
    keeper: Keeper,
    hostname: String,
}

impl Namespace {
    /// Makes them, or says why that cannot be done.
    pub(crate) fn new(hostname: &str) -> Result<Self, String> {
        let keeper = Keeper::start(&["--net", "--uts"], KEEPER, &[hostname])?;
        Ok(Self { keeper, hostname: hostname.to_owned() })
    }

    /// Their name for programs: the process that keeps them.
    pub(crate) fn id(&self) -> u32 {
        self.keeper.id()
    }

    /// What the machine is called.
    pub(crate) fn hostname(&self) -> &str {
        &self.hostname
    }

    /// What stands before a command that is to run there.
    pub(crate) fn enter(&self) -> Vec<String> {
        enter(self.id())
    }

    /// Starts `rush-host` there with these words.
    pub(crate) fn host(&self, scene: &Scene, words: &str) -> Running {
        let mut entering = self.enter().into_iter();
        let mut command = Command::new(entering.next().expect("there is a program that enters"));
        command.args(entering).arg(artifacts::host()).args(words.split_whitespace());
        scene.begin(format!("{}: rush-host {words}", self.hostname), command, Stdio::null())
    }

    /// Runs a command there.
    pub(crate) fn run(&self, words: &str) -> Result<(), String> {
        run(&self.enter(), words)
    }
}

/// What stands before a command that is to run in the namespaces of this process.
pub(crate) fn enter(id: u32) -> Vec<String> {
    ["nsenter".to_owned(), format!("--target={id}"), "--net".to_owned(), "--uts".to_owned(), "--".to_owned()]
        .into()
}

/// Runs a command behind other words.
pub(crate) fn run(entering: &[String], words: &str) -> Result<(), String> {
    let mut all = entering.iter().map(String::as_str).chain(words.split_whitespace());
    let program = all.next().expect("there is a command");
    let output = Command::new(program)
        .args(all)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("`{words}`: {said}")) }
}
