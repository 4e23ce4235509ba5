//! Types of the WIT contract, generated. Imports are linked by hand ([`imports`](crate::imports)), function by function, because a
//! function that is not linked can be refused by name before the start, and because results then go to the guest without a copy.

wasmtime::component::bindgen!({
    path: "../../guest-sdk/wit",
    world: "worker-loop",
    exports: { default: async },
});
