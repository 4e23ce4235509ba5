//! `wait`: until tasks are done, or workers have registered.
//!
//! A finish publishes nothing, because that would cost every task; so this looks, at first every 5 ms, later every 250.

use std::time::Duration;

use rush_network::{Counts, State, TaskKey};
use tokio::time::Instant;

use crate::{
    arguments::Wait,
    commands::{
        cancel::{parsed, unknown},
        wait_for_workers,
    },
    exit_code::ExitCode,
    failure::Failure,
    interruptible::{Undone, interruptible},
    manager::report,
    pending::{self, Stage},
    print::{talk, text},
    session::{self, Begin, Session},
    silence::Silence,
};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LAST_PAUSE: Duration = Duration::from_millis(250);

/// A loop that creates its own tasks has none for a moment, between one and the next. When none is queued or running, and nothing
/// happens for so long although workers run, they have nothing to do.
const QUIET: Duration = Duration::from_secs(1);

/// So often it is looked at who waits to begin.
const LOOK_AT_QUEUES: Duration = Duration::from_secs(2);

/// What is waited for.
enum Goal {
    /// So many finished tasks.
    Finished(u64),
    /// None queued, none running, and nobody who would change that.
    Idle(Quiet),
    /// These finished or failed.
    Settled(Vec<TaskKey>),
}

pub(crate) async fn wait(arguments: Wait) -> Result<ExitCode, Failure> {
    let undone = Undone::new("workers go on, and nobody waits for them");
    interruptible(&undone, Box::pin(until_reached(arguments))).await
}

async fn until_reached(arguments: Wait) -> Result<ExitCode, Failure> {
    let workers = wait_for_workers::goal(&arguments)?;
    let session = session::open(&arguments.common, Begin::No).await?;
    let timeout = arguments.timeout.map(|timeout| timeout.0);
    if let Some(goal) = workers {
        return wait_for_workers::wait(&session, &goal, timeout).await;
    }
    let mut goal = match (arguments.tasks, arguments.keys.as_slice()) {
        (Some(tasks), _) => Goal::Finished(tasks),
        (None, []) => Goal::Idle(Quiet::default()),
        (None, keys) => Goal::Settled(existing(&session, keys).await?),
    };
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let (mut pause, mut silence, mut arrivals) = (FIRST_PAUSE, Silence::default(), Arrivals::default());
    loop {
        // Read before the tasks: the last worker may settle the last task and end in between.
        let running = session.network.running_workers().await?;
        let who = if !running.is_empty() {
            Who::Runs
        } else if arrivals.may_come(&session).await? {
            Who::MayCome
        } else {
            Who::Nobody
        };
        let left = goal.left(&session, who).await?;
        if left.is_empty() {
            return tell(&session, ExitCode::Ok).await;
        }
        if who == Who::Nobody {
            talk::warning(format_args!("no worker is running, but {left} (exit code 7)"));
            return tell(&session, ExitCode::NoWorkers).await;
        }
        if silence.is_final(&session, &running).await? {
            talk::warning(format_args!("no worker has a heartbeat, but {left} (exit code 7)"));
            return tell(&session, ExitCode::NoWorkers).await;
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            talk::warning(format_args!("the time is up, but {left} (exit code 10)"));
            return tell(&session, ExitCode::TimedOut).await;
        }
        let until = Instant::now() + pause;
        tokio::time::sleep_until(deadline.map_or(until, |deadline| deadline.min(until))).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// Who works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Workers run.
    Runs,
    /// Nobody runs, but who was launched may still come.
    MayCome,
    Nobody,
}

/// Who was launched and may still come, looked at now and then: a batch system has others to serve, too.
#[derive(Default)]
struct Arrivals {
    looked: Option<Instant>,
    may_come: bool,
    told: bool,
}

impl Arrivals {
    async fn may_come(&mut self, session: &Session) -> Result<bool, Failure> {
        if self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_AT_QUEUES) {
            let mut waiting = pending::by_reason(&pending::look(session).await?);
            waiting.retain(|waiting| waiting.stage == Stage::Waits);
            self.may_come = !waiting.is_empty();
            self.looked = Some(Instant::now());
            if self.may_come && !self.told {
                self.told = true;
                for waiting in &waiting {
                    talk::line(format_args!("{waiting}"));
                }
            }
        }
        Ok(self.may_come)
    }
}

/// For how long nothing has happened.
#[derive(Default)]
struct Quiet(Option<(Counts, Instant)>);

impl Quiet {
    /// For how long these counts have been the same, as far as we looked.
    fn since(&mut self, counts: Counts, now: Instant) -> Duration {
        match self.0 {
            Some((before, since)) if before == counts => now - since,
            _ => {
                self.0 = Some((counts, now));
                Duration::ZERO
            }
        }
    }
}

impl Goal {
    /// What is missing, for people; empty if it is reached.
    async fn left(&mut self, session: &Session, who: Who) -> Result<String, Failure> {
        Ok(match self {
            Self::Finished(wanted) => {
                let Counts { finished, .. } = session.network.counts().await?;
                let reached = finished >= *wanted;
                if reached {
                    String::new()
                } else {
                    format!("only {finished} of {wanted} tasks are finished")
                }
            }
            Self::Idle(quiet) => {
                let counts = session.network.counts().await?;
                let Counts { queued, running, .. } = counts;
                let quiet = quiet.since(counts, Instant::now());
                if queued + running > 0 {
                    format!("{} queued and {running} running", is_or_are(queued))
                } else if who == Who::MayCome {
                    "workers wait to begin".to_owned()
                } else if who == Who::Nobody || quiet >= QUIET {
                    String::new()
                } else {
                    "workers have just been at work".to_owned()
                }
            }
            Self::Settled(open) => {
                let states = session.network.states(open).await?;
                let mut settled =
                    states.iter().map(|state| matches!(state, Some(State::Finished | State::Failed)));
                open.retain(|_| !settled.next().unwrap_or(false));
                match open.len() as u64 {
                    0 => String::new(),
                    left => format!("{} neither finished nor failed", is_or_are(left)),
                }
            }
        })
    }
}

fn is_or_are(tasks: u64) -> String {
    format!("{} {}", text::counted(tasks, "task"), if tasks == 1 { "is" } else { "are" })
}

/// The tasks of these keys, which must exist: others would never be settled.
async fn existing(session: &Session, keys: &[String]) -> Result<Vec<TaskKey>, Failure> {
    let keys = parsed(session, keys)?;
    let states = session.network.states(&keys).await?;
    match keys.iter().zip(states).find(|(_, state)| state.is_none()) {
        Some((key, _)) => Err(unknown(key)),
        None => Ok(keys),
    }
}

async fn tell(session: &Session, code: ExitCode) -> Result<ExitCode, Failure> {
    let counts = session.network.counts().await?;
    let kinds = session.network.failures_by_kind().await?;
    talk::line(format_args!("{}", report::tasks(&counts, &kinds).trim_end()));
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_quiet_as_long_as_no_count_changes() {
        let begun = Instant::now();
        let mut quiet = Quiet::default();
        let mut look = |finished, failed, after: u64| {
            let counts = Counts { finished, failed, ..Counts::default() };
            quiet.since(counts, begun + Duration::from_millis(after)).as_millis()
        };
        assert_eq!(look(1, 0, 0), 0);
        assert_eq!(look(1, 0, 900), 900);
        assert_eq!(look(2, 0, 950), 0, "a task came and went");
        assert_eq!(look(2, 1, 1000), 0);
        assert_eq!(look(2, 1, 2500), 1500);
    }
}
