//! Another machine: a network namespace and a cable that can be cut.

use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    Running, Scene,
    namespace::{Namespace, run},
    skipped::{lacks, skipped},
};

/// A machine of another name that reaches this one through a cable, and nothing else. Its files are the same.
#[derive(Debug)]
pub struct Machine {
    namespace: Namespace,
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
        let namespace = Namespace::new(&hostname)?;
        let id = namespace.id();
        let (here, there) = addresses(id);
        let machine = Self { namespace, device: format!("rush{id}"), here };
        let Self { namespace, device, .. } = &machine;
        run(&[], &format!("ip link add {device} type veth peer name e0 netns {id}"))?;
        run(&[], &format!("ip address add {here}/30 dev {device}"))?;
        run(&[], &format!("ip link set {device} up"))?;
        namespace.run(&format!("ip address add {there}/30 dev e0"))?;
        namespace.run("ip link set e0 up")?;
        Ok(machine)
    }

    /// What it is called.
    pub fn hostname(&self) -> &str {
        self.namespace.hostname()
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
        let words: Vec<String> = self.namespace.enter().iter().map(|word| format!("\"{word}\"")).collect();
        format!("--set launcher.command.argv=[{},\"sh\",\"-c\",\"{{script}}\"]", words.join(","))
    }

    /// Starts `rush-host` there with these words.
    pub fn host(&self, scene: &Scene, words: &str) -> Running {
        self.namespace.host(scene, words)
    }

    /// Pulls out the cable.
    pub fn cut(&self) {
        run(&[], &format!("ip link set {} down", self.device)).expect("the cable is there");
    }

    /// Puts it in again.
    pub fn restore(&self) {
        run(&[], &format!("ip link set {} up", self.device)).expect("the cable is there");
    }
}

/// Both ends of a cable. Living processes have different ids, and with those of four million even different networks.
fn addresses(id: u32) -> (Ipv4Addr, Ipv4Addr) {
    let network = (10 << 24) | (64 << 16) | ((id % (1 << 20)) << 2);
    (Ipv4Addr::from_bits(network | 1), Ipv4Addr::from_bits(network | 2))
}
