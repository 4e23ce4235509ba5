//! Another machine: a network namespace and a cable that can be cut.

use std::{
    io::{BufRead as _, BufReader},
    net::Ipv4Addr,
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    Running, Scene, artifacts,
    skipped::{lacks, skipped},
};

/// Sets the name of the machine, then keeps its namespaces as long as standard input is open: so they also end when the test program crashes.
const KEEPER: &str =
    r#"printf %s "$0" > /proc/sys/kernel/hostname && ip link set lo up && echo ready; exec cat >/dev/null"#;

/// A machine of another name that reaches this one through a cable, and nothing else. Its files are the same.
#[derive(Debug)]
pub struct Machine {
    keeper: Child,
    lifeline: Option<ChildStdin>,
    hostname: String,
    /// This end of the cable, and its address.
    device: String,
    here: Ipv4Addr,
}

impl Machine {
    /// Makes one. None where that cannot be done; that is said.
    pub fn start() -> Option<Self> {
        let why = lacks(&["ip", "unshare", "nsenter"]).map_or_else(Self::make, Err);
        why.inspect_err(|why| skipped("a test with several machines", why)).ok()
    }

    fn make() -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let hostname = format!("machine-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut keeper = Command::new("unshare")
            .args(["--net", "--uts", "sh", "-c", KEEPER, &hostname])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("unshare was found before");
        let lifeline = keeper.stdin.take();
        let mut line = String::new();
        let said = BufReader::new(keeper.stdout.take().expect("it is piped")).read_line(&mut line);
        if said.is_err() || line != "ready\n" {
            drop(lifeline);
            let output = keeper.wait_with_output().expect("a child can be waited for");
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let id = keeper.id();
        let (here, there) = addresses(id);
        let machine = Self { keeper, lifeline, hostname, device: format!("rush{id}"), here };
        let Self { device, .. } = &machine;
        run("ip", &format!("link add {device} type veth peer name e0 netns {id}"))?;
        run("ip", &format!("address add {here}/30 dev {device}"))?;
        run("ip", &format!("link set {device} up"))?;
        run("nsenter", &format!("--target {id} --net ip address add {there}/30 dev e0"))?;
        run("nsenter", &format!("--target {id} --net ip link set e0 up"))?;
        Ok(machine)
    }

    /// What it is called.
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// The URL by which it, and this machine, reach the scene's Redis, which must have a port.
    pub fn redis_url(&self, scene: &Scene) -> String {
        let mut connection = scene.redis().connection();
        let config = |action: &str, name: &str| redis::cmd("CONFIG").arg(action).arg(name).to_owned();
        let (_, bound): (String, String) =
            config("GET", "bind").query(&mut connection).expect("Redis says where it listens");
        let here = self.here.to_string();
        if !bound.split(' ').any(|address| address == here) {
            let bound = format!("{bound} {here}");
            config("SET", "bind").arg(bound).exec(&mut connection).expect("the address is this machine's");
            config("SET", "protected-mode").arg("no").exec(&mut connection).expect("it can be set");
        }
        let url = scene.redis().url();
        assert!(url.contains("127.0.0.1:"), "it has a port");
        url.replace("127.0.0.1", &here)
    }

    /// `--set` for a `rush-host` of this machine, so that it starts host processes there.
    pub fn launcher(&self) -> String {
        let words = self.enter();
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("--set launcher.command.argv=[{},\"sh\",\"-c\",\"{{script}}\"]", words.join(","))
    }

    /// Starts `rush-host` there with these words.
    pub fn host(&self, scene: &Scene, words: &str) -> Running {
        let [program, arguments @ ..] = self.enter();
        let mut command = Command::new(program);
        command.args(arguments).arg(artifacts::host()).args(words.split_whitespace());
        scene.begin(format!("{}: rush-host {words}", self.hostname), command, Stdio::null())
    }

    fn enter(&self) -> [String; 5] {
        let target = format!("--target={}", self.keeper.id());
        ["nsenter".to_owned(), target, "--net".to_owned(), "--uts".to_owned(), "--".to_owned()]
    }

    /// Pulls out the cable.
    pub fn cut(&self) {
        run("ip", &format!("link set {} down", self.device)).expect("the cable is there");
    }

    /// Puts it in again.
    pub fn restore(&self) {
        run("ip", &format!("link set {} up", self.device)).expect("the cable is there");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The namespaces end with the last process in them, and the cable with them.
        drop(self.lifeline.take());
        let _ = self.keeper.wait();
    }
}

/// Both ends of a cable. Living processes have different ids, and with those of four million even different networks.
fn addresses(id: u32) -> (Ipv4Addr, Ipv4Addr) {
    let network = (10 << 24) | (64 << 16) | ((id % (1 << 20)) << 2);
    (Ipv4Addr::from_bits(network | 1), Ipv4Addr::from_bits(network | 2))
}

fn run(program: &str, words: &str) -> Result<(), String> {
    let output = Command::new(program)
        .args(words.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("`{program} {words}`: {said}")) }
}
