//! What batch systems have in common: a job of many host processes is submitted once, waits, runs, and ends.

use std::{path::Path, time::Duration};

use rush_network::{LaunchId, LaunchRecord};
use secrecy::SecretString;

use crate::{HostProgram, WorkerCommand};

/// Kubernetes takes 63 characters, of which an index has its part.
const LONGEST_NAME: usize = 52;

/// What is submitted to a batch system: all host processes of one launch.
#[derive(Debug)]
pub struct Job<'a> {
    /// What the batch system calls it; see [`job_name`].
    pub name: &'a str,
    /// The launch: how many host processes there are, and what they carry.
    pub record: &'a LaunchRecord,
    /// The command of every process; the number of each, and where it runs, are appended by the batch system's template, which also says
    /// where the URL of Redis comes from.
    pub command: WorkerCommand,
    /// The URL of Redis, with its password.
    pub redis_url: SecretString,
    /// Whether a job that runs out of time hands its workers on to another one: they are to be started again, and no manager does it.
    pub takes_over: bool,
    /// How long workers have to end when they are asked.
    pub grace: Duration,
    /// Where files of the network are kept, absolute: `.rush/<network>` beside the run file.
    pub folder: &'a Path,
    /// This program.
    pub program: &'a HostProgram,
}

/// What a batch system says about one host process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobState {
    /// Its number within its launch; from [`Launched::waiting`](crate::Launched::waiting) its place in
    /// [`Launched::processes`](crate::Launched::processes).
    pub process: u32,
    /// What the batch system calls it: `1234_0`, the name of a pod.
    pub place: String,
    /// How far it is.
    pub phase: Phase,
    /// Why, in the words of the batch system: `Resources`, `FAILED, exit code 127`.
    pub reason: String,
}

/// How far a host process is, as its batch system says. Whether its workers live their heartbeats tell, and nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It waits.
    Pending,
    /// It has begun.
    Running,
    /// It is over.
    Ended,
    /// Nobody knows (any more).
    Unknown,
}

impl JobState {
    /// One of whom nothing is known but this.
    pub(crate) fn unknown(process: u32, place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { process, place: place.into(), phase: Phase::Unknown, reason: reason.into() }
    }
}

/// What a batch system calls the job of a launch: `rush-<network>-<launch>`, of `[a-z0-9-]`, so that every batch system takes it. A long
/// name of a network loses its end; the launch is what tells jobs apart.
pub fn job_name(network: &str, launch: &LaunchId) -> String {
    let mut plain = String::new();
    for character in network.chars() {
        if character.is_ascii_alphanumeric() {
            plain.push(character.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let room = LONGEST_NAME.saturating_sub("rush--".len() + launch.as_str().len());
    plain.truncate(room);
    let plain = plain.trim_end_matches('-');
    if plain.is_empty() { format!("rush-{launch}") } else { format!("rush-{plain}-{launch}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(network: &str) -> String {
        job_name(network, &LaunchId::parse("0123456789ab").unwrap())
    }

    #[test]
    fn every_batch_system_takes_the_name_of_a_job() {
        assert_eq!(name("branin"), "rush-branin-0123456789ab");
        assert_eq!(name("Branin_{2}.x"), "rush-branin-2-x-0123456789ab");
        assert_eq!(name("{__}"), "rush-0123456789ab");
        let longest = name(&"a-".repeat(50));
        assert!(longest.len() <= LONGEST_NAME && longest.ends_with("a-0123456789ab"), "{longest}");
    }
}
