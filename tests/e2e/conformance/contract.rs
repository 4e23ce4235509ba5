//! The suite makes every call that there is.

use std::fs;

use rush_tests::{Scene, repository};

/// The functions of the interfaces that a worker loop imports, as `interface.function`, and the methods of a table.
fn functions() -> (Vec<String>, Vec<String>) {
    let wit = fs::read_to_string(repository().join("guest-sdk/wit/worker.wit")).unwrap();
    let (mut functions, mut methods) = (Vec::new(), Vec::new());
    let (mut interface, mut resource) = ("", "");
    for line in wit.lines() {
        let code = line.split("//").next().unwrap_or_default();
        let word =
            |first: &str| Some(code.trim().strip_prefix(first)?.split([' ', '{']).next().unwrap_or_default());
        if let Some(name) = word("interface ") {
            interface = name;
        } else if let Some(name) = word("resource ") {
            resource = name;
        } else if code.starts_with("world ") {
            break;
        } else if code.trim() == "}" {
            // The end of the resource, or of the interface.
            if resource.is_empty() { interface = "" } else { resource = "" }
        } else if let Some((name, _)) = code.split_once(": func(") {
            let name = name.trim();
            if resource.is_empty() {
                functions.push(format!("{interface}.{name}"));
            } else {
                methods.push(format!("[method]{resource}.{name}"));
            }
        }
    }
    (functions, methods)
}

/// Python and JavaScript import all that a world offers, called or not. In Rust and C, what is imported is called.
#[test]
fn the_loops_of_the_suite_make_every_call_of_the_contract() {
    let (functions, methods) = functions();
    assert!(functions.len() > 25 && methods.len() > 10, "{functions:?} {methods:?}");
    for language in [super::rust(), super::c()] {
        let scene = Scene::new();
        let objective = format!("[objective]\ncomponent = \"{}\"", language.objective.display());
        scene.run_file(&language.worker_loop, &objective);
        let check = scene.host("check run.toml").ok().data.clone();
        let (of_loop, of_objective) = check.split_once("\nObjective").unwrap();
        let imports = |text: &str, interface: &str| -> Vec<String> {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let Some((_, names)) = text.split_once(&format!("rush:worker/{interface}@0.1.0: ")) else {
                return Vec::new();
            };
            let names = names.split([' ']).scan(true, |more, word| {
                let (name, goes_on) = word.strip_suffix(',').map_or((word, false), |name| (name, true));
                let found = more.then(|| name.to_owned());
                *more = goes_on;
                found
            });
            names.collect()
        };
        let missing = |text: &str, functions: &[String]| -> Vec<String> {
            let is_missing = |function: &&String| {
                let (interface, name) = function.split_once('.').unwrap();
                !imports(text, interface).iter().any(|import| import == name)
            };
            functions.iter().filter(is_missing).cloned().collect()
        };
        assert_eq!(missing(of_loop, &functions), Vec::<String>::new(), "{}: {check}", language.name);
        let given: Vec<_> = functions
            .iter()
            .filter(|name| name.starts_with("context.") || name.starts_with("log."))
            .cloned()
            .collect();
        assert_eq!(missing(of_objective, &given), Vec::<String>::new(), "{}: {check}", language.name);
        let binary = fs::read(&language.worker_loop).unwrap();
        for method in &methods {
            let is_there = binary.windows(method.len()).any(|bytes| bytes == method.as_bytes());
            assert!(is_there, "{}: {method} is not called", language.name);
        }
    }
}
