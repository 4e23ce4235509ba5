//! The shell that runs build commands.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    os::{fd::AsFd as _, unix::process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use rustix::fs::Access;

use crate::{
    building::{missing::Surroundings, process_group::ProcessGroup},
    exit_code::ExitCode,
    failure::Failure,
};

/// Every system of ours has it.
const SHELL: &str = "/bin/sh";

/// Becomes the shell of a command. A build is no job of the terminal's: what reads from there (to ask for a password), or writes where
/// `stty tostop` holds, would be stopped, and waited for for ever. Signals that are ignored stay so in all that the shell starts: then
/// reading fails, and writing works.
const BECOME: &str = r#"trap "" TTIN TTOU; exec "$0" -e -c "$1""#;

/// Where programs of a project lie, below the folder of its run file.
const PROJECTS_PROGRAMS: [&str; 2] = [".venv/bin", "node_modules/.bin"];

/// `sh -e` in the folder of a run file, which finds the project's own programs first.
pub(super) struct BuildShell {
    folder: PathBuf,
    path: OsString,
}

impl BuildShell {
    pub(super) fn new(folder: &Path) -> Result<Self, Failure> {
        let unknown = |error: io::Error| {
            Failure::with_hint(
                ExitCode::RunFile,
                format!("the folder `{}` of the run file cannot be found: {error}", folder.display()),
                "build commands run in it",
            )
        };
        // The folder of `run.toml` is written as nothing.
        let written = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = written.canonicalize().map_err(unknown)?;
        let path = search_path(&folder, env::var_os("PATH").as_deref());
        Ok(Self { folder, path })
    }

    /// Where it runs.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command: until its end, or until nobody waits for it any more, which ends it with all that it has started. Data of ours go
    /// to standard output, so what the command prints does not.
    pub(super) async fn run(&self, command: &str) -> io::Result<ExitStatus> {
        let talk = io::stderr().as_fd().try_clone_to_owned()?;
        let mut shell = tokio::process::Command::new(SHELL);
        // Tools that are written in Rust would tell where they are themselves, at length, when a source of the user's is wrong.
        shell.env("RUST_BACKTRACE", "0");
        shell.args(["-c", BECOME, SHELL, command]).current_dir(&self.folder).env("PATH", &self.path);
        shell.stdin(Stdio::null()).stdout(talk).process_group(0);
        let mut child = shell.spawn()?;
        let group = ProcessGroup::of(&child);
        let status = child.wait().await?;
        group.has_ended();
        Ok(status)
    }
}

impl Surroundings for BuildShell {
    fn has_program(&self, name: &str) -> bool {
        env::split_paths(&self.path).any(|folder| {
            let file = self.folder.join(folder).join(name);
            file.is_file() && rustix::fs::access(&file, Access::EXEC_OK).is_ok()
        })
    }

    fn has_target(&self, target: &str) -> bool {
        let compiler = env::var_os("RUSTC").filter(|rustc| !rustc.is_empty());
        let mut rustc = std::process::Command::new(compiler.as_deref().unwrap_or(OsStr::new("rustc")));
        rustc.args(["--print", "target-libdir", "--target", target]).current_dir(&self.folder);
        rustc.env("PATH", &self.path).stdin(Stdio::null());
        match rustc.output() {
            Ok(said) if said.status.success() => {
                Path::new(String::from_utf8_lossy(&said.stdout).trim_end()).is_dir()
            }
            // It does not even know the target.
            Ok(_) => false,
            // Without a compiler nothing is known about its targets.
            Err(_) => true,
        }
    }
}

/// The `PATH` of build commands.
fn search_path(folder: &Path, path: Option<&OsStr>) -> OsString {
    let inherited = path.map(|path| env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
    let own = PROJECTS_PROGRAMS.map(|programs| folder.join(programs));
    // A colon in the name of the folder would be two folders: then its own programs are found by their paths alone.
    env::join_paths(own.iter().chain(&inherited)).or_else(|_| env::join_paths(&inherited)).unwrap_or_default()
}

/// How a command ended, as part of a sentence.
pub(super) fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with exit status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_the_project_are_found_first() {
        let path = search_path(Path::new("/demo"), Some(OsStr::new("/usr/bin:/bin")));
        assert_eq!(path, "/demo/.venv/bin:/demo/node_modules/.bin:/usr/bin:/bin");
        assert_eq!(search_path(Path::new("/demo"), None), "/demo/.venv/bin:/demo/node_modules/.bin");
        assert_eq!(search_path(Path::new("/a:b"), Some(OsStr::new("/bin"))), "/bin");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_terminal_stops_nothing_that_a_command_starts() {
        let shell = BuildShell::new(Path::new("/")).unwrap();
        // SIGTTIN is 21, and SIGTTOU 22.
        let ignored =
            "mask=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status); test $((0x$mask >> 20 & 3)) = 3";
        assert!(shell.run(ignored).await.unwrap().success());
        assert_eq!(shell.run("false; exit 0").await.unwrap().code(), Some(1), "it ends with what fails");
    }
}
