//! `run`: starts the workers of a run file, watches them, and reports.

use std::time::Duration;

use rush_launch::{
    Launch, Launched, Launcher, Role,
    local::Talk,
    signals::{EndSignal, Interrupts},
};
use rush_network::{
    Counts, EndKind, Heart, HeartSettings, Parts, State, StopReason, WorkerId, WorkerInfo, WorkerState,
};
use tokio::time::Instant;

use crate::{
    arguments::Run,
    building,
    commands::reset,
    components::{self, Components},
    exit_code::ExitCode,
    failure::Failure,
    interruptible::undo,
    launching::{self, check_output},
    manager::{
        outcome::Outcome,
        report, results_file,
        watch::{Watch, Watched},
    },
    print::{talk, text},
    session::{self, Begin, Session},
    task_rows::TaskRows,
};

pub(crate) async fn run(arguments: Run) -> Result<ExitCode, Failure> {
    let mut interrupts = Interrupts::listen().map_err(Failure::internal)?;
    // Nothing runs yet that would have to end first: an interrupt ends the program.
    let prepared = tokio::select! {
        prepared = prepare(&arguments) => prepared?,
        interrupt = interrupts.next() => return Ok(interrupt.signal().into()),
    };
    let Some(Prepared { session, components, before, begun }) = prepared else { return Ok(ExitCode::Ok) };
    let program = session::this_program()?;
    let launch = Launch::new(&session, &program)?.talk(Talk::Pipe).debug(arguments.debug);
    let (heart, launched) = tokio::select! {
        begun = begin(&arguments, &session, &components, &launch) => begun?,
        // What is started here begins in one step at the end of this; what others have been handed may wait there already.
        interrupt = interrupts.next() => {
            return Ok(match launch.launcher() {
                Launcher::Local => interrupt.signal().into(),
                _ => undo(interrupt, &mut interrupts, launch.abandon()).await,
            });
        }
    };
    let ids: Vec<WorkerId> = launched.ids();
    let watched = Watch::new(&session, &launch, launched, &before, begun);
    let watched = watched.until_all_ended(&mut interrupts).await;
    heart.stop().await;
    let signal = interrupts.first();
    if !watched.buried {
        talk::warning(format_args!(
            "Redis does not answer, so there is no report; when it is back, the next run buries the workers"
        ));
        return Ok(signal.map_or(ExitCode::Redis, Into::into));
    }
    tokio::select! {
        code = conclude(&arguments, &session, &ids, &before, &watched, signal) => code,
        interrupt = interrupts.next() => Ok(interrupt.signal().into()),
    }
}

/// Starts the host processes. What can fail comes before them: nobody would watch over those that were left.
async fn begin(
    arguments: &Run,
    session: &Session,
    components: &Components,
    launch: &Launch<'_>,
) -> Result<(Heart, Launched), Failure> {
    let heart = heart(session).await?;
    let count = arguments.workers.unwrap_or(session.run_file.workers.count);
    Ok((heart, launching::start(session, components, launch, count).await?))
}

/// A heart that beats for nobody, and buries: not every process that fails is seen to die, and all of them may.
async fn heart(session: &Session) -> Result<Heart, Failure> {
    let heartbeat = &session.run_file.heartbeat;
    let settings = HeartSettings {
        period: heartbeat.period.as_std(),
        expire: heartbeat.expire.as_std(),
        ..HeartSettings::default()
    };
    Ok(Heart::start(&session.network, settings).await?)
}

struct Prepared {
    session: Session,
    components: Components,
    before: Counts,
    /// When the run began, or a moment before: it is never younger to its workers.
    begun: Instant,
}

/// Everything before the first worker; nothing if the run has reached its end before it began.
async fn prepare(arguments: &Run) -> Result<Option<Prepared>, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    // What can be wrong without a Redis is told before one is asked.
    check_output(&run_file)?;
    if arguments.first.build {
        building::build(&run_file, &Role::ALL).await?;
    }
    let components = Components::read(&run_file)?;
    let session = session::connect(run_file, &source, Begin::Yes).await?;
    // A launch that is refused should not have cost anything.
    Launcher::of(&session)?;
    if arguments.fresh {
        reset::network(&session).await?;
    }
    let before = session.network.counts().await?;
    if let Some(reason) = met(&session, &before) {
        talk::line(format_args!("Nothing to do: {reason} already, as [stop] asks for; --fresh begins anew"));
        finish(&session, &[], before).await?;
        return Ok(None);
    }
    continued(&session, &before);
    let begun = Instant::now();
    session.network.begin_run().await?;
    let components = components::compile(|| components.compile_ahead().map(|()| components)).await?;
    Ok(Some(Prepared { session, components, before, begun }))
}

