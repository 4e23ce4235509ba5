//! What can be wrong with a component, in our words.

use std::fmt;

use crate::bytes_text::BytesText;
use crate::inspect::RefusedImport;

/// A component that cannot be run: which one, and why. [`hint`](Self::hint) says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{component}` {problem}")]
pub struct ComponentError {
    /// What the run file calls it: its path.
    pub component: String,
    /// What is wrong.
    pub problem: Problem,
}

impl ComponentError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        self.problem.hint()
    }
}

/// What is wrong with a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No bytes at all.
    #[error("is empty")]
    Empty,
    /// Not WebAssembly.
    #[error("is not a WebAssembly component but {what}")]
    NotWasm {
        /// What it is instead.
        what: Stranger,
    },
    /// A module without the component around it.
    #[error("is a core module, not a component")]
    CoreModule,
    /// WebAssembly of a version that nobody knows.
    #[error("has the unknown binary version {version}")]
    Encoding {
        /// The four bytes in hexadecimal.
        version: String,
    },
    /// Cut off.
    #[error("is cut off after {size} bytes")]
    Truncated {
        /// How much there is.
        size: usize,
    },
    /// Whole, but not valid.
    #[error("is damaged or not valid WebAssembly: {detail} (at byte {offset})")]
    Malformed {
        /// What the parser said.
        detail: String,
        /// Where, in bytes from the beginning.
        offset: usize,
    },
    /// No export `run`.
    #[error("is not a worker loop: it exports {}", list(exports))]
    OtherWorld {
        /// What it looks like.
        world: World,
        /// What it exports.
        exports: Vec<String>,
    },
    /// An export `run` of another type.
    #[error("is not a worker loop: its function `run` is not `func() -> result<_, string>`")]
    RunType,
    /// Imports that this host does not offer.
    #[error("imports what this host does not offer:{}", lines(refused))]
    Imports {
        /// All of them.
        refused: Vec<RefusedImport>,
    },
    /// Names fit, types do not.
    #[error("was built against another edition of an interface: {detail}")]
    Link {
        /// Which one, and how it differs.
        detail: String,
    },
    /// The compiler refused it.
    #[error("cannot be compiled: {detail}")]
    Compile {
        /// Why.
        detail: String,
    },
    /// Cannot begin within its memory limit.
    #[error("needs {} of memory to begin; its limit is {}", BytesText(*initial), BytesText(*limit))]
    Memory {
        /// Bytes of its memories at the beginning.
        initial: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Made of too many parts.
    #[error("is made of {count} core instances; the limit is {limit}")]
    Instances {
        /// How many.
        count: u32,
        /// How many are allowed.
        limit: usize,
    },
}

impl Problem {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty | Self::Truncated { .. } => {
                "was it copied, downloaded, or built to the end? Build it again, or compare its size with the original"
            }
            Self::NotWasm { what } => return what.hint().map(str::to_owned),
            Self::CoreModule => {
                "make a component of it: `cargo build --target wasm32-wasip2` builds one directly; \
                 `wasm-tools component embed` and `wasm-tools component new` wrap a module; plugins of this repository: `cargo xtask guests`"
            }
            Self::Encoding { .. } => "build it with tools for the component model of WASI 0.2",
            Self::Malformed { .. } => "build it again; `wasm-tools validate` tells more",
            Self::OtherWorld { world, .. } => world.hint(),
            Self::RunType => "implement world `worker-loop` of `rush:worker` with one of the SDKs",
            Self::Imports { .. } => {
                "build the component without them; `wasm-tools component wit` lists what it imports"
            }
            Self::Link { .. } => "build it again with the SDK and the WIT files of this version of rush-host",
            Self::Compile { .. } => "`wasm-tools validate` tells more",
            Self::Memory { initial, .. } => {
                return Some(format!("raise `memory` in the limits to more than {}", BytesText(*initial)));
            }
            Self::Instances { .. } => "compose it of fewer parts",
        };
        Some(hint.to_owned())
    }
}

/// A file that is not WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stranger {
    /// WebAssembly as text.
    Wat,
    /// An interface definition.
    Wit,
    /// A compressed file or an archive.
    Compressed,
    /// Code for one kind of machine.
    Native,
    /// Something with `#!`.
    Script,
    /// Some text.
    Text,
    /// Anything else.
    Unknown,
}

impl fmt::Display for Stranger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wat => "WebAssembly as text",
            Self::Wit => "an interface definition (WIT)",
            Self::Compressed => "a compressed file",
            Self::Native => "native code",
            Self::Script => "a script",
            Self::Text => "a text file",
            Self::Unknown => "data of an unknown kind",
        })
    }
}

impl Stranger {
    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Wat => Some("turn it into binary: `wasm-tools parse loop.wat -o loop.wasm`"),
            Self::Wit => Some("name the component that implements it"),
            Self::Compressed => Some("unpack it first"),
            Self::Native => Some(
                "only portable components are accepted, never compiled code: build it for `wasm32-wasip2`",
            ),
            Self::Script | Self::Text => {
                Some("compile it to a component; `component` names the result, not the source")
            }
            Self::Unknown => None,
        }
    }
}

/// What a component looks like that is no worker loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum World {
    /// It exports `rush:worker/evaluator`.
    Objective,
    /// It exports `wasi:cli/run`.
    Command,
    /// It handles web requests.
    Web,
    /// Something else.
    Unknown,
}

impl World {
    fn hint(self) -> &'static str {
        match self {
            Self::Objective => "this is an objective: name it under `[objective]`",
            Self::Command => {
                "this is a command-line program: a worker loop is a library (`crate-type = [\"cdylib\"]`) \
                 of world `worker-loop`"
            }
            Self::Web => {
                "this answers web requests: a worker loop implements world `worker-loop` of `rush:worker`"
            }
            Self::Unknown => "implement world `worker-loop` of `rush:worker` with one of the SDKs",
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{}, but no function `run`", names.join(", "))
}

fn lines(refused: &[RefusedImport]) -> String {
    refused.iter().fold(String::new(), |lines, refused| lines + "\n  " + &refused.to_string())
}
