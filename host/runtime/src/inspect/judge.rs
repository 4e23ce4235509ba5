//! Decides whether a component is a worker loop that this host can run.

use super::offer::{FUNCTIONS, NEVER, NOT_YET, OFFERED, Package};
use super::plugin::Found;
use super::{Interface, Refusal, RefusedImport};
use crate::component_error::{Problem, World};

/// Nothing for a component that can be linked.
pub(super) fn worker_loop(found: &Found) -> Option<Problem> {
    let exports = &found.exports;
    // Another world first: what it imports says nothing then.
    if !exports.iter().any(|export| export.name == "run") {
        let names = exports.iter().map(|export| export.name.clone()).collect();
        return Some(Problem::OtherWorld { world: world(exports), exports: names });
    }
    let refused: Vec<_> = found.imports.iter().filter_map(refusal).collect();
    if !refused.is_empty() {
        return Some(Problem::Imports { refused });
    }
    (!found.run_fits).then_some(Problem::RunType)
}

fn world(exports: &[Interface]) -> World {
    let has = |interface: &str| exports.iter().any(|export| split(&export.name).0 == interface);
    if has("rush:worker/evaluator") {
        World::Objective
    } else if has("wasi:cli/run") {
        World::Command
    } else if has("wasi:http/incoming-handler") || has("wasi:http/handler") {
        World::Web
    } else {
        World::Unknown
    }
}

fn refusal(import: &Interface) -> Option<RefusedImport> {
    let (interface, version) = split(&import.name);
    let refuse = |items, refusal| Some(RefusedImport { interface: import.name.clone(), items, refusal });
    let package = interface.split_once('/').map_or(interface, |(package, _)| package);
    if let Some((_, reason)) = NEVER.iter().find(|(name, _)| *name == package) {
        return refuse(Vec::new(), Refusal::Never { reason });
    }
    if NOT_YET.contains(&interface) {
        return refuse(Vec::new(), Refusal::NotYet);
    }
    let Some(offered) = offered(package, interface) else {
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

fn offered(package: &str, interface: &str) -> Option<&'static Package> {
    let name = interface.split_once('/')?.1;
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
            ("rush:worker/evaluator@0.1.0", "rush:worker/evaluator@0.1.0: not supported yet"),
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
            ("wasi:nn/tensor@0.2.0", "wasi:nn/tensor@0.2.0: not an interface of this host"),
            ("print", "print: not an interface of this host"),
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
}
