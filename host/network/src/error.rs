//! What can go wrong, told so that a program can act on it.

/// An error of a call on the network. The first seven are those of the WIT contract.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The call makes no sense; nothing was written.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The worker was declared lost, killed, or removed by a reset: nothing it writes counts any more.
    #[error("worker `{worker_id}` is no longer registered: {reason}")]
    LostOwnership {
        /// The worker.
        worker_id: String,
        /// What became of it.
        reason: &'static str,
    },
    /// The call asked for more tasks than the run's exact budget has room for; nothing was written.
    #[error("the budget of this run allows {left} more tasks")]
    BudgetExhausted {
        /// So many more tasks are possible: with 0, none until one that waits or runs fails.
        left: u64,
    },
    /// Redis is full; nothing was written.
    #[error(
        "Redis cannot store any more; make room (its `maxmemory`, its disk) and try again; nothing was written ({cause})"
    )]
    StorageFull {
        /// What Redis said.
        cause: String,
    },
    /// Redis could not be reached within the time limit.
    #[error("Redis at {address} cannot be reached: {cause}")]
    Unavailable {
        /// Where Redis should be; without a password.
        address: String,
        /// What the last attempt said.
        cause: String,
    },
    /// A value is larger than the run file allows; nothing was written.
    #[error("{what} has {size} bytes; `[tasks] max_value` allows {limit}")]
    LimitExceeded {
        /// Which value.
        what: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// What the workers are to be given is larger than Redis takes; nothing was written.
    #[error(
        "what the workers are given has {size} bytes, and Redis takes {limit} at most: name a folder that all machines see, as `[data] \
         large_objects`"
    )]
    TooLargeForRedis {
        /// Its size in bytes.
        size: usize,
        /// What Redis takes, in bytes.
        limit: usize,
    },
    /// A file of the folder for what is larger than Redis takes cannot be written or read.
    #[error(
        "{path} cannot be {what}: {cause}; all machines need the folder of `[data] large_objects`, and its free space"
    )]
    LargeObject {
        /// The file.
        path: String,
        /// `written` or `read`.
        what: &'static str,
        /// What the operating system said.
        cause: String,
    },
    /// A worker of this name is running already.
    #[error("a worker `{worker_id}` is running already in this network")]
    WorkerTaken {
        /// The worker.
        worker_id: String,
    },
    /// A worker was to be started again, but nobody knows it any more.
    #[error(
        "worker `{worker_id}` is not started again: this network does not know it (any more), because it was reset"
    )]
    WorkerRemoved {
        /// The worker.
        worker_id: String,
    },
    /// A worker was launched, and the launch was withdrawn before it could begin.
    #[error("launch {launch} was withdrawn: there is nothing to do")]
    LaunchWithdrawn {
        /// The launch.
        launch: String,
    },
    /// Redis refused the user or the password.
    #[error("Redis at {address} refused the login: {cause}")]
    Login {
        /// Where Redis is; without a password.
        address: String,
        /// What Redis said.
        cause: String,
    },
    /// The URL of Redis is not one.
    #[error("the Redis URL is not valid: {cause}")]
    Url {
        /// Why, without the URL, which may hold a password.
        cause: String,
    },
    /// Redis is older than what the scripts need.
    #[error("Redis at {address} has version {found}; rush-host needs Redis 7.0 or newer, or Valkey")]
    TooOld {
        /// Where Redis is.
        address: String,
        /// Its version.
        found: String,
    },
    /// Redis throws data away when it is full, which would lose tasks.
    #[error(
        "Redis at {address} has the eviction policy `{found}`: when it is full it would delete tasks; set `maxmemory-policy noeviction`"
    )]
    Eviction {
        /// Where Redis is.
        address: String,
        /// Its policy.
        found: String,
    },
    /// What lies in Redis is not what this library wrote.
    #[error("{key} in Redis does not hold what is expected: {cause}")]
    Corrupt {
        /// The key.
        key: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Redis answered with an error that none of the others describes.
    #[error("Redis answered: {0}")]
    Redis(String),
}

impl From<crate::ColumnError> for Error {
    fn from(error: crate::ColumnError) -> Self {
        Self::Invalid(error.into())
    }
}

/// What makes no sense in a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// Not the name of a network.
    #[error("`{id}` is not a network id: 1 to 100 of A-Z a-z 0-9 . _ - and at most one {{hash tag}}")]
    NetworkId {
        /// What was given.
        id: String,
    },
    /// Not the name of a worker.
    #[error(
        "`{id}` is not a worker id: 1 to 64 of A-Z a-z 0-9 . _ - and none of the names that the network uses itself"
    )]
    WorkerId {
        /// What was given.
        id: String,
    },
    /// Not the name of a launch.
    #[error("`{id}` is not the id of a launch: 12 of 0-9 a-f")]
    LaunchId {
        /// What was given.
        id: String,
    },
    /// Not the key of a task of this network.
    #[error("`{key}` is not the key of a task of this network")]
    TaskKey {
        /// What was given.
        key: String,
    },
    /// A well-formed key, but there is no such task in this network.
    #[error("there is no task {key} in this network")]
    UnknownTask {
        /// What was given.
        key: String,
    },
    /// Two fields of one list have the same name.
    #[error("the name `{name}` stands twice in {list}")]
    RepeatedName {
        /// The name.
        name: String,
        /// `xs`, `ys`, …
        list: &'static str,
    },
    /// One call names a task twice.
    #[error("task {key} stands twice in one call")]
    RepeatedKey {
        /// The task.
        key: String,
    },
    /// A heart that would not keep anybody alive.
    #[error(
        "a heartbeat every {period:?} that lives for {expire:?} keeps nobody alive: the period must be above zero, and at most as long"
    )]
    Heartbeat {
        /// Time between two beats.
        period: std::time::Duration,
        /// How long a beat lives.
        expire: std::time::Duration,
    },
    /// Waiting for nobody.
    #[error("nobody to wait for: say for how many workers, or for which")]
    NoWorkers,
    /// Waiting for more workers than are named.
    #[error("{wanted} of {named} named workers can never register: wait for at most {named}, or name more")]
    TooManyWorkers {
        /// For how many.
        wanted: usize,
        /// Of how many.
        named: usize,
    },
    /// A column of a table that cannot be given as it was asked for.
    #[error(transparent)]
    Column(#[from] crate::ColumnError),
    /// An exact run of any number of tasks.
    #[error("an exact budget needs a number of finished tasks: exactly how many?")]
    Budget,
    /// Not the key of a hash of this network.
    #[error(
        "`{key}` is not the key of a hash of this network: `<network>:hash:`, then 1 to 100 of A-Z a-z 0-9 . _ -"
    )]
    HashKey {
        /// What was given.
        key: String,
    },
    /// A hash with nothing in it, which Redis cannot hold.
    #[error("a hash needs at least one entry")]
    EmptyHash,
    /// Neither one value for each hash nor one for all of them.
    #[error("`{name}` has {found} values for {wanted} hashes: it must have length 1 or {wanted}")]
    Lengths {
        /// The entry.
        name: String,
        /// How many values it has.
        found: usize,
        /// How many hashes there are.
        wanted: usize,
    },
    /// JSON text that is not JSON.
    #[error("the JSON text of `{name}` is not valid: {cause}")]
    Json {
        /// The field.
        name: String,
        /// What the parser said.
        cause: String,
    },
}

/// Short for a result of a call on the network.
pub type Result<T> = std::result::Result<T, Error>;
