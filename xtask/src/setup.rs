//! What a fresh machine lacks.

use std::process::ExitCode;

use crate::{
    error::Error,
    say,
    system_program::{self, NEEDED},
    wasm_toolchain,
    workspace::Workspace,
};

pub(crate) const ABOUT: &str = "installs or builds what is missing on this machine";
pub(crate) const HELP: &str = "\
usage: cargo xtask setup [--rustup]

Needed are a `redis-server`, `make`, and a Rust compiler that can build guests for
wasm32-unknown-unknown. Tests in which one machine plays several take `sshd` and `ip`.

redis-server, make  installed with the system's package manager if that needs no password;
              otherwise the command to type is printed.
sshd, ip      the same; without them their tests are skipped. sshd is left out where it would start a service.
compiler      the active toolchain, if it has the target. Otherwise, on Debian, a private compiler
              from the distribution's packages below ~/.cache/rush-host: nothing is installed.

  --rustup    add the target to the active toolchain instead: `rustup target add wasm32-unknown-unknown`

The other tasks do this, too, before anything else, but never with --rustup.";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    let mut rustup = false;
    for argument in arguments {
        match argument.as_str() {
            "--rustup" => rustup = true,
            other => return Err(Error::usage(format!("`setup` does not know `{other}`")).with_hint(HELP)),
        }
    }
    for program in NEEDED {
        say::note(&format!("{}: {}", program.name(), program.ensure()?.display()));
    }
    system_program::ensure_for_machines();
    let toolchain = wasm_toolchain::ensure(workspace, rustup)?;
    say::note(&format!("compiler of guests: {toolchain}"));
    Ok(ExitCode::SUCCESS)
}
