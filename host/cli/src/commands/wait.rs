//! `wait`: until tasks are done.
//!
//! A finish publishes nothing, because that would cost every task; so this looks, at first every 5 ms, later every 250.

use std::time::Duration;

use rush_network::{Counts, State, TaskKey};
use tokio::time::Instant;

use crate::{
    arguments::Wait,
    commands::cancel::{parsed, unknown},
    exit_code::ExitCode,
    failure::Failure,
    manager::report,
    print::{talk, text},
    session::{Begin, Session},
};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LAST_PAUSE: Duration = Duration::from_millis(250);

/// What is waited for.
enum Goal {
    /// So many finished tasks.
    Finished(u64),
    /// None queued, none running.
    Idle,
    /// These finished or failed.
    Settled(Vec<TaskKey>),
}

pub(crate) async fn wait(arguments: Wait) -> Result<ExitCode, Failure> {
    let session = Session::open(&arguments.common, Begin::No).await?;
    let mut goal = match (arguments.tasks, arguments.keys.as_slice()) {
        (Some(tasks), _) => Goal::Finished(tasks),
        (None, []) => Goal::Idle,
        (None, keys) => Goal::Settled(existing(&session, keys).await?),
    };
    let deadline = arguments.timeout.and_then(|timeout| Instant::now().checked_add(timeout.as_std()));
    let mut pause = FIRST_PAUSE;
    loop {
        // Read before the tasks: the last worker may settle the last task and end in between.
        let nobody_runs = session.network.running_workers().await?.is_empty();
        let left = goal.left(&session).await?;
        if left.is_empty() {
            return tell(&session, ExitCode::Ok).await;
        }
        if nobody_runs {
            talk::warning(format_args!("no worker is running, but {left} (exit code 7)"));
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

impl Goal {
    /// What is missing, for people; empty if it is reached.
    async fn left(&mut self, session: &Session) -> Result<String, Failure> {
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
            Self::Idle => {
                let Counts { queued, running, .. } = session.network.counts().await?;
                let reached = queued + running == 0;
                if reached {
                    String::new()
                } else {
                    format!("{queued} tasks are queued and {running} running")
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
    talk::line(format_args!("{}", report::tasks(&counts).trim_end()));
    Ok(code)
}
