//! The command of one host process.

use std::{
    ffi::OsString,
    path::{Path, PathBuf, absolute},
    time::Duration,
};

use rush_network::{LaunchId, WorkerId, hostname};
use rush_run_file::RunFile;

use crate::{
    Allow, Awaited,
    quote::{self, Unquotable},
};

/// The variable in which a host process finds the URL of Redis.
pub(crate) const REDIS_URL: &str = "REDIS_URL";

/// The command of one host process: `rush-host worker …`. There is no secret in it.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// The network to work in.
    pub network: String,
    /// The name of the stored configuration.
    pub config: String,
    /// Which workers it carries.
    pub carries: Carries,
    /// How many threads it has for its loops; none: as many as its machine has cores.
    pub threads: Option<u32>,
    /// What starts it, for the table of workers.
    pub launcher: String,
    /// The machine that it was launched from: a worker elsewhere is `remote`.
    pub launched_from: String,
    /// How it learns where Redis is.
    pub redis: RedisFrom,
    /// What ends it, besides its workers' ends.
    pub lifetime: Lifetime,
    /// Folders on the machine that it runs on.
    pub folders: Folders,
    /// What it may grant to components.
    pub allow: Allow,
    /// How long connecting to Redis may take.
    pub connect_timeout: Duration,
    /// How long a call waits for a Redis that went away.
    pub unavailable_after: Duration,
    /// Whether everything is shown that guests write and log.
    pub debug: bool,
    /// Where it runs, in the words of its launcher, for the table of workers.
    pub place: Option<String>,
    /// A file on its machine for what it says, as soon as its workers are registered.
    pub log_file: Option<String>,
}

/// The workers of a host process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carries {
    /// So many new ones, whose names and indices the process draws.
    Any(u32),
    /// New ones of these names, with the indices from `first_index` on.
    Named {
        /// Their names.
        ids: Vec<WorkerId>,
        /// The index of the first.
        first_index: u64,
    },
    /// Ones that have ended, under their names, with new indices. Somebody else may be faster, which is no error.
    Again(Vec<Awaited>),
    /// Those that a recorded launch has for it.
    Launched {
        /// The launch.
        launch: LaunchId,
        /// The number of the process in it; none: whoever starts it appends `--process` with a number.
        process: Option<u32>,
    },
}

/// How a host process learns the URL of Redis, which never stands in a command line: everybody on a machine can read those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisFrom {
    /// From `REDIS_URL`.
    Environment,
    /// From the first line of its standard input.
    Stdin,
    /// From a file on its machine.
    File(String),
    /// It opens the private Redis of this data folder.
    Private(PathBuf),
}

/// What ends a host process besides the ends of its workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Its terminal, as of any program.
    Foreground,
    /// The end of its standard input.
    Supervised,
    /// Nothing: it leaves the terminal.
    Detached,
    /// Nothing, but there is a manager as long as that lives, which starts lost workers again.
    Managed,
}

/// Where workers write on their machines. Folders are no part of a stored configuration, which carries no power.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// For what each worker wrote to stderr.
    pub message_log: Option<PathBuf>,
    /// For what each worker wrote to stdout.
    pub output_log: Option<PathBuf>,
    /// For core dumps of objectives.
    pub core_dumps: Option<PathBuf>,
    /// For what is too large for Redis.
    pub large_objects: Option<PathBuf>,
}

impl Folders {
    /// Those of a run file, absolute: a host process may start anywhere.
    pub fn of(run_file: &RunFile) -> Self {
        let folder = |path: &Option<PathBuf>| path.as_deref().map(whole);
        Self {
            message_log: folder(&run_file.log.message_log),
            output_log: folder(&run_file.log.output_log),
            core_dumps: folder(&run_file.log.core_dumps),
            large_objects: folder(&run_file.data.large_objects),
        }
    }
}

/// Without a working directory there is nothing better than the path as it was written.
fn whole(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_owned())
}

impl WorkerCommand {
    /// What the workers of a run file get, launched from this machine, in the foreground, by `REDIS_URL`.
    pub fn of(run_file: &RunFile, config: impl Into<String>, carries: Carries) -> Self {
        Self {
            network: run_file.network.as_str().to_owned(),
            config: config.into(),
            carries,
            threads: None,
            launcher: "script".to_owned(),
            launched_from: hostname(),
            redis: RedisFrom::Environment,
            lifetime: Lifetime::Foreground,
            folders: Folders::of(run_file),
            allow: Allow::of(run_file),
            connect_timeout: run_file.redis.connect_timeout.as_std(),
            unavailable_after: run_file.redis.unavailable_after.as_std(),
            debug: false,
            place: None,
            log_file: None,
        }
    }

