//! Native programs on `rush_network`, in the process of a bench.

use rush_network::{Network, NetworkId, Settings};
use tokio::runtime::{Builder, Runtime};

use crate::{Failure, Machine, Result, Server, print_line};

/// A Redis, and a runtime to ask it from.
#[derive(Debug)]
pub struct Native {
    /// The Redis.
    pub server: Server,
    /// With as many threads as there are cores.
    pub runtime: Runtime,
}

impl Native {
    /// Starts both, and says on which machine.
    pub fn start() -> Result<(Self, Machine)> {
        let mut server = Server::start()?;
        let machine = Machine::look(&mut server)?;
        print_line(machine.to_string());
        let runtime = Builder::new_multi_thread().enable_all().build();
        Ok((Self { server, runtime: runtime.map_err(Failure::system("start a runtime"))? }, machine))
    }

    /// A handle on a network, with connections and a cache of its own: what another process would have.
    pub fn connect(&self, network: &str) -> Result<Network> {
        let id = NetworkId::parse(network).map_err(rush_network::Error::from)?;
        Ok(self.runtime.block_on(Network::connect(id, &Settings::new(self.server.url())))?)
    }
}
