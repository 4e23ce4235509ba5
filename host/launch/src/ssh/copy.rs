//! Bringing `rush-host` to the machines of a launch, once: a file that is there already, by its hash, is not sent again.

use std::{collections::BTreeSet, ffi::OsString, io, process::Stdio};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rush_network::LaunchRecord;
use rush_run_file::SshLauncher;
use secrecy::SecretString;
use tokio::{
    fs::File,
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{ChildStderr, ChildStdin, Command},
};

use super::{
    answer::{self, Answer},
    client::{client, line_of, withheld},
    error::SshError,
    open_files,
};
use crate::{
    HostProgram,
    local::{ATTEMPTS, Heard, pause},
    quote::Unquotable,
};

/// So many machines are served at once: what is sent is large.
const AT_ONCE: usize = 8;
/// What is told of what a machine says.
const TOLD: u64 = 4 << 10;

/// What `copy.sh` says.
const HAVE: &str = "have";
const WANT: &str = "want";
const DONE: &str = "done";

/// What comes before the host processes of a launch: `rush-host` is copied to its hosts, where that is asked for.
pub(crate) async fn prepare(
    launcher: &SshLauncher,
    record: &LaunchRecord,
    program: &HostProgram,
    redis_url: &SecretString,
) -> Result<(), SshError> {
    open_files::raise_limit();
    if !launcher.copy {
        return Ok(());
    }
    let file = CopiedFile::of(program).await?;
    let withheld = withheld(redis_url, std::env::vars_os());
    let hosts: BTreeSet<&str> = record.processes.iter().map(|process| process.place.as_str()).collect();
    let copies = hosts.into_iter().map(|host| copy(launcher, host, &file, &withheld));
    stream::iter(copies).buffer_unordered(AT_ONCE).try_collect().await
}

/// What is copied.
struct CopiedFile {
    program: HostProgram,
    sha256: String,
    size: u64,
}

impl CopiedFile {
    async fn of(program: &HostProgram) -> Result<Self, SshError> {
        let program = program.clone();
        let path = program.path().to_owned();
        let unreadable = |source| SshError::Unreadable { path, source };
        let read = move || {
            let size = program.path().metadata()?.len();
            Ok(Self { sha256: program.sha256()?, program, size })
        };
        let read = tokio::task::spawn_blocking(read).await;
        read.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(unreadable)
    }
}

/// The line that receives a file on the other side.
pub(super) fn copy_line(sha256: &str, size: u64) -> Result<String, Unquotable> {
    line_of(include_str!("copy.sh"), [OsString::from(sha256), size.to_string().into()])
}

async fn copy(
    launcher: &SshLauncher,
    host: &str,
    file: &CopiedFile,
    withheld: &[OsString],
) -> Result<(), SshError> {
    let line =
        copy_line(&file.sha256, file.size).map_err(|error| SshError::not_copied(host, &error.to_string()))?;
    let words = client(launcher, host, &line);
    let mut attempt = 0;
    loop {
        let copied = try_to_copy(&words, host, file, withheld).await;
        match copied {
            Err(SshError::Failed { answer: Answer::Busy, .. }) if attempt + 1 < ATTEMPTS => {
                tokio::time::sleep(pause(attempt)).await;
                attempt += 1;
            }
            copied => return copied,
        }
    }
}

async fn try_to_copy(
    words: &[OsString],
    host: &str,
    file: &CopiedFile,
    withheld: &[OsString],
) -> Result<(), SshError> {
    let failed = |source| SshError::Client { host: host.to_owned(), source };
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in withheld {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(failed)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(failed(io::Error::other("it has no standard streams")));
    };
    let mut answers = BufReader::new(stdout).lines();
    let talk = async {
        let mut stdin = Some(stdin);
        let mut there = false;
        // What a login script prints may come before.
        while let Some(line) = answers.next_line().await? {
            match line.trim_end() {
                HAVE | DONE => there = true,
                WANT => send(file, stdin.take()).await?,
                _ => {}
            }
        }
        io::Result::Ok(there)
    };
    let (there, said) = tokio::join!(talk, all(stderr));
    let status = child.wait().await.map_err(failed)?;
    match there {
        Ok(true) if status.success() => Ok(()),
        Err(source) if status.success() => Err(failed(source)),
        _ => Err(failure(host, &said, status.code())),
    }
}

/// Sends the file. Where it ends early, the other side says why.
async fn send(file: &CopiedFile, stdin: Option<ChildStdin>) -> io::Result<()> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    let mut file = File::open(file.program.path()).await?;
    match tokio::io::copy(&mut file, &mut stdin).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

async fn all(stderr: ChildStderr) -> String {
    let mut said = Vec::new();
    let mut stderr = BufReader::new(stderr);
    // What cannot be read cannot be told; what is too long is read all the same, so that nobody waits for us.
    let _ = (&mut stderr).take(TOLD).read_to_end(&mut said).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&said).into_owned()
}

/// Either ssh has failed, or what it was to do there.
fn failure(host: &str, said: &str, code: Option<i32>) -> SshError {
    match answer::read(&Heard { begun: false, said: said.to_owned() }, code) {
        Answer::NotBegun(_) | Answer::Absent | Answer::NotRunnable | Answer::Killed => {
            SshError::not_copied(host, said)
        }
        answer => SshError::failed(host, answer, said),
    }
}
