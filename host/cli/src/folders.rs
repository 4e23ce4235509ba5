//! The folders that a run file names, looked at before anything is started.

use std::{
    io,
    path::{Path, PathBuf},
};

use rush_launch::{Role, Writable};
use rush_run_file::{Grants, Launcher, RunFile};

use crate::{exit_code::ExitCode, failure::Failure};

/// Checks that what workers write can be written, and that what components are granted is there, where that is known: workers that
/// others start have folders of their own.
pub(crate) fn check(run_file: &RunFile) -> Result<(), Failure> {
    if run_file.launcher != Launcher::Local {
        return Ok(());
    }
    let log = &run_file.log;
    for (key, folder) in [
        ("[log] message_log", &log.message_log),
        ("[log] output_log", &log.output_log),
        ("[log] core_dumps", &log.core_dumps),
        ("[data] large_objects", &run_file.data.large_objects),
    ] {
        if let Some(folder) = folder {
            check_one(key, folder)?;
        }
    }
    check_granted(run_file)
}

/// Checks that the folders that components are granted are there.
pub(crate) fn check_granted(run_file: &RunFile) -> Result<(), Failure> {
    if run_file.launcher != Launcher::Local {
        return Ok(());
    }
    let objective = run_file.objective.as_ref().map(|objective| (Role::Objective, &objective.grants));
    let components = [Some((Role::WorkerLoop, &run_file.worker_loop.grants)), objective];
    let writable = writable(run_file);
    for (role, grants) in components.into_iter().flatten() {
        granted(role, grants, &writable)?;
    }
    Ok(())
}

/// The folders that the components of a run file may write to.
pub(crate) fn writable(run_file: &RunFile) -> Writable {
    let objective = run_file.objective.as_ref().map(|objective| &objective.grants);
    Writable::by([Some(&run_file.worker_loop.grants), objective].into_iter().flatten())
}

/// The same grants with folders as they really are, without links: what is checked then is what is opened.
pub(crate) fn granted(role: Role, grants: &Grants, writable: &Writable) -> Result<Grants, Failure> {
    let mut grants = grants.clone();
    for dir in &mut grants.dirs {
        dir.host = real(&dir.host, writable).map_err(|error| {
            Failure::with_hint(
                ExitCode::RunFile,
                format!(
                    "the folder `{}` of [{}.grants], to be seen as `{}`, cannot be opened: {error}",
                    dir.host.display(),
                    role.table(),
                    dir.guest
                ),
                "paths in a run file are relative to it, and must lead to a folder on each machine that carries workers",
            )
        })?;
    }
    Ok(grants)
}

fn real(folder: &Path, writable: &Writable) -> io::Result<PathBuf> {
    let real = writable.real(folder)?;
    if real.is_dir() { Ok(real) } else { Err(io::Error::from(io::ErrorKind::NotADirectory)) }
}

fn check_one(key: &str, folder: &Path) -> Result<(), Failure> {
    crate::writable::folder(folder).map_err(|error| {
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the folder `{}` of `{key}` cannot be written to: {error}", folder.display()),
            "paths in a run file are relative to it; nothing was started",
        )
    })
}
