//! `worker`: be one host process. This is what launchers start.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use rush_network::Settings;
use secrecy::SecretString;

use crate::{
    arguments::Worker,
    environment,
    exit_code::ExitCode,
    failure::Failure,
    host_process,
    session::{Begin, Redis, open_private},
};

pub(crate) fn worker(arguments: Worker) -> Result<ExitCode, Failure> {
    if arguments.detached {
        rush_launch::detach::leave_terminal();
        rush_launch::detach::close_inherited();
    }
    let redis = redis(&arguments)?;
    let settings = Settings {
        connect_timeout: arguments.connect_timeout(),
        unavailable_after: arguments.unavailable_after(),
        url: redis.url(),
        // What the configuration says takes its place.
        max_value: usize::MAX,
    };
    let code = host_process::carry(arguments, settings);
    // The private Redis is held until the last worker's end is recorded.
    drop(redis);
    code
}

/// The URL never comes from the command line, which everybody on the machine can read.
fn redis(arguments: &Worker) -> Result<Redis, Failure> {
    if let Some(data) = &arguments.private {
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Failure::internal)?;
        return Ok(Redis::Private(runtime.block_on(open_private(data, Begin::No))?));
    }
    let url = match &arguments.redis_file {
        Some(file) => url_from(file)?,
        None => environment::get(environment::REDIS_URL).map(SecretString::from).ok_or_else(|| {
            Failure::with_hint(
                ExitCode::Redis,
                "a worker needs to know its Redis",
                "set REDIS_URL, or give --redis-file with a file that holds the URL",
            )
        })?,
    };
    Ok(Redis::Server { url })
}

fn url_from(file: &Path) -> Result<SecretString, Failure> {
    let wrong =
        |text: String| Failure::new(ExitCode::Redis, format!("the Redis file `{}` {text}", file.display()));
    let mode = std::fs::metadata(file)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(wrong(format!("may be read by others (mode {:o}): `chmod 600` it", mode & 0o777)));
    }
    let text = std::fs::read_to_string(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    Ok(SecretString::from(text.trim().to_owned()))
}
