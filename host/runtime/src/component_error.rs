//! What can be wrong with a component, in our words.

use std::fmt;

use crate::bytes_text::BytesText;
use crate::compile::CompileFailure;
use crate::inspect::RefusedImport;
use crate::settings::GrantError;

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
    /// Without the export of the world that was asked for.
    #[error("is not {}: it exports {}", wanted.name(), list(exports, *wanted))]
    OtherWorld {
        /// What was asked for: a worker loop, or an objective.
        wanted: World,
        /// What it looks like.
        world: World,
        /// What it exports.
        exports: Vec<String>,
    },
    /// An export `run` of another type.
    #[error("is not a worker loop: its function `run` is not `func() -> result<_, string>`")]
    RunType,
    /// An export `rush:worker/evaluator` of a version that this host does not have.
    #[error("exports `{export}`; this host has version {offered}")]
    OtherEdition {
        /// What it exports.
        export: String,
        /// The version that this host has.
        offered: &'static str,
    },
    /// An export `evaluate` of another type.
    #[error(
        "is not an objective: its function `evaluate` is not `func(xs: fields) -> result<fields, condition>` of `rush:worker`"
    )]
    EvaluateType,
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
    /// The compiler did not do its work.
    #[error("cannot be compiled: {0}")]
    Compiler(CompileFailure),
    /// Cannot begin within its memory limit.
    #[error("needs {} of memory to begin; its limit is {}", BytesText(*initial), BytesText(*limit))]
    Memory {
        /// Bytes of its memories at the beginning.
        initial: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Cannot be given what it is granted.
    #[error("cannot be prepared: {0}")]
    Grant(GrantError),
    /// Made of too many parts.
    #[error("is made of {count} instances; the limit is {limit}")]
    Instances {
        /// How many, of components or of modules, whichever are more.
        count: u32,
        /// How many are allowed.
        limit: usize,
    },
    /// Cannot begin within its limit of table elements.
    #[error("needs {initial} table elements to begin; its limit is {limit}")]
    TableElements {
        /// Elements of its tables at the beginning.
        initial: u64,
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
            Self::OtherWorld { wanted, world, .. } => return Some(world.hint(*wanted)),
            Self::RunType => "implement world `worker-loop` of `rush:worker` with one of the SDKs",
            Self::OtherEdition { .. } => {
                "build it with the SDK of this version of rush-host, or run it with the rush-host that it was built for"
            }
            Self::EvaluateType => "implement world `objective` of `rush:worker` with one of the SDKs",
            Self::Imports { .. } => {
                "build the component without them; `wasm-tools component wit` lists what it imports"
            }
            Self::Link { .. } => "build it again with the SDK and the WIT files of this version of rush-host",
            Self::Compile { .. } => "`wasm-tools validate` tells more",
            Self::Compiler(failure) => failure.hint(),
            Self::Memory { initial, .. } => {
                return Some(format!("raise `memory` in the limits to more than {}", BytesText(*initial)));
            }
            Self::Grant(_) => "name the folder by its path without links",
            Self::Instances { .. } => "compose it of fewer parts, or raise `instances` in the limits",
            Self::TableElements { .. } => "raise `table_elements` in the limits",
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

/// What a component looks like, by its exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum World {
    /// It exports a function `run`.
    WorkerLoop,
    /// It exports `rush:worker/evaluator`.
    Objective,
    /// It exports `wasi:cli/run`.
    Command,
    /// It handles web requests.
    Web,
    /// Something else.
    Unknown,
}

impl fmt::Display for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::WorkerLoop => "worker loop",
            Self::Objective => "objective",
            Self::Command => "command-line program",
            Self::Web => "web service",
            Self::Unknown => "unknown world",
        })
    }
}

impl World {
    /// With its article.
    fn name(self) -> String {
        let article = if matches!(self, Self::Objective | Self::Unknown) { "an" } else { "a" };
        format!("{article} {self}")
    }

    /// What the contract calls it.
    fn of_the_contract(self) -> &'static str {
        if self == Self::Objective { "objective" } else { "worker-loop" }
    }

    /// What to do about a component of this world where `wanted` was asked for.
    fn hint(self, wanted: Self) -> String {
        let contract = format!("world `{}`", wanted.of_the_contract());
        match self {
            Self::WorkerLoop => "this is a worker loop: name it under `[loop]`".to_owned(),
            Self::Objective => "this is an objective: name it under `[objective]`".to_owned(),
            Self::Command => format!(
                "this is a command-line program: {} is a library (`crate-type = [\"cdylib\"]`) of {contract}",
                wanted.name()
            ),
            Self::Web => {
                format!("this answers web requests: {} implements {contract} of `rush:worker`", wanted.name())
            }
            Self::Unknown => format!("implement {contract} of `rush:worker` with one of the SDKs"),
        }
    }
}

fn list(names: &[String], wanted: World) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let missing = if wanted == World::Objective { "`rush:worker/evaluator`" } else { "function `run`" };
    format!("{}, but no {missing}", names.join(", "))
}

fn lines(refused: &[RefusedImport]) -> String {
    refused.iter().fold(String::new(), |lines, refused| lines + "\n  " + &refused.to_string())
}
