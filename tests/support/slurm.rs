//! A real Slurm of one node, on a machine of another name.

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    Scene,
    deadline::eventually,
    keeper::Keeper,
    skipped::{lacks, skipped},
};

/// Sets the name of the machine, which must be known there, and gives root a home in which nothing slows its login down; then keeps its
/// namespaces. It is the first process in one of them, with which all others end. What loses its parent is waited for by it.
const KEEPER: &str = r#"printf %s "$0" > /proc/sys/kernel/hostname && mount --bind "$1/hosts" /etc/hosts &&
mount --bind "$1/passwd" /etc/passwd && echo ready || exit
cat >/dev/null"#;

/// What stock machines have.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The only node.
const NODE: &str = "n1";

/// A controller and a node, with ports, key and folder of their own. The node has the same files and the same network as this machine, but
/// another name, and its processes are numbered anew. Gone when it is dropped, with every job.
#[derive(Debug)]
pub struct Slurm {
    folder: TempDir,
    keeper: Option<Keeper>,
    hostname: String,
    /// The first process of its namespaces.
    init: i32,
    controller_port: u16,
    munge: Option<Child>,
    controller: Option<Child>,
    node: Option<Child>,
}

impl Slurm {
    /// Starts one with two cores for this scene, and waits until its node is idle. None where that cannot be done; that is said.
    pub fn start(scene: &mut Scene) -> Option<Self> {
        let needed = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "unshare", "nsenter"];
        let made = lacks(&needed).map_or_else(|| Self::make(scene), Err);
        let slurm = made.inspect_err(|why| skipped("a test with Slurm", why)).ok()?;
        scene.set("SLURM_CONF", slurm.path("slurm.conf"));
        Some(slurm)
    }

    fn make(scene: &Scene) -> Result<Self, String> {
        let folder =
            tempfile::Builder::new().prefix("rush-slurm-").tempdir().expect("a temporary folder can be made");
        let [controller_port, node_port] = free_ports();
        let hostname = format!("cluster-{controller_port}");
        write_files(folder.path(), &hostname, controller_port, node_port, scene);
        let options = ["--uts", "--pid", "--fork", "--kill-child", "--mount-proc"];
        let arguments = [OsStr::new(&hostname), folder.path().as_os_str()];
        let keeper = Keeper::start(&options, KEEPER, &arguments)?;
        let init = child_of(keeper.id()).expect("it has just spoken");
        let mut slurm = Self {
            folder,
            keeper: Some(keeper),
            hostname,
            init,
            controller_port,
            munge: None,
            controller: None,
            node: None,
        };
        slurm.start_munge();
        slurm.start_controller();
        slurm.start_node();
        Ok(slurm)
    }

    /// What the machine of its node is called.
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// Runs one of its programs with these words.
    pub fn ask(&self, program: &str, words: &str) -> Output {
        let mut command = Command::new(program);
        command.args(words.split_whitespace()).stdin(Stdio::null());
        command.env("SLURM_CONF", self.path("slurm.conf")).output().expect("the programs of Slurm are here")
    }

    /// What one of its programs prints.
    #[track_caller]
    pub fn says(&self, program: &str, words: &str) -> String {
        let output = self.ask(program, words);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program} {words}: {talk}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The elements of all jobs that Slurm remembers, each with its state: `1_0 RUNNING`, in the order of their ids.
    #[track_caller]
    pub fn jobs(&self) -> Vec<String> {
        let listed = self.says("squeue", "--noheader --array --states=all --format=%i|%T --sort=i");
        let mut jobs: Vec<String> = listed.lines().map(|line| line.trim().replace('|', " ")).collect();
        jobs.sort();
        jobs
    }

    /// Ends the controller as `kill -9` does.
    pub fn kill_controller(&mut self) {
        kill(self.controller.take());
    }

    /// Starts the controller, and waits until it listens.
    pub fn start_controller(&mut self) {
        self.controller = Some(self.daemon("slurmctld", &["-D", "-i", "-f", "slurm.conf"]));
        let port = self.controller_port;
        eventually("the controller of Slurm listens", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
    }

    /// Ends the daemon of the node as `kill -9` does; its jobs go on.
    pub fn kill_node(&mut self) {
        kill(self.node.take());
    }

    /// Starts the daemon of the node, and waits until it can be used.
    pub fn start_node(&mut self) {
        self.node = Some(self.daemon("slurmd", &["-D", "-N", NODE, "-f", "slurm.conf"]));
        eventually("the node of Slurm is up", || {
            let state = self.ask("sinfo", "--noheader --Node --partition=main --format=%T");
            let state = String::from_utf8_lossy(&state.stdout).into_owned();
            ["idle", "mixed", "allocated"].iter().any(|good| state.trim() == *good)
        });
    }

    /// From now on the node finds an empty folder in the place of this one, and cannot write to it.
    pub fn hide(&self, folder: &Path) {
        let hidden = Command::new("nsenter")
            .args([
                &format!("--target={}", self.init),
                "--mount",
                "--",
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "ro",
                "none",
            ])
            .arg(folder)
            .status();
        assert!(hidden.expect("nsenter was found before").success(), "{} cannot be hidden", folder.display());
    }

    fn start_munge(&mut self) {
        self.munge = Some(self.daemon(
            "munged",
            &[
                "--foreground",
                "--force",
                "--num-threads=2",
                "--key-file=munge/key",
                "--socket=munge/socket",
                "--pid-file=munge/pid",
                "--log-file=munge/log",
                "--seed-file=munge/seed",
                "--origin=127.0.0.1",
            ],
        ));
        let socket = self.path("munge/socket");
        eventually("munge listens", || socket.exists());
    }

    /// Starts a daemon in its namespaces. What it says is kept in a file.
    fn daemon(&self, program: &str, words: &[&str]) -> Child {
        let log = fs::File::options().create(true).append(true).open(self.path(format!("{program}.talk")));
        let log = log.expect("the folder is ours");
        let words = words.iter().map(|word| match word.split_once('=') {
            Some((name, path)) if path.starts_with("munge/") => {
                format!("{name}={}", self.path(path).display())
            }
            _ if *word == "slurm.conf" => self.path(word).display().to_string(),
            _ => (*word).to_owned(),
        });
        Command::new("nsenter")
            .args([&format!("--target={}", self.init), "--uts", "--pid", "--mount", "--"])
            .args(["sh", "-c", "umask 022; cd / && exec \"$0\" \"$@\"", program])
            .args(words)
            .env_clear()
            .env("PATH", PATH)
            .env("SLURM_CONF", self.path("slurm.conf"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be opened twice"))
            .stderr(log)
            .spawn()
            .expect("nsenter was found before")
    }

    /// A path in its own folder.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(relative)
    }
}

impl Slurm {
    /// The end of what its daemons have to say, for whoever looks for what went wrong.
    fn last_words(&self) -> String {
        const TOLD: usize = 3_000;
        let mut told = String::new();
        for name in ["slurmctld.talk", "slurmd.talk", "munged.talk"] {
            let log = fs::read(self.path(name)).unwrap_or_default();
            let end = &log[log.len().saturating_sub(TOLD)..];
            told += &format!("--- {name}\n{}\n", String::from_utf8_lossy(end));
        }
        told
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Nobody may listen.
            let _ = std::io::stderr().write_all(self.last_words().as_bytes());
        }
        // The namespaces end with their first process, and everything in them with those.
        drop(self.keeper.take());
        for daemon in [&mut self.node, &mut self.controller, &mut self.munge].into_iter().flatten() {
            let _ = daemon.wait();
        }
    }
}

