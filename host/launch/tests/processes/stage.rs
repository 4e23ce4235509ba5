//! A private Redis of a test's own, and its users.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Pid;
use tempfile::TempDir;

use crate::fixture::{Actor, Watched, myself};

/// A data folder and a runtime folder of its own.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("run")).unwrap();
        Self { folder }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(".rush/net")
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = myself("role:user");
        command.arg(self.data()).env("XDG_RUNTIME_DIR", self.folder.path().join("run"));
        command
    }

    pub(crate) fn start(&self) -> Actor {
        Actor::start(&mut self.command())
    }

    pub(crate) fn user(&self) -> User {
        User::of(self.start())
    }

    /// One that is expected to fail, and what it says.
    pub(crate) fn refusal(&self, prepare: impl FnOnce(&mut Command)) -> String {
        let mut command = self.command();
        prepare(&mut command);
        let (text, status) = Actor::start(&mut command).rest();
        assert!(!status.success(), "{text}");
        assert!(text.starts_with("error: "), "{text}");
        text
    }

    /// A folder with nothing on it but the given programs, for `PATH`.
    pub(crate) fn programs(&self) -> PathBuf {
        let folder = self.folder.path().join("bin");
        fs::create_dir(&folder).unwrap();
        folder
    }

    pub(crate) fn locks_are_free(&self) -> bool {
        let lock = fs::File::options().read(true).write(true).open(self.data().join("server.lock")).unwrap();
        lock.try_lock().is_ok()
    }
}

/// A user whose server is ready.
pub(crate) struct User {
    pub(crate) actor: Actor,
    pub(crate) url: String,
}

impl User {
    pub(crate) fn of(mut actor: Actor) -> Self {
        let url = actor.line();
        assert!(url.starts_with("unix:///"), "{url}\n{}", actor.rest().0);
        Self { actor, url }
    }

    pub(crate) fn connect(&self) -> redis::Connection {
        redis::Client::open(self.url.as_str()).unwrap().get_connection().unwrap()
    }

    pub(crate) fn set(&self, key: &str) {
        redis::cmd("SET").arg(key).arg("kept").exec(&mut self.connect()).unwrap();
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        let value: Option<String> = redis::cmd("GET").arg(key).query(&mut self.connect()).unwrap();
        value.is_some_and(|value| value == "kept")
    }

    pub(crate) fn server(&self) -> Watched {
        let info: redis::InfoDict = redis::cmd("INFO").arg("server").query(&mut self.connect()).unwrap();
        Watched::new(Pid::from_raw(info.get("process_id").unwrap()).unwrap())
    }

    pub(crate) fn socket(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix("unix://").unwrap())
    }
}
