//! What a start would do, without doing it.

use std::{collections::BTreeMap, path::PathBuf};

use rush_network::{LaunchRecord, digest};
use rush_run_file::{CommandLauncher, RedisLocation, RedisUrl, RunFile};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    Carries, ComponentFiles, Configuration, HostProgram, Job, LaunchError, Launcher, Lifetime, Role,
    StoredData, StoredFile, WorkerCommand, kubernetes,
    local::{HostProcess, Supervision, Talk},
    planning::{carried_by, network_folder, new_workers, numbered, plan, record, takes_over, threads},
    private_redis::data_folder,
    quote, regular_file, slurm, ssh,
    starter::{Reached, Starter},
};

/// What a start of so many workers would run or submit, word for word, with `<redacted>` in the place of secrets. Touches neither Redis nor
/// other machines. What each start draws anew differs each time: names, the launch, and the seed, unless the run file fixes it.
pub fn dry_run(
    run_file: &RunFile,
    components: &ComponentFiles,
    redis: &RedisLocation,
    program: &HostProgram,
    count: u32,
) -> Result<String, LaunchError> {
    Launcher::check(run_file, redis)?;
    let launcher = Launcher::named(run_file);
    let processes = new_workers(plan(&launcher, run_file, count), 0);
    let record = record(&launcher, run_file.network.as_str(), processes);
    let carries = Carries::Launched { launch: record.id.clone(), process: None };
    let command = WorkerCommand {
        threads: threads(&launcher, run_file, record.processes.len()),
        launcher: launcher.name().to_owned(),
        // As `rush-host start` asks for it.
        debug: true,
        ..WorkerCommand::of(run_file, configuration(run_file, components)?, carries)
    };
    let starter = Starter {
        program,
        redis: reached(run_file, redis),
        supervision: Supervision::Detached,
        talk: Talk::Inherit,
    };
    let job = Job {
        name: &record.name,
        record: &record,
        command: WorkerCommand { lifetime: Lifetime::Managed, ..command.clone() },
        redis_url: url(redis),
        takes_over: takes_over(run_file),
        grace: run_file.stop.grace.as_std(),
        folder: &network_folder(run_file),
        program,
    };
    match &launcher {
        Launcher::Local => {
            let children = record.processes.iter().map(|process| {
                starter.local(WorkerCommand { carries: carried_by(process), ..command.clone() })
            });
            children.map(|child| shown(&child)).collect()
        }
        Launcher::Command(launcher) => by_command(&starter, launcher, &command, &record),
        Launcher::Ssh(launcher) => {
            let commands: Vec<(String, WorkerCommand)> = (0..)
                .zip(&record.processes)
                .map(|(number, process)| {
                    let command = numbered(&command, &record, number);
                    (process.place.clone(), starter.command_by_ssh(&process.place, command))
                })
                .collect();
            ssh::dry_run(launcher, &commands, program)
        }
        Launcher::Slurm(launcher) => Ok(slurm::dry_run(launcher, &job)?),
        Launcher::Kubernetes(launcher) => Ok(kubernetes::dry_run(launcher, &job)?),
    }
}

fn by_command(
    starter: &Starter<'_>,
    launcher: &CommandLauncher,
    command: &WorkerCommand,
    record: &LaunchRecord,
) -> Result<String, LaunchError> {
    let numbers = (0..).take(record.processes.len());
    numbers.map(|number| shown(&starter.command(launcher, numbered(command, record, number))?)).collect()
}

/// A child of this process as a line for a shell.
fn shown(child: &HostProcess) -> Result<String, LaunchError> {
    let mut words = vec![child.program.clone().into_os_string()];
    words.extend(child.arguments.iter().cloned());
    let mut line = quote::command_line_of(&words)?;
    for (name, value) in &child.environment {
        line = format!("{name}={} {line}", quote::word(value.expose_secret())?);
    }
    if let Some(first) = &child.first_line {
        line = format!("echo {} | {line}", quote::word(first.expose_secret())?);
    }
    Ok(line + "\n")
}

fn reached(run_file: &RunFile, redis: &RedisLocation) -> Reached {
    match redis {
        RedisLocation::Private => Reached::Private(data_folder(&run_file.folder, run_file.network.as_str())),
        RedisLocation::Server { .. } => Reached::Server(url(redis)),
    }
}

