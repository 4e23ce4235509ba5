//! Decides whether a component is a worker loop, or an objective, that this host can run.

use super::contract::{EVALUATOR, RUN, is_evaluator};
use super::offer::{FUNCTIONS, NEVER, OFFERED, ONLY_LOOPS, Package};
use super::plugin::Found;
use super::{Interface, Refusal, RefusedImport};
use crate::component_error::{Problem, World};

/// Nothing for a component that can be linked as a worker loop.
pub(super) fn worker_loop(found: &Found) -> Option<Problem> {
    // Another world first: what it imports says nothing then.
    if !found.exports.iter().any(|export| export.name == RUN) {
        return Some(other_world(World::WorkerLoop, found));
    }
    imports(found, refusal).or_else(|| (!found.run_fits).then_some(Problem::RunType))
}

/// Nothing for a component that can be linked as an objective.
pub(super) fn objective(found: &Found) -> Option<Problem> {
    let Some(export) = found.exports.iter().find(|export| is_evaluator(&export.name)) else {
        return Some(other_world(World::Objective, found));
    };
    let (interface, version) = split(&export.name);
    let offered = package(interface).map_or("", |package| package.version);
    if !compatible(version, offered) {
        return Some(Problem::OtherEdition { export: export.name.clone(), offered });
    }
    imports(found, refusal_of_objective).or_else(|| (!found.evaluate_fits).then_some(Problem::EvaluateType))
}

fn other_world(wanted: World, found: &Found) -> Problem {
    let exports = found.exports.iter().map(|export| export.name.clone()).collect();
    Problem::OtherWorld { wanted, world: world(&found.exports), exports }
}

/// What a component looks like that exports this.
pub(super) fn world(exports: &[Interface]) -> World {
    let has = |interface: &str| exports.iter().any(|export| split(&export.name).0 == interface);
    if has(RUN) {
        World::WorkerLoop
    } else if has(EVALUATOR) {
        World::Objective
    } else if has("wasi:cli/run") {
        World::Command
    } else if has("wasi:http/incoming-handler") || has("wasi:http/handler") {
        World::Web
    } else {
        World::Unknown
    }
}

fn imports(found: &Found, refusal: fn(&Interface) -> Option<RefusedImport>) -> Option<Problem> {
    let refused: Vec<_> = found.imports.iter().filter_map(refusal).collect();
    (!refused.is_empty()).then_some(Problem::Imports { refused })
}

fn refusal_of_objective(import: &Interface) -> Option<RefusedImport> {
    let (interface, _) = split(&import.name);
    let Some((_, reason)) = ONLY_LOOPS.iter().find(|(name, _)| *name == interface) else {
        return refusal(import);
    };
    let refusal = Refusal::OnlyLoops { reason };
    Some(RefusedImport { interface: import.name.clone(), items: Vec::new(), refusal })
}

fn refusal(import: &Interface) -> Option<RefusedImport> {
    let (interface, version) = split(&import.name);
    let refuse = |items, refusal| Some(RefusedImport { interface: import.name.clone(), items, refusal });
    let package_name = interface.split_once('/').map_or(interface, |(package, _)| package);
    if let Some((_, reason)) = NEVER.iter().find(|(name, _)| *name == package_name) {
        return refuse(Vec::new(), Refusal::Never { reason });
    }
    let Some(offered) = package(interface) else {
        return refuse(Vec::new(), Refusal::Unknown);
    };
    if !compatible(version, offered.version) {
        return refuse(Vec::new(), Refusal::OtherVersion { offered: offered.version });
    }
    let Some((_, functions)) = FUNCTIONS.iter().find(|(name, _)| *name == interface) else {
        // WASI: what is missing in an older host is found when linking.
        return None;
    };
    let is_newer = |item: &&String| !functions.contains(&item.as_str());
    let newer: Vec<_> = import.items.iter().filter(is_newer).cloned().collect();
    if newer.is_empty() { None } else { refuse(newer, Refusal::NewerInterface { offered: offered.version }) }
}

/// The package that offers an interface such as `wasi:io/poll`.
fn package(interface: &str) -> Option<&'static Package> {
    let (package, name) = interface.split_once('/')?;
    OFFERED.iter().find(|offered| offered.name == package && offered.interfaces.contains(&name))
}

