//! A loop that has its process for itself: it is compiled without checks, so it gives way only when it waits. Whoever ends it
//! before that ends the process.

use std::{sync::Arc, time::Duration};

use nix::time::ClockId;
use rush_network::{End, EndKind, Worker};
use rush_runtime::{
    Evaluator, GuestContext, Limits, Output, PreparedLoop, RunningTime, ended_by, time_limit_reached,
    wall_limit_reached,
};
use rush_sandbox::{Confinement, Profile};
use tokio::{runtime::Handle, sync::oneshot, time::sleep};

use crate::{exit_code::ExitCode, failure::Failure};

/// A guest that waits, or calls its host, has ended by itself after so long.
const PATIENCE: Duration = Duration::from_millis(100);
/// Between two looks at how long a guest has run, at least.
const LOOK: Duration = Duration::from_millis(10);

/// How it ended.
pub(super) enum Ended {
    /// By itself, or in a call of its host.
    Itself(End),
    /// It computes, and will go on with that until the process ends.
    NotItself(End),
}

/// Takes from this process what host processes never need. It has what it needs: Redis, code, data.
pub(super) fn confine(starts_programs: bool) -> Result<(), Failure> {
    let confinement = Confinement { programs: starts_programs, ..Confinement::new(Profile::Worker) };
    let in_force = confinement.apply().map_err(|error| {
        Failure::with_hint(
            ExitCode::Launcher,
            format!("this process cannot confine itself: {error}"),
            "`[loop] isolation = \"instance\"` does without",
        )
    })?;
    if in_force.missing.is_empty() {
        tracing::info!("the worker's process is confined: {in_force}");
    } else {
        tracing::warn!("the worker's process is confined in part: {in_force}");
    }
    Ok(())
}

/// Runs the loop on a thread of its own, so that nothing of the host waits behind it.
pub(super) async fn run(
    prepared: PreparedLoop,
    worker: Worker,
    context: GuestContext,
    output: Arc<dyn Output>,
    evaluator: Option<Evaluator>,
    limits: Limits,
) -> Ended {
    let (prepared, limit) = match limits.time {
        None => (prepared, None),
        Some(limit) => {
            let (prepared, time) = prepared.timed(limit);
            (prepared, Some((limit, time)))
        }
    };
    let (thread, at) = oneshot::channel();
    let run = {
        let worker = worker.clone();
        let guests = Handle::current();
        move || {
            // Nobody waits for it any more if the guest has been ended meanwhile.
            let _ = thread.send(rustix::thread::gettid().as_raw_nonzero().get());
            guests.block_on(prepared.run(worker, context, output, evaluator))
        }
    };
    let mut guest = tokio::task::spawn_blocking(run);
    let thread = at.await.ok();
    let overdue = async {
        tokio::select! {
            verdict = worker.verdict() => ended_by(verdict),
            end = wall(limits.wall) => end,
            end = time(thread, limit) => end,
        }
    };
    tokio::select! {
        // An end that was there first is told, whatever came at the same time.
        biased;
        end = &mut guest => Ended::Itself(end.unwrap_or_else(|error| panicked(&error))),
        forced = overdue => match tokio::time::timeout(PATIENCE, &mut guest).await {
            Ok(end) => Ended::Itself(end.unwrap_or_else(|error| panicked(&error))),
            Err(_) => Ended::NotItself(forced),
        },
    }
}

/// A mistake of ours; others would bury the worker.
fn panicked(error: &tokio::task::JoinError) -> End {
    End::new(EndKind::Error, format!("a mistake in rush-host: {error}"))
}

async fn wall(limit: Option<Duration>) -> End {
    let Some(limit) = limit else { return std::future::pending().await };
    sleep(limit).await;
    wall_limit_reached(limit)
}

/// What the guest runs itself: its objective has limits of its own.
async fn time(thread: Option<i32>, limit: Option<(Duration, RunningTime)>) -> End {
    let (Some(thread), Some((limit, time))) = (thread, limit) else { return std::future::pending().await };
    loop {
        let ran = time.until_now(|| ran(thread).unwrap_or_default());
        if ran >= limit {
            return time_limit_reached(limit);
        }
        sleep(limit.saturating_sub(ran).max(LOOK)).await;
    }
}

/// How long a thread of this process has run; nothing when it has ended. The kernel numbers such clocks by the thread's id, inverted, and
/// by the kind of clock: 6 is the time for which one thread was scheduled.
fn ran(thread: i32) -> Option<Duration> {
    let clock = ClockId::from_raw((!thread << 3) | 6);
    clock.now().ok().map(Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_computes_has_run() {
        let thread = rustix::thread::gettid().as_raw_nonzero().get();
        let before = ran(thread).unwrap();
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let more = ran(thread).unwrap().saturating_sub(before);
        assert!(more > Duration::ZERO && more <= begun.elapsed() + LOOK, "{more:?}");
    }
}
