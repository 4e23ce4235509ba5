//! The names of everything that a network has in Redis.
//!
//! The first block is the schema of R rush 1.2; the second are additions, which rush ignores. A name is built in one
//! place, here, so that two networks in one database can never meet.

use crate::{NetworkId, TaskKey, WorkerId};

/// What no worker may be called, because `<network>:<name>` is something else.
pub(crate) const RESERVED: &[&str] = &[
    "all_tasks",
    "queued_tasks",
    "running_tasks",
    "finished_tasks",
    "failed_tasks",
    "worker_ids",
    "running_worker_ids",
    "terminated_worker_ids",
    "killed_worker_ids",
    "lost_worker_ids",
    "heartbeat_keys",
    "start_args",
    "terminate",
    "hashes",
    "hash",
    "stored",
    "run",
    "wakeup",
    "config",
    "blob",
    "own_queues",
    "answers",
    "discarded",
    "restarts",
    "launches",
    "log",
];

/// Builds key names of one network.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    network: NetworkId,
    // The hot ones are built once.
    pub(crate) all_tasks: String,
    pub(crate) queued_tasks: String,
    pub(crate) running_tasks: String,
    pub(crate) finished_tasks: String,
    pub(crate) failed_tasks: String,
    /// Channel (ours): something changed, look.
    pub(crate) wakeup: String,
}

/// The keys of one worker.
#[derive(Debug, Clone)]
pub(crate) struct WorkerKeys {
    /// Hash: who and where it is, state, incarnation, end.
    pub(crate) info: String,
    /// String with a time to live: alive.
    pub(crate) heartbeat: String,
    /// String "1": asked to end.
    pub(crate) terminate: String,
    /// List: a manager of R rush pushes "TRUE" here to kill.
    pub(crate) kill: String,
    /// Set (ours): the tasks that it runs, so that whoever ends it need not look at those of all others.
    pub(crate) running: String,
    /// List: its own queue, popped before the common one (rush 0.4's name).
    pub(crate) queue: String,
    /// List: its log events.
    pub(crate) events: String,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])* pub(crate) fn $name(&self) -> String { self.name(stringify!($name)) })*
    };
}

impl Keys {
    pub(crate) fn new(network: NetworkId) -> Self {
        let name = |suffix: &str| format!("{network}:{suffix}");
        Self {
            all_tasks: name("all_tasks"),
            queued_tasks: name("queued_tasks"),
            running_tasks: name("running_tasks"),
            finished_tasks: name("finished_tasks"),
            failed_tasks: name("failed_tasks"),
            wakeup: name("wakeup"),
            network,
        }
    }

    pub(crate) fn network(&self) -> &NetworkId {
        &self.network
    }

    fn name(&self, suffix: &str) -> String {
        format!("{}:{suffix}", self.network)
    }

    names! {
        /// Set: all that ever registered.
        worker_ids,
        /// Set.
        running_worker_ids,
        /// Set: all that ended, however.
        terminated_worker_ids,
        /// Set (rush 0.4's name): those of them that were killed.
        killed_worker_ids,
        /// Set (rush 0.4's name): those of them that were lost.
        lost_worker_ids,
        /// Set: full names of the heartbeat keys of running workers.
        heartbeat_keys,
        /// Set (ours): workers whose own queue was pushed to.
        own_queues,
        /// Set (ours): lost workers that are to be started again, and that no manager looks after.
        restarts,
        /// Hash (ours): what was launched, by id; a process of a launch that does not stand there (any more) registers nobody.
        launches,
        /// List (ours): tasks that a reset has taken out of everything else, and deletes bit by bit.
        discarded,
        /// Channel (ours): somebody has logged.
        log,
        /// Set (ours): keys of the hashes beside the tasks.
        hashes,
        /// Set (ours): names of the stored configurations and components.
        stored,
        /// Hash (ours): when the run started.
        run,
        /// Hash (ours), for ten minutes: what `empty_queue`, `cancel_queued` and `cancel_running` have answered.
        answers,
        /// String: R rush's configuration; only deleted.
        start_args,
        /// Key of an older rush; only deleted.
        terminate,
    }

    /// String (ours): a stored configuration, named by its SHA-256.
    pub(crate) fn config(&self, sha256: &str) -> String {
        self.name(&format!("config:{sha256}"))
    }

    /// String (ours): a stored component or file, named by its SHA-256.
    pub(crate) fn blob(&self, sha256: &str) -> String {
        self.name(&format!("blob:{sha256}"))
    }

    /// Hash (ours): one that somebody wrote beside the tasks.
    pub(crate) fn hash(&self, name: &str) -> String {
        self.name(&format!("hash:{name}"))
    }

    pub(crate) fn worker(&self, id: &WorkerId) -> WorkerKeys {
        let info = format!("{}:{id}", self.network);
        let name = |suffix: &str| format!("{info}:{suffix}");
        WorkerKeys {
            heartbeat: name("heartbeat"),
            terminate: name("terminate"),
            kill: name("kill"),
            running: name("running_tasks"),
            queue: name("queued_tasks"),
            events: name("events"),
            info,
        }
    }

    pub(crate) fn new_task(&self) -> TaskKey {
        TaskKey::new(self.network.hash_tag())
    }
}

impl WorkerKeys {
    /// Everything that a reset has to delete.
    pub(crate) fn all(&self) -> [&str; 7] {
        [&self.info, &self.heartbeat, &self.terminate, &self.kill, &self.running, &self.queue, &self.events]
    }
}
