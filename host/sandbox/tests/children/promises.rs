//! What a confined process can do, and what it cannot.

use std::fs;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::deeds::ROLE;

const DONE: &str = "done";
const REFUSED: &str = "errno 1";
/// By landlock.
const NO_ACCESS: &str = "errno 13";
/// `SIGSYS`: killed by the kernel for what it asked.
const KILLED: i32 = 31;

macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        pub(crate) const TESTS: &[(&str, fn())] = &[$((stringify!($name), $name)),+];
    };
}

tests![
    it_says_what_is_in_force,
    an_evaluator_computes,
    an_evaluator_opens_no_file_and_no_connection,
    an_evaluator_starts_neither_processes_nor_threads,
    an_intruder_is_killed_on_the_spot,
    nobody_is_sent_a_signal,
    memory_is_limited,
    there_is_no_memory_that_no_limit_counts,
    processor_time_is_limited,
    an_abort_is_an_abort,
    a_limit_cannot_be_raised_again,
    a_folder_granted_for_reading_is_read_and_not_written,
    a_folder_granted_for_writing_is_both,
    what_is_beside_a_granted_folder_stays_closed,
    descriptors_are_limited,
    a_granted_folder_that_is_not_there_is_an_error,
    a_compiler_has_threads_and_nothing_else,
    a_worker_keeps_its_connections_and_files,
    a_worker_starts_no_programs,
    a_worker_that_may_starts_programs_that_are_held_as_well,
];

struct Confined {
    profile: &'static str,
    read: String,
    write: String,
    place: String,
}

impl Confined {
    fn new(profile: &'static str) -> Self {
        Self { profile, read: "-".into(), write: "-".into(), place: "/tmp".into() }
    }

    fn tries(&self, deed: &str) -> Output {
        let arguments = [ROLE, self.profile, &self.read, &self.write, deed, &self.place];
        Command::new(std::env::current_exe().unwrap()).args(arguments).output().unwrap()
    }

    /// How a deed went, from the second line it says.
    fn result(&self, deed: &str) -> String {
        let output = self.tries(deed);
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        said.lines().nth(1).unwrap_or_else(|| panic!("{deed}: {}: {said}{errors}", output.status)).to_owned()
    }

    /// The signal that ended it.
    fn dies_of(&self, deed: &str) -> Option<i32> {
        let output = self.tries(deed);
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1, "{deed}");
        output.status.signal()
    }
}

/// A folder with a file and a socket in it.
fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "content").unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    (folder, path)
}

fn it_says_what_is_in_force() {
    for profile in ["evaluator", "compiler"] {
        let said = String::from_utf8(Confined::new(profile).tries("compute").stdout).unwrap();
        let offered = said.lines().next().unwrap();
        assert!(offered.starts_with("rlimits, no new privileges, seccomp"), "{said}");
        assert!(offered.contains("landlock (ABI ") || offered.contains("no landlock: "), "{said}");
    }
    let said = String::from_utf8(Confined::new("worker").tries("compute").stdout).unwrap();
    assert_eq!(said, "rlimits, no new privileges, seccomp\ndone\n");
}

fn an_evaluator_computes() {
    assert_eq!(Confined::new("evaluator").result("compute"), DONE);
}

fn an_evaluator_opens_no_file_and_no_connection() {
    let (folder, place) = folder();
    let _listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let confined = Confined { place, ..Confined::new("evaluator") };
    let deeds = [
        "open /etc/passwd",
        "read",
        "list",
        "append",
        "change",
        "tcp",
        "listen",
        "udp",
        "unix",
        "unix listen",
    ];
    for deed in deeds {
        assert_eq!(confined.result(deed), REFUSED, "{deed}");
    }
}

fn an_evaluator_starts_neither_processes_nor_threads() {
    for deed in ["spawn", "thread"] {
        assert_eq!(Confined::new("evaluator").result(deed), REFUSED, "{deed}");
    }
}

fn an_intruder_is_killed_on_the_spot() {
    for profile in ["evaluator", "compiler"] {
        for deed in ["exec", "ptrace", "chroot"] {
            assert_eq!(Confined::new(profile).dies_of(deed), Some(KILLED), "{profile}: {deed}");
        }
    }
}

fn nobody_is_sent_a_signal() {
    for profile in ["evaluator", "compiler"] {
        assert_eq!(Confined::new(profile).result("kill parent"), REFUSED);
    }
}

fn memory_is_limited() {
    assert_eq!(Confined::new("evaluator").result("allocate"), "out of memory");
}

