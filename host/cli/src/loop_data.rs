//! The files of `[loop.data]`, looked at before anything is started.

use std::path::Path;

use rush_launch::{LaunchError, regular_file};
use rush_network::LARGEST_BLOB;
use rush_run_file::RunFile;
use rush_runtime::BytesText;

use crate::{exit_code::ExitCode, failure::Failure};

/// A file that the loop is to get.
pub(crate) struct DataFile<'a> {
    pub(crate) name: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) size: u64,
}

/// Checks that each file can be read, that the loop has room for it, and Redis, too.
pub(crate) fn check(run_file: &RunFile) -> Result<Vec<DataFile<'_>>, Failure> {
    let mut files = Vec::new();
    let memory = run_file.worker_loop.limits.memory.bytes();
    for (name, path) in &run_file.worker_loop.data {
        let (_, size) = regular_file::open(path).map_err(|error| {
            Failure::with_hint(
                ExitCode::RunFile,
                format!("`{name}` of [loop.data] cannot be read from `{}`: {error}", path.display()),
                "paths in a run file are relative to it; nothing was started",
            )
        })?;
        if size > memory {
            return Err(Failure::with_hint(
                ExitCode::RunFile,
                format!(
                    "`{name}` of [loop.data] has {}, and the loop may have {} of memory in all",
                    BytesText(size),
                    BytesText(memory)
                ),
                "raise `[loop.limits] memory`: a loop that reads the file holds it as a whole",
            ));
        }
        let bytes = usize::try_from(size).unwrap_or(usize::MAX);
        if bytes > LARGEST_BLOB && run_file.data.large_objects.is_none() {
            let what = format!("`{name}` of [loop.data], `{}`,", path.display());
            return Err(LaunchError::TooLarge { what, size: bytes, limit: LARGEST_BLOB }.into());
        }
        files.push(DataFile { name, path, size });
    }
    Ok(files)
}
