//! A real `sshd`, on a machine of another name.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::Path,
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
    hostname: String,
}

impl Sshd {
    /// Starts one for this scene, and waits until it listens. None where that cannot be done; that is said.
    pub fn start(scene: &Scene) -> Option<Self> {
        let needed = ["sshd", "ssh", "ssh-keygen", "unshare"];
        if let Some(why) = lacks(&needed).or_else(uts_namespaces_are_refused) {
            skipped("a test through ssh", &why);
            return None;
        }
        let folder =
            tempfile::Builder::new().prefix("rush-sshd-").tempdir().expect("a temporary folder can be made");
        let port = free_port();
        let hostname = format!("elsewhere-{port}");
        write_files(folder.path(), port, scene);
        // It is compiled into the server.
        fs::create_dir_all("/run/sshd").expect("root can make a folder");

        let mut keeper = Command::new("unshare")
            .args(["--uts", "sh", "-c", KEEPER, &hostname])
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
        Some(Self { folder, keeper, lifeline, log, hostname })
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

    fn launcher_as(&self, identity: &str) -> String {
        let folder = self.folder.path().display();
        let options = format!("\"-F\", \"{folder}/ssh_config\", \"-i\", \"{folder}/{identity}\"");
        format!("[launcher.command]\nargv = [\"ssh\", {options}, \"elsewhere\", \"{{script}}\"]\n")
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no reader panics").clone()
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

fn write_files(folder: &Path, port: u16, scene: &Scene) {
    for name in ["hostkey", "id"] {
        keygen(&folder.join(name));
    }
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("the key was just made");
    let write = |name: &str, text: String| fs::write(folder.join(name), text).expect("the folder is ours");
    write("authorized_keys", read("id.pub"));
    write("known_hosts", format!("[127.0.0.1]:{port} {}", read("hostkey.pub")));
    // Processes of a scene are found by their environment.
    let environment = scene.marks().join(" ");
    let shown = folder.display();
    write(
        "sshd_config",
        format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {shown}/hostkey\nPidFile none\n\
             AuthorizedKeysFile {shown}/authorized_keys\nStrictModes no\nUsePAM no\nPrintMotd no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             SetEnv {environment}\nLogLevel VERBOSE\n"
        ),
    );
    write(
        "ssh_config",
        format!(
            "Host elsewhere\nHostName 127.0.0.1\nPort {port}\nUser root\nIdentitiesOnly yes\nBatchMode yes\n\
             UserKnownHostsFile {shown}/known_hosts\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\n"
        ),
    );
    let whole = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder, whole).expect("the folder is ours");
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
