//! From a component to code of this machine: [compiled](compiler) once, then [loaded](load) from a [cache](cache).
//!
//! Cached code runs inside the host, so it is loaded only if this very cache wrote it: the folder is private to its owner,
//! and every file ends with a keyed [seal] over its name and its content. A file that is damaged, renamed, tampered with, or copied from another
//! cache is compiled anew.

mod cache;
mod compiler;
mod key;
mod load;
mod private;
mod prune;
mod seal;

pub use cache::{CacheError, CodeCache};
pub use compiler::{CompileMode, Compiler};
