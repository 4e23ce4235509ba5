//! Host processes on other machines, through this machine's ssh and its configuration.
//!
//! What is done stands in pure functions: who carries what ([`share`], [`plan`]), the command of a client ([`client`]), what its end means
//! ([`answer`]). What runs there are two short scripts: `remote.sh` starts a host process, `copy.sh` brings the program. The clients are
//! children of this process, begun a few at a time; see [`Connection`](crate::local::Connection).
//!
//! Secrets go through standard input: no argument and no variable of a client holds one.

mod answer;
mod client;
mod copy;
mod dry_run;
mod error;
mod open_files;
#[cfg(test)]
mod scripts;
mod share;

use std::{io, ops::Range, process::ExitStatus};

use rush_run_file::SshLauncher;

use crate::{LaunchError, local::LocalChildren};

pub(crate) use client::host_process;
pub(crate) use copy::prepare;
pub(crate) use dry_run::dry_run;
pub use error::SshError;
pub use share::share;

/// The host processes for so many workers: the host of each, and the places of its workers among all, from 0. `processes` of them in all
/// if that is more than there are hosts.
pub(crate) fn plan(launcher: &SshLauncher, count: u32, processes: u32) -> Vec<(String, Range<usize>)> {
    let mut next = 0;
    let places = share::plan(&launcher.hosts, count, processes).into_iter();
    let carried = places.map(|place| {
        let start = next;
        next += place.workers as usize;
        (launcher.hosts[place.host].host.clone(), start..next)
    });
    carried.collect()
}

/// What the end of a client means whose workers are not registered; nothing, if they may still come. `said` is the end of what all
/// processes wrote to the log, as far as there is one.
pub(crate) fn failed(
    host: &str,
    children: &LocalChildren,
    process: usize,
    status: io::Result<ExitStatus>,
    said: &str,
) -> Option<LaunchError> {
    let heard = children.heard(process).unwrap_or_default();
    let status = match status {
        Ok(status) => status,
        Err(source) => return Some(SshError::Client { host: host.to_owned(), source }.into()),
    };
    let answer = answer::read(&heard, status.code());
    if answer.may_still_come() {
        return None;
    }
    // One that has begun writes to a log of its own by and by; what stood on the way there is better than nothing.
    let said = if heard.said.trim().is_empty() { said } else { &heard.said };
    Some(SshError::failed(host, answer, said).into())
}
