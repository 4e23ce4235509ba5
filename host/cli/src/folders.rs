//! The folders that a run file names for what workers write, looked at before anything is started.

use std::path::Path;

use rush_run_file::{Launcher, RunFile};

use crate::{exit_code::ExitCode, failure::Failure, writable};

/// Checks that the folders can be made and written to, where that is known: workers that others start write elsewhere.
pub(crate) fn check(run_file: &RunFile) -> Result<(), Failure> {
    if run_file.launcher != Launcher::Local {
        return Ok(());
    }
    let log = &run_file.log;
    for (key, folder) in [
        ("[log] message_log", &log.message_log),
        ("[log] output_log", &log.output_log),
        ("[data] large_objects", &run_file.data.large_objects),
    ] {
        if let Some(folder) = folder {
            check_one(key, folder)?;
        }
    }
    Ok(())
}

fn check_one(key: &str, folder: &Path) -> Result<(), Failure> {
    writable::folder(folder).map_err(|error| {
        Failure::with_hint(
            ExitCode::RunFile,
            format!("the folder `{}` of `{key}` cannot be written to: {error}", folder.display()),
            "paths in a run file are relative to it; nothing was started",
        )
    })
}
