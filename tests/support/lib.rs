//! What end-to-end tests need: the real program, in a world of its own, and a look at what it leaves behind.
//!
//! - [`Scene`]: a temporary folder with run files, an environment that nothing leaks into, and perhaps a Redis. When it is
//!   dropped, nothing that was started in it may be left: no process and no socket.
//! - [`Running`] and [`Said`]: a program that runs, and what it said until its end.
//! - [`Process`]: a process of a scene, whoever started it.
//! - [`MemoryWatch`]: the most memory that processes have, also those that end meanwhile.
//! - [`Sshd`] and [`Machine`]: machines of other names, on this one: reached through ssh, or through a cable that can be cut.
//! - [`Switch`]: several machines on one network, with a cable each.
//! - [`Slurm`]: a cluster of one node, with a controller and a queue.
//! - [`Kubernetes`]: the API of a cluster, played by a script; its pods are processes of this machine.
//! - [`eventually`]: waits for a condition, with a deadline.
//! - [`guest`], [`plugin`], [`tools`]: components that were built, and tools that were set up, before the tests.

#![expect(clippy::missing_panics_doc, reason = "a test has no better answer to a world that does not work")]

mod artifacts;
mod deadline;
mod hostile;
mod keeper;
mod kubernetes;
mod machine;
mod memory;
mod namespace;
mod process;
mod running;
mod said;
mod scene;
mod skipped;
mod slurm;
mod sshd;
mod switch;

pub use artifacts::{guest, guests_folder, host, kept, plugin, repository, tools};
pub use deadline::{PATIENCE, eventually, eventually_some};
pub use hostile::{HOSTILE, files_below, hides_the_password};
pub use kubernetes::{Kubernetes, invalid_manifest, kubectl};
pub use machine::Machine;
pub use memory::{MemoryWatch, Peaks};
pub use process::Process;
pub use running::Running;
pub use said::Said;
pub use scene::Scene;
pub use slurm::Slurm;
pub use sshd::{Place, SshEntry, Sshd, SshdOptions};
pub use switch::{Node, Switch};
