//! What a run file says about building, done.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use rush_launch::Role;
use rush_run_file::RunFile;
use rush_runtime::BytesText;

use crate::{
    building::{
        missing,
        shell::{BuildShell, how},
    },
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
};

/// A build command, and the components that it makes.
#[derive(Debug, PartialEq)]
struct Build<'a> {
    command: &'a str,
    components: Vec<(Role, &'a Path)>,
}

/// Runs the build commands of a run file for these components, that of the loop first. Whoever drops the future ends the one that runs.
pub(crate) async fn build(run_file: &RunFile, roles: &[Role]) -> Result<(), Failure> {
    let builds = builds(run_file, roles);
    if builds.is_empty() {
        let run_file = run_file.path.display();
        match roles {
            [role] => {
                talk::line(format_args!("Nothing to build: [{}] of {run_file} has no `build`", role.table()));
            }
            _ => talk::line(format_args!(
                "Nothing to build: neither [loop] nor [objective] of {run_file} has a `build`"
            )),
        }
    }
    let shell = BuildShell::new(&run_file.folder)?;
    for build in builds {
        build.run(&shell).await?;
    }
    Ok(())
}

/// Each command once, with all that it makes.
fn builds<'a>(run_file: &'a RunFile, roles: &[Role]) -> Vec<Build<'a>> {
    let worker_loop = &run_file.worker_loop;
    let mut said = vec![(Role::WorkerLoop, &worker_loop.component, worker_loop.build.as_deref())];
    if let Some(objective) = &run_file.objective {
        said.push((Role::Objective, &objective.component, objective.build.as_deref()));
    }
    said.retain(|(role, ..)| roles.contains(role));
    let mut builds: Vec<Build<'_>> = Vec::new();
    for (role, component, command) in said {
        let (Some(command), Some(path)) = (command, component.path()) else { continue };
        match builds.iter_mut().find(|build| build.command.trim() == command.trim()) {
            Some(build) => build.components.push((role, path)),
            None => builds.push(Build { command, components: vec![(role, path)] }),
        }
    }
    builds
}

impl Build<'_> {
    async fn run(&self, shell: &BuildShell) -> Result<(), Failure> {
        talk::line(format_args!("Building {}: {}", self.names(), in_short(self.command)));
        let begun = Instant::now();
        let status = shell.run(self.command).await.map_err(|error| {
            Failure::with_hint(
                ExitCode::Component,
                format!("the shell cannot be started for the build command of {}: {error}", self.names()),
                format!("it is to run in the folder `{}`", shell.folder().display()),
            )
        })?;
        if !status.success() {
            return Err(self.failed(&how(status), shell));
        }
        self.look(begun.elapsed())
    }

    /// Whether what was to be built is there.
    fn look(&self, took: Duration) -> Result<(), Failure> {
        let mut sizes = Vec::new();
        for (role, path) in &self.components {
            match fs::metadata(path) {
                Ok(found) if found.is_file() => sizes.push(BytesText(found.len()).to_string()),
                _ => {
                    return Err(Failure::with_hint(
                        ExitCode::Component,
                        format!(
                            "the build command of the {role} ended well, but there is no `{}`: {}",
                            path.display(),
                            in_short(self.command)
                        ),
                        format!(
                            "`[{}] component` is where the command leaves the component, from the folder of the run file",
                            role.table()
                        ),
                    ));
                }
            }
        }
        talk::line(format_args!("Built {} in {}: {}", self.names(), text::duration(took), sizes.join(", ")));
        Ok(())
    }

    fn failed(&self, how: &str, shell: &BuildShell) -> Failure {
        let missing = missing::missing(self.command, shell);
        let hint = if missing.is_empty() {
            let folder = shell.folder().display();
            format!("what it said stands above; it ran in the folder `{folder}`")
        } else {
            missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let text = format!("the build command of {} {how}", self.names());
        Failure::with_hint(ExitCode::Component, text, hint)
    }

    /// `demo/loop.wasm and demo/objective.wasm`.
    fn names(&self) -> String {
        let names: Vec<_> = self.components.iter().map(|(_, path)| path.display().to_string()).collect();
        names.join(" and ")
    }
}

/// A command as it stands in a line of ours. Of several lines the last: those before it set up what it needs.
fn in_short(command: &str) -> String {
    const LETTERS: usize = 80;
    let mut lines = command.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = text::harmless(lines.next_back().unwrap_or_default()).into_owned();
    let before = if lines.next().is_some() { "… " } else { "" };
    let shown: String = last.chars().take(LETTERS).collect();
    let after = if shown.len() < last.len() { " …" } else { "" };
    format!("{before}{shown}{after}")
}

/// A component that is not there, and that the run file knows how to build.
pub(crate) fn unbuilt(run_file: &RunFile, role: Role) -> Option<Failure> {
    let (component, build) = match role {
        Role::WorkerLoop => (&run_file.worker_loop.component, run_file.worker_loop.build.as_ref()),
        Role::Objective => {
            let objective = run_file.objective.as_ref()?;
            (&objective.component, objective.build.as_ref())
        }
    };
    let path = component.path()?;
    if build.is_none() || path.exists() {
        return None;
    }
    Some(Failure::with_hint(
        ExitCode::Component,
        format!("the {role} `{}` is not built", path.display()),
        format!(
            "`rush-host build {}` builds it, as the run file says; so does --build",
            run_file.path.display()
        ),
    ))
}
