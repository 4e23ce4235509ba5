//! The run file of `rush-host`: one TOML file that declares a run, read into typed and validated values.
//!
//! This crate reads the file and nothing else: it knows neither Redis nor WebAssembly, opens no connection and looks at
//! no component. So it can be used to check or to generate run files anywhere.
//!
//! ```
//! use rush_run_file::{Options, Order, RunFile};
//!
//! let text = r#"
//!     network = "branin-random-search"
//!
//!     [workers]
//!     count = 4
//!
//!     [loop]
//!     component = "random_search.wasm"
//!     args = { lower = [-5.0, 0.0], upper = [10.0, 15.0] }
//!
//!     [stop]
//!     finished = 100
//!
//!     [report]
//!     minimize = "y"
//! "#;
//! let run = RunFile::parse(text, "runs/branin.toml", &Options::of_this_process())?;
//!
//! assert_eq!(run.network.as_str(), "branin-random-search");
//! assert_eq!(run.workers.count, 4);
//! assert_eq!(run.worker_loop.component.path().unwrap().to_str(), Some("runs/random_search.wasm"));
//! assert_eq!(run.stop.finished, Some(100));
//! assert_eq!(run.stop.grace.to_string(), "30s", "defaults are in place");
//! assert_eq!(run.report.unwrap().order, Some(Order::Minimize("y".to_owned())));
//! # Ok::<(), rush_run_file::RunFileErrors>(())
//! ```
//!
//! # Errors
//!
//! A file with three mistakes gets three messages at once, each with its line, the value underlined, what was expected,
//! and what was probably meant. [`RunFileErrors`] is a [`miette::Diagnostic`]; the program that prints it decides how.
//! What the format has and this version does not is refused as "not supported yet", never ignored.
//!
//! ```
//! use rush_run_file::{Options, RunFile};
//!
//! let text = "network = 'my network'\n[workers]\ncuont = 4\n[loop]\ncomponent = 'loop.wasm'\n";
//! let errors = RunFile::parse(text, "my.toml", &Options::of_this_process()).unwrap_err();
//!
//! let messages: Vec<_> = errors.problems().iter().map(ToString::to_string).collect();
//! assert_eq!(messages, ["`network` is not a valid network id", "Unknown key `cuont` in [workers]"]);
//! assert_eq!(errors.problems()[1].location(), Some(("my.toml", 3, 1)));
//! assert_eq!(errors.problems()[1].hint(), Some("Did you mean `count`?"));
//! ```
//!
//! # Where values come from
//!
//! A `--set key=value` ([`Options::overrides`]) wins over the run file, the run file over the user's defaults file
//! ([`Defaults`]), that over what is built in. The Redis has an order of its own, see [`choose`]. A relative path starts
//! from the folder of the file in which it stands, or of the run file, if it stands in a `--set`. A key that has no effect
//! beside another is an error, unless it gives way: a default to a run file, a run file to a `--set`.
//!
//! [`show`] lists every key that holds, with its value and where that comes from.
//!
//! # Secrets
//!
//! A URL of Redis is a [`RedisUrl`]: it prints without its password. Errors cover the passwords of all URLs in the lines
//! that they show. A [`RunFile`] serialises without its Redis.

mod bytes;
mod component;
mod data;
mod defaults;
mod duration;
mod error;
mod expand;
mod finding;
mod grants;
mod heartbeat;
mod isolation;
mod json;
mod kubernetes_image;
mod kubernetes_names;
mod kubernetes_quantity;
mod launcher;
mod launcher_command;
mod launcher_kubernetes;
mod launcher_slurm;
mod launcher_ssh;
mod limits;
mod load;
mod log;
mod mask;
mod named_files;
mod network_id;
mod objective;
mod open_bracket;
mod options;
mod output;
mod overrides;
mod parse;
mod password_file;
mod path;
mod redis;
mod redis_source;
mod redis_url;
mod report;
mod resolve;
mod run_file;
mod schema;
mod sha256;
mod shape;
mod shell_command;
mod show;
mod slurm_directive;
mod slurm_time;
mod sources;
mod spanned;
mod spread;
mod stop;
mod suggest;
mod syntax;
mod tasks;
mod text_serde;
mod tree;
mod unknown_key;
mod unsupported;
mod value_error;
mod worker_loop;
mod workers;

pub use bytes::ByteSize;
pub use component::ComponentSource;
pub use data::Data;
pub use defaults::Defaults;
pub use duration::Duration;
pub use error::{Mistake, Problem, RunFileErrors};
pub use expand::Environment;
pub use grants::{Dir, Grants};
pub use heartbeat::Heartbeat;
pub use isolation::Isolation;
pub use launcher::Launcher;
pub use launcher_command::CommandLauncher;
pub use launcher_kubernetes::{KubernetesLauncher, TaintEffect, Toleration};
pub use launcher_slurm::SlurmLauncher;
pub use launcher_ssh::{SshHost, SshLauncher};
pub use limits::Limits;
pub use log::{Log, LogLevel};
pub use network_id::NetworkId;
pub use objective::{Instance, Objective};
pub use options::Options;
pub use output::{Output, OutputFormat};
pub use password_file::{PasswordFileError, read_password};
pub use redis::{Redis, RedisLocation, Sentinel, Tls};
pub use redis_source::{RedisOrigin, RedisSource, RedisSourceError, RedisSources, choose};
pub use redis_url::RedisUrl;
pub use report::{Order, Report};
pub use run_file::RunFile;
pub use schema::schema;
pub use sha256::Sha256;
pub use show::{Origin, ShownValue, show, show_text};
pub use slurm_time::SlurmTime;
pub use stop::Stop;
pub use tasks::{OnLost, Tasks};
pub use value_error::ValueError;
pub use worker_loop::WorkerLoop;
pub use workers::{Restart, Seed, Workers};