/// Ends what `nsenter` has started, and waits for both.
fn kill(daemon: Option<Child>) {
    let Some(mut daemon) = daemon else { return };
    if let Some(pid) = child_of(daemon.id()).and_then(Pid::from_raw) {
        // It may end by itself meanwhile.
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = daemon.wait();
}

/// The only child of a child.
fn child_of(parent: u32) -> Option<i32> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

fn write_files(folder: &Path, hostname: &str, controller: u16, node: u16, scene: &Scene) {
    let shown = folder.display();
    let write = |name: &str, mode: u32, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is ours");
        fs::write(&path, text).expect("the folder is ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("the folder is ours");
    };
    for name in ["state", "spool", "home"] {
        fs::create_dir(folder.join(name)).expect("the folder is new");
    }
    // It keeps nobody out: whoever runs tests may read it. It tells this Slurm from others.
    write("munge/key", 0o400, &format!("{hostname} {shown}").repeat(8));
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    write("hosts", 0o644, &format!("127.0.0.1 {hostname}\n{hosts}"));
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let others = users.lines().filter(|user| !user.starts_with("root:"));
    let others: Vec<String> = others.map(|user| format!("{user}\n")).collect();
    write("passwd", 0o644, &format!("root:x:0:0:root:{shown}/home:/bin/bash\n{}", others.concat()));
    // Processes of a scene are found by their environment, of which jobs inherit nothing.
    let marks: Vec<String> = scene.marks().iter().map(|mark| format!("echo 'export {mark}'\n")).collect();
    write("task-prolog", 0o755, &format!("#!/bin/sh\n{}", marks.concat()));
    write(
        "slurm.conf",
        0o644,
        &format!(
            "ClusterName=test\nSlurmctldHost={hostname}(127.0.0.1)\nSlurmctldPort={controller}\n\
             AuthType=auth/munge\nAuthInfo=socket={shown}/munge/socket,cred_expire=5\nCredType=cred/munge\n\
             SlurmUser=root\nSlurmdUser=root\nStateSaveLocation={shown}/state\nSlurmdSpoolDir={shown}/spool\n\
             SlurmctldPidFile={shown}/slurmctld.pid\nSlurmdPidFile={shown}/slurmd.pid\n\
             SlurmctldLogFile={shown}/slurmctld.log\nSlurmdLogFile={shown}/slurmd.log\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nTaskProlog={shown}/task-prolog\n\
             JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n\
             SwitchType=switch/none\nMpiDefault=none\nMailProg=/bin/true\n\
             CommunicationParameters=NoInAddrAny,NoCtldInAddrAny\n\
             SchedulerType=sched/backfill\nSchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU_Memory\nDefMemPerCPU=200\n\
             ReturnToService=2\nKillWait=2\nSlurmdTimeout=300\nSlurmctldTimeout=5\nMessageTimeout=5\nInactiveLimit=0\n\
             MaxArraySize=1001\nPropagateResourceLimits=NONE\nJobRequeue=1\nUnkillableStepTimeout=30\n\
             NodeName={NODE} NodeHostname={hostname} NodeAddr=127.0.0.1 Port={node} CPUs=2 RealMemory=4000 State=UNKNOWN\n\
             PartitionName=main Nodes={NODE} Default=YES MaxTime=60 DefaultTime=10 State=UP\n\
             PartitionName=short Nodes={NODE} MaxTime=1 State=UP\n"
        ),
    );
}

/// Two different ones.
fn free_ports() -> [u16; 2] {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback device has free ports");
    let listeners = [listen(), listen()];
    listeners.map(|listener| listener.local_addr().expect("it is bound").port())
}
