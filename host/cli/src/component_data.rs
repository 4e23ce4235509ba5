//! The files of `[loop.data]` and `[objective.data]`, looked at before anything is started.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use rush_launch::{LaunchError, Role, regular_file};
use rush_network::LARGEST_BLOB;
use rush_run_file::{ByteSize, RunFile};
use rush_runtime::BytesText;

use crate::{exit_code::ExitCode, failure::Failure};

/// A file that a component is to get.
pub(crate) struct DataFile<'a> {
    pub(crate) name: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) size: u64,
}

/// Checks the files of both components.
pub(crate) fn check(run_file: &RunFile) -> Result<(), Failure> {
    of(run_file, Role::WorkerLoop)?;
    of(run_file, Role::Objective)?;
    Ok(())
}

/// Checks that each file of a component can be read, that it has room for it, and Redis, too.
pub(crate) fn of(run_file: &RunFile, role: Role) -> Result<Vec<DataFile<'_>>, Failure> {
    let Some((data, memory)) = table(run_file, role) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    let memory = memory.bytes();
    let table = role.table();
    for (name, path) in data {
        let (_, size) = regular_file::open(path).map_err(|error| {
            Failure::with_hint(
                ExitCode::RunFile,
                format!("`{name}` of [{table}.data] cannot be read from `{}`: {error}", path.display()),
                "paths in a run file are relative to it; nothing was started",
            )
        })?;
        if size > memory {
            return Err(Failure::with_hint(
                ExitCode::RunFile,
                format!(
                    "`{name}` of [{table}.data] has {}, and the {table} may have {} of memory in all",
                    BytesText(size),
                    BytesText(memory)
                ),
                format!("raise `[{table}.limits] memory`: who reads the file holds it as a whole"),
            ));
        }
        let bytes = usize::try_from(size).unwrap_or(usize::MAX);
        if bytes > LARGEST_BLOB && run_file.data.large_objects.is_none() {
            let what = format!("`{name}` of [{table}.data], `{}`,", path.display());
            return Err(LaunchError::TooLarge { what, size: bytes, limit: LARGEST_BLOB }.into());
        }
        files.push(DataFile { name, path, size });
    }
    Ok(files)
}

/// The table, and the memory of the component that gets it.
fn table(run_file: &RunFile, role: Role) -> Option<(&BTreeMap<String, PathBuf>, ByteSize)> {
    match role {
        Role::WorkerLoop => {
            let worker_loop = &run_file.worker_loop;
            Some((&worker_loop.data, worker_loop.limits.memory))
        }
        Role::Objective => {
            run_file.objective.as_ref().map(|objective| (&objective.data, objective.limits.memory))
        }
    }
}
