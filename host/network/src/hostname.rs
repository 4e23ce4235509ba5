//! What this machine is called.

/// The name of this machine, as workers give it at their registration. Two that compare equal are one machine: that is what
/// `remote` in the table of workers means.
pub fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
