//! `cancel`: cancels tasks, queued and running ones.

use std::collections::{BTreeMap, HashSet};

use rush_network::{Cancelled, State, TaskKey, WorkerId};

use crate::{
    arguments::Cancel,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn cancel(arguments: Cancel) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let mut done = Done::default();
    if arguments.keys.is_empty() {
        if arguments.queued {
            done.queued += session.network.cancel_queued(None).await?.len() as u64;
        }
        if arguments.running {
            let running = session.network.task_keys(&[State::Running]).await?;
            let keys: Vec<TaskKey> = running.into_iter().flat_map(|(_, keys)| keys).collect();
            // One that ends by itself meanwhile is nobody's loss.
            session.network.cancel(&keys).await?.into_iter().for_each(|cancelled| _ = done.add(cancelled));
        }
    } else {
        let keys = chosen(&session, &arguments).await?;
        for (key, cancelled) in keys.iter().zip(cancelled(&session, &arguments, &keys).await?) {
            if let Some(now) = done.add(cancelled) {
                talk::warning(format_args!(
                    "task {key} is {now} now, so it is not cancelled: it changed a moment ago"
                ));
            }
        }
    }
    talk::line(format_args!("{}", done.said(&arguments)));
    Ok(ExitCode::Ok)
}

/// Those of the named tasks, each once, that are in a state that is meant. Others are warned about and skipped.
async fn chosen(session: &Session, arguments: &Cancel) -> Result<Vec<TaskKey>, Failure> {
    let keys = parsed(session, &arguments.keys)?;
    let states = session.network.states(&keys).await?;
    let mut chosen = Vec::new();
    let mut told = HashSet::new();
    for (key, state) in keys.into_iter().zip(states) {
        let Some(state) = state else { return Err(unknown(&key)) };
        if !told.insert(key.clone()) {
            continue;
        }
        if is_meant(state, arguments) {
            chosen.push(key);
        } else {
            talk::warning(format_args!("task {key} is {state}, so it is skipped"));
        }
    }
    Ok(chosen)
}

/// Neither flag means both.
fn is_meant(state: State, arguments: &Cancel) -> bool {
    match state {
        State::Queued => arguments.queued || !arguments.running,
        State::Running => arguments.running || !arguments.queued,
        State::Finished | State::Failed => false,
    }
}

/// With `--queued` alone, what has been popped since we looked stays as it is.
async fn cancelled(
    session: &Session,
    arguments: &Cancel,
    keys: &[TaskKey],
) -> Result<Vec<Cancelled>, Failure> {
    if arguments.running || !arguments.queued {
        return Ok(session.network.cancel(keys).await?);
    }
    let cancelled: HashSet<TaskKey> = session.network.cancel_queued(Some(keys)).await?.into_iter().collect();
    let states = session.network.states(keys).await?;
    let told = keys.iter().zip(states).map(|(key, state)| match state {
        _ if cancelled.contains(key) => Cancelled::Queued,
        Some(state) => Cancelled::Not(state),
        None => Cancelled::Unknown,
    });
    Ok(told.collect())
}

/// What was cancelled.
#[derive(Default)]
struct Done {
    queued: u64,
    running: BTreeMap<WorkerId, u64>,
}

impl Done {
    /// Counts a task, or tells what it is now.
    fn add(&mut self, cancelled: Cancelled) -> Option<&'static str> {
        match cancelled {
            Cancelled::Queued => self.queued += 1,
            Cancelled::Running { worker } => *self.running.entry(worker).or_default() += 1,
            Cancelled::Not(state) => return Some(state.as_str()),
            _ => return Some("gone"),
        }
        None
    }

    fn said(&self, arguments: &Cancel) -> String {
        let count: u64 = self.running.values().sum();
        let mut parts = Vec::new();
        // What was asked for is told although there was none.
        let asked = |this: bool, other: bool| this && !other;
        if self.queued > 0 || asked(arguments.queued, count > 0) {
            parts.push(text::counted(self.queued, "queued task"));
        }
        if count > 0 || asked(arguments.running, self.queued > 0 || arguments.queued) {
            let whose = match self.running.keys().next() {
                Some(worker) if self.running.len() == 1 => {
                    format!(" of worker {}", text::harmless(worker.as_str()))
                }
                Some(_) => format!(" of {}", text::counted(self.running.len() as u64, "worker")),
                None => String::new(),
            };
            parts.push(text::counted(count, "running task") + &whose);
        }
        if parts.is_empty() {
            parts.push(text::counted(0, "task"));
        }
        format!("Cancelled {}", parts.join(" and "))
    }
}

/// Keys of tasks that somebody typed.
pub(crate) fn parsed(session: &Session, keys: &[String]) -> Result<Vec<TaskKey>, Failure> {
    Ok(keys.iter().map(|key| session.network.parse_key(key)).collect::<Result<_, _>>()?)
}

/// There is no such task.
pub(crate) fn unknown(key: &TaskKey) -> Failure {
    Failure::with_hint(
        ExitCode::Usage,
        format!("there is no task {key}"),
        "`rush-host tasks RUN.toml --columns key,state` shows the keys",
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn arguments(words: &str) -> Cancel {
        let words = ["rush-host", "cancel", "run.toml"].into_iter().chain(words.split_whitespace());
        match Arguments::parse_from(words).command {
            Command::Cancel(arguments) => arguments,
            other => panic!("{other:?}"),
        }
    }

    fn said(words: &str, queued: u64, running: &[(&str, u64)]) -> String {
        let running = running.iter().map(|(worker, count)| (WorkerId::parse(*worker).unwrap(), *count));
        Done { queued, running: running.collect() }.said(&arguments(words))
    }

    #[test]
    fn it_says_what_it_has_done() {
        assert_eq!(said("--queued", 0, &[]), "Cancelled 0 queued tasks");
        assert_eq!(said("--running", 0, &[]), "Cancelled 0 running tasks");
        assert_eq!(said("--running --queued", 0, &[]), "Cancelled 0 queued tasks");
        assert_eq!(said("key", 0, &[]), "Cancelled 0 tasks");
        assert_eq!(said("key", 1, &[]), "Cancelled 1 queued task");
        assert_eq!(said("key", 0, &[("calm_otter", 1)]), "Cancelled 1 running task of worker calm_otter");
        assert_eq!(
            said("key", 2, &[("calm_otter", 1), ("bold_crane", 3)]),
            "Cancelled 2 queued tasks and 4 running tasks of 2 workers"
        );
    }

    #[test]
    fn neither_flag_means_both_states() {
        let meant = |words| State::ALL.map(|state| is_meant(state, &arguments(words)));
        assert_eq!(meant("key"), [true, true, false, false]);
        assert_eq!(meant("key --queued"), [true, false, false, false]);
        assert_eq!(meant("key --running"), [false, true, false, false]);
        assert_eq!(meant("key --queued --running"), [true, true, false, false]);
    }
}
