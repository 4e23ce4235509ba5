//! `wait --workers` and `wait --worker`: until workers have registered.

use std::time::Duration;

use rush_network::{WaitedFor, WorkerId, WorkersGoal};

use crate::{
    arguments::Wait,
    exit_code::ExitCode,
    failure::Failure,
    print::{talk, text},
    session::Session,
    worker_ids,
};

/// Which workers are waited for; none if tasks are. Checked before Redis is asked.
pub(crate) fn goal(arguments: &Wait) -> Result<Option<WorkersGoal>, Failure> {
    let named = worker_ids::each_once(&arguments.worker)?;
    Ok(match (arguments.workers, named) {
        (None, named) if named.is_empty() => None,
        (None, named) => Some(WorkersGoal::All(named)),
        (Some(wanted), named) if named.is_empty() => Some(WorkersGoal::Any(wanted.get())),
        (Some(wanted), named) if wanted.get() > named.len() => {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!("{wanted} workers cannot register of only {} that are named", named.len()),
                "give --workers alone to wait for any workers",
            ));
        }
        (Some(wanted), named) => Some(WorkersGoal::SomeOf(wanted.get(), named)),
    })
}

pub(crate) async fn wait(
    session: &Session,
    goal: &WorkersGoal,
    timeout: Option<Duration>,
) -> Result<ExitCode, Failure> {
    let patience = timeout.unwrap_or_else(|| session.run_file.workers.start_timeout.as_std());
    let found = session.network.wait_for_workers(goal, Some(patience)).await?;
    if found.is_reached() {
        let wanted = match goal {
            WorkersGoal::Any(wanted) | WorkersGoal::SomeOf(wanted, _) => *wanted,
            WorkersGoal::All(named) => named.len(),
        };
        let have = if wanted == 1 { "has" } else { "have" };
        talk::line(format_args!("{} {have} registered", text::counted(wanted as u64, "worker")));
        return Ok(ExitCode::Ok);
    }
    let how_long =
        if patience.is_zero() { "at once" } else { &format!("within {}", text::duration(patience)) };
    talk::warning(format_args!("{} {how_long} (exit code 10)", missing(&found)));
    Ok(ExitCode::TimedOut)
}

/// Who is missing, for people.
fn missing(found: &WaitedFor) -> String {
    let more = text::counted(found.missing as u64, "more worker");
    let names: Vec<&str> = found.unknown.iter().map(WorkerId::as_str).collect();
    match (found.missing, names.as_slice()) {
        (_, []) => format!("{more} should have registered, and did not"),
        (missing, names) if missing == names.len() => format!("{} did not register", names.join(", ")),
        (_, names) => format!("{more} of {} should have registered, and did not", names.join(", ")),
    }
}
