//! The network in memory keeps the promises that a test guest checks of the host.

#[path = "../../../tests/guests/examples/every_call.rs"]
mod every_call;

#[test]
fn the_network_in_memory_keeps_every_promise() {
    let network = rush_worker::testing::TestNetwork::new();
    every_call::every_call(&mut network.worker()).unwrap();
}
