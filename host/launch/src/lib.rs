//! Starting the workers of a run file, waiting for them, stopping them; and the Redis that a run without one gets.
//!
//! A program that does what `rush-host start` and `rush-host stop` do (`examples/workers.rs` is the whole of it):
//!
//! ```no_run
//! use std::time::Duration;
//! use rush_launch::{Begin, ComponentFiles, HostProgram, Launch, Session, Stop, stop};
//! use rush_run_file::{Options, RedisSources, RunFile, choose};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let run_file = RunFile::load("run.toml", &Options::of_this_process())?;
//! let source = choose(RedisSources { run_file: run_file.redis.location.as_ref(), ..Default::default() })?;
//! let program = HostProgram::at("/usr/local/bin/rush-host")?;
//!
//! let session = Session::open(run_file, &source, Begin::Yes, &program).await?;
//! let stored = session.store(&ComponentFiles::read(&session.run_file)?).await?;
//! let mut launched = Launch::new(&session, &program)?.start(&stored.config, 4).await?;
//! launched.until_registered(&session.network, Duration::from_secs(30)).await?;
//! // … push tasks, look at results: `session.network` …
//! stop(&session.network, &launched.ids(), Stop::Within(session.grace())).await?;
//! # Ok(()) }
//! ```
//!
//! - [`Session`]: a run file, its network, and its Redis ([`RunRedis`]); [`Session::store`] puts what workers are given
//!   ([`Configuration`]) where every machine finds it.
//! - [`Launch`]: how host processes are started, by a [`Launcher`]; [`Launched`]: those that were. Each is a
//!   [`WorkerCommand`]: `rush-host worker …`. [`dry_run()`] shows what a start would do.
//! - Every launch but that of children is recorded in the network before anything is begun, and the record is the permission to register:
//!   [`pending()`] tells who has not come yet, and why ([`JobState`]); [`withdraw`] takes launches back, so that nothing of them begins any
//!   more, be it in hours.
//! - [`Allow`]: what a host process may grant to components, whatever the configuration asks for.
//! - [`stop`]: ends workers, wherever they are; [`Script`]: what starts some by hand.
//! - [`local`]: children of this process, supervised or on their own; [`detach`], [`local::Watchdog`]: what those
//!   do on their side;
//! - [`private_redis`]: a real `redis-server` that starts with the first user and ends with the last;
//! - [`quote`]: command lines for the shells of other machines;
//! - [`regular_file`]: reading what is named in a run file;
//! - [`signals`]: Ctrl-C once, Ctrl-C twice.
//!
//! Nothing here runs components, or prints.

mod allow;
mod arrival;
mod arriving;
mod batch;
mod batch_system;
mod carried_together;
mod component_file;
mod configuration;
pub mod detach;
mod dry_run;
mod error;
mod giving_up;
mod host_program;
mod kubernetes;
mod launch;
mod launched;
mod launcher;
pub mod local;
mod log_file;
mod looking;
mod pending;
mod planning;
pub mod private_redis;
pub mod quote;
pub mod regular_file;
mod run_redis;
mod script;
mod session;
pub mod signals;
mod slurm;
mod ssh;
mod starter;
mod stopping;
mod stored;
pub mod whole_file;
mod withdrawing;
mod worker_command;
mod writable;

pub use allow::{Allow, NotAllowed, Permission, UnknownPermission};
pub use arrival::Arrived;
pub use batch::{Job, JobState, Phase, job_name};
pub use carried_together::{can_be_restarted, carried_together};
pub use component_file::{ComponentFile, ComponentFiles, Role};
pub use configuration::{
    Configuration, StoredComponent, StoredData, StoredFile, StoredLog, StoredObjective, stop_conditions,
};
pub use dry_run::dry_run;
pub use error::{LaunchError, Status};
pub use host_program::HostProgram;
pub use kubernetes::KubernetesError;
pub use launch::Launch;
pub use launched::{Awaited, Launched, registered};
pub use launcher::Launcher;
pub use pending::{PendingProcess, pending};
pub use run_redis::{Begin, RunRedis};
pub use script::{Script, ScriptedJob};
pub use session::Session;
pub use slurm::SlurmError;
pub use ssh::{SshError, share};
pub use stopping::{Stop, Stopped, kill, stop, terminate, until_ended};
pub use stored::Stored;
pub use withdrawing::{Withdrawn, cancel_jobs, withdraw};
pub use worker_command::{Carries, Folders, Lifetime, RedisFrom, WorkerCommand};
pub use writable::Writable;