fn there_is_no_memory_that_no_limit_counts() {
    const NO_MEMORY: &str = "errno 12";
    const NOT_THERE: &str = "errno 38";
    let (_folder, path) = folder();
    let granted = |profile| Confined { read: path.clone(), write: path.clone(), ..Confined::new(profile) };
    for confined in [Confined::new("evaluator"), Confined::new("compiler"), granted("evaluator")] {
        assert_eq!(confined.result("private memory"), NO_MEMORY);
        for deed in ["shared memory", "stack"] {
            assert_eq!(confined.result(deed), REFUSED, "{deed}");
        }
        assert_eq!(confined.result("file in memory"), NOT_THERE);
    }
}

fn processor_time_is_limited() {
    const SIGXCPU: i32 = 24;
    assert_eq!(Confined::new("compiler").dies_of("spin"), Some(SIGXCPU));
}

fn an_abort_is_an_abort() {
    const SIGABRT: i32 = 6;
    assert_eq!(Confined::new("evaluator").dies_of("abort"), Some(SIGABRT));
}

fn a_limit_cannot_be_raised_again() {
    assert_eq!(Confined::new("evaluator").result("raise limit"), REFUSED);
}

/// Landlock may be missing from the machine that runs this; then system calls alone decide.
fn refused(result: &str) -> bool {
    [REFUSED, NO_ACCESS].contains(&result)
}

fn a_folder_granted_for_reading_is_read_and_not_written() {
    let (_folder, path) = folder();
    let confined = Confined { read: path.clone(), place: path, ..Confined::new("evaluator") };
    for deed in ["read", "list", "thread", "compute"] {
        assert_eq!(confined.result(deed), DONE, "{deed}");
    }
    for deed in ["append", "change", "tcp", "unix", "spawn"] {
        assert_eq!(confined.result(deed), REFUSED, "{deed}");
    }
}

fn a_folder_granted_for_writing_is_both() {
    let (folder, path) = folder();
    let confined = Confined { write: path.clone(), place: path, ..Confined::new("evaluator") };
    for deed in ["read", "list", "append", "change"] {
        assert_eq!(confined.result(deed), DONE, "{deed}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "contentmore");
}

fn what_is_beside_a_granted_folder_stays_closed() {
    let ((_granted, granted), (_beside, beside)) = (folder(), folder());
    let said = String::from_utf8(Confined::new("evaluator").tries("compute").stdout).unwrap();
    if said.contains("no landlock") {
        return;
    }
    let reads = Confined { read: granted.clone(), place: beside.clone(), ..Confined::new("evaluator") };
    let writes = Confined { write: granted, place: beside, ..Confined::new("evaluator") };
    for deed in ["read", "list", "append", "change", "open /etc/passwd"] {
        assert!(refused(&reads.result(deed)), "{deed}");
        assert_eq!(writes.result(deed), NO_ACCESS, "{deed}");
    }
}

fn descriptors_are_limited() {
    let (_folder, path) = folder();
    let confined = Confined { read: path.clone(), place: path, ..Confined::new("evaluator") };
    assert_eq!(confined.result("many files"), "errno 24");
}

fn a_granted_folder_that_is_not_there_is_an_error() {
    let confined = Confined { read: "/nowhere".into(), ..Confined::new("evaluator") };
    let output = confined.tries("compute");
    assert!(!output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "error: the granted folder /nowhere cannot be opened: No such file or directory (os error 2)\n"
    );
}

fn a_compiler_has_threads_and_nothing_else() {
    let (_folder, place) = folder();
    let confined = Confined { place, ..Confined::new("compiler") };
    for deed in ["compute", "thread"] {
        assert_eq!(confined.result(deed), DONE, "{deed}");
    }
    for deed in ["read", "append", "change", "tcp", "udp", "unix", "spawn"] {
        assert_eq!(confined.result(deed), REFUSED, "{deed}");
    }
}

fn a_worker_keeps_its_connections_and_files() {
    let (folder, place) = folder();
    let _listener = UnixListener::bind(Path::new(folder.path()).join("socket")).unwrap();
    let confined = Confined { place, ..Confined::new("worker") };
    for deed in ["compute", "thread", "read", "append", "change", "listen", "udp", "unix"] {
        assert_eq!(confined.result(deed), DONE, "{deed}");
    }
}

fn a_worker_starts_no_programs() {
    for deed in ["exec", "spawn", "ptrace", "chroot"] {
        assert_eq!(Confined::new("worker").result(deed), REFUSED, "{deed}");
    }
}

fn a_worker_that_may_starts_programs_that_are_held_as_well() {
    let confined = Confined::new("worker with programs");
    assert_eq!(confined.result("spawn"), DONE);
    for deed in ["ptrace", "chroot"] {
        assert_eq!(confined.result(deed), REFUSED, "{deed}");
    }
}
