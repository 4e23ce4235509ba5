//! The Lua scripts, and how one is called.

use std::sync::LazyLock;

use redis::Cmd;

/// A transition: one atomic step in Redis. What each does stands in the header of its file, in `scripts/`.
pub(crate) struct Script {
    source: String,
    sha1: String,
}

impl Script {
    fn new(parts: &[&str]) -> Self {
        let source = parts.concat();
        let sha1 = redis::Script::new(&source).get_hash().to_owned();
        Self { source, sha1 }
    }

    /// Begins a call with so many keys; keys follow as arguments, then the script's own arguments.
    pub(crate) fn call(&self, keys: usize, capacity: usize) -> Cmd {
        let mut cmd = Cmd::with_capacity(keys + 16, capacity);
        cmd.arg("EVALSHA").arg(&self.sha1).arg(keys);
        cmd
    }
}

macro_rules! scripts {
    ($($name:ident = $file:literal $(includes $($include:literal)*)?),* $(,)?) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| Script::new(&[
            $($(include_str!(concat!("scripts/include/", $include, ".lua")),)*)?
            include_str!(concat!("scripts/", $file, ".lua")),
        ]));)*
        fn all() -> impl Iterator<Item = &'static Script> {
            [$(&*$name),*].into_iter()
        }
        /// The names of all scripts, for a test that wants to meet each of them.
        #[doc(hidden)]
        pub const SCRIPT_NAMES: &[&str] = &[$($file),*];
        /// Which script a request calls, for a proxy that wants to meet each of them once.
        #[doc(hidden)]
        pub fn script_name_of(request: &[u8]) -> Option<&'static str> {
            let calls = |script: &Script| {
                contains(request, script.sha1.as_bytes()) || contains(request, script.source.as_bytes())
            };
            $(if calls(&$name) { return Some($file); })*
            None
        }
    };
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

scripts! {
    REGISTER = "register",
    PUSH = "push" includes "unregistered" "slices" "over_budget" "create_queued",
    PUSH_TO_WORKER = "push_to_worker" includes "unregistered" "slices" "over_budget" "create_queued",
    PUSH_FINISHED = "push_finished" includes "unregistered" "slices" "over_budget",
    PUSH_FAILED = "push_failed" includes "unregistered" "slices",
    POP = "pop" includes "unregistered",
    STEPS = "steps" includes
        "steps_as_expected" "unregistered" "slices" "vanish" "mine" "finish_tasks" "over_budget" "create_running",
    FAIL = "fail" includes "unregistered" "slices" "vanish" "mine",
    BEAT = "beat",
    END_WORKER = "end_worker" includes "slices",
    TERMINATE = "terminate",
    CLAIM_RESTARTS = "claim_restarts",
    FORGO_RESTARTS = "forgo_restarts",
    AMEND_LAUNCH = "amend_launch",
    EMPTY_QUEUE = "empty_queue" includes "unregistered" "slices" "answers",
    CANCEL_QUEUED = "cancel_queued" includes "slices" "answers",
    CANCEL_RUNNING = "cancel_running" includes "slices" "answers",
    WRITE_HASHES = "write_hashes" includes "unregistered" "slices",
    READ_HASHES = "read_hashes",
    RESET = "reset",
    RESET_TASKS = "reset_tasks" includes "answers" "vanish",
    LOG = "log" includes "unregistered" "slices",
    READ = "read",
    STATES = "states",
    FETCH = "fetch",
}

/// What a script stores to know a call that it has carried out when that is sent again.
pub(crate) fn token() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// The same call with the script's text instead of its hash: for a Redis that does not know it yet, or has forgotten it.
pub(crate) fn with_source(call: &Cmd) -> Option<Cmd> {
    let mut args = call.args_iter().filter_map(|arg| match arg {
        redis::Arg::Simple(bytes) => Some(bytes),
        _ => None,
    });
    let (name, sha1) = (args.next()?, args.next()?);
    if name != b"EVALSHA" {
        return None;
    }
    let script = all().find(|script| script.sha1.as_bytes() == sha1)?;
    let mut cmd = redis::cmd("EVAL");
    cmd.arg(&script.source);
    for arg in args {
        cmd.arg(arg);
    }
    Some(cmd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_takes_the_place_of_the_hash() {
        let mut call = BEAT.call(1, 0);
        call.arg("key").arg("argument");
        let args: Vec<_> = with_source(&call)
            .unwrap()
            .args_iter()
            .map(|arg| match arg {
                redis::Arg::Simple(bytes) => bytes.to_vec(),
                _ => panic!("no cursors here"),
            })
            .collect();
        assert_eq!(args, [b"EVAL".as_slice(), BEAT.source.as_bytes(), b"1", b"key", b"argument"]);
        assert!(with_source(&redis::cmd("PING")).is_none());
    }

    #[test]
    fn every_file_is_a_script_or_an_include() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scripts");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".lua").map(str::to_owned))
            .collect();
        files.sort();
        let mut names = SCRIPT_NAMES.to_vec();
        names.sort_unstable();
        assert_eq!(files, names);
    }
}
