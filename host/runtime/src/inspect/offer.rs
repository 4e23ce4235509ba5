//! What the host offers to worker loops, and what of it to objectives: interfaces by package and version, and what is left out of them.

/// An interface package that guests may import from.
pub(super) struct Package {
    /// `wasi:cli`
    pub name: &'static str,
    /// Whatever is compatible with it by the rules of semantic versioning is accepted.
    pub version: &'static str,
    pub interfaces: &'static [&'static str],
}

/// Linked for every guest, but for [`ONLY_LOOPS`]. WASI is inert: an empty environment, no directories, closed stdin, seeded random, a clock of its own.
pub(super) const OFFERED: &[Package] = &[
    Package {
        name: "rush:worker",
        version: "0.1.0",
        interfaces: &["types", "tasks", "hashes", "worker", "context", "log", "evaluator"],
    },
    Package {
        name: "wasi:cli",
        version: "0.2.0",
        interfaces: &[
            "environment",
            "exit",
            "stdin",
            "stdout",
            "stderr",
            "terminal-input",
            "terminal-output",
            "terminal-stdin",
            "terminal-stdout",
            "terminal-stderr",
        ],
    },
    Package { name: "wasi:clocks", version: "0.2.0", interfaces: &["monotonic-clock", "wall-clock"] },
    Package { name: "wasi:filesystem", version: "0.2.0", interfaces: &["types", "preopens"] },
    Package { name: "wasi:io", version: "0.2.0", interfaces: &["error", "poll", "streams"] },
    Package { name: "wasi:random", version: "0.2.0", interfaces: &["random", "insecure", "insecure-seed"] },
];

/// Interfaces of `rush:worker` that worker loops may import and objectives may not, and why not.
pub(super) const ONLY_LOOPS: &[(&str, &str)] = &[
    ("rush:worker/tasks", NO_NETWORK),
    ("rush:worker/hashes", NO_NETWORK),
    ("rush:worker/worker", NO_NETWORK),
    ("rush:worker/evaluator", "objectives do not evaluate other objectives; only loops do"),
];
const NO_NETWORK: &str = "objectives do not see the network; only loops do";

/// The functions of `rush:worker` that are linked, for components of a newer version than this host.
pub(super) const FUNCTIONS: &[(&str, &[&str])] = &[
    ("rush:worker/types", &[]),
    (
        "rush:worker/tasks",
        &[
            "push",
            "push-running",
            "push-finished",
            "push-failed",
            "pop",
            "finish",
            "fail",
            "finish-and-push-running",
            "fetch",
            "fetch-new",
            "reset-cache",
            "table",
            "count",
            "keys",
            "has-state",
            "wait",
            "empty-queue",
        ],
    ),
    ("rush:worker/hashes", &["write", "read"]),
    ("rush:worker/worker", &["id", "network-id", "terminated", "running-workers"]),
    ("rush:worker/context", &["args", "data", "seed"]),
    ("rush:worker/log", &["log"]),
    ("rush:worker/evaluator", &["evaluate"]),
];

/// Packages that no grant opens.
pub(super) const NEVER: &[(&str, &str)] = &[
    ("wasi:sockets", "guests have no network"),
    ("wasi:http", "guests have no network"),
    ("wasi:tls", "guests have no network"),
    ("wasi:messaging", "guests reach other workers only through `rush:worker/tasks`"),
    ("wasi:keyvalue", "guests reach Redis only through `rush:worker`"),
    ("wasi:blobstore", "guests have no storage of their own"),
    ("wasi:threads", "a guest is one thread; start more workers instead"),
];
