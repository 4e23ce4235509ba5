//! The loop.

use rush_worker::{WorkerRng, prelude::*};
use search_space::{Domain, Setting};

use crate::{
    Args,
    args::Plan,
    design,
    known::Known,
    propose::{Proposal, propose},
};

/// Optimises the objective, until the budget is used up or the worker is told to end. A full Redis, and an exact budget whose last places
/// others have, are waited for.
pub fn adbo(worker: &mut Worker) -> Result<()> {
    let plan = worker.args::<Args>()?.plan()?;
    let lambda = draw(&plan.lambda, worker.rng());
    info!(target: "adbo", "explores with lambda = {lambda}");
    let mut has_design = false;
    while search_space::goes_on(worker, plan.budget)? {
        has_design = has_design || design::is_queued(worker, &plan)?;
        if evaluate_queued(worker)? || !has_design {
            continue;
        }
        let xs = next(worker, &plan, lambda)?.row()?;
        match worker.when_there_is_room(|worker| worker.push_running_one(&xs))? {
            Some(key) => drop(worker.evaluate_task(&key, &xs)?),
            // The last places of an exact budget are taken: by tasks that came back to the queue of a worker that died, or for good.
            None if evaluate_queued(worker)? => {}
            None => break,
        }
    }
    Ok(())
}

fn evaluate_queued(worker: &Worker) -> Result<bool> {
    let task = worker.pop(Duration::ZERO)?;
    if let Some(task) = &task {
        worker.evaluate_task(&task.key, task)?;
    }
    Ok(task.is_some())
}

fn next<'a>(worker: &mut Worker, plan: &'a Plan, lambda: f64) -> Result<Proposal<'a>> {
    // Both states at one moment: no task is in it twice, or left out because it was finished in between.
    let table = worker.fetch(&[State::Running, State::Finished], Parts::default())?;
    let known = Known::of(&table, &plan.space, &plan.goal)?;
    Ok(propose(known.as_ref(), plan, lambda, worker.rng()))
}

fn draw(lambda: &Domain, rng: &mut WorkerRng) -> f64 {
    match lambda.draw(rng) {
        Setting::Number(lambda) => lambda,
        other => unreachable!("lambda is a number, not {other}"),
    }
}
