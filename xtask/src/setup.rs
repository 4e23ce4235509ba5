//! What a fresh machine lacks.

use std::process::ExitCode;

use crate::{
    error::Error,
    say,
    system_program::{self, NEEDED},
    tools, wasm_toolchain,
    workspace::Workspace,
};

pub(crate) const ABOUT: &str = "installs or builds what is missing on this machine";
pub(crate) const HELP: &str = "\
usage: cargo xtask setup [--rustup]

Needed are a `redis-server`, `make`, and a Rust compiler that can build guests for
wasm32-unknown-unknown. Tests take more: `sshd` and `ip`, where one machine plays several; `munged`,
`slurmctld`, `slurmd` and `sbatch`, where it plays a cluster; `python3`, `node`, and what builds guests in
other languages; and a compiler for wasm32-wasip2.

redis-server, make  installed with the system's package manager if that needs no password;
              otherwise the command to type is printed.
sshd, ip, munged, slurmctld, slurmd, sbatch
              the same; without them their tests are skipped. What would start a service is left out there.
python3, node, npm  the same, for guests in other languages.
componentize-py, componentize-js, zig, wasm-tools
              from PyPI, npm and the crate registry, in the versions that guest-sdk pins, each in a
              folder below ~/.cache/rush-host/tools: nothing is installed.
kubernetes-validate
              the same (some 110 MB), for tests alone: the published schemas of Kubernetes.
compilers     the active toolchain, if it has the targets. Otherwise, on Debian, a private compiler
              from the distribution's packages below ~/.cache/rush-host: nothing is installed.

  --rustup    add the targets to the active toolchain instead: `rustup target add wasm32-unknown-unknown`

The other tasks do as much of this as they need, before anything else, but never with --rustup.";

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
    let toolchain = wasm_toolchain::ensure_for_wasi(workspace, rustup)?;
    say::note(&format!("the same for {}: {toolchain}", wasm_toolchain::WASI_TARGET));
    for tool in tools::ALL {
        let version = tool.version(workspace)?;
        say::note(&format!("{} {version}: {}", tool.name(), tool.ensure(workspace)?.display()));
    }
    Ok(ExitCode::SUCCESS)
}
