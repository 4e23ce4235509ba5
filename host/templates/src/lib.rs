//! The projects that `rush-host new` writes: a worker loop, or an objective with a loop that evaluates it, in any language that has an
//! SDK.
//!
//! All of a project is inside the program: the template, rendered; the SDK of its language and the contract, copied. Nothing is
//! written here: [`project`] answers with the files.
//!
//! ```
//! use rush_templates::{Kind, Language, Name, project};
//!
//! let name = Name::parse("demo")?;
//! let files = project(Language::Rust, Kind::WorkerLoop, &name)?;
//!
//! let run_file = files.iter().find(|file| file.path == "demo.toml").unwrap();
//! assert!(run_file.content.contains("network = \"demo\""));
//! assert!(files.iter().any(|file| file.path == "wit/worker.wit"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod embedded;
mod language;
mod name;
mod package_name;
mod project;
mod render;
mod versions;

pub use language::{Kind, Language};
pub use name::{Name, NameError};
pub use project::{File, ProjectError, project};
