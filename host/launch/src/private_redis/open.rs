//! Opening a private Redis: from a data folder to a URL.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::PrivateRedisError;
use super::data_folder;
use super::failure::{keeper_failed, start_failed};
use super::file_lock::{self, Kind};
use super::guard;
use super::keeper_command::KeeperCommand;
use super::keeper_report::KeeperReport;
use super::patience::{Backoff, PATIENCE};
use super::probe::{Presence, probe};
use super::runtime_folder::{Environment, RuntimeFolder};
use super::server_program;

/// For how long a living keeper may have no server at all (one that reads its data listens already): it has then failed
/// to start one again and again, and says why in the server's log.
const SERVERLESS: Duration = Duration::from_secs(5);
/// How often to look for the folder of another environment's server before saying that the data are in use.
const RESOLUTIONS: u32 = 3;

/// A private Redis that runs as long as this value (or that of another process) lives.
///
/// ```no_run
/// use rush_launch::private_redis::{KeeperCommand, PrivateRedis, data_folder};
///
/// let keeper = KeeperCommand::new(std::env::current_exe()?).arg("keeper");
/// let redis = PrivateRedis::open(&data_folder("study".as_ref(), "branin"), &keeper)?;
/// let client = redis::Client::open(redis.url())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PrivateRedis {
    place: Arc<Place>,
    users: File,
    released: Arc<AtomicBool>,
}

impl PrivateRedis {
    /// Starts the server of this data folder unless it runs, and keeps it running until this value is dropped.
    ///
    /// Every process that uses the server opens it for itself: the manager, and each host process before it registers
    /// its workers. That costs two locks and one PING when the server runs; about 50 ms when it must be started. Blocks,
    /// for minutes if gigabytes of data must be read; call it through `spawn_blocking` where that matters.
    pub fn open(data: &Path, keeper: &KeeperCommand) -> Result<Self, PrivateRedisError> {
        Self::open_in(data, keeper, &Environment::of_this_process())
    }

    /// [`open`](Self::open) with an environment other than that of this process.
    pub fn open_in(
        data: &Path,
        keeper: &KeeperCommand,
        environment: &Environment,
    ) -> Result<Self, PrivateRedisError> {
        let data = data_folder::prepare(data)?;
        let mut resolutions = 0;
        loop {
            resolutions += 1;
            let runtime = RuntimeFolder::resolve(&data, environment)?;
            let place = Place {
                data: data.clone(),
                runtime,
                keeper: keeper.clone(),
                environment: environment.clone(),
                may_start: Mutex::new(true),
            };
            match Self::enter(place) {
                // Started elsewhere while we looked here: then its folder is known by now.
                Err(PrivateRedisError::InUse { .. }) if resolutions < RESOLUTIONS => (),
                entered => return entered,
            }
        }
    }

    fn enter(place: Place) -> Result<Self, PrivateRedisError> {
        let start = place.lock_start()?;
        // A keeper that is shutting its server down holds this until it is gone; and once we hold it, no keeper leaves.
        let what = "the private Redis to shut down";
        let users = file_lock::acquire(&place.runtime.users_lock(), Kind::Shared, what, PATIENCE)?;
        place.ensure_running()?;
        drop(start);
        let (place, released) = (Arc::new(place), Arc::new(AtomicBool::new(false)));
        guard::watch(Arc::clone(&place), Arc::clone(&released));
        Ok(Self { place, users, released })
    }

    /// The URL for a Redis client: `unix://` and the path of the socket, percent-encoded. There is no password in it: the
    /// socket's folder is closed to other users.
    pub fn url(&self) -> String {
        // A file's URL cannot fail for an absolute path, and differs in its scheme alone.
        let path = url::Url::from_file_path(self.socket()).map(|url| url.path().to_owned());
        format!("unix://{}", path.unwrap_or_default())
    }

    /// The path of the socket.
    pub fn socket(&self) -> PathBuf {
        self.place.runtime.socket()
    }

