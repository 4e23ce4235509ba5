//! From a component to code of this machine: [compiled](compiler) once, then [loaded](load) from a [cache](cache).
//!
//! Cached code runs inside the host, so it is loaded only if this very cache wrote it: the folder is private to its owner,
//! and every file ends with a keyed [seal] over its name and its content. A file that is damaged, renamed, tampered with, or copied from another
//! cache is compiled anew.
//!
//! A component may be made to be hard to compile, so that happens in a limited [child]: [`order`] and [`answer`] are what the two say to
//! each other, [`serve`] is the child.

mod anonymous;
mod answer;
mod cache;
mod child;
mod compiler;
mod failure;
mod key;
mod limits;
pub(crate) mod load;
mod order;
mod private;
mod prune;
mod seal;
mod serve;

pub use cache::{CacheError, CodeCache};
pub use child::CompileChild;
pub use compiler::{CompileMode, Compiler};
pub use failure::CompileFailure;
pub use limits::CompileLimits;
pub use serve::{CompileChildError, compile_in_child};