/// The URL of Redis without any secret.
fn url(redis: &RedisLocation) -> SecretString {
    let RedisLocation::Server { url, password_file } = redis else { return SecretString::default() };
    // Whatever it holds, it is not shown: so none is read.
    let hidden = SecretString::from("hidden");
    let url: RedisUrl = if password_file.is_some() { url.with_password(&hidden) } else { url.clone() };
    SecretString::from(url.redacted().replace("****", "<redacted>"))
}

/// The name of the configuration that would be stored.
fn configuration(run_file: &RunFile, components: &ComponentFiles) -> Result<String, LaunchError> {
    let seed = run_file.workers.seed.map_or_else(rand::random, |seed| seed.0);
    let objective = run_file.objective.as_ref().map(|objective| &objective.data);
    let data = StoredData {
        worker_loop: files(Role::WorkerLoop, &run_file.worker_loop.data)?,
        objective: objective.map_or_else(|| Ok(BTreeMap::new()), |data| files(Role::Objective, data))?,
    };
    Configuration::new(run_file, components, data, seed).name()
}

fn files(role: Role, files: &BTreeMap<String, PathBuf>) -> Result<BTreeMap<String, StoredFile>, LaunchError> {
    let named = |(name, path): (&String, &PathBuf)| {
        let content = regular_file::read(path).map_err(|source| LaunchError::Data {
            role,
            name: name.clone(),
            path: path.clone(),
            source,
        })?;
        Ok((name.clone(), StoredFile { sha256: digest(&content), size: content.len() as u64 }))
    };
    files.iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rush_run_file::Options;

    use super::*;

    /// What `start --dry-run` shows of a run file with a loop that nobody runs.
    fn of(more: &str, redis: Option<&str>) -> Result<String, LaunchError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("loop.wasm"), "not run").unwrap();
        let path = folder.path().join("run.toml");
        fs::write(&path, format!("network = 'n'\n[loop]\ncomponent = 'loop.wasm'\n{more}")).unwrap();
        let run_file = RunFile::load(&path, &Options::of_this_process()).unwrap();
        let redis = match redis {
            Some(url) => RedisLocation::Server { url: url.parse().unwrap(), password_file: None },
            None => RedisLocation::Private,
        };
        let components = ComponentFiles::read(&run_file).unwrap();
        let program = HostProgram::at("/opt/rush-host").unwrap();
        dry_run(&run_file, &components, &redis, &program, run_file.workers.count)
    }

    const TWO: &str = "[workers]\ncount = 2\nprocesses = 2\nseed = 7\n";

    #[test]
    fn workers_of_this_machine_are_children_with_the_url_in_their_environment() {
        let shown = of(TWO, Some("redis://:s3cret@cache:6379/1")).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 2, "{shown}");
        for (line, index) in lines.iter().zip(0..) {
            assert!(
                line.starts_with("REDIS_URL='redis://:<redacted>@cache:6379/1' /opt/rush-host worker "),
                "{line}"
            );
            assert!(
                line.contains(&format!(" --first-index {index} ")) && line.ends_with(" --detached --debug")
            );
        }
    }

    #[test]
    fn a_private_redis_is_named_by_its_folder() {
        let shown = of("", None).unwrap();
        assert!(shown.starts_with("/opt/rush-host worker ") && shown.contains(" --private /"), "{shown}");
    }

    #[test]
    fn the_program_of_a_launcher_is_shown_with_its_standard_input() {
        let more = format!("{TWO}[launcher.command]\nargv = ['ssh', 'node 1', '{{script}}']\n");
        let shown = of(&more, Some("redis://user:s3cret@cache")).unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 2, "{shown}");
        for (line, number) in lines.iter().zip(0..) {
            let begin =
                "echo 'redis://user:<redacted>@cache:6379/0' | 'ssh' 'node 1' '/opt/rush-host worker ";
            assert!(line.starts_with(begin), "{line}");
            assert!(line.contains(" --launch ") && line.contains(&format!(" --process {number} ")), "{line}");
        }
        assert!(matches!(of(&more, None), Err(LaunchError::PrivateElsewhere { .. })));
    }

    #[test]
    fn the_configuration_is_named_as_it_will_be_stored() {
        let config = |shown: String| shown.split(" --config ").nth(1).unwrap()[..64].to_owned();
        let first = config(of(TWO, None).unwrap());
        assert_ne!(first, config(of(&TWO.replace('7', "8"), None).unwrap()));
    }
}
