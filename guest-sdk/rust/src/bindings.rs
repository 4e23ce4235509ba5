//! The contract as `wit-bindgen` spells it: for what the rest of this crate does not cover (yet).
//!
//! A function that is called from here becomes an import of the component, like any other. A host refuses components
//! that import what it does not offer, so call only what the host of your version has.
#![expect(missing_docs, clippy::pedantic, reason = "generated, with the words of worker.wit")]

wit_bindgen::generate!({
    path: "../wit",
    world: "worker-loop",
    pub_export_macro: true,
    default_bindings_module: "rush_worker::bindings",
    additional_derives: [PartialEq],
    generate_unused_types: true,
});
