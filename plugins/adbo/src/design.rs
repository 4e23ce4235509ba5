//! The initial design: points that are evaluated before anything is known.

use rush_worker::{WorkerRng, prelude::*};

use crate::args::Plan;

/// How long a worker waits for others to register, and to queue the design, before it does so itself.
const MOMENT: Duration = Duration::from_millis(50);

/// Waits until the network has had as many tasks as the initial design, which the first of the running workers, in the order of their ids,
/// queues all at once. False if it has not, but something is queued that can be evaluated meanwhile.
///
/// There is no coordinator, and whoever is first may die: then another is, and what the dead one writes from then on is refused, so
/// that no design is queued twice or never. Two workers could hold themselves for the first if one registers while the other already
/// queues. So each looks twice, a moment apart, and the first to start waits as long as the others: a worker would have to be stopped for
/// that moment between its second look and its push. Its points would then be evaluated in addition.
pub(crate) fn is_queued(worker: &mut Worker, plan: &Plan) -> Result<bool> {
    while !worker.terminated() && missing(worker.count()?, plan) > 0 {
        // A pause, and nothing else: popping would take a task, which may be long, while the others wait for the design. What others
        // finish ends it early, so it begins again.
        if !worker.fetch_new(Parts::empty(), MOMENT)?.is_empty() {
            continue;
        }
        if worker.running_workers()?.into_iter().min() == Some(worker.id()) {
            let missing = missing(worker.count()?, plan);
            push(worker, plan, missing)?;
            return Ok(true);
        }
        let counts = worker.count()?;
        if counts.queued > 0 {
            return Ok(missing(counts, plan) == 0);
        }
    }
    Ok(true)
}

/// Failed tasks count, too: a point that cannot be evaluated was part of the design all the same.
fn missing(counts: Counts, plan: &Plan) -> u64 {
    let Counts { queued, running, finished, failed } = counts;
    u64::from(plan.initial_design).saturating_sub(queued + running + finished + failed)
}

fn push(worker: &mut Worker, plan: &Plan, missing: u64) -> Result<()> {
    let mut own_stream = plan.design_seed.map(WorkerRng::new);
    let rng = own_stream.as_mut().unwrap_or_else(|| worker.rng());
    let points: Vec<_> = (0..missing).map(|_| plan.space.draw(rng)).collect();
    let mut fitting = &points[..];
    worker.when_there_is_room(|worker| {
        loop {
            match worker.push(fitting) {
                // A run whose exact budget is smaller than its design.
                Err(Error::BudgetExhausted { remaining: 0 }) => return Ok(Vec::new()),
                Err(Error::BudgetExhausted { remaining }) => {
                    let room = usize::try_from(remaining).unwrap_or(usize::MAX);
                    fitting = &fitting[..room.min(fitting.len())];
                }
                done => return done,
            }
        }
    })?;
    Ok(())
}
