//! What a process can reach: files, ports, other processes. Landlock decides, where the kernel offers it.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, RestrictSelfAttr,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, Scope, make_bitflags,
};

use crate::confinement::Confinement;
use crate::error::SandboxError;
use crate::in_force::InForce;

/// The newest that we know. An older kernel does what it can of it.
const NEWEST: ABI = ABI::V9;

/// In a folder that may be read: programs may not be run.
const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
/// In a folder that may be written to: no devices, no pipes, no sockets.
const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | RemoveFile | RemoveDir | MakeReg | MakeDir | MakeSym | Refer
});

/// Leaves nothing in reach but the granted folders.
pub(crate) fn restrict(confinement: &Confinement, in_force: &mut InForce) -> Result<(), SandboxError> {
    if !confinement.profile.is_strict() {
        return Ok(());
    }
    let mut rules = rules().map_err(refused)?;
    for path in &confinement.read {
        rules = allow(rules, path, READ)?;
    }
    for path in &confinement.write {
        rules = allow(rules, path, WRITE)?;
    }
    let status = rules.all_threads(true).map_err(refused)?.restrict_self().map_err(refused)?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => in_force.landlock = Some(effective_abi as i32),
        LandlockStatus::NotEnabled => missing(in_force, "it was switched off when the kernel was started"),
        LandlockStatus::NotImplemented => missing(in_force, "the kernel does not offer it"),
    }
    Ok(())
}

fn rules() -> Result<RulesetCreated, landlock::RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()
}

fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, SandboxError> {
    let folder = |cause: String| SandboxError::Folder { path: PathBuf::from(path), cause };
    let opened = PathFd::new(path).map_err(|error| folder(deepest(&error)))?;
    // A file has no entries; landlock leaves those rights out.
    rules.add_rule(PathBeneath::new(opened, access)).map_err(|error| folder(deepest(&error)))
}

fn missing(in_force: &mut InForce, reason: &str) {
    in_force.missing.push(("landlock", reason.to_owned()));
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
fn refused(error: landlock::RulesetError) -> SandboxError {
    SandboxError::Landlock(deepest(&error))
}

/// What the kernel said; the words around it are about the crate's own functions.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
