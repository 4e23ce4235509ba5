//! Which system calls a process may make: seccomp decides.
//!
//! A strict process may make those that are listed. Whatever else it asks for fails with `EPERM`, so that a library that tries
//! something (a newer call, a look at `/proc`) goes on without it. But for what only an intruder asks for, the kernel kills the
//! process on the spot (`SIGSYS`): he tries nothing else, and whoever started the process sees it in how it ended.
//! A worker is large, and meets such a call as an error.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
    apply_filter_all_threads,
};

use crate::calls::{
    COMPUTE, COMPUTE_HERE, INTRUDERS, READ_FILES, WRITE_FILES, WRITE_FILES_HERE, intruders_here,
};
use crate::confinement::{Confinement, Profile};
use crate::error::SandboxError;
use crate::in_force::InForce;

/// One rule for each way in which a call may be made; none: in every way.
type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

const REFUSE: SeccompAction = SeccompAction::Errno(libc::EPERM.cast_unsigned());
/// Libraries take the older call then, whose arguments a filter can see.
const NOT_THERE: SeccompAction = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());

/// Calls that a strict process does without, as on a kernel that is older than they are. Of the first two a filter cannot see the arguments.
/// Files in memory would be memory that no limit counts; wasmtime copies what instances begin with instead.
const LATER: &[c_long] = &[libc::SYS_clone3, libc::SYS_openat2, libc::SYS_memfd_create];

/// Installs the filters, the strictest last: it forbids to install another.
pub(crate) fn install(confinement: &Confinement, in_force: &mut InForce) -> Result<(), SandboxError> {
    for filter in filters(confinement).map_err(|error| SandboxError::Seccomp(error.to_string()))? {
        let program: seccompiler::BpfProgram = filter
            .try_into()
            .map_err(|error: seccompiler::BackendError| SandboxError::Seccomp(error.to_string()))?;
        if let Err(error) = apply_filter_all_threads(&program) {
            return if is_not_offered(&error) {
                in_force.missing.push(("seccomp", "the kernel does not offer it".to_owned()));
                Ok(())
            } else {
                Err(SandboxError::Seccomp(error.to_string()))
            };
        }
    }
    in_force.seccomp = true;
    Ok(())
}

fn is_not_offered(error: &seccompiler::Error) -> bool {
    let seccompiler::Error::Seccomp(cause) = error else { return false };
    matches!(cause.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS))
}

fn filters(confinement: &Confinement) -> Result<Vec<SeccompFilter>, seccompiler::BackendError> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let filter = |rules, otherwise, then| SeccompFilter::new(rules, otherwise, then, architecture);
    let mut intruders = all(&[INTRUDERS, &intruders_here()]);
    if !confinement.profile.is_strict() {
        if confinement.programs {
            intruders.retain(|call, _| ![libc::SYS_execve, libc::SYS_execveat].contains(call));
        }
        return Ok(vec![filter(intruders, SeccompAction::Allow, REFUSE)?]);
    }
    Ok(vec![
        filter(intruders, SeccompAction::Allow, SeccompAction::KillProcess)?,
        filter(all(&[LATER]), SeccompAction::Allow, NOT_THERE)?,
        filter(allowed(confinement)?, REFUSE, SeccompAction::Allow)?,
    ])
}

/// What a strict process may do. Where two filters refuse a call with different errors, the one installed later has the word.
fn allowed(confinement: &Confinement) -> Result<Rules, seccompiler::BackendError> {
    let mut rules = all(&[COMPUTE, COMPUTE_HERE, LATER]);
    // The kernel counts private memory that grows at no end by itself; shared memory and what looks like a stack it does not.
    let kind = libc::MAP_TYPE | libc::MAP_GROWSDOWN;
    rules.insert(libc::SYS_mmap, vec![rule(vec![has(3, kind, libc::MAP_PRIVATE)?])?]);
    let questions = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL, libc::F_DUPFD_CLOEXEC];
    rules.insert(libc::SYS_fcntl, any(&questions, 1)?);
    // To abort is to send a signal to oneself.
    let myself = std::process::id().cast_signed();
    rules.insert(libc::SYS_tgkill, any(&[myself], 0)?);
    rules.insert(libc::SYS_prctl, any(&[libc::PR_SET_NAME, libc::PR_SET_VMA], 0)?);
    // Limits may be read.
    rules.insert(libc::SYS_prlimit64, vec![rule(vec![equals(0, 0)?, equals(2, 0)?])?]);
    if confinement.profile == Profile::Compiler || confinement.files() {
        rules.insert(libc::SYS_clone, vec![rule(vec![has(0, libc::CLONE_THREAD, libc::CLONE_THREAD)?])?]);
    }
    if confinement.files() {
        rules.extend(all(&[READ_FILES]));
        let changes = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC;
        rules.insert(libc::SYS_openat, vec![rule(vec![has(2, changes, libc::O_RDONLY)?])?]);
    }
    if confinement.writes() {
        rules.extend(all(&[WRITE_FILES, WRITE_FILES_HERE]));
    }
    Ok(rules)
}

fn all(lists: &[&[c_long]]) -> Rules {
    lists.iter().flat_map(|list| list.iter()).map(|call| (*call, Vec::new())).collect()
}

type Built<T> = Result<T, seccompiler::BackendError>;

fn rule(conditions: Vec<SeccompCondition>) -> Built<SeccompRule> {
    SeccompRule::new(conditions)
}

/// One of these in an argument.
fn any(values: &[libc::c_int], argument: u8) -> Built<Vec<SeccompRule>> {
    let one = |value: &libc::c_int| {
        let value = u64::from(value.cast_unsigned());
        rule(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?])
    };
    values.iter().map(one).collect()
}

fn equals(argument: u8, value: u64) -> Built<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value)
}

/// These of an argument's flags have this value.
fn has(argument: u8, flags: libc::c_int, value: libc::c_int) -> Built<SeccompCondition> {
    let [flags, value] = [flags, value].map(|bits| u64::from(bits.cast_unsigned()));
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(flags), value)
}
