//! `worker`: be one host process. This is what launchers start.

use std::{
    fs::File,
    io::{self, Read as _},
    os::{
        fd::AsFd as _,
        unix::fs::{MetadataExt as _, PermissionsExt as _},
    },
    path::Path,
};

use rush_launch::RunRedis;
use rush_network::Settings;
use secrecy::SecretString;

use crate::{
    arguments::Worker,
    environment,
    exit_code::ExitCode,
    failure::Failure,
    host_process,
    session::{Begin, this_program},
};

/// Longer than any URL: who sends more sends something else.
const LONGEST_URL: usize = 64 << 10;

pub(crate) fn worker(arguments: Worker) -> Result<ExitCode, Failure> {
    check(&arguments)?;
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
    let code = host_process::carry(arguments, settings, &redis);
    // The private Redis is held until the last worker's end is recorded.
    drop(redis);
    code
}

/// Each worker that comes again has an id and an incarnation that it had; which belongs to which is told by their places.
fn check(arguments: &Worker) -> Result<(), Failure> {
    let (workers, ids, again) = (arguments.workers as usize, arguments.ids.len(), arguments.again.len());
    let wrong = |text: String| Err(Failure::new(ExitCode::Usage, text));
    if again > 0 && again != ids {
        return wrong(format!(
            "--again stands {again} times, and --id {ids} times: each --id needs its --again"
        ));
    }
    if ids > workers || again > 0 && ids < workers {
        return wrong(format!("--id stands {ids} times, and --workers says {workers}"));
    }
    Ok(())
}

/// The URL never comes from the command line, which everybody on the machine can read.
fn redis(arguments: &Worker) -> Result<RunRedis, Failure> {
    if let Some(data) = &arguments.private {
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Failure::internal)?;
        return Ok(runtime.block_on(RunRedis::open_private(data, Begin::No, &this_program()?))?);
    }
    let url = match &arguments.redis_file {
        Some(file) => url_from(file)?,
        None if arguments.redis_stdin => first_line()?,
        None => environment::get(environment::REDIS_URL).map(SecretString::from).ok_or_else(|| {
            Failure::with_hint(
                ExitCode::Redis,
                "a worker needs to know its Redis",
                "set REDIS_URL, or give --redis-file with a file that holds the URL",
            )
        })?,
    };
    Ok(RunRedis::Server { url })
}

fn url_from(file: &Path) -> Result<SecretString, Failure> {
    let wrong =
        |text: String| Failure::new(ExitCode::Redis, format!("the Redis file `{}` {text}", file.display()));
    let unreadable = |error: io::Error| wrong(format!("cannot be read: {error}"));
    // Looked at when it is open, so that it is not another one that is read.
    let mut opened = File::open(file).map_err(unreadable)?;
    let metadata = opened.metadata().map_err(unreadable)?;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw();
    let mode = metadata.permissions().mode();
    if is_open_to_others(mode, is_ours, || is_read_only(&opened)) {
        return Err(wrong(format!("may be read by others (mode {:o}): `chmod 600` it", mode & 0o777)));
    }
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(unreadable)?;
    Ok(SecretString::from(text.trim().to_owned()))
}

/// Whether more people could read or change a file than is good for a secret. Where its owner is somebody else, or it can only be read, as
/// a Secret that Kubernetes mounts, a group is how it was given to us; nobody could `chmod` it.
fn is_open_to_others(mode: u32, is_ours: bool, is_read_only: impl Fn() -> bool) -> bool {
    let group_reads = mode & 0o070 == 0o040 && (!is_ours || is_read_only());
    mode & 0o007 != 0 || mode & 0o070 != 0 && !group_reads
}

fn is_read_only(file: &File) -> bool {
    rustix::fs::fstatvfs(file)
        .is_ok_and(|system| system.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Byte by byte, because what follows is not ours: the end of standard input is what a supervised process waits for.
fn first_line() -> Result<SecretString, Failure> {
    let wrong = |text: String| {
        Failure::with_hint(
            ExitCode::Redis,
            format!("no URL of Redis on standard input: {text}"),
            "what starts the worker must hand standard input on; else put the URL into a file there and name it in `[launcher.command] redis_file`",
        )
    };
    let stdin = io::stdin().as_fd().try_clone_to_owned().map_err(|error| wrong(error.to_string()))?;
    let mut line = Vec::new();
    let mut stdin = File::from(stdin);
    let mut byte = [0];
    while stdin.read(&mut byte).map_err(|error| wrong(error.to_string()))? == 1 && byte != *b"\n" {
        if line.len() == LONGEST_URL {
            return Err(wrong("its first line is too long".to_owned()));
        }
        line.extend(byte);
    }
    match String::from_utf8(line) {
        Ok(line) if line.trim().is_empty() => Err(wrong("it is empty".to_owned())),
        Ok(line) => Ok(SecretString::from(line.trim().to_owned())),
        Err(_) => Err(wrong("it is not text".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        worker: Worker,
    }

    fn is_understood(words: &str) -> bool {
        let words = format!("worker --network n --config c {words}");
        Line::try_parse_from(words.split_whitespace()).is_ok()
    }

    fn is_fine(words: &str) -> bool {
        let words = format!("worker --network n --config c {words}");
        check(&Line::try_parse_from(words.split_whitespace()).unwrap().worker).is_ok()
    }

    #[test]
    fn a_file_with_a_secret_is_for_us_alone_or_for_a_group_that_somebody_else_gave_us() {
        let ours = |mode| is_open_to_others(mode, true, || false);
        let somebody_elses = |mode| is_open_to_others(mode, false, || false);
        let mounted = |mode| is_open_to_others(mode, true, || true);
        for mode in [0o100_600, 0o100_400, 0o100_200] {
            assert!(!ours(mode) && !somebody_elses(mode) && !mounted(mode), "{mode:o}");
        }
        for mode in [0o100_440, 0o100_640] {
            assert!(ours(mode) && !somebody_elses(mode) && !mounted(mode), "{mode:o}");
        }
        for mode in [0o100_644, 0o100_604, 0o100_660, 0o100_420, 0o100_601, 0o100_450] {
            assert!(ours(mode) && somebody_elses(mode) && mounted(mode), "{mode:o}");
        }
    }

    #[test]
    fn each_worker_that_comes_again_has_an_id_and_an_incarnation() {
        assert!(is_fine("--workers 2 --id a --again 1 --id b --again 4"));
        assert!(!is_fine("--workers 2 --id a --again 1 --id b"));
        assert!(!is_fine("--workers 1 --id a --again 1 --again 2"));
        assert!(!is_fine("--workers 1 --again 1"));
        assert!(!is_fine("--workers 2 --id a --again 1"), "the second would be somebody new");
    }

    #[test]
    fn a_process_of_a_launch_is_told_its_workers_by_the_launch_alone() {
        let launch = "--launch 0123456789ab";
        assert!(is_understood(&format!("{launch} --process 0")));
        for wrong in [
            "",
            "--process one",
            "--process 0 --id a",
            "--process 0 --first-index 3",
            "--process 0 --id a --again 1",
        ] {
            assert!(!is_understood(&format!("{launch} {wrong}")), "{wrong}");
        }
        assert!(!is_understood("--process 0") && !is_understood("--launch nonsense --process 0"));
    }

    #[test]
    fn new_workers_may_be_named_but_no_more_than_there_are() {
        assert!(is_fine("--workers 2"));
        assert!(is_fine("--workers 2 --id a"));
        assert!(!is_fine("--workers 1 --id a --id b"));
    }
}
