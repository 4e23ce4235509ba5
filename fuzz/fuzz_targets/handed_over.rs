//! Whatever a component has in its memory when it hands something to the host, the evaluation ends with fields or a condition of a known
//! kind.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use rush_runtime::{
    Build, Capacity, Compiler, Engine, GuestContext, InstancePolicy, Limits, LogMessage, Output, Plugin,
    PreparedObjective, Settings, Stream,
};
use tokio::runtime::Runtime;

const KINDS: [&str; 4] = ["error", "trap", "memory-limit", "limit"];

static PREPARED: LazyLock<(Runtime, PreparedObjective)> = LazyLock::new(|| {
    let component = wat::parse_str(include_str!("handed_over.wat")).expect("it is WAT");
    let plugin = Plugin::objective("handed_over.wasm", component).expect("it is an objective");
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::of(&limits))
        .expect("it runs here");
    let settings = Settings { limits, ..Settings::default() };
    let prepared = PreparedObjective::new(
        &engine,
        &Compiler::without_cache(),
        &plugin,
        &settings,
        InstancePolicy::Fresh,
    )
    .expect("it compiles");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is time");
    (runtime, prepared)
});

fuzz_target!(|bytes: &[u8]| {
    let (runtime, prepared) = &*PREPARED;
    let data = BTreeMap::from([("memory".to_owned(), Arc::from(bytes))]);
    let context = GuestContext { data: Arc::new(data), ..GuestContext::new(1) };
    let result = runtime.block_on(async {
        let mut evaluator = prepared.evaluator(context, Arc::new(Checked));
        evaluator.evaluate(Vec::new()).await
    });
    if let Err(condition) = result {
        // A condition that the component hands over is its own in every word, and has no backtrace.
        let ours = condition.details.iter().any(|field| field.name == "backtrace");
        assert!(!ours || KINDS.contains(&condition.kind.as_str()), "{condition:?}");
    }
});

/// Messages are text, whole, and not longer than they may be.
struct Checked;

impl Output for Checked {
    fn line(&self, _: Stream, _: &str) {}

    fn log(&self, message: LogMessage<'_>) {
        assert!(message.message.len() <= rush_runtime::MAX_MESSAGE + 100);
        assert!(message.logger.len() <= rush_runtime::MAX_LOGGER + 100);
    }
}
