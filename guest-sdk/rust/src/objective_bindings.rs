//! The other world of the contract, as `wit-bindgen` spells it: what [`objective!`](crate::objective!) exports. Its types are those of
//! [`bindings`](crate::bindings).
#![expect(missing_docs, clippy::pedantic, reason = "generated, with the words of worker.wit")]

wit_bindgen::generate!({
    path: "../wit",
    world: "objective",
    pub_export_macro: true,
    default_bindings_module: "rush_worker::objective_bindings",
    with: {
        "rush:worker/types@0.1.0": crate::bindings::rush::worker::types,
        "rush:worker/context@0.1.0": crate::bindings::rush::worker::context,
        "rush:worker/log@0.1.0": crate::bindings::rush::worker::log,
    },
});
