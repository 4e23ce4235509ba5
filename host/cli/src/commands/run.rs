//! `run`: starts the workers of a run file, watches them, and reports.

use std::time::Duration;

use rush_launch::{
    local::{Supervision, Talk},
    signals::{EndSignal, Interrupts},
};
use rush_network::{Counts, Parts, State, StopReason, WorkerId, WorkerInfo};

use crate::{
    arguments::Run,
    commands::reset,
    component_file::ComponentFile,
    exit_code::ExitCode,
    failure::Failure,
    launching::{Launch, check_output},
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
    let Some(Prepared { session, component, before }) = prepared else { return Ok(ExitCode::Ok) };
    let launch = Launch {
        session: &session,
        component: &component,
        count: arguments.workers.unwrap_or(session.run_file.workers.count),
        supervision: Supervision::Supervised,
        talk: Talk::Pipe,
        debug: arguments.debug,
    };
    let launched = launch.start().await?;
    let ids: Vec<WorkerId> = launched.workers.iter().flatten().cloned().collect();
    let watched = Watch::new(&session, launched, &before).until_all_ended(&mut interrupts).await?;
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

struct Prepared {
    session: Session,
    component: ComponentFile,
    before: Counts,
}

/// Everything before the first worker; nothing if the run has reached its end before it began.
async fn prepare(arguments: &Run) -> Result<Option<Prepared>, Failure> {
    let (run_file, source) = session::load(&arguments.common)?;
    // What can be wrong without a Redis is told before one is asked.
    check_output(&run_file)?;
    let component = ComponentFile::read(&run_file)?;
    let session = Session::connect(run_file, &source, Begin::Yes).await?;
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
    session.network.begin_run().await?;
    // Compiling takes seconds, in which an interrupt should be heard.
    let component = tokio::task::spawn_blocking(|| component.compile_ahead().map(|()| component));
    let component = component.await.map_err(Failure::internal)??;
    Ok(Some(Prepared { session, component, before }))
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
    let workers: Vec<WorkerInfo> =
        session.network.workers().await?.into_iter().filter(|worker| ids.contains(&worker.id)).collect();
    let after = session.network.counts().await?;
    let done = after.finished.saturating_sub(before.finished);
    talk::line(format_args!(
        "{} finished in {}",
        text::counted(done, "task"),
        text::duration(watched.elapsed)
    ));
    finish(session, &workers, after).await?;
    let stop = session.conditions();
    let outcome = Outcome {
        signal,
        broken: watched.broken,
        workers: &workers,
        stop_met: (!stop.is_empty()).then(|| stop.met(&after, watched.elapsed).is_some()),
        failed_tasks: after.failed.saturating_sub(before.failed),
        fail_on_failed: arguments.fail_on_failed,
    };
    let code = outcome.exit_code();
    explain(code);
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
    talk::data(&(report::workers(workers) + &report::tasks(&counts)));
    if let Some(output) = &run_file.output {
        let tasks = session.network.fetch(&State::ALL, Parts::ALL).await?;
        results_file::write(&TaskRows::of(&tasks)?, output)?;
        talk::line(format_args!("Results: {}", output.path.display()));
    }
    Ok(())
}

fn explain(code: ExitCode) {
    match code {
        ExitCode::NoWorkers => talk::warning(format_args!(
            "the run ended for want of workers: what [stop] asks for is not reached (exit code 7)"
        )),
        ExitCode::LoopError => talk::warning(format_args!("a worker loop did not end well (exit code 9)")),
        ExitCode::FailedTasks => talk::warning(format_args!("tasks have failed (exit code 8)")),
        _ => {}
    }
}
