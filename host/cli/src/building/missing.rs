//! What a build command needs and this machine has not.

use std::fmt;

use crate::building::{
    tools::{self, Tool},
    words::simple_commands,
};

/// What there is where a build command runs.
pub(super) trait Surroundings {
    /// Whether a program of this name is found.
    fn has_program(&self, name: &str) -> bool;
    /// Whether the active Rust compiler can build for this target.
    fn has_target(&self, target: &str) -> bool;
}

/// Something that is missing, told with what installs it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// A program of this name.
    Program(String, &'static Tool),
    /// A target of the Rust compiler.
    Target(String),
}

/// What a command names and does not find, in the order of the command. Only what is known to be installable counts: the shell itself
/// tells the rest.
pub(super) fn missing(command: &str, surroundings: &impl Surroundings) -> Vec<Missing> {
    let mut missing = Vec::new();
    for words in simple_commands(command) {
        let found = match words.first().map(String::as_str).map(|program| (program, tools::named(program))) {
            Some((program, Some(tool))) if !surroundings.has_program(program) => {
                Some(Missing::Program(program.to_owned(), tool))
            }
            Some(("cargo" | "rustc", _)) => target(&words)
                .filter(|target| !surroundings.has_target(target))
                .map(|target| Missing::Target(target.to_owned())),
            _ => None,
        };
        missing.extend(found.filter(|found| !missing.contains(found)));
    }
    missing
}

/// The target that a command names, unless it is for a toolchain that the command names, too, or a file that describes one.
fn target(words: &[String]) -> Option<&str> {
    if words.iter().any(|word| word.starts_with('+')) {
        return None;
    }
    let place = words.iter().position(|word| word == "--target" || word.starts_with("--target="))?;
    let target = match words[place].strip_prefix("--target=") {
        Some(target) => target,
        None => words.get(place + 1)?,
    };
    (!target.is_empty() && !target.contains(['.', '/', '$'])).then_some(target)
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(name, tool) => {
                write!(formatter, "`{name}` is not on the PATH; what installs it: {}", tool.install)
            }
            Self::Target(target) => write!(
                formatter,
                "the active Rust toolchain cannot build for {target}; what installs that: `rustup target add {target}`"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs and targets that are there.
    struct Only(&'static [&'static str]);

    impl Surroundings for Only {
        fn has_program(&self, name: &str) -> bool {
            self.0.contains(&name)
        }

        fn has_target(&self, target: &str) -> bool {
            self.0.contains(&target)
        }
    }

    fn told(command: &str, there: &'static [&'static str]) -> String {
        missing(command, &Only(there)).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_missing_tool_is_told_once_with_what_installs_it() {
        assert_eq!(
            told("wasm-tools a && just b && wasm-tools c | sort", &[]),
            "`wasm-tools` is not on the PATH; what installs it: `cargo install --locked wasm-tools`\n\
             `just` is not on the PATH; what installs it: `cargo install --locked just`"
        );
        assert_eq!(told("wasm-tools a && just b", &["wasm-tools", "just"]), "");
    }

    #[test]
    fn what_is_no_tool_of_the_table_is_left_to_the_shell() {
        assert_eq!(told("./configure && frobnicate make", &[]), "");
    }

    #[test]
    fn a_target_that_the_compiler_lacks_is_told() {
        let expected = "the active Rust toolchain cannot build for wasm32-wasip2; what installs that: \
                        `rustup target add wasm32-wasip2`";
        assert_eq!(told("cargo build --release --target wasm32-wasip2", &["cargo"]), expected);
        assert_eq!(told("cargo build --target=wasm32-wasip2", &["cargo"]), expected);
        assert_eq!(told("cargo build --target=wasm32-wasip2", &["cargo", "wasm32-wasip2"]), "");
        assert_eq!(told("cargo +nightly build --target wasm32-wasip2", &["cargo"]), "");
        assert_eq!(told("cargo build --target my.json; cargo build --target", &["cargo"]), "");
    }

    #[test]
    fn without_a_compiler_its_targets_do_not_matter() {
        assert!(told("cargo build --target wasm32-wasip2", &[]).starts_with("`cargo` is not on the PATH"));
    }

    #[test]
    fn a_command_that_installs_what_it_lacks_needs_only_what_installs_it() {
        let command = "command -v componentize-py >/dev/null || python3 -m venv .venv";
        assert!(told(command, &[]).starts_with("`python3` is not on the PATH"));
        assert_eq!(told(command, &["python3"]), "");
    }
}
