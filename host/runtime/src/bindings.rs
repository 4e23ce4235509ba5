//! Types of the WIT contract, generated. Imports are linked by hand ([`imports`](crate::imports)), function by function, because a
//! function that is not linked can be refused by name before the start, and because results then go to the guest without a copy.

wasmtime::component::bindgen!({
    path: "../../guest-sdk/wit",
    world: "worker-loop",
    exports: { default: async },
});

/// The same for world `objective`; what both worlds know has the types of the former.
pub(crate) mod objective {
    wasmtime::component::bindgen!({
        path: "../../guest-sdk/wit",
        world: "objective",
        exports: { default: async },
        with: {
            "rush:worker/types": crate::bindings::rush::worker::types,
            "rush:worker/context": crate::bindings::rush::worker::context,
            "rush:worker/log": crate::bindings::rush::worker::log,
        },
    });
}
