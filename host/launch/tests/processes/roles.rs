//! What this program does when it is not the test runner.

use std::ffi::OsString;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use rush_launch::detach;
use rush_launch::local::{HostProcess, LocalChildren, Supervision, Talk, Watchdog};
use rush_launch::private_redis::{KeeperCommand, PrivateRedis, keeper};
use rush_launch::signals::{Interrupt, Interrupts};

pub(crate) enum Role {
    /// The keeper of a private Redis.
    Keeper,
    /// Opens a private Redis, says its URL, and holds it until its standard input closes.
    User,
    /// A supervised host process: says its pid, ends when its manager is gone.
    HostProcess,
    /// A detached host process: says its pid and session, and goes on until it is killed.
    Detached,
    /// A manager: starts both kinds of host processes, which talk through its standard error, then waits for its end.
    Manager,
    /// Tells of the interrupts it gets, and ends with the code for the first after the second.
    Interrupted,
}

impl Role {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "role:keeper" => Some(Self::Keeper),
            "role:user" => Some(Self::User),
            "role:host-process" => Some(Self::HostProcess),
            "role:detached" => Some(Self::Detached),
            "role:manager" => Some(Self::Manager),
            "role:interrupted" => Some(Self::Interrupted),
            _ => None,
        }
    }

    pub(crate) fn play(self, mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
        tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).init();
        match self {
            Self::Keeper => return keeper::main(arguments),
            Self::User => return user(Path::new(&arguments.next().unwrap())),
            Self::HostProcess => in_runtime(host_process()),
            Self::Detached => detached(),
            Self::Manager => in_runtime(manager()),
            Self::Interrupted => return in_runtime(interrupted()),
        }
        ExitCode::SUCCESS
    }
}

/// What becomes a keeper.
pub(crate) fn keeper_command() -> KeeperCommand {
    KeeperCommand::new(std::env::current_exe().unwrap()).arg("role:keeper")
}

fn in_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn say(line: &str) {
    println!("{line}");
    io::stdout().flush().unwrap();
}

fn user(data: &Path) -> ExitCode {
    match PrivateRedis::open(data, &keeper_command()) {
        Ok(redis) => {
            say(&redis.url());
            let held = io::stdin().lock().lines().count();
            drop(redis);
            say(&format!("left after {held} lines"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&format!("error: {error}\n{}", error.help()));
            ExitCode::FAILURE
        }
    }
}

async fn host_process() {
    let mut watchdog = Watchdog::on_stdin().unwrap();
    say(&format!("supervised {}", std::process::id()));
    watchdog.closed().await;
    say("the manager is gone");
}

fn detached() {
    detach::leave_terminal();
    detach::close_inherited();
    say(&format!("detached {}", std::process::id()));
    loop {
        std::thread::park();
    }
}

async fn manager() {
    let mut children = LocalChildren::new();
    for (role, supervision) in
        [("role:host-process", Supervision::Supervised), ("role:detached", Supervision::Detached)]
    {
        let process = HostProcess {
            program: std::env::current_exe().unwrap(),
            arguments: vec![role.into()],
            environment: Vec::new(),
            supervision,
            first_line: None,
            talk: Talk::Inherit,
            connection: None,
        };
        children.spawn(&process).unwrap();
    }
    while children.next_exit().await.is_some() {}
}

async fn interrupted() -> ExitCode {
    let mut interrupts = Interrupts::listen().unwrap();
    say("listening");
    loop {
        match interrupts.next().await {
            Interrupt::First(signal) => say(&format!("first {signal:?}")),
            Interrupt::Second(signal) => {
                say(&format!("second {signal:?}"));
                return ExitCode::from(interrupts.first().unwrap().exit_code());
            }
        }
    }
}
