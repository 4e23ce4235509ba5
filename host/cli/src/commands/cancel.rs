//! `cancel`: cancels tasks that are still queued.

use std::collections::HashSet;

use rush_network::{State, TaskKey};

use crate::{
    arguments::Cancel,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::{self, Begin, Session},
};

pub(crate) async fn cancel(arguments: Cancel) -> Result<ExitCode, Failure> {
    let session = session::open(&arguments.common, Begin::No).await?;
    let cancelled = if arguments.keys.is_empty() {
        session.network.cancel_queued(None).await?
    } else {
        let keys = chosen(&session, &arguments).await?;
        let cancelled = session.network.cancel_queued(Some(&keys)).await?;
        let missed = missed(&keys, &cancelled);
        for (key, state) in missed.iter().zip(session.network.states(&missed).await?) {
            let now = state.map_or("gone", State::as_str);
            talk::warning(format_args!(
                "task {key} is {now} now, so it is not cancelled: it was queued a moment ago"
            ));
        }
        cancelled
    };
    talk::line(format_args!("Cancelled {}", text::counted(cancelled.len() as u64, "queued task")));
    Ok(ExitCode::Ok)
}

/// The queued tasks among those named. Others are warned about and skipped, but for running ones without `--queued`.
async fn chosen(session: &Session, arguments: &Cancel) -> Result<Vec<TaskKey>, Failure> {
    let keys = parsed(session, &arguments.keys)?;
    let states = session.network.states(&keys).await?;
    let mut chosen = Vec::new();
    for (key, state) in keys.into_iter().zip(states) {
        match state {
            Some(State::Queued) => chosen.push(key),
            Some(State::Running) if !arguments.queued => {
                return Err(Failure::with_hint(
                    ExitCode::Usage,
                    format!("task {key} is running: cancelling running tasks is not supported yet"),
                    "`--queued` cancels those of the tasks that are queued; nothing was cancelled",
                ));
            }
            Some(state) => talk::warning(format_args!("task {key} is {state}, so it is skipped")),
            None => return Err(unknown(&key)),
        }
    }
    Ok(chosen)
}

/// Those that were queued when we looked, but not any more when they were to be cancelled: somebody took them in between.
fn missed(chosen: &[TaskKey], cancelled: &[TaskKey]) -> Vec<TaskKey> {
    let cancelled: HashSet<&TaskKey> = cancelled.iter().collect();
    let mut told = HashSet::new();
    chosen.iter().filter(|key| !cancelled.contains(key) && told.insert(*key)).cloned().collect()
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
    use super::*;

    #[test]
    fn a_task_that_somebody_took_meanwhile_is_named_once() {
        let key = |number: u32| {
            TaskKey::parse(format!("00000000-0000-4000-8000-{number:012}"), "").expect("it is a UUID")
        };
        let chosen = [key(1), key(2), key(3), key(2)];
        assert_eq!(missed(&chosen, &[key(3), key(1)]), [key(2)]);
        assert_eq!(missed(&chosen[..2], &[key(1), key(2)]), []);
    }
}
