//! Real `sshd`s, on machines of other names, and how a client comes to them.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
};

use tempfile::TempDir;

use crate::{
    Scene,
    skipped::{find, lacks, skipped},
};

/// In a namespace for names of machines: sets the name, then runs the server as long as standard input is open. So it also ends when
/// the test program crashes.
const KEEPER: &str = r#"printf %s "$0" > /proc/sys/kernel/hostname || exit; "$@" & cat >/dev/null; kill "$!" 2>/dev/null; wait"#;

/// What stock servers have.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// An `sshd` on a port of the loopback device, with keys of its own. Whoever logs in is on a machine of another name, with the same files and
/// the same network. Gone when it is dropped.
#[derive(Debug)]
pub struct Sshd {
    folder: TempDir,
    keeper: Child,
    lifeline: Option<ChildStdin>,
    log: Arc<Mutex<String>>,
    name: String,
    hostname: String,
    address: Ipv4Addr,
    port: u16,
}

/// What is different about the machine of an `sshd`.
#[derive(Debug, Default)]
pub struct SshdOptions {
    /// The home of whoever logs in; else that of the user of the tests.
    pub home: Option<PathBuf>,
    /// Further lines of its configuration.
    pub lines: &'static str,
    /// A machine on a switch; else it is only its name that is another one.
    pub node: Option<Place>,
}

/// Where a server runs: what stands before a command that is to run there, and its address.
#[derive(Debug, Clone)]
pub struct Place {
    pub(crate) enter: Vec<String>,
    pub(crate) address: Ipv4Addr,
}

/// How a client knows a machine: a part of its configuration.
#[derive(Debug)]
pub struct SshEntry<'a> {
    sshd: &'a Sshd,
    known_hosts: &'static str,
    identity: &'static str,
    jump: Option<&'a Sshd>,
}

impl Sshd {
    /// Starts one for this scene, and waits until it listens. None where that cannot be done; that is said.
    pub fn start(scene: &Scene) -> Option<Self> {
        Self::start_as(scene, "elsewhere", &SshdOptions::default())
    }

