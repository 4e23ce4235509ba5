//! Starting the workers of a run file on this machine: what `run` and `start` have in common.

use std::{ffi::OsString, io, path::Path};

use rush_launch::local::{HostProcess, LocalChildren, Supervision, Talk, plan_processes};
use rush_network::WorkerId;
use rush_run_file::RunFile;

use crate::{
    component_file::ComponentFile,
    configuration::Configuration,
    environment,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{Redis, Session},
    writable,
};

/// Workers that are being started.
pub(crate) struct Launched {
    pub(crate) children: LocalChildren,
    /// The workers of each host process, by the process's index.
    pub(crate) workers: Vec<Vec<WorkerId>>,
}

/// How to start them.
pub(crate) struct Launch<'a> {
    pub(crate) session: &'a Session,
    pub(crate) component: &'a ComponentFile,
    pub(crate) count: u32,
    pub(crate) supervision: Supervision,
    pub(crate) talk: Talk,
    pub(crate) debug: bool,
}

impl Launch<'_> {
    /// Stores what the workers are given, and starts the host processes.
    pub(crate) async fn start(&self) -> Result<Launched, Failure> {
        let Session { run_file, network, redis } = self.session;
        let seed = run_file.workers.seed.map_or_else(rand::random, |seed| seed.0);
        talk::line(format_args!(
            "Starting {} in {} (seed {seed})",
            text::counted(self.count.into(), "worker"),
            host_processes(self.processes())
        ));
        let sha256 = network.store_blob(&self.component.bytes).await?;
        let config = Configuration::new(run_file, sha256, seed).store(network).await?;
        let first = network.take_indices(self.count.into()).await?;

        let program = std::env::current_exe()
            .map_err(|error| Failure::internal(format!("cannot find this program: {error}")))?;
        let mut launched = Launched { children: LocalChildren::new(), workers: Vec::new() };
        for plan in plan_processes(0, self.count as usize, self.processes() as usize) {
            let ids: Vec<WorkerId> = plan.workers.clone().map(|_| WorkerId::random()).collect();
            let first_index = first + plan.workers.start as u64;
            let process = HostProcess {
                program: program.clone(),
                arguments: self.arguments(&config, first_index, &ids, redis),
                environment: match redis {
                    Redis::Private(_) => Vec::new(),
                    Redis::Server { url } => vec![(environment::REDIS_URL.to_owned(), url.clone())],
                },
                supervision: self.supervision,
                talk: self.talk.clone(),
            };
            launched.children.spawn(&process)?;
            launched.workers.push(ids);
        }
        Ok(launched)
    }

    fn processes(&self) -> u32 {
        self.session.run_file.workers.processes.min(self.count)
    }

    fn arguments(&self, config: &str, first_index: u64, ids: &[WorkerId], redis: &Redis) -> Vec<OsString> {
        let run_file = &self.session.run_file;
        let mut arguments: Vec<OsString> = Vec::new();
        let mut pair = |name: &str, value: OsString| arguments.extend([name.into(), value]);
        let mut text = |name: &str, value: String| pair(name, value.into());
        text("--network", run_file.network.as_str().to_owned());
        text("--config", config.to_owned());
        text("--workers", ids.len().to_string());
        text("--first-index", first_index.to_string());
        text("--launcher", "local".to_owned());
        text("--connect-timeout", run_file.redis.connect_timeout.as_millis().to_string());
        text("--unavailable-after", run_file.redis.unavailable_after.as_millis().to_string());
        for id in ids {
            text("--id", id.to_string());
        }
        if let Redis::Private(private) = redis {
            pair("--private", private.data_folder().into());
        }
        arguments.push(match self.supervision {
            Supervision::Supervised => "--supervised".into(),
            Supervision::Detached => "--detached".into(),
        });
        if self.debug {
            arguments.push("--debug".into());
        }
        arguments.insert(0, "worker".into());
        arguments
    }
}

pub(crate) fn host_processes(count: u32) -> String {
    if count == 1 { "1 host process".into() } else { format!("{count} host processes") }
}

/// A file that can only be written at the end must be known to be writable at the beginning, not after hours.
pub(crate) fn check_output(run_file: &RunFile) -> Result<(), Failure> {
    let Some(output) = &run_file.output else { return Ok(()) };
    let probe = || -> io::Result<()> {
        if output.path.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        writable::folder(output.path.parent().unwrap_or(Path::new("")))
    };
    probe().map_err(|error| {
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the results file `{}` cannot be written: {error}", output.path.display()),
            "`[output] path` is relative to the run file; nothing was started",
        )
    })
}
