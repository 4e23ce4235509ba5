//! Host processes on this machine.
//!
//! [`plan_processes`] decides how many workers each process carries; a [`HostProcess`] says how one is started;
//! [`LocalChildren`] starts them, tells of each end as it happens, and signals them.
//!
//! A *supervised* process ends with its manager, however that ends: its standard input is a pipe whose other end the
//! manager holds, and its [`Watchdog`] sees it close. A *detached* one outlives the manager and the terminal.

mod children;
mod connection;
mod host_process;
mod plan;
mod watchdog;

pub use children::{LocalChildren, SpawnError};
pub(crate) use connection::{ATTEMPTS, pause};
pub use connection::{Connection, Heard, Judgement};
pub use host_process::{HostProcess, Supervision, Talk};
pub use plan::{ProcessPlan, default_processes, plan_processes, threads_of_each};
pub use watchdog::Watchdog;