    /// The same for a machine that clients know by this name.
    pub fn start_as(scene: &Scene, name: &str, options: &SshdOptions) -> Option<Self> {
        let needed = ["sshd", "ssh", "ssh-keygen", "unshare"];
        if let Some(why) = lacks(&needed).or_else(uts_namespaces_are_refused) {
            skipped("a test through ssh", &why);
            return None;
        }
        let folder =
            tempfile::Builder::new().prefix("rush-sshd-").tempdir().expect("a temporary folder can be made");
        let port = free_port();
        let hostname = format!("{name}-{port}");
        let address = options.node.as_ref().map_or(Ipv4Addr::LOCALHOST, |node| node.address);
        write_files(folder.path(), address, port, scene, options);
        // It is compiled into the server.
        fs::create_dir_all("/run/sshd").expect("root can make a folder");

        let here = ["unshare", "--uts"].map(str::to_owned).to_vec();
        let mut enter = options.node.as_ref().map_or(here, |node| node.enter.clone()).into_iter();
        let mut keeper = Command::new(enter.next().expect("there is a program that enters"))
            .args(enter)
            .args(["sh", "-c", KEEPER, &hostname])
            .arg(find("sshd").expect("it was found before"))
            .args(["-D", "-e", "-f"])
            .arg(folder.path().join("sshd_config"))
            .env_clear()
            .env("PATH", PATH)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("unshare can be started");
        let lifeline = keeper.stdin.take();
        let mut lines = BufReader::new(keeper.stderr.take().expect("it is piped")).lines();
        let mut said = String::new();
        while !said.contains("Server listening on") {
            let Some(Ok(line)) = lines.next() else { panic!("sshd did not start. It said:\n{said}") };
            said += &(line + "\n");
        }
        let log = Arc::new(Mutex::new(said));
        let sink = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *sink.lock().expect("no reader panics") += &(line + "\n");
            }
        });
        Some(Self { folder, keeper, lifeline, log, name: name.to_owned(), hostname, address, port })
    }

    /// What its machine is called.
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// `[launcher.command]` of a run file that starts host processes there.
    pub fn launcher(&self) -> String {
        self.launcher_as("id")
    }

    /// The same for somebody whom the server does not know.
    pub fn launcher_of_a_stranger(&self) -> String {
        keygen(&self.folder.path().join("stranger"));
        self.launcher_as("stranger")
    }

    fn launcher_as(&self, identity: &'static str) -> String {
        let folder = self.folder.path().display();
        let entry = SshEntry { identity, ..self.entry() };
        fs::write(self.folder.path().join("ssh_config"), entry.text()).expect("the folder is ours");
        let options = format!("\"-F\", \"{folder}/ssh_config\"");
        format!("[launcher.command]\nargv = [\"ssh\", {options}, \"elsewhere\", \"{{script}}\"]\n")
    }

    /// How a client knows it that may log in.
    pub fn entry(&self) -> SshEntry<'_> {
        SshEntry { sshd: self, known_hosts: "known_hosts", identity: "id", jump: None }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no reader panics").clone()
    }

    /// The processes that serve those who are logged in.
    pub fn sessions(&self) -> Vec<i32> {
        let servers = children(self.keeper.id().cast_signed());
        servers.into_iter().filter(|server| is_sshd(*server)).flat_map(children).collect()
    }

    /// Ends it; who is logged in stays so.
    pub fn stop(&mut self) {
        drop(self.lifeline.take());
        // It ends by itself when its standard input has closed.
        let _ = self.keeper.wait();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

impl<'a> SshEntry<'a> {
    /// It does not know the machine's key yet.
    #[must_use]
    pub fn unknown(self) -> Self {
        Self { known_hosts: "known_nobody", ..self }
    }

    /// It knows another key than the machine has.
    #[must_use]
    pub fn changed(self) -> Self {
        Self { known_hosts: "known_another", ..self }
    }

    /// The machine does not know it.
    #[must_use]
    pub fn stranger(self) -> Self {
        keygen(&self.sshd.folder.path().join("stranger"));
        Self { identity: "stranger", ..self }
    }

    /// It comes through another machine.
    #[must_use]
    pub fn through(self, jump: &'a Sshd) -> Self {
        Self { jump: Some(jump), ..self }
    }

    /// Its part of a configuration file of ssh.
    pub fn text(&self) -> String {
        let Sshd { name, address, port, folder, .. } = self.sshd;
        let folder = folder.path().display();
        let jump = self.jump.map(|jump| format!("ProxyJump {}\n", jump.name)).unwrap_or_default();
        format!(
            "Host {name}\nHostName {address}\nPort {port}\nUser root\nIdentitiesOnly yes\nIdentityFile {folder}/{}\n\
             UserKnownHostsFile {folder}/{}\nGlobalKnownHostsFile /dev/null\n{jump}\n",
            self.identity, self.known_hosts
        )
    }
}

fn write_files(folder: &Path, address: Ipv4Addr, port: u16, scene: &Scene, options: &SshdOptions) {
    for name in ["hostkey", "id", "another"] {
        keygen(&folder.join(name));
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("the key was just made");
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("the folder is ours");
    write("authorized_keys", read("id.pub"));
    write("known_hosts", format!("[{address}]:{port} {}", read("hostkey.pub")));
    write("known_another", format!("[{address}]:{port} {}", read("another.pub")));
    write("known_nobody", String::new());
    // Processes of a scene are found by their environment.
    let home = options.home.as_ref().map(|home| format!("HOME={}", home.display()));
    let variables: Vec<String> =
        scene.marks().into_iter().chain(home).map(|variable| quoted(&variable)).collect();
    let (shown, environment, lines) = (folder.display(), variables.join(" "), options.lines);
    write(
        "sshd_config",
        format!(
            "ListenAddress {address}\nPort {port}\nHostKey {shown}/hostkey\nPidFile none\n\
             AuthorizedKeysFile {shown}/authorized_keys\nStrictModes no\nUsePAM no\nPrintMotd no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             SetEnv {environment}\nLogLevel VERBOSE\n{lines}"
        ),
    );
    let whole = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder, whole).expect("the folder is ours");
}

/// One word of a configuration file of `sshd`.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn children(pid: i32) -> Vec<i32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

fn is_sshd(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "sshd")
}

fn keygen(path: &Path) {
    if path.exists() {
        return;
    }
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status();
    assert!(made.expect("ssh-keygen can be started").success(), "ssh-keygen fails");
}

fn uts_namespaces_are_refused() -> Option<String> {
    let tried = Command::new("unshare").args(["--uts", "true"]).output().expect("unshare was found before");
    (!tried.status.success()).then(|| String::from_utf8_lossy(&tried.stderr).trim().to_owned())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback device has free ports");
    listener.local_addr().expect("it is bound").port()
}
