//! The tables and hashes of the network in memory keep the promises that a test guest checks of the host.

#[path = "../../../tests/guests/examples/every_fetch.rs"]
mod every_fetch;

#[test]
fn the_network_in_memory_keeps_every_promise() {
    let network = rush_worker::testing::TestNetwork::new();
    every_fetch::every_fetch(&mut network.worker()).unwrap();
}