/// Everything after the last worker: the report, and the exit code.
async fn conclude(
    arguments: &Run,
    session: &Session,
    ids: &[WorkerId],
    before: &Counts,
    watched: &Watched,
    signal: Option<EndSignal>,
) -> Result<ExitCode, Failure> {
    let workers: Vec<WorkerInfo> = session.network.workers_of(ids).await?;
    if let (Some(code), true) = (watched.broken, workers.is_empty()) {
        // Why is told already, and there is nothing to report.
        return Ok(signal.map_or(code, Into::into));
    }
    let after = session.network.counts().await?;
    let done = after.finished.saturating_sub(before.finished);
    talk::line(format_args!(
        "{} finished in {}",
        text::counted(done, "task"),
        text::duration(watched.elapsed)
    ));
    finish(session, &workers, after).await?;
    let stop = session.conditions();
    // A process that could not register its workers is a broken one; all others were in the network once.
    let complete = watched.broken.is_none() && signal.is_none();
    // Who had not been seen to begin may have.
    let withdrawn = watched.withdrawn.min(ids.len().saturating_sub(workers.len()));
    let known = workers.len() + withdrawn;
    let outcome = Outcome {
        signal,
        broken: watched.broken,
        workers: &workers,
        removed: if complete { ids.len().saturating_sub(known) } else { 0 },
        withdrawn,
        stop_met: (!stop.is_empty()).then(|| stop.met(&after, watched.age).is_some()),
        exact: stop.exact,
        failed_tasks: after.failed.saturating_sub(before.failed),
        fail_on_failed: arguments.fail_on_failed,
    };
    let code = outcome.exit_code();
    explain(code, &outcome);
    Ok(code)
}

fn met(session: &Session, counts: &Counts) -> Option<StopReason> {
    session.conditions().met(counts, Duration::ZERO)
}

fn continued(session: &Session, before: &Counts) {
    let Counts { queued, running, finished, failed } = before;
    if queued + running + finished + failed > 0 {
        talk::line(format_args!(
            "Network {} goes on with {finished} finished, {failed} failed, {queued} queued and {running} running tasks; --fresh begins anew",
            session.run_file.network
        ));
    }
}

/// The report, then the results file: a file that cannot be written should not take the report with it.
async fn finish(session: &Session, workers: &[WorkerInfo], counts: Counts) -> Result<(), Failure> {
    let run_file = &session.run_file;
    if let Some(report) = &run_file.report {
        let finished = session.network.fetch(&[State::Finished], Parts::ALL).await?;
        talk::data(&(report::best(&TaskRows::of(&finished)?, report)? + "\n"));
    }
    let kinds = session.network.failures_by_kind().await?;
    talk::data(&(report::workers(workers) + &report::tasks(&counts, &kinds)));
    if let Some(output) = &run_file.output {
        let tasks = session.network.fetch(&State::ALL, Parts::ALL).await?;
        results_file::write(&TaskRows::of(&tasks)?, output)?;
        talk::line(format_args!("Results: {}", output.path.display()));
    }
    Ok(())
}

fn explain(code: ExitCode, outcome: &Outcome<'_>) {
    let is_up = |worker: &&WorkerInfo| worker.end.as_ref().is_some_and(|end| end.kind == EndKind::TimeUp);
    let given_up = outcome.workers.iter().filter(|worker| {
        (worker.state == WorkerState::Lost || is_up(worker))
            && worker.max_restarts > 0
            && worker.restarts() >= u64::from(worker.max_restarts)
    });
    let given_up = given_up.count() as u64;
    if given_up > 0 {
        talk::warning(format_args!(
            "{} lost for good: [workers] max_restarts is used up",
            text::counted(given_up, "worker")
        ));
    }
    let up = outcome.workers.iter().filter(is_up).count() as u64;
    if up > 0 && code == ExitCode::NoWorkers && outcome.workers.iter().all(|worker| worker.max_restarts == 0)
    {
        talk::warning(format_args!(
            "the time of {} was up: `[workers] restart = \"on-lost\"` has others go on",
            text::counted(up, "worker")
        ));
    }
    if outcome.withdrawn > 0 {
        let never = text::counted(outcome.withdrawn as u64, "worker");
        let why = match outcome.stop_met {
            Some(true) => ": what [stop] asks for was reached without them",
            _ => "",
        };
        talk::line(format_args!("{never} never began{why}"));
    }
    if outcome.removed > 0 {
        talk::warning(format_args!(
            "the network was reset meanwhile, or Redis came back without its data: it does not know {} of this run",
            text::counted(outcome.removed as u64, "worker")
        ));
    }
    match code {
        ExitCode::NoWorkers if outcome.stop_met.is_none() => {
            talk::warning(format_args!("the run ended for want of workers (exit code 7)"));
        }
        ExitCode::NoWorkers => talk::warning(format_args!(
            "the run ended for want of workers: what [stop] asks for is not reached (exit code 7)"
        )),
        ExitCode::LoopError => talk::warning(format_args!("a worker loop did not end well (exit code 9)")),
        ExitCode::FailedTasks => talk::warning(format_args!("tasks have failed (exit code 8)")),
        ExitCode::Ok if outcome.stop_met == Some(false) => {
            talk::line(format_args!("All workers have ended before what [stop] asks for was reached"));
        }
        _ => {}
    }
}