    /// The arguments of the program.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["worker".into()];
        let mut pair = |name: &str, value: OsString| arguments.extend([name.into(), value]);
        pair("--network", self.network.clone().into());
        pair("--config", self.config.clone().into());
        let workers = match &self.carries {
            Carries::Any(count) => Some(*count as usize),
            Carries::Named { ids, .. } => Some(ids.len()),
            Carries::Again(workers) => Some(workers.len()),
            Carries::Launched { .. } => None,
        };
        if let Some(workers) = workers {
            pair("--workers", workers.to_string().into());
        }
        if let Carries::Named { first_index, .. } = &self.carries {
            pair("--first-index", first_index.to_string().into());
        }
        if let Carries::Launched { launch, process } = &self.carries {
            pair("--launch", launch.to_string().into());
            if let Some(process) = process {
                pair("--process", process.to_string().into());
            }
        }
        if let Some(threads) = self.threads {
            pair("--threads", threads.to_string().into());
        }
        pair("--launcher", self.launcher.clone().into());
        pair("--launched-from", self.launched_from.clone().into());
        for (name, value) in [("--place", &self.place), ("--log-file", &self.log_file)] {
            if let Some(value) = value {
                pair(name, value.into());
            }
        }
        pair("--connect-timeout", self.connect_timeout.as_millis().to_string().into());
        pair("--unavailable-after", self.unavailable_after.as_millis().to_string().into());
        let Folders { message_log, output_log, core_dumps, large_objects } = &self.folders;
        for (name, folder) in [
            ("--message-log", message_log),
            ("--output-log", output_log),
            ("--core-dumps", core_dumps),
            ("--large-objects", large_objects),
        ] {
            if let Some(folder) = folder {
                pair(name, folder.into());
            }
        }
        for permission in self.allow.permissions() {
            pair("--allow", permission.word());
        }
        match &self.redis {
            RedisFrom::Environment | RedisFrom::Stdin => {}
            RedisFrom::File(file) => pair("--redis-file", file.into()),
            RedisFrom::Private(folder) => pair("--private", folder.into()),
        }
        match &self.carries {
            Carries::Any(_) | Carries::Launched { .. } => {}
            Carries::Named { ids, .. } => ids.iter().for_each(|id| pair("--id", id.to_string().into())),
            Carries::Again(workers) => {
                for Awaited { id, before } in workers {
                    pair("--id", id.to_string().into());
                    pair("--again", before.to_string().into());
                }
            }
        }
        let flags = [
            ("--redis-stdin", self.redis == RedisFrom::Stdin),
            ("--supervised", self.lifetime == Lifetime::Supervised),
            ("--detached", matches!(self.lifetime, Lifetime::Detached | Lifetime::Managed)),
            ("--managed", self.lifetime == Lifetime::Managed),
            ("--debug", self.debug),
        ];
        arguments.extend(flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag.into()));
        arguments
    }

    /// The command as one line that a POSIX shell reads.
    pub fn line(&self, program: &Path) -> Result<String, Unquotable> {
        let mut words = vec![program.as_os_str().to_owned()];
        words.extend(self.arguments());
        quote::command_line_of(&words)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rush_run_file::Options;

    use super::*;

    fn command(carries: Carries) -> WorkerCommand {
        let text = "network = 'test'\n[loop]\ncomponent = 'loop.wasm'\n";
        let run_file = RunFile::parse(text, "run.toml", &Options::of_this_process()).unwrap();
        WorkerCommand { launched_from: "here".into(), ..WorkerCommand::of(&run_file, "c0ffee", carries) }
    }

    fn text_of(command: &WorkerCommand) -> String {
        let arguments: Vec<String> =
            command.arguments().into_iter().map(|word| word.into_string().unwrap()).collect();
        arguments.join(" ")
    }

    #[test]
    fn a_script_fixes_neither_names_nor_indices() {
        assert_eq!(
            text_of(&command(Carries::Any(3))),
            "worker --network test --config c0ffee --workers 3 --launcher script --launched-from here \
             --connect-timeout 5000 --unavailable-after 60000"
        );
    }

    #[test]
    fn workers_have_names_and_those_that_come_again_had_incarnations() {
        let id = |name: &str| WorkerId::parse(name).unwrap();
        let named = Carries::Named { ids: vec![id("calm_otter"), id("bold_crane")], first_index: 7 };
        let supervised = WorkerCommand {
            lifetime: Lifetime::Supervised,
            redis: RedisFrom::Stdin,
            debug: true,
            ..command(named)
        };
        let said = text_of(&supervised);
        assert!(said.contains(" --workers 2 --first-index 7 "), "{said}");
        assert!(
            said.ends_with(" --id calm_otter --id bold_crane --redis-stdin --supervised --debug"),
            "{said}"
        );
        let again = Carries::Again(vec![Awaited { id: id("calm_otter"), before: 2 }]);
        let said = text_of(&WorkerCommand { redis: RedisFrom::File("url".into()), ..command(again) });
        assert!(said.contains(" --workers 1 ") && !said.contains("--first-index"), "{said}");
        assert!(said.ends_with(" --redis-file url --id calm_otter --again 2"), "{said}");
    }

    #[test]
    fn only_who_shares_its_machine_is_told_how_many_threads_it_has() {
        let alone = command(Carries::Any(3));
        assert!(!text_of(&alone).contains("--threads"));
        let sharing = WorkerCommand { threads: Some(2), ..alone };
        assert!(text_of(&sharing).contains(" --workers 3 --threads 2 --launcher "));
    }

    #[test]
    fn what_the_run_file_grants_is_allowed() {
        let text = "network = 'test'\n[loop]\ncomponent = 'loop.wasm'\n[loop.grants]\nrandom = true\n\
                    dirs = [{ host = '/my data', guest = '/data' }]\n";
        let run_file = RunFile::parse(text, "run.toml", &Options::of_this_process()).unwrap();
        let command = WorkerCommand::of(&run_file, "c0ffee", Carries::Any(1));
        assert!(text_of(&command).ends_with(" --allow random --allow read=/my data"));
        let line = command.line(Path::new("rush-host")).unwrap();
        assert!(line.ends_with(" --allow random --allow 'read=/my data'"), "{line}");
    }

    #[test]
    fn a_real_shell_hands_the_folders_on() {
        let folder = PathBuf::from("/it's $HOME/`id`\\ \"x\"/größer");
        let folders = Folders { message_log: Some(folder.clone()), ..Folders::default() };
        let command = WorkerCommand { folders, ..command(Carries::Any(1)) };
        let line = command.line(Path::new("/usr/bin/printf")).unwrap();
        let line = line.replacen(" worker ", " '%s\\n' ", 1);
        let output = Command::new("sh").arg("-c").arg(&line).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.lines().any(|word| Path::new(word) == folder), "{line}: {said}");
    }
}
