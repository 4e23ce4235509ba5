//! What a process takes away from itself before it runs what nobody has to trust: limits of the kernel (rlimits), the right to
//! gain privileges, system calls (seccomp), files and connections (landlock).
//!
//! ```no_run
//! use rush_sandbox::{Confinement, Profile};
//!
//! # fn main() -> Result<(), rush_sandbox::SandboxError> {
//! let in_force = Confinement { memory: Some(64 << 20), ..Confinement::new(Profile::Evaluator) }.apply()?;
//! assert_eq!(in_force.to_string(), "rlimits, no new privileges, seccomp, landlock (ABI 7)");
//! # Ok(()) }
//! ```
//!
//! It is the second wall, not the first: a guest is held by WebAssembly, and these hold what would break out of it.
//! Nothing here can be undone by the process that did it. What the kernel does not offer is named in [`InForce`], never silently
//! left out; what was asked for and cannot be had for another reason is an error.

#[cfg(target_os = "linux")]
mod calls;
mod confinement;
mod error;
#[cfg(target_os = "linux")]
mod filter;
mod in_force;
mod inherited;
#[cfg(not(target_os = "linux"))]
mod other_systems;
#[cfg(target_os = "linux")]
mod reach;
mod rlimits;

pub use confinement::{Confinement, Profile};
pub use error::SandboxError;
pub use in_force::InForce;
pub use inherited::close_inherited;
