//! Any bytes, looked at as a component, are one or are refused with words; nothing is compiled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rush_runtime::{ComponentError, Limits, Plugin};

fuzz_target!(|bytes: &[u8]| {
    for plugin in [Plugin::worker_loop("fuzzed.wasm", bytes), Plugin::objective("fuzzed.wasm", bytes)] {
        match plugin {
            Ok(plugin) => {
                let _ = (plugin.world().to_string(), plugin.needs_objective(), plugin.producers());
                if let Err(error) = plugin.check_limits(&Limits::default()) {
                    check(&error);
                }
            }
            Err(error) => check(&error),
        }
    }
});

fn check(error: &ComponentError) {
    assert!(error.to_string().starts_with("`fuzzed.wasm` "));
    let _ = error.hint();
}
