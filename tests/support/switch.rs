//! Several machines on one switch: network namespaces of their own, whose cables can be pulled out.

use std::net::{Ipv4Addr, SocketAddrV4};

use rush_test_redis::Elsewhere;

use crate::{
    Running, Scene,
    namespace::{Namespace, enter, run},
    skipped::{lacks, skipped},
    sshd::Place,
};

/// Nobody outside of the switch's namespaces can see this network, so each switch has the same.
const NETWORK: [u8; 3] = [10, 77, 0];

/// A switch with machines. It reaches nothing else, not even the machine that plays them all; files are the same everywhere.
#[derive(Debug)]
pub struct Switch {
    // Machines end before what they are connected to.
    machines: Vec<Node>,
    _bridge: Namespace,
}

/// A machine on a switch.
#[derive(Debug)]
pub struct Node {
    namespace: Namespace,
    switch: u32,
    port: String,
    address: Ipv4Addr,
}

impl Switch {
    /// Makes one with so many machines. None where that cannot be done; that is said.
    pub fn with_machines(count: u8) -> Option<Self> {
        let made = lacks(&["ip", "unshare", "nsenter"]).map_or_else(|| Self::make(count), Err);
        made.inspect_err(|why| skipped("a test with several machines", why)).ok()
    }

    fn make(count: u8) -> Result<Self, String> {
        let bridge = Namespace::new("switch")?;
        bridge.run("ip link add br0 type bridge")?;
        bridge.run("ip link set br0 up")?;
        let mut machines = Vec::new();
        for number in 1..=count {
            machines.push(Node::new(&bridge, number)?);
        }
        Ok(Self { machines, _bridge: bridge })
    }

    /// Its machines.
    pub fn machines(&self) -> &[Node] {
        &self.machines
    }
}

impl Node {
    fn new(bridge: &Namespace, number: u8) -> Result<Self, String> {
        let namespace = Namespace::new(&format!("node{number}"))?;
        let [a, b, c] = NETWORK;
        let (switch, port) = (bridge.id(), format!("p{number}"));
        let node = Self { namespace, switch, port: port.clone(), address: Ipv4Addr::new(a, b, c, number) };
        let id = node.namespace.id();
        bridge.run(&format!("ip link add {port} type veth peer name e0 netns {id}"))?;
        bridge.run(&format!("ip link set {port} master br0"))?;
        bridge.run(&format!("ip link set {port} up"))?;
        node.namespace.run(&format!("ip address add {}/24 dev e0", node.address))?;
        node.namespace.run("ip link set e0 up")?;
        Ok(node)
    }

    /// What it is called.
    pub fn hostname(&self) -> &str {
        self.namespace.hostname()
    }

    /// For a server that is to run there.
    pub fn place(&self) -> Place {
        Place { enter: self.namespace.enter(), address: self.address }
    }

    /// For a Redis that is to run there, known to the others by this port.
    pub fn elsewhere(&self, port: u16) -> Elsewhere {
        Elsewhere { enter: self.namespace.enter(), address: SocketAddrV4::new(self.address, port) }
    }

    /// Starts `rush-host` there with these words.
    pub fn host(&self, scene: &Scene, words: &str) -> Running {
        self.namespace.host(scene, words)
    }

    /// Pulls out its cable.
    pub fn cut(&self) {
        self.link("down");
    }

    /// Puts it in again.
    pub fn restore(&self) {
        self.link("up");
    }

    fn link(&self, state: &str) {
        let port = &self.port;
        let done = run(&enter(self.switch), &format!("ip link set {port} {state}"));
        done.expect("the cable is there");
    }
}
