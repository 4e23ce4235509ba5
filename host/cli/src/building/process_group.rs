//! What a build command has started: all of it ends with the command.

use std::{thread, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// For compilers and package managers that tidy up when they are interrupted.
const GRACE: Duration = Duration::from_millis(200);

/// The process group that a child leads. Unless it has ended, it ends when this is dropped.
pub(super) struct ProcessGroup {
    leader: Option<Pid>,
}

impl ProcessGroup {
    /// The group of a child that was started as the leader of one, and not waited for yet.
    pub(super) fn of(child: &Child) -> Self {
        Self { leader: child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) }
    }

    /// The leader was waited for. What it left behind on purpose stays.
    pub(super) fn has_ended(mut self) {
        self.leader = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let Some(leader) = self.leader else { return };
        // As Ctrl-C does where there is a terminal. Nobody has waited for the leader, so the number is still its own; when all have
        // ended, nobody is left to be signalled.
        let _ = kill_process_group(leader, Signal::INT);
        thread::sleep(GRACE);
        let _ = kill_process_group(leader, Signal::KILL);
    }
}