    /// From now on this process starts no keeper in the place of one that is gone, and waits until somebody else does: for a process that
    /// takes something away from itself, which whatever it starts would lack. Waits for a start that is under way.
    pub fn start_no_keeper(&self) {
        *self.place.may_start() = false;
    }

    /// The folder with the data, in its canonical form: what other processes [`open`](Self::open).
    pub fn data_folder(&self) -> &Path {
        &self.place.data
    }

    /// The server's log, for words to the user when the server misbehaves.
    pub fn log(&self) -> PathBuf {
        self.place.runtime.server_log()
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        self.released.store(true, Ordering::Release);
        // Closing the file would do, unless a child that is just being started still shares it.
        if let Err(error) = self.users.unlock() {
            tracing::warn!("Cannot unlock {}: {error}", self.place.runtime.users_lock().display());
        }
    }
}

/// Where a private Redis is, and how its keeper is started.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) data: PathBuf,
    pub(crate) runtime: RuntimeFolder,
    keeper: KeeperCommand,
    environment: Environment,
    /// Whether a keeper that is gone may be replaced. Locked meanwhile.
    may_start: Mutex<bool>,
}

impl Place {
    pub(crate) fn may_start(&self) -> MutexGuard<'_, bool> {
        self.may_start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One starter at a time.
    pub(crate) fn lock_start(&self) -> Result<File, PrivateRedisError> {
        let what = "another process that starts the private Redis";
        file_lock::acquire(&self.runtime.start_lock(), Kind::Exclusive, what, PATIENCE)
    }

    /// Returns when a keeper lives and its server takes commands. The caller holds the start lock and a users' lock.
    ///
    /// Nearly always one look suffices, or one start, whose end the keeper reports. Only where a keeper is just replacing
    /// its server, or just dying, there is nothing to wait for but time.
    pub(crate) fn ensure_running(&self) -> Result<(), PrivateRedisError> {
        let end = Instant::now() + PATIENCE;
        let mut last_seen = Instant::now();
        let mut pauses = Backoff::new(Duration::from_millis(1), Duration::from_millis(200));
        loop {
            let keeper_lives = !file_lock::is_free(&self.runtime.keeper_lock())?;
            if keeper_lives {
                match probe(&self.runtime.socket()) {
                    Presence::Answers => return Ok(()),
                    Presence::NotReady => last_seen = Instant::now(),
                    Presence::Nobody if last_seen.elapsed() < SERVERLESS => (),
                    Presence::Nobody => return Err(self.cannot_be_restarted()?),
                }
            } else if self.start_keeper()? {
                return Ok(());
            }
            if Instant::now() >= end {
                let what = format!("an answer on {}", self.runtime.socket().display());
                return Err(PrivateRedisError::TimedOut { what, after: PATIENCE });
            }
            thread::sleep(pauses.next());
        }
    }

    fn cannot_be_restarted(&self) -> Result<PrivateRedisError, PrivateRedisError> {
        let server = server_program::find(self.environment.path.as_deref())?;
        let status = "each time its keeper started it again";
        Ok(start_failed(&server, &self.data, &self.runtime.server_log(), status))
    }

    /// Whether the server is ready now; if not, another keeper was faster.
    fn start_keeper(&self) -> Result<bool, PrivateRedisError> {
        let server = server_program::find(self.environment.path.as_deref())?;
        match self.keeper.start(&self.data, &self.runtime, &server, PATIENCE)? {
            KeeperReport::Ready => Ok(true),
            KeeperReport::Rival => Ok(false),
            KeeperReport::InUse(holder) => Err(PrivateRedisError::InUse { data: self.data.clone(), holder }),
            KeeperReport::ServerEnded(status) => {
                Err(start_failed(&server, &self.data, &self.runtime.server_log(), &status))
            }
            KeeperReport::Failed(detail) => {
                Err(keeper_failed(&self.data, &self.runtime.keeper_log(), detail))
            }
        }
    }
}