/// `rush:worker/tasks@0.1.0` -> (`rush:worker/tasks`, `0.1.0`)
fn split(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}

/// Semantic versioning: the same major version, or below 1.0 the same minor version. What wasmtime's linker accepts.
fn compatible(wanted: &str, offered: &str) -> bool {
    fn track(version: &str) -> Option<(&str, &str)> {
        let (major, rest) = version.split_once('.')?;
        let (minor, patch) = rest.split_once('.')?;
        let released = patch.bytes().all(|byte| byte.is_ascii_digit());
        released.then_some((major, if major == "0" { minor } else { "" }))
    }
    track(wanted).is_some() && track(wanted) == track(offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(name: &str, items: &[&str]) -> Option<String> {
        let items = items.iter().map(ToString::to_string).collect();
        refusal(&Interface { name: name.to_owned(), items }).map(|refused| refused.to_string())
    }

    #[test]
    fn what_the_host_offers_is_not_refused() {
        assert_eq!(import("rush:worker/tasks@0.1.0", &["push", "pop"]), None);
        assert_eq!(import("rush:worker/types@0.1.7", &[]), None);
        assert_eq!(import("rush:worker/evaluator@0.1.0", &["evaluate"]), None);
        assert_eq!(import("wasi:cli/environment@0.2.3", &["get-environment"]), None);
        assert_eq!(import("wasi:io/streams@0.2.0", &["input-stream"]), None);
    }

    #[test]
    fn each_refusal_says_what_would_allow_it() {
        let cases = [
            (
                "wasi:sockets/tcp@0.2.0",
                "wasi:sockets/tcp@0.2.0: never: guests have no network; no grant allows it",
            ),
            (
                "rush:worker/tasks@0.2.0",
                "rush:worker/tasks@0.2.0: this host has version 0.1.0; build for that",
            ),
            (
                "wasi:cli/environment@0.3.0",
                "wasi:cli/environment@0.3.0: this host has version 0.2.0; build for that",
            ),
            (
                "wasi:io/poll@0.2.0-rc-2023",
                "wasi:io/poll@0.2.0-rc-2023: this host has version 0.2.0; build for that",
            ),
            (
                "wasi:nn/tensor@0.2.0",
                "wasi:nn/tensor@0.2.0: never: not an interface of this host; no grant allows it",
            ),
            ("print", "print: never: not an interface of this host; no grant allows it"),
        ];
        for (name, text) in cases {
            assert_eq!(import(name, &[]).as_deref(), Some(text));
        }
    }

    #[test]
    fn functions_are_refused_one_by_one() {
        assert_eq!(import("rush:worker/tasks@0.1.0", &["push", "fetch", "table"]), None);
        assert_eq!(
            import("rush:worker/log@0.1.0", &["log", "flush"]).unwrap(),
            "rush:worker/log@0.1.0 (flush): not part of version 0.1.0, which this host has; build for that"
        );
    }

    #[test]
    fn objectives_may_compute_and_log_and_nothing_else() {
        let objective = |name: &str| {
            let interface = Interface { name: name.to_owned(), items: Vec::new() };
            refusal_of_objective(&interface).map(|refused| refused.to_string())
        };
        for name in ["types", "context", "log"] {
            assert_eq!(objective(&format!("rush:worker/{name}@0.1.0")), None);
        }
        for name in ["tasks", "hashes", "worker"] {
            let name = format!("rush:worker/{name}@0.1.0");
            let told = format!("{name}: objectives do not see the network; only loops do");
            assert_eq!(objective(&name), Some(told));
        }
        assert_eq!(
            objective("rush:worker/evaluator@0.1.0").unwrap(),
            "rush:worker/evaluator@0.1.0: objectives do not evaluate other objectives; only loops do"
        );
        assert_eq!(
            objective("wasi:sockets/udp@0.2.0").unwrap(),
            "wasi:sockets/udp@0.2.0: never: guests have no network; no grant allows it"
        );
        assert_eq!(objective("wasi:filesystem/preopens@0.2.0"), None, "inert");
    }

    #[test]
    fn every_interface_of_the_contract_is_offered_or_kept_for_loops() {
        for (name, _) in FUNCTIONS.iter().copied().chain(ONLY_LOOPS.iter().map(|&(name, _)| (name, &[][..])))
        {
            assert!(package(name).is_some(), "{name}");
        }
    }
}
